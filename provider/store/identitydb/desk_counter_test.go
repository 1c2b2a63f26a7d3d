package identitydb

import (
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
)

// toKey brings a case of a phone, or of the counter's computer, to the step of the key, and gives how it stands since.
func (w *town) toKey(t *testing.T, number string, counter bool) (enrolment.Case, func() enrolment.Case) {
	t.Helper()
	c, _, at := w.cookied(t, number, counter)
	return c, at
}

// cookied is toKey, with the cookie of the browser that is at that step.
func (w *town) cookied(t *testing.T, number string, counter bool) (enrolment.Case, string, func() enrolment.Case) {
	t.Helper()
	ctx := t.Context()
	w.clerk.Proved = w.now()
	_, v := w.handed(t, number)
	c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{Counter: counter})
	must(t, err)
	at := func() enrolment.Case {
		t.Helper()
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		return c
	}
	must(t, w.Answer(ctx, at(), true))
	must(t, w.Prove(ctx, at(), "0001"))
	must(t, w.Accept(ctx, at()))
	return c, cookie, at
}

// listed is a case at the counter's computer whose list of codes is made and waits for the desk.
func (w *town) listed(t *testing.T) (enrolment.Case, func() enrolment.Case) {
	t.Helper()
	c, at := w.toKey(t, people()["ordinary"].number, true)
	w.lists(t, at)
	return c, at
}

// lists makes a list of codes at the step of the key.
func (w *town) lists(t *testing.T, at func() enrolment.Case) {
	t.Helper()
	_, err := w.BeginKey(t.Context(), at(), enrolment.Paper, "")
	must(t, err)
	must(t, w.FinishKey(t.Context(), at(), enrolment.Paper, enrolment.Response{}))
}

// A case waits at the counter for a register that is silent, and its citizen leaves. Whoever sits there when the register
// answers is asked for the document before the codes are shown, whether a page or nobody finished the case.
func TestAttack_OT_06_CodesAfterASilentRegister(t *testing.T) {
	for _, by := range []string{"the page", "the chore"} {
		t.Run(by, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				c, at := w.listed(t)
				w.country.status = register.Unknown
				c, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
				if err != nil || c.State != enrolment.Confirmed {
					t.Fatalf("%s, %v", c.State, err)
				}
				wait(40 * time.Minute)
				w.country.status = register.Valid
				if by == "the chore" {
					must(t, w.FinishConfirmed(ctx))
				}
				now := at()
				if now.State != enrolment.Active {
					t.Fatalf("it is %s", now.State)
				}
				codes, err := w.TakeCodes(ctx, now)
				must(t, err)
				if len(codes) > 0 {
					t.Errorf("after 40 minutes the next one has %d codes, unasked (%s)", len(codes), enrolment.ScreenOf(now))
				}
			})
		})
	}
}

// A citizen leaves the counter at the step of the key, and the next one makes the list: with the document alone, whether
// the page was left open or is opened anew.
func TestAttack_OT_06_TheNextOneMakesTheList(t *testing.T) {
	for _, how := range []string{"page left open", "page opened anew"} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				c, at := w.toKey(t, people()["ordinary"].number, true)
				c, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
				must(t, err)
				if how == "page left open" {
					_, err = w.BeginKey(ctx, at(), enrolment.Paper, "")
					must(t, err)
				}
				wait(14 * time.Minute)
				if how == "page opened anew" {
					if _, err = w.BeginKey(ctx, at(), enrolment.Paper, ""); err != nil {
						return // asked
					}
				}
				err = w.FinishKey(ctx, at(), enrolment.Paper, enrolment.Response{})
				codes, _ := w.TakeCodes(ctx, at())
				if len(codes) > 0 {
					t.Errorf("the next one made and has %d codes of the one before, 14 minutes later: %v", len(codes), err)
				}
			})
		})
	}
}
