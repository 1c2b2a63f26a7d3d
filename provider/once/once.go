// Package once consumes one-time secrets: whatever may be used exactly once, on whichever replica,
// across restarts. A grant's own code is not consumed here but by the grant's own update.
package once

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// ErrUsed says that the secret was consumed before.
var ErrUsed = errors.New("once: used before")

// Kind separates uses of one-time secrets.
type Kind string

// What is consumed here.
const (
	ClientAssertion Kind = "client_assertion" // RFC 7523 jti, bound to the client
	UpstreamAnswer  Kind = "upstream_answer"  // an assertion's id or a nonce, bound to the means
	OneTimeHandle   Kind = "handle"
	DeadCertificate Kind = "dead_certificate" // of a card that was cancelled, by its digest
	LinkProof       Kind = "link_proof"       // of two means of one person, bound to login, session, person, upstream and its subject
)

// Secret is what is to be consumed: its digest, what it is bound to, and when it stops mattering.
type Secret struct {
	Kind   Kind
	Digest [32]byte
	Until  time.Time // kept at least until then
}

// Of digests a one-time secret together with what it is bound to (client, login, purpose).
func Of(kind Kind, secret string, until time.Time, binding ...string) Secret {
	h := sha256.New()
	for _, part := range append([]string{string(kind), secret}, binding...) {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return Secret{kind, [32]byte(h.Sum(nil)), until}
}

// Store is where consumed secrets are kept. Consume is one conditional insert, durable before it
// returns, in the transaction of the context if there is one; ErrUsed for all but the first.
type Store interface {
	Consume(context.Context, Secret) error
}
