package storetest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// sourceVariable names the server to use, by a URL of a user who may create databases. A server
// started here is written into it, so that processes started by the test use the same one.
const sourceVariable = "SYMBOLON_TEST_POSTGRES_DSN"

// serverSource finds the server, or starts it: the one place that decides whether to skip.
func serverSource(t testing.TB) string {
	t.Helper()
	if source := os.Getenv(sourceVariable); source != "" {
		return source
	}
	bin, err := binaries()
	if err == nil {
		var source string
		if source, err = startOnce(bin, settings(t)); err == nil {
			return source
		}
	}
	if os.Getenv("CI") == "true" || !errors.Is(err, errNoServer) {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Skip("PostgreSQL is not installed here")
	return ""
}

// settings are those of the server. What is measured waits for the disk as an installation does; what is
// only tested does not: no test takes the power away from PostgreSQL itself. The write-ahead log of a whole package
// stays, for the tests that search it.
func settings(t testing.TB) string {
	const both = "-c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=32MB -c deadlock_timeout=50ms"
	if _, measured := t.(*testing.B); measured {
		return both
	}
	return both + " -c fsync=off -c full_page_writes=off -c wal_keep_size=2GB"
}

var errNoServer = errors.New("no initdb found")

// binaries gives the folder of the newest PostgreSQL.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian's place
	if err != nil || len(found) == 0 {
		return "", errNoServer
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })), nil
}

func release(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for anything that is no release
	return n
}

// serverFolder is where the server that this process starts lives.
func serverFolder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("symbolon-postgres-%d", os.Getpid()))
}

// startedHere reports whether the server is this process's, and goes away with it.
func startedHere() bool {
	_, err := os.Stat(serverFolder())
	return err == nil
}

// startOnce starts the server for this process. Tests that ask at the same time wait for the
// first; the lock is on a file because tests of one process share nothing else by design.
func startOnce(bin, settings string) (source string, err error) {
	dir := serverFolder()
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close() //nolint:errcheck // closing gives the lock back
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", dir, err)
	}
	if source := os.Getenv(sourceVariable); source != "" {
		return source, nil
	}
	if source, err = start(bin, dir, settings); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return source, os.Setenv(sourceVariable, source)
}

// start makes and starts a server in the folder. It ends, and the folder goes, when this process
// ends, in whichever way.
func start(bin, dir, settings string) (string, error) {
	as, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	if err := as.run(filepath.Join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--no-locale"); err != nil {
		return "", err
	}
	if err := as.watch(bin, dir, data); err != nil {
		return "", err
	}
	for range 5 { // somebody may take the port between the choice and the start
		var port int
		if port, err = freePort(); err != nil {
			return "", err
		}
		options := fmt.Sprintf("%s -p %d -k %s", settings, port, dir)
		if err = as.run(filepath.Join(bin, "pg_ctl"), "start", "-w", "-D", data, "-l", filepath.Join(dir, "log"), "-o", options); err == nil {
			return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port), nil
		}
	}
	return "", err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close() //nolint:errcheck // it was never used
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// account is who runs the server: PostgreSQL refuses to run as root.
type account struct{ credential *syscall.Credential }

func unprivileged(dir string) (account, error) {
	if os.Getuid() != 0 {
		return account{}, nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.Atoi(postgres.Uid)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.Atoi(postgres.Gid)
	if err != nil {
		return account{}, err
	}
	return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, uid, gid)
}

func (a account) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/" // the current one may be closed to the account
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential, Setpgid: true}
	return cmd
}

func (a account) run(name string, args ...string) error {
	if out, err := a.command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, out)
	}
	return nil
}

// watch leaves a shell behind that waits for the end of its input. This process holds the other
// end and never closes it: the kernel does, even after a kill -9.
func (a account) watch(bin, dir, data string) error {
	read, err := lifeline()
	if err != nil {
		return err
	}
	defer read.Close() //nolint:errcheck // the shell has its own
	shell := a.command("sh", "-c", `cat >/dev/null; "$1/pg_ctl" stop -D "$3" -m immediate >/dev/null 2>&1; rm -rf "$2"`, "sh", bin, dir, data)
	shell.Stdin = read
	return shell.Start()
}

// lifeline gives the reading end of a pipe whose other end is open for as long as this process
// lives. It is a bare descriptor, so that nothing here closes it, and no child inherits it.
func lifeline() (*os.File, error) {
	var ends [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(ends[:]); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	syscall.CloseOnExec(ends[0])
	syscall.CloseOnExec(ends[1])
	return os.NewFile(uintptr(ends[0]), "lifeline"), nil
}
