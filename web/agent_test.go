package web

import (
	"slices"
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md R-ENR-09: the family of the browser, and nothing more of it.
func TestR_ENR_09_TheFamilyOfABrowser(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36":                              "chromium",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0":                         "chromium",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1":   "safari",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15": "firefox",
		"Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0":                                                                      "firefox",
		"curl/8.5.0": "other",
		"":           "other",
	} {
		got := browserOf(agent)
		if got != want || !slices.Contains(enrolment.Browsers(), got) {
			t.Errorf("%q is %s, want %s", agent, got, want)
		}
	}
}
