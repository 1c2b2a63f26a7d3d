package portal

import (
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/subject"
	"symbolon/web/locale"
)

func looking(t *testing.T) Look {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	names := func(en string) map[string]string { return map[string]string{"en": en} }
	return Look{Words: words.Words("en"), Zone: time.FixedZone("west", -8*60*60), Means: []connectors.Description{
		{ID: "bank", Names: names("A bank"), Icon: "bank"}, {ID: "card", Names: names("The card"), Icon: "card", Disabled: true},
	}}
}

func TestWaysOf(t *testing.T) {
	l := looking(t)
	day := subject.DayOf(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	one, two, gone, late := subject.BindingID{1}, subject.BindingID{2}, subject.BindingID{3}, subject.BindingID{4}
	all := []subject.Binding{
		{ID: one, Means: "card", Level: identity.High, Since: day},
		{ID: two, Means: "bank", Level: identity.Substantial, Since: day - 1},
		{ID: gone, Means: "profile", Level: identity.Low, Since: day - 9, Ended: day, UndoBy: day + 30},
		{ID: late, Means: "bank", Level: identity.Low, Since: day - 99, Ended: day - 40, Stop: true},
	}
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	used := []login.Way{
		{Means: "profile", Logins: []journal.Entry{{At: at}}},
		{Means: "bank", Logins: []journal.Entry{{At: at, Ref: "AAAA-AAAA", Fields: map[string]any{"level": "substantial"}}}},
	}
	w := WaysOf(used, all, "off", "<script>", l)
	if w.Done != "off" || w.Wrong != "" || len(w.All) != 2 || len(w.Gone) != 2 {
		t.Fatalf("%+v", w)
	}
	bank, card := w.All[0], w.All[1]
	if bank.Name != "A bank" || len(bank.Ties) != 1 || bank.Ties[0].ID != two.String() || bank.Ties[0].Since != "27 November 2026" || bank.Ties[0].Only || bank.Last == "" || bank.Logins[0].Level != "substantial" {
		t.Errorf("what was used last: %+v", bank)
	}
	if card.ID != "card" || !card.Off || card.Last != "" || len(card.Logins) != 0 || card.Ties[0].Level != "high" {
		t.Errorf("what was never used: %+v", card)
	}
	if g := w.Gone[0]; g.Name != "profile" || g.Ended != "28 November 2026" || g.UndoBy != "28 December 2026" {
		t.Errorf("taken off: %+v", g)
	}
	if g := w.Gone[1]; g.UndoBy != "" || !g.Stop || w.Gone[0].Stop {
		t.Errorf("ended with what it was tied by: %+v", g)
	}
	if w := WaysOf(nil, all[1:2], "", "", l); !w.All[0].Ties[0].Only {
		t.Errorf("the only one: %+v", w)
	}
}

// LK-12: whoever takes their last strong way off is told before what is left; and it takes a login as
// sure as the way that goes.
func TestAttack_LK_12_WhatIsLeftIsSaidBefore(t *testing.T) {
	l := looking(t)
	card, other := subject.Binding{ID: subject.BindingID{1}, Means: "card", Level: identity.High}, subject.Binding{ID: subject.BindingID{2}, Means: "card", Level: identity.High}
	bank, password := subject.Binding{ID: subject.BindingID{3}, Means: "bank", Level: identity.Substantial}, subject.Binding{ID: subject.BindingID{4}, Means: "bank", Level: identity.Low}
	gone := subject.Binding{ID: subject.BindingID{5}, Means: "card", Level: identity.Low, Ended: 3, UndoBy: 33}
	for name, c := range map[string]struct {
		all          []subject.Binding
		left, need   identity.Level
		weaker, only bool
		back, late   bool
	}{
		"one of two strong":  {all: []subject.Binding{card, other, bank}, left: identity.High, need: identity.High},
		"the last strong":    {all: []subject.Binding{card, bank}, left: identity.Substantial, need: identity.High, weaker: true},
		"down to the lowest": {all: []subject.Binding{bank, password}, left: identity.Low, need: identity.Substantial, weaker: true},
		"the weaker one":     {all: []subject.Binding{password, card}, left: identity.High, need: identity.Low},
		"the very last":      {all: []subject.Binding{card, gone}, need: identity.High, weaker: true, only: true},
		"taken off":          {all: []subject.Binding{gone, bank}, left: identity.Substantial, need: identity.Substantial, back: true},
		"taken off for good": {all: []subject.Binding{{ID: subject.BindingID{6}, Ended: 3}, card}, left: identity.High, need: identity.High, late: true},
	} {
		got := ChangeOf(c.all, c.all[0], "bank", "", l)
		if got.Left != c.left || got.Need != c.need || got.Weaker != c.weaker || got.Only != c.only || got.Back != c.back || got.Late != c.late {
			t.Errorf("LK-12: %s: %+v", name, got)
		}
		if c.weaker && !c.only && !l.Has("way.weaker."+got.Left.String()) {
			t.Errorf("LK-12: %s: no words for what is left", name)
		}
	}
	if got := ChangeOf([]subject.Binding{bank, card}, bank, "bank", "weaker", l); !got.Own || !got.Again {
		t.Errorf("the way of the login at hand: %+v", got)
	}
	for _, word := range append(wayDones(), wayWrongs()...) {
		if !l.Has("ways.done."+word) && !l.Has("ways.wrong."+word) {
			t.Errorf("no words for %s", word)
		}
	}
}
