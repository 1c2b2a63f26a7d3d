package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrNoSuchSwitch is the answer to a switch that a simulator does not have.
var ErrNoSuchSwitch = errors.New("no such switch")

// Switch is one way in which a simulator can be made to misbehave. An empty value is off.
type Switch struct {
	Name   string   `json:"name"`
	Value  string   `json:"value"`
	Offers []string `json:"offers"` // values with a button; others may be accepted, too
	What   string   `json:"what"`
}

// Switches are a simulator's, set in code or over HTTP at /switch.
type Switches struct {
	mu    sync.RWMutex
	rows  []Switch
	watch func(endpoint string, r *http.Request)
}

// Watch lets a function see every request before it is answered, from now on; nil ends it.
func (s *Switches) Watch(see func(endpoint string, r *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = see
}

func (s *Switches) watched(endpoint string, r *http.Request) {
	s.mu.RLock()
	see := s.watch
	s.mu.RUnlock()
	if see != nil {
		see(endpoint, r)
	}
}

// faults are the switches that every simulator has. A value is an endpoint's name or "all".
func faults(more ...Switch) *Switches {
	return &Switches{rows: append(more,
		Switch{Name: "down", Offers: []string{"all"}, What: "answers 503 at the named endpoint, or at all"},
		Switch{Name: "slow", Offers: []string{"1000", "10000"}, What: "waits so many milliseconds; ENDPOINT:MS for one endpoint only"},
		Switch{Name: "html", Offers: []string{"all"}, What: "answers an HTML page with status 200"},
		Switch{Name: "huge", Offers: []string{"all"}, What: "answers 64 MiB of JSON"},
		Switch{Name: "cut", Offers: []string{"all"}, What: "hangs up in the middle of the answer"},
	)}
}

// Set turns a switch to a value, "" for off. The name "all" with "" turns all of them off.
func (s *Switches) Set(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "all" && value == "" {
		for i := range s.rows {
			s.rows[i].Value = ""
		}
		return nil
	}
	i := slices.IndexFunc(s.rows, func(r Switch) bool { return r.Name == name })
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrNoSuchSwitch, name)
	}
	s.rows[i].Value = value
	return nil
}

// Value is how a switch stands, "" for off.
func (s *Switches) Value(name string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.rows {
		if r.Name == name {
			return r.Value
		}
	}
	return ""
}

// List gives all switches as they stand.
func (s *Switches) List() []Switch {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.rows)
}

func (s *Switches) hits(name, endpoint string) bool {
	v := s.Value(name)
	return v == "all" || v == "on" || v == "true" || (v != "" && v == endpoint)
}

func (s *Switches) delay(endpoint string) time.Duration {
	at, ms, one := strings.Cut(s.Value("slow"), ":")
	if !one {
		at, ms = endpoint, at
	}
	n, err := strconv.Atoi(ms)
	if err != nil || at != endpoint {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// hear takes the body before a wait: only then does net/http notice that the caller has gone.
func hear(r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		raw = nil // gone already
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
}

const hugeAnswer = 64 << 20

// misbehave stands before one endpoint and does what the fault switches say.
func (s *Switches) misbehave(endpoint string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.watched(endpoint, r)
		if wait := s.delay(endpoint); wait > 0 {
			hear(r)
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case s.hits("down", endpoint):
			http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
		case s.hits("html", endpoint):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<!doctype html><title>Hello</title><p>Please accept our cookies."))
		case s.hits("huge", endpoint):
			pour(w)
		case s.hits("cut", endpoint):
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "4096")
			_, _ = w.Write([]byte(`{"half":`)) // net/http closes the connection: the promised length is not met
		default:
			next(w, r)
		}
	}
}

func pour(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"padding":"`))
	chunk := []byte(strings.Repeat("x", 1<<16))
	for range hugeAnswer / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return // the other side has had enough, as it should
		}
	}
	_, _ = w.Write([]byte(`"}`))
}

// routes adds /switch: a list for tools, a page with buttons for people.
func (s *Switches) routes(mux *http.ServeMux, look *pages) {
	mux.HandleFunc("GET /style.css", style)
	mux.HandleFunc("GET /switch", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			look.show(w, http.StatusOK, "switches", "Make it misbehave", s.List())
			return
		}
		writeJSON(w, http.StatusOK, s.List())
	})
	mux.HandleFunc("POST /switch", s.turn)
}

func (s *Switches) turn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	byTool := strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
	name, value := r.PostFormValue("name"), r.PostFormValue("value")
	if byTool {
		var in struct {
			Name  string          `json:"name"`
			Value json.RawMessage `json:"value"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "send {\"name\":…,\"value\":…}"})
			return
		}
		name, value = in.Name, plain(in.Value)
	}
	if err := s.Set(name, value); err != nil {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": err.Error()})
		return
	}
	if byTool {
		writeJSON(w, http.StatusOK, s.List())
		return
	}
	http.Redirect(w, r, "/switch", http.StatusSeeOther)
}

// plain turns a JSON value into a switch's text: false and null are off, a string is itself,
// anything else stays JSON.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if s := string(raw); s != "false" && s != "null" {
		return s
	}
	return ""
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone; nobody is left to tell
}
