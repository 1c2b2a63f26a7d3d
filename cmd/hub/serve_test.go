package hub

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/config"
)

// bare gives a hub that serves a handler, with nothing behind it.
func bare(t *testing.T, handler http.Handler) *Hub {
	t.Helper()
	h := &Hub{config: config.Default(), log: slog.New(slog.DiscardHandler), now: time.Now, metrics: newMetrics(), public: handler}
	h.config.Listen.Drain = 0
	for _, l := range []*net.Listener{&h.listenPublic, &h.listenAdmin} {
		made, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*l = made
	}
	return h
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatalf("get %s: %v", address, err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// untilStopping waits until the hub has seen that it is to stop.
func untilStopping(h *Hub) {
	for !h.stopping.Load() {
		runtime.Gosched()
	}
}

func TestStoppingDropsNoRequest(t *testing.T) {
	const clients = 32
	var arrived sync.WaitGroup
	arrived.Add(clients)
	release := make(chan struct{})
	h := bare(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		<-release
		_, _ = w.Write([]byte("whole"))
	}))
	address := "http://" + h.listenPublic.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()

	var whole atomic.Int32
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() {
			resp, err := http.Get(address)
			if err != nil {
				t.Errorf("a request under way was dropped: %v", err)
				return
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err == nil && string(body) == "whole" {
				whole.Add(1)
			}
		})
	}
	arrived.Wait() // all of them are being worked on
	stop()
	untilStopping(h)
	close(release)
	asking.Wait()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
	if whole.Load() != clients {
		t.Errorf("%d of %d requests were answered whole", whole.Load(), clients)
	}
	if _, err := net.Dial("tcp", h.listenPublic.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

// ask sends a request on a connection and gives the answer to it.
func ask(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatalf("send: %v", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("a request was dropped: %v", err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "whole" {
		t.Errorf("answered %q: %v", body, err)
	}
	return resp
}

// Who has connected is answered, even if the hub was asked to stop before the request came; on a
// connection that is kept they are told that it was the last.
func TestStoppingAnswersWhoHasConnected(t *testing.T) {
	h := bare(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("whole")) }))
	h.config.Listen.Drain, h.hurry = time.Minute, make(chan struct{})
	address := h.listenPublic.Addr().String()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	early := dial() // before anybody accepts
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	kept, silent := dial(), dial()
	if ask(t, kept).Close {
		t.Error("a connection is closed although nobody asked the hub to stop")
	}
	stop()
	untilStopping(h)
	if !ask(t, kept).Close {
		t.Error("the last answer on a connection does not say so")
	}
	close(h.hurry)
	for { // until nobody else gets in
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	for _, conn := range []net.Conn{early, silent} {
		if !ask(t, conn).Close {
			t.Error("the last answer on a connection does not say so")
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

// What the system has connected and nobody accepted is not reset when the listener closes.
func TestHangingUpTakesWhoWaits(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const waiting = 8
	for range waiting {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	rest, err := hangUp(l)
	if err != nil || len(rest.conns) != waiting {
		t.Errorf("took %d of %d: %v", len(rest.conns), waiting, err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it is still open")
	}
	if err := rest.Close(); err != nil {
		t.Error(err)
	}
	if again, err := hangUp(l); err != nil || len(again.conns) != 0 {
		t.Errorf("once more: %v", err)
	}
}

func TestReadinessGoesBeforeRequestsAreRefused(t *testing.T) {
	h := bare(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("served")) }))
	h.config.Listen.Drain = time.Minute // ends with the test's context, not with time
	public, admin := "http://"+h.listenPublic.Addr().String(), "http://"+h.listenAdmin.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	h.hurry = make(chan struct{})
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	if status, _ := get(t, admin+"/ready"); status != http.StatusOK {
		t.Fatalf("ready: %d", status)
	}
	stop()
	untilStopping(h)
	if status, why := get(t, admin+"/ready"); status != http.StatusServiceUnavailable || !strings.Contains(why, "shutting down") {
		t.Errorf("ready while stopping: %d %s", status, why)
	}
	if status, _ := get(t, admin+"/live"); status != http.StatusOK {
		t.Errorf("live while stopping: %d", status)
	}
	if status, body := get(t, public); status != http.StatusOK || body != "served" {
		t.Errorf("a request in the drain time: %d %s", status, body)
	}
	close(h.hurry)
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestReadinessNamesTheDatabaseThatIsGone(t *testing.T) {
	h := bare(t, http.NotFoundHandler())
	h.pings = []ping{
		{"identity", func(context.Context) error { return nil }},
		{"usage", func(context.Context) error { return errors.New("gone") }},
	}
	if why := h.unready(t.Context()); !strings.Contains(why, "usage") {
		t.Errorf("unready because %q", why)
	}
	h.pings[1].ask = func(context.Context) error { return nil }
	if why := h.unready(t.Context()); why != "" {
		t.Errorf("unready because %q after it came back", why)
	}
	_ = h.listenAdmin.Close()
	_ = h.listenPublic.Close()
}

func TestAPanicIsA500AndTheProcessLives(t *testing.T) {
	var out strings.Builder
	h := bare(t, nil)
	h.log = NewLog(&out, config.Log{Level: "info", Format: "json"})
	h.public = h.observed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("Konstanty Brzeziński-Testowy") }))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	for range 2 {
		status, body := get(t, "http://"+h.listenPublic.Addr().String()+"/x?given_name=Konstanty")
		if status != http.StatusInternalServerError || strings.Contains(body, "Konstanty") || strings.Contains(body, ".go") {
			t.Errorf("a panic was answered %d: %s", status, body)
		}
	}
	stop()
	<-ended
	if text := out.String(); !strings.Contains(text, `"msg":"panic"`) || strings.Contains(text, "Konstanty") {
		t.Errorf("the log holds what must not be there, or not the panic:\n%s", text)
	}
}
