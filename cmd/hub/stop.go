package hub

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// busy knows the connections of a server on which a request is under way, or may be: those just
// accepted count until they have sent one. It is what http.Server.Shutdown does not wait for: that
// closes, unanswered, whatever sends its request once it was called.
type busy struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	quiet chan struct{} // told when the last of them is done
}

// watch makes a server tell of its connections.
func watch(s *http.Server) *busy {
	b := &busy{conns: map[net.Conn]struct{}{}, quiet: make(chan struct{}, 1)}
	s.ConnState = b.note
	return b
}

func (b *busy) note(c net.Conn, state http.ConnState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		b.conns[c] = struct{}{}
		return
	}
	delete(b.conns, c)
	if len(b.conns) == 0 {
		select {
		case b.quiet <- struct{}{}:
		default:
		}
	}
}

func (b *busy) some() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.conns) > 0
}

// wait ends when every request is answered, or with the context.
func (b *busy) wait(ctx context.Context) {
	for b.some() {
		select {
		case <-b.quiet:
		case <-ctx.Done():
			return
		}
	}
}

// parting tells clients, once the hub is to stop, that an answer is the last on its connection
// (RFC 9112 §9.6; over HTTP/2 it is a GOAWAY), so that they send their next request to whoever follows.
func (h *Hub) parting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
