package web

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// given are the numbers that people were ever told, with what each meant then. A line is added for a new one; none is
// ever changed or taken away, so that no number comes to mean something else (features H16).
const given = `
SYM-1001 not_found
SYM-1002 unknown_host
SYM-1003 method_not_allowed
SYM-1004 too_large
SYM-1005 cross_site
SYM-1006 form_refused
SYM-1007 too_many_requests
SYM-1101 login_expired
SYM-1102 other_browser
SYM-1103 answer_unexpected
SYM-1104 changed_meanwhile
SYM-1105 means_not_offered
SYM-1106 level_unreachable
SYM-1107 means_failed
SYM-1108 sign_in
SYM-1109 key_stopped
SYM-1110 key_unknown
SYM-1201 deceased
SYM-1202 frozen
SYM-1203 conflict
SYM-1204 unlinked
SYM-1205 removed
SYM-1206 closed
SYM-1207 minor
SYM-1208 not_registered
SYM-1209 no_register
SYM-1210 office
SYM-1211 document_lost
SYM-1212 document_stolen
SYM-1213 document_suspended
SYM-1214 document_invalidated
SYM-1215 document_expired
SYM-1216 document_replaced
SYM-1301 not_staff
SYM-1302 not_at_station
SYM-1303 computer
SYM-1304 not_yours
SYM-1305 staff_locked
SYM-1306 which_office
SYM-1401 phone_gone
SYM-1402 other_phone
SYM-1403 errand_over
SYM-1501 invalid_request
SYM-1502 unknown_party
SYM-1901 unavailable
SYM-1902 server_error
`

func TestErrorNumbersAreNeverReused(t *testing.T) {
	once := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(given), "\n") {
		number, code, _ := strings.Cut(line, " ")
		if once[number] != "" {
			t.Errorf("%s was given twice", number)
		}
		once[number] = code
	}
	codes := map[string]bool{}
	for _, row := range Errors() {
		if once[row.Number] != row.Code {
			t.Errorf("%s is %q, and was given as %q", row.Number, row.Code, once[row.Number])
		}
		if codes[row.Code] || !regexp.MustCompile(`^SYM-[0-9]{4}$`).MatchString(row.Number) {
			t.Errorf("%s %s: twice, or no number", row.Number, row.Code)
		}
		codes[row.Code] = true
		delete(once, row.Number)
	}
	for number, code := range once {
		if codes[code] {
			t.Errorf("%s (%s) has another number now", number, code)
		}
	}
}

// Whatever a page can refuse with has a number, a text for the citizen in every language, and one for who helps.
func TestEveryErrorHasANumberAndBothTexts(t *testing.T) {
	words, _ := mustLoad(t)
	numbered := map[string]bool{}
	for _, row := range Errors() {
		numbered[row.Code] = true
		if len(row.Support) < 40 {
			t.Errorf("%s: nothing for who helps", row.Number)
		}
		for _, l := range words.Languages() {
			if w := words.Words(l.Code); !w.Has(row.Title) {
				t.Errorf("%s: no text in %s", row.Number, l.Code)
			}
		}
	}
	found := 0
	for file, pattern := range map[string]string{
		"errors.go":                    `(?:http\.Status[A-Za-z]+, |code: )"([a-z_]+)"`,
		"../provider/login/login.go":   `StopCode = "([a-z_]+)"`,
		"locale/en.json":               `"(?:error|stopped)\.([a-z_]+)\.title"`,
		"templates/parts.html":         `id="error-code">([a-z_]+)<`,
		"templates/nothing.html":       `id="error-code">([a-z_]+)<`,
		"templates/desk_computer.html": `id="error-code">([a-z_]+)<`,
	} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(raw), -1) {
			found++
			if !numbered[m[1]] && m[1] != "ask" { // a heading of a page, no error
				t.Errorf("%s: %s has no number", file, m[1])
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d codes found: the test looks in the wrong places", found)
	}
}

// The number is what people read out: it stands beside the code.
func TestTheNumberIsShown(t *testing.T) {
	if numberOf("login_expired") != "SYM-1101" || numberOf("unsupported_response_type") != "SYM-1501" {
		t.Error(numberOf("login_expired"), numberOf("unsupported_response_type"))
	}
	words, _ := mustLoad(t)
	shown := 0
	for _, l := range words.Languages() {
		everyPage(t, l.Code, func(name string, a answer) {
			code := regexp.MustCompile(`id="error-code"[^>]*>([a-z_]+)<`).FindStringSubmatch(a.body)
			if code == nil {
				return
			}
			if shown++; !strings.Contains(a.body, `id="error-number" dir="ltr">`+numberOf(code[1])+"<") {
				t.Errorf("%s %s: %s without its number", l.Code, name, code[1])
			}
		})
	}
	if shown < 20 {
		t.Errorf("only %d pages with a code", shown)
	}
}
