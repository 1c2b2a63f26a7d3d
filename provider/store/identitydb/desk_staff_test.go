package identitydb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/provider/store/storetest"
)

// again names somebody who has an appointment to one more.
func (w *town) again(t *testing.T, whom enrolment.Actor, office string, role staff.Role) (staff.Member, error) {
	t.Helper()
	p, err := w.staff.Propose(t.Context(), staff.Newcomer{Person: whom.Member.Person, Name: whom.Member.Name, Office: office, Role: role}, "root")
	must(t, err)
	return w.staff.Confirm(t.Context(), p.ID, "other")
}

// standing gives somebody at a desk as they stand now.
func (w *town) standing(t *testing.T, a enrolment.Actor) enrolment.Actor {
	t.Helper()
	m, err := w.staff.Member(t.Context(), a.Member.ID)
	must(t, err)
	return w.actor(t, m)
}

// asksFor looks somebody up, by an appointment.
func (w *town) asksFor(t *testing.T, by enrolment.Actor, number string) error {
	t.Helper()
	c, err := w.Draft(t.Context(), by, w.order(number))
	if err == nil {
		_, err = w.LookUp(t.Context(), by, c.ID)
	}
	return err
}

// Attacks IN-02, OT-11: the day's cap is a person's. Two appointments at once, in parallel and over a restart, give
// no more than one does; at the cap both are locked, and letting the person in twice begins the day anew once.
func TestAttack_IN_02_OT_11_TheCapIsThePersons(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := found(t, open(t, d), nil).settle(t)
		w.Policy.LookUps = 10
		second, err := w.again(t, w.clerk, "room-99", staff.EnrolmentClerk)
		must(t, err)
		other := w.actor(t, second)
		restarted := found(t, open(t, d), nil) // another process with the same database
		restarted.Policy.LookUps = 10
		var all sync.WaitGroup
		var through, capped atomic.Int32
		many := func(from int) {
			for n := range 24 {
				town, by := w, w.clerk
				if n%2 == 1 {
					town, by = restarted, other
				}
				all.Go(func() {
					switch err := town.asksFor(t, by, invented(from+n)); {
					case err == nil:
						through.Add(1)
					case errors.Is(err, staff.ErrCap):
						capped.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		many(100)
		if through.Load() != 10 || capped.Load() != 14 {
			t.Errorf("%d look-ups, %d refused by the cap", through.Load(), capped.Load())
		}
		if here, there := restarted.standing(t, w.clerk).Member.State, restarted.standing(t, other).Member.State; here != staff.Locked || there != staff.Locked {
			t.Errorf("at the cap: %s, %s", here, there)
		}
		must(t, w.staff.Unlock(t.Context(), w.boss.Member, w.clerk.Member.ID, "asked why"))
		must(t, w.asksFor(t, w.clerk, invented(200)))
		must(t, w.staff.Unlock(t.Context(), w.boss.Member, other.Member.ID, "asked why"))
		through.Store(0)
		many(300)
		if through.Load() != 9 { // with the one before, ten
			t.Errorf("%d look-ups after both were unlocked", through.Load())
		}
		for _, a := range []enrolment.Actor{w.clerk, other} {
			if err := w.staff.Unlock(t.Context(), w.boss.Member, a.Member.ID, "again"); !errors.Is(err, staff.ErrSecond) {
				t.Errorf("locked twice in a week, by one or the other: %v", err)
			}
		}
	})
}

// Attacks IN-02, OT-11: ending an appointment and naming the same person anew loses neither a lock nor what was
// counted; in whatever role, and by whoever names.
func TestAttack_OT_11_NamedAnew(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		anew := func(role staff.Role) staff.Member {
			t.Helper()
			m, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: w.clerk.Member.Person, Name: w.clerk.Member.Name, Office: "room-14", Role: role})
			must(t, err)
			return m
		}
		w.Policy.LookUps = 3
		must(t, w.asksFor(t, w.clerk, invented(1)))
		must(t, w.asksFor(t, w.clerk, invented(2)))
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		clerk := w.actor(t, anew(staff.EnrolmentClerk))
		must(t, w.asksFor(t, clerk, invented(3)))
		if err := w.asksFor(t, clerk, invented(4)); !errors.Is(err, staff.ErrCap) {
			t.Errorf("the fourth of three: %v", err)
		}
		must(t, w.staff.End(ctx, w.boss.Member, clerk.Member.ID, "left")) // while locked
		clerk = w.actor(t, anew(staff.EnrolmentClerk))
		if clerk.Member.State != staff.Locked || clerk.Member.Why != "earlier" {
			t.Errorf("named anew while locked: %s %q", clerk.Member.State, clerk.Member.Why)
		}
		if second := anew(staff.ApprovingClerk); second.State != staff.Locked {
			t.Errorf("in another role: %s", second.State)
		}
		must(t, w.staff.Unlock(ctx, w.boss.Member, clerk.Member.ID, "asked why"))
		clerk = w.standing(t, clerk)
		must(t, w.asksFor(t, clerk, invented(5)))
		must(t, w.staff.Lock(ctx, w.boss.Member, clerk.Member.ID, "complaint"))
		must(t, w.staff.End(ctx, w.boss.Member, clerk.Member.ID, "left"))
		clerk = w.actor(t, anew(staff.EnrolmentClerk))
		if err := w.staff.Unlock(ctx, w.boss.Member, clerk.Member.ID, "again"); !errors.Is(err, staff.ErrSecond) {
			t.Errorf("locked twice in a week, named anew between: %v", err)
		}
		officer := w.named(t, "Leokadia Rewizyjna", 9009, "", staff.SecurityOfficer)
		must(t, w.staff.Unlock(ctx, officer.Member, clerk.Member.ID, "looked into"))
		clerk = w.standing(t, clerk)
		must(t, w.asksFor(t, clerk, invented(6)))
		must(t, w.asksFor(t, clerk, invented(7)))
		if err := w.asksFor(t, clerk, invented(8)); !errors.Is(err, staff.ErrCap) { // a lock that is no cap's begins no day anew
			t.Errorf("a lock by hand gave a day's look-ups anew: %v", err)
		}
		third, err := w.again(t, clerk, "room-99", staff.EnrolmentClerk)
		must(t, err)
		if third.State != staff.Locked {
			t.Errorf("named by two persons with the command while locked: %s", third.State)
		}
	})
}

// Means §4.2, attacks IN-01: whoever works on cases neither leads colleagues of the institution nor watches over
// any; whoever names them, and in the database whatever the program does.
func TestAttack_IN_01_WhoWorksOnCasesLeadsNobody(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		must(t, w.staff.Open(ctx, staff.Institution{ID: "county", Name: "Starostwo"}, staff.Office{ID: "room-1", Name: "room-1", Zone: "Europe/Warsaw"}, "root"))
		chief := w.named(t, "Wiesława Odległa", 9006, "room-99", staff.LocalAdministrator)
		officer := w.named(t, "Leokadia Rewizyjna", 9009, "", staff.SecurityOfficer)
		for name, row := range map[string]struct {
			who    enrolment.Actor
			office string
			role   staff.Role
			want   error
		}{
			"a clerk leads": {w.clerk, "room-14", staff.LocalAdministrator, staff.ErrApart},
			"a clerk leads another office of the city": {w.clerk, "room-99", staff.LocalAdministrator, staff.ErrApart},
			"a clerk leads elsewhere":                  {w.clerk, "room-1", staff.LocalAdministrator, nil},
			"who decides leads":                        {w.second, "room-14", staff.LocalAdministrator, staff.ErrApart},
			"who leads becomes a clerk":                {w.boss, "room-14", staff.EnrolmentClerk, staff.ErrApart},
			"who leads decides at the next office":     {w.boss, "room-99", staff.ApprovingClerk, staff.ErrApart},
			"an officer becomes a clerk":               {officer, "room-1", staff.EnrolmentClerk, staff.ErrApart},
			"who decides watches":                      {w.second, "", staff.SecurityOfficer, staff.ErrApart},
			"a clerk decides about others' cases":      {w.away, "room-14", staff.ApprovingClerk, nil},
		} {
			_, err := w.again(t, row.who, row.office, row.role)
			if !errors.Is(err, row.want) {
				t.Errorf("%s: %v, want %v", name, err, row.want)
			}
		}
		if _, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: chief.Member.Person, Name: chief.Member.Name, Office: "room-14", Role: staff.EnrolmentClerk}); !errors.Is(err, staff.ErrApart) {
			t.Errorf("an administrator makes another one a clerk: %v", err)
		}
		for name, text := range map[string]string{
			"inserts": "INSERT INTO staff (id, person, office, role, name, state, why) SELECT id, person, 'room-99', 'enrolment_clerk', name, 'active', '' FROM (SELECT person AS id, person, name FROM staff WHERE id = ?) s",
			"changes": "UPDATE staff SET role = 'local_administrator' WHERE person = (SELECT person FROM staff WHERE id = ?)",
		} {
			of := chief.Member.ID
			if name == "changes" {
				of = w.away.Member.ID
			}
			if _, err := w.db.SQL(ctx).Exec(text, of[:]); err == nil || !strings.Contains(err.Error(), "no person has together") {
				t.Errorf("the database %s what may not be: %v", name, err)
			}
		}
		must(t, w.staff.End(ctx, chief.Member, w.boss.Member.ID, "left"))
		clerk, err := w.staff.Appoint(ctx, chief.Member, staff.Newcomer{Person: w.boss.Member.Person, Name: w.boss.Member.Name, Office: "room-99", Role: staff.EnrolmentClerk})
		must(t, err) // who leads no more
		if _, err := w.db.SQL(ctx).Exec("UPDATE staff SET state = 'active' WHERE id = ?", w.boss.Member.ID[:]); err == nil || !strings.Contains(err.Error(), "no person has together") {
			t.Errorf("the database brings an ended appointment of %s back", clerk.Role)
		}
	})
}

// Attacks IN-01: a clerk's and an administrator's role, given to one person at the same moment.
func TestAttack_IN_01_TwoRolesAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		for n := range 10 {
			person := w.human(t, invented(500+n))
			var all sync.WaitGroup
			var named atomic.Int32
			for _, role := range []staff.Role{staff.LocalAdministrator, staff.EnrolmentClerk, staff.LocalAdministrator, staff.ApprovingClerk} {
				p, err := w.staff.Propose(t.Context(), staff.Newcomer{Person: person, Name: w.clerk.Member.Name, Office: "room-14", Role: role}, "root")
				must(t, err)
				all.Go(func() {
					switch _, err := w.staff.Confirm(t.Context(), p.ID, "other"); {
					case err == nil:
						named.Add(1)
					case !errors.Is(err, staff.ErrApart) && !errors.Is(err, staff.ErrTaken):
						t.Error(err)
					}
				})
			}
			all.Wait()
			members, err := w.staff.Of(t.Context(), person)
			must(t, err)
			for _, one := range members {
				for _, other := range members {
					if !one.Role.Beside(other.Role, true) {
						t.Errorf("one person is %s and %s", one.Role, other.Role)
					}
				}
			}
			if int(named.Load()) != len(members) || named.Load() == 0 {
				t.Errorf("%d named, %d there", named.Load(), len(members))
			}
		}
	})
}

// Means.md §4.3: outside the hours of the case's own office a second clerk decides; an office that said none has the
// operator's.
func TestReviewOutsideTheOfficesHours(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.Hours = staff.Weekdays(0, 24)
		today := int(w.now().In(w.clerk.Office.Location()).Weekday()+6)%7 + 1
		closed, err := staff.ParseHours(fmt.Sprintf("%d=09:00-17:00", today%7+1)) // tomorrow alone
		must(t, err)
		open, err := staff.ParseHours(fmt.Sprintf("%d=00:00-24:00", today))
		must(t, err)
		for n, row := range []struct {
			hours staff.Hours
			flag  bool
		}{{staff.Hours{}, false}, {closed, true}, {open, false}} {
			must(t, w.staff.Rule(ctx, staff.Rules{Office: "room-14", Binding: staff.Unbound, Hours: row.hours}, staff.Quotas{}, "root"))
			clerk := w.standing(t, w.clerk)
			if clerk.Office.Hours != row.hours {
				t.Errorf("kept as %q, not %q", clerk.Office.Hours, row.hours)
			}
			c, err := w.Draft(ctx, clerk, w.order(invented(600+n)))
			must(t, err)
			c, err = w.LookUp(ctx, clerk, c.ID)
			must(t, err)
			c, err = w.Evidence(ctx, clerk, c.ID, everything())
			must(t, err)
			if slices.Contains(c.Flags, enrolment.OutsideHours) != row.flag {
				t.Errorf("hours %q: flags %v", row.hours, c.Flags)
			}
		}
		must(t, w.staff.Rule(ctx, staff.Rules{Office: "room-14", Binding: staff.Unbound, Hours: closed}, staff.Quotas{}, "root"))
		if far := w.standing(t, w.away); far.Office.Hours.Said() {
			t.Errorf("one office's hours are another's: %s", far.Office.Hours)
		}
	})
}
