package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/subject"
)

// Settings of the identity database: how far the registers' feed was followed, and a mark that is another one
// after each event of a document, on whichever replica it was heard.
const (
	feedPlace    = "register_events"
	documentMark = "register_documents"
)

// Hearing lets what registers tell have its effect, whichever way they tell it: in the feed that is
// followed, in a request of theirs, or in a file. Every event has it once, and the latest of those
// that undo each other counts (means R-STAT-04).
type Hearing struct {
	Register *register.Client
	People   *subject.Matcher
	Ending   login.Ending
	Events   *identitydb.DB
	Resting  []identity.Means // means that rest on documents
	// NotGiven stops what somebody was enrolled for on the word of an application alone. nil: nobody is
	// enrolled here.
	NotGiven func(context.Context, identity.PersonID, time.Time) error
	Forget   func() // what this replica keeps of how documents stand; nil: it keeps nothing
	Digests  seal.Digester
	Log      *slog.Logger

	noticed string
}

// errNoOffice says that an event is for a hub that enrols people, and this process does not.
var errNoOffice = errors.New("a first document that was refused concerns enrolments: let the register push it, or the feed tell it, to a hub with a desk")

// resting lists the means that rest on documents.
func resting(all []connectors.Connector) []identity.Means {
	var means []identity.Means
	for _, c := range all {
		if d := c.Describe(); d.Document {
			means = append(means, d.ID)
		}
	}
	return means
}

// follow reads the registers' feed from where it was left. The place is kept only after the events
// before it have had their effect: a crash, or two replicas at once, lose nothing.
func (h *Hearing) follow(ctx context.Context) error {
	after, err := h.Events.Setting(ctx, feedPlace)
	if err != nil {
		return fmt.Errorf("place in the registers' feed: %w", err)
	}
	for more := true; more; {
		var events []register.Event
		var next string
		if events, next, more, err = h.Register.Events(ctx, after); err != nil {
			return err
		}
		if err := h.Hear(ctx, events); err != nil {
			return err
		}
		if next == after {
			return nil
		}
		if err := h.Events.SetSetting(ctx, feedPlace, next); err != nil {
			return fmt.Errorf("place in the registers' feed: %w", err)
		}
		after = next
	}
	return nil
}

// notice forgets how documents stand when any replica has heard of one since.
func (h *Hearing) notice(ctx context.Context) error {
	mark, err := h.Events.Setting(ctx, documentMark)
	if err != nil {
		return fmt.Errorf("look for documents that changed: %w", err)
	}
	if mark != h.noticed && h.Forget != nil {
		h.Forget()
	}
	h.noticed = mark
	return nil
}

// Hear lets events have their effect, in their order.
func (h *Hearing) Hear(ctx context.Context, events []register.Event) error {
	for _, e := range events {
		if err := h.heard(ctx, e); err != nil {
			return fmt.Errorf("event of the registers: %w", err)
		}
	}
	return nil
}

// classOf says which events undo each other; "" is a kind that is not known.
func classOf(kind register.EventKind) string {
	switch kind {
	case register.Died, register.DeathCorrected:
		return "life"
	case register.NumberChanged, register.NameChanged, register.DocumentChanged, register.NotGiven, register.Protected, register.RelationEnded:
		return string(kind)
	default:
		return ""
	}
}

func (h *Hearing) heard(ctx context.Context, e register.Event) error {
	class, id := classOf(e.Kind), sha256.Sum256([]byte(e.Source+"\x00"+e.ID))
	if class == "" {
		h.Log.WarnContext(ctx, "event of a kind that is not known", "kind", string(e.Kind))
		return nil
	}
	if e.Kind == register.DocumentChanged {
		if err := h.document(ctx); err != nil {
			return err
		}
	}
	person, err := h.People.Holder(ctx, e.Identifier)
	if errors.Is(err, subject.ErrNobody) {
		return h.unknown(ctx, e)
	}
	if err != nil {
		return err
	}
	heard, err := h.Events.Hear(ctx, identitydb.Event{ID: id, Person: person, Class: class, At: e.At}, func(ctx context.Context) error {
		return h.stand(ctx, e)
	})
	if err != nil || heard != identitydb.Fresh {
		return err
	}
	if err := h.ends(ctx, e); err != nil {
		return err
	}
	return h.Events.HadEffect(ctx, id)
}

// unknown keeps for a week that something changed of somebody whom this installation does not know, under a keyed
// digest: a desk that they come to first must hear of it (means.md §4.3). There is nothing else to do for them.
func (h *Hearing) unknown(ctx context.Context, e register.Event) error {
	if h.NotGiven == nil || e.Kind == register.DocumentChanged || e.Kind == register.NotGiven || h.Ending.Now().Sub(e.At) >= unknownFor {
		return nil
	}
	number := enrolment.Digest{Key: h.Digests.KeyID(), Sum: h.Digests.Digest(enrolment.ChangedNumber, e.Identifier.Reveal())}
	return h.Events.HearUnknown(ctx, number, e.At)
}

// document has every replica ask anew how documents stand: this one at once, the others within a poll. The
// mark is no event's id: one that is told again after another must not hide that one.
func (h *Hearing) document(ctx context.Context) error {
	if h.Forget != nil {
		h.Forget()
	}
	if err := h.Events.SetSetting(ctx, documentMark, rand.Text()); err != nil {
		return fmt.Errorf("tell the others of a document: %w", err)
	}
	return nil
}

// stand changes whether the person may act at all.
func (h *Hearing) stand(ctx context.Context, e register.Event) error {
	var change subject.StateChange
	switch e.Kind {
	case register.Died:
		change = subject.Death()
	case register.DeathCorrected:
		change = subject.DeathCorrected()
	case register.DocumentChanged:
		return h.reported(ctx, e)
	default:
		return nil
	}
	_, err := h.People.SetState(ctx, e.Identifier, change)
	if e.Kind == register.DeathCorrected && errors.Is(err, subject.ErrState) { // the death itself never arrived
		return nil
	}
	return err
}

// reported has the report of a document lost or stolen count for a while against whatever rests on none, until
// it is found again.
func (h *Hearing) reported(ctx context.Context, e register.Event) error {
	found := subject.Finding{Code: subject.DocumentReported}
	switch e.State {
	case register.Lost, register.Stolen:
		found.Until = subject.DayOf(e.At) + subject.ReportedFor
	case register.Valid:
	default:
		return nil
	}
	return h.People.FoundOf(ctx, e.Identifier, found)
}

// ends takes away what may not go on after an event, after what is known of the person was refreshed.
func (h *Hearing) ends(ctx context.Context, e register.Event) error {
	switch {
	case e.Kind == register.DeathCorrected, e.Kind == register.DocumentChanged && e.State == register.Valid:
		return nil
	case e.Kind == register.NumberChanged, e.Kind == register.NameChanged:
		h.refresh(ctx, e)
	}
	person, err := h.People.Find(ctx, e.Identifier, string(e.Kind))
	if err != nil {
		return err
	}
	if e.Kind == register.NotGiven {
		if h.NotGiven == nil {
			return errNoOffice
		}
		return h.NotGiven(ctx, person.ID, e.At)
	}
	switch e.Kind {
	case register.Died:
		return h.Ending.End(ctx, person.Usage, login.CauseDeath)
	case register.RelationEnded:
		return h.Ending.Represented(ctx, person.Usage)
	case register.DocumentChanged:
		return h.Ending.EndResting(ctx, person.Usage, h.Resting)
	case register.Protected:
		return h.Ending.End(ctx, person.Usage, login.CauseHidden)
	default: // a session was opened with what has changed
		return h.Ending.End(ctx, person.Usage, login.CauseNewer)
	}
}

// refresh takes over the new number or name. If the register does not answer now, the next login
// asks it again; deaths that come after in the feed do not wait for that.
func (h *Hearing) refresh(ctx context.Context, e register.Event) {
	var person register.Person
	err := h.asking(ctx, func() (err error) {
		person, err = h.Register.Person(ctx, e.Identifier)
		return err
	})
	if err == nil {
		err = h.People.Refresh(ctx, e.Identifier, subject.Registered{
			Found: true, Identifiers: person.Identifiers, Attributes: person.Attributes, Deceased: person.Deceased,
		})
	}
	if err != nil {
		h.Log.WarnContext(ctx, "a person could not be refreshed; their next login does it", "event", string(e.Kind), "error", err)
	}
}

// asking lets the population register be asked between two entries of the journal, that it will be and what
// came of it, which say of nobody (architecture §8). No record, no question.
func (h *Hearing) asking(ctx context.Context, ask func() error) error {
	note := func(kind journal.Kind, outcome string) error {
		fields := map[string]any{"register": "population"}
		if outcome != "" {
			fields["outcome"] = outcome
		}
		row, err := h.Ending.Journal.Row(journal.Entry{Kind: kind, Fields: fields})
		if err != nil {
			return err
		}
		return h.Ending.Journal.Append(ctx, row)
	}
	if err := note(journal.RegisterAsked, ""); err != nil {
		return err
	}
	failure, outcome := ask(), "answered"
	switch {
	case errors.Is(failure, register.ErrNotFound):
		outcome = "not_found"
	case failure != nil:
		outcome = "no_answer"
	}
	return errors.Join(failure, note(journal.RegisterAnswered, outcome))
}
