package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"symbolon/config"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/outbox"
	"symbolon/provider/subject"
)

// People changes how persons stand, by the hand of an operator.
type People struct {
	Matcher *subject.Matcher
	Ending  login.Ending
	Heirs   subject.Heirs
	devices *enrolled.Authenticators
}

// Calling are the reasons for which somebody calls the help line, as codes.
func Calling() []string { return []string{"lost", "stolen", "not_me", "other"} }

// ErrCalling says that a reason is none of Calling.
var ErrCalling = errors.New("the reason must be one of: " + strings.Join(Calling(), ", "))

// Suspend puts aside all that offices gave a person to log in with, ends what was opened with it and the accounts that were
// tied on the word of it, and tells them: for the help line, where somebody lost their phone. That they were searched for,
// and what was put aside, stands in the journal, with the operator who did it and a reason of Calling. It says how many those
// were; what is put aside already stays so. The person can take it back by logging in with something as strong, and ties
// such accounts anew. ErrNobody, ErrCalling.
func (p People) Suspend(ctx context.Context, id identity.Identifier, by, reason string) (int, error) {
	if !slices.Contains(Calling(), reason) {
		return 0, ErrCalling
	}
	person, err := p.Matcher.Find(ctx, id, "device", "operator", by, "reason", reason)
	if err != nil {
		return 0, err
	}
	count, err := p.devices.SuspendAll(ctx, person.ID, enrolled.HelpLine, func(ctx context.Context) error {
		if p.Matcher.Tell == nil {
			return nil
		}
		return p.Matcher.Tell(ctx, person.ID, "message.device_stopped", subject.Note{Ref: rand.Text()[:8]})
	})
	if err != nil {
		return count, fmt.Errorf("put aside what a person logs in with; do it again: %w", err)
	}
	return count, nil
}

// Freeze keeps a person out, on every path, and ends what they hold.
func (p People) Freeze(ctx context.Context, id identity.Identifier) error {
	person, err := p.Matcher.SetState(ctx, id, subject.Freeze())
	if err != nil {
		return err
	}
	if err := p.Ending.End(ctx, person.Usage, login.CauseFrozen); err != nil {
		return fmt.Errorf("the person is frozen, but what they hold has not ended; do it again: %w", err)
	}
	return nil
}

// Release lets a frozen person in again. What had ended stays ended.
func (p People) Release(ctx context.Context, id identity.Identifier) error {
	_, err := p.Matcher.SetState(ctx, id, subject.Release())
	return err
}

// OpenPeople opens what commands on persons work on.
func OpenPeople(ctx context.Context, c config.Config, stores *Stores) (People, error) {
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return People{}, err
	}
	matcher := t.matcher(c, time.Now)
	if all := c.Messages.Gateways(); len(all) > 0 { // the hub sends what is queued here
		carried := []identity.AttributeName{}
		for contact := range all {
			carried = append(carried, identity.AttributeName(contact))
		}
		matcher.Tell = tell(outbox.Notices{Store: t.identity, Addresses: matcher, Carried: carried, Vault: t.keys.sealing, Zone: c.Zone()}, time.Now)
	}
	ending := login.Ending{Store: t.usage, Journal: journal.Recorder{Vault: t.keys.sealing, Store: t.usage, Now: time.Now}, Now: time.Now}
	return People{
		Matcher: matcher, Heirs: t.usage, Ending: ending,
		devices: enrolled.KeeperOf(handedOut(c), enrolled.Deps{
			Finder: t.identity, Keeper: t.identity, Record: officeJournal{matcher}, Hold: t.identity.Hold, Owes: t.identity.Owe, Now: time.Now,
			Ended: deviceEnd{t.identity, matcher, ending.End}.end, Distrust: distrust(matcher),
		}),
	}, nil
}

// handedOut gives the means that takes what offices hand out; "" where there is none.
func handedOut(c config.Config) identity.Means {
	for _, one := range c.Connectors {
		if one.Kind == enrolled.Kind {
			return identity.Means(one.ID)
		}
	}
	return ""
}

// matcher gives what finds persons; which means are trusted for which numbers, and how people are
// told, is the caller's to add.
func (t tools) matcher(c config.Config, now func() time.Time) *subject.Matcher {
	return &subject.Matcher{
		Store: t.identity, Cases: t.identity, Ties: t.identity, Formers: t.identity, Digests: t.keys.digest, Vault: t.keys.sealing, JoinKey: t.keys.join, Now: now,
		Journal: journal.Recorder{Vault: t.keys.sealing, Store: t.identity, Now: now}, Country: c.Local(), Persistence: persistence(c.Matching),
	}
}

func persistence(m config.Matching) map[string]subject.Persistence {
	classes := map[string]subject.Persistence{}
	for country, class := range m.EIDAS {
		if country == "default" {
			country = ""
		}
		classes[country] = subject.Persistence(class)
	}
	return classes
}

// tell lets messages about a person's ties be queued with the change.
func tell(notices outbox.Notices, now func() time.Time) subject.Told {
	return func(ctx context.Context, person identity.PersonID, text string, note subject.Note) error {
		return notices.Told(ctx, person, text, note.Ref, note.Language, now())
	}
}
