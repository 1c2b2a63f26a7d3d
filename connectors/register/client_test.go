package register

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
)

const ordinary = `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{
 "given_names":["Konstanty"],"family_name":"Brzeziński-Testowy","birthdate":"1987-02-22","gender":"male","nationalities":["POL"],
 "address":{"street_address":"Wiśniowa 1947/12","postal_code":"99-871","locality":"Nowa Wola","country":"PL"},
 "email":"konstanty.testowy@mail.example","phone_number":"+48599100001"}}`

const card = `{"identifiers":["PNOPL-87022290019"],"as_of":"2026-11-24T11:59:00Z","documents":[{"type":"idcard","number":"ZZP100001",
 "issuing_authority":"Prezydent Miasta Nowa Wola","date_of_issuance":"2021-06-14","date_of_expiry":"2031-06-14","status":"valid"}]}`

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func number(t *testing.T, text string) identity.Identifier {
	t.Helper()
	id, err := identity.ParseIdentifier(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// asking gives a client of a register that answers with the handler.
func asking(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	out := outbound.New(outbound.Options{AllowHosts: []string{"127.0.0.1"}, AllowLoopback: true, Timeout: 300 * time.Millisecond})
	return New(Options{BaseURL: server.URL + "/", Token: identity.Hide("letmein"), HTTP: out.HTTP(), Now: noon})
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestPerson_is_asked_by_number_in_the_body_and_told_under_claim_names(t *testing.T) {
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.String() != "/v1/person" || string(question) != `{"identifier":"PNOPL-87022290019"}` ||
			r.Header.Get("Authorization") != "Bearer letmein" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %s %v", r.Method, r.URL, question, r.Header)
		}
		says(http.StatusOK, ordinary)(w, r)
	})
	person, err := c.Person(t.Context(), number(t, "PNOPL-87022290019"))
	if err != nil || person.Deceased || len(person.Identifiers) != 1 {
		t.Fatalf("%+v %v", person, err)
	}
	for name, want := range map[identity.AttributeName]string{
		"given_name": `"Konstanty"`, "given_names": `["Konstanty"]`, "family_name": `"Brzeziński-Testowy"`, "birthdate": `"1987-02-22"`,
		"birthdate_precision": `"day"`, "gender": `"male"`, "nationalities": `["POL"]`, "email": `"konstanty.testowy@mail.example"`,
		"phone_number":        `"+48599100001"`,
		"address":             `{"street_address":"Wiśniowa 1947/12","postal_code":"99-871","locality":"Nowa Wola","country":"PL"}`,
		"national_identifier": `{"country":"PL","type":"PNO","value":"PNOPL-87022290019"}`,
	} {
		a, ok := person.Attributes.Find(name)
		if !ok || string(a.Value.Reveal()) != want {
			t.Errorf("%s: %s, want %s", name, a.Value.Reveal(), want)
		}
		if a.Source != (identity.Source{Kind: identity.FromRegister, ID: "register"}) || !a.VerifiedAt.Equal(person.AsOf) {
			t.Errorf("%s: from %v at %s", name, a.Source, a.VerifiedAt)
		}
	}
}

func TestPerson_with_one_name_and_a_year_of_birth(t *testing.T) {
	c := asking(t, says(http.StatusOK, `{"identifiers":["LOCPL-7"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{
		"given_name":"Suryaningsih","family_name":"","birthdate":"1975-00-00","nationalities":["IDN"]}}`))
	person, err := c.Person(t.Context(), number(t, "LOCPL-7"))
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []identity.AttributeName{"family_name", "national_identifier", "given_names", "address"} {
		if _, ok := person.Attributes.Find(absent); ok {
			t.Errorf("%s was told", absent)
		}
	}
	if a, _ := person.Attributes.Find("birthdate_precision"); a.Value.RevealText() != "year" {
		t.Error("it is the year that is known")
	}
}

func TestPerson_whose_birth_date_is_presumed_and_who_had_another_name(t *testing.T) {
	c := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{
		"given_name":"Konstanty","birthdate":"1987-07-01","birthdate_presumed":true,"place_of_birth":{"locality":"Nowa Wola","country":"PL"},
		"birth_family_name":"Dawny","also_known_as":"Kostek"}}`))
	person, err := c.Person(t.Context(), number(t, "PNOPL-87022290019"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[identity.AttributeName]string{
		"birthdate": `"1987-07-01"`, "birthdate_precision": `"presumed"`, "place_of_birth": `{"locality":"Nowa Wola","country":"PL"}`,
		"birth_family_name": `"Dawny"`, "also_known_as": `"Kostek"`,
	} {
		if a, _ := person.Attributes.Find(name); string(a.Value.Reveal()) != want {
			t.Errorf("%s: %s, want %s", name, a.Value.Reveal(), want)
		}
	}
}

// levels.md §3: what is registered of an address comes with it; a protected one goes no further.
func TestPerson_whose_address_has_a_type_or_is_protected(t *testing.T) {
	const where = `"address":{"street_address":"Wiśniowa 1947/12","locality":"Nowa Wola","country":"PL"}`
	of := func(attributes string) identity.Attributes {
		t.Helper()
		c := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{`+attributes+`}}`))
		person, err := c.Person(t.Context(), number(t, "PNOPL-87022290019"))
		if err != nil {
			t.Fatal(err)
		}
		return person.Attributes
	}
	text := func(as identity.Attributes, name identity.AttributeName) string {
		a, _ := as.Find(name)
		return string(a.Value.Reveal())
	}
	told := of(where + `,"address_type":"temporary","address_valid_from":"2014-09-00"`)
	if text(told, "address_type") != `"temporary"` || text(told, "address_valid_from") != `"2014-09-00"` || text(told, identity.AddressProtected) != "" {
		t.Errorf("type %s, from %s", text(told, "address_type"), text(told, "address_valid_from"))
	}
	if told := of(where + `,"address_type":"secret-lair"`); text(told, "address_type") != "" || text(told, "address") == "" {
		t.Error("a type that nobody knows is told")
	}
	if told := of(`"address_type":"permanent","address_valid_from":"2014-09-01"`); text(told, "address_type")+text(told, "address_valid_from") != "" {
		t.Error("without an address something is said of it")
	}
	told = of(where + `,"address_type":"permanent","address_valid_from":"2014-09-01","address_protected":true`)
	if text(told, "address")+text(told, "address_type")+text(told, "address_valid_from") != "" || text(told, identity.AddressProtected) != "true" {
		t.Error("a protected address goes further than the register's client")
	}
	c := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{`+where+`,"address_valid_from":"yesterday"}}`))
	if _, err := c.Person(t.Context(), number(t, "PNOPL-87022290019")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a day that is none: %v", err)
	}
}

// What a register has in several languages comes in those that the operator named.
func TestPerson_in_the_languages_that_were_named(t *testing.T) {
	body := `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{
		"given_names":["Layla","Noura"],"family_name":"Almasri","birthdate":"1994-07-12","in_languages":{
		"AR":{"given_names":["ليلى","نورة"],"family_name":"المصري","name":"ليلى نورة المصري"},"uk":{"family_name":"Альмасрі"},"no tag":{"family_name":"x"}}}}`
	c := asking(t, says(http.StatusOK, body))
	c.options.Languages = []string{"pl", "ar"}
	person, err := c.Person(t.Context(), number(t, "PNOPL-87022290019"))
	if err != nil {
		t.Fatal(err)
	}
	family, _ := person.Attributes.Find("family_name")
	if family.Language != "pl" || len(family.Forms) != 1 || family.Forms[0].Language != "ar" || family.Forms[0].Value.RevealText() != "المصري" {
		t.Errorf("%s has %d forms", family.Language, len(family.Forms))
	}
	if given, _ := person.Attributes.Find("given_name"); len(given.Forms) != 1 || given.Forms[0].Value.RevealText() != "ليلى نورة" {
		t.Error("given names in one line have no Arabic form")
	}
	if birth, _ := person.Attributes.Find("birthdate"); birth.Language != "" || len(birth.Forms) > 0 {
		t.Error("a date is in a language")
	}
	if _, told := person.Attributes.Find("name"); told {
		t.Error("a name is told that the register does not tell in its own language")
	}
	for _, bad := range []string{`"ar":{"family_name":"x\u0000"}`, `"ar":{"number":"7"}`, `"ar":{"given_names":[""]}`} {
		c := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-87022290019"],"deceased":false,"as_of":"2026-11-24T11:59:00Z","attributes":{"in_languages":{`+bad+`}}}`))
		if _, err := c.Person(t.Context(), number(t, "PNOPL-87022290019")); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, list := range [][]string{{"pl", "pl"}, {"pl", "PL"}, {""}, {"und"}, {"not a tag"}, {"a", "b"}} {
		if tags, err := ParseLanguages(list); err == nil {
			t.Errorf("%q is read as %v", list, tags)
		}
	}
}

func TestPerson_whose_number_changed_is_found_by_the_old_one_and_told_under_the_new(t *testing.T) {
	c := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-80030990173","PNOPL-80030990012"],"deceased":false,"as_of":"2026-11-24T11:59:00Z",
		"attributes":{"given_names":["Wincenty"],"family_name":"Odmienny-Próbny"}}`))
	person, err := c.Person(t.Context(), number(t, "PNOPL-80030990012"))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := person.Attributes.Find("national_identifier")
	if text := string(a.Value.Reveal()); !strings.Contains(text, "80030990173") || strings.Contains(text, "80030990012") {
		t.Error("the old number was told")
	}
}

func TestPerson_who_died(t *testing.T) {
	c := asking(t, says(http.StatusOK, strings.Replace(ordinary, `"deceased":false`, `"deceased":true`, 1)))
	if person, err := c.Person(t.Context(), number(t, "PNOPL-87022290019")); err != nil || !person.Deceased {
		t.Errorf("%v", err)
	}
}

func TestDocuments(t *testing.T) {
	c := asking(t, says(http.StatusOK, card))
	got, err := c.Documents(t.Context(), number(t, "PNOPL-87022290019"))
	if err != nil || len(got) != 1 {
		t.Fatalf("%v %v", got, err)
	}
	d := got[0]
	if d.Type != "idcard" || d.Number.Reveal() != "ZZP100001" || d.Status != Valid || d.Expires.Format(time.DateOnly) != "2031-06-14" ||
		d.Issued.Format(time.DateOnly) != "2021-06-14" || d.Issuer == "" || d.AsOf.IsZero() {
		t.Errorf("%+v", d)
	}
	if strings.Contains(fmt.Sprintf("%+v %#v", d, d), "ZZP100001") {
		t.Error("a document prints its number")
	}
	strange := asking(t, says(http.StatusOK, strings.Replace(card, `"valid"`, `"validish"`, 1)))
	if got, err := strange.Documents(t.Context(), number(t, "PNOPL-87022290019")); err != nil || got[0].Status != Unknown {
		t.Errorf("a status that nobody knows is unknown: %v %v", got, err)
	}
	nothing := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-87022290019"],"as_of":"2026-11-24T11:59:00Z","documents":[]}`))
	if got, err := nothing.Documents(t.Context(), number(t, "PNOPL-87022290019")); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
}

func TestAttack_UF_05_an_answer_about_somebody_else_is_refused(t *testing.T) {
	person, documents := asking(t, says(http.StatusOK, ordinary)), asking(t, says(http.StatusOK, card))
	other := number(t, "PNOPL-91050390124")
	if got, err := person.Person(t.Context(), other); !errors.Is(err, ErrUnavailable) || len(got.Attributes) != 0 {
		t.Errorf("person: %v", err)
	}
	if got, err := documents.Documents(t.Context(), other); !errors.Is(err, ErrUnavailable) || got != nil {
		t.Errorf("documents: %v", err)
	}
}

func TestAttack_UF_04_what_cannot_be_used_is_no_answer_and_never_nobody(t *testing.T) {
	swap := func(old, new string) http.HandlerFunc {
		return says(http.StatusOK, strings.Replace(ordinary, old, new, 1))
	}
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>")
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"page":                  html(http.StatusOK),
		"page for a wrong path": html(http.StatusNotFound),
		"another API's 404":     says(http.StatusNotFound, `{"message":"no route"}`),
		"not let in":            says(http.StatusUnauthorized, `{"error":"unauthorized"}`),
		"down":                  says(http.StatusServiceUnavailable, `{"error":"down"}`),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"never":                  func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"empty":                  says(http.StatusOK, ""),
		"null":                   says(http.StatusOK, "null"),
		"list":                   says(http.StatusOK, "[]"),
		"cut off":                says(http.StatusOK, ordinary[:100]),
		"two answers":            says(http.StatusOK, ordinary+ordinary),
		"huge":                   says(http.StatusOK, strings.Repeat(" ", 2<<20)+ordinary),
		"unknown field":          swap(`"deceased"`, `"alive":true,"deceased"`),
		"unknown attribute":      swap(`"gender"`, `"shoe_size":"x","gender"`),
		"deceased left out":      swap(`"deceased":false,`, ``),
		"deceased as text":       swap(`"deceased":false`, `"deceased":"false"`),
		"no as_of":               swap(`"as_of":"2026-11-24T11:59:00Z",`, ``),
		"as_of tomorrow":         swap(`2026-11-24T11`, `2026-11-25T11`),
		"no identifiers":         swap(`["PNOPL-87022290019"]`, `[]`),
		"identifier as number":   swap(`["PNOPL-87022290019"]`, `[87022290019]`),
		"one of them is broken":  swap(`["PNOPL-87022290019"]`, `["PNOPL-87022290019","PNOPL-87022290018"]`),
		"birth date in words":    swap(`1987-02-22`, `22 lutego 1987`),
		"30 February":            swap(`1987-02-22`, `1987-02-30`),
		"month unknown, day not": swap(`1987-02-22`, `1987-00-22`),
		"name as list":           swap(`"Brzeziński-Testowy"`, `["Brzeziński"]`),
		"name with a line break": swap(`Brzeziński-Testowy`, `Brzeziński\nTestowy`),
		"name without end":       swap(`Brzeziński`, strings.Repeat("ń", 600)),
		"empty given name":       swap(`["Konstanty"]`, `[""]`),
	} {
		t.Run(name, func(t *testing.T) {
			person, err := asking(t, answer).Person(t.Context(), number(t, "PNOPL-87022290019"))
			if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotFound) || len(person.Attributes) != 0 {
				t.Fatalf("%v", err)
			}
			for _, private := range []string{"87022290019", "Brzezi", "Konstanty", "letmein"} {
				if strings.Contains(err.Error(), private) {
					t.Errorf("the error tells: %v", err)
				}
			}
		})
	}
}

func TestNobody_is_told_from_a_broken_register(t *testing.T) {
	c := asking(t, says(http.StatusNotFound, `{"error":"not_found"}`))
	if _, err := c.Person(t.Context(), number(t, "PNOPL-87022290019")); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if _, err := c.Documents(t.Context(), number(t, "PNOPL-87022290019")); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestOpenAPI_describes_what_is_asked_and_every_field_that_is_read(t *testing.T) {
	text, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"/v1/person:", "/v1/documents:", "/v1/relations:"}
	for _, answer := range []any{
		personAnswer{Attributes: attributes{Address: &address{"x", "x", "x", "x", "x"}, BirthPlace: &place{"x", "x", "x"}}}, documentsAnswer{Documents: []documentRow{{}}},
		relationsAnswer{Relations: []relationRow{{}}}, eventsAnswer{Events: []eventRow{{}}},
	} {
		written, _ := json.Marshal(answer)
		for field := range strings.SplitSeq(string(written), `"`) {
			if field != "" && strings.Trim(field, "abcdefghijklmnopqrstuvwxyz_") == "" && field != "x" {
				words = append(words, field+":")
			}
		}
	}
	for _, word := range words {
		if !strings.Contains(string(text), word) {
			t.Errorf("%s is not described", word)
		}
	}
}

func FuzzPersonAnswer(f *testing.F) {
	f.Add([]byte(ordinary))
	f.Add([]byte(`{"identifiers":["PNOPL-87022290019"]}`))
	asked, _ := identity.ParseIdentifier("PNOPL-87022290019")
	f.Fuzz(func(t *testing.T, body []byte) {
		var answer personAnswer
		if decode(body, &answer) != nil {
			return
		}
		person, err := answer.person("register", nil, asked, noon())
		if err == nil && (len(person.Identifiers) == 0 || person.AsOf.IsZero()) {
			t.Error("a person without identifiers or moment")
		}
	})
}
