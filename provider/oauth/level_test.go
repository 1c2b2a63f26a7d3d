package oauth

import (
	"testing"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Several values ask for the best that is there: the first leads, the lowest will do.
func TestAsHighAsTheCitizenCan(t *testing.T) {
	h := newHub(t)
	for _, c := range []struct {
		name, acr, claims, mode string
		minimum, preferred      identity.Level
	}{
		{"nothing", "", "", "", identity.None, identity.None},
		{"one value", "substantial", "", "", identity.Substantial, identity.Substantial},
		{"from the highest down", "high substantial low", "", "", identity.Low, identity.High},
		{"from the lowest up: more is not wanted", "low high", "", "", identity.Low, identity.Low},
		{"unknown values do not lead", "gold high low", "", "", identity.Low, identity.High},
		{"at a soft party nothing is demanded", "high low", "", "soft", identity.None, identity.High},
		{"as a voluntary claim", "", `{"id_token":{"acr":{"values":["high","low"]}}}`, "", identity.Low, identity.High},
		{"an essential claim is demanded, of a soft party, too", "low", `{"id_token":{"acr":{"essential":true,"values":["high"]}}}`, "soft", identity.High, identity.Low},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.editParty("office", func(p *consent.RelyingParty) { p.ACRMode = c.mode })
			got, err := h.authorize(request("rp1", "acr_values", c.acr, "claims", c.claims))
			if err != nil || got.Minimum != c.minimum || got.Preferred != c.preferred {
				t.Errorf("minimum %s, preferred %s, %v", got.Minimum, got.Preferred, err)
			}
		})
	}
}
