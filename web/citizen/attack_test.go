package citizen

import (
	"slices"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// What a register says beside the means is as much told as what the means says: the page does not
// call it something that stays here.
func TestAttack_CN_04_WhatARegisterSaysIsNotCalledUntold(t *testing.T) {
	item := func(name identity.AttributeName) consent.Item {
		return consent.Item{Name: name, Known: true, Value: identity.Text("1987-02-22")}
	}
	known := identity.Attributes{
		{Name: "birthdate", Value: identity.Text("1987-02-22")}, {Name: "email", Value: identity.Text("a@mail.example")},
		{Name: "address", Value: identity.Raw([]byte(`{"formatted":"x"}`))},
	}
	q := consent.Question{
		Told:  []consent.Item{item("register_birthdate")},
		Asked: []consent.Item{{Name: "age_over_18", Known: true, Value: identity.Raw([]byte("true"))}, item("register_email")},
	}
	w := wordsIn(t, "en")
	page := ConsentOf(q, consent.RelyingParty{Names: map[string]string{"en": "City"}}, known, false, w)
	if page.OnlyAge {
		t.Error("the page says that no birth date is told, and the register's is")
	}
	if len(page.NotTold) != 1 || page.NotTold[0] != Label("address", w) {
		t.Errorf("said to stay here: %q; only the address does", page.NotTold)
	}
}

// Where nothing that is asked for is known, the page does not ask whether it may be told.
func TestWhatNobodyKnowsIsNotAskedAbout(t *testing.T) {
	w := wordsIn(t, "en")
	unknown, known := consent.Item{Name: "family_name"}, consent.Item{Name: "given_name", Known: true, Value: identity.Text("Konstanty")}
	for name, row := range map[string]struct {
		told, asked []consent.Item
		empty       bool
	}{
		"nothing is asked": {nil, nil, true}, "nothing is known": {[]consent.Item{unknown}, []consent.Item{unknown}, true},
		"one is known": {nil, []consent.Item{unknown, known}, false}, "one is told by law": {[]consent.Item{known}, []consent.Item{unknown}, false},
	} {
		page := ConsentOf(consent.Question{Told: row.told, Asked: row.asked}, consent.RelyingParty{Names: map[string]string{"en": "City"}}, nil, false, w)
		if page.Empty != row.empty {
			t.Errorf("%s: empty %v", name, page.Empty)
		}
		for _, g := range append(page.Told, Ground{Rows: page.Asked}) { // no heading says that it is told, or that they decide
			if len(g.Rows) > 0 && !slices.ContainsFunc(g.Rows, func(r Row) bool { return r.Known }) {
				t.Errorf("%s: under a heading stands only %v", name, g.Rows)
			}
		}
		if len(page.Told)+len(page.Asked)+len(page.Missing) == 0 && len(row.told)+len(row.asked) > 0 {
			t.Errorf("%s: what nobody knows is not named", name)
		}
	}
}
