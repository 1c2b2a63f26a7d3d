package identitydb

import (
	"context"
	"slices"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// says is an account at a bank that says no number, but where its owner is told things.
func (w *tied) says(sub, email string) identity.Authentication {
	return withEmail(w.h, email).nameless(sub)
}

// reached gives where the person is told something now.
func (w *tied) reached(db *DB) []string {
	w.t.Helper()
	all, err := notices(db).Reachable(w.t.Context(), w.p.ID)
	must(w.t, err)
	var to []string
	for _, one := range all {
		to = append(to, one.Value.RevealText())
	}
	return to
}

// Attacks OT-11, EN-01: where whoever was enrolled as somebody else had themselves told things ends with the account that
// brought it: they would hear of every login, and hold the number that stops the next enrolment. It is told once more, of the
// end itself, and as a former address for a time. What another account says, what the register says and what was there before
// stays.
func TestAttack_OT_11_WhereMessagesGoEndsWithWhatBroughtIt(t *testing.T) {
	const thief, own, registered = "thief@mail.example", "own@mail.example", "registered@mail.example"
	for name, c := range map[string]struct {
		register string
		first    string // an account of their own at the same bank, by which they are told things
		early    bool   // the enrolment is of a later day
		want     string
		told     []string // of the end
	}{
		"nowhere before":               {told: []string{thief}},
		"the register says it":         {register: registered, want: registered, told: []string{registered}},
		"their own account says it":    {first: own, told: []string{own, thief}},
		"their own account said it so": {first: own, early: true, want: own, told: []string{own}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				h := withEmail(people()["ordinary"], c.register)
				h.phone = ""
				w := &tied{t, m, keeper(t, db, m), h, enter(t, m, h.says("trusted-profile", "a"), h.registered())}
				m.Tell = func(ctx context.Context, person identity.PersonID, text string, note subject.Note) error {
					return notices(db).Told(ctx, person, text, note.Ref, note.Language, moment())
				}
				if c.first != "" {
					w.ties("first", "trusted-profile")
					_, err := m.Match(t.Context(), w.says("first", c.first), nil)
					must(t, err)
				}
				if c.early {
					_, err := db.SQL(t.Context()).Exec("UPDATE contacts SET since = since - 1")
					must(t, err)
				}
				threeLists(t, w.k, w.p.ID)
				w.ties("thief", "phone")
				if !c.early {
					_, err := m.Match(t.Context(), w.says("thief", thief), nil)
					must(t, err)
				}
				told(t, db)
				must(t, w.k.SuspendCase(t.Context(), "case", enrolled.NotMe))
				var want []string
				if c.want != "" {
					want = []string{c.want}
				}
				if got := w.reached(db); !slices.Equal(got, want) {
					t.Errorf("told things at %d addresses, want %q", len(got), c.want)
				}
				got := told(t, db)
				for _, to := range c.told {
					if len(got[to]) != 1 {
						t.Errorf("one of %d was told %d times of the end", len(c.told), len(got[to]))
					}
				}
				if len(got) != len(c.told) {
					t.Errorf("%d addresses were told of the end", len(got))
				}
				if c.first == "" || c.early {
					return
				}
				_, err := m.Match(t.Context(), w.says("first", c.first), nil) // the next login of their own
				must(t, err)
				if got := w.reached(db); !slices.Equal(got, []string{c.first}) {
					t.Errorf("after their next login told things at %d addresses", len(got))
				}
			})
		})
	}
}
