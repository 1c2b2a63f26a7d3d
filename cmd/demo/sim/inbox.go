package sim

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is one message that a gateway carries to a person.
type Message struct {
	Channel  string    `json:"channel"` // "email", "sms", "letter"
	To       string    `json:"to"`
	Subject  string    `json:"subject,omitempty"`
	Body     string    `json:"body"`
	Ref      string    `json:"ref"` // the reference that the person is told
	Received time.Time `json:"received"`

	key string // the same one twice is one message
}

// Inbox plays the gateway for mail and text messages, and every mailbox behind it.
type Inbox struct {
	Token    string // what a sender must show; "" lets everybody send
	Switches *Switches
	Now      func() time.Time

	pages    *pages
	mu       sync.Mutex
	messages []Message // oldest first
}

const inboxHolds = 1000

// NewInbox makes an empty inbox.
func NewInbox(token string) (*Inbox, error) {
	pages, err := newPages("inbox", "Inbox")
	if err != nil {
		return nil, err
	}
	return &Inbox{Token: token, Switches: faults(), Now: time.Now, pages: pages}, nil
}

// Handler serves the gateway at /messages and the page at /.
func (b *Inbox) Handler() http.Handler {
	mux := http.NewServeMux()
	b.Switches.routes(mux, b.pages)
	mux.HandleFunc("POST /messages", b.Switches.misbehave("messages", b.receive))
	mux.HandleFunc("GET /messages", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, b.Messages())
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		b.pages.show(w, http.StatusOK, "inbox", "Messages to people", b.Messages())
	})
	return fence(mux)
}

// Messages gives what was received, newest first.
func (b *Inbox) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	newest := slices.Clone(b.messages)
	slices.Reverse(newest)
	if newest == nil {
		newest = []Message{} // a list in JSON, too
	}
	return newest
}

func (b *Inbox) receive(w http.ResponseWriter, r *http.Request) {
	if !bearer(r, b.Token) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	var m Message
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&m); err != nil || m.Channel == "" || m.To == "" || m.Body == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "channel, to and body are needed"})
		return
	}
	m.Received, m.key = b.Now().UTC(), r.Header.Get("Idempotency-Key")
	b.keep(m)
	writeJSON(w, http.StatusAccepted, map[string]string{"ref": m.Ref})
}

// keep holds a message once: a sender that heard no answer sends again.
func (b *Inbox) keep(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	twice := func(have Message) bool { return m.key != "" && have.key == m.key }
	if slices.ContainsFunc(b.messages, twice) {
		return
	}
	b.messages = append(b.messages, m)
	if over := len(b.messages) - inboxHolds; over > 0 {
		b.messages = slices.Delete(b.messages, 0, over)
	}
}

// bearer checks a request's token; a simulator without one lets everybody in.
func bearer(r *http.Request, token string) bool {
	given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}
