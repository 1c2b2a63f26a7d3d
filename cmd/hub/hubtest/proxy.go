package hubtest

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Fault is what a proxy does to the traffic through it.
type Fault int

// The faults.
const (
	Through Fault = iota // nothing
	Refuse               // new connections are closed at once, open ones are reset
	Swallow              // bytes are taken and go nowhere: a half-open connection
)

// Proxy is a TCP proxy between the hub and a database or an upstream, with faults to switch on.
type Proxy struct {
	Addr string

	listener net.Listener

	mu     sync.Mutex
	target string
	fault  Fault
	delay  time.Duration
	open   map[net.Conn]bool
	done   bool
	wake   chan struct{} // closed and made anew at every change
	work   sync.WaitGroup
}

// NewProxy listens on loopback and forwards to the target until the test ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxy: %v", err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, listener: l, open: map[net.Conn]bool{}, wake: make(chan struct{})}
	p.work.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Lead forwards connections from now on to another target.
func (p *Proxy) Lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Set switches a fault on, or off with Through. Refuse resets what is open.
func (p *Proxy) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	p.changed()
	if f == Refuse {
		p.resetAll()
	}
}

// Cut resets what is open; new connections are taken as before.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resetAll()
}

// Delay holds every piece of traffic back for so long.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
	p.changed()
}

func (p *Proxy) changed() {
	close(p.wake)
	p.wake = make(chan struct{})
}

func (p *Proxy) resetAll() {
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // RST instead of FIN
		}
		_ = c.Close()
	}
	clear(p.open)
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.done = true
	p.changed()
	p.resetAll()
	p.mu.Unlock()
	_ = p.listener.Close()
	p.work.Wait()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	if !p.keep(client) {
		return
	}
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil || !p.keep(server) {
		_ = client.Close()
		return
	}
	p.work.Go(func() { p.pipe(server, client) })
	p.pipe(client, server)
}

// keep remembers a connection so that it can be reset; false if it is to be refused.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done || p.fault == Refuse {
		_ = c.Close()
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) pipe(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && p.pass() {
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				break
			}
			if tcp, ok := to.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			return
		}
	}
	_ = to.Close()
	_ = from.Close()
}

// pass waits as long as the delay says; false if the bytes are to go nowhere.
func (p *Proxy) pass() bool {
	p.mu.Lock()
	fault, delay, wake := p.fault, p.delay, p.wake
	p.mu.Unlock()
	if fault == Swallow {
		return false
	}
	if delay == 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	}
	return true
}
