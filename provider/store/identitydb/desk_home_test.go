package identitydb

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

func (c *country) SecondHalf(ctx context.Context, person identity.PersonID, to identity.Attributes, language, half string, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.half, c.halfTo = half, nil
	for _, a := range to {
		c.halfTo = append(c.halfTo, string(a.Name)+" "+a.Value.RevealText())
	}
	if c.letters != nil {
		return c.letters.SecondHalf(ctx, person, to, language, "login.example", half, at)
	}
	return nil
}

// atHome hands over a code for home, to the citizen's e-mail.
func (w *town) atHome(t *testing.T, id seal.RowID) enrolment.Voucher {
	t.Helper()
	w.confirmed(t, id, "email")
	_, v, err := w.HandOver(t.Context(), w.clerk, id, enrolment.AtHome)
	must(t, err)
	return v
}

// confirmed has the citizen confirm an address.
func (w *town) confirmed(t *testing.T, id seal.RowID, channel identity.AttributeName) {
	t.Helper()
	_, err := w.AskContact(t.Context(), w.clerk, id, channel)
	must(t, err)
	_, err = w.ConfirmContact(t.Context(), w.clerk, id, channel, w.country.code)
	must(t, err)
}

func (c *country) ContactCode(_ context.Context, _ identity.PersonID, _ identity.Attribute, _, code string, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.code = code
	return c.codeFail
}

func (c *country) Reachable(ctx context.Context, person identity.PersonID) (identity.Attributes, error) {
	return outbox.Notices{Addresses: c.book}.Reachable(ctx, person)
}

// Means.md §4.4: the second half goes to what the citizen confirmed at the desk, and nowhere else.
func TestTheSecondHalfGoesWhereTheCitizenConfirmed(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		if _, _, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtHome); !refusedFor(err, "no_channel") {
			t.Fatalf("for home although nothing was confirmed: %v", err)
		}
		shown, err := w.ContactsOf(ctx, w.clerk, c)
		must(t, err)
		if len(shown) != 2 || shown[0].Confirmed || shown[0].Asked || shown[0].Left != 3 || strings.Contains(shown[0].Shown, "konstanty") {
			t.Fatalf("the desk sees %v", shown)
		}
		w.confirmed(t, c.ID, "phone_number")
		if _, err := w.AskContact(ctx, w.clerk, c.ID, "phone_number"); !refusedFor(err, "not_now") {
			t.Errorf("asked again: %v", err)
		}
		_, err = w.AskContact(ctx, w.clerk, c.ID, "email") // sent, and never read out
		must(t, err)
		c, _, err = w.HandOver(ctx, w.clerk, c.ID, enrolment.AtHome)
		must(t, err)
		if len(w.country.halfTo) != 1 || !strings.HasPrefix(w.country.halfTo[0], "phone_number +48") {
			t.Errorf("the second half went to %d addresses", len(w.country.halfTo))
		}
		w.country.halfTo = nil
		_, _, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtHome)
		must(t, err)
		if len(w.country.halfTo) != 1 {
			t.Errorf("given anew it went to %d addresses", len(w.country.halfTo))
		}
		all := kinds(t, w.db)
		rows := dump(t, w.db, "case_contacts", "journal", "cases", "messages")
		for name, secret := range map[string]string{"code": w.country.code, "e-mail": "mail.example", "number": "+48"} {
			if liesOpen(rows, secret) {
				t.Errorf("the %s lies open", name)
			}
		}
		trail, err := w.db.Trail(ctx, c.Number)
		must(t, err)
		found := 0
		for _, row := range trail {
			e, err := row.Entry()
			must(t, err)
			if e.Text("act") == string(enrolment.ConfirmContact) && e.Text("channel") == "phone_number" {
				found++
			}
		}
		if found != 1 || all[journal.CaseAlarm] != 0 {
			t.Errorf("the journal holds %d confirmations, %d alarms", found, all[journal.CaseAlarm])
		}
	})
}

// An address that changed meanwhile is not the one that was confirmed, nor the one that a code was sent to.
func TestAnAddressThatChangedIsNotConfirmed(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		_, err := w.AskContact(ctx, w.clerk, c.ID, "email")
		must(t, err)
		first := w.country.code
		move := func(to string) {
			t.Helper()
			_, err := w.people.Enrol(ctx, *withEmail(people()["ordinary"], to).registered())
			must(t, err)
		}
		move("new@mail.example")
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", first); !refusedFor(err, "contact_late") {
			t.Fatalf("the code of another address: %v", err)
		}
		w.confirmed(t, c.ID, "email")
		c, _, err = w.HandOver(ctx, w.clerk, c.ID, enrolment.AtHome)
		must(t, err)
		move("newer@mail.example")
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtHome); !refusedFor(err, "no_channel") {
			t.Fatalf("a code anew, to an address that nobody confirmed: %v", err)
		}
		w.confirmed(t, c.ID, "email")
		_, _, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtHome)
		must(t, err)
		if len(w.country.halfTo) != 1 || w.country.halfTo[0] != "email newer@mail.example" {
			t.Errorf("it went to %d addresses", len(w.country.halfTo))
		}
		move("newest@mail.example")
		if _, err := w.AskContact(ctx, w.clerk, c.ID, "email"); !refusedFor(err, "contact_codes") {
			t.Errorf("a fourth number: %v", err)
		}
	})
}

// Attacks IN-07, OT-06: what was sent from one case confirms nothing in another, also where somebody who can write to the
// database puts it there; and no two cases can be seen to be about one address.
func TestAttack_IN_07_TheNumberOfAnotherCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		ask := func() enrolment.Case {
			t.Helper()
			c, err := w.AskContact(ctx, w.clerk, w.signed(t, number).ID, "email")
			must(t, err)
			return c
		}
		one := ask()
		code := w.country.code
		_, err := w.db.SQL(ctx).Exec("UPDATE cases SET person = NULL, state = 'cancelled' WHERE id = ?", one.ID[:])
		must(t, err)
		two := ask()
		same := 0
		must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM case_contacts a JOIN case_contacts b ON a.address = b.address AND a.case_id <> b.case_id", nil, &same))
		if same != 0 {
			t.Error("two cases show that they are about one address")
		}
		_, err = w.db.SQL(ctx).Exec("UPDATE case_contacts SET code = (SELECT code FROM case_contacts WHERE case_id = ?) WHERE case_id = ?", one.ID[:], two.ID[:])
		must(t, err)
		var wrong *enrolment.ErrWrong
		if _, err := w.ConfirmContact(ctx, w.clerk, two.ID, "email", code); !errors.As(err, &wrong) {
			t.Errorf("confirmed by another case's number: %v", err)
		}
	})
}

// Attacks OT-02: three tries a code, ten minutes, and three codes.
func TestAttack_OT_02_TheNumberOfAnAddressIsNotGuessed(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", "123456"); !refusedFor(err, "contact_late") {
			t.Fatalf("read out before one was sent: %v", err)
		}
		ask := func() {
			t.Helper()
			_, err := w.AskContact(ctx, w.clerk, c.ID, "email")
			must(t, err)
		}
		ask()
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", "12345"); !refusedFor(err, "contact_code") {
			t.Errorf("a slip of the finger: %v", err)
		}
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "phone_number", w.country.code); !refusedFor(err, "contact_late") {
			t.Errorf("for another channel: %v", err)
		}
		var wrong *enrolment.ErrWrong
		for left := 2; left >= 1; left-- {
			if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", not(w.country.code)); !errors.As(err, &wrong) || wrong.Left != left {
				t.Fatalf("a wrong number: %v", err)
			}
		}
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", not(w.country.code)); !refusedFor(err, "contact_late") {
			t.Fatalf("the third wrong one: %v", err)
		}
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", w.country.code); !refusedFor(err, "contact_late") {
			t.Fatalf("the right one after three wrong ones: %v", err)
		}
		old := w.country.code
		ask()
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", old); old != w.country.code && !errors.As(err, &wrong) {
			t.Errorf("the number before: %v", err)
		}
		wait(10*time.Minute + time.Second)
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", w.country.code); !refusedFor(err, "contact_late") {
			t.Fatalf("after ten minutes: %v", err)
		}
		ask()
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", w.country.code); err != nil {
			t.Errorf("the third number: %v", err)
		}
		wait(24 * time.Hour) // the confirmation outlives its code
		confirmed, err := w.ContactsOf(ctx, w.clerk, c)
		must(t, err)
		if !confirmed[0].Confirmed || confirmed[0].Left != 0 {
			t.Errorf("a day later: %v", confirmed)
		}
	})
}

// A confirmation is a clerk's own, of one case, and goes with it.
func TestWhoConfirmsAndForWhat(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		colleague := w.named(t, "Ludwika Sąsiednia", 9005, "room-14", staff.EnrolmentClerk)
		if _, err := w.AskContact(ctx, colleague, c.ID, "email"); !refusedFor(err, "own_case") {
			t.Errorf("a colleague: %v", err)
		}
		if _, err := w.AskContact(ctx, w.second, c.ID, "email"); err == nil {
			t.Error("who only decides sends a number")
		}
		if _, err := w.AskContact(ctx, w.away, c.ID, "email"); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("another office: %v", err)
		}
		if _, err := w.AskContact(ctx, w.clerk, c.ID, "address"); !refusedFor(err, "no_contact") {
			t.Errorf("no channel at all: %v", err)
		}
		w.country.codeFail = errors.New("the queue is full")
		if _, err := w.AskContact(ctx, w.clerk, c.ID, "email"); err == nil {
			t.Error("a number that was not sent is said to be")
		}
		w.country.codeFail = nil
		_, err := w.AskContact(ctx, w.clerk, c.ID, "email")
		must(t, err)
		if _, err := w.ConfirmContact(ctx, colleague, c.ID, "email", w.country.code); !refusedFor(err, "own_case") {
			t.Errorf("typed by a colleague: %v", err)
		}
		other := w.signed(t, invented(78))
		if _, err := w.ConfirmContact(ctx, w.clerk, other.ID, "email", w.country.code); !refusedFor(err, "contact_late") {
			t.Errorf("for another case: %v", err)
		}
		if seen, err := w.ContactsOf(ctx, colleague, c); err != nil || len(seen) != 0 {
			t.Errorf("a colleague sees %d addresses: %v", len(seen), err)
		}
		var done sync.WaitGroup
		var right atomic.Int32
		for range 8 { // pressed by impatient fingers
			done.Go(func() {
				if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", w.country.code); err == nil {
					right.Add(1)
				}
			})
		}
		done.Wait()
		if right.Load() != 1 {
			t.Errorf("confirmed %d times at once", right.Load())
		}
		_, err = w.Cancel(ctx, w.clerk, c.ID, c.Endings()[0])
		must(t, err)
		var left int
		must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM case_contacts", nil, &left))
		if left != 0 {
			t.Errorf("%d addresses stay with a case that has ended", left)
		}
		if _, err := w.ConfirmContact(ctx, w.clerk, c.ID, "email", w.country.code); !refusedFor(err, "not_now") {
			t.Errorf("after the end: %v", err)
		}
	})
}

// not gives another number of as many digits.
func not(code string) string {
	other := "0"
	if code[:1] == "0" {
		other = "1"
	}
	return other + code[1:]
}
