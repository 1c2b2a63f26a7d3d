package samltest

import (
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/web/locale"
)

// What the simulated provider does wrong when a switch is turned, what a hub must not believe, and what the
// citizen reads: the code of the failure, or that it is not enough.
func TestAttack_SM_AnswersThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	rows := [][4]string{
		{"SM-01", "wrapped", "before", "invalid_answer"}, {"SM-01", "wrapped", "around", "invalid_answer"},
		{"SM-01", "wrapped", "extensions", "invalid_answer"}, {"SM-01", "wrapped", "object", "invalid_answer"},
		{"SM-02, SS-05, SM-17", "doctype", "on", "invalid_answer"}, {"SM-03", "comment", "on", "invalid_answer"}, {"R-SAML-01", "big", "on", "invalid_answer"},
		{"SM-06", "unsigned", "all", "invalid_answer"}, {"SM-06", "unsigned", "response", "invalid_answer"}, {"SM-06", "unsigned", "assertion", "invalid_answer"},
		{"SM-20", "signature", "broken", "invalid_answer"}, {"SM-07", "signature", "other-key", "invalid_answer"}, {"SM-08", "replay", "on", "invalid_answer"},
		{"SM-09", "request", "other", "invalid_answer"}, {"SM-09", "request", "none", "invalid_answer"},
		{"SM-11", "time", "old", "stale_answer"}, {"SM-11", "time", "over", "stale_answer"}, {"SM-11", "time", "future", "invalid_answer"},
		{"SM-11", "time", "no-end", "invalid_answer"}, {"R-SAML-06", "audience", "other", "invalid_answer"}, {"R-SAML-06", "audience", "none", "invalid_answer"},
		{"R-SAML-06", "recipient", "other", "invalid_answer"}, {"R-SAML-06", "issuer", "other", "invalid_answer"},
		{"SM-18", "level", "unknown", "invalid_answer"}, {"SM-18", "level", "none", "invalid_answer"}, {"SM-18", "level", "low", "weak"},
		{"status", "status", "AuthnFailed", "cancelled"}, {"status", "status", "NoAuthnContext", "refused_upstream"}, {"status", "status", "RequestDenied", "cancelled"},
		{"R-PER-05", "number", "87022290018", "identifier_broken"},
	}
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	// By a call of the hub's nobody is attacked: what cannot be read there is out of order.
	atNode := map[string]string{"doctype": "means.failed.unavailable", "big": "means.failed.unavailable"}
	atPlain := map[string]string{"big": "error.too_large.title"}
	says := func(page *hubtest.Page, means string, row [4]string) bool {
		key := map[string]map[string]string{sim.MeansNode: atNode, sim.MeansPlain: atPlain}[means][row[1]]
		switch {
		case row[3] == "weak":
			key = "weak.title"
		case key == "":
			key = "means.failed." + row[3]
		}
		return strings.Contains(page.Text(), catalogue.Words("en").Text(key))
	}
	each(t, func(t *testing.T, w *hubtest.World) {
		for _, means := range profiles() {
			prove(browser(t, w), w, means, "ordinary") // there is an answer to be repeated
			for _, row := range rows {
				if means == sim.MeansPlain && row[2] == "low" {
					continue // is enough for the library
				}
				turn(t, w, row[1], row[2])
				b := browser(t, w)
				page := prove(b, w, means, "ordinary")
				believed := b.Jar.Value("localhost", "__Host-sid") != "" && row[2] != "low"
				if believed || page.Has("approve") || page.Status >= 500 || !strings.HasPrefix(page.URL.String(), w.Issuer) || !says(page, means, row) {
					t.Errorf("%s: %s %s at %s: at %s (%d), believed: %t, want %s\n%s", row[0], row[1], row[2], means, page.URL.Path, page.Status, believed, row[3], page.Text())
				}
				turn(t, w, "all", "")
			}
			if means == sim.MeansNode {
				turn(t, w, "plain", "on")
				if b := browser(t, w); prove(b, w, means, "ordinary").Has("approve") {
					t.Error("R-SAML-05: an answer that is not encrypted is believed")
				}
				turn(t, w, "all", "")
			}
			if b := browser(t, w); !prove(b, w, means, "ordinary").Has("approve") {
				t.Errorf("%s: afterwards nobody is let in: %s", means, b.Page.Text())
			}
		}
	})
}
