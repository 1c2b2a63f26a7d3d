package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// unsetLogin is what the kernel gives for a process that nobody logged in for: (uid_t)-1.
const unsetLogin = 1<<32 - 1

var errNobodyAtTerminal = errors.New("nothing on this machine says who you are; log in with an account of your own")

// machine is what tells who sits at a terminal.
type machine struct {
	login           func() ([]byte, error)           // the audit login uid of this process in decimal; fs.ErrNotExist where the system keeps none
	real, effective int                              // user ids of this process
	byID, byName    func(string) (*user.User, error) // look an account up
}

// thisMachine is the one that the command runs on.
func thisMachine() machine {
	return machine{
		login: func() ([]byte, error) { return os.ReadFile("/proc/self/loginuid") },
		real:  os.Getuid(), effective: os.Geteuid(), byID: user.LookupId, byName: user.Lookup,
	}
}

// person names who sits there. The kernel's login uid comes first: it is set once, at login, and neither su nor
// sudo changes it (proc_pid_loginuid, audit). Without one, whoever went through sudo to root is who sudo says; a
// caller who is not root could write that into the environment themselves, and is who they run as.
func (m machine) person(environ []string) (string, error) {
	text, err := m.login()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read who logged in: %w", err)
	}
	if err == nil {
		id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
		if err != nil {
			return "", errNobodyAtTerminal
		}
		if id != unsetLogin {
			return m.account(strconv.FormatUint(id, 10)), nil
		}
	}
	if m.real == 0 && m.effective == 0 { // not a program that somebody else may start with root's rights
		for _, pair := range environ {
			if name, ok := strings.CutPrefix(pair, "SUDO_USER="); ok && name != "" {
				u, err := m.byName(name)
				if err != nil {
					return "", errNobodyAtTerminal
				}
				return m.account(u.Uid), nil
			}
		}
	}
	u, err := m.byID(strconv.Itoa(m.real))
	if err != nil {
		return "", errNobodyAtTerminal
	}
	return u.Username, nil
}

// account names a user id; one whose name this machine does not know is still one person's.
func (m machine) account(id string) string {
	if u, err := m.byID(id); err == nil {
		return u.Username
	}
	return "user " + id
}
