package eid

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
	"symbolon/connectors/pki"
	"symbolon/connectors/pki/specimen"
)

const cardHost = "https://card.login.nowawola.example"

func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// bench is a connector, an authority whose cards it takes, and one card.
type bench struct {
	t         *testing.T
	authority *specimen.Authority
	card      *x509.Certificate
	connector *Connector
	logs      *connectortest.Logs
	now       time.Time
	used      sync.Map
	profile   pki.Profile
	verifier  *pki.Verifier
	down      func() // takes responder and list away
}

func holder() specimen.Holder {
	return specimen.Holder{Given: "Konstanty", Family: "Brzeziński-Testowy", Number: "PNOPL-87022290019", Birthdate: "1987-02-22", Document: "ZZP100001"}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, logs: &connectortest.Logs{}, now: noon()}
	var err error
	b.authority, err = specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return b.now }})
	b.must(err)
	server := httptest.NewServer(b.authority.Handler(nil))
	t.Cleanup(server.Close)
	issuing, root, err := b.authority.Write(t.TempDir())
	b.must(err)
	profile := pki.Profile{
		ID: "pl-2019", Country: "PL", Level: identity.High, CertificatesFile: issuing, RootsFile: root, Policies: []string{specimen.AuthPolicy},
		Subject: pki.Subject{Number: `^PNOPL-(\d{11})$`, Scheme: "PNO", Birthdate: true, Document: specimen.DocumentOID, DocumentType: "idcard"},
		OCSP:    pki.OCSP{URL: server.URL + "/ocsp"},
	}
	client := outbound.New(outbound.Options{AllowHosts: []string{"127.0.0.1"}, AllowLoopback: true}).HTTP()
	b.down = server.Close
	b.verifier, err = pki.New([]pki.Profile{profile}, pki.Deps{OCSP: client, CRL: client, Log: b.logs.Logger()})
	b.must(err)
	b.card = b.issue(b.authority.Template(holder()))
	b.profile = profile
	b.connector = b.connect()
	return b
}

func (b *bench) connect() *Connector {
	b.t.Helper()
	c, err := New(Settings{
		ID: "card-tls", Sources: pki.Sources{Issuers: []pki.Profile{b.profile}},
		Offered: connectors.Offered{Names: map[string]string{"en": "e-ID card in the browser"}, Ceiling: identity.Substantial, AuthoritativeFor: []string{"PNOPL"}},
	}, Deps{
		Cards: b.verifier, Origin: cardHost, Key: [32]byte{1}, Log: b.logs.Logger(), Now: func() time.Time { return b.now },
		Once: func(_ context.Context, ticket string, _ time.Time) error {
			if _, used := b.used.LoadOrStore(ticket, true); used {
				return connectors.ErrTicket
			}
			return nil
		},
	})
	b.must(err)
	return c
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) issue(template *x509.Certificate) *x509.Certificate {
	b.t.Helper()
	p, err := b.authority.Issue(template, "ES256")
	b.must(err)
	return p.Certificate
}

func (b *bench) attempt(handle string) connectors.Attempt {
	return connectors.Attempt{Handle: handle, Return: "https://login.nowawola.example/callback/card-tls", Wanted: identity.Substantial, Now: b.now}
}

// ticketOf reads the ticket out of the address on the card host.
func ticketOf(t *testing.T, step connectors.Step) string {
	t.Helper()
	to, ok := step.(connectors.Redirect)
	if !ok || !strings.HasPrefix(to.URL, cardHost+"/begin/card-tls/") {
		t.Fatalf("not to the card host: %s", connectortest.Outcome(step))
	}
	return strings.TrimPrefix(to.URL, cardHost+"/begin/card-tls/")
}

// show plays browser and card host.
func (b *bench) show(step connectors.Step, shown ...*x509.Certificate) connectors.Input {
	b.t.Helper()
	back, err := b.connector.Receive(b.t.Context(), ticketOf(b.t, step), shown)
	b.must(err)
	u, err := url.Parse(back)
	b.must(err)
	return connectors.Input{Query: u.Query()}
}

func TestConnector(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
		b := newBench(t)
		return &connectortest.Rig{
			Connector: b.connector, Attempt: b.attempt, Logs: b.logs,
			Walk: func(_ *testing.T, step connectors.Step) connectors.Input { return b.show(step, b.card) },
			Pass: func(d time.Duration) { b.now = b.now.Add(d) }, Replica: func() connectors.Connector { return b.connect() }, Down: b.down,
			Tells: func(told connectortest.Told) {
				h := holder()
				h.Given, h.Family, h.Birthdate = told.Given, told.Family, told.Birthdate
				b.card = b.issue(b.authority.Template(h))
			},
			Private: func() []string {
				return []string{"87022290019", "Konstanty", "Brzeziński", "1987-02-22", "ZZP100001", b.card.SerialNumber.Text(16)}
			},
		}
	})
}

// outcome runs one leg with what the browser shows.
func (b *bench) outcome(shown ...*x509.Certificate) string {
	b.t.Helper()
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(b.t.Context(), a)
	b.must(err)
	step, _, err = b.connector.Continue(b.t.Context(), a, state, b.show(step, shown...))
	b.must(err)
	return connectortest.Outcome(step)
}

func TestWhatTheBrowserShowsIsToldApart(t *testing.T) {
	b := newBench(t)
	expired := b.authority.Template(holder())
	expired.NotAfter = b.now.Add(-time.Hour)
	other, err := specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return b.now }})
	b.must(err)
	foreign, err := other.Issue(other.Template(holder()), "ES256")
	b.must(err)
	suspended, revoked := b.issue(b.authority.Template(holder())), b.issue(b.authority.Template(holder()))
	b.authority.Revoke(suspended, 6)
	b.authority.Revoke(revoked, 1)
	for want, shown := range map[string][]*x509.Certificate{
		"Done": {b.card, foreign.Certificate}, "card_missing": nil, "card_wrong": {foreign.Certificate, b.card},
		"card_signing": {b.issue(specimen.Signing(b.authority.Template(holder())))}, "card_expired": {b.issue(expired)},
		"card_suspended": {suspended}, "card_revoked": {revoked},
	} {
		if got := b.outcome(shown...); got != want {
			t.Errorf("%s, want %s (R-CARD-01, -03, -07)", got, want)
		}
	}
}

func TestTheLevelIsTheOperators(t *testing.T) {
	s, err := Decode("card-tls", map[string]any{"names": map[string]any{"en": "x"}})
	if s.Ceiling != identity.None || err == nil { // a broken one gives nothing
		t.Errorf("%v %v", s.Ceiling, err)
	}
	b := newBench(t)
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(t.Context(), a)
	b.must(err)
	step, _, err = b.connector.Continue(t.Context(), a, state, b.show(step, b.card))
	b.must(err)
	e := connectortest.MustBeDone(t, step).Evidence[0]
	if e.Kind != identity.CardTLS || e.Asserted != identity.High || e.Ceiling != identity.Substantial || e.Certificate == nil {
		t.Errorf("%+v", e)
	}
}

func TestTicketsAndHandlesAreGoodOnceAndShort(t *testing.T) {
	b := newBench(t)
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(t.Context(), a)
	b.must(err)
	ticket := ticketOf(t, step)
	in := b.show(step, b.card)
	if _, err := b.connector.Receive(t.Context(), ticket, []*x509.Certificate{b.card}); !errors.Is(err, connectors.ErrTicket) {
		t.Errorf("a ticket was used twice: %v", err)
	}
	for _, bad := range []string{"", "x", ticket[:20], ticket + "A", in.Query.Get("h"), strings.Repeat("A", 1<<20)} {
		if _, err := b.connector.Receive(t.Context(), bad, nil); !errors.Is(err, connectors.ErrTicket) {
			t.Errorf("a ticket of %d characters was taken: %v", len(bad), err)
		}
	}
	// A ticket is no answer, and an answer is for its own leg only.
	step, _, err = b.connector.Continue(t.Context(), a, state, connectors.Input{Query: url.Values{"h": {ticket}}})
	b.must(err)
	if got := connectortest.Outcome(step); got != "invalid_answer" {
		t.Errorf("a ticket as an answer: %s", got)
	}
	late := b.attempt("handle")
	late.Now = b.now.Add(seenLife + time.Second)
	step, _, err = b.connector.Continue(t.Context(), late, state, in)
	b.must(err)
	if got := connectortest.Outcome(step); got != "stale_answer" {
		t.Errorf("an answer after %s: %s", seenLife+time.Second, got)
	}
	step, _, err = b.connector.Begin(t.Context(), a)
	b.must(err)
	ticket = ticketOf(t, step)
	b.now = b.now.Add(ticketLife + time.Second)
	if _, err := b.connector.Receive(t.Context(), ticket, nil); !errors.Is(err, connectors.ErrTicket) {
		t.Errorf("a ticket after %s: %v", ticketLife+time.Second, err)
	}
}

// Whatever was good at one login is asked again at the next: nothing of a card is remembered (XC-13).
func TestAttack_XC_13(t *testing.T) {
	b := newBench(t)
	if got := b.outcome(b.card); got != "Done" {
		t.Fatal(got)
	}
	b.authority.Revoke(b.card, 1)
	if got := b.outcome(b.card); got != "card_revoked" {
		t.Errorf("after the revocation: %s (attacks XC-13)", got)
	}
}

// R-CARD-07: what was revoked for good is named, so that it is never taken again; what is on hold is not.
func TestWhatIsRevokedForGoodIsNamed(t *testing.T) {
	b := newBench(t)
	for reason, want := range map[int]bool{1: true, 4: true, 6: false} {
		card := b.issue(b.authority.Template(holder()))
		b.authority.Revoke(card, reason)
		a := b.attempt("handle")
		step, state, err := b.connector.Begin(t.Context(), a)
		b.must(err)
		step, _, err = b.connector.Continue(t.Context(), a, state, b.show(step, card))
		b.must(err)
		dead := step.(connectors.Failed).Dead
		if (dead != nil) != want {
			t.Errorf("reason %d: named %t", reason, dead != nil)
		}
		if dead != nil && (dead.Digest != sha256.Sum256(card.Raw) || dead.Issuer != "eid:PL" || dead.Person.Reveal() != "PNOPL-87022290019" || !dead.Until.Equal(card.NotAfter)) {
			t.Errorf("reason %d: another is named", reason)
		}
	}
}
