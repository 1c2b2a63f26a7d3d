package attacktest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/hub/hubtest"
)

// plan is one run of a module: its party, which sends neither PKCE nor nonce unless the module says
// so, and the way in which answers travel.
type plan struct {
	*cast
	t  *testing.T
	rp *hubtest.RP
	b  *hubtest.Browser

	mode, method string
}

// basic plays a module of oidcc-basic-certification-test-plan and, by form_post, of
// oidcc-formpost-basic-certification-test-plan.
func basic(t *testing.T, story func(p *plan)) {
	t.Helper()
	c := stage(t)
	for mode, method := range map[string]string{"": http.MethodGet, "form_post": http.MethodPost} {
		t.Run("response_mode="+mode, func(t *testing.T) {
			story(&plan{cast: c, t: t, rp: c.opt.As(t), b: c.Watched(t), mode: mode, method: method})
		})
	}
}

func (p *plan) asked(changes ...string) []string {
	return append([]string{"code_challenge", "", "code_challenge_method", "", "response_mode", p.mode}, changes...)
}

// request sends the browser off and gives the page where it stands still.
func (p *plan) request(changes ...string) *hubtest.Page {
	p.t.Helper()
	page := p.rp.Authorize(p.b, p.asked(changes...)...)
	if p.mode == "form_post" && page.Has("leave") && strings.Contains(page.Body, "document.forms[0].submit()") {
		page = p.b.Click("leave") // what the script does where there is one
	}
	return page
}

// answer lets the person finish whatever the browser is at.
func (p *plan) answer() hubtest.Answer {
	p.t.Helper()
	answer := p.rp.Finish(p.b, "ordinary")
	if answer.Method != p.method || answer.Get("iss") != p.Issuer { // RFC 9207
		p.t.Errorf("the answer came by %s from %q", answer.Method, answer.Get("iss"))
	}
	return answer
}

// outcome is what a party knows after a module's flow.
type outcome struct {
	tokens hubtest.Reply
	id     map[string]any
	told   map[string]any
}

func (o outcome) at() int64 { at, _ := o.id["auth_time"].(float64); return int64(at) }

// flow is a whole login: answer, tokens, a verified ID token, userinfo of the same subject.
func (p *plan) flow(changes ...string) outcome {
	p.t.Helper()
	p.request(changes...)
	return p.redeem(p.answer())
}

func (p *plan) redeem(answer hubtest.Answer) outcome {
	p.t.Helper()
	if answer.Code() == "" {
		p.t.Fatalf("no code: %v", answer.Values)
	}
	o := outcome{tokens: p.rp.Exchange(answer.Code(), "code_verifier", "")}
	if o.tokens.Status != http.StatusOK || !strings.EqualFold(o.tokens.Text("token_type"), "Bearer") {
		p.t.Fatalf("no tokens: %d %s", o.tokens.Status, o.tokens.Body)
	}
	o.id = p.verified(o.tokens.Text("id_token"), "ES256")
	o.told = p.told(p.rp.Userinfo(o.tokens.Text("access_token")), o.id)
	return o
}

func (p *plan) told(reply hubtest.Reply, id map[string]any) map[string]any {
	p.t.Helper()
	if reply.Status != http.StatusOK || reply.JSON["sub"] != id["sub"] || !strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") {
		p.t.Errorf("userinfo: %d %s", reply.Status, reply.Body)
	}
	return reply.JSON
}

// verified checks an ID token as a party must (OpenID Connect Core §3.1.3.7).
func (p *plan) verified(token, alg string) map[string]any {
	p.t.Helper()
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		p.t.Fatalf("the ID token is no %s: %v", alg, err)
	}
	keys := p.keys(p.t)
	key := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(key) != 1 || key[0].Use != "sig" {
		p.t.Fatalf("%d published keys have the ID token's kid", len(key))
	}
	payload, err := signed.Verify(key[0])
	if err != nil {
		p.t.Fatalf("the ID token's signature: %v", err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		p.t.Fatal(err)
	}
	issued, _ := claims["iat"].(float64)
	until, _ := claims["exp"].(float64)
	if now := float64(p.Now().Unix()); claims["iss"] != p.Issuer || claims["aud"] != p.rp.ID || claims["sub"] == "" || issued > now+5 || issued < now-60 || until <= now {
		p.t.Errorf("the ID token says %v", claims)
	}
	if sub, _ := claims["sub"].(string); len(sub) > 255 {
		p.t.Error("sub is longer than 255 characters")
	}
	return claims
}

func (p *plan) refused(what string, page *hubtest.Page, code string) {
	p.t.Helper()
	if !p.rp.Landed(page) {
		p.t.Errorf("%s: the party is told nothing; at %s (%d)", what, page.URL.Path, page.Status)
		return
	}
	if answer := p.rp.Answered(page); answer.Get("error") != code || answer.Method != p.method || answer.Has("code") {
		p.t.Errorf("%s: the party is told %s %v, want %s", what, answer.Method, answer.Values, code)
	}
}

func TestConformance_basic_server(t *testing.T) { basic(t, func(p *plan) { p.flow() }) }

func TestConformance_basic_response_type_missing(t *testing.T) {
	basic(t, func(p *plan) { p.refused("without response_type", p.request("response_type", ""), "invalid_request") })
}

func TestConformance_basic_idtoken_signature(t *testing.T) {
	basic(t, func(p *plan) {
		p.flow()
		p.rp = p.old.As(p.t)
		p.request()
		p.verified(p.rp.Exchange(p.answer().Code(), "code_verifier", "").Text("id_token"), "RS256")
	})
}

func TestConformance_basic_idtoken_unsigned(t *testing.T) {
	c := stage(t)
	if algs, _ := c.discovery(t)["id_token_signing_alg_values_supported"].([]any); len(algs) == 0 || slices.Contains(algs, any("none")) {
		t.Errorf("ID tokens are signed by %v", algs)
	}
	if c.applied("id_token_signed_response_alg", "none") == nil {
		t.Error("a client can be registered for unsigned ID tokens")
	}
}

func (c *cast) discovery(t *testing.T) map[string]any {
	t.Helper()
	return c.rp1.As(t).Do(mustRequest(t, c.Issuer+"/.well-known/openid-configuration")).JSON
}

func TestConformance_basic_userinfo_get(t *testing.T) {
	basic(t, func(p *plan) { p.flow("scope", "openid profile") })
}

func TestConformance_basic_userinfo_post_header(t *testing.T) {
	basic(t, func(p *plan) {
		o := p.flow()
		r := p.Ask(http.MethodPost, "/userinfo").WithContext(p.t.Context())
		r.Header.Set("Authorization", "Bearer "+o.tokens.Text("access_token"))
		p.told(p.rp.Do(r), o.id)
	})
}

func TestConformance_basic_userinfo_post_body(t *testing.T) {
	basic(t, func(p *plan) {
		o := p.flow()
		form := url.Values{"access_token": {o.tokens.Text("access_token")}}
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.Issuer+"/userinfo", strings.NewReader(form.Encode()))
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		p.told(p.rp.Do(r), o.id)
	})
}

func TestConformance_basic_ensure_request_without_nonce_succeeds_for_code_flow(t *testing.T) {
	basic(t, func(p *plan) {
		if o := p.flow("nonce", ""); o.id["nonce"] != nil {
			p.t.Errorf("the ID token has the nonce %v, and none was sent", o.id["nonce"])
		}
		if o := p.flow("nonce", "n-0S6_WzA2Mj"); o.id["nonce"] != "n-0S6_WzA2Mj" {
			p.t.Errorf("the ID token has the nonce %v", o.id["nonce"])
		}
	})
}

// scoped holds userinfo against the claims that scopes stand for (OpenID Connect Core §5.4).
func scoped(t *testing.T, scope string, want map[string]any) {
	t.Helper()
	basic(t, func(p *plan) {
		o := p.flow("scope", "openid "+scope)
		for name, value := range want {
			if got := o.told[name]; got == nil || value != nil && got != value {
				p.t.Errorf("%s is %v, want %v", name, got, value)
			}
		}
		for name := range o.told {
			if _, asked := want[name]; !asked && name != "sub" {
				p.t.Errorf("%s is told, and scope %s does not ask for it", name, scope)
			}
		}
	})
}

func profileClaims() map[string]any {
	return map[string]any{"name": "Konstanty Brzeziński-Testowy", "given_name": "Konstanty", "family_name": "Brzeziński-Testowy", "birthdate": "1987-02-22"}
}

func emailClaims() map[string]any {
	return map[string]any{"email": "konstanty.testowy@mail.example", "email_verified": true}
}

func phoneClaims() map[string]any {
	return map[string]any{"phone_number": "+48599100001", "phone_number_verified": true}
}

func TestConformance_basic_scope_profile(t *testing.T) { scoped(t, "profile", profileClaims()) }
func TestConformance_basic_scope_email(t *testing.T)   { scoped(t, "email", emailClaims()) }
func TestConformance_basic_scope_phone(t *testing.T)   { scoped(t, "phone", phoneClaims()) }
func TestConformance_basic_scope_address(t *testing.T) {
	scoped(t, "address", map[string]any{"address": nil})
}

func TestConformance_basic_scope_all(t *testing.T) {
	all := map[string]any{"address": nil}
	for _, some := range []map[string]any{profileClaims(), emailClaims(), phoneClaims()} {
		maps.Copy(all, some)
	}
	scoped(t, "profile email address phone", all)
}

// TestConformance_basic_alternate_happy_flow goes by another means and as another person.
func TestConformance_basic_alternate_happy_flow(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.flow()
		p.b = p.Watched(p.t)
		p.request("scope", "openid profile")
		p.b.Choose("bank-one")
		p.b.Be("diacritics")
		other := p.redeem(p.answer())
		if other.id["sub"] == first.id["sub"] || other.told["family_name"] != "Gżegżółka-Święcicka" {
			p.t.Errorf("another person is told as %v", other.told)
		}
	})
}

func TestConformance_basic_display_page(t *testing.T) {
	basic(t, func(p *plan) { p.flow("display", "page") })
}

func TestConformance_basic_display_popup(t *testing.T) {
	basic(t, func(p *plan) { p.flow("display", "popup") })
}

func TestConformance_basic_prompt_login(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.flow()
		p.Shift(2 * time.Second)
		if page := p.request("prompt", "login"); !page.Has("means-trusted-profile") {
			p.t.Fatalf("no new login is asked for at %s", page.URL.Path)
		}
		if again := p.redeem(p.answer()); again.at() <= first.at() || again.id["sub"] != first.id["sub"] {
			p.t.Errorf("auth_time was %d and is %d", first.at(), again.at())
		}
	})
}

func TestConformance_basic_prompt_none_not_logged_in(t *testing.T) {
	basic(t, func(p *plan) { p.refused("nobody is logged in", p.request("prompt", "none"), "login_required") })
}

// remembered is a login whose decision is remembered, so that the next one asks nothing.
func (p *plan) remembered(changes ...string) outcome {
	p.t.Helper()
	p.request(changes...)
	p.b.Choose("trusted-profile")
	if consent := p.b.Be("ordinary"); consent.Has("remember") {
		p.b.Tick("remember")
	}
	return p.redeem(p.answer())
}

func TestConformance_basic_prompt_none_logged_in(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.remembered("scope", "openid profile")
		p.Shift(2 * time.Second)
		page := p.request("scope", "openid profile", "prompt", "none")
		if !p.rp.Landed(page) {
			p.t.Fatalf("prompt=none shows a page: %s\n%s", page.URL.Path, page.Text())
		}
		if again := p.redeem(p.rp.Answered(page)); again.at() != first.at() || again.id["sub"] != first.id["sub"] {
			p.t.Errorf("the same session is told as %v and %v", first.id, again.id)
		}
	})
}

func TestConformance_basic_max_age_1(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.flow()
		p.Shift(2 * time.Second)
		if page := p.request("max_age", "1"); !page.Has("means-trusted-profile") {
			p.t.Fatalf("no new login is asked for at %s", page.URL.Path)
		}
		if again := p.redeem(p.answer()); again.at() <= first.at() || again.id["sub"] != first.id["sub"] {
			p.t.Errorf("auth_time was %d and is %d", first.at(), again.at())
		}
	})
}

func TestConformance_basic_max_age_10000(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.flow("max_age", "10000")
		p.Shift(2 * time.Second)
		if page := p.request("max_age", "10000"); page.Has("means-trusted-profile") {
			p.t.Fatalf("a login of two seconds ago is too old")
		}
		if again := p.redeem(p.answer()); again.at() != first.at() || first.at() == 0 {
			p.t.Errorf("auth_time was %d and is %d", first.at(), again.at())
		}
	})
}

func TestConformance_basic_ensure_request_with_unknown_parameter_succeeds(t *testing.T) {
	basic(t, func(p *plan) { p.flow("extra", "foobar", "resource_hint", "x") })
}

func TestConformance_basic_id_token_hint(t *testing.T) {
	basic(t, func(p *plan) {
		first := p.remembered()
		page := p.request("prompt", "none", "id_token_hint", first.tokens.Text("id_token"))
		if !p.rp.Landed(page) {
			p.t.Fatalf("prompt=none shows a page: %s\n%s", page.URL.Path, page.Text())
		}
		if again := p.redeem(p.rp.Answered(page)); again.id["sub"] != first.id["sub"] {
			p.t.Error("the hint leads to another person")
		}
		p.b = p.Watched(p.t) // somebody else is logged in: the hint chooses no account
		p.request()
		p.b.Choose("bank-one")
		p.b.Be("diacritics")
		p.answer()
		p.refused("another's session", p.request("prompt", "none", "id_token_hint", first.tokens.Text("id_token")), "login_required")
	})
}
