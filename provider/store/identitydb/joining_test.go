package identitydb

import (
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Means.md R-ENR-09: whoever reads a case reads when the tie between the databases was used of its citizen, and for
// what: from the day when it was opened, to its end where it came to nothing, and of nobody else.
func TestJoiningsInTheTrailOfACase(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		officer := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		join := func(person identity.PersonID, why string) {
			_, err := w.people.Stop(ctx, person, why)
			must(t, err)
			wait(time.Minute)
		}
		read := func(c enrolment.Case) (all []string) {
			must(t, w.OpenTrail(ctx, officer, c.ID, "complaint"))
			_, events, err := w.Trail(ctx, officer, c.ID)
			must(t, err)
			for i, e := range events {
				if i > 0 && e.At.Before(events[i-1].At) {
					t.Error("not in the order in which it happened")
				}
				if e.Kind == journal.Joined {
					all = append(all, e.Why[0].Code)
				}
			}
			return all
		}
		before, err := w.people.Enrol(ctx, *people()["ordinary"].registered())
		must(t, err)
		join(before.ID, "merge")
		given, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		vain := w.lookedUp(t, people()["diacritics"].number)
		if got := read(given); len(got) != 0 {
			t.Errorf("of before the case: %v", got)
		}
		wait(time.Minute)
		join(given.Person, "device")
		join(vain.Person, "death")
		_, err = w.Cancel(ctx, w.clerk, vain.ID, "citizen_left")
		must(t, err)
		wait(time.Minute)
		join(given.Person, "undo")
		join(vain.Person, "merge")
		if got := read(given); !slices.Equal(got, []string{"joined_device", "joined_merge"}) {
			t.Errorf("of what was given: %v", got)
		}
		if got := read(vain); !slices.Equal(got, []string{"joined_register"}) {
			t.Errorf("of what came to nothing: %v", got)
		}
	})
}
