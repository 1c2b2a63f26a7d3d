package browsertest

import (
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// gallery walks past every page that a citizen can meet and shows each under its name. It does so
// without JavaScript.
type gallery struct {
	*person
	clinic *hubtest.RP
	show   func(page string)
}

// walk opens a country and shows its pages in each language. The simulators speak English only: theirs are shown
// with the first.
func walk(t *testing.T, languages []string, show func(t *testing.T, p *person, page string)) {
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			clinic := hubtest.Phoned(curious())
			w := hubtest.New(t, hubtest.WithRPs(clinic), hubtest.WithPhone(t, nil))
			p := sit(t, w, false, lang)
			p.Size(1280, 900)
			g := &gallery{p, clinic, func(page string) { show(t, p, page) }}
			g.standing()
			g.choosing()
			g.deciding()
			g.lookingBack()
			g.representing()
			g.stopping()
			if lang == languages[0] {
				g.neighbours()
			}
			g.phoning() // moves the clock, which the services do not know of
			g.failing()
			g.card()
			g.crowding()
		})
	}
}

// curious is a party that wants to know everything, on every ground there is.
func curious() *hubtest.RP {
	texts := func(en, pl, hu, fr, ar string) map[string]any {
		return map[string]any{"en": en, "pl": pl, "hu": hu, "fr": fr, "ar": ar}
	}
	return &hubtest.RP{
		ID: "clinic", Method: "client_secret_basic",
		Party: map[string]any{
			"names":  texts("Municipal clinic of Nowa Wola, department of records", "Przychodnia Miejska w Nowej Woli, dział dokumentacji", "Nowa Wola városi rendelőintézete, iratkezelési osztály", "Centre de santé municipal de Nowa Wola, service des dossiers", "مستوصف بلدية نوفا فولا، قسم السجلات"),
			"domain": "records.municipal-clinic.nowawola.example",
			"purposes": []any{
				map[string]any{"id": "file", "texts": texts("keep your patient file", "prowadzić Twoją dokumentację pacjenta", "a betegdokumentációja vezetése", "tenir votre dossier médical", "حفظ ملفك الطبي")},
				map[string]any{"id": "reach", "texts": texts("reach you about appointments", "zawiadamiać Cię o wizytach", "értesítés az időpontjairól", "vous joindre au sujet de vos rendez-vous", "الاتصال بك بشأن المواعيد")},
			},
			"may": []any{
				map[string]any{
					"attributes": []string{"given_name", "family_name", "national_identifier"}, "basis": "law", "purpose": "file", "required": true,
					"law": texts("Patient Records Act (invented), article 25, section 1, point 1, letters a to d", "ustawa o dokumentacji pacjenta (zmyślona), art. 25 ust. 1 pkt 1 lit. a–d", "a betegdokumentációról szóló (kitalált) törvény 25. § (1) bekezdés 1. pont a)–d) alpontja", "loi sur les dossiers médicaux (fictive), article 25, paragraphe 1, point 1, lettres a à d", "قانون سجلات المرضى (متخيَّل)، المادة 25، الفقرة 1، البند 1"),
				},
				map[string]any{
					"attributes": []string{"birthdate", "gender"}, "basis": "public_task", "purpose": "file", "required": true,
					"law": texts("City Health Charter (invented), section 3", "karta zdrowia miasta (zmyślona), § 3", "városi egészségügyi karta (kitalált), 3. szakasz", "charte de santé de la ville (fictive), section 3", "ميثاق صحة المدينة (متخيَّل)، القسم 3"),
				},
				map[string]any{"attributes": []string{"document_number", "document_type"}, "basis": "consent", "purpose": "file", "required": true},
				map[string]any{"attributes": []string{"address", "email", "phone_number", "nationalities", "is_alive", "age_over_65"}, "basis": "consent", "purpose": "reach"},
			},
			"remember_days": 365,
		},
	}
}

const everything = `{"userinfo":{"given_name":null,"family_name":null,"national_identifier":null,"birthdate":null,"gender":null,` +
	`"document_number":null,"document_type":null,"address":{"purpose":"so that a letter with your results reaches you and nobody else"},` +
	`"email":{"essential":true},"phone_number":null,"nationalities":null,"is_alive":null,"age_over_65":null}}`

func (g *gallery) standing() {
	g.Open(g.w.Issuer + "/")
	g.show("home")
	g.Open(g.w.Issuer + "/help")
	g.show("help")
}

// choosing shows the choice: new, after a failure, and after too weak a login.
func (g *gallery) choosing() {
	g.begin(g.w.Country.Addresses.City)
	g.show("choose")
	g.do("#why-not summary")
	g.show("choose-why")
	g.choose("trusted-profile")
	g.Click("cancel")
	g.show("failed")
	g.begin(g.w.Country.Addresses.City)
	g.choose("trusted-profile")
	g.be("ordinary", "password-only")
	g.show("weak")
	g.choose("trusted-profile")
	g.be("ordinary", "confirm")
}

// do opens what can be opened, as a click does.
func (g *gallery) do(selector string) {
	hubtest.Look[bool](g.Chromium, `(document.querySelector("`+selector+`").parentElement.open = true)`)
}

// deciding begins at the consent page of the city; the choice with what was used last is here, too.
func (g *gallery) deciding() {
	city := g.w.Country.Addresses.City
	g.show("consent")
	g.Hold(city + "/callback")
	g.Press("approve")
	g.Wait("leave")
	g.show("leave")
	g.Let()
	g.Click("leave")
	g.Click("log-in-strong")
	g.show("nothing")
	g.Click("cancel")
	ask := func(changes ...string) { g.Open(g.clinic.Address(g.clinic.Request(changes...))) }
	ask()
	g.show("consent-empty")
	ask("prompt", "select_account")
	g.show("account")
	ask("prompt", "login")
	g.show("choose-last")
	ask("claims", everything, "response_mode", "form_post", "scope", "openid offline_access", "prompt", "consent")
	g.show("consent-long")
	g.Press("attr-address")
	g.do(".masked summary")
	g.show("consent-long-open")
	g.Press("remember")
	g.Click("approve")
	g.show("form-post")
	g.Open(g.w.Issuer + "/logout")
	g.show("logout")
	g.Click("logout-confirm")
	g.show("logged-out")
}

// lookingBack shows the citizen's own pages: empty, then with what deciding left, then without it.
func (g *gallery) lookingBack() {
	portal := g.w.At("portal")
	g.Open(portal)
	g.show("portal-sign-in")
	g.Click("log-in")
	g.choose("trusted-profile")
	g.be("ordinary", "confirm")
	g.show("portal")
	g.Click("asked")
	g.show("portal-asked")
	g.Open(portal + "/allowed")
	g.show("portal-allowed")
	g.Click("withdraw-clinic")
	g.show("portal-withdrawn")
	g.Open(portal + "/ways")
	g.do("#way-trusted-profile summary")
	g.show("portal-ways")
	g.leavingWays(portal + "/ways")
	g.Click("log-out")
	g.show("portal-logged-out")
}

// representing shows whom a parent may act for, what is asked about the child, and that it is over.
func (g *gallery) representing() {
	g.Forget()
	g.prove(g.w.Country.Addresses.School, "trusted-profile", "guardian")
	g.show("represent")
	g.Press("for-0")
	g.Click("go-on")
	g.show("represent-consent")
	g.Click("choose-again")
	g.w.Country.Registers.EndRelation("relation-minor")
	g.Press("for-0")
	g.Click("go-on")
	g.show("represent-failed")
}

// stopping shows what somebody sees who proved who they are and is not let in.
func (g *gallery) stopping() {
	g.Forget()
	city := g.w.Country.Addresses.City
	g.prove(city, "trusted-profile", "deceased")
	g.show("stopped-deceased")
	bank := g.w.Country.Banks.Switches
	g.set(bank.Set("claims", `{"national_identifier":"PNOPL-87022290019","given_name":"Wincenty","family_name":"Odmienny-Próbny"}`))
	g.prove(city, "bank-one", "diacritics")
	g.show("stopped-conflict")
	g.set(bank.Set("all", ""))
	g.prove(city, "bank-two", "mononym")
	g.show("stopped-unlinked")
	g.Click("ask")
	g.show("stopped-asked")
	g.choose("trusted-profile")
	g.be("ordinary", "confirm")
	g.show("tie")
	g.Click("tie")
	g.show("tie-not")
}

// phoning shows the page of what an office handed out, what it says when something is wrong, and the
// warning after a recovery code.
func (g *gallery) phoning() {
	e := g.w.Enrol(g.t, "ordinary", identity.High, enrolledtest.NewDevice())
	g.Forget()
	g.Open(g.clinic.Address(g.clinic.Request()))
	g.choose(hubtest.MeansPhone)
	g.show("phone")
	g.Click("have-totp")
	g.show("phone-app")
	g.Fill("name", e.Account.Name)
	g.Fill("pin", e.PIN)
	g.Fill("code", "000000")
	g.Click("use-app")
	g.show("phone-wrong")
	g.Click("have-code")
	g.show("phone-paper")
	g.Fill("code-name", e.Account.Name)
	g.Fill("last-code", e.Codes[0])
	g.Click("use-code")
	g.show("phone-recovered")
	g.Click("go-on")
	g.Open(g.w.At("portal") + "/begin")
	g.Open(g.w.At("portal") + "/devices")
	hubtest.Look[bool](g.Chromium, `document.querySelectorAll("details").forEach(d => d.open = true) === undefined`)
	g.show("devices")
	g.Open(g.w.At("portal") + "/devices/codes")
	g.show("devices-codes-again")
	g.Open(g.w.At("portal") + "/devices")
	hubtest.Look[bool](g.Chromium, `document.querySelectorAll("details").forEach(d => d.open = true) === undefined`)
	g.Click(g.IDs("lose-")[0])
	g.Click("stop")
	g.Wait("done")
	g.show("devices-lost")
}

// leavingWays shows that the only way to log in stays; with a second one, what is asked before one is
// taken off, and that it can be brought back. The second is a means that reaches more.
func (g *gallery) leavingWays(ways string) {
	follow := func(prefix string) { g.Click(g.IDs(prefix)[0]) }
	only := strings.TrimPrefix(g.IDs("tie-")[0], "tie-")
	g.Open(ways + "/" + only)
	g.show("portal-way-only")
	g.Click("log-out")
	g.Open(strings.TrimSuffix(ways, "/ways") + "/begin")
	g.choose("bank-one")
	g.be("ordinary", "confirm")
	g.Open(ways)
	g.show("portal-ways-two")
	g.Click(g.within("way-bank", "off-"))
	g.show("portal-way-off")
	g.Open(ways)
	g.Click(g.within("way-trusted-profile", "off-"))
	g.show("portal-way-off-other")
	g.Click("off")
	g.Wait("gone")
	g.show("portal-ways-gone")
	follow("back-")
	g.show("portal-way-back")
	g.Click("back")
	g.show("portal-ways-back")
}

// within gives the id of something inside something else.
func (g *gallery) within(id, prefix string) string {
	return g.Attribute("#"+id+" [id^="+prefix+"]", "id")
}

func (g *gallery) set(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// failing shows the error pages, the one for a login that took too long last: it moves the clock.
func (g *gallery) failing() {
	g.Open(g.clinic.Address(g.clinic.Request("client_id", "nobody")))
	g.show("error-unknown-client")
	g.Open(g.clinic.Address(g.clinic.Request("redirect_uri", "https://elsewhere.example/")))
	g.show("error-redirect")
	g.Open(g.w.Issuer + "/login/AAAAAAAA")
	g.show("error-other-browser")
	g.Open(g.w.Issuer + "/nowhere")
	g.show("error-not-found")
	g.begin(g.w.Country.Addresses.Library)
	login := g.URL()
	g.w.Shift(31 * time.Minute)
	g.Open(login)
	g.show("error-expired")
}

// card shows the pages of the e-ID card, at a hub that takes it: without scripts, what it needs; with help.
func (g *gallery) card() {
	w := hubtest.New(g.t, hubtest.WithCard())
	g.Forget()
	g.Open(w.Country.Addresses.City)
	g.Click("log-in")
	g.choose("card")
	g.show("card")
	g.Click("card-help")
	g.show("card-help")
}

// crowding shows what people read whose address has asked too much, when they ask for a page and when they send something.
func (g *gallery) crowding() {
	w := hubtest.New(g.t, hubtest.WithSettings(func(s map[string]any) { s["limits"] = map[string]any{"requests": 60, "requests_per": "24h"} }))
	g.Forget()
	g.Open(w.Country.Addresses.City)
	g.Click("log-in")
	crowd := w.Browser(g.t)
	for range 120 {
		crowd.Get(w.Issuer + "/help")
	}
	g.Click("means-trusted-profile")
	g.show("too-many-sent")
	g.Open(w.Issuer + "/help")
	g.show("too-many")
}

// neighbours shows the simulators and the services.
func (g *gallery) neighbours() {
	g.Forget()
	at := g.w.Country.Addresses
	for name, address := range map[string]string{
		"city": at.City, "library": at.Library, "profile": at.Profile, "banks": at.Banks, "registers": at.Registers, "switches": at.Banks + "/switch",
		"phone": at.Handset, "phone-camera": at.Handset + "/scan", "phone-codes": at.Handset + "/codes", "tour": at.Tour,
	} {
		g.Open(address)
		g.show("sim-" + name)
	}
	g.begin(at.City)
	g.choose("bank-one")
	g.show("sim-bank-login")
	g.Click("person-diacritics")
	g.show("sim-bank-factor")
	g.Click("confirm")
	g.show("consent-diacritics")
	g.Click("approve")
	g.show("sim-city-told")
	g.Click("log-in-strong")
	g.Click("cancel")
	g.show("sim-city-refused")
	g.Open(at.Inbox)
	g.show("sim-inbox")
}

// ours reports whether a page is the hub's, and one with its frame.
func ours(page string) bool { return !strings.HasPrefix(page, "sim-") && page != "form-post" }
