package hubtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// complaints stands in for a test, so that what Strict finds can be looked at.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Helper() {}

func (c *complaints) Errorf(format string, values ...any) {
	c.said = append(c.said, fmt.Sprintf(format, values...))
}

type canned struct{ status, header, body string }

func (a canned) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{
		"X-Content-Type-Options": {"nosniff"}, "X-Frame-Options": {"DENY"}, "Cross-Origin-Resource-Policy": {"same-origin"}, "Cache-Control": {"no-store"},
	}
	if name, value, ok := strings.Cut(a.header, ": "); ok {
		h.Set(name, value)
	}
	status := 0
	_, err := fmt.Sscan(a.status, &status)
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, err
}

func TestStrictFindsWhatBreaksARule(t *testing.T) {
	rp := &RP{ID: "rp", Method: "none"}
	w := New(t, WithRPs(rp))
	for _, row := range []struct {
		answer canned
		rule   string // "" means that nothing is wrong
	}{
		{canned{"200", "", "{}"}, ""}, {canned{"500", "", ""}, "G1"}, {canned{"503", "", ""}, "G1"}, {canned{"400", "", "at /x/y.go:12"}, "G1"},
		{canned{"303", "Location: /login/x", ""}, ""}, {canned{"303", "Location: " + rp.Redirect + "?code=x", ""}, ""}, {canned{"303", "Location: https://evil.example/", ""}, "G2"},
		{canned{"303", "Location: //evil.example/", ""}, "G2"}, {canned{"303", "Location: " + rp.Redirect + "x", ""}, "G2"}, {canned{"307", "Location: /x", ""}, "RU-21"},
		{canned{"200", "", `<meta http-equiv="refresh" content="0; url=https://evil.example/">`}, "G2"}, {canned{"200", "Content-Type: text/html", ""}, "G6"},
		{canned{"200", "X-Frame-Options: ", ""}, "G6"}, {canned{"200", "Set-Cookie: sid=x", ""}, "G6"}, {canned{"200", "Access-Control-Allow-Origin: *", ""}, "G6"}, {canned{"200", "Server: x", ""}, "G6"},
	} {
		heard := &complaints{TB: t}
		s := w.Strict(t, row.answer)
		s.t = heard
		resp, err := s.RoundTrip(w.Ask(http.MethodGet, "/authorize"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // nothing is left in it
		if found := strings.Join(heard.said, "\n"); row.rule == "" && found != "" || !strings.HasPrefix(found, row.rule) {
			t.Errorf("%v: want %q, found %q", row.answer, row.rule, found)
		}
	}
}
