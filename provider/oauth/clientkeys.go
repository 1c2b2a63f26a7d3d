package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFresh   = 10 * time.Minute // a key that a client removed stops counting after this (attacks JW-07)
	keysRetry   = 30 * time.Second // an unknown kid or a failure asks again at most so often (attacks JW-06)
	keysTimeout = 5 * time.Second
	maxKeysBody = 256 << 10
)

// clientKeys finds the keys that a client's assertions may be signed with: those in its
// registration, or those at its jwks_uri, which are kept for a while.
type clientKeys struct {
	client *http.Client // with the rules for going outside: addresses, deadline, no redirects
	now    func() time.Time
	mu     sync.Mutex
	sets   map[string]*fetchedSet // by URI; as many as there are clients
}

// fetchedSet is what was read at one URI. Its lock makes parallel calls fetch once.
type fetchedSet struct {
	mu    sync.Mutex
	keys  []jose.JSONWebKey
	read  time.Time // when the keys came
	tried time.Time // when it was last asked
	err   error     // of the last try
}

// find gives the keys to try for a token: the one that its kid names, or those of its algorithm.
func (k *clientKeys) find(ctx context.Context, client Client, token signedJWT) ([]jose.JSONWebKey, error) {
	if client.JWKSURI == "" {
		if client.JWKS == nil {
			return nil, nil
		}
		return pick(client.JWKS.Keys, token), nil
	}
	k.mu.Lock()
	set := k.sets[client.JWKSURI]
	if set == nil {
		set = &fetchedSet{}
		k.sets[client.JWKSURI] = set
	}
	k.mu.Unlock()

	set.mu.Lock()
	defer set.mu.Unlock()
	now := k.now()
	found := pick(set.keys, token)
	stale := now.Sub(set.read) >= keysFresh
	if (stale || len(found) == 0) && now.Sub(set.tried) >= keysRetry {
		set.tried = now
		keys, err := k.fetch(ctx, client.JWKSURI)
		if set.err = err; err == nil {
			set.keys, set.read = keys, now
		}
		stale, found = err != nil && stale, pick(set.keys, token)
	}
	if stale {
		return nil, fmt.Errorf("no fresh keys: %w", set.err)
	}
	return found, nil
}

// fetch goes on when the request that caused it is given up: others wait for the same answer.
func (k *clientKeys) fetch(ctx context.Context, uri string) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTimeout)
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
	keys := make([]jose.JSONWebKey, 0, len(set.Keys))
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
