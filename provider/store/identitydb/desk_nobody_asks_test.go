package identitydb

import (
	"errors"
	"testing"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Means.md R-ENR-01, R-ENR-02: what a colleague presses in somebody else's case, and what its own clerk presses where it has
// no place, asks no register: the citizen would read that the clerk of the case had asked, who did not, and no daily cap
// counts it.
func TestR_ENR_01_NoRegisterIsAskedInTheNameOfAnother(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		colleague := w.named(t, "Celina Sąsiednia", 9005, "room-14", staff.EnrolmentClerk)
		quiet := func(name string, want string, act func() error) {
			t.Helper()
			before := kinds(t, w.db)[journal.RegisterAsked]
			if err := act(); !refusedFor(err, want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
			if asked := kinds(t, w.db)[journal.RegisterAsked] - before; asked != 0 {
				t.Errorf("%s: registers were asked %d times", name, asked)
			}
		}
		c := w.lookedUp(t, people()["ordinary"].number)
		quiet("a colleague compares", "own_case", func() error { _, err := w.Evidence(ctx, colleague, c.ID, everything()); return err })
		quiet("nothing is ticked", "checks", func() error {
			_, err := w.Evidence(ctx, w.clerk, c.ID, enrolment.Seen{Document: "idcard"})
			return err
		})
		quiet("handed over before it is signed", "not_now", func() error { _, _, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk); return err })
		c = w.signed(t, people()["twin-a"].number)
		for _, a := range []enrolment.Actor{colleague, w.clerk} {
			want := map[bool]string{true: "own_case", false: "not_now"}[a.Member.ID == colleague.Member.ID]
			hands := func() error { _, _, err := w.HandOver(ctx, a, c.ID, enrolment.AtDesk); return err }
			if a.Member.ID == w.clerk.Member.ID {
				must(t, hands())
			}
			quiet("handed over", want, hands)
		}
		quiet("a colleague starts over", "own_case", func() error { _, _, err := w.Reissue(ctx, colleague, c.ID, enrolment.AtDesk); return err })
		quiet("a colleague takes a phone in", "own_case", func() error { _, err := w.Scan(ctx, colleague, c.ID, "AAAAA-AAAAA-A"); return err })
	})
}

// Means.md R-ENR-13: while a register is silent the case waits, at the hand-over, too: that the document is not valid is not
// known, and is not said.
func TestR_ENR_13_AHandOverWaitsForASilentRegister(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		hands := func() error { _, _, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk); return err }
		again := func() error { _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); return err }
		for _, act := range []func() error{hands, again} {
			w.country.status = register.Unknown
			if err := act(); !errors.Is(err, enrolment.ErrNoRegister) {
				t.Errorf("while nobody answers: %v", err)
			}
			w.country.status = register.Stolen
			if err := act(); !refusedFor(err, "document") {
				t.Errorf("a stolen document: %v", err)
			}
			w.country.status = register.Valid
			must(t, act())
		}
	})
}
