package oauth

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysSoon    = 5 * time.Minute  // keys older than this are read again while the ones at hand serve
	keysFresh   = 10 * time.Minute // a key that a client removed stops counting after this (attacks JW-07)
	keysRetry   = 30 * time.Second // an unknown kid or a failure asks again at most so often (attacks JW-06)
	keysTimeout = 5 * time.Second
	keysWaiting = 8 // requests of one client that wait for its answer; anybody can name a client whose address hangs
	maxKeysBody = 256 << 10
)

var (
	errKeysAwaited = errors.New("keys: others wait for the answer already")
	errKeysUnread  = errors.New("keys: not read yet")
)

// clientKeys finds the keys that a client's assertions may be signed with: those in its
// registration, or those at its jwks_uri, which are kept for a while.
type clientKeys struct {
	client *http.Client // with the rules for going outside: addresses, deadline, no redirects
	now    func() time.Time
	mu     sync.Mutex
	sets   map[string]*fetchedSet // by URI; as many as there are clients
}

// fetchedSet is what was read at one URI. Nobody holds its lock while the network is waited for.
type fetchedSet struct {
	mu     sync.Mutex
	keys   []jose.JSONWebKey
	read   time.Time // when the keys came
	tried  time.Time // when it was last asked
	err    error     // of the last try
	flight *flight   // the question on its way, if there is one: never two at a time
}

type flight struct {
	done    chan struct{} // closed when the answer is in the set
	waiting int
}

// find gives the keys to try for a token: the one that its kid names, or those of its algorithm.
// Good keys at hand are given at once, whatever is on its way; who needs an answer waits for the
// one that is asked for all.
func (k *clientKeys) find(ctx context.Context, client Client, token signedJWT) ([]jose.JSONWebKey, error) {
	if client.JWKSURI == "" {
		if client.JWKS == nil {
			return nil, nil
		}
		return pick(client.JWKS.Keys, token), nil
	}
	set := k.set(client.JWKSURI)
	set.mu.Lock()
	defer set.mu.Unlock()
	now := k.now()
	found, err := set.good(token, now)
	if (err != nil || len(found) == 0 || now.Sub(set.read) >= keysSoon) && set.flight == nil && now.Sub(set.tried) >= keysRetry {
		set.tried, set.flight = now, &flight{done: make(chan struct{})}
		go k.fly(context.WithoutCancel(ctx), set, client.JWKSURI, now)
	}
	if err == nil && len(found) > 0 || set.flight == nil {
		return found, err
	}
	if err := set.await(ctx); err != nil {
		return nil, err
	}
	return set.good(token, now)
}

func (k *clientKeys) set(uri string) *fetchedSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.sets[uri]
	if set == nil {
		set = &fetchedSet{}
		k.sets[uri] = set
	}
	return set
}

// good gives what fits the token of keys that are not too old.
func (s *fetchedSet) good(token signedJWT, now time.Time) ([]jose.JSONWebKey, error) {
	if now.Sub(s.read) >= keysFresh {
		return nil, fmt.Errorf("no fresh keys: %w", cmp.Or(s.err, errKeysUnread))
	}
	return pick(s.keys, token), nil
}

// await waits for the answer on its way, without the lock. The question has a deadline of its own.
func (s *fetchedSet) await(ctx context.Context) error {
	f := s.flight
	if f.waiting == keysWaiting {
		return errKeysAwaited
	}
	f.waiting++
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("keys: %w", ctx.Err())
	}
}

// fly asks for a set and puts the answer there.
func (k *clientKeys) fly(ctx context.Context, set *fetchedSet, uri string, asked time.Time) {
	keys, err := k.fetch(ctx, uri)
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.err = err; err == nil {
		set.keys, set.read = keys, asked
	}
	close(set.flight.done)
	set.flight = nil
}

// fetch goes on when the request that caused it is given up: others wait for the same answer. It is
// in no request, so nobody else would catch what panics over a stranger's document.
func (k *clientKeys) fetch(ctx context.Context, uri string) (keys []jose.JSONWebKey, err error) {
	defer func() {
		if recover() != nil {
			keys, err = nil, errors.New("fetch keys: reading them panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys: status %d", resp.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxKeysBody+1))
	if err != nil || len(raw) > maxKeysBody {
		return nil, fmt.Errorf("fetch keys: cut off or longer than %d bytes", maxKeysBody)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil || len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("fetch keys: not a key set of at most %d keys", maxKeys)
	}
	keys = make([]jose.JSONWebKey, 0, len(set.Keys))
	for _, one := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(one) == nil && checkKey(key) == nil { // RFC 7517 §5: keys not understood are ignored
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func pick(keys []jose.JSONWebKey, token signedJWT) []jose.JSONWebKey {
	return slices.DeleteFunc(slices.Clone(keys), func(key jose.JSONWebKey) bool {
		return !fits(key, token.alg) || token.kid != "" && key.KeyID != token.kid
	})
}

// keyType names the family of a public key.
func keyType(key any) string {
	switch key.(type) {
	case *ecdsa.PublicKey:
		return "EC"
	case *rsa.PublicKey:
		return "RSA"
	case ed25519.PublicKey:
		return "OKP"
	default:
		return "none"
	}
}

// algType names the family of keys that an algorithm needs.
func algType(alg string) string {
	switch alg {
	case "ES256":
		return "EC"
	case "RS256", "PS256":
		return "RSA"
	case "EdDSA":
		return "OKP"
	default:
		return ""
	}
}
