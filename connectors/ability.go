package connectors

import (
	"context"
	"crypto/x509"
	"errors"

	"symbolon/connectors/identity"
)

// ErrLogoutRefused says that a message about a logout is not taken; the connector has logged why.
var ErrLogoutRefused = errors.New("connectors: this message about a logout is not taken")

// Document is something that a connector gives to programs.
type Document struct {
	Type string // media type
	Body []byte
}

// Publisher is a connector whose upstream reads metadata of ours.
type Publisher interface {
	Metadata(context.Context) (Document, error)
}

// SessionEnder is a connector that can end a person's session at its upstream. What ends it there is
// Authentication.Session.Resume. A Redirect says that only the browser can do it; nil, that it is done.
type SessionEnder interface {
	EndSession(context.Context, identity.Secret) (Step, error)
}

// LogoutHearer is a connector whose upstream tells of logouts. For every session that an upstream
// rightfully ends, it calls end with Authentication.Session.Index.
type LogoutHearer interface {
	HearLogout(ctx context.Context, in Input, end func(context.Context, identity.Secret) error) (Reply, error)
}

// Reply answers a logout: by the browser, which Step sends on, or, with no step, to the program that
// asked. With neither there is nothing to answer: it was the answer to a request of ours.
type Reply struct {
	Step     Step
	Document Document
}

// Receiver is a connector that meets the browser on the card host, where TLS asks for a certificate.
type Receiver interface {
	// Receive takes the ticket of an address that Begin gave, and what the browser showed in the handshake,
	// the holder's own certificate first; none if it showed nothing. It gives where the browser goes on, at
	// the hub. A ticket that is not good is an error: ErrTicket, or the cause.
	Receive(ctx context.Context, ticket string, shown []*x509.Certificate) (string, error)
	// Authorities are those whose certificates are asked for, so that browsers offer no others.
	Authorities() []*x509.Certificate
}

// ErrTicket says that a ticket was made up, is over, or was used before.
var ErrTicket = errors.New("connectors: this ticket is not good")
