package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// underway brings a case of the clerk's to a step, with the cookie of its phone where one has come.
func (w *town) underway(t *testing.T, step enrolment.State, number string) (c enrolment.Case, cookie string) {
	t.Helper()
	ctx := t.Context()
	if step == enrolment.LookedUp {
		return w.lookedUp(t, number), ""
	}
	c, v := w.handed(t, number)
	if step == enrolment.QRIssued {
		return c, ""
	}
	c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
	must(t, err)
	match := c.Work.Match
	switch step {
	case enrolment.Claimed: // its digits typed
		c, err = w.Match(ctx, w.clerk, c.ID, match)
		must(t, err)
	case enrolment.KeyBound:
		must(t, w.phone(ctx, cookie))
	case enrolment.Confirmed: // and it waits for a register
		w.country.status = register.Unknown
		must(t, w.phone(ctx, cookie))
		c, err = w.Match(ctx, w.clerk, c.ID, match)
		must(t, err)
		w.country.status = register.Valid
	case enrolment.Suspicious:
		must(t, w.Answer(ctx, c, false))
	}
	return c, cookie
}

// steps gives the entries of a case's steps by an act.
func (w *town) steps(t *testing.T, c enrolment.Case, act enrolment.Act) (all []journal.Entry) {
	t.Helper()
	rows, err := w.db.Trail(t.Context(), c.Number)
	must(t, err)
	for _, row := range rows {
		e, err := row.Entry()
		must(t, err)
		if e.Kind == journal.CaseStep && e.Text("act") == string(act) {
			all = append(all, e)
		}
	}
	return all
}

// Attacks IN-10, means.md §4.2: what a security officer stops while it is under way ends there, at every step, even where a
// register kept it waiting; on record with who and why, seen by officers, clerk and phone. Nothing comes of it afterwards.
func TestAttack_IN_10_AnOfficerStopsWhatIsUnderWay(t *testing.T) {
	states := []enrolment.State{enrolment.LookedUp, enrolment.QRIssued, enrolment.Claimed, enrolment.KeyBound, enrolment.Confirmed, enrolment.Suspicious}
	for _, act := range []enrolment.Act{enrolment.Suspend, enrolment.Revoke} {
		t.Run(string(act), func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx := t.Context()
				officer := w.officer(t)
				stop := map[enrolment.Act]func(enrolment.Case) error{
					enrolment.Suspend: func(c enrolment.Case) error { return w.Suspend(ctx, officer, c.ID, "clerk") },
					enrolment.Revoke:  func(c enrolment.Case) error { return w.Revoke(ctx, officer, c.ID, "clerk") },
				}[act]
				for n, step := range states {
					c, cookie := w.underway(t, step, invented(40+n))
					rows, err := w.db.Cases(ctx, enrolment.Query{ID: c.ID})
					must(t, err)
					if rows[0].State != step {
						t.Fatalf("it is %s, not %s", rows[0].State, step)
					}
					if stops, err := w.Stoppable(ctx, rows[0].Case); err != nil || !stops {
						t.Errorf("%s: no stop is offered: %v", step, err)
					}
					for range 2 { // pressed twice
						must(t, stop(c))
					}
					now := w.state(t, c)
					if now.State != enrolment.Cancelled || now.Work.Ended != enrolment.ByOfficer || now.Decided.IsZero() {
						t.Errorf("%s: it is %s, %q", step, now.State, now.Work.Ended)
					}
					if all := w.steps(t, c, act); len(all) != 1 || all[0].Text("why") != "clerk" || all[0].Text("by") != officer.Member.ID.String() || all[0].Text("from") != string(step) {
						t.Errorf("%s: %d entries", step, len(all))
					}
					watch, err := w.Watch(ctx, officer)
					must(t, err)
					stopped, err := w.WhoStopped(ctx, officer, watch.Alarming)
					must(t, err)
					if s := stopped[c.ID]; s.Why != "clerk" || s.By != officer.Member.ID {
						t.Errorf("%s: the officers' list says %q", step, s.Why)
					}
					must(t, w.FinishConfirmed(ctx))
					if cookie == "" {
						continue
					}
					phone, err := w.Resume(ctx, cookie)
					must(t, err)
					if screen := enrolment.ScreenOf(phone); screen != enrolment.ShowEnded {
						t.Errorf("%s: the phone shows %s", step, screen)
					}
				}
				if n := len(w.country.bound); n != 0 || w.told(t) != 0 {
					t.Errorf("%d keys came of it", n)
				}
			})
		})
	}
}

// Attacks IN-10, IN-05: the code of a case that was stopped is worth nothing, and only an officer of its institution stops
// it, for a reason of the list.
func TestAttack_IN_10_TheCodeOfWhatWasStopped(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		officer := w.officer(t)
		must(t, w.staff.Open(ctx, staff.Institution{ID: "province", Name: "Województwo"}, staff.Office{ID: "hall-1", Name: "hall-1", Zone: "Europe/Warsaw"}, "root"))
		foreign := w.named(t, "Bogna Wojewódzka", 9008, "hall-1", staff.SecurityOfficer)
		c := w.signed(t, people()["ordinary"].number)
		v := w.atHome(t, c.ID)
		if err := w.Suspend(ctx, foreign, c.ID, "clerk"); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("by an officer of another institution: %v", err)
		}
		if err := w.Suspend(ctx, officer, c.ID, "because"); !refusedFor(err, "reason") {
			t.Errorf("for no reason of the list: %v", err)
		}
		for who, a := range map[string]enrolment.Actor{"its clerk": w.clerk, "the administrator": w.boss} {
			if err := w.Suspend(ctx, a, c.ID, "clerk"); !errors.Is(err, staff.ErrNobody) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if now := w.state(t, c); now.State != enrolment.QRIssued {
			t.Fatalf("it is %s", now.State)
		}
		must(t, w.Suspend(ctx, officer, c.ID, "review"))
		wait(48 * time.Hour)
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("its code: %v", err)
		}
		if _, _, err := w.ClaimCode(ctx, c.Number, v.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("typed: %v", err)
		}
		if now := w.state(t, c); now.State != enrolment.Cancelled {
			t.Errorf("it is %s", now.State)
		}
	})
}

// Attacks IN-10: what a clerk handed out goes no further once somebody ended or locked their appointment: not to a phone,
// not to a key, not into use. It freezes with an alarm, and the citizen's phone says so. Who reached the day's limit did
// nothing wrong, and what they handed out goes on.
func TestAttack_IN_10_WhatAClerkHandedOutWhoWorksNoMore(t *testing.T) {
	for name, row := range map[string]struct {
		stop func(*town) error
		goes bool
	}{
		"ended": {func(w *town) error {
			return w.staff.End(t.Context(), w.boss.Member, w.clerk.Member.ID, "administrator")
		}, false},
		"locked":             {func(w *town) error { return w.staff.Lock(t.Context(), w.boss.Member, w.clerk.Member.ID, "security") }, false},
		"at the day's limit": {func(w *town) error { return w.staff.Exhausted(t.Context(), w.clerk.Member) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx := t.Context()
				out, v := w.handed(t, invented(41))
				waits, _ := w.underway(t, enrolment.Confirmed, invented(42))
				begun, cookie := w.underway(t, enrolment.Claimed, invented(43))
				must(t, row.stop(w))
				_, other, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
				if row.goes {
					must(t, err)
					must(t, w.phone(ctx, other))
				} else if !errors.Is(err, enrolment.ErrVoucher) {
					t.Errorf("its code: %v", err)
				}
				if err := w.phone(ctx, cookie); row.goes != (err == nil) {
					t.Errorf("the key: %v", err)
				}
				must(t, w.FinishConfirmed(ctx))
				want := []enrolment.State{enrolment.Suspicious, enrolment.Suspicious, enrolment.Suspicious}
				if row.goes {
					want = []enrolment.State{enrolment.KeyBound, enrolment.Active, enrolment.Active}
				}
				for i, c := range []enrolment.Case{out, waits, begun} {
					now := w.state(t, c)
					if froze := now.StoppedBy() == enrolment.ClerkStopped && now.Alarms == 1; now.State != want[i] || froze == row.goes {
						t.Errorf("%d: it is %s, by %q, with %d alarms", i, now.State, now.StoppedBy(), now.Alarms)
					}
				}
				if row.goes {
					return
				}
				if phone, err := w.Resume(ctx, cookie); err != nil || enrolment.ScreenOf(phone) != enrolment.ShowFrozen {
					t.Errorf("the phone: %v", err)
				}
				if ended, err := w.Cancel(ctx, w.boss, begun.ID, "clerk_away"); err != nil || ended.State != enrolment.Cancelled {
					t.Errorf("the administrator ends it: %v", err)
				}
			})
		})
	}
}

// Attacks IN-10, OT-07: a phone at the desk asks for more time for a day's work at most, whoever typed its digits; one at
// home for longer.
func TestAttack_OT_07_APhoneAtTheDeskOutlivesNoDay(t *testing.T) {
	for mode, want := range map[enrolment.Mode]enrolment.State{enrolment.AtDesk: enrolment.Expired, enrolment.AtHome: enrolment.Claimed} {
		t.Run(string(mode), func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				c := w.signed(t, people()["ordinary"].number)
				wait(10 * time.Hour) // before the phone came, which counts against nobody
				w.clerk.Proved = w.now()
				w.confirmed(t, c.ID, "email")
				c, v, err := w.HandOver(ctx, w.clerk, c.ID, mode)
				must(t, err)
				_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
				must(t, err)
				for n := range 40 {
					wait(14 * time.Minute)
					at, err := w.Resume(ctx, cookie)
					must(t, err)
					if n < 30 && at.State != enrolment.Claimed {
						t.Fatalf("after %d quarters of an hour it is %s", n+1, at.State)
					}
					must(t, w.Extend(ctx, at))
				}
				if now := w.state(t, c); now.State != want {
					t.Errorf("it is %s", now.State)
				}
			})
		})
	}
}
