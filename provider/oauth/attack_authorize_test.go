package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// told runs an authorization request that must fail, and gives the error.
func (h *hub) told(r *http.Request) *Error {
	h.t.Helper()
	_, err := h.Authorize(r)
	var e *Error
	if !errors.As(err, &e) {
		h.t.Fatalf("not refused: %v (%s)", err, r.URL)
	}
	if e.Status >= 500 {
		h.t.Fatalf("a client's mistake gave %d", e.Status)
	}
	return e
}

func (h *hub) refusal(v url.Values) *Error {
	h.t.Helper()
	return h.told(httptest.NewRequest(http.MethodGet, "/authorize?"+v.Encode(), nil))
}

// here says that an error is shown on our own page.
func (h *hub) here(v url.Values) {
	h.t.Helper()
	if e := h.refusal(v); e.Response != nil {
		h.t.Errorf("redirected to %s: %v", e.Response.Target, e)
	}
}

// there says that the party is told an error at its own redirect URI.
func (h *hub) there(v url.Values, code string) {
	h.t.Helper()
	e := h.refusal(v)
	if e.Response == nil || e.Code != code || e.Response.Params.Get("error") != code ||
		e.Response.Params.Get("iss") != issuer || e.Response.Params.Get("state") != v.Get("state") {
		h.t.Errorf("want %s at the party: %+v %+v", code, e, e.Response)
	}
}

func TestAttack_RU_01_unregistered_redirect_uri(t *testing.T) {
	h := newHub(t)
	h.here(request("rp1", "redirect_uri", "https://evil.example/cb"))
}

func TestAttack_RU_02_no_error_goes_to_an_unproved_uri(t *testing.T) {
	h := newHub(t)
	evil := "https://evil.example/cb"
	for _, change := range [][]string{
		{"client_id", "nobody"}, {"client_id", ""}, {"scope", "bad"}, {"prompt", "none"}, {"response_type", "token"}, {"prompt", "none login"},
		{"response_mode", "fragment"}, {"request", "x"}, {"max_age", "x"}, {"claims", "{"}, {"code_challenge", ""},
	} {
		h.here(request("rp1", append([]string{"redirect_uri", evil}, change...)...))
	}
	h.here(request("nobody"))
}

func TestAttack_RU_03_RU_04_RU_06_RU_10_only_equal_bytes_match(t *testing.T) {
	h := newHub(t)
	for _, uri := range []string{
		"https://rp1.example@evil/cb", "https://rp1.example%40evil/cb", "https://rp1.example%2540evil/cb", "https://rp1.example%252F@evil/cb",
		"https://evil@rp1.example/cb", "https://a@b@rp1.example/cb", `https://rp1.example\@evil/cb`, "https://evil/cb?https://rp1.example/cb",
		"https://rp1.example/cb/", "https://rp1.example//cb", "https://rp1.example/./cb", "https://rp1.example/x/../cb", "https://rp1.example/..;/cb",
		"https://rp1.example/%63b", "https://rp1.example/%2e%2e/cb", "https://rp1.example/cb;x", "https://rp1.example./cb", "https://RP1.example/cb",
		"HTTPS://rp1.example/cb", "http://rp1.example/cb", "https://rp1.example:443/cb", "https://rp1.example/cb?", "https://rp1.example/cb?x=2",
		"https://rp1.example/cb?x=1&y=2", "https://rp1.example/cb#", "https://rp1.example/cb#x", " https://rp1.example/cb", "https://rp1.example/cb ",
		"https://rp1.example/cb\t", "https://rp1.example/cb\r\nSet-Cookie: a=b", "//rp1.example/cb", "/cb", "javascript:alert(1)", "https://rp1.example/cb\x00",
	} {
		h.here(request("rp1", "redirect_uri", uri))
	}
}

func TestAttack_RU_08_F20_only_the_port_of_a_loopback_may_vary(t *testing.T) {
	h := newHub(t)
	for _, uri := range []string{"http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "http://[::1]/cb", "http://[::1]:5/cb"} {
		if _, err := h.authorize(request("nat", "redirect_uri", uri)); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"http://evil@127.0.0.1/cb", "http://127.0.0.1/c%62", "https://127.0.0.1/cb", "http://127.0.0.1/cb?x=1", "http://localhost/cb", "http://127.1/cb",
		"http://0x7f.1/cb", "http://127.0.0.2/cb", "http://127.0.0.1:80@evil/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:0/cb", "http://127.0.0.1:080/cb",
		"http://127.0.0.1:65536/cb", "http://127.0.0.1:99999999999/cb", "http://127.0.0.1.evil.example/cb", "http://127.0.0.1:1", "http://127.0.0.1:1/", "http://[::1/cb",
		"http://[::ffff:127.0.0.1]/cb", "HTTP://127.0.0.1/cb", "http://127.0.0.1:+1/cb", "http://127.0.0.1:1 /cb",
	} {
		h.here(request("nat", "redirect_uri", uri))
	}
	h.edit("pub", func(c *Client) { c.RedirectURIs = []string{"http://127.0.0.1/cb"} })
	h.here(request("pub", "redirect_uri", "http://127.0.0.1:9/cb")) // not native
}

func TestAttack_RU_07_RU_19_dangerous_uris_cannot_be_registered(t *testing.T) {
	for _, uri := range []string{
		"javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", "vbscript:x", "file:///etc/passwd", "http://rp.example/cb", "com.example:/cb",
		"https://*.example/cb", "https://rp.example/*", "https://rp.example/cb#f", "https://rp.example/cb#", "https://u:p@rp.example/cb", "https://u@rp.example/cb",
		"https:///cb", "https://", "//rp.example/cb", "/cb", "", "https://rp.example/\x00", "https://rp.example/ä", "https://rp.example/a b", `https://rp.example\@evil`,
		"https://RP.example/cb", "HTTPS://rp.example/cb", "https://rp.example/../cb", "https://rp.example/" + strings.Repeat("a", 3000), "http://localhost/cb", "http://127.0.0.1/cb",
	} {
		good := Client{ID: "c", Party: "p", AuthMethod: ClientSecretBasic, SecretDigests: []string{DigestSecret("x")}, RedirectURIs: []string{callback}}
		bad := good
		bad.RedirectURIs = []string{uri}
		if len(CheckClient(good)) != 0 || len(CheckClient(bad)) == 0 {
			t.Errorf("%q: %v", uri, CheckClient(bad))
		}
		bad = good
		bad.PostLogoutRedirectURIs = []string{uri}
		if len(CheckClient(bad)) == 0 {
			t.Errorf("%q after a logout", uri)
		}
	}
	native := Client{ID: "n", Party: "p", AuthMethod: NoAuth, Native: true, RedirectURIs: []string{"http://127.0.0.1/cb", "http://[::1]:80/cb", "https://rp.example/cb"}}
	if problems := CheckClient(native); len(problems) != 0 {
		t.Errorf("a native client: %v", problems)
	}
	native.RedirectURIs = []string{"http://localhost/cb"}
	if len(CheckClient(native)) == 0 {
		t.Error("localhost is a name: RFC 8252 §8.3")
	}
}

func TestAttack_RU_11_F19_duplicate_parameters(t *testing.T) {
	h := newHub(t)
	for _, name := range []string{"redirect_uri", "client_id", "scope", "acr_values", "unknown"} {
		v := request("rp1", "acr_values", "low", "unknown", "x")
		query := httptest.NewRequest(http.MethodGet, "/authorize?"+v.Encode()+"&"+name+"=again", nil)
		if e := h.told(query); e.Code != "invalid_request" || e.Response != nil {
			t.Errorf("%s twice: %v", name, e)
		}
		mixed := post("/authorize?"+name+"=again", func(*http.Request) url.Values { return v })
		if e := h.told(mixed); e.Code != "invalid_request" || e.Response != nil {
			t.Errorf("%s in query and body: %v", name, e)
		}
	}
}

func TestPostRequestAndUnknownParameterAreFine(t *testing.T) { // OpenID Connect Core §3.1.2.1
	h := newHub(t)
	if _, err := h.Authorize(post("/authorize", func(*http.Request) url.Values { return request("rp1", "foo", "bar", "display", "popup") })); err != nil {
		t.Error(err)
	}
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=x", "", "text/plain"} {
		r := post("/authorize", func(*http.Request) url.Values { return request("rp1") })
		r.Header.Set("Content-Type", kind)
		if e := h.told(r); e.Response != nil {
			t.Errorf("%q: %v", kind, e)
		}
	}
	if e := h.told(httptest.NewRequest(http.MethodPut, "/authorize?"+request("rp1").Encode(), nil)); e.Status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %v", e)
	}
}

func TestAttack_RU_12_missing_redirect_uri(t *testing.T) {
	h := newHub(t)
	h.edit("rp1", func(c *Client) { c.RedirectURIs = []string{callback} })
	h.here(request("rp1", "redirect_uri", ""))
}

func TestAttack_RU_13_F03_F04_F05_request_objects_change_nothing(t *testing.T) {
	h := newHub(t)
	none := "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9."
	h.there(request("rp1", "request", none), "request_not_supported")
	h.there(request("rp1", "request_uri", "https://evil.example/r"), "request_uri_not_supported")
	h.there(request("rp1", "registration", "{}"), "registration_not_supported")
	h.here(url.Values{"client_id": {"rp1"}, "request": {none}})
}

func TestAttack_RU_18_CP_18_state(t *testing.T) {
	h := newHub(t)
	for _, state := range []string{"", "a", "\"><script>alert(1)</script>", strings.Repeat("s", 4096), "a\r\nSet-Cookie: b=c", "ä €"} {
		l := h.begun(request("rp1", "state", state))
		answer, err := h.Issue(t.Context(), l, h.answered(l))
		if err != nil || answer.Params.Get("state") != state || answer.Params.Has("state") != (state != "") {
			t.Errorf("RU-24, F18: %q came back as %q: %v", state, answer.Params.Get("state"), err)
		}
		if u, err := url.Parse(answer.URL()); err != nil || u.Query().Get("state") != state || strings.ContainsAny(answer.URL(), "\r\n\"<>") {
			t.Errorf("URL of %q: %s", state, answer.URL())
		}
	}
	for _, state := range []string{strings.Repeat("s", 4097), strings.Repeat("s", 64<<10), "a\x00b", "\xff"} {
		h.here(request("rp1", "state", state))
	}
}

func TestAttack_RU_25_RU_28_long_lists(t *testing.T) {
	h := newHub(t)
	h.there(request("rp1", "scope", "openid "+strings.Repeat("a ", 2000)), "invalid_scope")
	h.here(request("rp1", "scope", strings.Repeat("abcdefghij ", 100_000)))
	h.there(request("rp1", "ui_locales", strings.Repeat("pl ", 1000)), "invalid_request")
	h.there(request("rp1", "claims_locales", strings.Repeat("pl ", 1000)), "invalid_request")
	h.there(request("rp1", "acr_values", strings.Repeat("low ", 1000)), "invalid_request")
	h.there(request("rp1", "nonce", strings.Repeat("n", 1025)), "invalid_request")
	got, err := h.authorize(request("rp1", "ui_locales", "pl-PL de <script> ar "+strings.Repeat("x", 40)+" a b c d e f g h"))
	if err != nil || len(got.Languages) != mostLocales || got.Languages[2] != "ar" {
		t.Errorf("%v %v", got.Languages, err)
	}
}

func TestAttack_RU_27_login_hint_goes_nowhere(t *testing.T) {
	h := newHub(t)
	for _, hint := range []string{"<img src=x>", "87022290019", "PNOPL-87022290019"} {
		l := h.begun(request("rp1", "login_hint", hint))
		if strings.Contains(string(l.Request.Channel), hint) || l.Request.Hint != "" {
			t.Errorf("%q is kept", hint)
		}
	}
}

func TestAttack_CP_05_CP_06_challenge_by_registration(t *testing.T) {
	h := newHub(t)
	bare := []string{"code_challenge", "", "code_challenge_method", ""}
	for client, want := range map[string]string{"rp1": "invalid_request", "pub": "invalid_request", "old": "", "non": ""} {
		if v := request(client, bare...); want != "" {
			h.there(v, want)
		} else if _, err := h.authorize(v); err != nil {
			t.Errorf("%s: %v", client, err)
		}
	}
	h.there(request("non", append(bare, "nonce", "")...), "invalid_request")
	if _, err := h.authorize(request("old", append(bare, "nonce", "")...)); err != nil {
		t.Errorf("optional: %v", err)
	}
	h.edit("pub", func(c *Client) { c.PKCE = PKCEOptional })
	h.there(request("pub", bare...), "invalid_request") // whatever its registration says
	for _, method := range []string{"plain", "", "s256", "S512"} {
		h.there(request("old", "code_challenge_method", method), "invalid_request")
	}
	for _, challenge := range []string{"short", strings.Repeat("a", 44), strings.Repeat("=", 43)} {
		h.there(request("old", "code_challenge", challenge), "invalid_request")
	}
	h.there(request("old", "code_challenge", ""), "invalid_request") // a method alone
}

func TestAttack_LA_09_F07_max_age(t *testing.T) {
	h := newHub(t)
	for text, want := range map[string]time.Duration{"0": 0, "1": time.Second, "10000": 10000 * time.Second} {
		got, err := h.authorize(request("rp1", "max_age", text))
		if err != nil || got.MaxAge == nil || *got.MaxAge != want {
			t.Errorf("%s: %v %v", text, got.MaxAge, err)
		}
	}
	for _, text := range []string{"-1", "1.5", "1e3", "+1", "x", "0x10", "99999999999999999999", "4294967296", " 1", "1_0"} {
		h.there(request("rp1", "max_age", text), "invalid_request")
	}
	if got, _ := h.authorize(request("rp1")); got.MaxAge != nil {
		t.Error("a max_age that nobody sent")
	}
}

func TestPrompt(t *testing.T) { // OpenID Connect Core §3.1.2.1
	h := newHub(t)
	got, err := h.authorize(request("rp1", "prompt", "login consent select_account"))
	if err != nil || !got.Prompt.Login || !got.Prompt.Consent || !got.Prompt.SelectAccount || got.Prompt.None || !got.Ask.Again {
		t.Errorf("%+v %v", got.Prompt, err)
	}
	if got, err = h.authorize(request("rp1", "prompt", "none")); err != nil || !got.Prompt.None {
		t.Errorf("%+v %v", got.Prompt, err)
	}
	for _, prompt := range []string{"none login", "login none", "create", "Login"} {
		h.there(request("rp1", "prompt", prompt), "invalid_request")
	}
}

func TestResponseTypesScopesAndModes(t *testing.T) {
	h := newHub(t)
	for _, kind := range []string{"token", "id_token", "code id_token", "code token", "none", "CODE"} {
		h.there(request("rp1", "response_type", kind), "unsupported_response_type")
	}
	h.there(request("rp1", "response_type", ""), "invalid_request")
	for _, mode := range []string{"fragment", "jwt", "web_message"} {
		h.there(request("rp1", "response_mode", mode), "invalid_request")
	}
	h.there(request("rp1", "scope", ""), "invalid_scope")
	h.there(request("rp1", "scope", "profile"), "invalid_scope")
	h.there(request("rp1", "scope", "openid profile:birth"), "invalid_scope") // known, not registered
	if _, err := h.authorize(request("rp1", "scope", "made-up openid")); err != nil {
		t.Errorf("unknown scopes are ignored: %v", err)
	}
	h.editParty("office", func(p *consent.RelyingParty) { p.May = nil })
	h.there(request("rp1"), "invalid_scope") // the party may not
}

func TestLevelsAsked(t *testing.T) { // levels.md §2
	h := newHub(t)
	essential := `{"id_token":{"acr":{"essential":true,"values":["high","substantial"]}}}`
	for _, c := range []struct {
		name, acr, claims, mode string
		want                    identity.Level
	}{
		{"nothing", "", "", "", identity.None},
		{"the lowest named", "high substantial", "", "", identity.Substantial},
		{"unknown ignored", "gold high", "", "", identity.High},
		{"only unknown", "gold", "", "", identity.None},
		{"soft party", "high", "", "soft", identity.None},
		{"essential", "", essential, "", identity.Substantial},
		{"essential at a soft party", "high", essential, "soft", identity.Substantial},
		{"essential without value", "", `{"id_token":{"acr":{"essential":true}}}`, "", identity.None},
		{"voluntary claim", "", `{"id_token":{"acr":{"value":"high"}}}`, "", identity.High},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.editParty("office", func(p *consent.RelyingParty) { p.ACRMode = c.mode })
			got, err := h.authorize(request("rp1", "acr_values", c.acr, "claims", c.claims))
			if err != nil || got.Minimum != c.want {
				t.Errorf("%v %v", got.Minimum, err)
			}
		})
	}
	h.there(request("rp1", "claims", `{"id_token":{"acr":{"essential":true,"value":"gold"}}}`), "unmet_authentication_requirements")
	for _, bad := range []string{"{", "[]", `{"id_token":{"acr":{"essential":"yes"}}}`, `{"id_token":{},"id_token":{}}`, `{"userinfo":{"email":{"purpose":"x"}}}`} {
		h.there(request("rp1", "claims", bad), "invalid_request")
	}
}
