package mandatetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// What is verified about a child who was not there is what a register says of them, at low, whatever the parent's
// login is worth; the number may be told, because the login reaches what it takes.
func TestWhatIsVerifiedAboutAChildIsTheRegistersWord(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		ask(b, rp, "guardian", "claims", `{"userinfo":{"national_identifier":null,"verified_claims":{"verification":{"trust_framework":null,"assurance_level":null,"evidence":[{"type":{"value":"electronic_record"}},{"type":{"value":"vouch"}}]},"claims":{"given_name":null}}}}`)
		choose(b, "for-0")
		held := agree(b, rp)
		info := rp.Userinfo(held.Text("access_token")).JSON
		number, _ := info["national_identifier"].(map[string]any)
		if number["value"] != child || !strings.HasSuffix(claimsOf(t, held)["acr"].(string), "/substantial") {
			t.Errorf("told of %v", info)
		}
		verified, _ := info["verified_claims"].(map[string]any)
		verification, _ := verified["verification"].(map[string]any)
		told, _ := verified["claims"].(map[string]any)
		if told["given_name"] != "Jagoda" || verification["assurance_level"] != "low" {
			t.Errorf("verified: %v", verified)
		}
		evidence, _ := verification["evidence"].([]any)
		var kinds []string
		for _, e := range evidence {
			kind, _ := e.(map[string]any)["type"].(string)
			kinds = append(kinds, kind)
		}
		if strings.Join(kinds, " ") != "electronic_record vouch" {
			t.Errorf("evidence: %v", kinds)
		}
	})
}
