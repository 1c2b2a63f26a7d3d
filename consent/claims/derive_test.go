package claims

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

func said(kind identity.SourceKind, name identity.AttributeName, json string) identity.Attribute {
	return identity.Attribute{
		Name: name, Value: identity.Raw([]byte(json)), Source: identity.Source{Kind: kind, ID: string(kind)}, VerifiedAt: noon().Add(-time.Hour),
	}
}

func register(name identity.AttributeName, json string) identity.Attribute {
	return said(identity.FromRegister, name, json)
}

func means(name identity.AttributeName, json string) identity.Attribute {
	return said(identity.FromMeans, name, json)
}

func konstanty() identity.Attributes {
	return identity.Attributes{
		register("given_names", `["Konstanty"]`), register("family_name", `"Brzeziński-Testowy"`), register("birthdate", `"1987-02-22"`),
		register("address", `{"street_address":"Wiśniowa 1947/12","postal_code":"99-871","locality":"Nowa Wola","country":"PL","building_id":"secret"}`),
		register("national_identifier", `{"type":"PNO","value":"PNOPL-87022290019","country":"PL"}`),
		means("given_name", `"Kostek"`), means("email", `"konstanty.testowy@mail.example"`), means("email_verified", `true`),
		register("document_status", `"valid"`), register("document_date_of_expiry", `"2031-06-14"`),
	}
}

// told is everything known, written for a party.
func told(attributes identity.Attributes) map[string]any {
	known := Known(attributes, noon())
	var released []consent.Released
	var names []identity.AttributeName
	for _, a := range known {
		if !strings.HasPrefix(string(a.Name), FromRegister) { // they have a test of their own
			released, names = append(released, consent.Released{Name: a.Name}), append(names, a.Name)
		}
	}
	return Project(released, known, names)
}

func TestEverythingAboutOnePerson(t *testing.T) {
	want := map[string]any{
		"name": "Konstanty Brzeziński-Testowy", "given_name": "Konstanty", "given_names": []any{"Konstanty"}, "family_name": "Brzeziński-Testowy",
		"birthdate": "1987-02-22",
		"address": map[string]any{
			"formatted": "Wiśniowa 1947/12\n99-871 Nowa Wola\nPL", "street_address": "Wiśniowa 1947/12", "postal_code": "99-871",
			"locality": "Nowa Wola", "country": "PL",
		},
		"national_identifier": map[string]any{"type": "PNO", "value": "PNOPL-87022290019", "country": "PL"},
		"email":               "konstanty.testowy@mail.example", "email_verified": true,
		"document_status": "valid", "document_status_checked_at": "2026-11-24T11:00:00Z", "document_date_of_expiry": "2031-06-14",
		"age_over_13": true, "age_over_16": true, "age_over_18": true, "age_over_21": true, "age_over_65": false,
		"is_alive": true, "document_valid": true, "resident_in:PL": true,
	}
	if diff := cmp.Diff(want, told(konstanty())); diff != "" {
		t.Error(diff)
	}
}

func TestNames(t *testing.T) {
	cases := []struct {
		story string
		said  identity.Attributes
		want  string // name | given_name | given_names | family_name | mononym
	}{
		{
			"several given names, diacritics",
			identity.Attributes{register("given_names", `["Żaneta","Bogumiła","Łucja","Śnieżka"]`), register("family_name", `"Gżegżółka-Święcicka"`)},
			"Żaneta Bogumiła Łucja Śnieżka Gżegżółka-Święcicka|Żaneta Bogumiła Łucja Śnieżka|[Żaneta Bogumiła Łucja Śnieżka]|Gżegżółka-Święcicka|",
		},
		{
			"right to left", identity.Attributes{register("given_names", `["مريم","سلمى"]`), register("family_name", `"بنشقرون"`)},
			"مريم سلمى بنشقرون|مريم سلمى|[مريم سلمى]|بنشقرون|",
		},
		{
			"one name only", identity.Attributes{register("given_names", `["Suryaningsih"]`), register("family_name", `""`)},
			"Suryaningsih|Suryaningsih|[Suryaningsih]||true",
		},
		{"a family name only", identity.Attributes{means("family_name", `"Suryaningsih"`)}, "Suryaningsih|||Suryaningsih|true"},
		{
			"two words are not taken apart", identity.Attributes{means("given_name", `"Mariam Salma"`), means("family_name", `"Benchekroun-Echouay"`)},
			"Mariam Salma Benchekroun-Echouay|Mariam Salma||Benchekroun-Echouay|",
		},
		{
			"the register's one name is not joined with a bank's family name",
			identity.Attributes{register("given_name", `"Suryaningsih"`), means("given_name", `"Surya"`), means("family_name", `"Ningsih"`)},
			"Suryaningsih|Suryaningsih|[Suryaningsih]||true",
		},
		{
			"what somebody else joined is kept", identity.Attributes{means("name", `"dr Wincenty Odmienny"`), means("given_name", `"Wincenty"`), means("family_name", `"Odmienny"`)},
			"dr Wincenty Odmienny|Wincenty|[Wincenty]|Odmienny|",
		},
		{"nothing usable", identity.Attributes{means("given_name", `7`), means("family_name", `null`), means("given_names", `"x"`)}, "||||"},
		{"letters that mean something elsewhere", identity.Attributes{means("given_name", `"=HYPERLINK(\u202e<script>"`)}, "=HYPERLINK(\u202e<script>|=HYPERLINK(\u202e<script>|[=HYPERLINK(\u202e<script>]||true"},
	}
	for _, c := range cases {
		got := told(c.said)
		var parts []string
		for _, name := range []string{"name", "given_name", "given_names", "family_name", "mononym"} {
			parts = append(parts, strings.TrimSuffix(fmt.Sprint(got[name]), "<nil>"))
		}
		if joined := strings.Join(parts, "|"); joined != c.want {
			t.Errorf("%s: %s", c.story, joined)
		}
	}
}

func TestBirthDates(t *testing.T) {
	for text, want := range map[string]string{
		"1987-02-22": "1987-02-22 <nil>", "1975-00-00": "1975 year", "1975-05-00": "1975 year", "1975-05": "1975 year", "1975": "1975 year",
		"0000-02-29": "0000-02-29 day_and_month", "2000-02-29": "2000-02-29 <nil>",
		"1987-02-30": "", "1987-13-01": "", "1987-00-05": "", "0000-00-00": "", "87-02-22": "", "1987-2-22": "", "22.02.1987": "", "": "",
		"1987-02-22T00:00:00Z": "", "1987-02-22-01": "", "+987-02-22": "", "-987-02-22": "",
	} {
		got := told(identity.Attributes{register("birthdate", `"`+text+`"`)})
		joined := ""
		if got["birthdate"] != nil {
			joined = fmt.Sprint(got["birthdate"], " ", got["birthdate_precision"])
		}
		if joined != want {
			t.Errorf("%q is told as %q, want %q", text, joined, want)
		}
	}
}

// A date that was set by law or a court is told as the date, with the word that it is presumed; the law counts
// ages from it. Whose word that is, is the date's own source.
func TestAPresumedBirthDate(t *testing.T) {
	presumed := identity.Attributes{register("birthdate", `"2008-07-01"`), register("birthdate_precision", `"presumed"`)}
	got := told(presumed)
	if got["birthdate"] != "2008-07-01" || got["birthdate_precision"] != "presumed" || got["age_over_18"] != true || got["age_over_21"] != false {
		t.Errorf("told %v", got)
	}
	r := recorded(t, `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"birthdate":{"value":"2008-07-01"}}}}}`, presumed)
	if element, _ := r.Tell(UserInfo, nil)[verifiedClaims].(map[string]any); fmt.Sprint(element["claims"]) != "map[birthdate:2008-07-01]" {
		t.Errorf("verified: %v", element)
	}
	if got := told(identity.Attributes{register("birthdate", `"2008-07-01"`), means("birthdate_precision", `"presumed"`)}); got["birthdate_precision"] != nil {
		t.Errorf("a means' word about a register's date: %v", got)
	}
}

// levels.md §3, scope profile:former_names: only the register's word, and nothing of it where it is not asked for.
func TestFormerNamesAndPlaceOfBirth(t *testing.T) {
	place := `{"locality":"Nowa Wola","country":"PL"}`
	said := append(konstanty(), register("birth_family_name", `"Dawny"`), means("also_known_as", `"Kostek"`), register("place_of_birth", place))
	got := told(said)
	if got["birth_family_name"] != "Dawny" || got["also_known_as"] != nil || fmt.Sprint(got["place_of_birth"]) != "map[country:PL locality:Nowa Wola]" {
		t.Errorf("told %v", got)
	}
	if text := Show(identity.Raw([]byte(place))); text != "Nowa Wola, PL" {
		t.Errorf("shown as %q", text)
	}
	r := recorded(t, "", said)
	if plain := r.Tell(UserInfo, []string{"profile", "profile:name", "profile:birth"}); plain["birth_family_name"] != nil || plain["place_of_birth"] == nil {
		t.Errorf("told %v", plain)
	}
	if former := r.Tell(UserInfo, []string{"profile:former_names"}); len(former) != 1 || former["birth_family_name"] != "Dawny" {
		t.Errorf("told %v", former)
	}
}

func TestAges(t *testing.T) {
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	warsaw := time.FixedZone("Europe/Warsaw", 3600)
	cases := []struct {
		story, born string
		now         time.Time
		want        any
	}{
		{"the day before the birthday", "2008-11-25", day("2026-11-24"), false},
		{"the birthday", "2008-11-24", day("2026-11-24"), true},
		{"born on 29 February, 28 February", "2008-02-29", day("2026-02-28"), false},
		{"born on 29 February, 1 March", "2008-02-29", day("2026-03-01"), true},
		{"born on 29 February, in a leap year", "2004-02-29", day("2024-02-29"), true},
		{"by the calendar of the place", "2008-11-25", time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC).In(warsaw), true},
		{"a year alone, long ago", "1975-00-00", day("2026-11-24"), true},
		{"a year alone, the one that matters", "2008-00-00", day("2026-11-24"), nil},
		{"a year alone, its last day", "2008", day("2026-12-31"), true},
		{"a year alone, too young", "2009", day("2026-12-31"), false},
		{"no year", "0000-05-05", day("2026-11-24"), nil},
		{"nobody knows", "", day("2026-11-24"), nil},
	}
	for _, c := range cases {
		known := Known(identity.Attributes{register("birthdate", `"`+c.born+`"`)}, c.now)
		var got any
		if a, ok := known.Find("age_over_18"); ok {
			got = string(a.Value.Reveal()) == "true"
		}
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.story, got, c.want)
		}
	}
}

func TestWhatIsNotCertainIsNotTold(t *testing.T) {
	cases := []struct {
		story string
		said  identity.Attributes
		name  string
		want  any
	}{
		{"the card's own word for its status", identity.Attributes{means("document_status", `"valid"`)}, "document_valid", nil},
		{"valid, but expired yesterday", identity.Attributes{register("document_status", `"valid"`), register("document_date_of_expiry", `"2026-11-23"`)}, "document_valid", false},
		{"expires today", identity.Attributes{register("document_status", `"valid"`), register("document_date_of_expiry", `"2026-11-24"`)}, "document_valid", true},
		{"stolen", identity.Attributes{register("document_status", `"stolen"`)}, "document_valid", false},
		{"unknown", identity.Attributes{register("document_status", `"unknown"`)}, "document_valid", nil},
		{"no register", identity.Attributes{means("given_name", `"Jan"`)}, "is_alive", nil},
		{"a register of documents only", identity.Attributes{register("document_type", `"idcard"`)}, "is_alive", nil},
		{"a country in words", identity.Attributes{register("address", `{"country":"Polska"}`)}, "resident_in:PL", nil},
		{"an empty address", identity.Attributes{register("address", `{"country":""}`)}, "address", nil},
		{"an address that is a text", identity.Attributes{register("address", `"somewhere"`)}, "address", nil},
		{"a number with a wrong checksum", identity.Attributes{register("national_identifier", `"PNOPL-87022290018"`)}, "national_identifier", nil},
		{"a passport as national number", identity.Attributes{register("national_identifier", `"PASPL-AA1234567"`)}, "national_identifier", nil},
		{"an e-mail that nobody verified", identity.Attributes{means("email", `"a@mail.example"`)}, "email_verified", false},
		{"verified, says another", identity.Attributes{means("email", `"a@mail.example"`), register("email_verified", `true`)}, "email_verified", false},
		{"verified, as a text", identity.Attributes{means("email", `"a@mail.example"`), means("email_verified", `"true"`)}, "email_verified", false},
		{"a register's", identity.Attributes{register("phone_number", `"+48599100001"`)}, "phone_number_verified", true},
		{"nationalities with a number among them", identity.Attributes{register("nationalities", `["PL",7]`)}, "nationalities", nil},
		{"no nationalities", identity.Attributes{register("nationalities", `[]`)}, "nationalities", nil},
	}
	for _, c := range cases {
		if got := told(c.said)[c.name]; got != c.want {
			t.Errorf("%s: %s is %v, want %v", c.story, c.name, got, c.want)
		}
	}
}

// What is known goes through sealing and comes back the same: whether an address was verified is
// kept in its time.
func TestSealedValuesAreToldTheSame(t *testing.T) {
	for _, person := range []identity.Attributes{konstanty(), {means("email", `"a@mail.example"`), means("phone_number", `"+48599100001"`), means("phone_number_verified", `true`)}} {
		known := Known(person, noon())
		exposed, err := known.Expose()
		if err != nil {
			t.Fatal(err)
		}
		back, err := identity.Unseal(exposed)
		if err != nil {
			t.Fatal(err)
		}
		var released []consent.Released
		var names []identity.AttributeName
		for _, a := range known {
			released, names = append(released, consent.Released{Name: a.Name}), append(names, a.Name)
		}
		if diff := cmp.Diff(Project(released, known, names), Project(released, back, names)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestShowAndMask(t *testing.T) {
	for json, want := range map[string]string{
		`"Łucja"`: "Łucja", `["Żaneta","Łucja"]`: "Żaneta, Łucja", `{"formatted":"a\nb"}`: "a\nb", `{"value":"PNOPL-87022290019"}`: "PNOPL-87022290019",
		`true`: "true", `7`: "", `null`: "", ``: "", `{"other":1}`: "",
	} {
		if got := Show(identity.Raw([]byte(json))); got != want {
			t.Errorf("%s is shown as %q", json, got)
		}
	}
	for number, want := range map[string]string{
		"PNOPL-87022290019": "PNOPL-•••••••••19", "ZZP100001": "•••••••01", "RPX-700012": "••••••••12", "12345": "•••••", "": "", "ŁŁŁŁŁŁ": "••••ŁŁ",
	} {
		if got := Mask(number); got != want {
			t.Errorf("masked as %q, want %q", got, want)
		}
	}
}

// R-PER-09: a local number is this installation's own; a means or a register that tells one is not believed,
// and the hub tells no national one of its own.
func TestWhoseWordANumberIs(t *testing.T) {
	hub := func(value string) identity.Attribute {
		return identity.Attribute{Name: "national_identifier", Value: identity.Text(value), Source: identity.Source{Kind: identity.FromHub}, VerifiedAt: noon()}
	}
	for name, c := range map[string]struct {
		said identity.Attribute
		want bool
	}{
		"local, ours":         {hub("LOCPL-ABC"), true},
		"national, ours":      {hub("PNOPL-87022290019"), false},
		"local, a means'":     {means("national_identifier", `"LOCPL-ABC"`), false},
		"local, a register's": {register("national_identifier", `"LOCPL-ABC"`), false},
		"national, a means'":  {means("national_identifier", `"PNOPL-87022290019"`), true},
		"a card's number":     {means("national_identifier", `"IDCPL-ZZP100001"`), false},
	} {
		if got := has(Known(identity.Attributes{c.said}, noon()), "national_identifier"); got != c.want {
			t.Errorf("%s: known: %v", name, got)
		}
	}
}
