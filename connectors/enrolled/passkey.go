package enrolled

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"symbolon/connectors/identity"
)

// PasskeyWish says what kind of passkey is to be made.
type PasskeyWish struct {
	Person   identity.PersonID // whose devices are not to be enrolled twice; zero: nobody's yet
	Label    string            // what the device shows its owner: initials, never a number
	Attested bool              // the device is asked what it is: at the office
	Portable bool              // a key of its own, such as one handed over at the counter: not one of the device at hand
	Replaces bool              // what they had before gives way, so that the same device may make a key anew
}

// ceremonyLife is how long a challenge is remembered as spent: longer than a login waits for an answer.
const ceremonyLife = time.Hour

// Why a passkey's answer is not taken. One that is none of ours and one that did not prove to be ours are the same:
// whoever guesses credential ids learns nothing (attacks EN-01).
var (
	errReplayed = errors.New("enrolled: this answer came before")
	errStopped  = errors.New("enrolled: this passkey is stopped or replaced")
	errUnknown  = errors.New("enrolled: no passkey of ours answered")
)

// owner is an account in the words of the library.
type owner struct {
	account     Account
	label       string
	credentials []webauthn.Credential
}

var _ webauthn.User = owner{}

// WebAuthnID is the handle, which says nothing about who it is (Web Authentication §14.6.1).
func (o owner) WebAuthnID() []byte { return o.account.Handle[:] }

// WebAuthnName is what the device shows.
func (o owner) WebAuthnName() string { return o.label }

// WebAuthnDisplayName is the same.
func (o owner) WebAuthnDisplayName() string { return o.label }

// WebAuthnCredentials are those that may answer.
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// algorithms are the signatures taken, the best first (means.md §8).
func algorithms() []protocol.CredentialParameter {
	var all []protocol.CredentialParameter
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		all = append(all, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return all
}

// BeginPasskey gives the options for navigator.credentials.create, and what FinishPasskey needs, which
// is to be kept where its owner does not see it.
func (a *Authenticators) BeginPasskey(ctx context.Context, account Account, wish PasskeyWish) (options json.RawMessage, sealed []byte, err error) {
	label := wish.Label
	if label == "" {
		label = a.settings.Names["en"]
	}
	var known []protocol.CredentialDescriptor
	if !wish.Replaces {
		if known, err = a.descriptors(ctx, wish.Person); err != nil {
			return nil, nil, err
		}
	}
	conveyance := protocol.PreferNoAttestation
	if wish.Attested {
		conveyance = protocol.PreferDirectAttestation
	}
	selection := a.web.Config.AuthenticatorSelection
	if wish.Portable {
		selection.AuthenticatorAttachment = protocol.CrossPlatform
	}
	creation, ceremony, err := a.web.BeginRegistration(owner{account: account, label: label},
		webauthn.WithCredentialParameters(algorithms()), webauthn.WithExclusions(known),
		webauthn.WithConveyancePreference(conveyance), webauthn.WithAuthenticatorSelection(selection), inTime(5*time.Minute))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	sealed, err = a.sealSetup(setup{Kept: newKept(account, Passkey), Ceremony: ceremony, Attested: wish.Attested, Portable: wish.Portable})
	return options, sealed, err
}

// inTime is how long the browser lets its owner take (WCAG 2.2.1).
func inTime(d time.Duration) webauthn.RegistrationOption {
	return func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Timeout = int(d.Milliseconds())
		return nil
	}
}

// descriptors name the passkeys that somebody has.
func (a *Authenticators) descriptors(ctx context.Context, person identity.PersonID) ([]protocol.CredentialDescriptor, error) {
	if person.IsZero() {
		return nil, nil
	}
	rows, err := a.deps.Finder.ByPerson(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find passkeys: %w", err)
	}
	var all []protocol.CredentialDescriptor
	for _, row := range rows {
		if row.Type != Passkey || row.State != Active && row.State != Aside {
			continue
		}
		r, err := a.open(row)
		if err != nil {
			return nil, err
		}
		all = append(all, r.Credential.Descriptor())
	}
	return all, nil
}

// FinishPasskey takes the device's answer as the script posts it. ErrRefused if it does not hold,
// ErrUnverified if the device did not check its owner, ErrKnownAlready if it is enrolled.
func (a *Authenticators) FinishPasskey(ctx context.Context, sealed, response []byte) (Candidate, error) {
	s, err := a.openSetup(sealed, Passkey)
	if err != nil || s.Ceremony == nil {
		return Candidate{}, ErrSetupOver
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Candidate{}, fmt.Errorf("%w: %s", ErrRefused, errorKind(err))
	}
	if s.Portable && ofTheDevice(parsed) {
		return Candidate{}, fmt.Errorf("%w: a key of the device at hand", ErrRefused)
	}
	if !parsed.Response.AttestationObject.AuthData.Flags.HasUserVerified() {
		return Candidate{}, ErrUnverified
	}
	credential, err := a.web.CreateCredential(owner{account: s.Kept.Account}, *s.Ceremony, parsed)
	if err != nil {
		return Candidate{}, fmt.Errorf("%w: %s", ErrRefused, errorKind(err))
	}
	row, err := a.deps.Finder.ByCredential(ctx, a.credentialDigests(credential.ID))
	if err != nil {
		return Candidate{}, fmt.Errorf("finish a passkey: %w", err)
	}
	if row != nil {
		return Candidate{}, ErrKnownAlready
	}
	attested := s.Attested && a.trusted.attested(parsed.Response.AttestationObject, a.deps.Now())
	s.Kept.Record.Credential, s.Kept.Mechanism = credential, a.trusted.mechanism(credential, attested)
	c, err := a.candidate(s.Kept)
	if err != nil {
		return Candidate{}, err
	}
	sum := sha256.Sum256(credential.ID)
	c.AAGUID, c.Attestation, c.Attested = model(credential).String(), credential.AttestationFormat, attested
	c.UserVerified, c.Synced, c.SignCount = credential.Flags.UserVerified, credential.Flags.BackupEligible, credential.Authenticator.SignCount
	c.Credential = hex.EncodeToString(sum[:])
	return c, nil
}

// ofTheDevice reports whether the browser says that a passkey is one of its own device's. One that says nothing was asked
// for another, and has chosen no such one (Web Authentication Level 3 §5.4.5).
func ofTheDevice(parsed *protocol.ParsedCredentialCreationData) bool {
	if parsed.AuthenticatorAttachment != "" {
		return parsed.AuthenticatorAttachment == protocol.Platform
	}
	return len(parsed.Response.Transports) > 0 && !slices.ContainsFunc(parsed.Response.Transports, func(way protocol.AuthenticatorTransport) bool { return way != protocol.Internal })
}

func (a *Authenticators) credentialDigests(id []byte) []Digest {
	return a.deps.Digests.Digests("credential", string(id))
}

// errorKind names an error of the library in its own fixed words; what came with it could hold
// anything.
func errorKind(err error) string {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known.Type
	}
	return "not of a form that can be read"
}

// assertion is a passkey's answer, checked.
type assertion struct {
	row    Row
	digest [32]byte // of what was signed
}

// assert checks a passkey's answer to a login. It changes nothing but the passkey's count. That one is stopped is said
// only after it has proved that it is ours. The zero row is nobody.
func (a *Authenticators) assert(ctx context.Context, ceremony webauthn.SessionData, response []byte) (assertion, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return assertion{}, fmt.Errorf("%w: %s", ErrRefused, errorKind(err))
	}
	row, err := a.deps.Finder.ByCredential(ctx, a.credentialDigests(parsed.RawID))
	if err != nil {
		return assertion{}, fmt.Errorf("find a passkey: %w", err)
	}
	if row == nil || row.Type != Passkey {
		return assertion{}, fmt.Errorf("%w: not by its id", errUnknown)
	}
	r, err := a.open(*row)
	if err != nil {
		return assertion{}, err
	}
	find := func(id, handle []byte) (webauthn.User, error) {
		if !bytes.Equal(handle, row.Handle[:]) {
			return nil, ErrRefused
		}
		return owner{account: Account{Handle: row.Handle}, credentials: []webauthn.Credential{*r.Credential}}, nil
	}
	if _, _, err := a.web.ValidatePasskeyLogin(find, ceremony, parsed); err != nil {
		return assertion{}, fmt.Errorf("%w: %s", errUnknown, errorKind(err))
	}
	if row.State != Active {
		return assertion{}, errStopped
	}
	// The challenge is spent before the count is looked at: the same answer twice is no second device.
	first, err := a.deps.Once(ctx, ceremony.Challenge, a.deps.Now().Add(ceremonyLife))
	if err != nil {
		return assertion{}, fmt.Errorf("spend a challenge: %w", err)
	}
	if !first {
		return assertion{}, errReplayed
	}
	raw := parsed.Raw.AssertionResponse
	digest := sha256.Sum256(bytes.Join([][]byte{raw.AuthenticatorData, raw.ClientDataJSON, raw.Signature}, nil))
	if err := a.count(ctx, *row, r, parsed.Response.AuthenticatorData.Counter); err != nil {
		return assertion{}, err
	}
	return assertion{*row, digest}, a.backedUp(ctx, *row, r, parsed.Response.AuthenticatorData.Flags)
}

// count takes a passkey's count, which must grow if there is one (Web Authentication Level 3 §7.2 step
// 22). One that does not may be a copy's: the passkey is put aside until its owner has cleared it up.
func (a *Authenticators) count(ctx context.Context, row Row, r record, counted uint32) error {
	first := r.Credential.Authenticator.SignCount
	if counted == 0 && first == 0 {
		last, err := a.deps.Marks.Mark(ctx, r.Mark)
		if err != nil || last == 0 {
			return wrap("read a passkey's count", err)
		}
	} else if counted > first {
		grown, err := a.deps.Marks.Advance(ctx, r.Mark, int64(counted))
		if err != nil || grown {
			return wrap("count a passkey", err)
		}
	}
	a.deps.Log.WarnContext(ctx, "a passkey's count went back", "device", row.ID.String())
	if err := a.doubt(ctx, row); err != nil {
		return err
	}
	return fmt.Errorf("%w: its count went back", errStopped)
}
