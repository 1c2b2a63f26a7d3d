package oauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// hanging serves a key set and can be made to keep who asks waiting.
type hanging struct {
	*httptest.Server
	hold    atomic.Bool
	entered chan struct{} // one for each request that is held
	free    chan struct{} // closed to let them go
}

func newHanging(t *testing.T, key jose.JSONWebKey) *hanging {
	h := &hanging{entered: make(chan struct{}, 64), free: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if h.hold.Load() {
			h.entered <- struct{}{}
			<-h.free
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	}))
	t.Cleanup(h.Close)
	return h
}

// JW-06, UF-01: anybody can send an assertion that names a client whose jwks_uri hangs. Who sends one by
// a known key is answered meanwhile, of that client and of every other; few wait, and one question is
// on its way.
func TestAttack_JW_06_A_hanging_address_holds_nobody(t *testing.T) {
	h := newHub(t)
	far := newHanging(t, jose.JSONWebKey{Key: h.rpKey.Public(), KeyID: "rp1-key"})
	h.edit("rp1", func(c *Client) { c.JWKS, c.JWKSURI = nil, far.URL })
	served := func(what string) {
		t.Helper()
		h.wants(h.asserts(h.assertion(nil)), http.StatusBadRequest, "unsupported_grant_type")
	}
	served("with keys just read")

	far.hold.Store(true)
	h.clock = h.clock.Add(keysRetry)
	stranger := SigningKey{ID: "unknown", Alg: "ES256", Signer: mustKey(t)}
	forged := signed(t, stranger, "JWT", map[string]any{"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": "x", "exp": h.clock.Add(time.Minute).Unix()})
	var waiting sync.WaitGroup
	answers := make(chan reply, keysWaiting)
	for range keysWaiting {
		waiting.Go(func() { answers <- h.asserts(forged) })
	}
	<-far.entered
	served("while others wait for an unknown key")
	for h.awaited(far.URL) < keysWaiting {
		served("while others come to wait")
	}
	h.wants(h.asserts(forged), http.StatusServiceUnavailable, "temporarily_unavailable")
	served("while all places to wait are taken")
	if len(far.entered) != 0 {
		t.Errorf("%d more questions are on their way", len(far.entered))
	}
	close(far.free)
	waiting.Wait()
	close(answers)
	for r := range answers {
		h.wants(r, http.StatusUnauthorized, "invalid_client")
	}

	far.free = make(chan struct{}) // keys are read again before they are too old, and serve meanwhile
	h.clock = h.clock.Add(keysSoon)
	served("while they are read again")
	<-far.entered
	served("after a while of that")
	close(far.free)
}

// awaited says how many wait for the answer of an address.
func (h *hub) awaited(uri string) int {
	set := h.clientKeys.set(uri)
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.flight == nil {
		return 0
	}
	return set.flight.waiting
}
