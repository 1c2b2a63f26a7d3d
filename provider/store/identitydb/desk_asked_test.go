package identitydb

import (
	"errors"
	"slices"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Means.md R-ENR-13, features S03: whether somebody without a document has applied for the first one is asked like
// everything else. While the register of photos is silent the case waits, and goes on when it answers.
func TestR_ENR_13_ASilentRegisterOfPhotosRefusesNobody(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, err := w.Draft(ctx, w.clerk, w.order(people()["twin-b"].number))
		must(t, err)
		w.country.dark = true
		if c, err = w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) || c.State != enrolment.Draft || c.Work.Answer != "no_answer" {
			t.Fatalf("%s, %q: %v", c.State, c.Work.Answer, err)
		}
		w.country.dark = false
		if c, err = w.LookUp(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.LookedUp || c.Work.Snapshot.Applied == "" {
			t.Errorf("when it answers: %s, %v", c.State, err)
		}
		w.country.refused = true
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		c, err = w.Draft(ctx, w.clerk, w.order(people()["twin-b"].number))
		must(t, err)
		if c, err = w.LookUp(ctx, w.clerk, c.ID); !refusedFor(err, "document") || c.State != enrolment.Cancelled {
			t.Errorf("who has applied for nothing: %s, %v", c.State, err)
		}
	})
}

// Means.md R-ENR-01: no record, no question. When the registers are asked for the first time it is written who asks,
// where, in which case and for what, so that a process that dies before the answer leaves a trace that the citizen
// reads, too; where the answer is on record, the look-up is there once.
func TestR_ENR_01_AskedForTheFirstTimeIsOnRecordBefore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, died := t.Context(), "died"
		me := w.known(t, people()["ordinary"].number)
		c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		w.country.asking = func() {
			if all := kinds(t, w.db); all[journal.LookingUp] != 1 || all[journal.LookedUp] != 0 {
				t.Errorf("when the register is asked the journal holds %v", all)
			}
			panic(died)
		}
		func() {
			defer func() {
				if recover() != died {
					t.Error("the register was not asked")
				}
			}()
			_, _ = w.LookUp(ctx, w.clerk, c.ID)
		}()
		w.country.asking = nil
		all := w.looksAt(t, me.Usage)
		if len(all) != 1 || all[0].Kind != enrolment.RegisterLook || all[0].Case != c.Number || all[0].Why != "holder" || all[0].By != w.clerk.Member.ID.String()[:8] {
			t.Errorf("the citizen reads %+v", all)
		}
		if _, err = w.LookUp(ctx, w.clerk, c.ID); err != nil {
			t.Fatal(err)
		}
		if got := looksOf(w.looksAt(t, me.Usage)); !slices.Equal(got, []enrolment.LookKind{enrolment.RegisterLook}) {
			t.Errorf("after the answer the citizen reads %v", got)
		}
	})
}

// Means.md R-ENR-01, R-ENR-12: the same of a guardian, also where the register gives no answer about them.
func TestR_ENR_01_AskedAboutAGuardianIsOnRecordBefore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), parse(family()["guardian"].number)
		guardian := w.known(t, family()["guardian"].number)
		c := w.lookedUp(t, family()["minor"].number)
		w.country.asking = func() {
			if n := kinds(t, w.db)[journal.LookingUp]; n != 2 {
				t.Errorf("%d entries of questions to come, not the child's and the guardian's", n)
			}
			w.country.down = true
		}
		if _, err := w.Guard(ctx, w.clerk, c.ID, number); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatalf("without an answer: %v", err)
		}
		w.country.asking, w.country.down = nil, false
		all := w.looksAt(t, guardian.Usage)
		if len(all) != 1 || all[0].Kind != enrolment.GuardianLook || !all[0].Unanswered || all[0].Case != c.Number {
			t.Errorf("the guardian reads %+v", all)
		}
		_, err := w.Guard(ctx, w.clerk, c.ID, number)
		must(t, err)
	})
}
