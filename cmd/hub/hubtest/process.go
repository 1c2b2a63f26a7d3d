package hubtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"symbolon/cmd/hub"
	"symbolon/config"
)

// childVariable names the settings file in a process that is to be a hub and no test; patienceVariable
// how long it may take for an answer (WithPatience); profileVariable a file for its CPU profile, which is
// complete once the process was stopped.
const (
	childVariable    = "SYMBOLON_HUBTEST_CHILD"
	patienceVariable = "SYMBOLON_HUBTEST_PATIENCE"
	profileVariable  = "SYMBOLON_HUBTEST_PROFILE"
)

// Main runs the tests of a package, or, in a process that Spawn started, a hub. A package that
// spawns calls it from TestMain.
func Main(m *testing.M) int {
	file := os.Getenv(childVariable)
	if file == "" {
		return m.Run()
	}
	if err := child(file); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(file string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	stopProfile, err := profile(os.Getenv(profileVariable))
	if err != nil {
		return err
	}
	defer stopProfile()
	c, err := config.Load(file, nil)
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	answer, err := time.ParseDuration(os.Getenv(patienceVariable))
	if err != nil {
		return err
	}
	h, err := hub.New(ctx, c, hub.Options{Log: hub.NewLog(os.Stderr, c.Log), Public: public, Answer: answer})
	if err != nil {
		return err
	}
	fmt.Println(public.Addr()) // the parent waits for this line
	return errors.Join(h.Run(ctx), h.Close())
}

// profile writes where this process spends its time; "" is nowhere.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile cut short is seen when it is read
	}, nil
}

// Process is a hub in a process of its own, which can be killed at any moment.
type Process struct {
	Public string
	t      testing.TB
	cmd    *exec.Cmd
}

// Spawn starts a hub of the world's settings in a process of its own, and leads browsers to it.
func (w *World) Spawn(t testing.TB) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"="+w.ConfigFile, patienceVariable+"="+w.made.answer.String())
	cmd.Stderr = w.Log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("spawn a hub: %v", err)
	}
	p := &Process{t: t, cmd: cmd}
	t.Cleanup(p.Kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the spawned hub does not come up: %v\n%s", err, w.Log)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.Public = strings.TrimSpace(line)
	w.Front.Lead(p.Public)
	w.Front.Cut()
	return p
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end in order and waits until it has.
func (p *Process) Stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("stop the spawned hub: %v", err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the spawned hub did not end well: %v", err)
	}
}

// Kill ends the process at once, as kill -9 does, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	_ = p.cmd.Wait()
}
