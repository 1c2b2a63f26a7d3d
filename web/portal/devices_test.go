package portal

import (
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
	"symbolon/web/locale"
)

func TestDevicesOf(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := Look{Words: words.Words("en"), Zone: time.UTC}
	since := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	held := []Held{
		{ID: "1", Type: "paper", State: "active", Since: since, Level: identity.Low, Phishable: true, Left: 7},
		{ID: "2", Type: "passkey", State: "lost", Since: since, Left: -1},
		{ID: "3", Type: "passkey", State: "doubted", Since: since, Level: identity.High, Copied: true, Name: "mine", Left: -1},
	}
	d := DevicesOf(held, "lost", "<script>", "3", l)
	if d.Done != "lost" || d.Wrong != "" || len(d.Live) != 2 || len(d.Gone) != 1 || d.Gone[0].ID != "2" {
		t.Fatalf("%+v", d)
	}
	if one := d.Live[0]; one.ID != "3" || one.Live || one.Codes || !one.Copied || one.Level != "high" || one.Name != "mine" {
		t.Errorf("%+v", one)
	}
	if one := d.Live[1]; one.ID != "1" || !one.Live || !one.Codes || one.Left != 7 || !one.Phishable || one.Since != "28 November 2026" {
		t.Errorf("%+v", one)
	}
	for _, state := range []string{"active", "suspended", "doubted", "withheld", "lost", "removed", "superseded"} {
		if !l.Has("devices.state." + state) {
			t.Errorf("no words for %s", state)
		}
	}
	for _, kind := range append(types(), "passkey.key", "passkey.device") {
		if !l.Has("devices.type." + kind) {
			t.Errorf("no words for %s", kind)
		}
	}
	for _, word := range append(dones(), wrongs()...) {
		if !l.Has("devices.done."+word) && !l.Has("devices.wrong."+word) {
			t.Errorf("no words for %s", word)
		}
	}
}

// Of two things of one kind and day the page says which visit gave the one, that its owner added the other, and which one
// is new: what they made a moment ago. Nothing that an office gave is new, nor what lets nobody in.
func TestTwoOfOneKindAndDayAreToldApart(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := Look{Words: words.Words("en"), Zone: time.UTC}
	held := []Held{
		{ID: "given", Type: "passkey", State: "active", Left: -1, Handed: true, Office: "Office One", Case: "AB-12"},
		{ID: "added", Type: "passkey", State: "active", Left: -1, Office: "Office One", Case: "AB-12"},
		{ID: "stopped", Type: "passkey", State: "suspended", Left: -1},
	}
	for added, want := range map[string]string{"": "", "given": "", "added": "added", "stopped": "", "x": ""} {
		marked := ""
		for _, one := range DevicesOf(held, "", "", added, l).Live {
			if one.New {
				marked += one.ID
			}
			if one.Own == (one.ID == "given") || (one.Office == "Office One" && one.Case == "AB-12") != (one.ID == "given") {
				t.Errorf("%+v", one)
			}
		}
		if marked != want {
			t.Errorf("with %q added: %q is new", added, marked)
		}
	}
}

func TestStopOf(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	held := []Held{
		{ID: "phone", State: "active", Level: identity.High}, {ID: "app", State: "active", Level: identity.Substantial},
		{ID: "aside", State: "suspended", Level: identity.High}, {ID: "codes", State: "active", Level: identity.Low},
	}
	bank := []subject.Binding{{ID: subject.BindingID{1}, Level: identity.Substantial}, {ID: subject.BindingID{2}, Level: identity.High, Ended: 20_000}}
	for name, c := range map[string]struct {
		held   []Held
		others []subject.Binding
		id     string
		left   identity.Level
		weaker bool
	}{
		"the strongest":                    {held, nil, "phone", identity.Substantial, true},
		"one of two of a level":            {held, bank, "app", identity.High, false},
		"the rest is a bank":               {held[:1], bank, "phone", identity.Substantial, true},
		"the only one":                     {held[:1], nil, "phone", identity.None, true},
		"what was taken off does not help": {held[:1], bank[1:], "phone", identity.None, true},
		"put aside already":                {held, nil, "aside", identity.High, false},
		"not there":                        {held, nil, "x", identity.High, false},
	} {
		if s := StopOf(c.held, c.others, c.id, Look{Words: words.Words("en"), Zone: time.UTC}); s.Left != c.left || s.Weaker != c.weaker || s.None() != (c.left == identity.None) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
