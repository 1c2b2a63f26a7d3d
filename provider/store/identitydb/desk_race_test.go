package identitydb

import (
	"context"
	"errors"
	"sync"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// sameAtTwo is one passport at two offices, each case with all that its second clerk decides by; far is that of the second.
func (w *town) sameAtTwo(t *testing.T) (far enrolment.Actor, one, two enrolment.Case) {
	t.Helper()
	far = w.named(t, "Apolonia Druga", 9005, "room-99", staff.ApprovingClerk)
	one, err := w.read(t, passport, mariam())
	must(t, err)
	two, err = w.Draft(t.Context(), w.away, w.order(passport))
	must(t, err)
	_, err = w.LookUp(t.Context(), w.away, two.ID)
	must(t, err)
	two, err = w.Read(t.Context(), w.away, two.ID, mariam())
	must(t, err)
	one = w.shown(t, one)
	two, err = w.Evidence(t.Context(), w.away, two.ID, enrolment.Seen{Document: "passport", Checks: two.Wanted(true), Read: two.ReadMark()})
	must(t, err)
	return far, one, two
}

// Two offices have the same passport before them at the same moment: one person comes of it, and one case.
func TestR_PER_09_TheSameDocumentAtTwoWindows(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		far, one, two := w.sameAtTwo(t)
		before := counts(t, w.db)["persons"]
		errs := make(chan error, 2)
		for _, act := range []struct {
			by enrolment.Actor
			id seal.RowID
		}{{w.second, one.ID}, {far, two.ID}} {
			go func() {
				_, err := w.Decide(t.Context(), act.by, act.id, true, "agree")
				errs <- err
			}()
		}
		var open *enrolment.OtherCase
		first, second := <-errs, <-errs
		if (first == nil) == (second == nil) || !errors.As(errors.Join(first, second), &open) {
			t.Errorf("two decisions: %v, %v", first, second)
		}
		if after := counts(t, w.db)["persons"]; after != before+1 {
			t.Errorf("%d persons of one passport", after-before)
		}
	})
}

// between does something after nobody was found and before those of the same name are looked for.
type between struct {
	subject.Ties
	do func()
}

func (b between) Alike(ctx context.Context, d []subject.Digest) ([]identity.PersonID, error) {
	b.do()
	return b.Ties.Alike(ctx, d)
}

// Whoever was made of the same document a moment ago is its holder, and nobody for two operators to compare with.
func TestR_PER_09_SomebodyElseWasFirst(t *testing.T) {
	for name, ask := range map[string]func(*subject.Matcher, context.Context, subject.Read) (identity.Person, error){
		"asked": (*subject.Matcher).Unregistered,
		"made":  (*subject.Matcher).EnrolUnregistered,
	} {
		t.Run(name, func(t *testing.T) {
			towns(t, func(t *testing.T, w *town) {
				who := human{given: "Mariam Salma", family: "Benchekroun-Echouay", birth: mariamBorn}
				read := subject.Read{Number: parse(passport), Attributes: who.attributes(identity.Source{})}
				var first identity.Person
				late := *w.people
				late.Ties = between{w.people.Ties, sync.OnceFunc(func() {
					var err error
					first, err = w.people.EnrolUnregistered(t.Context(), read)
					must(t, err)
				})}
				second, err := ask(&late, t.Context(), read)
				if err != nil || second.ID.IsZero() || second.ID != first.ID {
					t.Errorf("not the person whom the first made: %v", err)
				}
				if n := counts(t, w.db)["conflicts"]; n != 0 {
					t.Errorf("%d questions to operators", n)
				}
			})
		})
	}
}
