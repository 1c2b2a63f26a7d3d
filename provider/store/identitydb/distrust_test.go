package identitydb

import (
	"context"
	"errors"
	"slices"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// tied is one who has ways to log in that a desk gave them, and ties further ones on the word of some.
type tied struct {
	t *testing.T
	m *subject.Matcher
	k *enrolled.Authenticators
	h human
	p identity.Person
}

// ties ties a bank's account to the person, who has logged in by some means.
func (w *tied) ties(sub string, by ...identity.Means) {
	w.t.Helper()
	account, err := w.m.Account(w.t.Context(), w.p.Usage)
	must(w.t, err)
	must(w.t, w.m.Tie(w.t.Context(), w.p.Usage, w.h.nameless(sub), account.Ties, by, subject.Note{}))
}

// enters reports whether an account of the bank lets its holder in as the person.
func (w *tied) enters(sub string) bool {
	w.t.Helper()
	who, err := w.m.Match(w.t.Context(), w.h.nameless(sub), nil)
	if err != nil && !errors.Is(err, subject.ErrUnlinked) {
		w.t.Fatal(err)
	}
	return err == nil && who.ID == w.p.ID
}

// ended has ended what the person holds elsewhere.
func (w *tied) ended(db *DB) {
	w.t.Helper()
	settled(w.t, db, w.p.ID)
}

// settled has ended what somebody holds elsewhere.
func settled(t *testing.T, db *DB, person identity.PersonID) {
	t.Helper()
	owed, err := db.OwedOf(t.Context(), person)
	must(t, err)
	must(t, db.SettleOwed(t.Context(), owed...))
}

// Attacks OT-11, architecture §7: whoever was enrolled as somebody else and tied an account of their own to them keeps nothing
// when the enrolment is stopped, for a while or for good: neither that account nor what they tied on the word of it, nor a tie
// of which they had proved all and not said yes. What the citizen tied before, or by a way of their own, stays; and they may tie
// anew what has ended.
func TestAttack_OT_11_WhatIsTiedOnTheWordOfAnEnrolmentEndsWithIt(t *testing.T) {
	for name, stop := range map[string]func(*enrolled.Authenticators, *testing.T) error{
		"for a while": func(k *enrolled.Authenticators, t *testing.T) error {
			return k.SuspendCase(t.Context(), "case", enrolled.NotMe)
		},
		"for good": func(k *enrolled.Authenticators, t *testing.T) error {
			return k.RevokeCase(t.Context(), "case", enrolled.ByOffice)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				h := people()["ordinary"]
				told := map[string]int{}
				m.Tell = func(_ context.Context, _ identity.PersonID, text string, note subject.Note) error {
					if told[text]++; note.Ref == "" && text == "message.untied" {
						t.Error("nothing to quote")
					}
					return nil
				}
				w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
				w.ties("early", "phone")
				_, err := db.SQL(t.Context()).Exec("UPDATE links SET since = since - 1")
				must(t, err)
				threeLists(t, w.k, w.p.ID)
				w.ties("own", "trusted-profile")
				w.ties("thief", "phone")
				w.ties("unknown")
				w.ties("further", "bank-two", "trusted-profile")
				pending, err := m.Account(t.Context(), w.p.Usage)
				must(t, err)
				must(t, stop(w.k, t))
				for sub, want := range map[string]bool{"early": true, "own": true, "thief": false, "unknown": false, "further": false} {
					if w.enters(sub) != want {
						t.Errorf("%s: lets them in %v", sub, !want)
					}
				}
				if err := m.Tie(t.Context(), w.p.Usage, h.nameless("pending"), pending.Ties, []identity.Means{"phone"}, subject.Note{}); !errors.Is(err, subject.ErrStale) {
					t.Errorf("what was proved before the stop ties: %v", err)
				}
				if told["message.untied"] != 1 {
					t.Errorf("their owner hears of it %d times", told["message.untied"])
				}
				open, err := m.Account(t.Context(), w.p.Usage)
				must(t, err)
				if err := m.Tie(t.Context(), w.p.Usage, h.nameless("open"), open.Ties, []identity.Means{"phone"}, subject.Note{}); !errors.Is(err, subject.ErrStale) {
					t.Errorf("what is open still, and is to end, ties: %v", err)
				}
				w.ended(db)
				if w.ties("thief", "trusted-profile"); !w.enters("thief") {
					t.Error("what ended is not tied anew")
				}
			})
		})
	}
}

// takesOff takes the account of a bank off, as its owner does in the portal.
func (w *tied) takesOff(means identity.Means) {
	w.t.Helper()
	all, err := w.m.Bindings(w.t.Context(), w.p.Usage)
	must(w.t, err)
	i := slices.IndexFunc(all, func(b subject.Binding) bool { return b.Means == means && b.Ended == 0 })
	_, err = w.m.Unlink(w.t.Context(), w.p.Usage, all[i].ID, identity.Low, subject.Note{})
	must(w.t, err)
}

// at is somebody's account at another bank that says no number.
func (w *tied) at(bank identity.Means) identity.Authentication {
	auth := w.h.nameless("thief")
	auth.Means, auth.Issuer = bank, "https://"+string(bank)+".example"
	return auth
}

// tiesAt ties it to the person, who has logged in by some means.
func (w *tied) tiesAt(bank identity.Means, by ...identity.Means) {
	w.t.Helper()
	account, err := w.m.Account(w.t.Context(), w.p.Usage)
	must(w.t, err)
	must(w.t, w.m.Tie(w.t.Context(), w.p.Usage, w.at(bank), account.Ties, by, subject.Note{}))
}

// Attacks OT-11: what rests on an enrolment goes on to rest on it when the account in between is taken off, or was tied
// anew by what it had vouched for itself.
func TestAttack_OT_11_AnAccountInBetweenHidesNothing(t *testing.T) {
	for name, hides := range map[string]func(*tied){
		"taken off":   func(w *tied) { w.takesOff("bank-three") },
		"in a circle": func(w *tied) { w.takesOff("bank-three"); w.tiesAt("bank-three", "bank-four") },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				h := people()["ordinary"]
				w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
				threeLists(t, w.k, w.p.ID)
				w.tiesAt("bank-three", "phone")
				w.tiesAt("bank-four", "bank-three")
				hides(w)
				must(t, w.k.SuspendCase(t.Context(), "case", enrolled.NotMe))
				for _, bank := range []identity.Means{"bank-three", "bank-four"} {
					if who, err := m.Match(t.Context(), w.at(bank), nil); err == nil {
						t.Errorf("%s lets them in as %v", bank, who.ID == w.p.ID)
					}
				}
				all, err := m.Bindings(t.Context(), w.p.Usage)
				must(t, err)
				for _, b := range all {
					if err := m.Relink(t.Context(), w.p.Usage, b.ID, identity.High, subject.Note{}); b.Ended != 0 && !errors.Is(err, subject.ErrTooLate) {
						t.Errorf("%s comes back as it was: %v", b.Means, err)
					}
				}
			})
		})
	}
}

// Attacks OT-11, means.md R-PER-06: a foreign number that came with an account brings nobody back once the tie has ended with
// what it rested on, by whichever means it is told, nor what was tied by it alone; proof of both does.
func TestAttack_OT_11_NoForeignNumberBringsBackWhatWasStopped(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		m.Persistence = map[string]subject.Persistence{"SE": subject.Lasting}
		h := people()["ordinary"]
		w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
		threeLists(t, w.k, w.p.ID)
		foreign := func(node identity.Means) identity.Authentication {
			m.Authoritative[node] = []string{"EIDASSE"}
			auth := h.says(node, "SE/PL/1")
			auth.Identifiers = []identity.Identifier{parse("EIDASSE-SE/PL/1")}
			return auth
		}
		ties := func(by identity.Means) {
			account, err := m.Account(t.Context(), w.p.Usage)
			must(t, err)
			must(t, m.Tie(t.Context(), w.p.Usage, foreign("node"), account.Ties, []identity.Means{by}, subject.Note{}))
			for _, node := range []identity.Means{"node", "other-node"} {
				if who := enter(t, m, foreign(node), nil); who.ID != w.p.ID {
					t.Fatalf("%s: tied, it logs nobody in", node)
				}
			}
		}
		ties("phone")
		must(t, w.k.SuspendCase(t.Context(), "case", enrolled.NotMe))
		for _, node := range []identity.Means{"node", "other-node", "third-node"} {
			if _, err := m.Match(t.Context(), foreign(node), nil); !errors.Is(err, subject.ErrUnlinked) {
				t.Errorf("%s: it outlives the stop: %v", node, err)
			}
		}
		w.ended(db)
		ties("trusted-profile")
		must(t, w.k.RevokeCase(t.Context(), "case", enrolled.ByOffice))
		if enter(t, m, foreign("node"), nil).ID != enter(t, m, foreign("other-node"), nil).ID {
			t.Error("what was tied anew by something else ends, too")
		}
	})
}
