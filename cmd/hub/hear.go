package hub

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/login"
	"symbolon/provider/subject"
)

// feedPlace is the setting that holds how far the registers' feed was followed.
const feedPlace = "register_events"

// hear follows the registers' feed from where it was left. The place is kept only after the events
// before it have had their effect, and every effect can be repeated: a crash, or two replicas at
// once, lose nothing and do nothing twice.
func (h *Hub) hear(ctx context.Context) error {
	after, err := h.identity.Setting(ctx, feedPlace)
	if err != nil {
		return fmt.Errorf("place in the registers' feed: %w", err)
	}
	for more := true; more; {
		var events []register.Event
		var next string
		if events, next, more, err = h.feed.Events(ctx, after); err != nil {
			return err
		}
		for _, e := range events {
			if err := h.heard(ctx, e); err != nil {
				return fmt.Errorf("event of the registers: %w", err)
			}
		}
		if next == after {
			return nil
		}
		if err := h.identity.SetSetting(ctx, feedPlace, next); err != nil {
			return fmt.Errorf("place in the registers' feed: %w", err)
		}
		after = next
	}
	return nil
}

// heard lets one event have its effect. Of somebody whom this installation does not know there is
// nothing to do.
func (h *Hub) heard(ctx context.Context, e register.Event) error {
	var person identity.Person
	var err error
	cause := login.CauseNewer
	switch e.Kind {
	case register.Died:
		cause = login.CauseDeath
		person, err = h.people.SetState(ctx, e.Identifier, subject.Death())
	case register.DeathCorrected:
		_, err = h.people.SetState(ctx, e.Identifier, subject.DeathCorrected())
		if errors.Is(err, subject.ErrState) { // the death itself never arrived
			return nil
		}
		return known(err)
	case register.NumberChanged, register.NameChanged, register.DocumentChanged:
		person, err = h.people.Find(ctx, e.Identifier, string(e.Kind))
	default:
		h.log.WarnContext(ctx, "event of a kind that is not known", "kind", string(e.Kind))
		return nil
	}
	if err != nil {
		return known(err)
	}
	return h.logins.End(ctx, person.Usage, cause)
}

func known(err error) error {
	if errors.Is(err, subject.ErrNobody) {
		return nil
	}
	return err
}
