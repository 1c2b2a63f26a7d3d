package desk

import (
	"fmt"
	"strings"
	"testing"
)

// Means.md §4.4, §4.5: the paper with a code for home does not bear what the phone asks for, whatever it is.
func TestThePaperForHomeDoesNotHoldTheAnswer(t *testing.T) {
	for number, want := range map[string]string{"ABC400001": "AB…", "ab 12-34 56": "AB…", "1234567": "…", "123": "…", "": "…", "אב123456": "…"} {
		f := Form{Person: Person{"Konstanty Brzęczyszczykiewicz", "1987-02-22", "87022290019"}, Paper: Paper{Kind: "idcard", Type: "idcard", Number: number}, Guardian: &Guardian{}}
		home := f.TakenHome("<svg></svg>", "AAAA-BBBB")
		if home.Paper.Number != want || home.Person != (Person{Name: f.Person.Name}) || home.Guardian != nil || home.Code != "AAAA-BBBB" {
			t.Errorf("%q: %+v", number, home)
		}
		if text := fmt.Sprintf("%+v", home); number != "" && strings.Contains(text, number) || strings.Contains(text, "1987") || strings.Contains(text, "0019") {
			t.Errorf("%q: %s", number, text)
		}
		if f.Paper.Number != number || f.Person.Birth == "" {
			t.Errorf("%q: the application lost something", number)
		}
	}
}
