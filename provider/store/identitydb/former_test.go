package identitydb

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/outbox"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// letters keeps to whom what was sent.
type letters struct {
	mu   sync.Mutex
	sent map[string][]string // texts by address
}

func (l *letters) Send(_ context.Context, m outbox.Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[m.To.Reveal()] = append(l.sent[m.To.Reveal()], m.Subject)
	return nil
}

// told sends all that is queued, and gives what each address got.
func told(t *testing.T, db *DB) map[string][]string {
	t.Helper()
	box := &letters{sent: map[string][]string{}}
	for n := 1; n > 0; {
		var err error
		if n, err = worker(db, box).Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return box.sent
}

func withEmail(h human, email string) human { h.email = email; return h }

// Attacks EN-01, means.md R-ENR-07: whoever bends an address first, in the register or at a means, is not the
// only one who is told that a new way to log in was set up. The second half of a code goes to the new one only.
func TestR_ENR_07_TheFormerAddressIsTold(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		person := enter(t, m, h.says("trusted-profile", "tp"), withEmail(h, "mine@mail.example").registered())
		if _, err := m.Enrol(t.Context(), *withEmail(h, "thief@mail.example").registered()); err != nil { // a look at a desk
			t.Fatal(err)
		}
		n := notices(db)
		queued, err := n.Enrolled(t.Context(), person.ID, "pl", "login.example", "ABCDE-12345-6", moment())
		if err != nil || queued < 2 {
			t.Fatalf("%d queued, %v", queued, err)
		}
		if strings.Contains(dump(t, db, "messages", "former_contacts"), "mine@mail.example") {
			t.Error("an address lies open in the database")
		}
		got := told(t, db)
		for _, address := range []string{"mine@mail.example", "thief@mail.example"} {
			if !slices.Equal(got[address], []string{"pl message.enrolled"}) {
				t.Errorf("one of the two was sent %v", got[address])
			}
		}
		if err := n.Told(t.Context(), person.ID, "message.linked", "ABCD-EFGH", "", moment()); err != nil {
			t.Fatal(err)
		}
		if got := told(t, db); len(got["mine@mail.example"]) != 1 {
			t.Errorf("a further way was told %v", got)
		}
		reached, err := n.Reachable(t.Context(), person.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.SecondHalf(t.Context(), person.ID, reached, "pl", "login.example", "123456", moment()); err != nil {
			t.Fatal(err)
		}
		if got := told(t, db); len(got["mine@mail.example"]) != 0 || len(got["thief@mail.example"]) != 1 {
			t.Errorf("the second half of a code was sent to %d addresses", len(got))
		}
	})
}

// Attacks EN-01, means.md R-ENR-13: what puts aside all that is stronger is told as widely as what adds to it: whoever
// bent an address first and shows a false document in an emergency is not the only one who hears of it.
func TestAttack_EN_01_TheFormerAddressIsToldOfAnEmergency(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		person := enter(t, m, h.says("trusted-profile", "tp"), withEmail(h, "mine@mail.example").registered())
		if _, err := m.Enrol(t.Context(), *withEmail(h, "thief@mail.example").registered()); err != nil {
			t.Fatal(err)
		}
		n := notices(db)
		most, err := n.Enrolled(t.Context(), person.ID, "pl", "login.example", "ABCDE-12345-6", moment())
		if err != nil {
			t.Fatal(err)
		}
		told(t, db)
		queued, err := n.Meanwhile(t.Context(), person.ID, "pl", "login.example", "ABCDE-12345-6", moment())
		got := told(t, db)
		if err != nil || queued != most || !slices.Equal(got["mine@mail.example"], []string{"pl message.meanwhile"}) || !slices.Equal(got["thief@mail.example"], got["mine@mail.example"]) {
			t.Errorf("%d queued of %d, %d of them to the former address: %v", queued, most, len(got["mine@mail.example"]), err)
		}
	})
}

// An address that is in use again is told once; one that was only confirmed by a better source is no former
// one; and changing it again and again pushes none out.
func TestR_ENR_07_WhichAddressesAreFormer(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		plain := withEmail(h, "")
		person := enter(t, m, withEmail(h, "first@mail.example").says("bank-one", "b"), plain.registered())
		former := func() []string {
			t.Helper()
			all, err := m.Former(t.Context(), person.ID)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, a := range all {
				texts = append(texts, a.Value.RevealText())
			}
			slices.Sort(texts)
			return texts
		}
		look := func(email string) {
			t.Helper()
			if _, err := m.Enrol(t.Context(), *withEmail(h, email).registered()); err != nil {
				t.Fatal(err)
			}
		}
		look("first@mail.example")
		if got := former(); len(got) != 0 {
			t.Errorf("confirmed by the register: %d former", len(got))
		}
		look("second@mail.example")
		look("first@mail.example")
		if got := former(); !slices.Equal(got, []string{"second@mail.example"}) {
			t.Errorf("there and back: %d former", len(got))
		}
		for i := range 12 {
			look(strings.Repeat("x", i+1) + "@mail.example")
		}
		if got := former(); len(got) > 8 || !slices.Contains(got, "first@mail.example") || !slices.Contains(got, "second@mail.example") {
			t.Errorf("after many changes: %d former, or the first ones are not among them", len(got))
		}
	})
}

// Two that replace an address at once leave neither the old one nor the one between out.
func TestR_ENR_07_ReplacedAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		replicas := []*subject.Matcher{matcher(open(t, d)), matcher(open(t, d))}
		h := people()["ordinary"]
		person := enter(t, replicas[0], h.says("trusted-profile", "tp"), withEmail(h, "mine@mail.example").registered())
		var all sync.WaitGroup
		for i, email := range []string{"one@mail.example", "two@mail.example"} {
			all.Go(func() {
				if _, err := replicas[i].Enrol(t.Context(), *withEmail(h, email).registered()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		addresses, err := replicas[0].Former(t.Context(), person.ID)
		if err != nil || len(addresses) != 2 {
			t.Errorf("%d former addresses, want the one of before and the one between (%v)", len(addresses), err)
		}
	})
}

// Former addresses are kept for thirty days, and no longer.
func TestFormerAddressesAreSwept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		var shift time.Duration
		db := open(t, d)
		db.Shift = func() time.Duration { return shift }
		m := matcher(db)
		h := people()["ordinary"]
		person := enter(t, m, h.says("trusted-profile", "tp"), withEmail(h, "mine@mail.example").registered())
		if _, err := m.Enrol(t.Context(), *withEmail(h, "new@mail.example").registered()); err != nil {
			t.Fatal(err)
		}
		const kept = 30 * 24 * time.Hour
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {29 * 24 * time.Hour, 1}, {32 * 24 * time.Hour, 0}} {
			shift = c.after
			if err := db.SweepContacts(t.Context(), kept); err != nil {
				t.Fatal(err)
			}
			all, err := m.Former(t.Context(), person.ID)
			if err != nil || len(all) != c.want {
				t.Errorf("after %s: %d former addresses, %v", c.after, len(all), err)
			}
		}
		if got, err := m.Address(t.Context(), person.ID, identity.AttributeName("email")); err != nil || got.Reveal() != "new@mail.example" {
			t.Errorf("the one in use: %v", err)
		}
	})
}
