package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/provider/once"
)

// Assertions takes what programs that are no clients sign to prove themselves (RFC 7523 §3), by the same
// rules as private_key_jwt: an algorithm of the list, a registered key, one audience, five minutes, once.
type Assertions struct {
	Audience string               // the one that is taken
	Keys     map[string]KeySource // of each program, by its id
	Once     once.Store
	Purpose  string // keeps a jti apart from the same one used elsewhere
	Now      func() time.Time
}

// KeySource is where the public keys of a program are: StaticKeys or KeysAt.
type KeySource interface {
	find(context.Context, signedJWT) ([]jose.JSONWebKey, error)
}

// StaticKeys are keys that are known from the start.
type StaticKeys []jose.JSONWebKey

func (k StaticKeys) find(_ context.Context, token signedJWT) ([]jose.JSONWebKey, error) {
	return pick(k, token), nil
}

// RemoteKeys are at an address of the program's own (RFC 7517 §5). What was read is kept for ten minutes at the
// most, so that a key that was taken away there counts no longer than that; a key that is not known yet is
// looked for at once, but never more often than twice a minute (attacks JW-06, JW-07).
type RemoteKeys struct {
	uri  string
	keys *clientKeys
}

// KeysAt reads keys at an address; the client says where it may connect and how long.
func KeysAt(uri string, client *http.Client, now func() time.Time) RemoteKeys {
	return RemoteKeys{uri, &clientKeys{client: client, now: now, sets: map[string]*fetchedSet{}}}
}

func (k RemoteKeys) find(ctx context.Context, token signedJWT) ([]jose.JSONWebKey, error) {
	return k.keys.find(ctx, Client{JWKSURI: k.uri}, token)
}

// Check gives the id of the program whose assertion this is. What is wrong with it is an *Error with
// status 401, or 503 where its keys cannot be read now. Everything is checked before the jti is consumed, so that nobody else can burn one.
func (a Assertions) Check(ctx context.Context, text string) (string, error) {
	invalid := credentials{}.invalid("The assertion is not a JWT signed by a registered key.")
	token, err := parseJWT(text)
	if err != nil || token.typ != "" && token.typ != "JWT" && token.typ != "client-authentication+jwt" {
		return "", invalid
	}
	var claims assertion
	if err := token.peek(&claims); err != nil {
		return "", invalid
	}
	id := claims.Subject
	source, known := a.Keys[id]
	if !known {
		return "", invalid
	}
	keys, err := source.find(ctx, token)
	if err != nil {
		return "", unavailable(err)
	}
	claims = assertion{}
	if err := token.verify(keys, &claims); err != nil {
		return "", invalid
	}
	if wrong := claims.wrong(a.Now(), id, a.Audience, a.Audience); wrong != "" {
		return "", credentials{}.invalid(wrong)
	}
	err = a.Once.Consume(ctx, once.Of(once.ClientAssertion, claims.ID, claims.Expires.Add(skew), a.Purpose, id))
	if errors.Is(err, once.ErrUsed) {
		return "", credentials{}.invalid("The assertion was used before.")
	}
	if err != nil {
		return "", fmt.Errorf("consume an assertion: %w", err)
	}
	return id, nil
}

// CheckKeys says what is wrong with the public keys of a program that signs assertions; nil if nothing is.
func CheckKeys(set jose.JSONWebKeySet) error {
	if len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return fmt.Errorf("a key set needs one key, and %d at most", maxKeys)
	}
	for _, key := range set.Keys {
		if err := checkKey(key); err != nil {
			return err
		}
	}
	return nil
}

// wrong says what is wrong with an assertion's claims, in a text for developers; "" if nothing is. called
// is how the text names the audience.
func (a assertion) wrong(now time.Time, id, called string, audiences ...string) string {
	switch {
	case a.Issuer != id || a.Subject != id:
		return "iss and sub of the client assertion must be the client_id."
	case !slices.Contains(audiences, a.Audience):
		return "aud of the client assertion must be one text, " + called + "."
	case a.Expires.IsZero() || !now.Before(a.Expires.Add(skew)):
		return "The client assertion has no exp or has expired."
	case a.Expires.After(now.Add(maxAssertionLife + skew)):
		return "exp of the client assertion is more than five minutes ahead."
	case a.NotBefore.After(now.Add(skew)) || a.IssuedAt.After(now.Add(skew)):
		return "The client assertion is from the future."
	case a.ID == "" || len(a.ID) > 256:
		return "The client assertion needs a jti of at most 256 characters."
	default:
		return ""
	}
}
