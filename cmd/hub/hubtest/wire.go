package hubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Wire is the services' connection to the hub. It remembers the secrets that went over it.
type Wire struct {
	next http.RoundTripper

	mu     sync.Mutex
	tokens map[string]string // the last of each kind
	all    map[string]string // every one, by kind and number
}

// secretNames are the parameters that carry a secret at the token and revocation endpoints.
func secretNames() []string {
	return []string{"code", "code_verifier", "refresh_token", "token", "client_assertion", "client_secret"}
}

// RoundTrip makes the call and looks at what is sent and answered.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := w.sent(r)
	if err != nil {
		return nil, err
	}
	resp, err := w.next.RoundTrip(sent)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read to its end
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer map[string]any
	if json.Unmarshal(body, &answer) == nil {
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			if token, ok := answer[name].(string); ok {
				w.keep(name, token)
				w.mu.Lock()
				w.tokens[name] = token
				w.mu.Unlock()
			}
		}
	}
	return resp, err
}

// sent remembers what a request carries, and gives the request to send on.
func (w *Wire) sent(r *http.Request) (*http.Request, error) {
	if scheme, credential, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		w.keep(scheme+" credential", credential)
	}
	if r.Body == nil || r.Method != http.MethodPost {
		return r, nil
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close() // read to its end
	if err != nil {
		return nil, err
	}
	if form, err := url.ParseQuery(string(body)); err == nil {
		for _, name := range secretNames() {
			w.keep(name, form.Get(name))
		}
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again, nil
}

func (w *Wire) keep(kind, secret string) {
	if secret == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[fmt.Sprintf("%s %d on the wire", kind, len(w.all)+1)] = secret
}

// Tokens gives the last token of each kind.
func (w *Wire) Tokens() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.tokens)
}

// Secrets gives everything secret that went over the wire so far, by what it is.
func (w *Wire) Secrets() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.all)
}
