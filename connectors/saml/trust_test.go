package saml

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// R-SAML-12: the upstream's keys turn over without a failed login: told of before, or all at once.
func TestTurnover_OfTheUpstreamsKeys(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		connectortest.MustBeDone(t, u.login())
		old := u.sign
		u.shift = 2 * time.Minute
		u.sign = newPair(t, u.national, 4) // from now on it signs by a key that we have not seen
		connectortest.MustBeDone(t, u.login())
		// A response by the old key, that is no longer in the metadata, is refused.
		u.shift = 4 * time.Minute
		u.change = func(a *idp.Answer) {
			a.Signer = xmlsec.Signer{Key: old.key, Algorithm: u.algorithm(), Certificate: old.der}
		}
		if got := connectortest.Outcome(u.login()); got != "invalid_answer" {
			t.Errorf("a key that was taken away: %s", got)
		}
	})
}

// Made-up keys do not make us ask for metadata each time (attacks JW-06).
func TestTurnover_AsksOnceInAWhile(t *testing.T) {
	u := newUpstream(t, false)
	other := newPair(t, false, 4)
	u.change = func(a *idp.Answer) { a.Signer.Key = other.key }
	for range 10 {
		u.login()
	}
	if u.metadataAnswers > 2 {
		t.Errorf("asked %d times", u.metadataAnswers)
	}
}

// R-SAML-12: what metadata must be to be taken.
func TestMetadata_Refuses(t *testing.T) {
	u := newUpstream(t, false)
	connectortest.MustBeDone(t, u.login())
	other := newPair(t, false, 4)
	for name, change := range map[string]func(*idp.Metadata){
		"no key":     func(m *idp.Metadata) { m.Certificates = nil },
		"not signed": func(m *idp.Metadata) { m.Signer = nil },
		"signed by another": func(m *idp.Metadata) {
			m.Signer = &xmlsec.Signer{Key: other.key, Algorithm: xmlsec.RSASHA256, Certificate: other.der}
		},
		"another's certificate":   func(m *idp.Metadata) { m.Signer.Key = other.key },
		"over":                    func(m *idp.Metadata) { m.Until = u.now().Add(-time.Minute) },
		"of another":              func(m *idp.Metadata) { m.EntityID = "https://other.example" },
		"nowhere to log in":       func(m *idp.Metadata) { m.SSO = nil },
		"somewhere without https": func(m *idp.Metadata) { m.SSO = map[string]string{idp.BindingRedirect: "http://node.example/sso"} },
	} {
		u.metadata = change
		if _, err := u.connect().fetchTrust(t.Context()); err == nil {
			t.Errorf("%s: taken", name)
		}
		u.shift += 2 * time.Hour // older than refresh_interval
		connectortest.MustBeDone(t, u.login())
	}
}

// The last good metadata serve while the upstream is down, and no longer than their validUntil.
func TestMetadata_KeepLastUntilValidUntil(t *testing.T) {
	u := newUpstream(t, false)
	u.metadata = func(m *idp.Metadata) { m.Until = time.Now().Add(3 * time.Hour) }
	connectortest.MustBeDone(t, u.login())
	u.metadata = func(m *idp.Metadata) { m.Certificates = nil } // out of order from here on
	u.shift = 2 * time.Hour
	connectortest.MustBeDone(t, u.login())
	u.shift = 4 * time.Hour
	if got := connectortest.Outcome(u.login()); got != "unavailable" {
		t.Errorf("after validUntil: %s", got)
	}
	u.metadata = nil
	u.shift = 5 * time.Hour
	connectortest.MustBeDone(t, u.login())
}

// A federation's document, from a file, with remarks in it.
func TestMetadata_AmongOthersInAFile(t *testing.T) {
	u := newUpstream(t, false)
	mine, err := idp.Metadata{EntityID: them, Certificates: [][]byte{u.sign.der}, SSO: map[string]string{idp.BindingRedirect: "https://node.example/sso"}}.Write()
	if err != nil {
		t.Fatal(err)
	}
	other, err := idp.Metadata{EntityID: "https://other.example", Certificates: [][]byte{u.meta.der}, SSO: map[string]string{idp.BindingRedirect: "https://other.example/sso"}}.Write()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "metadata.xml")
	write := func(inside string) {
		text := `<?xml version="1.0" encoding="UTF-8"?><!-- federation --><md:EntitiesDescriptor xmlns:md="` + idp.NSMetadata + `" cacheDuration="PT1H">` + inside + `</md:EntitiesDescriptor>`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(string(other.Bytes()) + string(mine.Bytes()))
	u.settings["metadata"] = map[string]any{"file": path}
	u.connector = u.connect()
	connectortest.MustBeDone(t, u.login())
	write(string(mine.Bytes()) + strings.Replace(string(mine.Bytes()), mine.Attr("ID"), "_again", 1))
	if _, err := u.connect().fetchTrust(t.Context()); err == nil {
		t.Error("an entity that is there twice is taken")
	}
}

// Our own keys turn over: the next is published first, and signs a day later.
func TestTurnover_OfOurKeys(t *testing.T) {
	u := newUpstream(t, false)
	next := newPair(t, false, 4)
	begin := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	u.settings["key_rollover"] = map[string]any{"active": u.ours.settings(), "next": next.settings(), "published_from": begin.Format(time.RFC3339)}
	u.connector = u.connect()
	for after, want := range map[time.Duration]struct {
		published int
		signs     pair
	}{0: {1, u.ours}, 2 * time.Hour: {2, u.ours}, 24 * time.Hour: {2, u.ours}, 26 * time.Hour: {2, next}} {
		u.shift = after
		document, err := u.connector.Metadata(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n, err := xmlsec.Parse(document.Body, xmlsec.MetadataLimits())
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		for _, k := range n.Only(nsMetadata, "SPSSODescriptor").All(nsMetadata, "KeyDescriptor") {
			if k.Attr("use") == "signing" {
				keys++
			}
		}
		_, err = xmlsec.Verifier{Keys: publicOf(want.signs), Algorithms: xmlsec.Algorithms()}.Verify(n)
		if keys != want.published || err != nil {
			t.Errorf("after %s: %d keys, signed as it should be: %v", after, keys, err)
		}
	}
}

// R-SAML-12: an operator hears 30 days before a certificate of ours ends.
func TestDiagnose(t *testing.T) {
	u := newUpstream(t, true)
	if err := u.connector.Diagnose(t.Context()); err != nil {
		t.Error(err)
	}
	u.shift = time.Until(time.Now().AddDate(2, 0, -20))
	if err := u.connector.Diagnose(t.Context()); err == nil || !strings.Contains(err.Error(), "ends on") {
		t.Errorf("%v", err)
	}
	u.shift = 0
	u.metadata = func(m *idp.Metadata) {
		m.Artifacts, m.SSO = nil, map[string]string{idp.BindingRedirect: "https://node.example/"}
	}
	if err := u.connector.Diagnose(t.Context()); err == nil || !strings.Contains(err.Error(), "artifacts") || !strings.Contains(err.Error(), "sso_binding") {
		t.Errorf("%v", err)
	}
}

// R-SAML-14: both ways, and nothing that is not signed (attacks SM-15).
func TestLogout(t *testing.T) {
	both(t, func(t *testing.T, u *upstream) {
		auth := connectortest.MustBeDone(t, u.login())
		step, err := u.connector.EndSession(t.Context(), auth.Session.Resume)
		if err != nil || step != nil {
			t.Fatalf("%v %v", step, err)
		}
		if u.called.Local != "LogoutRequest" || u.called.Only(nsProtocol, "SessionIndex").Text() != "session-1" ||
			u.called.Only(nsAssertion, "NameID").Text() != "person-1" || u.called.Only(nsAssertion, "NameID").Attr("NameQualifier") != them {
			t.Errorf("%s", u.called.Bytes())
		}
		request := idp.Protocol("LogoutRequest", xmlsec.A("ID", idp.ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(u.now())), xmlsec.A("Destination", logout),
			idp.Saml("Issuer", them), idp.Saml("NameID", "person-1"), idp.Protocol("SessionIndex", "session-1"))
		ended := u.hears(connectors.Input{Body: idp.Envelope(request)})
		if len(ended) != 0 {
			t.Errorf("SM-15 (gosaml2 GHSA-pcgw-qcv5-h8ch): an unsigned logout ends %v", ended)
		}
		if err := u.signer().Sign(request, 1); err != nil {
			t.Fatal(err)
		}
		if ended := u.hears(connectors.Input{Body: idp.Envelope(request)}); len(ended) != 1 || ended[0] != "session-1" {
			t.Errorf("a signed logout ends %v", ended)
		}
		if ended := u.hears(connectors.Input{Form: url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(request.Bytes())}}}); len(ended) != 1 {
			t.Errorf("a posted logout ends %v", ended)
		}
		u.shift = 20 * time.Minute
		if ended := u.hears(connectors.Input{Body: idp.Envelope(request)}); len(ended) != 0 {
			t.Errorf("an old logout ends %v", ended)
		}
	})
}

// hears hands a message about a logout to the connector, and gives the sessions that it ends.
func (u *upstream) hears(in connectors.Input) []string {
	var ended []string
	_, _ = u.connector.HearLogout(u.t.Context(), in, func(_ context.Context, index identity.Secret) error {
		ended = append(ended, index.Reveal())
		return nil
	})
	return ended
}

// By the browser: the query is signed as it stands, and the answer goes back the same way.
func TestLogout_ByTheBrowser(t *testing.T) {
	u := newUpstream(t, false, func(s map[string]any) { s["slo"] = map[string]any{"binding": "redirect"} })
	auth := connectortest.MustBeDone(t, u.login())
	step, err := u.connector.EndSession(t.Context(), auth.Session.Resume)
	redirect, ok := step.(connectors.Redirect)
	if err != nil || !ok || !strings.HasPrefix(redirect.URL, u.server.URL+"/slo?SAMLRequest=") {
		t.Fatalf("%v %v", step, err)
	}
	request := idp.Protocol("LogoutRequest", xmlsec.A("ID", idp.ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(u.now())),
		idp.Saml("Issuer", them), idp.Saml("NameID", "person-1"), idp.Protocol("SessionIndex", "session-1"))
	signer := u.signer()
	address, err := redirected(logout, "SAMLRequest", request, "their relay state", &signer)
	if err != nil {
		t.Fatal(err)
	}
	query := httptest.NewRequest("GET", address, nil).URL.Query()
	reply, err := u.connector.HearLogout(t.Context(), connectors.Input{Query: query}, func(context.Context, identity.Secret) error { return nil })
	back, ok := reply.Step.(connectors.Redirect)
	if err != nil || !ok {
		t.Fatalf("%v %v", reply, err)
	}
	answer := httptest.NewRequest("GET", back.URL, nil).URL.Query()
	if answer.Get("RelayState") != "their relay state" || answer.Get("Signature") == "" {
		t.Errorf("%v", answer)
	}
	for name, change := range map[string]func(url.Values){
		"unsigned": func(q url.Values) { q.Del("Signature") }, "another RelayState": func(q url.Values) { q.Set("RelayState", "x") },
		"SHA-1":        func(q url.Values) { q.Set("SigAlg", "http://www.w3.org/2000/09/xmldsig#rsa-sha1") },
		"no algorithm": func(q url.Values) { q.Del("SigAlg") },
		"a bomb":       func(q url.Values) { q.Set("SAMLRequest", strings.Repeat("A", 4000)) },
	} {
		changed := httptest.NewRequest("GET", address, nil).URL.Query()
		change(changed)
		if ended := u.hears(connectors.Input{Query: changed}); len(ended) != 0 {
			t.Errorf("%s: ends %v", name, ended)
		}
	}
}

// What is kept to end a session is not printed.
func TestSession_HidesItself(t *testing.T) {
	u := newUpstream(t, false)
	auth := connectortest.MustBeDone(t, u.login())
	raw, err := json.Marshal(auth.Session)
	if err != nil || strings.Contains(string(raw), "person-1") {
		t.Errorf("%s %v", raw, err)
	}
}
