package intake

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Application is what a system asks a case to be opened with.
type Application struct {
	Key       string // Idempotency-Key
	Reference string // the system's own, such as the number of an application
	Office    string
	Purpose   enrolment.Purpose
	Number    string // of the citizen, as identity.ParseIdentifier reads it
}

// Fault is one thing that is wrong with an application: the member, and what it must be.
type Fault struct{ Member, Must string }

// Faults are all of them.
type Faults []Fault

// Error names the members, never what stood in them.
func (f Faults) Error() string {
	names := make([]string, len(f))
	for i, one := range f {
		names[i] = one.Member
	}
	return "intake: not as described: " + strings.Join(names, ", ")
}

// bodyDigest is the kind of digest under which an application is kept.
const bodyDigest = "register system's application"

var ownReference = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$`)

// IsKey reports whether a text can be an Idempotency-Key: 8 to 128 visible characters.
func IsKey(text string) bool {
	return len(text) >= 8 && len(text) <= 128 && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// check says everything that is wrong at once. An office that a system may not act for is as unknown to
// it as one that there is not.
func (i *Intake) check(ctx context.Context, s System, a Application) (staff.Office, identity.Identifier, error) {
	var wrong Faults
	number, err := identity.ParseIdentifier(a.Number)
	if err != nil {
		wrong = append(wrong, Fault{"identifier", "must be an identifier such as PNOPL-… whose checksum is right"})
	}
	switch {
	case !ownReference.MatchString(a.Reference):
		wrong = append(wrong, Fault{"reference", "must have 1 to 64 characters: letters, digits, and . _ : / - after the first"})
	case err == nil && strings.Contains(a.Reference, number.Value.Reveal()): // it is kept in clear, and told
		wrong = append(wrong, Fault{"reference", "must not hold the citizen's number"})
	}
	if !slices.Contains(enrolment.Purposes(), a.Purpose) {
		wrong = append(wrong, Fault{"purpose", "must be one of the purposes listed"})
	}
	places, err := i.Office.Staff.Places(ctx)
	if err != nil {
		return staff.Office{}, number, err
	}
	office, known := places.Office(a.Office)
	if !known || !s.mayActFor(office) {
		wrong = append(wrong, Fault{"office", "must be an office that this system may act for"})
	} else if places.Off(office.ID) {
		wrong = append(wrong, Fault{"office", "must be open: this office is switched off"})
	}
	if len(wrong) > 0 {
		return staff.Office{}, number, wrong
	}
	return office, number, nil
}

// tries is how often a case's number is drawn anew when it was drawn before.
const tries = 5

// Open opens a case that waits in its office for a clerk. The same application under the same key gives
// the same case, however often and on whichever replicas it comes at once. Errors: Faults, ErrOtherBody,
// *Taken, ErrMany.
func (i *Intake) Open(ctx context.Context, s System, a Application) (enrolment.Case, error) {
	if c, err := i.repeated(ctx, s, a); c != nil || err != nil {
		return i.given(c, err)
	}
	office, number, err := i.check(ctx, s, a)
	if err != nil {
		return enrolment.Case{}, err
	}
	for range tries {
		var c enrolment.Case
		err := i.Atomically(ctx, func(ctx context.Context) error {
			var err error
			c, err = i.Office.Draft(ctx, enrolment.Actor{Office: office}, enrolment.Order{
				Purpose: a.Purpose, Number: number, System: s.ID, Asked: a.Reference,
			})
			if err != nil {
				return err
			}
			return i.Store.Remember(ctx, Request{System: s.ID, Key: keyOf(a), Body: i.digestOf(a), Case: c.ID, Office: office.ID, Most: i.Waiting})
		})
		if !errors.Is(err, ErrExists) && !errors.Is(err, enrolment.ErrConflict) {
			return c, err
		}
		if c, err := i.repeated(ctx, s, a); c != nil || err != nil {
			return i.given(c, err)
		}
		other, err := i.Office.BySystem(ctx, s.ID, a.Reference)
		if err == nil {
			return enrolment.Case{}, &Taken{other}
		}
		if !errors.Is(err, enrolment.ErrNoCase) {
			return enrolment.Case{}, err
		}
	}
	return enrolment.Case{}, errors.New("intake: no number for a case was free")
}

func (i *Intake) given(c *enrolment.Case, err error) (enrolment.Case, error) {
	if err != nil {
		return enrolment.Case{}, err
	}
	return *c, nil
}

// repeated gives the case that an application opened which came before under the same key; nil if none
// did.
func (i *Intake) repeated(ctx context.Context, s System, a Application) (*enrolment.Case, error) {
	before, err := i.Store.Remembered(ctx, s.ID, keyOf(a))
	if err != nil || before == nil {
		return nil, err
	}
	if !i.same(before.Body, a) {
		return nil, ErrOtherBody
	}
	c, err := i.Office.OfSystem(ctx, s.ID, before.Case)
	if err != nil {
		return nil, fmt.Errorf("a case that was opened before: %w", err)
	}
	return &c, nil
}

func keyOf(a Application) [32]byte { return sha256.Sum256([]byte(a.Key)) }

// written is an application as it is digested: the digest is keyed, because a number is soon guessed.
func written(a Application) string {
	return strings.Join([]string{a.Reference, a.Office, string(a.Purpose), a.Number}, "\x00")
}

func (i *Intake) digestOf(a Application) enrolment.Digest {
	return enrolment.Digest{Key: i.Digests.KeyID(), Sum: i.Digests.Digest(bodyDigest, written(a))}
}

// same holds an application against a digest under any key in use.
func (i *Intake) same(before enrolment.Digest, a Application) bool {
	all := i.Digests.All(bodyDigest, written(a))
	for k, sum := range all {
		if i.Digests.Keys[k].ID == before.Key && subtle.ConstantTimeCompare(sum[:], before.Sum[:]) == 1 {
			return true
		}
	}
	return false
}
