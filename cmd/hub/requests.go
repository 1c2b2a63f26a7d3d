package hub

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"
)

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the final status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write is a 200 if nothing was said before.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what lies under.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// observed writes one log line a request and counts it: the route's pattern, never the path or
// query as sent, which hold what people typed.
func (h *Hub) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now() // a duration is measured on the monotonic clock, not on the hub's
		ctx, _ := withRef(r.Context())
		r = r.WithContext(ctx)
		rec := &recorder{ResponseWriter: w}
		h.guarded(rec, r, next)
		took, route := time.Since(began), r.Pattern
		if route == "" {
			route = "none"
		}
		h.metrics.served(route, rec.status, took)
		h.log.InfoContext(ctx, "request", "method", method(r.Method), "route", route, "status", rec.status, "ms", took.Milliseconds())
	})
}

// guarded answers a panic with a 500 and keeps the process up; the stack goes to the log only.
func (h *Hub) guarded(rec *recorder, r *http.Request, next http.Handler) {
	defer func() {
		why := recover()
		if why == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			panic(why)
		}
		if why != nil {
			h.log.ErrorContext(r.Context(), "panic", "kind", fmt.Sprintf("%T", why), "stack", string(debug.Stack()))
			if rec.status == 0 {
				word(rec, http.StatusInternalServerError, "something went wrong here")
			}
		}
		if rec.status == 0 {
			rec.status = http.StatusOK
		}
	}()
	next.ServeHTTP(rec, r)
}

// method keeps what a client sent as a method out of the log, but for those there are.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return m
	}
	return "other"
}

// longestTaken is one more than the most that is ever read of a body behind a seat: with it the
// reader knows that there is too much, and waits for nothing.
const longestTaken = 64<<10 + 1

// received takes a body in before anybody sits down for it. A seat is for work: a few senders of a
// byte now and then would otherwise keep every party out of the token endpoint.
func received(r *http.Request) {
	taken, err := io.ReadAll(io.LimitReader(r.Body, longestTaken))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = brokenOff{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(taken), rest), r.Body}
}

// brokenOff says again why a body could not be read.
type brokenOff struct{ err error }

// Read gives nothing but the reason.
func (b brokenOff) Read([]byte) (int, error) { return 0, b.err }

// few lets so many requests of a path be worked on at once; more are told to come again. A
// redemption signs and writes, and losers of a race sign as well.
func (h *Hub) few(path string, most int, patience time.Duration, next http.Handler) http.Handler {
	seats := make(chan struct{}, most)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			next.ServeHTTP(w, r)
			return
		}
		received(r)
		if !seated(r.Context(), seats, patience) {
			if r.Context().Err() != nil {
				return // nobody waits for an answer
			}
			h.metrics.limited.WithLabelValues("token").Inc()
			r.Pattern = path
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"error":"temporarily_unavailable"}`))
			return
		}
		defer func() { <-seats }()
		next.ServeHTTP(w, r)
	})
}

// seated takes a free seat at once, or waits for one.
func seated(ctx context.Context, seats chan struct{}, patience time.Duration) bool {
	select {
	case seats <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case seats <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-wait.C:
	}
	return false
}
