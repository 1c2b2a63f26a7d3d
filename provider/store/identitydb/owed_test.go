package identitydb

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// That what was opened with a device is to end commits with the stop of the device: whoever dies before the end
// leaves it to be found, and what is owed anew meanwhile is not forgotten with what was done.
func TestWhatIsToEndIsOwedFromTheStopOn(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		ctx, killed := t.Context(), errors.New("killed")
		h := people()["ordinary"]
		one := enter(t, m, h.says("trusted-profile", "a"), h.registered())
		k := keeper(t, db, m)
		held, _ := threeLists(t, k, one.ID)
		owed := func() []Owed {
			t.Helper()
			all, err := db.OwedSince(ctx, 0)
			must(t, err)
			return all
		}
		if err := k.Suspend(ctx, one.ID, held[0].ID, enrolled.ByOwner, func(context.Context) error { return killed }); !errors.Is(err, killed) || len(owed()) != 0 {
			t.Fatalf("a stop that never was leaves %d to do: %v", len(owed()), err)
		}
		must(t, k.Suspend(ctx, one.ID, held[0].ID, enrolled.ByOwner))
		before := owed()
		if len(before) != 1 || before[0].Person != one.ID {
			t.Fatalf("%d owed", len(before))
		}
		if late, err := db.OwedSince(ctx, time.Hour); err != nil || len(late) != 0 {
			t.Errorf("owed for an hour: %d, %v", len(late), err)
		}
		must(t, k.Lose(ctx, one.ID, held[1].ID, enrolled.Proof{Level: identity.High})) // while the first end is being done
		must(t, db.SettleOwed(ctx, before...))
		if len(owed()) != 1 {
			t.Error("what was owed meanwhile is forgotten")
		}
		of, err := db.OwedOf(ctx, one.ID)
		must(t, err)
		must(t, db.SettleOwed(ctx, of...))
		must(t, k.SuspendCase(ctx, "case", enrolled.ByOffice))
		if len(of) != 1 || len(owed()) != 1 {
			t.Errorf("%d of the person, and after a case was stopped %d", len(of), len(owed()))
		}
	})
}

// SE-12, attacks OT-11: of somebody whose phone was lost before the rest is stopped nothing is left to be stopped but what was tied on the word
// of it: that what was opened with that is to end is owed, too.
func TestWhatWasTiedLeavesItsEndOwed(t *testing.T) {
	for name, stop := range map[string]func(*testing.T, *enrolled.Authenticators, identity.PersonID, func() enrolled.Candidate){
		"suspended": func(t *testing.T, k *enrolled.Authenticators, _ identity.PersonID, _ func() enrolled.Candidate) {
			must(t, k.SuspendCase(t.Context(), "case", enrolled.NotMe))
		},
		"replaced": func(t *testing.T, k *enrolled.Authenticators, p identity.PersonID, list func() enrolled.Candidate) {
			account, _, err := k.AccountOf(t.Context(), p)
			must(t, err)
			anew := enrolled.Binding{Person: p, Account: account, Level: identity.High, Case: "anew", Via: enrolled.ViaDesk}
			_, err = k.Supersede(t.Context(), anew, enrolled.AllEarlier, list())
			must(t, err)
		},
		"the help line": func(t *testing.T, k *enrolled.Authenticators, p identity.PersonID, _ func() enrolled.Candidate) {
			_, err := k.SuspendAll(t.Context(), p, enrolled.HelpLine)
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				h := people()["ordinary"]
				w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
				held, list := threeLists(t, w.k, w.p.ID)
				w.ties("thief", "phone")
				for _, one := range held {
					must(t, w.k.Lose(t.Context(), w.p.ID, one.ID, enrolled.Proof{Level: identity.High}))
				}
				before, err := db.OwedOf(t.Context(), w.p.ID)
				must(t, err)
				must(t, db.SettleOwed(t.Context(), before...))
				stop(t, w.k, w.p.ID, list)
				if owed, err := db.OwedOf(t.Context(), w.p.ID); err != nil || len(owed) != 1 || w.enters("thief") {
					t.Errorf("%d owed, %v; the account lets them in: %v", len(owed), err, w.enters("thief"))
				}
			})
		})
	}
}

// Attacks OT-11: between the stop of something and the end of what was opened with it no login vouches for anything: it may be of
// what was stopped. Whoever had it would add something of their own, or take it back.
func TestAttack_OT_11_NoLoginVouchesWhileItsEndIsOwed(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
		held, list := threeLists(t, w.k, w.p.ID)
		must(t, w.k.Suspend(t.Context(), w.p.ID, held[0].ID, enrolled.ByOwner))
		login := enrolled.Proof{Level: identity.High}
		acts := map[string]func() error{
			"add": func() error { _, err := w.k.Add(t.Context(), w.p.ID, login, list()); return err },
			"replace": func() error {
				_, err := w.k.Replace(t.Context(), w.p.ID, held[1].ID, login, list())
				return err
			},
			"resume": func() error { return w.k.Resume(t.Context(), w.p.ID, held[0].ID, login) },
		}
		for name, act := range acts {
			if err := act(); !errors.Is(err, enrolled.ErrTooWeak) {
				t.Errorf("%s while the end is owed: %v", name, err)
			}
		}
		must(t, w.k.Resume(t.Context(), w.p.ID, held[0].ID, enrolled.Proof{Office: "office"})) // who stands in an office is no login
		must(t, w.k.Suspend(t.Context(), w.p.ID, held[0].ID, enrolled.ByOwner))
		for _, name := range []string{"add", "resume", "replace"} {
			w.ended(db)
			must(t, acts[name]())
		}
	})
}

// Attacks OT-11: after a merge, too: two who became one log in as one.
func TestAttack_OT_11_NoLoginVouchesWhileItsEndIsOwedAfterAMerge(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		_, _, one, two, merge := couple(t, m)
		k := keeper(t, db, m)
		theirs, _ := threeLists(t, k, two.ID) // of who is merged away
		account := enrolled.NewAccount()
		_, c, err := k.NewPaperList(account)
		must(t, err)
		own, err := k.Bind(t.Context(), enrolled.Binding{Person: one.ID, Account: account, Level: identity.High, Case: "another", Via: enrolled.ViaDesk}, c)
		must(t, err)
		merge()
		must(t, k.Suspend(t.Context(), one.ID, theirs[0].ID, enrolled.ByOwner))
		settled(t, db, one.ID)
		must(t, k.Suspend(t.Context(), one.ID, own[0].ID, enrolled.ByOwner))
		if err := k.Resume(t.Context(), one.ID, theirs[0].ID, enrolled.Proof{Level: identity.High}); !errors.Is(err, enrolled.ErrTooWeak) {
			t.Errorf("taken back while the end is owed of whom they became: %v", err)
		}
	})
}
