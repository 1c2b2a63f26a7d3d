package hub

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"symbolon/web"
)

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

// fewAtOnce works on so many token requests at once; more are told to come again. A redemption signs and
// writes, and losers of a race sign as well.
type fewAtOnce struct {
	web.Tokens
	seats    chan struct{}
	patience time.Duration
	refused  prometheus.Counter
}

func (h *Hub) few(all web.Tokens, most int, patience time.Duration) fewAtOnce {
	return fewAtOnce{all, make(chan struct{}, most), patience, h.metrics.limited.WithLabelValues("token")}
}

// Token waits for a seat.
func (f fewAtOnce) Token(w http.ResponseWriter, r *http.Request) error {
	received(r)
	if seated(r.Context(), f.seats, f.patience) {
		defer func() { <-f.seats }()
		return f.Tokens.Token(w, r)
	}
	if r.Context().Err() != nil {
		return nil // nobody waits for an answer
	}
	f.refused.Inc()
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(`{"error":"temporarily_unavailable"}`))
	return nil
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
