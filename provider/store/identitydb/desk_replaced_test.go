package identitydb

import (
	"errors"
	"slices"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// trailed counts the steps of a case that lead to a state.
func (w *town) trailed(t *testing.T, c enrolment.Case, to enrolment.State) (n int, last journal.Entry) {
	t.Helper()
	rows, err := w.db.Trail(t.Context(), c.Number)
	must(t, err)
	for _, row := range rows {
		e, err := row.Entry()
		must(t, err)
		if e.Kind == journal.CaseStep && e.Text("to") == string(to) {
			n, last = n+1, e
		}
	}
	return n, last
}

func (w *town) reached(t *testing.T, c enrolment.Case) enrolment.State {
	t.Helper()
	c, err := w.Case(t.Context(), w.clerk, c.ID)
	must(t, err)
	return c.State
}

// lost is a visit of somebody whose phone was lost, up to the last step.
func (w *town) lost(t *testing.T, number string) enrolment.Case {
	t.Helper()
	c, err := w.Evidence(t.Context(), w.clerk, w.toldLost(t, number).ID, everything())
	must(t, err)
	return c
}

// toldLost is such a visit before its citizen is compared.
func (w *town) toldLost(t *testing.T, number string) enrolment.Case {
	t.Helper()
	order := w.order(number)
	order.Purpose = enrolment.LostPhone
	c, err := w.Draft(t.Context(), w.clerk, order)
	must(t, err)
	c, err = w.LookUp(t.Context(), w.clerk, c.ID)
	must(t, err)
	return c
}

// Means.md §4.3, §4.7: enrolled anew, the earlier cases are superseded with their keys, each with an entry, in one
// transaction; one more phone supersedes nothing.
func TestEnrolledAnewSupersedesTheEarlierCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		number := people()["ordinary"].number
		first, err := w.visit(t.Context(), number)
		must(t, err)
		more, err := w.visit(t.Context(), number)
		must(t, err)
		if w.reached(t, first) != enrolment.Active || w.country.binding.Replaces != enrolment.ReplacesNothing {
			t.Fatalf("one more phone: the first case is %s", w.reached(t, first))
		}
		must(t, w.Stop(t.Context(), w.country.refCode)) // the second was not them
		third := w.lost(t, number)
		w.country.bindFail = errors.New("the disk is full")
		third = w.toTheEnd(t, third)
		if w.reached(t, first) != enrolment.Active || w.reached(t, more) != enrolment.Suspended {
			t.Fatalf("the keys were not replaced, and the cases are %s and %s", w.reached(t, first), w.reached(t, more))
		}
		w.country.bindFail = nil
		if at := w.reached(t, third); at != enrolment.Active { // whoever looks next finishes it
			t.Fatalf("the new case is %s", at)
		}
		for _, old := range []enrolment.Case{first, more} {
			n, e := w.trailed(t, old, enrolment.Superseded)
			if at := w.reached(t, old); at != enrolment.Superseded || n != 1 || e.Text("later") != third.Number || e.Who != w.people.Reference(old.Person) {
				t.Errorf("an earlier case is %s, with %d entries, later %q", at, n, e.Text("later"))
			}
		}
		b := w.country.binding
		if b.Replaces != enrolment.ReplacesAll || len(b.Former) != 2 || !slices.Contains(w.country.ended, enrolment.CaseID(third.ID)) {
			t.Errorf("replaces %q, %d cases, ended %d", b.Replaces, len(b.Former), len(w.country.ended))
		}
	})
}

// toTheEnd takes an approved case to the last step, whatever comes of it.
func (w *town) toTheEnd(t *testing.T, c enrolment.Case) enrolment.Case {
	t.Helper()
	ctx := t.Context()
	if c.State == enrolment.ReviewRequired {
		_, err := w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
	}
	_, err := w.Print(ctx, w.clerk, c.ID)
	must(t, err)
	_, err = w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/7")
	must(t, err)
	_, v, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
	must(t, err)
	c, _ = w.keyed(t, v, "0001", enrolment.Passkey)
	_, _ = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
	return c
}

// Means.md R-ENR-13: the emergency of who says that their phone is lost supersedes no stronger case, and says in the
// notice that the rest is put aside. The next visit may take that back; only there.
func TestR_ENR_13_AnEmergencySupersedesNothingStronger(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		strong, err := w.visit(ctx, number)
		must(t, err)
		order := w.order(number)
		order.Purpose = enrolment.LostPhone
		c, err := w.Decide(ctx, w.second, w.inEmergency(t, order, ordinaryReading()).ID, true, "agree")
		must(t, err)
		weak := w.finished(t, c, "0001")
		if w.country.binding.Replaces != enrolment.PutsAside || w.country.kept != "meanwhile" || w.reached(t, strong) != enrolment.Active || weak.Person != strong.Person {
			t.Errorf("replaces %q, told %q, the stronger case is %s", w.country.binding.Replaces, w.country.kept, w.reached(t, strong))
		}
		w.country.down, w.country.aside = false, true
		seen := everything()
		seen.Retakes = true
		later, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, number).ID, seen)
		must(t, err)
		w.finished(t, w.agreed(t, later), "0001")
		b := w.country.binding
		if b.Replaces != enrolment.ReplacesEmergencies || !b.Retakes || !slices.Equal(b.Former, []string{enrolment.CaseID(weak.ID)}) {
			t.Errorf("the real check replaces %q of %d cases, takes back %v", b.Replaces, len(b.Former), b.Retakes)
		}
		if w.reached(t, weak) != enrolment.Superseded || w.reached(t, strong) != enrolment.Active {
			t.Errorf("the emergency is %s, the stronger one %s", w.reached(t, weak), w.reached(t, strong))
		}
		order.Number = parse(number)
		c, err = w.Draft(ctx, w.clerk, order)
		must(t, err)
		_, err = w.LookUp(ctx, w.clerk, c.ID)
		must(t, err)
		if c, err = w.Evidence(ctx, w.clerk, c.ID, seen); err != nil || c.Work.Retakes {
			t.Errorf("what is said to be lost is taken back: %v", err)
		}
	})
}

// inEmergency gives a case, shown to a clerk, from when no register answers and the operator lets two clerks go on.
func (w *town) inEmergency(t *testing.T, order enrolment.Order, read enrolment.Reading) enrolment.Case {
	t.Helper()
	w.Policy.Emergency, w.country.down = true, true
	c, err := w.Draft(t.Context(), w.clerk, order)
	must(t, err)
	if _, err := w.LookUp(t.Context(), w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) {
		t.Fatal(err)
	}
	c, err = w.Read(t.Context(), w.clerk, c.ID, read)
	must(t, err)
	return w.shown(t, c)
}

// ordinaryReading is what a clerk types from the ordinary citizen's document.
func ordinaryReading() enrolment.Reading {
	return enrolment.Reading{Given: "Konstanty", Family: "Brzeziński-Testowy", Birth: "1987-02-22", Type: "idcard", Number: "ZZP100001", Expires: "2031-06-14"}
}

// agreed gives a case with the second clerk's word, where it needs one.
func (w *town) agreed(t *testing.T, c enrolment.Case) enrolment.Case {
	t.Helper()
	if c.State != enrolment.ReviewRequired {
		return c
	}
	c, err := w.Decide(t.Context(), w.second, c.ID, true, "agree")
	must(t, err)
	return c
}
