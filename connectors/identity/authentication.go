package identity

import (
	"strings"
	"time"
)

// Means is the id of one way to prove who one is, as the operator named its connector
// ("trusted-profile", "bank").
type Means string

// EvidenceKind says what sort of proof a piece of evidence is.
type EvidenceKind string

// Kinds of evidence.
const (
	UpstreamAssertion EvidenceKind = "upstream_assertion" // a signed answer of another identity provider
	RegisterRecord    EvidenceKind = "register_record"    // a register's answer about the person
	OfficeCheck       EvidenceKind = "office_check"       // a clerk saw them and their document
	CardToken         EvidenceKind = "card_token"         // an e-ID card signed our challenge; its PIN was typed for it
	CardTLS           EvidenceKind = "card_tls"           // an e-ID card took part in a TLS handshake; its PIN may be remembered
	DocumentStatus    EvidenceKind = "document_status"    // a register's answer about the document that a means rests on
)

// fromOffice begins the kinds of evidence that an office handed out what somebody logged in with.
const fromOffice = "enrolled_"

// HandedOut gives the kind of evidence of something that an office handed out.
func HandedOut(mechanism string) EvidenceKind { return EvidenceKind(fromOffice + mechanism) }

// FromOffice reports whether an office handed out what proved this.
func (k EvidenceKind) FromOffice() bool { return strings.HasPrefix(string(k), fromOffice) }

// Evidence is what was checked, how, when and by whom. It holds digests, never raw messages,
// and no identifier of the person.
type Evidence struct {
	Kind     EvidenceKind `json:"kind"`
	Means    Means        `json:"means"`
	Choice   string       `json:"choice,omitempty"` // which bank of a bank connector
	Issuer   string       `json:"issuer,omitempty"`
	Asserted Level        `json:"asserted"`      // the upstream's level after mapping; None where it said nothing known
	Ceiling  Level        `json:"ceiling"`       // the most the operator lets this means reach
	AMR      []string     `json:"amr,omitempty"` // RFC 8176
	AuthTime time.Time    `json:"auth_time"`     // when the person acted
	Checked  time.Time    `json:"checked"`       // when this was verified here
	Expires  time.Time    `json:"expires,omitzero"`
	Findings []Finding    `json:"findings,omitempty"`
	Digest   []byte       `json:"digest,omitempty"` // SHA-256 of the message, for the sealed evidence
	// Resistant is true where no false page could have asked for what proved it and used it: a key that
	// answers to the right origin alone (NIST SP 800-63B §3.2.5).
	Resistant bool `json:"resistant,omitempty"`
	// Seen is the day on which an office saw the person and handed this out to them; zero if none did.
	Seen time.Time `json:"seen,omitzero"`
	// Certificate is set for a card.
	Certificate *Certificate `json:"certificate,omitempty"`
}

// Certificate is what was checked of a card's certificate. It names the card, so it stands in sealed
// evidence only, and is told to whom the number of its holder is told.
type Certificate struct {
	Issuer   []byte    `json:"issuer"`         // key identifier of the issuing authority
	Name     string    `json:"name,omitempty"` // of the issuing authority, as RFC 4514 writes it
	Serial   string    `json:"serial"`         // hex
	Policy   string    `json:"policy"`
	Checked  string    `json:"checked"` // by "ocsp" or "crl"
	Answer   []byte    `json:"answer"`  // SHA-256 of the answer or list
	Produced time.Time `json:"produced"`
}

// DeadCertificate is one that its issuer took back for good, shown by somebody who proved to hold its key.
type DeadCertificate struct {
	Issuer  string     // with Subject, as in Authentication
	Subject Secret     // the holder's name at that issuer
	Person  Identifier // whom the certificate names
	Digest  [32]byte   // SHA-256 of the certificate
	Until   time.Time  // when it would have ended by itself
}

// Finding is something that speaks against a proof; rules give it points.
type Finding string

// Authentication is a connector's whole answer: who upstream says it is, what it told, and the
// evidence. It carries no decision: levels are made by rules elsewhere.
type Authentication struct {
	Means       Means
	Kind        string // the connector's kind, "oidc"
	Choice      string
	Issuer      string
	Subject     Secret // the person's name at that issuer; with Means and Issuer the key of a link
	Identifiers []Identifier
	Document    Document // that the means rests on, where it is one
	Attributes  Attributes
	Evidence    []Evidence
	AMR         []string
	AuthTime    time.Time
	Session     *UpstreamSession // nil: the upstream has none, or none that could be ended
	// Birth is the birth date that follows from an identifier, YYYY-MM-DD, where the means tells none and
	// its settings let the identifier's rule count. It is for comparing only and is told to nobody.
	Birth string
}

// UpstreamSession is what the upstream calls the session that it opened when the person logged in.
type UpstreamSession struct {
	Index  Secret // what it says when it ends the session; unguessable or not, it is no name of a person
	Whole  Secret // what it says when it ends all of the person's there; zero if Index is that, or it never does
	Resume Secret // the connector's own words for ending it there
}
