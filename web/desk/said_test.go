package desk

import (
	"testing"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
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
		{"an officer stopped it", enrolment.Case{State: enrolment.Cancelled, Work: enrolment.Work{Ended: enrolment.ByOfficer}}, "ended.office", "desk.match.label", false},
		{"a slip of a colleague’s", enrolment.Case{State: enrolment.Cancelled, Clerk: staff.ID{1}, Work: enrolment.Work{Ended: enrolment.Mistyped}}, "ended.mistyped.other", "desk.match.label", true},
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

// Means.md §4.2: where a case ended for a document its clerk reads how each stands, and nobody else does (attacks IN-05).
func TestAClerkReadsHowADocumentStands(t *testing.T) {
	w := wordsOf(t)
	c := enrolment.Case{State: enrolment.Cancelled, Basis: enrolment.ByRegister, Work: enrolment.Work{Ended: "document", Snapshot: enrolment.Snapshot{Documents: []enrolment.SeenPaper{
		{Type: "idcard", Status: register.Stolen}, {Type: "passport", Status: register.Valid},
	}}}}
	if got := CaseOf(c, Viewer{}, w).Unfit; len(got) != 1 || got[0].Kind != "idcard" || got[0].Status != "stolen" {
		t.Errorf("the clerk reads %v", got)
	}
	if got := CaseOf(c, Viewer{Member: staff.Member{ID: staff.ID{1}}}, w).Unfit; len(got) != 0 {
		t.Errorf("a colleague reads %v", got)
	}
}

// Only the second clerk who agreed reads that they did.
func TestWhoAgreedReadsSo(t *testing.T) {
	w := wordsOf(t)
	c := enrolment.Case{State: enrolment.Approved, Clerk: staff.ID{1}, Approver: staff.ID{2}}
	for id, agreed := range map[staff.ID]bool{{1}: false, {2}: true, {3}: false} {
		if got := CaseOf(c, Viewer{Member: staff.Member{ID: id}}, w).Agreed; got != agreed {
			t.Errorf("%s: agreed %v", id, got)
		}
	}
}

func wordsOf(t *testing.T) *locale.Words {
	t.Helper()
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all.Words("en")
}
