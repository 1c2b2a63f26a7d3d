package identitydb

import (
	"errors"
	"strings"
	"testing"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Means.md §4.5 step 3, attacks OT-17: registers and clerks write the number of a document with spaces, hyphens and letters of
// their country. What the phone asks for is what can be typed of it; where nothing of it can, that is the birth date.
func TestAttack_OT_17_TheEndOfADocumentsNumberIsWhatCanBeTyped(t *testing.T) {
	for number, want := range map[string]struct {
		document bool
		answer   string
	}{
		"ZZP100001": {true, "0001"}, "ZZP 100 456": {true, "0456"}, "AB 12-3": {true, "B123"}, "ΑΕ 654321": {true, "4321"}, "zz1d": {true, "ZZ1D"},
		"АВГД ЕЖ": {false, "19870222"}, "№ 12": {false, "19870222"},
	} {
		s := enrolment.Snapshot{Birth: "1987-02-22", Documents: []enrolment.SeenPaper{{Type: "idcard", Number: number}}}
		if s.AsksDocument("idcard") != want.document || s.Answer("idcard") != want.answer {
			t.Errorf("%q: the phone asks for the document %v, and takes %q", number, s.AsksDocument("idcard"), s.Answer("idcard"))
		}
	}
}

// Whoever has a new card beside one of the same kind that was lost shows the new one: that one is asked about, and its number.
func TestOfTwoDocumentsOfAKindTheValidOneIsShown(t *testing.T) {
	lost, valid := enrolment.SeenPaper{Type: "idcard", Number: "ZZA100001", Status: register.Lost}, enrolment.SeenPaper{Type: "idcard", Number: "ZZB200002", Status: register.Valid}
	for _, documents := range [][]enrolment.SeenPaper{{lost, valid}, {valid, lost}} {
		if paper, _ := (enrolment.Snapshot{Documents: documents}).Paper("idcard"); paper != valid {
			t.Errorf("of %v the card that was lost", documents)
		}
	}
	if paper, have := (enrolment.Snapshot{Documents: []enrolment.SeenPaper{lost}}).Paper("idcard"); !have || paper != lost {
		t.Error("one that was lost is not there")
	}
}

// Means.md R-ENR-09: that the second half of a code for home was wrong is on record each time, as wrong digits at the desk are,
// and not what was typed.
func TestR_ENR_09_AWrongSecondHalfIsOnRecord(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, cookie := w.keyed(t, w.atHome(t, w.signed(t, people()["ordinary"].number).ID), "0001", enrolment.Passkey)
		wrong := strings.Map(func(r rune) rune { return '9' - r + '0' }, w.country.half)
		for n, half := range []string{wrong, wrong[:4] + " " + wrong[4:]} {
			c, err := w.Resume(ctx, cookie)
			must(t, err)
			if err := w.Second(ctx, c, half); !errors.As(err, new(*enrolment.ErrWrong)) || kinds(t, w.db)[journal.CaseAlarm] != n+1 {
				t.Errorf("wrong %d times: %v, %d on record", n+1, err, kinds(t, w.db)[journal.CaseAlarm])
			}
		}
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		if c.Alarms != 0 || strings.Contains(dump(t, w.db, "journal"), wrong) {
			t.Errorf("%d alarms for slips, or what was typed is kept", c.Alarms)
		}
		must(t, w.Second(ctx, c, w.country.half))
	})
}

// Attacks OT-17: where a form is filed is kept in clear. What no database takes, and what turns other text around, is refused
// where it is typed; letters of any language count as letters.
func TestAttack_OT_17_WhereAFormIsFiledIsText(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.lookedUp(t, people()["ordinary"].number)
		c, err := w.Evidence(ctx, w.clerk, c.ID, everything())
		must(t, err)
		c, err = w.Print(ctx, w.clerk, c.ID)
		must(t, err)
		for _, filed := range []string{"", " ", "a\x00b", "a\xffb", "a\u202eb", "a\nb", strings.Repeat("ز", 101)} {
			if _, err := w.Sign(ctx, w.clerk, c.ID, filed); !refusedFor(err, "form") {
				t.Errorf("%.12q: %v", filed, err)
			}
		}
		_, err = w.Sign(ctx, w.clerk, c.ID, strings.Repeat("ز", 100))
		must(t, err)
	})
}
