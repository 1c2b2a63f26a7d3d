package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/limit"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

// TypProof is the typ of the record of a login. Nothing else that is signed here carries it, so that
// neither is taken for the other (RFC 8725 §3.11).
const TypProof = "authentication-proof+jwt"

// Proof is the record of one answered login: what the party and the citizen may keep, signed, and
// the full record, sealed to who is not here.
type Proof struct {
	ID     seal.RowID // jti
	Client string
	Party  consent.PartyID
	Usage  identity.UsageID // whom it is about
	Actor  identity.UsageID // who acted for them; zero: nobody
	Txn    string
	At     time.Time
	Token  string
	Sealed []byte // nil: there is no evidence key
}

// ErrNoProof says that there is no record of such a login.
var ErrNoProof = errors.New("oauth: no record of such a login")

// Proofs finds records again; ErrNoProof if there is none. They are written by Grants.Answer.
type Proofs interface {
	ClientProof(ctx context.Context, client, txn string) (Proof, error)
	PersonProof(ctx context.Context, usage identity.UsageID, txn string) (Proof, error)
}

// proofClaims are what a record says. Nothing of it tells by which means somebody logged in, and
// nothing is the same at two parties.
type proofClaims struct {
	Issuer   string        `json:"iss"`
	Audience string        `json:"aud"`
	ID       string        `json:"jti"`
	Txn      string        `json:"txn"`
	Subject  string        `json:"sub"`
	Actor    *actor        `json:"act,omitempty"` // who acted for sub; nil: nobody
	Issued   int64         `json:"iat"`
	Level    string        `json:"level"`
	ACR      string        `json:"acr"`
	AMR      []string      `json:"amr,omitempty"`
	Checks   []login.Check `json:"checks"`
	AuthTime int64         `json:"auth_time"`
	Ends     int64         `json:"assurance_valid_until,omitempty"`
	Policy   string        `json:"policy_version"`
	Receipt  receipt       `json:"journal_receipt"`
}

// receipt is the signed promise that the journal holds the entry of what was told: its id and its leaf,
// the SHA-256 over a salt of its own and the entry (architecture §8). It commits with the record, and
// whoever is shown entry and salt can hold them against it.
type receipt struct {
	Entry string `json:"entry"`
	Leaf  string `json:"leaf"` // base64url
}

// actor is RFC 8693 §4.1.
type actor struct {
	Subject string `json:"sub"`
}

// proof signs the record of the unit's login.
func (u *unit) proof(l *login.Login, answered login.Answered) (Proof, error) {
	key, ok := u.p.proofKey(u.now)
	if !ok {
		return Proof{}, errors.New("proof: no active key")
	}
	id := seal.RowID(answered.Record.ID)
	said := proofClaims{
		Issuer: u.p.issuer, Audience: u.client.ID, ID: id.String(), Txn: u.kept.Txn, Subject: u.kept.Subject, Issued: u.now.Unix(),
		Level: answered.Level.String(), ACR: u.kept.ACR, AMR: u.kept.AMR, Checks: answered.Record.Checks,
		AuthTime: u.kept.AuthTime, Ends: u.kept.LevelEnds, Policy: l.Decision.Rules,
		Receipt: receipt{answered.Entry.ID.String(), base64.RawURLEncoding.EncodeToString(answered.Entry.Leaf)},
	}
	if u.kept.Actor != "" {
		said.Actor = &actor{u.kept.Actor}
	}
	token, err := sign(key, TypProof, said)
	if err != nil {
		return Proof{}, fmt.Errorf("proof: %w", err)
	}
	return Proof{id, u.client.ID, u.client.Party, answered.Release.Usage, answered.Release.By, u.kept.Txn, u.now, token, answered.Record.Sealed}, nil
}

// proofKey is the key that records are signed with: the algorithm that everybody can verify first.
func (p *Provider) proofKey(now time.Time) (SigningKey, bool) {
	for _, alg := range idTokenAlgs() {
		if key, ok := p.signing.Active(alg, now); ok {
			return key, true
		}
	}
	return SigningKey{}, false
}

// current gives a record's token, signed anew if its key was withdrawn since: whoever has that key
// could sign what they like, and what lies here was written by us.
func (p *Provider) current(proof Proof) (string, error) {
	parts := strings.Split(proof.Token, ".")
	if len(parts) != 3 {
		return "", errors.New("proof: not a token")
	}
	parsed, err := jose.ParseSigned(proof.Token, signatureAlgs())
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	known := slices.ContainsFunc(p.signing.History(), func(k SigningKey) bool { return k.ID == parsed.Signatures[0].Header.KeyID })
	if known {
		return proof.Token, nil
	}
	key, ok := p.proofKey(p.now())
	if !ok {
		return "", errors.New("proof: no active key")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	return signPayload(key, TypProof, payload)
}

// proofRule is how often one client may ask. Who archives every login at once is far below it.
func proofRule() limit.Rule { return limit.Rule{Name: "proof", Most: 600, Per: time.Minute} }

// Proof is the endpoint at which a party fetches the record of one of its logins by the txn that its
// ID token named. A login of another client, one of long ago and one that never was are all the
// same answer.
func (p *Provider) Proof(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.Method != http.MethodPost {
		return methodNotAllowed(http.MethodPost)
	}
	form, err := postForm(r)
	if err != nil {
		return err
	}
	client, err := p.authenticate(ctx, r, form)
	if err != nil {
		return err
	}
	if client.AuthMethod == NoAuth { // anybody can be it
		return refused(codeUnauthorizedClient, "A client that cannot authenticate gets no records.")
	}
	if p.limit != nil {
		ok, after, err := p.limit.Allow(ctx, proofRule(), client.ID)
		if err != nil {
			return unavailable(err)
		}
		if !ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(after/time.Second)+1))
			return &Error{Status: http.StatusTooManyRequests, Code: "slow_down", Description: "Too many records are asked for."}
		}
	}
	if len(form["txn"]) != 1 || form.Get("txn") == "" {
		return refused(codeInvalidRequest, "txn is missing, or there twice.")
	}
	proof, err := p.proofs.ClientProof(ctx, client.ID, form.Get("txn"))
	if errors.Is(err, ErrNoProof) {
		return &Error{Status: http.StatusNotFound, Code: "unknown_txn", Description: "This client has no login with this txn."}
	}
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	token, err := p.current(proof)
	if err != nil {
		return err
	}
	noStore(w.Header())
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = w.Write([]byte(token)) // who asked is gone if this fails
	return nil
}

// ProofOf gives a citizen the record of one of their own logins; ErrNoProof if it is not theirs.
func (p *Provider) ProofOf(ctx context.Context, usage identity.UsageID, txn string) (string, error) {
	proof, err := p.proofs.PersonProof(ctx, usage, txn)
	if err != nil {
		return "", err
	}
	return p.current(proof)
}

// KeyHistory serves every public key that ever signed and was not withdrawn: what was signed years
// ago verifies with it, offline.
func (p *Provider) KeyHistory(w http.ResponseWriter, r *http.Request) error {
	return p.keySet(w, r, p.signing.History())
}
