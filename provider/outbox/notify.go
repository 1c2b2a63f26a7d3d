package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Notices queues messages. All fields are set by the wiring and never change.
type Notices struct {
	Store     Store
	Addresses Addresses
	Carried   []identity.AttributeName // the channels that there is a gateway for; nil: all
	Vault     seal.Vault
	Zone      *time.Location // of the times in messages; nil is UTC
	// Language gives the language that the person reads now, "" if nobody knows; nil knows nobody's.
	Language func(context.Context) string
	Queued   func() // called after each message that the worker must look for; nil is fine
	// Handed takes what the worker of a channel in this process is to send at once, so that it need not look
	// for it and lease it; nil takes nothing.
	Handed   map[identity.AttributeName]chan<- Message
	Deadline time.Duration    // that worker's
	Now      func() time.Time // of leases, that worker's
}

// defaultLanguage is used where a person's is not known: it is not stored.
const defaultLanguage = "en"

// LoggedIn queues the notice that somebody logged in as the person: when, and the reference to
// quote. It goes to the person's best channel; who has none is told nothing.
func (n Notices) LoggedIn(ctx context.Context, person identity.Person, known identity.Attributes, ref string, at time.Time) error {
	channels, err := n.channels(ctx, person.ID)
	if err != nil {
		return fmt.Errorf("queue a notice: %w", err)
	}
	if len(channels) == 0 {
		return nil
	}
	m, err := n.message(person.ID, channels[0], "message.login", at, parameters{
		Language: n.language(ctx, known), Ref: ref, Args: map[string]string{"ref": ref, "time": n.timeOf(at)},
	})
	if err != nil {
		return err
	}
	return n.handOver(ctx, m)
}

// channels gives those of a person that something can be carried by, the best first.
func (n Notices) channels(ctx context.Context, person identity.PersonID) ([]identity.AttributeName, error) {
	all, err := n.Addresses.Channels(ctx, person)
	return slices.DeleteFunc(slices.Clone(all), func(c identity.AttributeName) bool { return !n.carries(c) }), err
}

func (n Notices) carries(channel identity.AttributeName) bool {
	return n.Carried == nil || slices.Contains(n.Carried, channel)
}

// handOver stores a message as leased to the worker here and gives it to it. If that is busy, or ends
// before it was sent, the message is found when its time has come. Not for within a transaction: what
// is rolled back must not have been sent.
func (n Notices) handOver(ctx context.Context, m Message) error {
	handed := n.Handed[m.Channel]
	if len(handed) == cap(handed) {
		return n.store(ctx, m, 0)
	}
	m.Attempts, m.leased = 1, clock(n.Now)
	if err := n.store(ctx, m, leaseOf(n.Deadline)); err != nil {
		return err
	}
	select {
	case handed <- m:
	default: // others were faster
	}
	return nil
}

// Told queues a notice about the ways in which a person logs in: that something happened, when, and
// the reference to quote. It goes to every channel the person has or had not long ago: whoever has taken
// one of them over, or changed one, must not be the only one who hears of it. In a transaction of the identity
// database it is queued with it, or not at all.
func (n Notices) Told(ctx context.Context, person identity.PersonID, text, ref, language string, at time.Time) error {
	_, err := n.widely(ctx, person, text, at, parameters{
		Language: language, Ref: ref, Args: map[string]string{"ref": ref, "time": n.timeOf(at)},
	})
	return err
}

func (n Notices) queue(ctx context.Context, person identity.PersonID, channel identity.AttributeName, text string, at time.Time, p parameters) error {
	m, err := n.message(person, channel, text, at, p)
	if err != nil {
		return err
	}
	return n.store(ctx, m, 0)
}

func (n Notices) message(person identity.PersonID, channel identity.AttributeName, text string, at time.Time, p parameters) (Message, error) {
	m := Message{ID: seal.NewRowID(at), Person: person, Channel: channel, Text: text, Created: at}
	var err error
	m.Sealed, err = p.seal(n.Vault, m.ID)
	return m, err
}

func (n Notices) store(ctx context.Context, m Message, wait time.Duration) error {
	if err := n.Store.AddMessage(ctx, m, wait); err != nil {
		return fmt.Errorf("queue %s: %w", m.Text, err)
	}
	if wait == 0 && n.Queued != nil {
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

func (n Notices) timeOf(at time.Time) string {
	zone := n.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}
