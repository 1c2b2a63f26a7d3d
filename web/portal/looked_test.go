package portal

import (
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Means.md R-ENR-01: what was done several times in one case on one day by one clerk is one row with each minute of it once;
// what differs in anything else, or is of no case, keeps a row of its own, and none is lost.
func TestLookedOfFoldsWhatIsToldAlike(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := Look{Words: words.Words("en"), Zone: time.UTC}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	look := func(minutes int, change func(*enrolment.Look)) enrolment.Look {
		one := enrolment.Look{
			ID: seal.RowID{byte(100 + minutes)}, Kind: enrolment.AgainLook, At: noon.Add(time.Duration(minutes) * time.Minute), Office: staff.Office{ID: "1", Name: "Room 1"},
			Station: "7", By: "abcdefgh", Case: "ABC",
		}
		if change != nil {
			change(&one)
		}
		return one
	}
	all := []enrolment.Look{
		look(40, nil), look(30, func(o *enrolment.Look) { o.Kind = enrolment.PictureLook }), look(20, nil), look(20, nil),
		look(15, func(o *enrolment.Look) { o.By = "another1" }), look(14, func(o *enrolment.Look) { o.Station = "8" }), look(13, func(o *enrolment.Look) { o.Unanswered = true }),
		look(12, func(o *enrolment.Look) { o.Case = "DEF" }), look(11, func(o *enrolment.Look) { o.Case = "" }), look(10, func(o *enrolment.Look) { o.Case = "" }),
		look(9, func(o *enrolment.Look) { o.Why = "complaint" }), look(8, func(o *enrolment.Look) { o.Office = staff.Office{ID: "2", Name: "Room 2"} }),
		look(5, nil), look(-24*60, nil),
	}
	rows := folded(all, l)
	if len(rows) != 11 {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	if one := rows[0]; one.Count != 4 || !one.Often || one.When != "28 November 2026, 12:40, 12:20, 12:05 UTC" || one.ID != all[0].ID.String() {
		t.Errorf("the same four times: %+v", one)
	}
	count := 0
	for i, one := range rows {
		if count += one.Count; i > 0 && (one.Count != 1 || one.Often) {
			t.Errorf("one time: %+v", one)
		}
	}
	if count != len(all) || rows[1].When != "28 November 2026, 12:30 UTC" || rows[10].When != "27 November 2026, 12:00 UTC" {
		t.Errorf("%d of %d: %+v", count, len(all), rows)
	}
}

// Means.md R-ENR-01: what was done several times in one minute tells that minute once, in every language.
func TestLookedTellsAMinuteOnce(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	one := enrolment.Look{Kind: enrolment.AgainLook, At: time.Date(2026, 11, 28, 14, 55, 40, 0, time.UTC), Case: "ABC"}
	earlier := one
	earlier.At = one.At.Add(-20 * time.Second)
	for _, language := range words.Languages() {
		l := Look{Words: words.Words(language.Code), Zone: time.UTC}
		alone := folded([]enrolment.Look{one}, l)
		rows := folded([]enrolment.Look{one, earlier, earlier}, l)
		if len(rows) != 1 || rows[0].Count != 3 || rows[0].When != alone[0].When {
			t.Errorf("%s: %+v, one alone: %+v", language.Code, rows, alone)
		}
	}
}

// Means.md R-ENR-01: what was done in one visit stands together, and what nobody did stands last.
func TestLookedOfPutsAVisitTogether(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := Look{Words: words.Words("en"), Zone: time.UTC}
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	room := staff.Office{ID: "1", Name: "Room 1"}
	s := LookedOf([]enrolment.Look{
		{Kind: enrolment.Joining, At: at, Why: "joined_device"},
		{Kind: enrolment.OfficerLook, At: at, Case: "A", Why: "sample", Office: staff.Office{ID: "2", Name: "Room 2"}},
		{Kind: enrolment.RegisterLook, At: at, Case: "B", Why: "holder", Office: room},
		{Kind: enrolment.OperatorsLook, At: at}, {Kind: enrolment.OperatorsLook, At: at},
		{Kind: enrolment.PictureLook, At: at, Case: "A", Why: "holder", Office: room},
		{Kind: enrolment.AgainLook, At: at, Case: "B", Why: "holder", Office: room},
		{Kind: enrolment.ItselfLook, At: at, Case: "B", Why: "asked_documents", Office: room},
	}, Leaf{}, l)
	if len(s.Visits) != 4 || len(s.ByItself) != 2 || s.ByItself[1].Why != "asked_documents" || s.ByItself[0].Why != "joined_device" {
		t.Fatalf("%+v", s)
	}
	if a := s.Visits[0]; a.Case != "A" || a.Office != "" || a.Why != "" || len(a.Times) != 2 || a.Times[0].Office != "Room 2" || a.Times[1].Why != "holder" {
		t.Errorf("in two offices: %+v", a)
	}
	stopped := Visit{Times: []Seen{{Kind: "stopped"}, {Kind: "register", Why: "takes_up"}, {Kind: "picture", Why: "takes_up"}}}
	if stopped.share(); stopped.Why != "takes_up" || stopped.Times[1].Why != "" {
		t.Errorf("what it was for is not said once: %+v", stopped)
	}
	if b := s.Visits[1]; b.Case != "B" || b.Office != "Room 1" || b.Why != "holder" || len(b.Times) != 2 || b.Times[0].Office != "" || b.Times[1].Why != "" {
		t.Errorf("in one: %+v", b)
	}
}

// Means.md R-ENR-01: what was stopped, worked again and was stopped once more stands as three lines in that order, and what
// nobody of the staff stopped stands last; each kind has words, in every language, and says what it means where that is told.
func TestLookedTellsAStoryInOrder(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var all []enrolment.Look
	for i, kind := range []enrolment.LookKind{enrolment.StopLook, enrolment.LiftLook, enrolment.AllowLook, enrolment.StopLook, enrolment.DisownLook} {
		all = append(all, enrolment.Look{ID: seal.RowID{byte(9 - i)}, Kind: kind, At: at.Add(-time.Duration(i) * time.Minute), Case: "A", By: "abcdefgh", Office: staff.Office{ID: "1", Name: "Room 1"}})
	}
	for _, language := range words.Languages() {
		l := Look{Words: words.Words(language.Code), Zone: time.UTC}
		s := LookedOf(all, Leaf{}, l)
		if len(s.Visits) != 1 || len(s.Visits[0].Times) != 4 || len(s.ByItself) != 1 || s.ByItself[0].Kind != "disowned" || s.Visits[0].Office != "Room 1" {
			t.Fatalf("%s: %+v", language.Code, s)
		}
		for i, want := range []string{"stopped", "lifted", "allowed", "stopped"} {
			one := s.Visits[0].Times[i]
			if one.Kind != want || one.Count != 1 || one.More != (want != "lifted") || !l.Has("portal.looked."+one.Kind) {
				t.Errorf("%s: line %d: %+v", language.Code, i, one)
			}
		}
		for _, code := range []string{"why." + enrolment.ToTakeUp, "ended.other_case", "ended.mistake", "ended." + enrolment.Mistyped, "ended." + enrolment.StoppedBySlip, "no_guardian", "picture.often", "again.often"} {
			if !l.Has("portal.looked." + code) {
				t.Errorf("%s: no words for %s", language.Code, code)
			}
		}
		for _, kind := range []enrolment.LookKind{enrolment.BeforeLook, enrolment.HaltLook, enrolment.EndLook, enrolment.TakeUpLook, enrolment.StopOldLook, enrolment.LostLook, enrolment.DisownLook, enrolment.NotGivenLook, enrolment.HelpLineLook} {
			if !l.Has("portal.looked." + string(kind)) {
				t.Errorf("%s: no words for %s", language.Code, kind)
			}
		}
	}
}
