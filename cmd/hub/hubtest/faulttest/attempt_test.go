package faulttest

import (
	"runtime"
	"testing"
)

// attempt stands in for a test in what may fail without the test failing: a login whose hub is killed
// under it. It ends its goroutine where the test would end.
type attempt struct {
	testing.TB
	failed bool
}

// Errorf notes that it failed.
func (a *attempt) Errorf(string, ...any) { a.failed = true }

// Fatalf notes that it failed and ends the attempt.
func (a *attempt) Fatalf(string, ...any) { a.failed = true; runtime.Goexit() }

// Fatal is Fatalf.
func (a *attempt) Fatal(...any) { a.Fatalf("") }

// try runs something that may fail, and says whether it came through.
func try(t testing.TB, do func(testing.TB)) bool {
	a := &attempt{TB: t}
	done, through := make(chan struct{}), false
	go func() {
		defer close(done)
		do(a)
		through = true
	}()
	<-done
	return through && !a.failed
}
