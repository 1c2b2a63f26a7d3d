package saml

import (
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// The suite of all connectors, in both profiles.
func TestConnector(t *testing.T) {
	for name, national := range map[string]bool{"plain": false, "node": true} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
				u := newUpstream(t, national)
				return &connectortest.Rig{
					Connector: u.connector, Attempt: u.attempt, Logs: &u.logs,
					Walk: func(_ *testing.T, step connectors.Step) connectors.Input { return u.walk(step) },
					Pass: func(d time.Duration) { u.shift += d }, Replica: func() connectors.Connector { return u.connect() }, Down: u.server.Close, Tells: u.tells,
					Private: func() []string {
						return []string{person, "Zażółta", "Gęślą-Testowa", "1987-02-22", "person-1", "session-1"}
					},
				}
			})
		})
	}
}

func TestLogin_WhatIsTold(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		auth := connectortest.MustBeDone(t, u.login())
		for name, want := range map[identity.AttributeName]string{"given_name": "Zażółta", "family_name": "Gęślą-Testowa", "birthdate": "1987-02-22"} {
			if got, _ := auth.Attributes.Find(name); got.Value.RevealText() != want {
				t.Errorf("%s is told as %q", name, got.Value.RevealText())
			}
		}
		if len(auth.Identifiers) != 1 || auth.Identifiers[0].Reveal() != "PNOPL-"+person {
			t.Error("the number is not told")
		}
		if auth.Subject.Reveal() != them+"!!person-1" || auth.Session == nil || auth.Session.Index.Reveal() != "session-1" || auth.Evidence[0].Asserted != identity.Substantial {
			t.Errorf("subject %q, level %s", auth.Subject.Reveal(), auth.Evidence[0].Asserted)
		}
	})
}

// The request of the Polish node, as means.md §1.1 has it.
func TestBegin_TheNodesRequest(t *testing.T) {
	u := newUpstream(t, true)
	step, _, err := u.connector.Begin(t.Context(), u.attempt("handle-1"))
	if err != nil {
		t.Fatal(err)
	}
	form, ok := step.(connectors.PostForm)
	if !ok || form.URL != u.server.URL+"/sso" {
		t.Fatalf("%T", step)
	}
	n, relay := u.request(step)
	if _, err := (xmlsec.Verifier{Keys: publicOf(u.ours), Algorithms: []string{xmlsec.ECDSASHA256}}).Verify(n); err != nil || relay != "handle-1" {
		t.Errorf("signature: %v, relay %q", err, relay)
	}
	for name, want := range map[string]string{
		"ForceAuthn": "true", "ProtocolBinding": bindingArtifact, "AssertionConsumerServiceURL": callback, "Destination": u.server.URL + "/sso", "Version": "2.0",
	} {
		if got := n.Attr(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	extensions := n.Only(nsProtocol, "Extensions")
	if extensions.Only(nsEIDAS, "SPType").Text() != "public" ||
		extensions.Only(nsEIDAS, "RequestedAttributes").Only(nsEIDAS, "RequestedAttribute").Attr("Name") != eidas+"PersonIdentifier" {
		t.Error("the extensions of eIDAS are not there")
	}
	if context := n.Only(nsProtocol, "RequestedAuthnContext"); context.Attr("Comparison") != "minimum" || context.Only(nsAssertion, "AuthnContextClassRef").Text() != loa+"substantial" {
		t.Error("the level is not asked for")
	}
	var order []string
	for _, child := range n.Children() {
		order = append(order, child.Local)
	}
	if want := "Issuer Signature Extensions NameIDPolicy RequestedAuthnContext"; join(order) != want {
		t.Errorf("elements stand as %s", join(order))
	}
}

// Requests of other countries' providers, by configuration alone (means.md §1.2).
func TestBegin_Variants(t *testing.T) {
	u := newUpstream(t, false, func(s map[string]any) {
		s["authn_context"] = map[string]any{"comparison": "exact", "refs": map[string]any{"substantial": []string{loa + "substantial"}, "high": []string{loa + "high"}}}
		s["requested_attributes"] = map[string]any{"mode": "index", "index": 3}
		s["quirks"] = map[string]any{"issuer_format": true, "issuer_qualifier": us, "acs_index": 1}
		s["requester_id"], s["scoping_idp_list"], s["provider_name"] = "https://asks.example", []string{"https://one.example"}, "Hub"
		s["destination_override"], s["is_passive"] = "https://other.example/sso", true
	})
	step, _, err := u.connector.Begin(t.Context(), u.attempt("handle-1"))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := u.request(step)
	issuer, context := n.Only(nsAssertion, "Issuer"), n.Only(nsProtocol, "RequestedAuthnContext")
	scoping := n.Only(nsProtocol, "Scoping")
	for name, ok := range map[string]bool{
		"exact": context.Attr("Comparison") == "exact" && len(context.Children()) == 2, "index": n.Attr("AttributeConsumingServiceIndex") == "3",
		"acs index": n.Attr("AssertionConsumerServiceIndex") == "1" && n.Attr("AssertionConsumerServiceURL") == "",
		"issuer":    issuer.Attr("NameQualifier") == us && issuer.Attr("Format") != "", "passive": n.Attr("IsPassive") == "true",
		"scoping":     scoping.Path(nsProtocol, "IDPList", "IDPEntry").Attr("ProviderID") == "https://one.example" && scoping.Only(nsProtocol, "RequesterID").Text() == "https://asks.example",
		"destination": n.Attr("Destination") == "https://other.example/sso", "provider": n.Attr("ProviderName") == "Hub",
	} {
		if !ok {
			t.Errorf("%s is not as configured: %s", name, n.Bytes())
		}
	}
}

// R-SAML-13.
func TestBirthdate(t *testing.T) {
	for in, want := range map[string]string{
		"1987-02-22": "1987-02-22", "1987-02-22Z": "1987-02-22", "1987-02-22+02:00": "1987-02-22", "1987-02-22-05:00": "1987-02-22", "1987": "1987", "1987Z": "1987",
		"1987-02": "1987-02-00", "1987-02Z": "1987-02-00", "1987-02-30": "", "1987-13": "", "22.02.1987": "", "": "", "1987-02-22+99:99": "", "1987-02-22T00:00:00Z": "",
	} {
		if got, ok := birthdate(in); got != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %t", in, got, ok)
		}
	}
}

// R-SAML-09: the comparisons of SAML Core §3.3.2.2.1.
func TestSatisfies(t *testing.T) {
	s := Settings{LoAMap: map[string]identity.Level{"l": identity.Low, "s": identity.Substantial, "h": identity.High}}
	for _, c := range []struct {
		comparison, asked, got string
		want                   bool
	}{
		{"minimum", "s", "l", false}, {"minimum", "s", "s", true}, {"minimum", "s", "h", true}, {"minimum", "s", "unknown", false},
		{"exact", "s", "h", false}, {"exact", "s", "s", true}, {"better", "s", "s", false}, {"better", "s", "h", true},
		{"maximum", "s", "h", false}, {"maximum", "s", "l", true},
	} {
		s.AuthnContext.Comparison = c.comparison
		if got := s.satisfies([]string{c.asked}, c.got); got != c.want {
			t.Errorf("%s %s: %s gives %t", c.comparison, c.asked, c.got, got)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	s := Settings{IdentifierClaim: "n", IdentifierScheme: "PNO", IdentifierCountry: "PL", Offered: connectors.Offered{AuthoritativeFor: []string{"PNOPL", "EIDASDE"}}}
	for value, want := range map[string]string{
		person: "PNOPL-" + person, "PL/PL/" + person: "PNOPL-" + person, "PL/DE/" + person: "PNOPL-" + person, "DE/PL/" + person: "broken", "87022290018": "broken",
		"": "", "\u202e" + person: "broken", "a/b": "broken",
	} {
		if got := identified(s, value); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
	s.IdentifierScheme = identity.EIDAS
	if got := identified(s, "DE/PL/12345"); got != "DE/PL/12345" {
		t.Errorf("a foreign identifier is %q", got)
	}
	if got := identified(s, "FR/PL/12345"); got != "" {
		t.Errorf("one that is not believed is %q", got)
	}
}

func identified(s Settings, value string) string {
	ids, err := s.identifiers(told{"n": {value}})
	switch {
	case err != nil:
		return "broken"
	case len(ids) == 0:
		return ""
	default:
		return ids[0].Reveal()
	}
}

// What people did there long ago does not do where they must act now.
func TestFreshness(t *testing.T) {
	minute := time.Minute
	for name, c := range map[string]struct {
		change func(*connectors.Attempt)
		acted  time.Duration
		force  string
		want   string
	}{
		"a session there of an hour ago":        {acted: time.Hour, want: "Done", force: "never"},
		"of nine hours ago":                     {acted: 9 * time.Hour, want: "stale_answer", force: "never"},
		"acted before, asked to act now":        {acted: time.Hour, want: "stale_answer", change: func(a *connectors.Attempt) { a.Fresh = true }, force: "never"},
		"older than max_age":                    {acted: time.Hour, want: "stale_answer", change: func(a *connectors.Attempt) { a.MaxAge = &minute }, force: "never"},
		"max_age asks to act, by the settings":  {acted: 30 * time.Second, want: "Done", change: func(a *connectors.Attempt) { a.MaxAge = &minute }, force: "on_max_age"},
		"force_authn always, acted an hour ago": {acted: time.Hour, want: "stale_answer", force: "always"},
		"acts in the future":                    {acted: -2 * time.Minute, want: "invalid_answer", force: "never"},
	} {
		u := newUpstream(t, false, func(s map[string]any) { s["force_authn"] = c.force })
		u.change = func(a *idp.Answer) { a.Acted = u.now().Add(-c.acted) }
		a := u.attempt("handle-1")
		if c.change != nil {
			c.change(&a)
		}
		step, state, err := u.connector.Begin(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if got := connectortest.Outcome(u.finish(a, state, u.walk(step))); got != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got, u.why(), c.want)
		}
	}
}
