package hub

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the figures of one hub. Labels come from closed sets only: routes, states, levels
// and configured means; never anything about a person or a party.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	logins   *prometheus.CounterVec
	entries  *prometheus.CounterVec
	limited  *prometheus.CounterVec
	dbDown   *prometheus.CounterVec
	messages *prometheus.CounterVec
	outbox   prometheus.Gauge
	keyAge   prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "symbolon", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("http_requests_total", "Requests by route and status.", "route", "status"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "symbolon", Name: "http_request_seconds", Help: "How long requests took, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route"}),
		logins:   counter("logins_total", "Logins by outcome, level reached and means.", "outcome", "level", "means"),
		entries:  counter("journal_entries_total", "Journal entries by kind.", "kind"),
		limited:  counter("limited_total", "Requests refused because there were too many.", "limit"),
		dbDown:   counter("database_errors_total", "Times a database did not answer.", "database"),
		messages: counter("messages_total", "Messages to people by outcome and channel.", "outcome", "channel"),
		outbox: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "symbolon", Name: "outbox_messages", Help: "Messages to people that wait to be sent.",
		}),
		keyAge: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "symbolon", Name: "signing_key_age_seconds", Help: "Age of the key that signs now.",
		}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.logins, m.entries, m.limited, m.dbDown, m.messages, m.outbox, m.keyAge,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// served counts one request.
func (m *metrics) served(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}
