// Package pki says whether a citizen's certificate is genuine, current and made for logging in, and
// reads out of it who it names. What issuers there are and how their cards look is configuration.
// That the citizen holds the key, connectors prove; what a certificate is worth, rules decide.
package pki

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"symbolon/connectors/identity"
)

// Refusal is why a certificate is not taken: the code under which people are told, too. Nothing of
// the certificate is in it.
type Refusal string

// Error gives the reason.
func (r Refusal) Error() string { return "certificate refused: " + string(r) }

// Why a certificate is not taken.
const (
	WrongCertificate   Refusal = "card_wrong"       // of no issuer that is listed, or not for logging in
	SigningCertificate Refusal = "card_signing"     // the one for signatures, whose key shows a will, not a presence
	Expired            Refusal = "card_expired"     // or not valid yet
	Suspended          Refusal = "card_suspended"   // for now; its issuer can lift that (R-CARD-07)
	Revoked            Refusal = "card_revoked"     // for good
	Unknown            Refusal = "card_unknown"     // its issuer has never heard of it
	Ambiguous          Refusal = "card_unclear"     // it does not say clearly whom it names
	Unavailable        Refusal = "card_unchecked"   // nobody could be asked whether it is still good
	Dishonest          Refusal = "card_unconfirmed" // who was asked gave an answer that does not hold
)

// Refusals lists them, each with a text in every language.
func Refusals() []Refusal {
	return []Refusal{WrongCertificate, SigningCertificate, Expired, Suspended, Revoked, Unknown, Ambiguous, Unavailable, Dishonest}
}

// Deps are what the checks use of the house. The clients hold allow-list, deadline and size.
type Deps struct {
	OCSP, CRL *http.Client
	Log       *slog.Logger
}

// Verifier checks certificates of the listed issuers. It keeps revocation lists, and good answers
// for as long as a profile allows.
type Verifier struct {
	issuers []*issuer
	deps    Deps
	lists   *lists
	recent  *recent
}

// Use is what a certificate is wanted for.
type Use struct {
	Now    time.Time
	Wanted identity.Level // at high no answer of before is used (R-CARD-06)
}

// Card is what a genuine certificate says, and how that was found out.
type Card struct {
	Profile   string
	Country   string
	Level     identity.Level // what the profile says that these cards are issued at
	Person    identity.Identifier
	Given     string
	Family    string
	Birthdate string // YYYY-MM-DD, "" where the certificate does not tell
	Implied   string // the birth date in the number, where the profile lets that count; for comparing only
	Document  identity.Identifier
	Type      string    // of the document, as registers call it
	From      time.Time // the first moment of its certificate
	Expires   time.Time
	Proof     Proof
}

// Of names the document that the card is, for whoever asks a register how it stands (R-CARD-08).
func (c Card) Of() identity.Document {
	return identity.Document{Type: c.Type, Number: c.Document, Holder: c.Person}
}

// Proof is what a check leaves behind as evidence (R-CARD-09). It names a card and belongs into
// sealed evidence only.
type Proof struct {
	Certificate [32]byte // SHA-256
	Issuer      []byte   // subject key identifier
	Name        string   // of the issuing authority
	Serial      string   // hex
	Policy      string
	Checked     string   // "ocsp" or "crl"
	Answer      [32]byte // SHA-256 of the answer or list
	Produced    time.Time
}

// Evidence is the proof as it stands in evidence.
func (p Proof) Evidence() *identity.Certificate {
	return &identity.Certificate{Issuer: p.Issuer, Name: p.Name, Serial: p.Serial, Policy: p.Policy, Checked: p.Checked, Answer: p.Answer[:], Produced: p.Produced}
}

// String hides the card's data.
func (Card) String() string { return "[hidden]" }

// GoString hides the card's data.
func (Card) GoString() string { return "[hidden]" }

// New reads the certificates that the profiles name. Nothing is called yet.
func New(profiles []Profile, d Deps) (*Verifier, error) {
	if d.OCSP == nil || d.CRL == nil || d.Log == nil {
		return nil, errors.New("pki: without HTTP clients or log")
	}
	if len(profiles) == 0 {
		return nil, errors.New("pki: no issuer is listed, so no certificate would be genuine")
	}
	v := &Verifier{deps: d, lists: newLists(d), recent: newRecent()}
	for _, p := range profiles {
		i, err := p.read()
		if err != nil {
			return nil, fmt.Errorf("issuer %s: %w", p.ID, err)
		}
		v.issuers = append(v.issuers, i)
	}
	return v, nil
}

// Inspect checks everything that can be checked without asking anybody: use, issuer, path, policy,
// validity and subject. What it returns is genuine, but may have been revoked.
func (v *Verifier) Inspect(leaf *x509.Certificate, use Use) (*Found, error) {
	if err := purpose(leaf); err != nil {
		return nil, err
	}
	i, ca, err := v.issuerOf(leaf, use.Now)
	if err != nil {
		return nil, err
	}
	policy, err := i.policy(leaf)
	if err != nil {
		return nil, err
	}
	card, err := i.card(leaf)
	if err != nil {
		return nil, err
	}
	card.Proof = Proof{
		Certificate: sha256.Sum256(leaf.Raw), Issuer: ca.SubjectKeyId, Name: ca.Subject.String(), Serial: leaf.SerialNumber.Text(16), Policy: policy,
	}
	return &Found{card, leaf, ca, i}, nil
}

// Found is a genuine certificate whose status has not been asked for yet.
type Found struct {
	card   Card
	leaf   *x509.Certificate
	ca     *x509.Certificate
	issuer *issuer
}

// Key is the certificate's public key: an ECDSA key, or an RSA key of at least 2048 bits.
func (f *Found) Key() any { return f.leaf.PublicKey }

// Person is whom the certificate names.
func (f *Found) Person() identity.Identifier { return f.card.Person }

// Status asks whether the certificate is still good, and gives the card if it is. The caller has
// made sure that the citizen holds the key: nobody else's certificate makes us ask.
func (v *Verifier) Status(ctx context.Context, f *Found, use Use) (Card, error) {
	card := f.card
	if use.Wanted < identity.High && f.issuer.cache > 0 {
		if kept, ok := v.recent.find(card.Proof.Certificate, use.Now); ok {
			card.Proof = kept
			return card, nil
		}
	}
	answer, err := v.ask(ctx, f, use.Now)
	if errors.Is(err, Revoked) {
		return Card{}, gone{identity.DeadCertificate{
			Issuer: card.Issuer(), Subject: card.Subject(), Person: card.Person, Digest: card.Proof.Certificate, Until: card.Expires,
		}}
	}
	if err != nil {
		return Card{}, err
	}
	card.Proof.Checked, card.Proof.Answer, card.Proof.Produced = answer.by, answer.digest, answer.produced
	if f.issuer.cache > 0 {
		v.recent.keep(card.Proof, use.Now, use.Now.Add(f.issuer.cache))
	}
	return card, nil
}

// gone is the refusal of a certificate that was revoked for good, with what is known of it.
type gone struct{ of identity.DeadCertificate }

func (gone) Error() string { return Revoked.Error() }
func (gone) Unwrap() error { return Revoked }

// Dead gives what was revoked, if that is why a certificate was refused; else nil.
func Dead(err error) *identity.DeadCertificate {
	var g gone
	if !errors.As(err, &g) {
		return nil
	}
	return &g.of
}

// answer is a good one. Any other is a Refusal.
type answer struct {
	by       string
	digest   [32]byte
	produced time.Time
}

// ask asks the responder, and reads the list where the responder cannot be reached. An answer that
// does not hold is no reason to ask elsewhere (attacks XC-06).
func (v *Verifier) ask(ctx context.Context, f *Found, now time.Time) (answer, error) {
	if f.issuer.ocsp != nil {
		got, err := v.askResponder(ctx, f, now)
		if !errors.Is(err, Unavailable) || f.issuer.crl == nil {
			return got, err
		}
		v.deps.Log.WarnContext(ctx, "OCSP responder does not answer, reading the revocation list", "issuer", f.issuer.id)
	}
	return v.lists.ask(ctx, f, now)
}

// refuse logs why, in fixed words, and gives the refusal.
func (v *Verifier) refuse(ctx context.Context, i *issuer, r Refusal, reason string) error {
	v.deps.Log.InfoContext(ctx, "certificate's status not taken", "issuer", i.id, "code", string(r), "reason", reason)
	return r
}

// Authorities are the issuing authorities of all profiles.
func (v *Verifier) Authorities() []*x509.Certificate {
	var all []*x509.Certificate
	for _, i := range v.issuers {
		all = append(all, i.cas...)
	}
	return all
}
