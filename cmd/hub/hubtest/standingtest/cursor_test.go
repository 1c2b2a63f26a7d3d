package standingtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Attacks IN-17: where a list goes on is sealed, for whom it is of and for what they look for. Anything else in its
// place is no page, and nobody's list begins anew for it.
func TestAttack_IN_17_WhereAListGoesOnIsSealed(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	clerk, citizen, other, officer := desk(t, w, "clerk-1"), w.Browser(t), w.Browser(t), w.Browser(t)
	for range 51 { // more than a page of either list
		clerk.Get(w.At("desk"))
		find(clerk, ordinary)
		clerk.Click("cancel-case")
	}
	enter(w, citizen, "ordinary")
	enter(w, other, "diacritics")
	officer.SignIn(w.At("desk"), "auditor-1")
	portal, cases := w.At("portal"), w.At("desk")+"/security/cases"

	newest := citizen.Get(portal + "/looked").IDs("look-")
	page := citizen.Click("older")
	looked := page.Query("before")
	if page.Status != http.StatusOK || len(page.IDs("look-")) == 0 || page.IDs("look-")[0] == newest[0] || strings.Contains(looked, strings.TrimPrefix(newest[len(newest)-1], "look-")) {
		t.Fatalf("the second page (%d) of %d, by %q", page.Status, len(newest), looked)
	}
	first := officer.Get(cases).IDs("case-")
	page = officer.Click("next")
	filed := page.Query("before")
	if page.Status != http.StatusOK || len(first) != 50 || len(page.IDs("case-")) != 1 {
		t.Fatalf("the officer's second page (%d) of %d has %d", page.Status, len(first), len(page.IDs("case-")))
	}
	for name, c := range map[string]struct {
		by     *hubtest.Browser
		at     string
		before []string
	}{
		"nonsense":                      {citizen, portal + "/looked", []string{"nonsense"}},
		"nothing":                       {citizen, portal + "/looked", []string{""}},
		"a quote":                       {citizen, portal + "/looked", []string{"' OR 1=1 --"}},
		"a bare id":                     {citizen, portal + "/looked", []string{strings.TrimPrefix(newest[0], "look-")}},
		"with another beginning":        {citizen, portal + "/looked", []string{flip(looked, 3)}},
		"with another middle":           {citizen, portal + "/looked", []string{flip(looked, len(looked)/2)}},
		"shortened":                     {citizen, portal + "/looked", []string{looked[:len(looked)-2]}},
		"twice":                         {citizen, portal + "/looked", []string{looked, looked}},
		"of another list":               {citizen, portal + "/asked", []string{looked}},
		"of another citizen":            {other, portal + "/looked", []string{looked}},
		"of an officer":                 {citizen, portal + "/looked", []string{filed}},
		"of a citizen, for the officer": {officer, cases, []string{looked}},
		"for the officer, nonsense":     {officer, cases, []string{strings.Repeat("f", 32)}},
		"for the officer, changed":      {officer, cases, []string{flip(filed, 20)}},
		"for what else they look for":   {officer, cases + "?office=" + hubtest.RoomOffice, []string{filed}},
	} {
		at, query := c.at+"?", url.Values{"before": c.before}.Encode()
		if strings.Contains(c.at, "?") {
			at = c.at + "&"
		}
		if page := c.by.Get(at + query); page.Status != http.StatusBadRequest || page.TextOf("error-code") != "invalid_request" || len(page.IDs("look-"))+len(page.IDs("case-")) > 0 {
			t.Errorf("%s: %d", name, page.Status)
		}
	}
	if page := citizen.Get(portal + "/looked?" + url.Values{"before": {looked}}.Encode()); page.Status != http.StatusOK {
		t.Errorf("the true one, again: %d", page.Status)
	}
}

// flip changes one character.
func flip(text string, at int) string {
	letter := "A"
	if text[at] == 'A' {
		letter = "B"
	}
	return text[:at] + letter + text[at+1:]
}
