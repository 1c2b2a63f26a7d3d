package desk

import (
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/web/locale"
)

// Features S07: the help for a step says what is so in this case: at home nobody reads out three digits, at the counter's
// computer nothing is on a phone, and who stays while a slip is mended does not come again.
func TestTheHelpIsOfThisCase(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := catalogue.Words("en")
	for _, row := range []struct {
		name    string
		c       enrolment.Case
		help    string
		digits  string
		slipped bool
	}{
		{"on a phone", enrolment.Case{State: enrolment.Claimed, Mode: enrolment.AtDesk}, "confirm", "desk.match.label", false},
		{"at the counter", enrolment.Case{State: enrolment.Claimed, Mode: enrolment.AtDesk, Work: enrolment.Work{Counter: true}}, "confirm.counter", "desk.match.label.counter", false},
		{"for home", enrolment.Case{State: enrolment.QRIssued, Mode: enrolment.AtHome}, "confirm.home", "desk.match.label", false},
		{"at home", enrolment.Case{State: enrolment.KeyBound, Mode: enrolment.AtHome}, "confirm.home", "desk.match.label", false},
		{"done at home", enrolment.Case{State: enrolment.Active, Mode: enrolment.AtHome}, "done.home", "desk.match.label", false},
		{"done", enrolment.Case{State: enrolment.Active, Mode: enrolment.AtDesk}, "done", "desk.match.label", false},
		{"a slip", enrolment.Case{State: enrolment.Cancelled, Work: enrolment.Work{Ended: enrolment.Mistyped}}, "ended.mistyped", "desk.match.label", true},
		{"they left", enrolment.Case{State: enrolment.Cancelled, Work: enrolment.Work{Ended: "citizen_left"}}, "ended", "desk.match.label", false},
	} {
		page := CaseOf(row.c, Viewer{}, w)
		if page.HelpOf() != row.help || page.Here("desk.match.label") != row.digits || page.Mistyped() != row.slipped {
			t.Errorf("%s: help %q, digits %q, a slip %v", row.name, page.HelpOf(), page.Here("desk.match.label"), page.Mistyped())
		}
		for _, l := range catalogue.Languages() {
			if words := catalogue.Words(l.Code); !words.Has("desk.help."+page.HelpOf()) || !words.Has(page.Here("desk.match.label")) {
				t.Errorf("%s: no text of it in %s", row.name, l.Code)
			}
		}
	}
}
