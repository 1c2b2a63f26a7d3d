package identitydb

import (
	"errors"
	"slices"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Attacks OT-01, means.md §4.4: a case has five tries of the typed code, however many codes it gets; what the camera
// reads still works.
func TestAttack_OT_01_ANewCodeGivesNoMoreGuesses(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, _ := w.handed(t, people()["ordinary"].number)
		_, wrong := w.handed(t, people()["diacritics"].number) // of another case
		guess := func(n int) {
			for range n {
				if _, _, err := w.ClaimCode(ctx, c.Number, wrong.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
					t.Errorf("a wrong code: %v", err)
				}
			}
		}
		guess(3)
		_, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.Tries.Code != 2 || c.Tries.Match != 2 {
			t.Errorf("after another code %+v, %v", c.Tries, err)
		}
		guess(2)
		_, v, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		if _, _, err := w.ClaimCode(ctx, c.Number, v.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("the sixth one, the right one of a third code: %v", err)
		}
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); err != nil {
			t.Errorf("what the camera reads: %v", err)
		}
	})
}

// Means.md §4.4: the operator says how long a code works.
func TestHowLongACodeWorks(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		w.Policy.DeskTime, w.Policy.HomeTime = 5*time.Minute, 7*24*time.Hour
		_, v := w.handed(t, people()["ordinary"].number)
		home := w.signed(t, invented(77))
		away := w.atHome(t, home.ID)
		wait(5*time.Minute + time.Second)
		if _, _, err := w.ClaimToken(t.Context(), v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("at the desk after its time: %v", err)
		}
		wait(6 * 24 * time.Hour)
		if _, _, err := w.ClaimToken(t.Context(), away.Fragment(), enrolment.Phone{}); err != nil {
			t.Errorf("at home within it: %v", err)
		}
	})
}

// Means.md R-ENR-09: the journal holds with what family of browser a code was redeemed, that the terms were accepted,
// and how the key was attested, in codes that an officer reads as words.
func TestR_ENR_09_BrowserTermsAndAttestation(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{Browser: "firefox"})
		must(t, err)
		must(t, w.phone(ctx, cookie))
		rows, err := w.db.Trail(ctx, c.Number)
		must(t, err)
		found := map[string]string{}
		for _, row := range rows {
			e, err := row.Entry()
			must(t, err)
			if e.Kind == journal.CaseStep {
				found[e.Text("act")] = e.Text("browser") + e.Text("attestation")
			}
		}
		if _, accepted := found["terms"]; !accepted || found["claim"] != "firefox" || found["bind_key"] != "packed" {
			t.Errorf("the journal holds %v", found)
		}
		for _, d := range []enrolment.Detail{{List: "browser", Code: "firefox"}, {List: "attestation", Code: "packed"}, {List: "trail.act", Code: "terms"}} {
			if !slices.Contains(enrolment.EveryDetail(), d) {
				t.Errorf("no words for %v", d)
			}
		}
	})
}
