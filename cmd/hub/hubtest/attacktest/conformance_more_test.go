package attacktest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConformance_basic_login_hint(t *testing.T) {
	basic(t, func(p *plan) { p.flow("login_hint", "buffy@example.com") })
}

func TestConformance_basic_ui_locales(t *testing.T) {
	basic(t, func(p *plan) {
		if page := p.request("ui_locales", "se pl"); !strings.Contains(page.Body, `<html lang="pl"`) {
			p.t.Errorf("the page is not in the language wanted: %.120s", page.Body)
		}
		p.redeem(p.answer())
	})
}

func TestConformance_basic_claims_locales(t *testing.T) {
	basic(t, func(p *plan) { p.flow("claims_locales", "se", "scope", "openid profile") })
}

func TestConformance_basic_ensure_request_with_acr_values_succeeds(t *testing.T) {
	basic(t, func(p *plan) {
		if o := p.flow("acr_values", "1 2"); o.id["acr"] != substantial {
			p.t.Errorf("acr is %v", o.id["acr"])
		}
		if o := p.flow("acr_values", "1 "+low); o.id["acr"] == nil || o.id["acr"] == "1" {
			p.t.Errorf("acr is %v", o.id["acr"])
		}
	})
}

func codeReuse(t *testing.T, after time.Duration) {
	t.Helper()
	basic(t, func(p *plan) {
		p.request()
		answer := p.answer()
		o := p.redeem(answer)
		p.Shift(after)
		wants(p.t, "again", p.rp.Exchange(answer.Code(), "code_verifier", ""), http.StatusBadRequest, "invalid_grant")
		dead(p.t, "the token of the first time", p.rp, o.tokens.Text("access_token"))
	})
}

func TestConformance_basic_codereuse(t *testing.T)           { codeReuse(t, 0) }
func TestConformance_basic_codereuse_30seconds(t *testing.T) { codeReuse(t, 30*time.Second) }

func TestConformance_basic_ensure_registered_redirect_uri(t *testing.T) {
	basic(t, func(p *plan) {
		p.here(p.t, "another address", p.request("redirect_uri", p.rp.Redirect+"/x"))
	})
}

func TestConformance_basic_ensure_post_request_succeeds(t *testing.T) {
	basic(t, func(p *plan) {
		p.b.Post(p.Issuer+"/authorize", p.rp.Request(p.asked()...), p.Landing())
		p.redeem(p.answer())
	})
}

func TestConformance_basic_server_client_secret_post(t *testing.T) {
	basic(t, func(p *plan) {
		p.rp = p.old.As(p.t)
		p.request()
		if reply := p.rp.Exchange(p.answer().Code(), "code_verifier", ""); reply.Status != http.StatusOK {
			p.t.Errorf("with the secret in the body: %s", reply.Body)
		}
	})
}

func TestConformance_basic_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(t *testing.T) {
	basic(t, func(p *plan) {
		if p.discovery(p.t)["request_uri_parameter_supported"] != false {
			p.t.Error("discovery offers request_uri")
		}
		p.refused("request_uri", p.request("request_uri", "https://rp.example/request.jwt"), "request_uri_not_supported")
	})
}

func TestConformance_basic_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(t *testing.T) {
	basic(t, func(p *plan) {
		if p.discovery(p.t)["request_parameter_supported"] != false {
			p.t.Error("discovery offers request objects")
		}
		p.refused("request", p.request("request", unsigned(`{"response_type":"code","client_id":"opt","nonce":"other"}`)), "request_not_supported")
	})
}

func TestConformance_basic_ensure_request_object_with_redirect_uri(t *testing.T) {
	basic(t, func(p *plan) {
		object := unsigned(`{"response_type":"code","client_id":"opt","redirect_uri":"` + p.rp.Redirect + `"}`)
		p.refused("an object with another address", p.request("request", object), "request_not_supported")
		p.here(p.t, "the address in the object only", p.request("request", object, "redirect_uri", ""))
	})
}

func TestConformance_basic_claims_essential(t *testing.T) {
	basic(t, func(p *plan) {
		o := p.flow("claims", `{"userinfo":{"name":{"essential":true},"unknown_claim":{"essential":true}},"id_token":{"auth_time":{"essential":true}}}`)
		if o.told["name"] != "Konstanty Brzeziński-Testowy" || o.at() == 0 || len(o.told) != 2 {
			p.t.Errorf("userinfo tells %v", o.told)
		}
	})
}

func TestConformance_basic_refresh_token(t *testing.T) {
	basic(t, func(p *plan) {
		o := p.flow("scope", "openid offline_access", "prompt", "consent")
		p.Shift(2 * time.Second)
		next := p.rp.Refresh(o.tokens.Text("refresh_token"))
		if next.Status != http.StatusOK || next.Text("access_token") == o.tokens.Text("access_token") {
			p.t.Fatalf("refresh: %d %s", next.Status, next.Body)
		}
		id := p.verified(next.Text("id_token"), "ES256")
		for _, name := range []string{"iss", "sub", "aud", "auth_time", "azp", "sid"} { // OpenID Connect Core §12.2
			if id[name] != o.id[name] {
				p.t.Errorf("%s was %v and is %v", name, o.id[name], id[name])
			}
		}
		if id["nonce"] != nil && id["nonce"] != o.id["nonce"] {
			p.t.Errorf("the nonce is %v", id["nonce"])
		}
		p.told(p.rp.Userinfo(next.Text("access_token")), id)
		wants(p.t, "another client", p.rp2.Refresh(next.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	})
}

func TestConformance_basic_ensure_request_with_valid_pkce_succeeds(t *testing.T) {
	basic(t, func(p *plan) {
		v := p.rp.Request()
		p.request("code_challenge", v.Get("code_challenge"), "code_challenge_method", "S256")
		if reply := p.rp.Exchange(p.answer().Code()); reply.Status != http.StatusOK {
			p.t.Errorf("with PKCE: %s", reply.Body)
		}
	})
}
