package enrolled

import (
	"cmp"
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"symbolon/connectors/identity"
)

// TOTPSecret is what an app needs, once: as an address for a QR code, and to be typed.
type TOTPSecret struct {
	URI    string
	Secret string // base32 in groups of four, with a space between them
}

const (
	step      = 30     // seconds (RFC 6238 §5.2)
	pinRounds = 50_000 // what they make is sealed, too
)

// BeginTOTP draws a secret of 160 bits (RFC 4226 §4 R6), and what FinishTOTP needs. The app lists it under the name of
// the site in a language, and the login name: that is asked for at every login, and says nothing of who it is.
func (a *Authenticators) BeginTOTP(_ context.Context, account Account, language string) (TOTPSecret, []byte, error) {
	drawn := make([]byte, 20)
	_, _ = rand.Read(drawn)
	shown, secret, err := a.forApp(drawn, account, language)
	if err != nil {
		return TOTPSecret{}, nil, err
	}
	k := newKept(account, TOTP)
	k.Mechanism, k.Record.Secret = TOTPWithPIN, secret
	sealed, err := a.sealSetup(setup{Kept: k})
	return shown, sealed, err
}

// AgainTOTP gives what was begun once more: whoever typed a weak PIN or a wrong code has the secret in their app
// already. ErrSetupOver, also where it was begun for another account.
func (a *Authenticators) AgainTOTP(sealed []byte, account Account, language string) (TOTPSecret, error) {
	s, err := a.openSetup(sealed, TOTP)
	if err != nil {
		return TOTPSecret{}, err
	}
	drawn, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s.Kept.Record.Secret)
	if err != nil || s.Kept.Account != account {
		return TOTPSecret{}, ErrSetupOver
	}
	shown, _, err := a.forApp(drawn, account, language)
	return shown, err
}

// forApp writes a secret as apps read it and people type it, and as it is kept.
func (a *Authenticators) forApp(drawn []byte, account Account, language string) (shown TOTPSecret, secret string, err error) {
	site := cmp.Or(a.deps.Site[language], a.deps.Site["en"], a.settings.Names["en"])
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(site, ":", " "), AccountName: account.Name, Secret: drawn})
	if err != nil {
		return TOTPSecret{}, "", errors.New("write a secret for an app") // the cause could hold it
	}
	typed := strings.ReplaceAll(group(key.Secret(), 4), "-", " ") // apps take no hyphen
	return TOTPSecret{key.URL(), typed}, key.Secret(), nil
}

// FinishTOTP takes the PIN that somebody chose and the first code of their app. That code counts as
// used (attacks OT-03). ErrWeakPIN, ErrWrongCode, ErrShape for a slip, ErrTooManyTries.
func (a *Authenticators) FinishTOTP(ctx context.Context, sealed []byte, pin, code string) (Candidate, error) {
	s, err := a.openSetup(sealed, TOTP)
	if err != nil {
		return Candidate{}, err
	}
	if pin = identity.Digits(pin); weak(pin) {
		return Candidate{}, ErrWeakPIN
	}
	if code = identity.Digits(code); len(code) != int(otp.DigitsSix) {
		return Candidate{}, ErrShape
	}
	r := &s.Kept.Record
	left, err := a.deps.Marks.Try(ctx, r.Mark, tries())
	if err != nil {
		return Candidate{}, fmt.Errorf("check the first code: %w", err)
	}
	if !left {
		return Candidate{}, ErrTooManyTries
	}
	at, right := stepOf(r.Secret, code, a.deps.Now())
	if !right {
		return Candidate{}, ErrWrongCode
	}
	if first, err := a.deps.Marks.Advance(ctx, r.Mark, at); err != nil {
		return Candidate{}, fmt.Errorf("take the first code: %w", err)
	} else if !first {
		return Candidate{}, ErrWrongCode
	}
	r.Salt = make([]byte, 16)
	_, _ = rand.Read(r.Salt)
	if r.PIN, err = derived(pin, r.Salt); err != nil {
		return Candidate{}, err
	}
	return a.candidate(s.Kept)
}

// stepOf finds the step that a code belongs to: the present one, the one before or the one after
// (RFC 6238 §5.2). All three are compared, whichever it is.
func stepOf(secret, code string, now time.Time) (at int64, right bool) {
	present := now.Unix() / step
	for _, candidate := range []int64{present - 1, present, present + 1} {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(candidate*step, 0), totp.ValidateOpts{
			Period: step, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			at, right = candidate, true
		}
	}
	return at, right
}

// derived makes a PIN slow to guess for whoever should come to open the record that holds it.
func derived(pin string, salt []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, pin, salt, pinRounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive from a PIN: %w", err)
	}
	return key, nil
}

// decoy is compared with where there is nothing to compare with, so that it takes as long.
func decoy() record {
	return record{
		Secret: base32.StdEncoding.EncodeToString(make([]byte, 20)), Salt: make([]byte, 16), PIN: make([]byte, sha256.Size), Codes: [][]byte{make([]byte, sha256.Size)},
	}
}

// checkTOTP looks at a PIN and a code, both whatever the other is. It says which step it was.
func checkTOTP(r record, pin, code string, now time.Time) (at int64, right bool, err error) {
	at, rightCode := stepOf(r.Secret, identity.Digits(code), now)
	got, err := derived(identity.Digits(pin), r.Salt)
	if err != nil {
		return 0, false, err
	}
	return at, subtle.ConstantTimeCompare(got, r.PIN) == 1 && rightCode, nil
}
