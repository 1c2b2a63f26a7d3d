package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Limits of a key set (attacks JW-12): looked at before a key is used, and before it is even parsed.
const (
	maxKeys    = 50
	maxKeySize = 16 << 10
	maxKeyID   = 256
)

// key is one public key that an upstream signs with.
type key struct {
	id         string
	algorithms []string // those that the key may be used with
	public     any
}

func (c *Connector) fetchKeys(ctx context.Context) ([]key, error) {
	m, err := c.metadata.Get(ctx)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	// The set is the configured issuer's, never one that a token names (attacks JW-16, JW-03).
	if err := c.getJSON(ctx, m.Keys, "", &set); err != nil {
		c.deps.Log.Warn("upstream's keys not taken", "means", string(c.settings.ID), "reason", err.Error())
		return nil, err
	}
	keys, err := readKeys(set.Keys)
	if err != nil {
		c.deps.Log.Warn("upstream's keys not taken", "means", string(c.settings.ID), "reason", err.Error())
	}
	return keys, err
}

// readKeys takes the keys that can be trusted and leaves the others out (RFC 7517 §5).
func readKeys(raw []json.RawMessage) ([]key, error) {
	if len(raw) > maxKeys {
		return nil, errors.New("too many keys")
	}
	var keys []key
	for _, text := range raw {
		if k, ok := readKey(text); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no key that can be used")
	}
	return keys, nil
}

func readKey(text json.RawMessage) (key, bool) {
	var head struct {
		Operations []string `json:"key_ops"`
	}
	var parsed jose.JSONWebKey
	if len(text) > maxKeySize || json.Unmarshal(text, &head) != nil || json.Unmarshal(text, &parsed) != nil {
		return key{}, false
	}
	if parsed.Use != "" && parsed.Use != "sig" || len(head.Operations) > 0 && !slices.Contains(head.Operations, "verify") {
		return key{}, false
	}
	algorithms := algorithmsOf(parsed.Key)
	if parsed.Algorithm != "" {
		algorithms = slices.DeleteFunc(algorithms, func(a string) bool { return a != parsed.Algorithm })
	}
	if len(algorithms) == 0 || len(parsed.KeyID) > maxKeyID {
		return key{}, false
	}
	return key{parsed.KeyID, algorithms, parsed.Key}, true
}

// algorithmsOf says what a public key is good for; for secrets, private keys and weak or broken
// ones that is nothing.
func algorithmsOf(public any) []string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < 2048 || bits > 8192 || k.E < 3 || k.E%2 == 0 {
			return nil
		}
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	case *ecdsa.PublicKey:
		if _, err := k.ECDH(); err != nil { // not on its curve
			return nil
		}
		switch k.Curve {
		case elliptic.P256():
			return []string{"ES256"}
		case elliptic.P384():
			return []string{"ES384"}
		case elliptic.P521():
			return []string{"ES512"}
		}
	case ed25519.PublicKey:
		return []string{"EdDSA"}
	}
	return nil
}

// find gives the one key that a token's header points to. Without a kid that is only possible where
// one key fits (OpenID Connect Core §10.1).
func find(keys []key, id, algorithm string) (key, bool) {
	var found []key
	for _, k := range keys {
		if slices.Contains(k.algorithms, algorithm) && (id == "" || k.id == id) {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return key{}, false
	}
	return found[0], true
}

// verifyKey finds the key, and looks once more at the upstream where it is not among those known.
func (c *Connector) verifyKey(ctx context.Context, id, algorithm string) (key, error) {
	keys, err := c.keys.Get(ctx)
	if err != nil {
		return key{}, unavailable("keys")
	}
	if k, ok := find(keys, id, algorithm); ok {
		return k, nil
	}
	if keys, err = c.keys.Renew(ctx); err == nil {
		if k, ok := find(keys, id, algorithm); ok {
			return k, nil
		}
	}
	return key{}, invalid("key_unknown")
}
