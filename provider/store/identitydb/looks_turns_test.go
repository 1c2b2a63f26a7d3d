package identitydb

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// lineOf writes a look in one line: what, in which case, by whom and where.
func lineOf(l enrolment.Look) string {
	return fmt.Sprintf("%s %s %s %s", l.Kind, l.Case, l.By, l.Office.ID)
}

// turned are the lines of all at which something was stopped or worked again, the newest first.
func turned(all []enrolment.Look) []string {
	var lines []string
	for _, l := range all {
		if l.Kind.Turns() {
			lines = append(lines, lineOf(l))
		}
	}
	return lines
}

// Means.md R-ENR-01: that an officer stopped what somebody logs in with, or ended it for good, that another one let it be
// taken up and that a clerk took it up stands there with case, staff number and office; the newest first. Attacks PV-04:
// at nobody else.
func TestR_ENR_01_WhoStoppedAndWhoLetItWorkAgain(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		one, two := w.officer(t), w.otherOfficer(t)
		me, other := w.known(t, people()["ordinary"].number), w.known(t, people()["diacritics"].number)
		halted := w.lookedUp(t, people()["ordinary"].number)
		must(t, w.Suspend(ctx, one, halted.ID, "clerk"))
		wait(time.Minute)
		x, v := w.stoppedVisit(t, func(c enrolment.Case) error { wait(time.Minute); return w.Suspend(ctx, one, c.ID, "review") }), w.by(w.away)
		wait(time.Minute)
		must(t, w.OpenTrail(ctx, two, x.ID, "complaint"))
		must(t, w.LetTakeUp(ctx, two, x.ID))
		wait(time.Minute)
		c := v.signed(t, people()["ordinary"].number)
		wait(time.Second)
		v.clerk.Proved = w.now()
		_, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		wait(time.Minute)
		must(t, w.Suspend(ctx, two, x.ID, "complaint"))
		wait(time.Minute)
		must(t, w.Revoke(ctx, one, x.ID, "complaint"))

		by := func(a enrolment.Actor) string { return a.Member.ID.String()[:8] }
		want := []string{
			"revoked " + x.Number + " " + by(one) + " room-14",
			"stopped " + x.Number + " " + by(two) + " room-14",
			"lifted " + x.Number + " " + by(w.away) + " " + w.away.Office.ID,
			"taken_up " + c.Number + " " + by(w.away) + " " + w.away.Office.ID,
			"allowed " + x.Number + " " + by(two) + " room-14",
			"stopped " + x.Number + " " + by(one) + " room-14",
			"halted " + halted.Number + " " + by(one) + " room-14",
		}
		got := turned(w.looksAt(t, me.Usage))
		if at := slices.Index(got, want[3]); at == 2 { // one moment, one transaction: either may stand first
			got[2], got[3] = got[3], got[2]
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %q, not %q", got, want)
		}
		if theirs := turned(w.looksAt(t, other.Usage)); len(theirs) != 0 {
			t.Errorf("somebody else reads %q", theirs)
		}
	})
}

// Means.md R-ENR-07, R-ENR-01: what stopped without anybody of the staff is told, too, and of nobody; so is a call to the
// help line, without the name of who answered it.
func TestR_ENR_01_WhatStoppedByItself(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		me := w.known(t, people()["ordinary"].number)
		x := w.stoppedVisit(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		must(t, w.Stop(ctx, w.country.refCode)) // said once more, it is no news
		if got, want := turned(w.looksAt(t, me.Usage)), []string{"disowned " + x.Number + "  "}; !slices.Equal(got, want) {
			t.Errorf("told %q, not %q", got, want)
		}
		_, err := w.people.Find(ctx, parse(people()["ordinary"].number), "device", "operator", "anna", "reason", "lost")
		must(t, err)
		all := slices.DeleteFunc(w.looksAt(t, me.Usage), func(l enrolment.Look) bool { return l.Kind != enrolment.HelpLineLook })
		if len(all) != 1 || lineOf(all[0]) != "help_line   " || all[0].Why != "" {
			t.Errorf("a call: %+v", all)
		}
	})
}

// Means.md R-ENR-01: who stopped something stands on its own page in order, however many steps of a case lie between.
func TestR_ENR_01_StopsPageByPage(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		me := w.known(t, people()["ordinary"].number)
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		before := len(w.looksAt(t, me.Usage))
		for i := range 90 {
			act := []enrolment.Act{enrolment.Suspend, enrolment.Print}[i%2]
			must(t, w.people.Enter(ctx, me.ID, journal.Entry{Kind: journal.CaseStep, Ref: c.Number, Fields: map[string]any{
				"act": string(act), "from": "active", "to": "suspended", "by": officer.Member.ID.String(),
			}}))
		}
		var sizes []int
		var seen []enrolment.Look
		for at, more := (seal.RowID{}), true; more; {
			all, next, err := w.lookers().Looks(ctx, me.Usage, at)
			must(t, err)
			seen, sizes = append(seen, all...), append(sizes, len(all))
			at, more = next, next != (seal.RowID{})
		}
		stops := slices.DeleteFunc(slices.Clone(seen), func(l enrolment.Look) bool { return l.Kind != enrolment.StopLook })
		newest := slices.IsSortedFunc(seen, func(a, b enrolment.Look) int { return slices.Compare(b.ID[:], a.ID[:]) })
		if len(stops) != 45 || len(seen) != 45+before || sizes[0] != 20 || sizes[1] != 20 || !newest {
			t.Fatalf("%d stops of %d, on pages of %v, the newest first: %v", len(stops), len(seen), sizes, newest)
		}
		if last := stops[44]; last.Office.Name != "room-14" {
			t.Errorf("on the last page: %+v", last)
		}
	})
}

// Means.md R-ENR-01, §4.7: that a clerk stopped a lost phone at once is told of the clerk, in the visit and in the case that gave
// it, and of no security officer.
func TestR_ENR_01_WhoStoppedWhatIsLost(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		number := people()["ordinary"].number
		me := w.known(t, number)
		x, err := w.visit(ctx, number)
		must(t, err)
		v := w.by(w.away)
		order := v.order(number)
		order.Purpose = enrolment.LostPhone
		c, err := v.Draft(ctx, v.clerk, order)
		must(t, err)
		_, err = v.LookUp(ctx, v.clerk, c.ID)
		must(t, err)
		_, err = v.Evidence(ctx, v.clerk, c.ID, everything())
		must(t, err)
		c, err = v.StopOld(ctx, v.clerk, c.ID)
		must(t, err)
		by := w.away.Member.ID.String()[:8] + " " + w.away.Office.ID
		got, want := turned(w.looksAt(t, me.Usage)), []string{"lost " + x.Number + " " + by, "stop_old " + c.Number + " " + by}
		if slices.Sort(got); !slices.Equal(got, want) { // one moment
			t.Errorf("told %q, not %q", got, want)
		}
	})
}
