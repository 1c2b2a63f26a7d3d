package main

import (
	"errors"
	"io/fs"
	"os/user"
	"testing"
)

// Attacks IN-01: one person is one person to the command, whatever they write into its environment.
func TestAttack_IN_01_WhoSitsAtTheTerminal(t *testing.T) {
	accounts := []user.User{{Uid: "0", Username: "root"}, {Uid: "999", Username: "symbolon"}, {Uid: "1000", Username: "ala"}, {Uid: "1001", Username: "ola"}}
	find := func(is func(user.User) bool) (*user.User, error) {
		for _, u := range accounts {
			if is(u) {
				return &u, nil
			}
		}
		return nil, errors.New("no such account")
	}
	for name, row := range map[string]struct {
		login           string // "" where the system keeps none
		fails           error
		real, effective int
		sudo            string
		want            string // "" for refused
	}{
		"logged in":                                    {"1000", nil, 1000, 1000, "", "ala"},
		"logged in, as the service's user":             {"1000\n", nil, 999, 999, "", "ala"},
		"logged in, through sudo":                      {"1000", nil, 0, 0, "ala", "ala"},
		"logged in, a colleague in the environment":    {"1000", nil, 1000, 1000, "ola", "ala"},
		"logged in, root with a colleague's name":      {"1000", nil, 0, 0, "ola", "ala"},
		"logged in as root":                            {"0", nil, 0, 0, "ola", "root"},
		"logged in, by an account of a directory":      {"70001", nil, 999, 999, "", "user 70001"},
		"nobody logged in, through sudo to root":       {"4294967295", nil, 0, 0, "ola", "ola"},
		"nobody logged in, no sudo, a name written in": {"4294967295", nil, 1000, 1000, "ola", "ala"},
		"no login is kept, a name written in":          {"", nil, 1000, 1000, "ola", "ala"},
		"no login is kept, as the service's user":      {"", nil, 999, 999, "ola", "symbolon"},
		"no login is kept, through sudo to root":       {"", nil, 0, 0, "ola", "ola"},
		"no login is kept, root":                       {"", nil, 0, 0, "", "root"},
		"no login is kept, with root's rights alone":   {"", nil, 1000, 0, "ola", "ala"},
		"sudo says who there is not":                   {"", nil, 0, 0, "zenobia", ""},
		"no account at all":                            {"", nil, 4711, 4711, "ola", ""},
		"the login cannot be read":                     {"", fs.ErrPermission, 1000, 1000, "", ""},
		"the login is no number":                       {"-1", nil, 1000, 1000, "", ""},
	} {
		m := machine{
			login: func() ([]byte, error) {
				if row.login == "" && row.fails == nil {
					return nil, fs.ErrNotExist
				}
				return []byte(row.login), row.fails
			},
			real: row.real, effective: row.effective,
			byID: func(id string) (*user.User, error) { return find(func(u user.User) bool { return u.Uid == id }) },
			byName: func(name string) (*user.User, error) {
				return find(func(u user.User) bool { return u.Username == name })
			},
		}
		got, err := m.person([]string{"HOME=/", "SUDO_USER=" + row.sudo})
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, err, row.want)
		}
	}
}
