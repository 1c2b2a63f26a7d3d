package outbox

import (
	"context"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Notices queues messages. All fields are set by the wiring and never change.
type Notices struct {
	Store     Store
	Addresses Addresses
	Vault     seal.Vault
	Zone      *time.Location // of the times in messages; nil is UTC
	// Language gives the language that the person reads now, "" if nobody knows; nil knows nobody's.
	Language func(context.Context) string
	Queued   func() // called after each message; nil is fine
}

// defaultLanguage is used where a person's is not known: it is not stored.
const defaultLanguage = "en"

// LoggedIn queues the notice that somebody logged in as the person: when, and the reference to
// quote. It goes to the person's best channel; who has none is told nothing.
func (n Notices) LoggedIn(ctx context.Context, person identity.Person, known identity.Attributes, ref string, at time.Time) error {
	channels, err := n.Addresses.Channels(ctx, person.ID)
	if err != nil {
		return fmt.Errorf("queue a notice: %w", err)
	}
	if len(channels) == 0 {
		return nil
	}
	return n.queue(ctx, person.ID, channels[0], "message.login", at, parameters{
		Language: n.language(ctx, known), Ref: ref, Args: map[string]string{"ref": ref, "time": n.clock(at)},
	})
}

// Told queues a notice about the ways in which a person logs in: that something happened, when, and
// the reference to quote. It goes to every channel the person has: whoever has taken one of them over
// must not be the only one who hears of it. In a transaction of the identity database it is queued
// with it, or not at all.
func (n Notices) Told(ctx context.Context, person identity.PersonID, text, ref, language string, at time.Time) error {
	channels, err := n.Addresses.Channels(ctx, person)
	if err != nil {
		return fmt.Errorf("queue a notice: %w", err)
	}
	if language == "" {
		language = n.language(ctx, nil)
	}
	for _, channel := range channels {
		p := parameters{Language: language, Ref: ref, Args: map[string]string{"ref": ref, "time": n.clock(at)}}
		if err := n.queue(ctx, person, channel, text, at, p); err != nil {
			return err
		}
	}
	return nil
}

func (n Notices) queue(ctx context.Context, person identity.PersonID, channel identity.AttributeName, text string, at time.Time, p parameters) error {
	m := Message{ID: seal.NewRowID(at), Person: person, Channel: channel, Text: text, Created: at}
	var err error
	if m.Sealed, err = p.seal(n.Vault, m.ID); err != nil {
		return err
	}
	if err := n.Store.AddMessage(ctx, m); err != nil {
		return fmt.Errorf("queue %s: %w", text, err)
	}
	if n.Queued != nil {
		n.Queued()
	}
	return nil
}

// language is the one read now, else the one that the means said (OpenID Connect Core §5.1, locale).
func (n Notices) language(ctx context.Context, known identity.Attributes) string {
	if n.Language != nil {
		if l := n.Language(ctx); l != "" {
			return l
		}
	}
	if locale, ok := known.Find("locale"); ok && locale.Value.RevealText() != "" {
		return locale.Value.RevealText()
	}
	return defaultLanguage
}

func (n Notices) clock(at time.Time) string {
	zone := n.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}
