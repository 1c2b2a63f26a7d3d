package web

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

const (
	issuer   = "https://id.example"
	callback = "https://nowawola.example/cb"
	goodbye  = "https://nowawola.example/bye"
)

// world is the real pages, logins and OpenID provider over memory and two means that answer at once.
type world struct {
	t        testing.TB
	handler  http.Handler
	site     Site
	logins   *login.Service
	provider *oauth.Provider
	mu       sync.Mutex
	rows     map[seal.RowID]login.Row
	sessions map[seal.RowID]login.SessionRow
	upstream map[[32]byte][]seal.RowID
	grants   map[seal.RowID]oauth.Grant
	released []consent.Release
	standing *consent.Decision
	party    consent.RelyingParty
	client   oauth.Client
	person   identity.Person
	matchErr error
	tieErr   error
	level    identity.Level // of the account that a means is tied to
	down     error          // what every store says
	profile  *fakeMeans
	card     *fakeMeans
	now      time.Time
	log      *bytes.Buffer
	signer   oauth.SigningKey
	systems  *fakeSystems
}

var errDown = errors.New("test: no database")

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, rows: map[seal.RowID]login.Row{}, sessions: map[seal.RowID]login.SessionRow{}, grants: map[seal.RowID]oauth.Grant{},
		party: cityServices(), person: identity.Person{ID: identity.PersonID{1}, Usage: identity.UsageID{7}, State: identity.Active},
		now: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC), log: &bytes.Buffer{}, systems: &fakeSystems{},
	}
	w.client = oauth.Client{
		ID: "city", Party: "city", AuthMethod: oauth.ClientSecretBasic, SecretDigests: []string{oauth.DigestSecret("secret")},
		RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{goodbye}, PKCE: oauth.PKCEOptional, RefreshTokens: true,
		Scopes: []string{"profile", "profile:name", "email", "address", "nid", "phone", "document", "profile:sex", "profile:nationality"},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.signer = oauth.SigningKey{ID: "k", Alg: "ES256", Public: key.Public(), Signer: key}
	w.profile = &fakeMeans{w: w, description: connectors.Description{
		ID: "trusted-profile", Kind: "fake", Ceiling: identity.Substantial, Icon: "profile",
		Names: map[string]string{"en": "Trusted profile", "pl": "Profil zaufany", "ar": "الملف الموثوق"},
		Hints: map[string]string{"en": "you log in with your government account", "pl": "logujesz się kontem rządowym", "ar": "تسجل الدخول بحسابك الحكومي"},
	}}
	bank := &fakeMeans{w: w, description: connectors.Description{
		ID: "bank", Kind: "fake", Ceiling: identity.Substantial, Icon: "bank",
		Names: map[string]string{"en": "Bank", "pl": "Bank", "ar": "المصرف"},
		Choices: []connectors.Choice{
			{ID: "bank-one", Names: map[string]string{"en": "Bank One"}, Ceiling: identity.Substantial},
			{ID: "bank-two", Names: map[string]string{"en": "Bank Two"}, Ceiling: identity.Low},
		},
	}}
	w.card = &fakeMeans{w: w, description: connectors.Description{
		ID: "card", Kind: "fake", Ceiling: identity.High, Icon: "card", Names: map[string]string{"en": "e-ID card", "pl": "Dowód osobisty", "ar": "بطاقة الهوية"},
		Hints: map[string]string{"en": "you need the card, its PIN and a reader or phone", "pl": "potrzebny jest dowód, PIN oraz czytnik lub telefon", "ar": "تحتاج إلى البطاقة ورقمها السري وقارئ أو هاتف"},
	}}
	mint := seal.Mint{Keys: []seal.TagKey{{ID: 1, Key: [32]byte{1}}}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	registry, err := oauth.OpenRegistry(t.Context(), w, log)
	if err != nil {
		t.Fatal(err)
	}
	w.logins = &login.Service{
		Connectors: []connectors.Connector{w.profile, bank, w.card}, Parties: w, Registers: noRegister{}, Matcher: w, Ties: w, Subjects: w,
		Ledger: w, Notifier: w, Journal: w, Logins: w, Sessions: w, Upstreams: w, Decisions: w, Once: w, Mint: mint, HandleKey: [32]byte{3}, Rules: assurance.Default(), Log: log,
		Doors:    map[string]login.Door{"portal": ownDoor("portal"), "desk": ownDoor("desk")},
		Loosely:  func(ctx context.Context, f func(context.Context) error) error { return f(ctx) },
		Now:      func() time.Time { return w.now },
		Callback: func(m identity.Means) string { return issuer + "/callback/" + string(m) },
		Lifetimes: login.Lifetimes{
			Login: 30 * time.Minute, Leg: 10 * time.Minute, SessionIdle: 30 * time.Minute, SessionAbsolute: 8 * time.Hour,
		},
	}
	w.provider, err = oauth.New(oauth.Settings{
		Issuer: issuer, Registry: registry, Grants: w, Proofs: w, Once: w, Signing: w, Mint: mint, DeriveKey: [32]byte{2}, ACR: assurance.Names{},
		Journal: w, Lifetimes: oauth.DefaultLifetimes(), HTTP: http.DefaultClient, Languages: []string{"en", "pl", "ar"}, Log: log,
		Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.site = Site{
		Kept:   kept,
		Issuer: issuer, Brand: map[string]string{"en": "Nowa Wola identity", "pl": "Tożsamość Nowa Wola", "ar": "هوية نوفا فولا"},
		Logins: w.logins, Legs: w.logins, Answers: w.logins, Accounts: w.logins, Upstreams: w.logins, Forms: w.logins, Doors: w.logins, Means: w.logins.Descriptions, Past: w.logins, ProofOf: w.provider.ProofOf, Parties: w.Party, Initiates: func(string) (consent.RelyingParty, string, bool) { return consent.RelyingParty{}, "", false },
		Hosts: map[HostName]string{Portal: "portal.example", Desk: "desk.example", API: "api.example"}, Systems: w.systems, Now: func() time.Time { return w.now },
		Ties:  w.logins,
		Links: w.logins, Cursors: seal.Vault{Keys: []seal.VaultKey{{ID: 1, Key: [32]byte{4}}}},
		OAuth: w.provider, Metadata: w.provider, Tokens: w.provider, SessionID: w.provider.SessionID,
		Unavailable: func(err error) bool { return errors.Is(err, errDown) }, Log: log,
	}
	w.handler, err = New(w.site)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// ownDoor is one of our own hosts. Staff leave no session.
func ownDoor(name string) login.Door {
	return login.Door{Idle: 15 * time.Minute, Absolute: 8 * time.Hour, Party: consent.RelyingParty{
		ID: consent.PartyID("own:" + name), Names: map[string]string{"en": name}, Domain: name + ".example", Sector: "own:" + name, Floor: identity.Low,
		Means: []consent.PermittedMeans{{Means: "trusted-profile", UpTo: identity.Substantial}, {Means: "card", UpTo: identity.High}},
		Own:   true, NoSession: name != "portal",
	}}
}

func cityServices() consent.RelyingParty {
	law := map[string]string{"en": "Road Traffic Act, art. 80c", "pl": "Prawo o ruchu drogowym, art. 80c", "ar": "قانون المرور، المادة 80ج"}
	return consent.RelyingParty{
		ID: "city", Names: map[string]string{"en": "Nowa Wola city services", "pl": "Urząd Miasta Nowa Wola", "ar": "خدمات مدينة نوفا فولا"},
		Domain: "nowawola.example", Sector: "city", Floor: identity.Low, Remember: 365, Version: "1",
		Means: []consent.PermittedMeans{{Means: "trusted-profile", UpTo: identity.Substantial}, {Means: "bank", UpTo: identity.Substantial}, {Means: "card", UpTo: identity.High}},
		Purposes: []consent.Purpose{{ID: "permit", Texts: map[string]string{
			"en": "register your parking permit", "pl": "rejestracja abonamentu parkingowego", "ar": "تسجيل تصريح وقوف سيارتك",
		}}},
		May: []consent.Permission{
			{Attribute: "name", Basis: consent.ByLaw, Law: law, Purpose: "permit", Required: true},
			{Attribute: "given_name", Basis: consent.ByLaw, Law: law, Purpose: "permit"},
			{Attribute: "family_name", Basis: consent.ByLaw, Law: law, Purpose: "permit"},
			{Attribute: "national_identifier", Basis: consent.ByLaw, Law: law, Purpose: "permit"},
			{Attribute: "address", Basis: consent.ByConsent, Purpose: "permit"},
			{Attribute: "email", Basis: consent.ByConsent, Purpose: "permit"},
			{Attribute: "phone_number", Basis: consent.ByConsent, Purpose: "permit"},
			{Attribute: "birthdate", Basis: consent.ByConsent, Purpose: "permit", Required: true},
			{Attribute: "age_over_18", Basis: consent.ByConsent, Purpose: "permit", Required: true},
		},
	}
}

// fakeMeans answers at once with what the test wants.
type fakeMeans struct {
	w           *world
	description connectors.Description
	says        connectors.Step // nil: the ordinary person, at the means' ceiling
	begins      connectors.Step // nil: a redirect
	handle      string          // of the last leg
	got         connectors.Input
	calls       int
}

func (f *fakeMeans) Describe() connectors.Description { return f.description }

func (f *fakeMeans) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	f.handle = a.Handle
	if f.begins != nil {
		return f.begins, nil, nil
	}
	return connectors.Redirect{URL: "https://up.example/authorize?state=" + url.QueryEscape(a.Handle)}, connectors.State(a.Choice), nil
}

func (f *fakeMeans) Continue(_ context.Context, a connectors.Attempt, _ connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	f.got, f.calls = in, f.calls+1
	if f.says != nil {
		return f.says, nil, nil
	}
	return connectors.Done{Authentication: f.authentication(a.Choice)}, nil, nil
}

func (f *fakeMeans) authentication(choice string) identity.Authentication {
	attribute := func(name identity.AttributeName, v any) identity.Attribute {
		value, err := identity.JSON(v)
		if err != nil {
			f.w.t.Fatal(err)
		}
		return identity.Attribute{Name: name, Value: value, Source: identity.Source{Kind: identity.FromRegister, ID: "population"}, VerifiedAt: f.w.now}
	}
	d := f.description
	return identity.Authentication{
		Means: d.ID, Kind: "fake", Choice: choice, Issuer: "https://up.example", Subject: identity.Hide("s"), AuthTime: f.w.now, AMR: []string{"mfa"},
		Attributes: identity.Attributes{
			attribute("given_name", "Konstanty"), attribute("family_name", "Brzeziński-Testowy"), attribute("birthdate", "1987-02-22"),
			attribute("gender", "male"), attribute("email", "konstanty.testowy@mail.example"), attribute("phone_number", "+48599100001"),
			attribute("national_identifier", map[string]string{"type": "PNO", "country": "PL", "value": "PNOPL-87022290019"}),
			attribute("address", map[string]string{"street_address": "Wiśniowa 1947/12", "postal_code": "99-871", "locality": "Nowa Wola", "country": "PL"}),
		},
		Evidence: []identity.Evidence{{
			Kind: identity.UpstreamAssertion, Means: d.ID, Choice: choice, Asserted: d.Ceiling, Ceiling: d.CeilingOf(choice),
			AMR: []string{"mfa"}, AuthTime: f.w.now, Checked: f.w.now,
		}},
	}
}

type noRegister struct{}

func (noRegister) Person(context.Context, identity.Identifier) (register.Person, error) {
	return register.Person{}, register.ErrUnavailable
}

func (noRegister) Documents(context.Context, identity.Identifier) ([]register.Document, error) {
	return nil, register.ErrUnavailable
}

func (w *world) Party(id consent.PartyID) (consent.RelyingParty, bool) {
	return w.party, id == w.party.ID
}

func (w *world) Match(context.Context, identity.Authentication, *subject.Registered) (identity.Person, error) {
	if w.matchErr != nil {
		return identity.Person{}, w.matchErr
	}
	return w.person, nil
}

func (w *world) Account(context.Context, identity.UsageID) (subject.Account, error) {
	return subject.Account{Level: w.level}, nil
}

func (w *world) Tie(context.Context, identity.UsageID, identity.Authentication, uint32, []identity.Means, subject.Note) error {
	return w.tieErr
}

func (w *world) Ask(context.Context, identity.Authentication) (string, error) {
	return "C-ABCD-EFGH", nil
}

func (w *world) Cancelled(context.Context, identity.Authentication, subject.Note) (identity.Person, error) {
	return identity.Person{}, w.down
}

func (w *world) Subject(_ context.Context, sector string, usage identity.UsageID) (string, error) {
	return sector + usage.String(), nil
}

func (w *world) Merged(context.Context, string, identity.UsageID) ([]string, error) { return nil, nil }

func (w *world) Standing(context.Context, consent.PartyID, identity.UsageID, identity.UsageID) (*consent.Decision, error) {
	return w.standing, w.down
}

func (w *world) Withdraw(context.Context, consent.PartyID, identity.UsageID, identity.UsageID) error {
	return w.down
}

func (w *world) LoggedIn(context.Context, identity.Person, identity.Attributes, string, time.Time) error {
	return w.down
}

func (w *world) Row(e journal.Entry) (journal.Row, error) {
	return journal.Row{ID: e.ID, Kind: e.Kind}, nil
}

func (w *world) Append(context.Context, journal.Row) error { return w.down }

func (w *world) Note(context.Context, journal.Row) error { return w.down }

func (w *world) Registry(context.Context) (int64, map[string][]byte, map[string][]byte, error) {
	party, errParty := json.Marshal(w.party)
	client, errClient := json.Marshal(w.client)
	return 1, map[string][]byte{"city": party}, map[string][]byte{"city": client}, errors.Join(errParty, errClient)
}

func (w *world) RegistryVersion(context.Context) (int64, error) { return 1, nil }

func (w *world) Active(string, time.Time) (oauth.SigningKey, bool) { return w.signer, true }
func (w *world) Published(time.Time) []oauth.SigningKey            { return []oauth.SigningKey{w.signer} }
func (w *world) History() []oauth.SigningKey                       { return []oauth.SigningKey{w.signer} }
