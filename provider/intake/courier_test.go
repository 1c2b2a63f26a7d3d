package intake

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/outbound"
	"symbolon/provider/seal"
)

// queue holds one call, as the database would.
type queue struct {
	Store
	mu    sync.Mutex
	call  *Call
	waits []time.Duration
}

func (q *queue) Calls(context.Context, string, int, time.Duration) ([]Call, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.call == nil {
		return nil, nil
	}
	q.call.Attempts++
	return []Call{*q.call}, nil
}

func (q *queue) Settle(_ context.Context, _ Call, wait time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waits = append(q.waits, wait)
	if wait == 0 {
		q.call = nil
	}
	return nil
}

func noon() time.Time { return time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) }

// courier tells one case to an address, through the product's own way outside.
func courier(address string, options outbound.Options) (*Courier, *queue, *strings.Builder) {
	q := &queue{call: &Call{Case: seal.RowID{7}, System: "id-cards", Reference: "A-1", State: Active, Seq: 2, Changed: noon()}}
	log := &strings.Builder{}
	return &Courier{
		Store: q, System: "id-cards", URL: address, Issuer: "https://id.example", Client: outbound.New(options).HTTP(),
		Sign: func(payload []byte) (string, error) { return string(payload), nil }, Log: slog.New(slog.NewTextHandler(log, nil)), Now: noon,
	}, q, log
}

// local lets a test's server be called, and nothing else.
func local(server *httptest.Server) outbound.Options {
	return outbound.Options{AllowHosts: []string{strings.TrimPrefix(server.URL, "http://")}, AllowLoopback: true, Timeout: 200 * time.Millisecond}
}

// RFC 8417 §2.2, RFC 8935 §2.1: what is sent, and that it is sent until it is heard, under the same id.
func TestASystemIsToldUntilItHears(t *testing.T) {
	var bodies []Event
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/secevent+jwt" {
			t.Errorf("%s %s: %v", r.Method, r.Header.Get("Content-Type"), err)
		}
		bodies = append(bodies, e)
		if len(bodies) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		} else {
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	defer server.Close()
	c, q, log := courier(server.URL+"/events", local(server))
	for range 4 {
		if _, err := c.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(bodies) != 3 || bodies[0].ID != bodies[2].ID || len(q.waits) != 3 || q.waits[0] != firstWait || q.waits[1] != 2*firstWait || q.waits[2] != 0 {
		t.Fatalf("%d calls, waits %v", len(bodies), q.waits)
	}
	got := bodies[2]
	id := "07" + strings.Repeat("0", 30)
	moved := got.Events["https://id.example/events/case"]
	if got.Issuer != "https://id.example" || got.Audience != "id-cards" || got.ID != id+".2" || len(got.Events) != 1 || moved != (Progress{id, "A-1", Active, 2, noon().Unix()}) {
		t.Errorf("told %+v", got)
	}
	if strings.Contains(log.String(), server.URL) || strings.Contains(log.String(), "A-1") {
		t.Errorf("the log says where or which: %s", log)
	}
}

// Attacks SS-01, SS-02: an address inside, one whose name leads inside, and a redirect are not called; the
// call waits, and nothing else does.
func TestAttack_SS_01_CallbacksToInside(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	inside := func(address string, lookup ...netip.Addr) func() (*Courier, *queue, *strings.Builder) {
		return func() (*Courier, *queue, *strings.Builder) {
			return courier(address, outbound.Options{
				AllowHosts: []string{strings.TrimPrefix(address, "https://")}, Timeout: time.Second,
				Lookup: func(context.Context, string) ([]netip.Addr, error) { return lookup, nil },
			})
		}
	}
	for name, made := range map[string]func() (*Courier, *queue, *strings.Builder){
		"metadata":             inside("https://169.254.169.254"),
		"an inner network":     inside("https://10.0.0.7"),
		"this machine":         inside("https://127.0.0.1"),
		"a name that leads in": inside("https://register.example", netip.MustParseAddr("192.168.1.1")),
		"rebinding to here":    inside("https://register.example", netip.MustParseAddr("127.0.0.1")),
		"a redirect":           func() (*Courier, *queue, *strings.Builder) { return courier(server.URL, local(server)) },
	} {
		c, q, log := made()
		if _, err := c.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(q.waits) != 1 || q.waits[0] != firstWait || q.call == nil {
			t.Errorf("%s: settled with %v: %s", name, q.waits, log)
		}
	}
}

// Attacks UF-01: a system that hangs is given up on for now at the deadline, and for good after three days.
func TestAttack_UF_01_ASystemThatHangs(t *testing.T) {
	ends := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ends:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(ends)
	c, q, log := courier(server.URL, local(server))
	if _, err := c.Round(t.Context()); err != nil || len(q.waits) != 1 || q.waits[0] != firstWait {
		t.Fatalf("after the deadline: %v, %v", q.waits, err)
	}
	c.Now = func() time.Time { return noon().Add(toldFor) }
	if _, err := c.Round(t.Context()); err != nil || q.call != nil || !strings.Contains(log.String(), "was not told") {
		t.Errorf("after three days: %v, %v: %s", q.waits, err, log)
	}
}

// A signature that cannot be made is no reason to send something unsigned.
func TestNothingIsSentUnsigned(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") }))
	defer server.Close()
	c, q, _ := courier(server.URL, local(server))
	c.Sign = func([]byte) (string, error) { return "", errors.New("no key") }
	if _, err := c.Round(t.Context()); err != nil || q.call == nil {
		t.Errorf("%v, %v", q.waits, err)
	}
}
