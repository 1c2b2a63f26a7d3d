package hubtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Wire is the services' connection to the hub. It remembers the tokens that came over it.
type Wire struct {
	next http.RoundTripper

	mu     sync.Mutex
	tokens map[string]string
}

// RoundTrip makes the call and looks at what the token endpoint answers.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read to its end
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer map[string]any
	if json.Unmarshal(body, &answer) == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			if token, ok := answer[name].(string); ok {
				w.tokens[name] = token
			}
		}
	}
	return resp, err
}

// Tokens gives the last token of each kind.
func (w *Wire) Tokens() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	tokens := map[string]string{}
	for name, token := range w.tokens {
		tokens[name] = token
	}
	return tokens
}
