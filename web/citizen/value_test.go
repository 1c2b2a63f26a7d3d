package citizen

import (
	"encoding/json"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/web/locale"
)

func wordsIn(t *testing.T, code string) *locale.Words {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.Words(code)
}

func TestValuesAsPeopleReadThem(t *testing.T) {
	for _, row := range []struct{ lang, name, raw, want string }{
		{"en", "given_name", `"Żaneta"`, "Żaneta"},
		{"en", "given_names", `["Żaneta","Bogumiła"]`, "Żaneta, Bogumiła"},
		{"ar", "given_names", `["Żaneta","Bogumiła"]`, "Żaneta، Bogumiła"},
		{"en", "birthdate", `"1987-02-22"`, "22 February 1987"},
		{"pl", "birthdate", `"1987-02-22"`, "22 lutego 1987 r."},
		{"en", "birthdate", `"1987"`, "1987"},
		{"en", "birthdate", `"1987-02"`, "February 1987"},
		{"en", "birthdate", `"0000-02-22"`, "unknown"},
		{"en", "birthdate", `"1987-02-00"`, "February 1987"},
		{"en", "birthdate", `"yesterday"`, "yesterday"},
		{"en", "document_date_of_expiry", `"2031-06-14"`, "14 June 2031"},
		{"pl", "gender", `"female"`, "kobieta"},
		{"en", "gender", `"another word"`, "another word"},
		{"pl", "nationalities", `["PL","DE"]`, "Polska, Niemcy"},
		{"en", "age_over_18", `true`, "Yes"},
		{"ar", "age_over_18", `false`, "لا"},
		{"en", "national_identifier", `{"type":"PNO","value":"PNOPL-87022290019","country":"PL"}`, "87022290019"},
		{"en", "address", `{"street_address":"Wiśniowa 1947/12","postal_code":"99-871","locality":"Nowa Wola","country":"PL"}`, "Wiśniowa 1947/12, 99-871 Nowa Wola, Poland"},
		{"en", "address", `{"formatted":"Wiśniowa 1947/12\r\n99-871 Nowa Wola"}`, "Wiśniowa 1947/12, 99-871 Nowa Wola"},
		{"pl", "document_type", `"idcard"`, "dowód osobisty"},
		{"en", "given_name", `not JSON`, ""},
		{"en", "given_name", `null`, ""},
	} {
		got := show(identity.AttributeName(row.name), identity.Raw(json.RawMessage(row.raw)), wordsIn(t, row.lang))
		if got != row.want {
			t.Errorf("%s %s %s: %q, want %q", row.lang, row.name, row.raw, got, row.want)
		}
	}
}

func TestLongNumbersAreCoveredUntilAskedFor(t *testing.T) {
	for name, want := range map[identity.AttributeName]string{
		"national_identifier": "•••••••••19", "document_number": "•••••••••19", "given_name": "", "birthdate": "", "rubbish": "",
	} {
		if got := mask(name, "87022290019"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	for name, want := range map[identity.AttributeName]string{
		"family_name": "Family name", "resident_in:PL": "Whether you live in: Poland", "a_new_one": "a_new_one",
	} {
		if got := Label(name, wordsIn(t, "en")); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
