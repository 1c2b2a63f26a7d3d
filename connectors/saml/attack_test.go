package saml

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// signatures are the ways in which an upstream may sign.
func signatures() map[string]func(map[string]any) {
	want := func(response, assertion bool) func(map[string]any) {
		return func(s map[string]any) { s["want_response_signed"], s["want_assertion_signed"] = response, assertion }
	}
	return map[string]func(map[string]any){"response": want(true, false), "assertion": want(false, true), "both": want(true, true)}
}

// attack begins a leg, lets the attacker change the good response, and fails the test if what comes
// of it is taken.
func attack(t *testing.T, u *upstream, source string, change func(response string) string) {
	t.Helper()
	u.change = func(a *idp.Answer) {
		a.SignResponse, a.SignAssertion = u.settings["want_response_signed"].(bool), u.settings["want_assertion_signed"].(bool)
	}
	a := u.attempt("handle-1")
	step, state, err := u.connector.Begin(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	request, relay := u.request(step)
	response, err := u.answer(request).Write()
	if err != nil {
		t.Fatal(err)
	}
	good := string(response.Bytes())
	if got := connectortest.Outcome(u.finish(a, state, post([]byte(good), relay))); got != "Done" {
		t.Fatalf("%s: the good response is not taken: %s (%s)", source, got, u.why())
	}
	changed := change(good)
	if changed == good {
		t.Fatalf("%s: nothing was changed", source)
	}
	step2 := u.finish(a, state, post([]byte(changed), relay))
	if done, ok := step2.(connectors.Done); ok {
		name, _ := done.Authentication.Attributes.Find("given_name")
		t.Errorf("%s: is taken, for %q", source, name.Value.RevealText())
	}
}

// piece gives the first element of that name as it stands, and what is around it.
func piece(document, tag string) (before, element, after string) {
	at := strings.Index(document, "<"+tag)
	end := strings.LastIndex(document, "</"+tag+">") + len(tag) + 3
	if at < 0 || end < at {
		return document, "", ""
	}
	return document[:at], document[at:end], document[end:]
}

// evil is the assertion with another person in it, under another ID and without a signature.
func evil(assertion string) string {
	_, signature, _ := piece(assertion, "ds:Signature")
	forged := strings.Replace(strings.Replace(assertion, signature, "", 1), "Zażółta", "Nikczemna", 1)
	_, rest, _ := strings.Cut(forged, ` ID="`)
	id, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(forged, id, "_evil")
}

// inside puts something right before the end tag.
func inside(document, tag, what string) string {
	at := strings.LastIndex(document, "</"+tag+">")
	return document[:at] + what + document[at:]
}

// SM-01 (ruby-saml CVE-2016-5697, CVE-2024-45409; Keycloak CVE-2024-8698; goxmldsig CVE-2020-15216;
// gosaml2 CVE-2020-29509; crewjam CVE-2022-41912): the eight classic permutations of signature wrapping,
// and their kin.
func TestAttack_SM_01_Wrapping(t *testing.T) {
	const object, extensions = `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">`, `<samlp:Extensions xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">`
	for level, signs := range signatures() {
		for name, change := range map[string]func(string) string{
			"XSW1: a forged response holds the signed one in its signature": func(good string) string {
				forged := evil(good)
				_, signature, _ := piece(good, "ds:Signature")
				return inside(forged, "samlp:Response", strings.Replace(signature, "</ds:Signature>", object+good+"</ds:Object></ds:Signature>", 1))
			},
			"XSW2: the signed response stands before the signature of the forged one": func(good string) string {
				_, signature, _ := piece(good, "ds:Signature")
				return inside(evil(good), "samlp:Response", good+signature)
			},
			"XSW3: a forged assertion before the signed one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + evil(assertion) + assertion + after
			},
			"XSW4: a forged assertion around the signed one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + inside(evil(assertion), "saml:Assertion", assertion) + after
			},
			"XSW5: the signed assertion after a forged one that carries its signature": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				_, signature, _ := piece(assertion, "ds:Signature")
				forged := evil(assertion)
				at := strings.Index(forged, "</saml:Issuer>") + len("</saml:Issuer>")
				return before + forged[:at] + signature + forged[at:] + strings.Replace(assertion, signature, "", 1) + after
			},
			"XSW6: the signed assertion in the signature of a forged one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				_, signature, _ := piece(assertion, "ds:Signature")
				if signature == "" {
					_, signature, _ = piece(good, "ds:Signature")
				}
				forged := evil(assertion)
				at := strings.Index(forged, "</saml:Issuer>") + len("</saml:Issuer>")
				return before + forged[:at] + strings.Replace(signature, "</ds:Signature>", object+assertion+"</ds:Object></ds:Signature>", 1) + forged[at:] + after
			},
			"XSW7: the forged assertion in Extensions beside the signed one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + extensions + evil(assertion) + "</samlp:Extensions>" + assertion + after
			},
			"XSW7, turned: the signed assertion in Extensions beside the forged one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + extensions + assertion + "</samlp:Extensions>" + evil(assertion) + after
			},
			"XSW8: the signed assertion in an Object of the forged one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + inside(evil(assertion), "saml:Assertion", object+assertion+"</ds:Object>") + after
			},
			"the signed assertion in StatusDetail": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return strings.Replace(before, "</samlp:Status>", "<samlp:StatusDetail>"+assertion+"</samlp:StatusDetail></samlp:Status>", 1) + evil(assertion) + after
			},
			"two assertions, both the signed one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + assertion + assertion + after
			},
			"only a forged one": func(good string) string {
				before, assertion, after := piece(good, "saml:Assertion")
				return before + evil(assertion) + after
			},
			"the value alone is changed": func(good string) string { return strings.Replace(good, "Zażółta", "Nikczemna", 1) },
		} {
			u := newUpstream(t, false, signs)
			attack(t, u, level+": SM-01 (ruby-saml CVE-2024-45409 and others), "+name, change)
		}
	}
}

// SM-02 (ruby-saml CVE-2025-25291, -25292, -66567, -66568) and SM-03 (crewjam CVE-2020-27846; Dex
// CVE-2020-27847), SM-17 (ruby-saml OSVDB-124383): what two parsers read differently is not read.
func TestAttack_SM_02_SM_03_SM_17_ParserDifferentials(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"DOCTYPE": func(s string) string { return "<!DOCTYPE x>" + s },
		"an entity for the name": func(s string) string {
			return `<!DOCTYPE x [<!ENTITY n "Nikczemna">]>` + strings.Replace(s, "Zażółta", "&n;", 1)
		},
		"billion laughs": func(s string) string {
			return `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>` + strings.Replace(s, "Zażółta", "&b;", 1)
		},
		"an external entity":       func(s string) string { return `<!DOCTYPE x SYSTEM "http://127.0.0.1/">` + s },
		"a comment in the name":    func(s string) string { return strings.Replace(s, "Zażółta", "Za<!---->żółta", 1) },
		"a comment in the number":  func(s string) string { return strings.Replace(s, person, person[:5]+"<!-- -->"+person[5:], 1) },
		"a processing instruction": func(s string) string { return strings.Replace(s, "Zażółta", "Za<?x?>żółta", 1) },
		"an ID twice": func(s string) string {
			return strings.Replace(s, "<samlp:Status>", `<samlp:Status ID="_x" Id="_x">`, 1)
		},
		"a colon too many": func(s string) string { return strings.Replace(s, "<samlp:Status>", `<samlp:Status x::y="z">`, 1) },
		"another namespace by its name": func(s string) string {
			return strings.ReplaceAll(s, "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:Assertion")
		},
		"a second attribute": func(s string) string {
			return strings.Replace(s, ` Destination="`, ` Destination="x" Destination="`, 1)
		},
		"a signature of no content": func(s string) string { return strings.Replace(s, "<ds:DigestValue>", "<ds:DigestValue><!-- -->", 1) },
		"a directive in the middle": func(s string) string { return strings.Replace(s, "<samlp:Status>", "<!ELEMENT x><samlp:Status>", 1) },
		"UTF-16":                    func(s string) string { return "\xff\xfe" + s },
		"huge":                      func(s string) string { return s + strings.Repeat(" ", 256<<10) },
		"deep": func(s string) string {
			return strings.Replace(s, "<samlp:Status>", strings.Repeat("<a>", 40)+strings.Repeat("</a>", 40)+"<samlp:Status>", 1)
		},
	} {
		attack(t, newUpstream(t, false), "SM-02/SM-03/SM-17, "+name, change)
	}
}

// SM-06 (Keycloak CVE-2026-2092, CVE-2026-16443): what is not signed is not believed, also when it
// is encrypted, and whatever metadata say.
func TestAttack_SM_06_Unsigned(t *testing.T) {
	for level, signs := range signatures() {
		u := newUpstream(t, false, signs)
		attack(t, u, level+": SM-06, all signatures taken away", func(good string) string {
			for strings.Contains(good, "<ds:Signature") {
				at := strings.Index(good, "<ds:Signature")
				good = good[:at] + good[strings.Index(good, "</ds:Signature>")+len("</ds:Signature>"):]
			}
			return good
		})
	}
	for _, national := range []bool{false, true} {
		for name, change := range map[string]func(*idp.Answer){
			"nothing is signed":    func(a *idp.Answer) { a.SignResponse, a.SignAssertion = false, false },
			"only the response is": func(a *idp.Answer) { a.SignAssertion = false },
			"only the assertion":   func(a *idp.Answer) { a.SignResponse = false },
		} {
			u := newUpstream(t, national)
			u.change = change
			if got := connectortest.Outcome(u.login()); got != "invalid_answer" {
				t.Errorf("SM-06 (Keycloak CVE-2026-2092), %s: %s", name, got)
			}
		}
	}
	if _, err := Decode("node", map[string]any{"want_response_signed": false, "want_assertion_signed": false}); err == nil || !strings.Contains(err.Error(), "nothing unsigned is believed") {
		t.Errorf("SM-06 (Keycloak CVE-2026-16443): settings without any signature pass: %v", err)
	}
}

// SM-07 (eIDAS-Node, SEC Consult 2019; RobotsAndPencils CVE-2023-48703): a certificate that comes along
// proves nothing, whatever name it has and whoever issued it.
func TestAttack_SM_07_KeysThatComeAlong(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		other := newPair(t, u.national, 4)
		u.change = func(a *idp.Answer) {
			a.Signer = xmlsec.Signer{Key: other.key, Algorithm: u.algorithm(), Certificate: other.der}
		}
		if got := connectortest.Outcome(u.login()); got != "invalid_answer" {
			t.Errorf("SM-07 (eIDAS-Node 2019): %s", got)
		}
	})
}

// SM-09 (Casdoor CVE-2026-9098; Keycloak CVE-2026-16442), SM-11 (Casdoor CVE-2026-9096), SM-18 and the
// rest of R-SAML-06: what is well signed and yet not for us, not now, or not what was asked.
func TestAttack_SM_09_SM_11_SM_18_NotForUsOrNotNow(t *testing.T) {
	const skew = 60 * time.Second
	cases := map[string]struct {
		change func(*idp.Answer)
		want   string
	}{
		"SM-09: answers nobody's request":       {func(a *idp.Answer) { a.InResponseTo = "" }, "invalid_answer"},
		"SM-09: answers another request":        {func(a *idp.Answer) { a.InResponseTo = "_other" }, "invalid_answer"},
		"another issuer":                        {func(a *idp.Answer) { a.Issuer = "https://other.example" }, "invalid_answer"},
		"another audience":                      {func(a *idp.Answer) { a.Audience = "https://other.example" }, "invalid_answer"},
		"another recipient":                     {func(a *idp.Answer) { a.Recipient = callback + "/x" }, "invalid_answer"},
		"another destination":                   {func(a *idp.Answer) { a.Destination = callback + "/x" }, "invalid_answer"},
		"SM-11: over for 91 s":                  {func(a *idp.Answer) { a.Life = -91 * time.Second }, "stale_answer"},
		"SM-11: over for 181 s":                 {func(a *idp.Answer) { a.Life = -181 * time.Second }, "stale_answer"},
		"SM-11: over, but within the tolerance": {func(a *idp.Answer) { a.Life = -skew + 20*time.Second }, "Done"},
		"SM-11: made in 91 s":                   {func(a *idp.Answer) { a.Now = a.Now.Add(91 * time.Second) }, "invalid_answer"},
		"SM-11: made in 181 s":                  {func(a *idp.Answer) { a.Now = a.Now.Add(181 * time.Second) }, "invalid_answer"},
		"SM-11: made long ago, and lives long":  {func(a *idp.Answer) { a.Now, a.Life = a.Now.Add(-12*time.Minute), time.Hour }, "stale_answer"},
		"SM-11: no conditions":                  {func(a *idp.Answer) { a.Assertion = strip("Conditions") }, "invalid_answer"},
		"SM-11: no end of the conditions":       {func(a *idp.Answer) { a.Assertion = unset("Conditions", "NotOnOrAfter") }, "invalid_answer"},
		"SM-11: not before two minutes from now": {func(a *idp.Answer) {
			a.Assertion = set("Conditions", "NotBefore", idp.Time(a.Now.Add(2*time.Minute)))
		}, "invalid_answer"},
		"SM-11: the session there is over": {func(a *idp.Answer) {
			a.Assertion = set("AuthnStatement", "SessionNotOnOrAfter", idp.Time(a.Now.Add(-2*time.Minute)))
		}, "stale_answer"},
		"no subject":                        {func(a *idp.Answer) { a.Assertion = strip("Subject") }, "invalid_answer"},
		"no statement of how":               {func(a *idp.Answer) { a.Assertion = strip("AuthnStatement") }, "invalid_answer"},
		"no name":                           {func(a *idp.Answer) { a.Name.Value = "" }, "subject_missing"},
		"a transient name":                  {func(a *idp.Answer) { a.Name.Format = formatTransient }, "subject_missing"},
		"a condition that nobody knows":     {func(a *idp.Answer) { a.Assertion = condition }, "invalid_answer"},
		"SM-18: a level that nobody mapped": {func(a *idp.Answer) { a.Class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" }, "invalid_answer"},
		"no level":                          {func(a *idp.Answer) { a.Class = "" }, "invalid_answer"},
		"a number that cannot be one":       {func(a *idp.Answer) { a.Attributes[3].Values = []string{"11111111111"} }, "identifier_broken"},
		"an attribute twice":                {func(a *idp.Answer) { a.Attributes = append(a.Attributes, a.Attributes[0]) }, "invalid_answer"},
		"the person gave up":                {func(a *idp.Answer) { a.Status = "AuthnFailed" }, "cancelled"},
		"refused there":                     {func(a *idp.Answer) { a.Status = "NoAuthnContext" }, "refused_upstream"},
		"a word that nobody knows":          {func(a *idp.Answer) { a.Status = "Zażółta" }, "refused_upstream"},
	}
	both(t, func(t *testing.T, u *upstream) {
		for name, c := range cases {
			u.change = c.change
			if got := connectortest.Outcome(u.login()); got != c.want {
				t.Errorf("%s: %s (%s), want %s", name, got, u.why(), c.want)
			}
		}
		if strings.Contains(u.logs.String(), "Zażółta") {
			t.Error("the upstream's own words are in the log")
		}
	})
}

func part(n *xmlsec.Node, local string) *xmlsec.Node { return n.Only(idp.NSAssertion, local) }

func strip(local string) func(*xmlsec.Node) { return func(n *xmlsec.Node) { n.Remove(part(n, local)) } }

func set(local, name, value string) func(*xmlsec.Node) {
	return func(n *xmlsec.Node) { part(n, local).Set(name, value) }
}

func unset(local, name string) func(*xmlsec.Node) {
	return func(n *xmlsec.Node) {
		p := part(n, local)
		for i, a := range p.Attrs {
			if a.Local == name {
				p.Attrs = append(p.Attrs[:i], p.Attrs[i+1:]...)
				return
			}
		}
	}
}

func condition(n *xmlsec.Node) { part(n, "Conditions").Add(idp.Saml("Condition")) }

// SM-18: asked for high, the upstream gives less: that is what it is worth, and no more.
func TestAttack_SM_18_LowerThanAsked(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		u.change = func(a *idp.Answer) { a.Class = loa + "low" }
		auth := connectortest.MustBeDone(t, u.login())
		if auth.Evidence[0].Asserted != identity.Low {
			t.Errorf("SM-18: low is taken for %s", auth.Evidence[0].Asserted)
		}
		u.change = func(a *idp.Answer) { a.Class = loa + "high" }
		auth = connectortest.MustBeDone(t, u.login())
		if auth.Evidence[0].Ceiling != identity.Substantial {
			t.Errorf("the ceiling is %s", auth.Evidence[0].Ceiling)
		}
	})
}

// SM-08, as far as the connector goes: the same assertion is known by the same name, until it is
// refused as too old. That it counts once, on all replicas, the login sees to.
func TestAttack_SM_08_AnAnswerHasAName(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		first, ok := u.login().(connectors.Done)
		second, okToo := u.login().(connectors.Done)
		if !ok || !okToo || first.Once == "" || first.Once == second.Once {
			t.Error("SM-08 (Keycloak #45652): an answer is known by no name, or by that of another")
		}
		if until := first.Until.Sub(u.now()); until < 5*time.Minute || until > 7*time.Minute {
			t.Errorf("it is kept for %s", until)
		}
	})
}

// SM-12 and SM-20 (goxmldsig CVE-2020-7711): forms of signatures, through the connector; each form is
// tried in package xmlsec.
func TestAttack_SM_04_SM_12_SM_20_FormsOfSignatures(t *testing.T) {
	for name, change := range map[string][2]string{
		"SM-12: SHA-1":                {"xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha1"},
		"SM-12: HMAC":                 {"xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"},
		"SM-12: XSLT":                 {"http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116"},
		"SM-12: three transforms":     {"</ds:Transforms>", `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>`},
		"SM-04: two references":       {"</ds:SignedInfo>", `<ds:Reference URI="#_x"></ds:Reference></ds:SignedInfo>`},
		"SM-20: an empty SignedInfo":  {"<ds:SignedInfo>", "<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>"},
		"SM-20: no SignatureValue":    {"<ds:SignatureValue>", "<ds:SignatureValue></ds:SignatureValue><ds:SignatureValue>"},
		"SM-20: rubbish for a digest": {"<ds:DigestValue>", "<ds:DigestValue>!"},
	} {
		attack(t, newUpstream(t, false), name, func(good string) string { return strings.Replace(good, change[0], change[1], 1) })
	}
}

// R-SAML-10: artifacts of others, of another form, resolved wrongly.
func TestArtifact_Refuses(t *testing.T) {
	u := newUpstream(t, true)
	good := idp.Artifact(them, 0)
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, b byte) string {
		changed := append([]byte{}, raw...)
		changed[at] = b
		return base64.StdEncoding.EncodeToString(changed)
	}
	a := u.attempt("handle-1")
	for name, artifact := range map[string]string{
		"of another": idp.Artifact("https://other.example", 0), "of another type": with(1, 3), "index of nothing": idp.Artifact(them, 7),
		"too short": base64.StdEncoding.EncodeToString(raw[:43]), "not base64": "!", "nothing": "", "that stands for nothing": good,
	} {
		step, state, err := u.connector.Begin(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		_, relay := u.request(step)
		got := connectortest.Outcome(u.finish(a, state, connectors.Input{Query: url.Values{"SAMLart": {artifact}, "RelayState": {relay}}}))
		if got != "invalid_answer" {
			t.Errorf("%s: %s (%s)", name, got, u.why())
		}
	}
	for name, change := range map[string]func(*xmlsec.Node) *xmlsec.Node{
		"unsigned": func(n *xmlsec.Node) *xmlsec.Node { n.Remove(n.Only(xmlsec.NSSignature, "Signature")); return n },
		"changed":  func(n *xmlsec.Node) *xmlsec.Node { n.Set("InResponseTo", "_x"); return n },
		"to another request": func(*xmlsec.Node) *xmlsec.Node {
			n, _ := idp.Reply("ArtifactResponse", them, "_x", u.now(), u.signer())
			return n
		},
		"of another kind": func(n *xmlsec.Node) *xmlsec.Node { return n.Only(idp.NSProtocol, "Response") },
	} {
		u.resolved = change
		if got := connectortest.Outcome(u.login()); got != "invalid_answer" {
			t.Errorf("ArtifactResponse %s: %s (%s)", name, got, u.why())
		}
	}
}

// A response of one profile is none of the other, and parameters are there once.
func TestContinue_OtherBindings(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		a := u.attempt("handle-1")
		step, state, err := u.connector.Begin(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		in := u.walk(step)
		values := in.Form
		if values == nil {
			values = in.Query
		}
		for name, other := range map[string]connectors.Input{
			"by the other method": {Query: in.Form, Form: nil}, "both": {Form: url.Values{"SAMLResponse": {"x"}, "SAMLart": {"x"}, "RelayState": {"handle-1"}}},
			"twice": {Form: url.Values{"SAMLResponse": {"x", "x"}, "RelayState": {"handle-1"}}}, "another RelayState": {Form: url.Values{"SAMLResponse": values["SAMLResponse"], "RelayState": {"x"}}},
			"two RelayStates": {Form: url.Values{"SAMLResponse": values["SAMLResponse"], "RelayState": {"handle-1", "handle-1"}}},
		} {
			if got := connectortest.Outcome(u.finish(a, state, other)); got != "invalid_answer" {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}
