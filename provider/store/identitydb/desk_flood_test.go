package identitydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/staff"
)

// spoil makes what is sealed in a case unreadable.
func (w *town) spoil(t *testing.T, c enrolment.Case) {
	t.Helper()
	_, err := w.db.SQL(t.Context()).Exec("UPDATE cases SET work = ? WHERE id = ?", []byte("rubbish"), c.ID[:])
	must(t, err)
}

// A case that cannot be opened keeps no other from being swept, however many there are; it is reported, and not
// taken for swept.
func TestSweepingGoesOnBehindACaseThatCannotBeOpened(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		w.Policy.LookUps = 1000
		const broken, good = 101, 3 // more than are read at once
		for n := range broken {
			w.spoil(t, w.lookedUp(t, invented(n)))
		}
		var fine []enrolment.Case
		for n := range good {
			fine = append(fine, w.lookedUp(t, invented(broken+n)))
		}
		all, err := w.Desk(ctx, w.clerk)
		if err != nil || len(all) != broken+good {
			t.Fatalf("the desk shows %d cases, %v", len(all), err)
		}
		wait(25 * time.Hour)
		err = w.Sweep(ctx)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%d cases could not be swept", broken)) {
			t.Errorf("reported: %v", err)
		}
		for _, c := range fine {
			if got, err := w.Case(ctx, w.clerk, c.ID); err != nil || got.State != enrolment.Expired {
				t.Errorf("one behind them is %s, %v", got.State, err)
			}
		}
	})
}

// Means R-STAT-04: that an application came to nothing ends what was said of it before, and nothing of the next
// one; of the same moment the end counts.
func TestTheEndOfAnApplicationIsOfItsTime(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, _ := w.applied(t, enrolment.AtDesk)
		seen := instantOfTests()
		for _, step := range []struct {
			at   time.Time
			want enrolment.State
		}{{seen.Add(-time.Microsecond), enrolment.QRIssued}, {seen, enrolment.Cancelled}} {
			must(t, w.NotGiven(ctx, c.Person, step.at))
			if got, err := w.Case(ctx, w.clerk, c.ID); err != nil || got.State != step.want {
				t.Errorf("%s: it is %s, %v", step.at.Sub(seen), got.State, err)
			}
		}
		// What cannot be read is stopped where it may rest on one, and holds up nobody.
		next := w.lookedUp(t, people()["twin-b"].number)
		w.spoil(t, next)
		must(t, w.NotGiven(ctx, next.Person, w.now()))
		var state string
		must(t, w.db.SQL(ctx).Row("SELECT state FROM cases WHERE id = ?", []any{next.ID[:]}, &state))
		if state != string(enrolment.Cancelled) {
			t.Errorf("one that cannot be read is %s", state)
		}
	})
}

// A stolen key of a register system fills no desk's list: a clerk's own cases come first, those that wait are
// counted for each system and office, exactly also where they come at once, and another system, another office
// and a repeat of what was answered are not concerned.
func TestAFloodOfARegisterSystemHidesNothing(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in := t.Context(), w.opens()
		in.Waiting = 20
		own := w.lookedUp(t, people()["ordinary"].number)
		var all sync.WaitGroup
		var opened, refused atomic.Int64
		for n := range 40 {
			all.Go(func() {
				_, err := in.Open(ctx, theRegister(), application(fmt.Sprintf("key-%04d", n), fmt.Sprint("A-", n), invented(n)))
				switch {
				case err == nil:
					opened.Add(1)
				case errors.Is(err, intake.ErrMany):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if opened.Load() != 20 || refused.Load() != 20 {
			t.Fatalf("%d opened, %d refused", opened.Load(), refused.Load())
		}
		other := intake.System{ID: "other", Institutions: []string{"city"}}
		_, err := in.Open(ctx, other, application("key-other", "B-1", invented(41)))
		must(t, err)
		there := application("key-there", "B-2", invented(42))
		there.Office = "room-99"
		_, err = in.Open(ctx, intake.System{ID: "id-cards", Offices: []string{"room-99"}}, there)
		must(t, err)
		list, err := w.Desk(ctx, w.clerk)
		if err != nil || len(list) != 22 || list[0].ID != own.ID {
			t.Fatalf("%d cases, the first one is of %s: %v", len(list), list[0].Clerk, err)
		}
		waits := list[len(list)-1]
		_, err = w.Take(ctx, w.clerk, waits.ID, "7")
		must(t, err)
		if _, err := in.Open(ctx, theRegister(), application("key-9999", "A-9999", invented(43))); err != nil && waits.System == "id-cards" {
			t.Errorf("a clerk took one, and there is no room for another: %v", err)
		}
	})
}

// Whoever fills the list of an office up to what is read of it at once hides neither a clerk's own case nor what
// waits for the second person.
func TestTheListOfADeskBeginsWithWhatIsWorkedOn(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in := t.Context(), w.opens()
		in.Waiting = 1000
		mine := w.lookedUp(t, people()["ordinary"].number)
		colleague := w.named(t, "Łucja Sąsiednia", 9008, "room-14", staff.EnrolmentClerk)
		theirs, err := w.Draft(ctx, colleague, w.order(invented(900)))
		must(t, err)
		for n := range 205 {
			_, err := in.Open(ctx, theRegister(), application(fmt.Sprintf("key-%04d", n), fmt.Sprint("A-", n), invented(n)))
			must(t, err)
		}
		for who, want := range map[identity.PersonID][]enrolment.Case{
			w.clerk.Member.Person: {mine, theirs}, colleague.Member.Person: {theirs, mine},
		} {
			a := w.clerk
			if who == colleague.Member.Person {
				a = colleague
			}
			list, err := w.Desk(context.WithoutCancel(ctx), a)
			if err != nil || len(list) != 200 || list[0].ID != want[0].ID || list[1].ID != want[1].ID {
				t.Errorf("the list of %d does not begin with the own case, then a colleague's: %v", len(list), err)
			}
		}
	})
}
