package identitydb

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// join has two operators say of two persons that they are one, or are not any more.
func (w *town) join(t *testing.T, stays, goes string, v subject.Verdict) error {
	t.Helper()
	number, err := w.people.Report(t.Context(), parse(stays), parse(goes))
	if errors.Is(err, subject.ErrState) { // they are one, and so their case is over
		number = lines(t, w.db, "SELECT number FROM conflicts WHERE state = 'closed' OR verdict = 'undo'")[0]
	} else {
		must(t, err)
	}
	var c subject.Case
	for _, by := range []string{"anna", "bartek", "celina"} { // whoever said it already says nothing new
		var done bool
		c, done, err = w.people.Decide(t.Context(), number, v, nil, by)
		if done {
			return w.people.Closed(t.Context(), c)
		}
		if err != nil && !errors.Is(err, subject.ErrFourEyes) {
			return err
		}
	}
	return err
}

// Means.md §4.2: nobody who works at an office becomes somebody else, or is parted; a lock stays that of the human,
// whoever they became, and whatever they were when it was set.
func TestAttack_OT_11_ALockOutlivesAMerge(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, stays, goes := t.Context(), invented(700), invented(9002)
		other := w.human(t, stays)
		anew := func() enrolment.Actor {
			t.Helper()
			m, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: other, Name: w.clerk.Member.Name, Office: "room-14", Role: staff.EnrolmentClerk})
			must(t, err)
			return w.actor(t, m)
		}
		for _, pair := range [][2]string{{stays, goes}, {goes, stays}} {
			if err := w.join(t, pair[0], pair[1], subject.MergeTwo); !errors.Is(err, subject.ErrAppointed) {
				t.Errorf("whoever works at an office is made one with somebody: %v", err)
			}
		}
		must(t, w.staff.Lock(ctx, w.boss.Member, w.clerk.Member.ID, "complaint"))
		if err := w.join(t, stays, goes, subject.MergeTwo); !errors.Is(err, subject.ErrAppointed) {
			t.Errorf("while locked: %v", err)
		}
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		must(t, w.join(t, stays, goes, subject.MergeTwo))
		clerk := anew()
		if clerk.Member.State != staff.Locked || clerk.Member.Why != "earlier" || clerk.Member.Lock.IsZero() {
			t.Errorf("named anew as whom they became: %s %q", clerk.Member.State, clerk.Member.Why)
		}
		if err := w.join(t, stays, goes, subject.Undo); !errors.Is(err, subject.ErrAppointed) {
			t.Errorf("whoever works at an office is parted: %v", err)
		}
		must(t, w.staff.Unlock(ctx, w.boss.Member, clerk.Member.ID, "asked why"))
		if m, err := w.again(t, clerk, "room-99", staff.EnrolmentClerk); err != nil || m.State != staff.Active {
			t.Errorf("named once more after it was lifted: %s, %v", m.State, err)
		} else {
			must(t, w.staff.End(ctx, w.boss.Member, m.ID, "left"))
		}
		must(t, w.staff.Lock(ctx, w.boss.Member, clerk.Member.ID, "complaint"))
		if err := w.staff.Unlock(ctx, w.boss.Member, clerk.Member.ID, "asked why"); !errors.Is(err, staff.ErrSecond) {
			t.Errorf("locked twice in a week, by two names: %v", err)
		}
		must(t, w.staff.End(ctx, w.boss.Member, clerk.Member.ID, "left"))
		must(t, w.join(t, stays, goes, subject.Undo))
		for _, person := range []identity.PersonID{other, w.clerk.Member.Person} {
			m, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: person, Name: w.clerk.Member.Name, Office: "room-14", Role: staff.EnrolmentClerk})
			must(t, err)
			if m.State != staff.Locked {
				t.Errorf("either of two who were locked as one begins %s", m.State)
			}
		}
	})
}

// Attacks IN-02, OT-11: what somebody did in a day counts on for whom they become.
func TestAttack_IN_02_TheCapOutlivesAMerge(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.LookUps = 3
		other := w.human(t, invented(700))
		must(t, w.asksFor(t, w.clerk, invented(1)))
		must(t, w.asksFor(t, w.clerk, invented(2)))
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		must(t, w.join(t, invented(700), invented(9002), subject.MergeTwo))
		m, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: other, Name: w.clerk.Member.Name, Office: "room-14", Role: staff.EnrolmentClerk})
		must(t, err)
		clerk := w.actor(t, m)
		must(t, w.asksFor(t, clerk, invented(3)))
		if err := w.asksFor(t, clerk, invented(4)); !errors.Is(err, staff.ErrCap) {
			t.Errorf("the fourth of three, by two names: %v", err)
		}
		must(t, w.staff.Unlock(ctx, w.boss.Member, clerk.Member.ID, "asked why"))
		clerk = w.standing(t, clerk)
		for n := range 3 { // the day begins anew, whole
			must(t, w.asksFor(t, clerk, invented(10+n)))
		}
		if err := w.asksFor(t, clerk, invented(14)); !errors.Is(err, staff.ErrCap) {
			t.Errorf("the fourth after it began anew: %v", err)
		}
	})
}

// Attacks IN-01, IN-04: whoever became the citizen or the drafter of a case, or was them, decides nothing about it and
// sees no photo, and the database holds it.
func TestAttack_IN_01_WhomSomebodyBecame(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		drafted := func(number string) enrolment.Case {
			t.Helper()
			c := w.lookedUp(t, number)
			seen := everything()
			seen.Doubt = "story"
			c, err := w.Evidence(ctx, w.clerk, c.ID, seen)
			must(t, err)
			return c
		}
		about, by := drafted(invented(800)), drafted(invented(801))
		w.human(t, invented(700))
		w.human(t, invented(701))
		must(t, w.join(t, invented(700), invented(800), subject.MergeTwo)) // the citizen
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		must(t, w.join(t, invented(701), invented(9002), subject.MergeTwo)) // the clerk
		for name, row := range map[string]struct {
			now int
			c   enrolment.Case
		}{"the citizen": {700, about}, "the clerk": {701, by}} {
			a := w.named(t, "Wacława Odmieniona", row.now, "room-14", staff.ApprovingClerk)
			for _, accept := range []bool{true, false} {
				if _, err := w.Decide(ctx, a, row.c.ID, accept, "agree"); !refusedFor(err, "other_clerk") {
					t.Errorf("%s that was decides: %v", name, err)
				}
			}
			_, err := w.db.SQL(ctx).Exec("UPDATE cases SET approver = ?, approver_person = ? WHERE id = ?", a.Member.ID[:], a.Member.Person[:], row.c.ID[:])
			if err == nil || !strings.Contains(err.Error(), "one person is two in a case") {
				t.Errorf("the database lets %s that was approve: %v", name, err)
			}
			if _, err := w.Photo(ctx, a, row.c.ID, false); name == "the clerk" && !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("%s that was sees the photo: %v", name, err)
			}
		}
		if _, err := w.Decide(ctx, w.second, by.ID, true, "agree"); err != nil { // a stranger decides as before
			t.Errorf("a stranger: %v", err)
		}
	})
}

// Attacks IN-05, OT-11: what a clerk gave out, or an officer stopped, neither takes up nor lets take up as whom they
// became; nor is an officer's own theirs to let.
func TestAttack_IN_05_WhoGaveItOutBecameAnother(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		y, err := w.visit(ctx, people()["diacritics"].number)
		must(t, err)
		w.stoppedVisit(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		w.human(t, invented(700))
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		must(t, w.join(t, invented(700), invented(9002), subject.MergeTwo))
		v := w.by(w.named(t, "Wacława Odmieniona", 700, "room-14", staff.EnrolmentClerk))
		c := v.signed(t, people()["ordinary"].number)
		if ways, err := v.Waiting(ctx, v.clerk, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{enrolment.OtherHand, enrolment.OtherHand}) {
			t.Errorf("to the clerk who was another when they gave it out: %v, %v", nots(ways), err)
		}
		one := w.officer(t)
		two := w.otherOfficer(t)
		must(t, w.Suspend(ctx, one, y.ID, "review"))
		w.human(t, invented(702))
		must(t, w.staff.End(ctx, two.Member, one.Member.ID, "left"))
		must(t, w.join(t, invented(702), invented(9006), subject.MergeTwo))
		p, err := w.staff.Propose(ctx, staff.Newcomer{Person: y.Person, Name: identity.Hide("Obywatelka Strażnicza"), Role: staff.SecurityOfficer}, "root")
		must(t, err)
		m, err := w.staff.Confirm(ctx, p.ID, "other")
		must(t, err)
		for name, a := range map[string]enrolment.Actor{"as whom they became": w.named(t, "Strażniczka Próbna", 702, "", staff.SecurityOfficer), "of their own": w.actor(t, m)} {
			must(t, w.OpenTrail(ctx, a, y.ID, "complaint"))
			if err := w.LetTakeUp(ctx, a, y.ID); !refusedFor(err, "other_officer") {
				t.Errorf("an officer lets it %s: %v", name, err)
			}
		}
		must(t, w.OpenTrail(ctx, two, y.ID, "complaint"))
		must(t, w.LetTakeUp(ctx, two, y.ID))
	})
}

// Means.md §4.2: who is somebody else by now is named nothing, also where it was proposed before; in the database
// whatever the program does.
func TestATombstoneWorksNowhere(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		was := staff.Newcomer{Person: w.human(t, invented(700)), Name: identity.Hide("Wacława Odmieniona"), Office: "room-14", Role: staff.EnrolmentClerk}
		w.human(t, invented(701))
		p, err := w.staff.Propose(ctx, was, "root")
		must(t, err)
		must(t, w.join(t, invented(701), invented(700), subject.MergeTwo))
		if _, err := w.staff.Confirm(ctx, p.ID, "other"); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("confirmed after the merge: %v", err)
		}
		if _, err := w.staff.Appoint(ctx, w.boss.Member, was); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("named after the merge: %v", err)
		}
		clerk := w.clerk.Member
		for name, row := range map[string]struct {
			text string
			id   []byte
			says string
		}{
			"names a tombstone":        {"INSERT INTO staff (id, person, office, role, name, state, why) SELECT id, id, 'room-14', 'enrolment_clerk', usage, 'active', '' FROM persons WHERE id = ?", was.Person[:], "has no appointment"},
			"moves an appointment":     {"UPDATE staff SET person = (SELECT id FROM persons WHERE merged IS NOT NULL) WHERE id = ?", w.second.Member.ID[:], "has no appointment"},
			"merges who works":         {"UPDATE persons SET state = 'merged', merged = (SELECT merged FROM persons WHERE merged IS NOT NULL) WHERE id = ?", clerk.Person[:], "made one with nobody"},
			"merges into one who does": {"UPDATE persons SET merged = (SELECT person FROM staff WHERE state = 'active' ORDER BY id LIMIT 1) WHERE id = ?", was.Person[:], "made one with nobody"},
		} {
			if _, err := w.db.SQL(ctx).Exec(row.text, row.id); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("the database %s: %v", name, err)
			}
		}
	})
}

// Named and made one with somebody at the same moment: one of the two happens, whichever comes first.
func TestNamedAndMergedAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for n := range 12 {
			stays, goes := invented(700+n), invented(800+n)
			persons := []identity.PersonID{w.human(t, stays), w.human(t, goes)}
			whom := persons[n%2]
			p, err := w.staff.Propose(ctx, staff.Newcomer{Person: whom, Name: identity.Hide("Wacława Odmieniona"), Office: "room-14", Role: staff.EnrolmentClerk}, "root")
			must(t, err)
			number, err := w.people.Report(ctx, parse(stays), parse(goes))
			must(t, err)
			_, _, err = w.people.Decide(ctx, number, subject.MergeTwo, nil, "anna")
			must(t, err)
			var all sync.WaitGroup
			var named, merged error
			all.Go(func() { _, named = w.staff.Confirm(ctx, p.ID, "other") })
			all.Go(func() { _, _, merged = w.people.Decide(ctx, number, subject.MergeTwo, nil, "bartek") })
			all.Wait()
			members, err := w.staff.Of(ctx, whom)
			must(t, err)
			switch {
			case named == nil && n%2 == 0 && merged == nil: // first they were one, then who stays was named
			case named == nil && errors.Is(merged, subject.ErrAppointed):
			case errors.Is(named, staff.ErrNobody) && merged == nil && n%2 == 1:
			default:
				t.Errorf("named: %v, merged: %v", named, merged)
			}
			if (len(members) == 1) != (named == nil) {
				t.Errorf("%d appointments: %v", len(members), named)
			}
		}
	})
}

// Attacks IN-02, IN-10: an officer's lock of who is at the day's limit as well is not lifted with the limit at another office;
// that is, with the officer's own.
func TestAttack_IN_02_TheLimitsUnlockLiftsAnOfficersLock(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		there := w.named(t, "Nadzorca Drugi", 9041, "room-99", staff.LocalAdministrator)
		beside := w.named(t, "Bożena Okienkowa", 9002, "room-99", staff.EnrolmentClerk) // the same clerk at a second office
		must(t, w.staff.Open(ctx, staff.Institution{ID: "city", Name: "Urząd Miasta Nowa Wola"}, staff.Office{ID: "room-50", Name: "room-50", Zone: "Europe/Warsaw"}, "root"))
		must(t, w.staff.Exhausted(ctx, w.clerk.Member))
		must(t, w.staff.Lock(ctx, officer.Member, w.clerk.Member.ID, "security"))
		must(t, w.staff.Unlock(ctx, there.Member, beside.Member.ID, "limit"))
		anew := func() staff.Member {
			t.Helper()
			p, err := w.staff.Propose(ctx, staff.Newcomer{Person: w.clerk.Member.Person, Name: identity.Hide("Bożena"), Office: "room-50", Role: staff.EnrolmentClerk}, "root")
			must(t, err)
			m, err := w.staff.Confirm(ctx, p.ID, "other")
			must(t, err)
			return m
		}
		m := anew()
		if m.State != staff.Locked {
			t.Errorf("an officer's lock stands, and a new appointment of the same clerk begins %s", m.State)
		}
		must(t, w.staff.End(ctx, officer.Member, m.ID, "left"))
		must(t, w.staff.Unlock(ctx, officer.Member, w.clerk.Member.ID, "security"))
		if m := anew(); m.State != staff.Active {
			t.Errorf("nobody locks them any more, and a new appointment begins %s", m.State)
		}
	})
}
