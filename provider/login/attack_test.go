package login

import (
	"context"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/consent/claims"
)

// A provider whose clock is ahead says that the person acts in half a minute. A session of that
// is as old as any other once somebody wants the person to act now.
func TestAttack_LA_09_AClockThatIsAheadMakesNoSessionYounger(t *testing.T) {
	for _, age := range []time.Duration{0, time.Nanosecond} {
		l := atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().maxAge(age)
		l.Proof.AuthTime = noon.Add(30 * time.Second)
		want := map[bool]string{true: "choose", false: "deliver"}[age == 0]
		if got := name(Next(l.Login, noon)); got != want {
			t.Errorf("OpenID Connect Core §3.1.2.1: max_age %s and a session from a clock ahead of ours: %q, want %q", age, got, want)
		}
	}
}

// Who let a yes be remembered and says no when asked again is asked the next time: the earlier yes
// does not come back.
func TestAttack_CN_05_ANoEndsAnEarlierYes(t *testing.T) {
	w := newWorld(t)
	w.standing = atParty(identity.Low).proved("bank", identity.Substantial).standing().Standing
	_, session := w.logIn(t)
	begin := func(again bool) *Login {
		l, _, err := w.Begin(t.Context(), Request{
			Client: "c", Party: "city", Arrived: w.now,
			Ask: consent.Ask{Attributes: []consent.Wanted{{Name: "given_name"}}, Again: again},
		}, session)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if got := name(w.Next(begin(false))); got != "deliver" {
		t.Fatalf("the story needs a decision that stands: %s", got)
	}
	asked := begin(true) // prompt=consent
	if err := w.Decline(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	if got := name(w.Next(begin(false))); got != "consent" {
		t.Errorf("after a no the next login goes on with %q", got)
	}
}

// A party that was once told a name guesses a birth date, without a page (prompt=none) and with one.
// Whether the question is put says nothing about the guess: only a citizen's yes lets it be answered.
func TestAttack_SE_17_AGuessIsNotAnsweredWithoutAsking(t *testing.T) {
	w := newWorld(t)
	p := atParty(identity.Low).Party
	p.May = append(p.May, consent.Permission{Attribute: "birthdate", Basis: consent.ByConsent, Purpose: "permit"})
	w.Parties = oneParty{p}
	done, _ := w.bank.says.(connectors.Done)
	done.Authentication.Attributes = append(done.Authentication.Attributes, identity.Attribute{
		Name: "birthdate", Value: identity.Text("1979-11-30"), Source: identity.Source{Kind: identity.FromMeans, ID: "bank"}, VerifiedAt: noon,
	})
	w.bank.says = done
	_, session := w.logIn(t)
	w.standing = atParty(identity.Low).proved("bank", identity.Substantial).standing().Standing
	guess := func(guess string, prompt Prompt) *Login {
		request, err := claims.ParseClaims(`{"userinfo":{"given_name":null,"birthdate":{` + guess + `}}}`)
		if err != nil {
			t.Fatal(err)
		}
		ask, err := claims.AskFor(nil, request)
		if err != nil {
			t.Fatal(err)
		}
		l, _, err := w.Begin(t.Context(), Request{Client: "c", Party: "city", Arrived: w.now, Ask: ask, Prompt: prompt}, session)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	right, wrong := `"value":"1979-11-30"`, `"values":["1980-01-01","1980-01-02"]`
	for _, g := range []string{right, wrong, `"max_age":0`, `"value":true`} {
		if got := name(w.Next(guess(g, Prompt{None: true}))); got != "refuse consent_required" {
			t.Errorf("OpenID Connect Core §5.5.1: a guess of %s without a page ends with %q", g, got)
		}
	}
	for g, told := range map[string]int{right: 2, wrong: 1} {
		l := guess(g, Prompt{})
		step, ok := w.Next(l).(Consent)
		if !ok || len(step.Question.Asked) != 2 {
			t.Fatalf("the question for %s is %s", g, name(w.Next(l)))
		}
		answered, err := w.Approve(t.Context(), l, consent.Approval{
			Shown: step.Question.Digest, Approved: []identity.AttributeName{"given_name", "birthdate"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(answered.Values) != told || len(answered.Release.Items) != told {
			t.Errorf("%s: %d values and %d items are told, want %d", g, len(answered.Values), len(answered.Release.Items), told)
		}
	}
}

// library is a register in which somebody has a document, until it is reported stolen.
type library struct {
	status register.DocumentStatus
	asked  []string
}

func (l *library) Person(context.Context, identity.Identifier) (register.Person, error) {
	number := identity.Identifier{Scheme: identity.NationalNumber, Country: "PL", Value: identity.Hide("79113090127")}
	value, err := identity.JSON(map[string]string{"type": "PNO", "country": "PL", "value": number.Reveal()})
	return register.Person{Identifiers: []identity.Identifier{number}, Attributes: identity.Attributes{
		{Name: "national_identifier", Value: value, Source: identity.Source{Kind: identity.FromRegister, ID: "register"}},
	}}, err
}

func (l *library) Documents(_ context.Context, id identity.Identifier) ([]register.Document, error) {
	l.asked = append(l.asked, id.Reveal())
	return []register.Document{{Type: "idcard", Number: identity.Hide("ABC123456"), Status: l.status, AsOf: noon}}, nil
}

func (w *world) wantDocument(t *testing.T, session string) *Login {
	t.Helper()
	l, _, err := w.Begin(t.Context(), Request{
		Client: "c", Party: "city", Arrived: w.now, Ask: consent.Ask{Attributes: []consent.Wanted{{Name: "document_status"}}},
	}, session)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// documents lets the city ask for documents and the bank say who somebody is.
func (w *world) documents(l *library) {
	w.Registers = l
	p := atParty(identity.Low).Party
	p.May = append(p.May, consent.Permission{Attribute: "document_status", Basis: consent.ByConsent, Purpose: "permit"})
	w.Parties = oneParty{p}
	done, _ := w.bank.says.(connectors.Done)
	done.Authentication.Identifiers = []identity.Identifier{{Scheme: identity.NationalNumber, Country: "PL", Value: identity.Hide("79113090127")}}
	w.bank.says = done
}

type oneParty struct{ consent.RelyingParty }

func (p oneParty) Party(id consent.PartyID) (consent.RelyingParty, bool) {
	return p.RelyingParty, p.ID == id
}

// A session does not carry a document from one login to the next: the register is asked anew.
func TestAttack_XC_04_ADocumentReportedStolenIsNotToldFromASession(t *testing.T) {
	w, books := newWorld(t), &library{status: register.Valid}
	w.documents(books)
	l := w.wantDocument(t, "")
	session, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Known.Find("document_status"); !ok {
		t.Fatal("the story needs a valid document")
	}
	books.status = register.Stolen
	again := w.wantDocument(t, session)
	if a, _ := again.Known.Find("document_status"); a.Value.RevealText() != claims.NotValid {
		t.Errorf("a stolen document is told as %q from the session", a.Value.RevealText())
	}
	if _, ok := again.Known.Find("document_number"); ok {
		t.Error("the number of a stolen document is told")
	}
	proof, err := w.session(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := proof.Attributes.Find("document_number"); ok {
		t.Error("the session keeps a document's number that one login was about")
	}
}

// Only the number that the population register gave opens a document, never one that a means says.
func TestAttack_LK_08_AMeansOpensNobodysDocument(t *testing.T) {
	w, books := newWorld(t), &library{status: register.Valid}
	w.documents(books)
	done, _ := w.bank.says.(connectors.Done)
	done.Authentication.Identifiers = nil
	done.Authentication.Attributes = identity.Attributes{{
		Name: "national_identifier", Value: identity.Raw([]byte(`{"value":"PNOPL-44051401359"}`)), Source: identity.Source{Kind: identity.FromMeans, ID: "bank"},
	}}
	w.bank.says = done
	l := w.wantDocument(t, "")
	if _, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, ""); err != nil {
		t.Fatal(err)
	}
	if len(books.asked) > 0 {
		t.Errorf("the register was asked for the document of whom the means named")
	}
}

// A no leaves nothing behind that could go on: no leg under way, no proof.
func TestAttack_SE_02_ADeclinedLoginTakesNoAnswerOfAMeans(t *testing.T) {
	w := newWorld(t)
	l, _ := w.logIn(t)
	l.Leg = &Leg{Means: "bank", Handle: "h", Began: w.now, State: connectors.State("private")}
	if err := w.Decline(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	before := len(w.sessions)
	if _, err := w.Finish(t.Context(), l, "bank", "h", connectors.Input{}, ""); err == nil || len(w.sessions) != before {
		t.Errorf("a declined login let somebody in: %v", err)
	}
}
