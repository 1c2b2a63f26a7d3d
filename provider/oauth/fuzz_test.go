package oauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func FuzzRedirectTarget(f *testing.F) {
	registered := []string{"https://rp.example/cb", "http://127.0.0.1/cb", "http://[::1]:8080/cb?x=1"}
	for _, s := range append(registered, "http://127.0.0.1:99@evil/cb", "http://127.0.0.1:8/cb", "https://rp.example/cb#", "http://[::1]:1/cb?x=1") {
		f.Add(s)
	}
	client := Client{Native: true, RedirectURIs: registered}
	f.Fuzz(func(t *testing.T, uri string) {
		target, ok := client.target(uri)
		if !ok {
			return
		}
		u, err := url.Parse(uri)
		if target.String() != uri || err != nil || u.User != nil || u.Fragment != "" || strings.Contains(uri, "#") {
			t.Fatalf("%q is taken", uri)
		}
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
		if !slices.Contains([]string{"https://rp.example/cb", "http://127.0.0.1/cb", "http://[::1]/cb?x=1"}, u.String()) {
			t.Fatalf("%q is taken", uri)
		}
	})
}

func FuzzAuthorize(f *testing.F) {
	f.Add(request("rp1").Encode())
	f.Add(request("rp1", "claims", `{"id_token":{"acr":{"essential":true,"values":["high"]}}}`, "max_age", "0", "prompt", "login").Encode())
	f.Add("client_id=rp1&client_id=rp1&redirect_uri=%zz;")
	h := newHub(f)
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest(http.MethodGet, "/authorize", nil)
		r.URL.RawQuery = raw
		got, err := h.Authorize(r)
		if err == nil {
			if got.Client == "" || got.Party == "" || len(got.Channel) == 0 {
				t.Fatalf("half a request: %+v", got)
			}
			return
		}
		e := h.explain(t.Context(), err)
		if e.Status >= 500 || e.Code == "" {
			t.Fatalf("%v", e)
		}
		if e.Response != nil && !strings.HasPrefix(e.Response.URL(), "https://rp1.example/cb") && !strings.HasPrefix(e.Response.URL(), "http://127.0.0.1") &&
			!strings.HasPrefix(e.Response.URL(), "http://[::1]") {
			t.Fatalf("redirected to %s", e.Response.URL())
		}
	})
}

func FuzzAssertion(f *testing.F) {
	h := newHub(f)
	f.Add(h.assertion(nil))
	f.Add(strings.Repeat(".", 100))
	f.Add("e30.e30.e30")
	f.Add("eyJhbGciOiJFUzI1NiJ9.bnVsbA.AA")
	f.Fuzz(func(t *testing.T, assertion string) {
		_, err := h.checkAssertion(t.Context(), credentials{method: PrivateKeyJWT, assertion: assertion})
		if err == nil {
			return // the seed itself
		}
		if e := h.explain(t.Context(), err); e.Code != codeInvalidClient {
			t.Fatalf("%v", e)
		}
		_, _ = h.readIDToken(assertion)
	})
}

func FuzzClaimsOfAForm(f *testing.F) {
	f.Add("a=b&c=%20d")
	f.Add("a=1&a=2")
	f.Add("a=%ff")
	f.Fuzz(func(t *testing.T, raw string) {
		form, err := parseForm(raw)
		if err != nil {
			return
		}
		for name, values := range form {
			if len(values) != 1 || values[0] == "" || !text(name) || !text(values[0]) {
				t.Fatalf("%q %q", name, values)
			}
		}
	})
}
