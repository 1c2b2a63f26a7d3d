package cardtest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// levels.md §3, PV-09: the scope x509 tells of a card's certificate what names neither the card nor its holder's
// number: no serial number, no day of its validity, no minute of its check. Who logs in by another means has none.
func TestAttack_PV_09_ACertificateNamesNobody(t *testing.T) {
	rp := clinic()
	rp.Party = map[string]any{}
	rp.Party["may"] = []any{map[string]any{
		"attributes": []string{"x509_issuer", "x509_policy", "x509_subject", "x509_not_before", "x509_not_after"}, "basis": "consent", "purpose": "service",
	}}
	rp.Client = map[string]any{"scopes": []string{"x509"}}
	w := hubtest.New(t, hubtest.WithCard(), hubtest.WithRPs(rp))
	b := w.Browser(t)
	atCard(b, rp, "scope", "openid x509")
	page := b.Card(w, "ordinary")
	for _, want := range []string{"Who issued your card", "Certificate valid until", "CN=Konstanty Brzeziński-Testowy"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page does not say %q:\n%s", want, page.Text())
		}
	}
	for _, id := range page.IDs("attr-") {
		b.Tick(id)
	}
	told := rp.Userinfo(rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("access_token")).JSON
	for name, form := range map[string]string{
		"x509_issuer": `^.*CN=.+$`, "x509_policy": `^[0-9.]+$`, "x509_subject": `^CN=Konstanty Brzeziński-Testowy,C=PL$`,
		"x509_not_before": `^20\d\d-\d\d$`, "x509_not_after": `^20\d\d-\d\d$`, "x509_status_checked_at": `^20\d\d-\d\d-\d\dT\d\d:00:00Z$`,
	} {
		if text, _ := told[name].(string); !regexp.MustCompile(form).MatchString(text) {
			t.Errorf("%s: %v", name, told[name])
		}
	}
	delete(told, "sub")
	written, err := json.Marshal(told)
	if err != nil || strings.Contains(string(written), "87022290019") || strings.Contains(strings.ToLower(string(written)), "serial") || len(told) != 6 {
		t.Errorf("told %s", written)
	}
	other := w.Browser(t)
	rp.Authorize(other, "scope", "openid x509")
	other.Choose("trusted-profile")
	if page := other.Be("ordinary"); !page.Has("approve") || strings.Contains(page.Text(), "certificate") {
		t.Errorf("a means without a certificate tells of one:\n%s", page.Text())
	}
}
