package standingtest

import (
	"encoding/json"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// features H12: a party that asks for the evidence learns that an office saw the person, and which organisation
// answers for it; never who worked there, and not by our own name of the place.
func TestTheOfficeVouchesToTheParty(t *testing.T) {
	t.Parallel()
	party := func() *hubtest.RP {
		return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic", Party: map[string]any{
			"may": []any{map[string]any{"attributes": []string{"given_name"}, "basis": "consent", "purpose": "service"}},
		}})
	}
	eachWith(t, party, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		var text []byte
		hubtest.Eventually(t, "the hub has read what the office is called", func() bool {
			b := w.Browser(t)
			rp.Authorize(b, "scope", "openid", "claims", `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"vouch"},`+
				`"check_details":[{"check_method":null,"organization":null}],"attestation":{"type":null,"voucher":{"organization":null}}}]},"claims":{"given_name":null}}}}`)
			b.Click("means-" + hubtest.MeansPhone)
			b.Tap(device)
			told := rp.Userinfo(rp.Exchange(rp.Finish(b, "ordinary").Code()).Text("access_token")).JSON["verified_claims"]
			var err error
			if text, err = json.Marshal(told); err != nil {
				t.Fatal(err)
			}
			return strings.Count(string(text), `"organization":"`) == 2 && strings.Contains(string(text), `"check_method":"vpip"`)
		})
		for _, never := range []string{"clerk", "room-", "Helena"} {
			if strings.Contains(string(text), never) {
				t.Errorf("the party is told %s", text)
			}
		}
	})
}
