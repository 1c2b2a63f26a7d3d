package pki

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"
)

// Listed reads one authority's revocation list about certificates that are no card's. The list is kept for a
// quarter of an hour, and holds until it is over where it cannot be read again.
type Listed struct {
	url  string
	deps Deps
	row  *list
}

// NewListed reads the list at an address; the client says where it may connect, how long and how much.
func NewListed(url string, client *http.Client) *Listed {
	return &Listed{url, Deps{CRL: client}, &list{turn: make(chan struct{}, 1)}}
}

// Check says whether a certificate that the authority issued stands now: nil, Revoked, Suspended, or
// Unavailable where there is no list of now of that very authority (RFC 5280 §6.3.3).
func (l *Listed) Check(ctx context.Context, leaf, ca *x509.Certificate, now time.Time) error {
	lists := &lists{deps: l.deps}
	current, err := l.row.current(ctx, now, func() (*index, error) { return lists.fetch(ctx, l.url, ca, now) })
	if err != nil || now.After(current.ends) || current.key != string(ca.RawSubjectPublicKeyInfo) {
		return Unavailable
	}
	if reason, listed := current.revoked[leaf.SerialNumber.Text(16)]; listed {
		return revoked(reason)
	}
	return nil
}
