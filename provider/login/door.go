package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Door is one of our own hosts that people log in at: the portal, the desk. It is a relying party
// like any other (RelyingParty.Own is set) but for the channel: nothing is told over it, and what
// comes back to the host is a handle that works once, in the browser that asked.
type Door struct {
	Party    consent.RelyingParty
	Idle     time.Duration // a session ends when not used for so long
	Absolute time.Duration // and then in any case
}

// Knock is what a door asks for.
type Knock struct {
	Door      string
	Challenge string // SHA-256 of the secret that the browser keeps at the door, base64url
	To        string // path at the door to come back to
	Level     identity.Level
	Fresh     bool // log in anew, whatever session there is
	Languages []string
}

// Entry is the way back to a door: with a handle if somebody logged in, without one if not.
type Entry struct{ Door, Handle string }

// ErrNoDoor says that there is no such door, or that it was not asked as a door asks.
var ErrNoDoor = errors.New("login: no such door, or not asked as a door asks")

var (
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	pathForm      = regexp.MustCompile(`^/(?:[A-Za-z0-9_-][A-Za-z0-9_/-]{0,199})?$`)
)

// doorChannel is what the answer to a door needs. It travels inside the login.
type doorChannel struct {
	Door      string `json:"door"`
	Challenge string `json:"challenge"`
	To        string `json:"to"`
}

// IsPath reports whether a text is a path that a door may lead back to: one of our own, no query,
// no other host.
func IsPath(text string) bool { return pathForm.MatchString(text) }

// party gives a party by its id: one of the doors', or a registered one that is switched on.
func (s *Service) party(id consent.PartyID) (consent.RelyingParty, error) {
	for _, d := range s.Doors {
		if d.Party.ID == id {
			return d.Party, nil
		}
	}
	party, ok := s.Parties.Party(id)
	if !ok || party.Disabled {
		return consent.RelyingParty{}, ErrNoParty
	}
	return party, nil
}

// Knock begins a login for a door. Nothing of what was asked is believed later: the door looks at
// who came, how surely and when.
func (s *Service) Knock(ctx context.Context, k Knock, sessionCookie string) (*Login, error) {
	door, ok := s.Doors[k.Door]
	if !ok || !challengeForm.MatchString(k.Challenge) || !IsPath(k.To) {
		return nil, ErrNoDoor
	}
	channel, err := json.Marshal(doorChannel{k.Door, k.Challenge, k.To})
	if err != nil {
		return nil, fmt.Errorf("knock: %w", err)
	}
	l, _, err := s.Begin(ctx, Request{
		Party: door.Party.ID, Minimum: k.Level, Prompt: Prompt{Login: k.Fresh || door.Party.NoSession}, Languages: k.Languages,
		Arrived: s.Now(), Channel: channel,
	}, sessionCookie)
	return l, err
}

// Enter gives the answer of a login at a door, again if it was given before. A session of the door
// waits from then on for who brings the handle; session, journal entry and the login's end are one
// transaction.
func (s *Service) Enter(ctx context.Context, l *Login) (Entry, error) {
	var ch doorChannel
	if !l.Party.Own || json.Unmarshal(l.Request.Channel, &ch) != nil || s.Doors[ch.Door].Party.ID != l.Party.ID {
		return Entry{}, ErrNoDoor
	}
	switch s.Next(l).(type) {
	case Refuse:
		return Entry{Door: ch.Door}, nil
	case Repeat:
		return Entry{ch.Door, s.Mint.Encode(s.handleOf(l.Bearer, l.Answered.Grant))}, nil
	case Deliver:
	default:
		return Entry{}, ErrNotNow
	}
	now := s.Now()
	handle := s.handleOf(l.Bearer, seal.NewRowID(now))
	waiting, err := s.waiting(l, ch, handle, now)
	if err != nil {
		return Entry{}, err
	}
	closed, err := l.Close(Receipt{Grant: handle.Row})
	if err != nil {
		return Entry{}, err
	}
	entered, err := s.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.Entered, At: now, Who: l.Proof.Usage.String(), Party: string(l.Party.ID), Ref: l.Ref(),
		Fields: map[string]any{"door": ch.Door, "level": l.Level().String(), "rules": l.Decision.Rules},
	})
	if err != nil {
		return Entry{}, fmt.Errorf("record entering: %w", err)
	}
	err = s.Loosely(ctx, func(ctx context.Context) error {
		if err := s.Logins.SaveLogin(ctx, closed); err != nil {
			return err
		}
		if l.Party.NoSession { // it has served: the door's own session takes its place
			if err := s.Sessions.EndSession(ctx, l.Proof.Session); err != nil {
				return err
			}
		}
		if err := s.Sessions.AddSession(ctx, waiting, l.opened); err != nil {
			return err
		}
		return s.Journal.Append(ctx, entered)
	})
	if errors.As(err, new(Ended)) { // what they held ended at this moment: the login begins anew
		return Entry{}, ErrNotNow
	}
	if err != nil {
		return Entry{}, fmt.Errorf("enter: %w", err)
	}
	return Entry{ch.Door, s.Mint.Encode(handle)}, nil
}

// handleOf derives the handle from the login's cookie, so that a repeat gives the same one.
func (s *Service) handleOf(cookie seal.Bearer, session seal.RowID) seal.Bearer {
	return seal.Successor(s.HandleKey, seal.OneTimeHandle, 0, cookie, session, nil)
}

// lasting is how long what is proved at a login may last at the most: where a door has a session of its
// own alone, as long as that, else as long as the hub's.
func (s *Service) lasting(party consent.RelyingParty) time.Duration {
	for _, d := range s.Doors {
		if d.Party.ID == party.ID && party.NoSession {
			return d.Absolute
		}
	}
	return s.Lifetimes.SessionAbsolute
}

// handleLife is how long a handle waits for its browser, as long as a code does.
const handleLife = time.Minute

// waiting is the door's session as it waits for the handle: with a minute to live. It never outlives
// the proof that it rests on.
func (s *Service) waiting(l *Login, ch doorChannel, handle seal.Bearer, now time.Time) (SessionRow, error) {
	kept := visit{Challenge: ch.Challenge, To: ch.To, Reused: l.Reused()}
	sealed, wrap, err := kept.seal(*l.Proof, handle)
	if err != nil {
		return SessionRow{}, err
	}
	absolute := now.Add(s.Doors[ch.Door].Absolute)
	if l.Proof.Ends.Before(absolute) {
		absolute = l.Proof.Ends
	}
	row := SessionRow{
		ID: handle.Row, Digest: handle.Digest(), Usage: l.Proof.Usage, Door: ch.Door, Created: now,
		Idle: now.Add(handleLife), Absolute: absolute,
		Means: l.Proof.Means, Issuer: l.Proof.Issuer, Office: l.Proof.Office, Rules: l.Decision.Rules, Sealed: sealed, Wrap: wrap,
		Parent: l.Proof.Session, // also where that has served: its upstream ends what came from it
	}
	return row, nil
}
