package login

import (
	"context"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// UnknownDevice is found where a person has not logged in with this browser before. What it costs,
// and whether a second means makes up for it, the rules say.
const UnknownDevice identity.Finding = "unknown_device"

// SuspiciousDevice is found besides where somebody else was logged in with that browser, or was on the way
// to, just before.
const SuspiciousDevice identity.Finding = "suspicious_device"

// RegisterMismatch is found where a means names somebody otherwise than the register does, NameChanged besides
// where a former name explains it: until the card, or the account, is renewed.
const (
	RegisterMismatch identity.Finding = "register_mismatch"
	NameChanged      identity.Finding = "name_changed"
)

// OpenDuplicate is found while people look at whether this person and another one here are one human.
const OpenDuplicate identity.Finding = "open_duplicate"

// Devices remembers the browsers that a person logged in with: by a digest that is another for each
// person, so that nobody can tell from it who shares a browser.
type Devices interface {
	// DeviceSeen gives the day on which a person last logged in with a browser, if that is not too long
	// ago; else zero.
	DeviceSeen(context.Context, identity.UsageID, [32]byte) (time.Time, error)
	// KeepDevice remembers it from this day on.
	KeepDevice(ctx context.Context, usage identity.UsageID, device [32]byte, day time.Time) error
}

func (s *Service) deviceDigest(usage identity.UsageID, device string) [32]byte {
	return [32]byte(s.mac("device", append(usage[:], device...)))
}

// against says what speaks against the situation of somebody who has just proved who they are: by shown, where
// said is what means and registers say of them. before is what the login held until then.
func (s *Service) against(ctx context.Context, l *Login, person identity.Person, before *Proof, said identity.Attributes, shown []identity.Evidence) ([]identity.Finding, error) {
	found, err := s.device(ctx, l, person.Usage)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 && before != nil && before.Usage != person.Usage {
		found = append(found, SuspiciousDevice)
	}
	differs, explained := subject.Differs(ofMeans(said), ofRegister(said))
	if differs {
		found = append(found, RegisterMismatch)
	}
	if explained {
		found = append(found, NameChanged)
	}
	if person.Paired {
		found = append(found, OpenDuplicate)
	}
	if person.Flagged {
		found = append(found, subject.ClerkFlag)
	}
	if person.Reported && !slices.ContainsFunc(shown, stands) {
		found = append(found, subject.DocumentReported)
	}
	return found, nil
}

// stands reports whether a register has just said of the document behind a proof that it is valid: what was
// reported is another one, and nobody uses the new one without its PIN.
func stands(e identity.Evidence) bool {
	return e.Kind == identity.DocumentStatus && e.Ceiling == identity.High
}

// device says what speaks against the browser at hand. One that keeps no cookie is never known.
func (s *Service) device(ctx context.Context, l *Login, usage identity.UsageID) ([]identity.Finding, error) {
	if s.Devices == nil {
		return nil, nil
	}
	if l.Device != "" {
		var err error
		if l.deviceSeen, err = s.Devices.DeviceSeen(ctx, usage, s.deviceDigest(usage, l.Device)); err != nil {
			return nil, fmt.Errorf("device: %w", err)
		}
		if !l.deviceSeen.IsZero() {
			return nil, nil
		}
	}
	return []identity.Finding{UnknownDevice}, nil
}

// keepDevice remembers the browser at hand, unless a second means is still wanted for it: else a
// service that wants little would make a thief's browser known to those that want more.
func (s *Service) keepDevice(ctx context.Context, l *Login, now time.Time) error {
	today := now.UTC().Truncate(24 * time.Hour)
	if s.Devices == nil || l.Device == "" || l.Decision.WithSecond != identity.None || !l.deviceSeen.Before(today) {
		return nil
	}
	return s.Devices.KeepDevice(ctx, l.Proof.Usage, s.deviceDigest(l.Proof.Usage, l.Device), today)
}

// keepProved keeps what the same person proved before in the same login: of the two proofs the one
// that is worth more stays, and the means of the other counts as a second one. What somebody else
// proved is never mixed in (attacks LA-06).
func (s *Service) keepProved(l *Login, before *Proof, now time.Time) {
	fresh := *l.Proof
	if before == nil || before.Login != l.ID || before.Usage != fresh.Usage {
		return
	}
	kept := *before
	kept.Session, kept.Ends, kept.Findings = fresh.Session, fresh.Ends, fresh.Findings
	fresh.Office = offices(kept.Office, fresh.Office)
	kept.Office = fresh.Office
	fresh.Also, kept.Also = others(fresh.Means, kept, fresh), others(kept.Means, kept, fresh)
	l.Proof = &kept
	s.decide(l, now)
	was := l.Level()
	l.Proof = &fresh
	s.decide(l, now)
	if was > l.Level() {
		l.Proof = &kept
	}
}

// others gives every means that either proof was made with, but one.
func others(but identity.Means, proofs ...Proof) []identity.Means {
	var all []identity.Means
	for _, p := range proofs {
		for _, m := range append([]identity.Means{p.Means}, p.Also...) {
			if m != but && !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}

// situation is what speaks for or against the login as a whole. A second means counts as long as it
// is switched on.
func (l *Login) situation() []identity.Finding {
	found := slices.Clone(l.Proof.Findings)
	second := slices.ContainsFunc(l.Proof.Also, func(m identity.Means) bool {
		return slices.ContainsFunc(l.Means, func(d connectors.Description) bool { return d.ID == m && !d.Disabled })
	})
	if second && len(found) > 0 {
		found = append(found, assurance.SecondMeans)
	}
	return found
}

// secondHelps reports whether a second means would make enough of what was proved in this login.
func (l Login) secondHelps() bool {
	return l.Proof != nil && !l.fallen && !l.Reused() && !l.Level().Satisfies(l.Needs()) &&
		identity.Least(l.Decision.WithSecond, l.permits(l.Proof.Means), l.ceiling(l.Proof.Means, l.Proof.Choice)).Satisfies(l.Needs())
}

// able gives the means that may be of the kind that the party asks for.
func (l Login) able() []connectors.Description {
	if !l.Party.Resistant {
		return l.Means
	}
	return slices.DeleteFunc(slices.Clone(l.Means), func(d connectors.Description) bool { return !d.Resistant })
}

// offers gives the means that may be tried now: those that reach what is needed and, where a second
// one would help, every other that the party permits.
func (l Login) offers() []connectors.Offer {
	if !l.secondHelps() {
		return connectors.Offers(l.able(), l.permitted(), l.Needs())
	}
	return slices.DeleteFunc(connectors.Offers(l.able(), l.permitted(), identity.Low), func(o connectors.Offer) bool {
		return o.ID == l.Proof.Means
	})
}
