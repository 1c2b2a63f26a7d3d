package hub

import (
	"fmt"
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
