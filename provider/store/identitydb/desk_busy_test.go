package identitydb

import (
	"context"
	"errors"
	"sync"
	"testing"

	"symbolon/provider/enrolment"
)

// read does something once a case was read, before anything is written of it.
type read struct {
	enrolment.Store
	do func()
}

func (r read) Cases(ctx context.Context, q enrolment.Query) ([]enrolment.Row, error) {
	rows, err := r.Store.Cases(ctx, q)
	r.do()
	return rows, err
}

// Attacks OT-08, OT-11, means.md §4.4: whoever was faster with a photographed code keeps their page busy, so that the
// case changes again and again while the citizen scans. It stops all the same, and for good.
func TestAttack_OT_08_WhoWasFasterKeepsTheCaseBusy(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		scanned, begun := make(chan struct{}), make(chan struct{}, 8)
		var busy sync.WaitGroup
		for range cap(begun) {
			busy.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-scanned:
						return
					default:
					}
					if thief, err := w.Resume(ctx, cookie); err == nil {
						_ = w.Extend(ctx, thief)
					}
					if n == 0 {
						begun <- struct{}{}
					}
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		_, _, err = w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		close(scanned)
		busy.Wait()
		if !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("the second phone: %v", err)
		}
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.Suspicious || c.Alarms != 1 {
			t.Errorf("the case is %s with %d alarms: %v", c.State, c.Alarms, err)
		}
	})
}

// The same, where the case changes at the worst moment; and where the clerk gave out another code in that moment, the
// old one stops nothing any more.
func TestAttack_OT_08_ASecondScanWhileTheCaseChanges(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for name, one := range map[string]struct {
			who  string
			do   func(id enrolment.Case, cookie string) error
			want enrolment.State
		}{
			"the first phone goes on": {"ordinary", func(_ enrolment.Case, cookie string) error {
				thief, err := w.Resume(ctx, cookie)
				if err != nil {
					return err
				}
				return w.Answer(ctx, thief, true)
			}, enrolment.Suspicious},
			"another code is given out": {"twin-a", func(c enrolment.Case, _ string) error {
				_, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
				return err
			}, enrolment.QRIssued},
		} {
			c, v := w.handed(t, people()[one.who].number)
			_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
			must(t, err)
			late := *w.Office
			late.Store = read{w.Store, sync.OnceFunc(func() { must(t, one.do(c, cookie)) })}
			if _, _, err := late.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
				t.Errorf("%s: %v", name, err)
			}
			if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.State != one.want || c.Alarms != 1 {
				t.Errorf("%s: the case is %s with %d alarms: %v", name, c.State, c.Alarms, err)
			}
		}
	})
}

// Means.md §4.5: a no is heard, also while the clerk types digits.
func TestTheCitizenSaysNoWhileTheClerkTypes(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		if _, err := w.Match(ctx, w.clerk, c.ID, other(c.Work.Match)); err == nil {
			t.Fatal("wrong digits are right")
		}
		must(t, w.Answer(ctx, c, false))
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.Suspicious {
			t.Errorf("after a no the case is %s: %v", c.State, err)
		}
	})
}
