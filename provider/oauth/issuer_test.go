package oauth

import "testing"

// oauth.md F15 (RFC 9207 §2): every answer to a party says who answers, errors as well, whatever they are
// about and however they travel.
func TestF15_iss_in_every_answer(t *testing.T) {
	h := newHub(t)
	l := h.begun(request("rp1"))
	if answer, err := h.Issue(t.Context(), l, h.answered(l)); err != nil || answer.Params.Get("iss") != issuer || answer.Params.Get("code") == "" {
		t.Errorf("a code: %v", err)
	}
	for what, change := range map[string][2]string{
		"response_type": {"response_type", "token"}, "scope": {"scope", "profile"}, "prompt": {"prompt", "sometimes"}, "max_age": {"max_age", "-1"},
		"request": {"request", "e30.e30."}, "request_uri": {"request_uri", "urn:x"}, "claims": {"claims", "{"}, "challenge": {"code_challenge_method", "plain"},
		"hint": {"id_token_hint", "x"},
	} {
		for _, mode := range []string{"", "query", "form_post"} {
			e := h.refusal(request("rp1", change[0], change[1], "response_mode", mode))
			if e.Response == nil || e.Response.Params.Get("iss") != issuer || e.Response.Params.Get("state") != "st" || e.Response.Params.Get("error") == "" {
				t.Errorf("a wrong %s, by %q: %v", what, mode, e)
			}
		}
	}
}
