package hubtest

import (
	"crypto/rand"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"symbolon/cmd/demo/sim"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// MeansPhone is the means of what an office handed out.
const MeansPhone = "phone"

// CertifiedModel is the AAGUID that WithPhone calls certified.
func CertifiedModel() [16]byte { return [16]byte{0xce, 0x17} }

// WithPhone adds the means of what an office handed out. Passkeys that the maker attests count as
// attested; nil: nobody attests any.
func WithPhone(t testing.TB, maker *enrolledtest.Maker) With {
	t.Helper()
	settings := table{
		"names": table{"en": "With my phone", "pl": "Telefonem", "hu": "A telefonommal", "fr": "Avec mon téléphone", "ar": "بهاتفي"},
		"hints": table{"en": "you were enrolled in an office", "pl": "po wizycie w urzędzie", "hu": "miután egy hivatalban regisztrálták", "fr": "après une inscription à un guichet", "ar": "سُجّلت في مكتب"},
		"icon":  "phone", "ceiling": "high", "authoritative_for": []string{"PNOPL"},
	}
	if maker != nil {
		roots := filepath.Join(t.TempDir(), "roots.pem")
		if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: maker.Root.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		settings["attestation_roots"], settings["certified"] = roots, []string{"ce170000-0000-0000-0000-000000000000"}
	}
	return WithSettings(func(s map[string]any) {
		s["connectors"] = append(s["connectors"].([]any), table{"id": MeansPhone, "kind": enrolled.Kind, "settings": settings})
	})
}

// Phoned lets a played party permit it, beside the trusted profile.
func Phoned(rp *RP) *RP {
	if rp.Party == nil {
		rp.Party = table{}
	}
	rp.Party["means"] = []any{table{"id": "trusted-profile", "up_to": "high"}, table{"id": MeansPhone, "up_to": "high"}}
	return rp
}

// Enrolled is somebody who was in an office, with what they took home.
type Enrolled struct {
	Person  identity.Person
	Account enrolled.Account
	Device  *enrolledtest.Device // a passkey
	PIN     string
	Secret  string // of the app
	Codes   []string
	Paper   []string

	w *World
	t testing.TB
}

// Enrol lets a person of people.json be found in the register, known by the office, and given a
// passkey, an app with a PIN, recovery codes and a paper list.
func (w *World) Enrol(t testing.TB, person string, level identity.Level, device *enrolledtest.Device) *Enrolled {
	t.Helper()
	e := w.Known(t, person, level)
	a := w.Replicas[0].Hub.Authenticators()
	device.Origin = w.Issuer
	e.Device = device
	var recovery, paper enrolled.Candidate
	var err error
	if e.Codes, recovery, err = a.NewRecoveryCodes(e.Account); err != nil {
		t.Fatal(err)
	}
	if e.Paper, paper, err = a.NewPaperList(e.Account); err != nil {
		t.Fatal(err)
	}
	e.Bind(level, e.Passkey(device), e.app(), recovery, paper)
	w.Shift(time.Minute) // the app's first code is over
	return e
}

// Known lets a person be found or made as an office does it, with nothing bound yet.
func (w *World) Known(t testing.TB, person string, level identity.Level) *Enrolled {
	t.Helper()
	people, err := sim.People()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range w.Country.Staff { // who works at a desk is a person, too
		people = append(people, m.Person)
	}
	i := slices.IndexFunc(people, func(p sim.Person) bool { return p.Key == person })
	if i < 0 {
		t.Fatalf("no person %s", person)
	}
	p := people[i]
	number, err := identity.ParseIdentifier(p.Number)
	if err != nil {
		t.Fatal(err)
	}
	facts := func(source identity.Source) identity.Attributes {
		var all identity.Attributes
		for name, value := range map[identity.AttributeName]string{"given_name": p.Given(), "family_name": p.FamilyName, "birthdate": p.Birthdate} {
			all = append(all, identity.Attribute{Name: name, Value: identity.Text(value), Source: source, VerifiedAt: w.Now()})
		}
		return all
	}
	hub := w.Replicas[0].Hub
	e := &Enrolled{Account: enrolled.NewAccount(), PIN: "194638027513", w: w, t: t} // a PIN so long that it is found nowhere by chance
	seen := hub.Authenticators().Tie(e.Account, level, number, facts(identity.Source{Kind: identity.FromMeans, ID: MeansPhone}))
	registered := &subject.Registered{
		Found: true, Identifiers: []identity.Identifier{number}, Attributes: facts(identity.Source{Kind: identity.FromRegister, ID: "population"}),
	}
	if e.Person, err = hub.Persons().Match(t.Context(), seen, registered); err != nil {
		t.Fatalf("the office finds the person: %v", err)
	}
	return e
}

// Bind binds what was set up, on the word of an office.
func (e *Enrolled) Bind(level identity.Level, candidates ...enrolled.Candidate) []enrolled.Device {
	e.t.Helper()
	devices, err := e.authenticators().Bind(e.t.Context(), enrolled.Binding{
		Person: e.Person.ID, Account: e.Account, Level: level, Case: rand.Text(), Office: "office-7", Via: enrolled.ViaDesk,
	}, candidates...)
	if err != nil {
		e.t.Fatalf("bind: %v", err)
	}
	return devices
}

func (e *Enrolled) authenticators() *enrolled.Authenticators {
	return e.w.Replicas[0].Hub.Authenticators()
}

// Passkey registers a device as the citizen's phone does.
func (e *Enrolled) Passkey(device *enrolledtest.Device) enrolled.Candidate {
	e.t.Helper()
	options, setup, err := e.authenticators().BeginPasskey(e.t.Context(), e.Account, enrolled.PasskeyWish{Person: e.Person.ID, Label: "K. B.", Attested: true})
	if err != nil {
		e.t.Fatal(err)
	}
	c, err := e.authenticators().FinishPasskey(e.t.Context(), setup, device.Create(e.t, options))
	if err != nil {
		e.t.Fatalf("register a passkey: %v", err)
	}
	return c
}

func (e *Enrolled) app() enrolled.Candidate {
	e.t.Helper()
	secret, setup, err := e.authenticators().BeginTOTP(e.t.Context(), e.Account, "")
	if err != nil {
		e.t.Fatal(err)
	}
	u, err := url.Parse(secret.URI)
	if err != nil {
		e.t.Fatal(err)
	}
	e.Secret = u.Query().Get("secret")
	c, err := e.authenticators().FinishTOTP(e.t.Context(), setup, e.PIN, e.Code())
	if err != nil {
		e.t.Fatalf("set up an app: %v", err)
	}
	return c
}

// Code is what the app shows now.
func (e *Enrolled) Code() string {
	e.t.Helper()
	code, err := totp.GenerateCode(e.Secret, e.w.Now())
	if err != nil {
		e.t.Fatal(err)
	}
	return code
}

// Tap answers the page of the means with a passkey, as the page's script does.
func (b *Browser) Tap(device *enrolledtest.Device) *Page {
	b.t.Helper()
	action, form := b.Assertion(device)
	return b.Post(action, form, b.Page.origin())
}

// Assertion is what Tap would send, and where.
func (b *Browser) Assertion(device *enrolledtest.Device) (action string, form url.Values) {
	b.t.Helper()
	b.Have("passkey")
	action, form = b.Form("passkey")
	options := attr(enclosing(b.Page.Need(b.t, "passkey"), "form"), "data-passkey-get")
	form.Set("credential", string(device.Get(b.t, []byte(options))))
	return action, form
}

// Have chooses what its owner has, where the page of the means shows the fields of something else: "totp" or "code".
func (b *Browser) Have(way string) {
	b.t.Helper()
	if link := "have-" + way; b.Page.Has(link) && attr(b.Page.Need(b.t, link), "aria-current") == "" {
		b.Click(link)
	}
}

// TypeCode fills the form of an app's code, and sends it.
func (b *Browser) TypeCode(e *Enrolled, code string) *Page {
	b.t.Helper()
	b.Have("totp")
	b.Fill("name", e.Account.Name)
	b.Fill("pin", e.PIN)
	b.Fill("code", code)
	return b.Click("use-app")
}

// TypeLastCode fills the form of the last codes, and sends it.
func (b *Browser) TypeLastCode(e *Enrolled, code string) *Page {
	b.t.Helper()
	b.Have("code")
	b.Fill("code-name", e.Account.Name)
	b.Fill("last-code", code)
	return b.Click("use-code")
}
