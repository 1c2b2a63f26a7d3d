package identitydb

import (
	"context"
	"errors"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
	"symbolon/provider/subject"
)

// meanwhile begins an act inside of a transaction that is under way, and goes on when the act is over or waits for what
// the transaction holds. SQLite has one writer: there it waits for the transaction itself, and nothing shows it.
func meanwhile(ctx context.Context, db *DB, act func() error) (done chan error, err error) {
	done = make(chan error, 1)
	over := make(chan error, 1)
	go func() {
		err := act()
		done <- err
		over <- err
	}()
	if db.Dialect() != store.PostgreSQL {
		return done, nil
	}
	const held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()"
	for n := 0; n == 0; {
		select {
		case <-over:
			return done, nil
		default:
		}
		if err := db.SQL(ctx).Row(held, nil, &n); err != nil { // its deadline ends the loop
			return done, err
		}
	}
	return done, nil
}

// atOnce runs an act in a transaction and, while it is under way, what somebody else does at that moment.
func atOnce(t *testing.T, db *DB, act func(context.Context) error, other func() error) {
	t.Helper()
	var done chan error
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		err := act(ctx)
		if err == nil {
			done, err = meanwhile(ctx, db, other)
		}
		return err
	})
	must(t, err)
	must(t, <-done)
}

// withLists is an ordinary citizen who holds three lists of codes.
func withLists(t *testing.T, db *DB, m *subject.Matcher) (k *enrolled.Authenticators, p identity.PersonID, held []enrolled.Device, list func() enrolled.Candidate) {
	t.Helper()
	h := people()["ordinary"]
	p, k = enter(t, m, h.says("trusted-profile", "a"), h.registered()).ID, keeper(t, db, m)
	held, list = threeLists(t, k, p)
	return k, p, held, list
}

// active counts what of a person's lets somebody in.
func active(t *testing.T, k *enrolled.Authenticators, person identity.PersonID) (n int) {
	t.Helper()
	all, err := k.Devices(t.Context(), person)
	must(t, err)
	for _, d := range all {
		if d.State == enrolled.Active {
			n++
		}
	}
	return n
}

// Attacks OT-11: whoever adds a way to log in, or lets one work again, at the very moment at which all that came of an
// enrolment is stopped, keeps nothing: what is under way is over first, and stopped then.
func TestAttack_OT_11_WhatIsUnderWayWhileAllIsStopped(t *testing.T) {
	stops := map[string]func(context.Context, *enrolled.Authenticators, identity.PersonID) error{
		"suspended": func(ctx context.Context, k *enrolled.Authenticators, _ identity.PersonID) error {
			return k.SuspendCase(ctx, "case", enrolled.NotMe)
		},
		"ended": func(ctx context.Context, k *enrolled.Authenticators, _ identity.PersonID) error {
			return k.RevokeCase(ctx, "case", enrolled.ByOffice)
		},
		"the help line": func(ctx context.Context, k *enrolled.Authenticators, p identity.PersonID) error {
			_, err := k.SuspendAll(ctx, p, enrolled.HelpLine)
			return err
		},
	}
	goesOn := map[string]func(context.Context, *enrolled.Authenticators, identity.PersonID, enrolled.DeviceID, enrolled.Candidate) error{
		"added": func(ctx context.Context, k *enrolled.Authenticators, p identity.PersonID, _ enrolled.DeviceID, c enrolled.Candidate) error {
			_, err := k.Add(ctx, p, enrolled.Proof{Level: identity.High}, c)
			return err
		},
		"resumed": func(ctx context.Context, k *enrolled.Authenticators, p identity.PersonID, id enrolled.DeviceID, _ enrolled.Candidate) error {
			return k.Resume(ctx, p, id, enrolled.Proof{Level: identity.High})
		},
		"taken up": func(ctx context.Context, k *enrolled.Authenticators, p identity.PersonID, id enrolled.DeviceID, _ enrolled.Candidate) error {
			return k.TakeUp(ctx, p, id)
		},
	}
	for how, stop := range stops {
		for what, act := range goesOn {
			t.Run(what+" while "+how, func(t *testing.T) {
				each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
					k, p, held, list := withLists(t, db, m)
					must(t, k.Suspend(t.Context(), p, held[0].ID, enrolled.ByOwner))
					settled(t, db, p)
					atOnce(t, db, func(ctx context.Context) error { return act(ctx, k, p, held[0].ID, list()) }, func() error { return stop(t.Context(), k, p) })
					if n := active(t, k, p); n != 0 {
						t.Errorf("%d ways to log in outlive the stop", n)
					}
				})
			})
		}
	}
}

// Attacks OT-11, means.md §4.7: somebody enrols anew because their phone is lost, while whoever has it adds a way to log
// in: of all that was there before nothing works any more.
func TestAttack_OT_11_WhatIsAddedWhileAllIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		k, p, _, list := withLists(t, db, m)
		account, _, err := k.AccountOf(t.Context(), p)
		must(t, err)
		anew := enrolled.Binding{Person: p, Account: account, Level: identity.High, Case: "anew", Via: enrolled.ViaDesk}
		candidate := list()
		added := func(ctx context.Context) error {
			_, err := k.Add(ctx, p, enrolled.Proof{Level: identity.High}, list())
			return err
		}
		atOnce(t, db, added, func() error {
			_, err := k.Supersede(t.Context(), anew, enrolled.AllEarlier, candidate)
			return err
		})
		if n := active(t, k, p); n != 1 {
			t.Errorf("%d ways to log in work, not only the new one", n)
		}
	})
}

// Attacks OT-11, SE-02: what was handed out to somebody who was merged since logs in whom they became: what they added
// with it goes when it is stopped.
func TestAttack_OT_11_StoppedAfterAMerge(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		_, _, one, two, merge := couple(t, m)
		k := keeper(t, db, m)
		threeLists(t, k, two.ID)
		account := enrolled.NewAccount()
		_, c, err := k.NewPaperList(account)
		must(t, err)
		_, err = k.Bind(t.Context(), enrolled.Binding{Person: one.ID, Account: account, Level: identity.High, Case: "another", Via: enrolled.ViaDesk}, c)
		must(t, err)
		merge()
		_, c, err = k.NewPaperList(account)
		must(t, err)
		_, err = k.Add(t.Context(), one.ID, enrolled.Proof{Level: identity.High}, c)
		must(t, err)
		must(t, k.SuspendCase(t.Context(), "case", enrolled.NotMe))
		if n := active(t, k, one.ID); n != 1 {
			t.Errorf("%d ways to log in work, not only what another enrolment gave", n)
		}
	})
}

// Attacks OT-11, SE-02: whoever waited while two persons were made one, and adds a way to log in then, is over before all
// that came of the enrolment is stopped: they hold whom the two became.
func TestAttack_OT_11_AddedWhileTwoAreMadeOne(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		stays, goes, _, two, _ := couple(t, m)
		k := keeper(t, db, m)
		_, list := threeLists(t, k, two.ID)
		candidate := list()
		number, err := m.Report(t.Context(), parse(stays.number), parse(goes.number))
		must(t, err)
		_, _, err = m.Decide(t.Context(), number, subject.MergeTwo, nil, "anna")
		must(t, err)
		var added, stopped chan error
		stops := func(ctx context.Context) (err error) {
			stopped, err = meanwhile(ctx, db, func() error { return k.SuspendCase(t.Context(), "case", enrolled.NotMe) })
			return err
		}
		must(t, db.Atomically(t.Context(), func(ctx context.Context) error {
			_, _, err := m.Decide(ctx, number, subject.MergeTwo, nil, "bartek")
			if err == nil {
				added, err = meanwhile(ctx, db, func() error {
					_, err := k.Add(t.Context(), two.ID, enrolled.Proof{Level: identity.High}, candidate, stops)
					return err
				})
			}
			return err
		}))
		must(t, <-added)
		must(t, <-stopped)
		if n := active(t, k, two.ID); n != 0 {
			t.Errorf("%d ways to log in outlive the stop", n)
		}
	})
}

// Attacks OT-11: recovery codes that are made anew twice at the same moment leave one list: nobody keeps a second one
// that its owner knows nothing of.
func TestAttack_OT_11_CodesMadeAnewTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		k, p, _, _ := withLists(t, db, m)
		account, _, err := k.AccountOf(t.Context(), p)
		must(t, err)
		fresh := 0
		anew := func() func(context.Context) error {
			_, codes, err := k.NewRecoveryCodes(account)
			must(t, err)
			return func(ctx context.Context) error {
				first := func(context.Context) error { fresh++; return nil }
				return k.Renew(ctx, p, enrolled.Proof{Level: identity.High}, codes, first)
			}
		}
		must(t, anew()(t.Context()))
		second := anew()
		atOnce(t, db, anew(), func() error { return second(t.Context()) })
		if n := active(t, k, p); n != 3+1 || fresh != 1 {
			t.Errorf("%d lists are good, with three that were there; new ways %d times", n, fresh)
		}
	})
}

// Means.md R-ENR-13: codes that are stopped are not ended for good by what gives less than they do, nor by making new ones.
func TestAttack_OT_11_StoppedCodesAreNotMadeAnewByTheWeaker(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		ctx := t.Context()
		k, p, _, list := withLists(t, db, m)
		account, _, err := k.AccountOf(ctx, p)
		must(t, err)
		_, codes, err := k.NewRecoveryCodes(account)
		must(t, err)
		b := enrolled.Binding{Person: p, Account: account, Level: identity.High, Case: "case", Via: enrolled.ViaDesk}
		strong, err := k.Bind(ctx, b, codes)
		must(t, err)
		_, err = k.SuspendAll(ctx, p, enrolled.HelpLine)
		must(t, err)
		b.Level, b.Case = identity.Low, "weak"
		_, err = k.Bind(ctx, b, list())
		must(t, err)
		_, codes, err = k.NewRecoveryCodes(account)
		must(t, err)
		open := func(context.Context) error { return nil }
		if err := k.Renew(ctx, p, enrolled.Proof{Level: identity.Low}, codes, open); !errors.Is(err, enrolled.ErrTooWeak) {
			t.Errorf("by what is weaker: %v", err)
		}
		must(t, k.TakeUp(ctx, p, strong[0].ID))
	})
}
