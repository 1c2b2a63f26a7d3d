package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/provider/once"
)

// spent remembers what was consumed.
type spent map[[32]byte]bool

func (s spent) Consume(_ context.Context, secret once.Secret) error {
	if s[secret.Digest] {
		return once.ErrUsed
	}
	s[secret.Digest] = true
	return nil
}

// Attacks JW-06, JW-07: the keys of a program at its own address are found when they are new, count no longer than
// ten minutes after they were taken away there, and a program whose address gives none is told to come again.
func TestAttack_JW_07_KeysOfAProgramAtItsAddress(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	old, fresh := mustKey(t), mustKey(t)
	published, asked := []jose.JSONWebKey{{Key: old.Public(), KeyID: "old"}}, atomic.Int64{}
	down := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if down {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: published})
	}))
	defer server.Close()
	a := Assertions{
		Audience: "https://api.example", Once: spent{}, Purpose: "test", Now: func() time.Time { return now },
		Keys: map[string]KeySource{
			"id-cards": KeysAt(server.URL, server.Client(), func() time.Time { return now }),
			"static":   StaticKeys{{Key: old.Public(), KeyID: "old"}},
		},
	}
	n := 0
	check := func(program string, key SigningKey) error {
		n++
		_, err := a.Check(t.Context(), signed(t, key, "JWT", map[string]any{
			"iss": program, "sub": program, "aud": a.Audience, "jti": string(rune('a' + n)), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		}))
		return err
	}
	status := func(err error) int {
		if refused, ok := errors.AsType[*Error](err); ok {
			return refused.Status
		}
		return 0
	}
	oldKey, freshKey := SigningKey{ID: "old", Alg: "ES256", Signer: old}, SigningKey{ID: "fresh", Alg: "ES256", Signer: fresh}
	for range 3 {
		if err := check("id-cards", oldKey); err != nil {
			t.Fatal(err)
		}
	}
	if got := asked.Load(); got != 1 {
		t.Errorf("the keys were read %d times", got)
	}
	if status(check("nobody", oldKey)) != http.StatusUnauthorized || status(check("id-cards", freshKey)) != http.StatusUnauthorized {
		t.Error("a program, or a key, that nobody knows")
	}
	published = []jose.JSONWebKey{{Key: fresh.Public(), KeyID: "fresh"}}
	now = now.Add(keysRetry)
	if err := check("id-cards", freshKey); err != nil {
		t.Errorf("a key that is new: %v", err)
	}
	if status(check("id-cards", oldKey)) != http.StatusUnauthorized {
		t.Error("a key that was taken away counts")
	}
	if err := check("static", oldKey); err != nil {
		t.Errorf("another program's: %v", err)
	}
	down, now = true, now.Add(keysFresh-time.Second)
	if err := check("id-cards", freshKey); err != nil {
		t.Errorf("its address gives nothing for a while: %v", err)
	}
	now = now.Add(time.Second)
	if status(check("id-cards", freshKey)) != http.StatusServiceUnavailable {
		t.Error("keys that nobody can read again count on")
	}
}
