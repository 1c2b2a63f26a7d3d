package identitydb

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/limit"
	"symbolon/provider/staff"
)

// counters play the usage database's counters.
type counters struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counters) Count(_ context.Context, r limit.Rule, key [32]byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[r.Name+string(key[:])]++
	return c.n[r.Name+string(key[:])], nil
}

// asks lets a phone come first and gives its cookie and what it shows.
func (w *town) asks(t *testing.T) (string, enrolment.Waiting) {
	t.Helper()
	cookie, err := w.Ask(t.Context(), enrolment.Phone{Key: phoneKey(t), Language: "ar", From: "192.0.2.7"})
	must(t, err)
	shown, err := w.Waits(t.Context(), cookie)
	must(t, err)
	return cookie, shown
}

// meets gives the case of somebody who has signed, and a phone that shows a code: its cookie and what it shows.
func (w *town) meets(t *testing.T) (enrolment.Case, string, enrolment.Waiting) {
	t.Helper()
	c := w.signed(t, people()["ordinary"].number)
	cookie, shown := w.asks(t)
	return c, cookie, shown
}

func (w *town) state(t *testing.T, c enrolment.Case) enrolment.Case {
	t.Helper()
	c, err := w.Case(t.Context(), enrolment.Actor{}, c.ID)
	must(t, err)
	return c
}

// Means.md §4.4, variant B: the clerk scans what the phone shows, or types it; the rest is as after a claim.
func TestThePhoneComesFirst(t *testing.T) {
	for _, how := range []string{"address", "fragment", "code"} {
		t.Run(how, func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx := t.Context()
				c, cookie, shown := w.meets(t)
				if _, err := w.Resume(ctx, cookie); !errors.Is(err, enrolment.ErrPhone) {
					t.Errorf("a phone that waits has a case: %v", err)
				}
				text := map[string]string{"address": "https://id.example/c#" + shown.Fragment, "fragment": shown.Fragment + "\r\n", "code": strings.ToLower(shown.Code)}[how]
				c, err := w.Scan(ctx, w.clerk, c.ID, text)
				must(t, err)
				if c.State != enrolment.Claimed || c.Level != identity.High || c.Work.Language != "ar" || len(c.DeviceKey) != 65 || len(c.Work.Match) != 3 || c.Reissues != 0 {
					t.Errorf("%s, %v, %d new codes, a key of %d bytes", c.State, c.Level, c.Reissues, len(c.DeviceKey))
				}
				if _, err := w.Waits(ctx, cookie); !errors.Is(err, enrolment.ErrPhone) {
					t.Errorf("a phone that was taken waits still: %v", err)
				}
				must(t, w.phone(ctx, cookie))
				c, err = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
				must(t, err)
				if c.State != enrolment.Active || w.told(t) != 1 {
					t.Errorf("%s, %d told", c.State, w.told(t))
				}
			})
		})
	}
}

// Attacks OT-05, OT-06: one phone is scanned at eight desks at once. One case has it; it stops, because one of
// the two who show the code is not the phone's owner, and every case has an alarm.
func TestAttack_OT_05_OnePhoneScannedAtManyDesks(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.LookUps = 1000
		var cases []enrolment.Case
		for n := range 8 {
			cases = append(cases, w.signed(t, invented(300+n)))
		}
		_, shown := w.asks(t)
		var all sync.WaitGroup
		var taken, refused atomic.Int32
		for _, c := range cases {
			all.Go(func() {
				_, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment)
				switch {
				case err == nil:
					taken.Add(1)
				case refusedFor(err, "phone_used"):
					refused.Add(1)
				default:
					t.Errorf("scanned: %v", err)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 || refused.Load() != 7 {
			t.Errorf("%d cases have the phone, %d do not", taken.Load(), refused.Load())
		}
		stopped := 0
		for _, c := range cases {
			switch c = w.state(t, c); {
			case c.State == enrolment.Suspicious:
				stopped++
			case c.State != enrolment.Signed || c.Alarms == 0 || len(c.Device) != 0:
				t.Errorf("%s with %d alarms", c.State, c.Alarms)
			}
		}
		if stopped != 1 {
			t.Errorf("%d cases are stopped", stopped)
		}
	})
}

// A scanner that sends its line twice, or a clerk who presses twice, stops nothing and counts once.
func TestOnePhoneScannedTwiceIntoOneCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, _, shown := w.meets(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); err != nil && !errors.Is(err, enrolment.ErrConflict) && !refusedFor(err, "phone_late") {
					t.Errorf("once more: %v", err)
				}
			})
		}
		all.Wait()
		if c, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); err != nil || c.State != enrolment.Claimed || c.Reissues != 0 || c.Alarms != 0 {
			t.Errorf("%s, %d new codes, %d alarms, %v", c.State, c.Reissues, c.Alarms, err)
		}
	})
}

// Attacks OT-06, OT-08: what an attacker's phone shows is held up instead of the citizen's. The clerk asks for
// the digits, and the citizen's phone has none to read out; two tries later the case is stopped.
func TestAttack_OT_08_AnotherPhoneIsHeldUp(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, citizens, mine := w.meets(t)
		attackers, theirs := w.asks(t)
		c, err := w.Scan(ctx, w.clerk, c.ID, theirs.Fragment)
		must(t, err)
		must(t, w.phone(ctx, attackers)) // knows the document, too
		if _, err := w.Resume(ctx, citizens); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the citizen's phone: %v", err)
		}
		if still, err := w.Waits(ctx, citizens); err != nil || still.Fragment != mine.Fragment {
			t.Errorf("the citizen's phone shows something else: %v", err)
		}
		if c = w.state(t, c); c.State != enrolment.KeyBound || len(w.country.bound) != 0 {
			t.Errorf("without the digits: %s", c.State)
		}
		for range 2 {
			_, err = w.Match(ctx, w.clerk, c.ID, other(c.Work.Match))
		}
		if c = w.state(t, c); !refusedFor(err, "frozen") || c.State != enrolment.Suspicious {
			t.Errorf("%v, %s", err, c.State)
		}
		c, err = w.Scan(ctx, w.clerk, c.ID, mine.Fragment) // and the right one, in the same visit
		must(t, err)
		if c.State != enrolment.Claimed || c.Reissues != 1 {
			t.Errorf("%s, %d new codes", c.State, c.Reissues)
		}
		if _, err := w.Resume(ctx, attackers); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the attacker's phone is in the case still: %v", err)
		}
	})
}

// Attacks OT-06: the code was photographed and is shown at another desk, after the citizen's clerk took it. The
// other desk gets nothing, and both clerks are told.
func TestAttack_OT_06_APhotographedCodeAtAnotherDesk(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.PhoneFirst = []string{"*"}
		mine, cookie, shown := w.meets(t)
		_, err := w.Scan(ctx, w.clerk, mine.ID, shown.Fragment)
		must(t, err)
		clerk := w.clerk
		w.clerk = w.away
		yours := w.signed(t, people()["twin-a"].number)
		w.clerk = clerk
		for _, text := range []string{shown.Fragment, shown.Code} {
			if _, err := w.Scan(ctx, w.away, yours.ID, text); !refusedFor(err, "phone_used") {
				t.Errorf("at another desk: %v", err)
			}
		}
		mine, yours = w.state(t, mine), w.state(t, yours)
		if mine.State != enrolment.Suspicious || mine.Alarms == 0 || yours.State != enrolment.Signed || yours.Alarms == 0 {
			t.Errorf("%s with %d alarms, %s with %d", mine.State, mine.Alarms, yours.State, yours.Alarms)
		}
		if c, err := w.Resume(ctx, cookie); err != nil || enrolment.ScreenOf(c) != enrolment.ShowFrozen {
			t.Errorf("the phone is not told: %v", err)
		}
	})
}

// Attacks OT-06: the thumbprint in the code is not of the key that answers. Nothing is bound.
func TestAttack_OT_06_AThumbprintOfAnotherKey(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, cookie, mine := w.meets(t)
		_, theirs := w.asks(t)
		id, _, _ := strings.Cut(mine.Fragment, ".")
		if _, err := w.Scan(t.Context(), w.clerk, c.ID, id+"."+theirs.Thumbprint); !refusedFor(err, "phone_key") {
			t.Errorf("%v", err)
		}
		if c = w.state(t, c); c.State != enrolment.Signed || c.Alarms != 1 {
			t.Errorf("%s with %d alarms", c.State, c.Alarms)
		}
		if _, err := w.Waits(t.Context(), cookie); err != nil {
			t.Errorf("the phone was used up by it: %v", err)
		}
	})
}

// Attacks OT-07 (authentik CVE-2025-64708): fifteen minutes are fifteen minutes, and nothing stays of a phone
// that nobody took.
func TestAttack_OT_07_APhoneThatWaitedTooLong(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, cookie, shown := w.meets(t)
		wait(enrolment.DeskTime)
		w.clerk.Proved = w.now()
		for _, text := range []string{shown.Fragment, shown.Code} {
			if _, err := w.Scan(ctx, w.clerk, c.ID, text); !refusedFor(err, "phone_late") {
				t.Errorf("%v", err)
			}
		}
		if _, err := w.Waits(ctx, cookie); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("the phone shows it still: %v", err)
		}
		must(t, w.Sweep(ctx))
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); !refusedFor(err, "phone_unknown") {
			t.Errorf("swept: %v", err)
		}
		taken, shown := w.asks(t)
		_, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment)
		must(t, err)
		wait(time.Hour)
		must(t, w.Sweep(ctx))
		if _, err := w.Resume(ctx, taken); err != nil {
			t.Errorf("the case's own phone is forgotten: %v", err)
		}
		wait(5 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		var left int
		must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM phone_requests", nil, &left))
		if left != 0 {
			t.Errorf("%d phones are kept", left)
		}
	})
}

// A restore gives no old code its worth back.
func TestAPhoneFromBeforeARestoreIsLate(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, _, shown := w.meets(t)
		must(t, w.db.SetSetting(t.Context(), "epoch", "another"))
		if _, err := w.Scan(t.Context(), w.clerk, c.ID, shown.Fragment); !refusedFor(err, "phone_late") {
			t.Errorf("%v", err)
		}
	})
}

// Means.md §4.5: a phone that was taken, and its case ended or begun anew: the same code is worth nothing any
// more. New codes and new phones count together, three at most.
func TestAPhoneOfACaseThatStartedOver(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, first, shown := w.meets(t)
		_, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment)
		must(t, err)
		c, v, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		if _, err := w.Resume(ctx, first); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the phone before goes on: %v", err)
		}
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); !refusedFor(err, "phone_late") {
			t.Errorf("the phone before once more: %v", err)
		}
		for n := 2; n <= 3; n++ {
			_, shown := w.asks(t)
			c, err = w.Scan(ctx, w.clerk, c.ID, shown.Fragment)
			must(t, err)
			if c.Reissues != n || c.State != enrolment.Claimed {
				t.Errorf("%s, %d new codes", c.State, c.Reissues)
			}
		}
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("the clerk's code lives beside the phone: %v", err)
		}
		waits, last := w.asks(t)
		if _, err := w.Scan(ctx, w.clerk, c.ID, last.Fragment); !refusedFor(err, "reissues") {
			t.Errorf("a fourth: %v", err)
		}
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "reissues") {
			t.Errorf("a fourth code: %v", err)
		}
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		next := w.signed(t, people()["ordinary"].number)
		if _, err := w.Scan(ctx, w.clerk, next.ID, last.Fragment); err != nil {
			t.Errorf("the phone that nobody took, in the next case: %v", err)
		}
		must(t, w.phone(ctx, waits))
	})
}

// Attacks IN-03, IN-05: only a signed case of the clerk's own, by who has just proved who they are, where the
// office offers it.
func TestAttack_IN_03_ScannedOutOfTurn(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		_, shown := w.asks(t)
		c := w.lookedUp(t, people()["ordinary"].number)
		for _, step := range []func() (enrolment.Case, error){
			func() (enrolment.Case, error) { return w.Evidence(ctx, w.clerk, c.ID, everything()) },
			func() (enrolment.Case, error) { return w.Print(ctx, w.clerk, c.ID) },
			func() (enrolment.Case, error) { return w.Sign(ctx, w.clerk, c.ID, "7") },
		} {
			if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); !refusedFor(err, "not_now") {
				t.Errorf("%s: %v", c.State, err)
			}
			var err error
			c, err = step()
			must(t, err)
		}
		if _, err := w.Scan(ctx, w.away, c.ID, shown.Fragment); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("by a clerk of another office: %v", err)
		}
		if _, err := w.Scan(ctx, w.second, c.ID, shown.Fragment); err == nil {
			t.Error("by who decides")
		}
		colleague := w.named(t, "Inna Urzędniczka", 9005, "room-14", staff.EnrolmentClerk)
		if _, err := w.Scan(ctx, colleague, c.ID, shown.Fragment); !refusedFor(err, "own_case") {
			t.Errorf("by a colleague: %v", err)
		}
		wait(6 * time.Minute)
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); !refusedFor(err, "step_up") {
			t.Errorf("by a login of six minutes ago: %v", err)
		}
		w.clerk.Proved = w.now()
		w.Policy.PhoneFirst = nil
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); !refusedFor(err, "not_now") {
			t.Errorf("where it is not offered: %v", err)
		}
		if c = w.state(t, c); c.State != enrolment.Signed || len(c.Device) != 0 {
			t.Errorf("%s", c.State)
		}
	})
}

// Attacks OT-01, OT-17: five typed codes of a case are looked at; what no phone shows costs no try, and the
// scanner works all the same.
func TestAttack_OT_01_GuessesAtWhatPhonesShow(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, _, shown := w.meets(t)
		for _, rubbish := range []string{"", "#", ".", "000000", "https://id.example/c", strings.Repeat("A", 1<<20), shown.Fragment + "A", "\x00", "०००००००००००"} {
			if _, err := w.Scan(ctx, w.clerk, c.ID, rubbish); !refusedFor(err, "phone_unread") {
				t.Errorf("%.20q: %v", rubbish, err)
			}
		}
		for n := range 5 {
			if _, err := w.Scan(ctx, w.clerk, c.ID, wrongCode(n)); !refusedFor(err, "phone_unknown") {
				t.Errorf("guess %d: %v", n, err)
			}
		}
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Code); !refusedFor(err, "phone_tries") {
			t.Errorf("the right one after five: %v", err)
		}
		if _, err := w.Scan(ctx, w.clerk, c.ID, shown.Fragment); err != nil {
			t.Errorf("scanned: %v", err)
		}
	})
}

// Attacks OT-10: whoever asks without end is refused, and nobody else.
func TestAttack_OT_10_PhonesThatAskWithoutEnd(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for n := range 60 {
			if _, err := w.Ask(ctx, enrolment.Phone{From: "192.0.2.9"}); err != nil {
				t.Fatalf("phone %d: %v", n, err)
			}
		}
		if _, err := w.Ask(ctx, enrolment.Phone{From: "192.0.2.9"}); !errors.Is(err, enrolment.ErrBusy) {
			t.Errorf("one more: %v", err)
		}
		if _, err := w.Ask(ctx, enrolment.Phone{From: "192.0.2.10"}); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		var rows int
		must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM phone_requests", nil, &rows))
		if rows != 61 {
			t.Errorf("%d rows", rows)
		}
	})
}

// Attacks OT-10: who asks without end from one place is nobody's reason to turn others away.
func TestAttack_OT_10_OnePlaceUsesUpNobodyElsesShare(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		asked := &counters{}
		w.Limit = &limit.Keeper{Store: asked, Now: w.Office.Now}
		for range 120 {
			if _, err := w.Ask(t.Context(), enrolment.Phone{From: "192.0.2.9"}); err != nil && !errors.Is(err, enrolment.ErrBusy) {
				t.Fatal(err)
			}
		}
		for key, n := range asked.n {
			if strings.HasPrefix(key, "phone_first_all") && n != 60 {
				t.Errorf("60 phones were taken in, and %d count against all", n)
			}
		}
	})
}

// Attacks OT-14: no row holds what a phone shows or what binds it, and the record of a scan no code.
func TestRowsOfPhonesHoldNoSecrets(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, cookie, shown := w.meets(t)
		_, err := w.Scan(t.Context(), w.clerk, c.ID, shown.Code)
		must(t, err)
		rows := dump(t, w.db, "phone_requests", "cases", "journal")
		for _, secret := range []string{cookie, shown.Code, strings.ReplaceAll(shown.Code, "-", "")[:10], "192.0.2.7"} {
			if strings.Contains(rows, secret) {
				t.Errorf("%.3s… stands in a row", secret)
			}
		}
		if n := kinds(t, w.db)[journal.CaseAlarm]; n != 0 {
			t.Errorf("%d alarms", n)
		}
	})
}

// phoneKey is the public key of a phone's page.
func phoneKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	point, err := key.PublicKey.Bytes()
	must(t, err)
	return point
}

// visitFirst is a visit in which the phone comes first.
func (w *town) visitFirst(ctx context.Context, number string) (enrolment.Case, error) {
	c, err := w.sign(ctx, number)
	if err != nil {
		return c, err
	}
	cookie, err := w.Ask(ctx, enrolment.Phone{From: number})
	if err != nil {
		return c, err
	}
	shown, err := w.Waits(ctx, cookie)
	if err != nil {
		return c, err
	}
	if c, err = w.Scan(ctx, w.clerk, c.ID, shown.Fragment); err != nil {
		return c, err
	}
	match := c.Work.Match
	if err := w.phone(ctx, cookie); err != nil {
		return c, err
	}
	return w.Match(ctx, w.clerk, c.ID, match)
}
