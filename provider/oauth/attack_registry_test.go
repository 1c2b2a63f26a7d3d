package oauth

import (
	"net/http"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// A client that is given to another body, as when a service is sold, takes nothing along: what
// people agreed to tell the first is not told to the second, by no token and by no login under way.
func TestAttack_TK_06_WhatOnePartyWasToldIsNotToldToTheNextOwnerOfItsClient(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp1")
	code, under := h.code(request("rp1")), h.begun(request("rp1"))
	answered := h.answered(under)

	h.docs.parties["buyer"] = consent.RelyingParty{
		ID: "buyer", Names: map[string]string{"en": "Buyer"}, Domain: "buyer.example", Sector: "buyer.example", Floor: identity.Low,
		Means: []consent.PermittedMeans{{Means: "trusted-profile", UpTo: identity.High}},
	}
	h.edit("rp1", func(c *Client) { c.Party = "buyer" })

	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
	h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	if answer, err := h.Issue(t.Context(), under, answered); err == nil {
		t.Errorf("a code went to the buyer for what was shown of the seller: %v", answer.Params.Has("code"))
	}
	if r := h.revoked("rp1", first.text("refresh_token")); r.status != http.StatusOK {
		t.Errorf("it may still be taken away: %d", r.status)
	}
}

// A sub that is asked for and cannot be read is refused. Passed over, it would let in whoever is
// there.
func TestAttack_LA_09_ASubThatIsNoTextIsNotPassedOver(t *testing.T) {
	h := newHub(t)
	for _, sub := range []string{
		`{"value":7}`, `{"value":null}`, `{"value":""}`, `{"value":{"a":"b"}}`, `{"values":["a",7]}`, `{"values":["a","b"]}`, `{"value":["a"]}`,
	} {
		h.there(request("rp1", "claims", `{"id_token":{"sub":`+sub+`}}`), "invalid_request")
	}
	for _, sub := range []string{`null`, `{"essential":true}`} {
		if r, err := h.authorize(request("rp1", "claims", `{"id_token":{"sub":`+sub+`}}`)); err != nil || r.Hint != "" {
			t.Errorf("OpenID Connect Core §5.5: %s asks for nobody: %q %v", sub, r.Hint, err)
		}
	}
}
