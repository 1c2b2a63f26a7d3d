package web

import (
	"net/http"
	"testing"

	"symbolon/connectors"
)

// A page whose data an earlier version of this program sealed into the login, which is under way when this one starts.
func TestAPageOfAnEarlierVersion(t *testing.T) {
	for name, data := range map[string]map[string]any{
		"this":    {"options": "{}", "turn": "x", "ways": []string{"passkey", "totp", "code"}, "wrong": "", "way": "", "warning": false, "left": "", "name": ""},
		"earlier": {"options": "{}", "turn": "x", "totp": true, "codes": true, "wrong": "", "way": "", "warning": false, "left": "", "name": ""},
	} {
		w := newWorld(t)
		w.card.begins = connectors.Page{View: "enrolled", Script: "passkey.js", Data: data}
		if page := w.browser(t).get(strong()).press("means-card"); page.at.status != http.StatusOK {
			t.Errorf("of %s version: %d %q", name, page.at.status, page.at.body)
		}
	}
}
