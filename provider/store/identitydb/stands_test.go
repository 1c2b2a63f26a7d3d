package identitydb

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// Attacks OT-11, SE-02: whoever has the session of a stolen phone sends "take it back" all the time. What was under way when its
// owner stopped it waits for that; by then the session has ended, and nothing is done on its word, also where nothing is owed any
// more.
func TestAttack_OT_11_WhatWasUnderWayWhenTheLoginEnded(t *testing.T) {
	type setup struct {
		k     *enrolled.Authenticators
		p     identity.PersonID
		held  []enrolled.Device
		made  enrolled.Candidate
		login enrolled.Proof
	}
	fresh := func(context.Context) error { return nil }
	for name, act := range map[string]func(context.Context, setup) error{
		"resumed": func(ctx context.Context, s setup) error { return s.k.Resume(ctx, s.p, s.held[0].ID, s.login) },
		"lost":    func(ctx context.Context, s setup) error { return s.k.Lose(ctx, s.p, s.held[0].ID, s.login) },
		"added":   func(ctx context.Context, s setup) error { _, err := s.k.Add(ctx, s.p, s.login, s.made); return err },
		"replaced": func(ctx context.Context, s setup) error {
			_, err := s.k.Replace(ctx, s.p, s.held[1].ID, s.login, s.made)
			return err
		},
		"renewed": func(ctx context.Context, s setup) error { return s.k.Renew(ctx, s.p, s.login, s.made, fresh) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				k, p, held, list := withLists(t, db, m)
				var over atomic.Bool
				s := setup{k, p, held, list(), enrolled.Proof{Level: identity.High, Stands: func(context.Context) (bool, error) { return !over.Load(), nil }}}
				stop := func(ctx context.Context) error {
					err := k.Suspend(ctx, p, held[0].ID, enrolled.ByOwner)
					over.Store(true)
					_, settled := db.SQL(ctx).Exec("DELETE FROM owed_ends")
					return errors.Join(err, settled)
				}
				atOnce(t, db, stop, func() error {
					if err := act(t.Context(), s); !errors.Is(err, enrolled.ErrTooWeak) {
						t.Errorf("by a login that has ended: %v", err)
					}
					return nil
				})
				all, err := k.Devices(t.Context(), p)
				must(t, err)
				for _, d := range all {
					if d.ID == held[0].ID && d.State != enrolled.Suspended {
						t.Errorf("what was stopped is %s", d.State)
					}
				}
				if n := active(t, k, p); n != 2 || len(all) != 3 {
					t.Errorf("%d of %d let their owner in", n, len(all))
				}
			})
		})
	}
}

// Attacks OT-11: nor does a login that has ended, or may be of what was stopped, change by what else somebody logs in.
func TestAttack_OT_11_NoTieChangesOnTheWordOfALoginThatEnded(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
		w.ties("own", "trusted-profile")
		w.ties("off", "trusted-profile")
		all, err := m.Bindings(t.Context(), w.p.Usage)
		must(t, err)
		off := all[0]
		_, err = m.Unlink(t.Context(), w.p.Usage, off.ID, identity.Low, subject.Note{})
		must(t, err)
		account, err := m.Account(t.Context(), w.p.Usage)
		must(t, err)
		closed := true
		acts := map[string]func(subject.Note) error{
			"tied": func(n subject.Note) error {
				return m.Tie(t.Context(), w.p.Usage, h.nameless("thief"), account.Ties, []identity.Means{"trusted-profile"}, n)
			},
			"back": func(n subject.Note) error { return m.Relink(t.Context(), w.p.Usage, off.ID, identity.High, n) },
			"off": func(n subject.Note) error {
				_, err := m.Unlink(t.Context(), w.p.Usage, all[1].ID, identity.None, n)
				return err
			},
			"no ways": func(n subject.Note) error { _, err := m.WaysClosed(t.Context(), w.p.Usage, &closed, n); return err },
		}
		refused := func(how string, n subject.Note) {
			t.Helper()
			for name, act := range acts {
				if err := act(n); !errors.Is(err, subject.ErrTooWeak) && !errors.Is(err, subject.ErrStale) {
					t.Errorf("%s, %s: %v", name, how, err)
				}
			}
		}
		refused("a login that has ended", subject.Note{Stands: func(context.Context) (bool, error) { return false, nil }})
		must(t, db.Owe(t.Context(), w.p.ID))
		refused("while the end is owed", subject.Note{})
		w.ended(db)
		now, err := m.Bindings(t.Context(), w.p.Usage)
		must(t, err)
		if is, err := m.WaysClosed(t.Context(), w.p.Usage, nil, subject.Note{}); err != nil || is || len(now) != len(all) || subject.Strongest(now) != subject.Strongest(all) {
			t.Errorf("closed %t, %d ways of %d, %v", is, len(now), len(all), err)
		}
		for _, name := range []string{"tied", "back", "off", "no ways"} {
			account, err = m.Account(t.Context(), w.p.Usage)
			must(t, err)
			must(t, acts[name](subject.Note{Stands: func(context.Context) (bool, error) { return true, nil }}))
		}
	})
}
