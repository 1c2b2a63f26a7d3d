package identitydb

import (
	"context"
	"errors"
	"testing"

	"symbolon/provider/enrolment"
)

// failing is a store that loses its connection before a case is written.
type failing struct{ enrolment.Store }

func (failing) WriteCase(context.Context, enrolment.Change) error {
	return errors.New("connection lost")
}

// Means.md R-PER-09: nobody is made of a document that a second clerk has not agreed with.
func TestAttack_IN_04_NobodyIsMadeOfWhatWasRefused(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, err := w.read(t, passport, mariam())
		must(t, err)
		c = w.shown(t, c)
		broken := *w.Office
		broken.Store = failing{w.Store}
		if _, err := broken.Decide(ctx, w.second, c.ID, true, "agree"); err == nil {
			t.Fatal("decided without a store")
		}
		_, err = w.Decide(ctx, w.second, c.ID, false, enrolment.Declining()[0])
		must(t, err)
		if p, err := w.people.Holder(ctx, parse(passport)); err == nil {
			t.Errorf("a person was made of what was refused: %v", !p.IsZero())
		}
	})
}
