package oauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

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

// Until when the level holds is told where it is asked for, and nowhere else.
func TestUntilWhenALevelHolds(t *testing.T) {
	for _, c := range []struct {
		name, claims      string
		idToken, userinfo bool
	}{
		{"not asked", "", false, false},
		{"in the ID token", `{"id_token":{"assurance_valid_until":null}}`, true, false},
		{"at userinfo", `{"userinfo":{"assurance_valid_until":{"essential":true}}}`, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t)
			l := h.begun(request("rp1", "claims", c.claims))
			end := l.Proof.AuthTime.Add(8 * time.Hour)
			l.Decision.ValidUntil = end
			answer, err := h.Issue(t.Context(), l, h.answered(l))
			if err != nil {
				t.Fatal(err)
			}
			tokens := h.token("rp1", redemption(answer.Params.Get("code")))
			for place, told := range map[string]struct {
				claims map[string]any
				want   bool
			}{"ID token": {idTokenClaims(t, tokens.text("id_token")), c.idToken}, "userinfo": {h.userinfo(tokens.text("access_token")).body, c.userinfo}} {
				if got, ok := told.claims["assurance_valid_until"]; ok != told.want || ok && got != float64(end.Unix()) {
					t.Errorf("%s: %v, want it: %t", place, got, told.want)
				}
			}
		})
	}
}

func idTokenClaims(t *testing.T, token string) (told map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatal("no ID token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &told)
	}
	if err != nil {
		t.Fatal(err)
	}
	return told
}
