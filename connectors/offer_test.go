package connectors

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"symbolon/connectors/identity"
)

const (
	none        = identity.None
	low         = identity.Low
	substantial = identity.Substantial
	high        = identity.High
)

// country is what one operator offers: a profile, two banks behind one door each, a card, and
// something that is switched off.
func country() []Description {
	return []Description{
		{ID: "profile", Ceiling: substantial},
		{ID: "bank", Ceiling: substantial, Choices: []Choice{{ID: "one", Ceiling: high}, {ID: "two", Ceiling: low}}},
		{ID: "card", Ceiling: high},
		{ID: "old", Ceiling: high, Disabled: true},
	}
}

func all() []Use { return []Use{{"profile", high}, {"bank", high}, {"card", high}, {"old", high}} }

func TestOffers(t *testing.T) {
	for _, c := range []struct {
		story     string
		permitted []Use
		wanted    identity.Level
		want      map[string]identity.Level // "means" or "means/door" → the most it gives
	}{
		{"low: everything that is on", all(), low, map[string]identity.Level{"profile": substantial, "bank": substantial, "bank/one": substantial, "bank/two": low, "card": high}},
		{"no level named stands for any", all(), none, map[string]identity.Level{"profile": substantial, "bank": substantial, "bank/one": substantial, "bank/two": low, "card": high}},
		{"substantial: the weak bank is gone", all(), substantial, map[string]identity.Level{"profile": substantial, "bank": substantial, "bank/one": substantial, "card": high}},
		{"high: only the card", all(), high, map[string]identity.Level{"card": high}},
		{"a party that permits nothing is offered nothing", nil, low, map[string]identity.Level{}},
		{"a party that permits one", []Use{{"profile", high}}, low, map[string]identity.Level{"profile": substantial}},
		{"a party that trusts the card less", []Use{{"card", low}}, low, map[string]identity.Level{"card": low}},
		{"a party that trusts the card too little", []Use{{"card", low}}, substantial, map[string]identity.Level{}},
		{"a party that permits up to none", []Use{{"card", none}}, low, map[string]identity.Level{}},
		{"a means that nobody configured", []Use{{"wallet", high}}, low, map[string]identity.Level{}},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := map[string]identity.Level{}
			for _, o := range Offers(country(), c.permitted, c.wanted) {
				got[string(o.ID)] = o.Reaches
				for _, door := range o.Choices {
					got[string(o.ID)+"/"+door.ID] = o.CeilingOf(door.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOffers_keep_the_operators_order_and_change_nothing(t *testing.T) {
	configured := country()
	var order []identity.Means
	for _, o := range Offers(configured, all(), substantial) {
		order = append(order, o.ID)
	}
	if diff := cmp.Diff([]identity.Means{"profile", "bank", "card"}, order); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(country(), configured); diff != "" {
		t.Errorf("the configuration was changed: %s", diff)
	}
}

// What only some people reach the wanted level with stands behind what everybody does, and says so; where it is
// enough for everybody it keeps its place.
func TestOffers_put_what_seldom_reaches_last(t *testing.T) {
	means := append([]Description{{ID: "phone", Ceiling: high, Mostly: substantial}}, country()...)
	permitted := append(all(), Use{"phone", high})
	for wanted, want := range map[identity.Level][]string{high: {"card", "phone seldom"}, substantial: {"phone", "profile", "bank", "card"}} {
		var got []string
		for _, o := range Offers(means, permitted, wanted) {
			name := string(o.ID)
			if o.Seldom {
				name += " seldom"
			}
			got = append(got, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: %s", wanted, diff)
		}
	}
}

func TestOffers_never_promise_more_than_anybody_allows(t *testing.T) {
	level := rapid.SampledFrom([]identity.Level{none, low, substantial, high})
	rapid.Check(t, func(t *rapid.T) {
		d := Description{ID: "m", Ceiling: level.Draw(t, "ceiling"), Disabled: rapid.Bool().Draw(t, "off")}
		for i := range rapid.IntRange(0, 3).Draw(t, "doors") {
			d.Choices = append(d.Choices, Choice{ID: string(rune('a' + i)), Ceiling: level.Draw(t, "door")})
		}
		upTo, wanted := level.Draw(t, "upTo"), level.Draw(t, "wanted")
		for _, o := range Offers([]Description{d}, []Use{{"m", upTo}}, wanted) {
			if d.Disabled || o.Reaches > d.Ceiling || o.Reaches > upTo || !o.Reaches.Satisfies(max(wanted, low)) {
				t.Fatalf("offered %s", o.Reaches)
			}
			for _, door := range o.Choices {
				if identity.Least(upTo, d.CeilingOf(door.ID)) < max(wanted, low) {
					t.Fatalf("door %s is too weak", door.ID)
				}
			}
		}
	})
}

func TestCeilingOf_an_unknown_door_is_none(t *testing.T) {
	bank := country()[1]
	for door, want := range map[string]identity.Level{"one": substantial, "two": low, "three": none, "": none} {
		if got := bank.CeilingOf(door); got != want {
			t.Errorf("%q: %s, want %s", door, got, want)
		}
	}
	if got := country()[0].CeilingOf("one"); got != none {
		t.Errorf("a means with one door has no other: %s", got)
	}
}
