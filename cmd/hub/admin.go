package hub

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// patience is how long readiness waits for a database.
const patience = 2 * time.Second

// admin serves health, readiness and metrics. It is a listener of its own: nothing of it is
// reachable from the public one (attacks HH-09).
func (h *Hub) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { word(w, http.StatusOK, "live") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if why := h.unready(r.Context()); why != "" {
			word(w, http.StatusServiceUnavailable, why)
			return
		}
		word(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}

func word(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// unready says why this hub should get no new requests, "" if it should.
func (h *Hub) unready(ctx context.Context) string {
	if h.stopping.Load() {
		return "shutting down"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		name string
		err  error
	}
	answers := make(chan answer, len(h.pings))
	for _, p := range h.pings {
		go func() { answers <- answer{p.name, p.ask(ctx)} }()
	}
	why := ""
	for range h.pings {
		if a := <-answers; a.err != nil {
			h.metrics.dbDown.WithLabelValues(a.name).Inc()
			h.log.WarnContext(ctx, "database does not answer", "database", a.name, "err", a.err)
			why = "the " + a.name + " database does not answer"
		}
	}
	return why
}
