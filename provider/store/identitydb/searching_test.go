package identitydb

import (
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// Attacks IN-08, IN-05: who looked many up and enrolled less than a third is shown by appointment and office, over a
// day and over a week, for the security officer of those offices and for nobody else.
func TestAttack_IN_08_LookUpsAreCountedAgainstEnrolments(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		w.Policy.LookUps, w.Policy.Enrolments = 1000, 1000
		must(t, w.staff.Open(ctx, staff.Institution{ID: "province", Name: "Województwo"}, staff.Office{ID: "hall-1", Name: "hall-1", Zone: "Europe/Warsaw"}, "root"))
		all := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		foreign := w.named(t, "Bogna Wojewódzka", 9008, "hall-1", staff.SecurityOfficer)
		n := 0
		look := func(times int) {
			for range times {
				c := w.lookedUp(t, invented(n))
				_, err := w.Cancel(ctx, w.clerk, c.ID, "mistake")
				must(t, err)
				n++
			}
		}
		counted := func(a enrolment.Actor, days int) enrolment.Searching {
			rows, err := w.Searching(ctx, a)
			must(t, err)
			for _, row := range rows {
				if row.Days == days {
					return row
				}
			}
			return enrolment.Searching{}
		}
		is := func(what string, got enrolment.Searching, looked, finished int) {
			t.Helper()
			if got.Looked != looked || got.Finished != finished || looked > 0 && (got.Clerk != w.clerk.Member.ID || got.Office != "room-14") {
				t.Errorf("%s: %+v", what, got)
			}
		}
		look(20)
		is("20 in a day", counted(all, 1), 0, 0)
		look(1)
		is("21", counted(all, 1), 21, 0)
		is("21, of a week", counted(all, 7), 0, 0)
		is("for another institution", counted(foreign, 1), 0, 0)
		for range 10 {
			_, err := w.visit(ctx, invented(n))
			must(t, err)
			n++
		}
		is("31, of which ten were enrolled", counted(all, 1), 31, 10)
		_, err := w.visit(ctx, invented(n))
		must(t, err)
		n++
		is("32, of which eleven were", counted(all, 1), 0, 0)
		for range 3 {
			wait(25 * time.Hour)
			look(20)
			is("20 in a day again", counted(all, 1), 0, 0)
		}
		is("92 in four days", counted(all, 7), 92, 11)
		for _, a := range []enrolment.Actor{w.clerk, w.boss} {
			if _, err := w.Searching(ctx, a); err == nil {
				t.Error("somebody else counts")
			}
		}
	})
}

// Attacks IN-08, IN-02: who works in two offices, or was named anew, looks nobody up unseen by doing half of it in each.
func TestAttack_IN_02_IN_08_TwoAppointmentsAreCountedTogether(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		second, err := w.again(t, w.clerk, "room-99", staff.EnrolmentClerk)
		must(t, err)
		for n := range 22 {
			by := w.clerk
			if n%2 == 1 {
				by = w.actor(t, second)
			}
			c, err := w.Draft(ctx, by, w.order(invented(n)))
			must(t, err)
			_, err = w.LookUp(ctx, by, c.ID)
			must(t, err)
		}
		rows, err := w.Searching(ctx, officer)
		must(t, err)
		if len(rows) != 2 || rows[0].Looked != 11 || rows[1].Looked != 11 || rows[0].Clerk == rows[1].Clerk {
			t.Errorf("of 22 look-ups in two offices the officer sees %+v", rows)
		}
	})
}

// Attacks IN-08, IN-02: nor by doing half of it before a merge.
func TestAttack_IN_02_IN_08_WhomSomebodyBecameIsCountedTogether(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		for n := range 11 {
			must(t, w.asksFor(t, w.clerk, invented(n)))
		}
		w.human(t, invented(700))
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		must(t, w.join(t, invented(700), invented(9002), subject.MergeTwo))
		now := w.named(t, "Wacława Odmieniona", 700, "room-14", staff.EnrolmentClerk)
		for n := range 11 {
			must(t, w.asksFor(t, now, invented(20+n)))
		}
		rows, err := w.Searching(ctx, officer)
		must(t, err)
		if len(rows) != 2 || rows[0].Looked != 11 || rows[1].Looked != 11 {
			t.Errorf("of 22 look-ups by one human the officer sees %+v", rows)
		}
	})
}
