package desk

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Means.md §4.2: what happened in a case is a list, and each line of it begins alike, in every language.
func TestLinesOfTheTrailBeginAlike(t *testing.T) {
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var events []enrolment.Event
	for _, to := range []enrolment.State{enrolment.Draft, enrolment.LookedUp, enrolment.Printed, enrolment.Active, enrolment.Suspended, enrolment.Cancelled} {
		events = append(events, enrolment.Event{Kind: journal.CaseStep, Act: "some", To: to})
	}
	events = append(events, enrolment.Event{Kind: journal.CaseAlarm, Why: enrolment.EveryDetail()}, enrolment.Event{Kind: journal.Joined}, enrolment.Event{Kind: "other"})
	for _, code := range all.Codes() {
		for _, line := range TrailOf(enrolment.Case{}, events, true, false, Viewer{}, all.Words(code)).Events {
			for _, text := range append(line.Why, line.What) {
				if first, _ := utf8.DecodeRuneInString(text); unicode.ToUpper(first) != first {
					t.Errorf("%s: %q", code, text)
				}
			}
		}
	}
}

// read gives the lines of a trail in English, each with its details.
func read(t *testing.T, events ...enrolment.Event) []string {
	t.Helper()
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range TrailOf(enrolment.Case{}, events, true, false, Viewer{}, all.Words("en")).Events {
		lines = append(lines, strings.Join(append([]string{line.What}, line.Why...), " | "))
	}
	return lines
}

// An officer's reason is told as what they chose, not as if whoever reads it said so.
func TestTheTrailQuotesTheReason(t *testing.T) {
	line := read(t, enrolment.Event{Kind: journal.CaseRead, By: "officer", Why: []enrolment.Detail{{List: "reading", Code: "sample"}}})[0]
	if line != "Read by a security officer | Reason given: “I look through a sample”" {
		t.Errorf("it says %q", line)
	}
}

func stepTo(act enrolment.Act, from, to enrolment.State, by string, why ...enrolment.Detail) enrolment.Event {
	return enrolment.Event{Kind: journal.CaseStep, Act: act, From: from, To: to, By: by, Why: why}
}

// Means.md §4.2, R-ENR-09: whoever reads what a clerk checked reads what was ticked and which document was shown, in the
// words that the clerk ticked.
func TestTheTrailNamesWhatWasTicked(t *testing.T) {
	for _, row := range []struct {
		document string
		want     []string
	}{
		{"passport", []string{"The clerk checked who the citizen is", "Document shown: Passport", "Ticked: “The person in front of me is the one on the register’s photo”", "Ticked: “The document is genuine: I felt, tilted and looked through it”", "It may not be the person on the photo"}},
		{"a kind of tomorrow", []string{"Document shown: Document"}},
		{enrolment.NoDocument, []string{"None yet: the first ID card is applied for"}},
	} {
		e := stepTo(enrolment.Evidence, enrolment.LookedUp, enrolment.EvidenceRecorded, "clerk",
			enrolment.Detail{List: "shown", Code: row.document}, enrolment.Detail{List: "check", Code: string(enrolment.PhotoLikeness)},
			enrolment.Detail{List: "check", Code: string(enrolment.SecurityFeatures)}, enrolment.Detail{List: "doubt", Code: "photo"})
		line := read(t, e)[0]
		for _, want := range row.want {
			if !slices.Contains(strings.Split(line, " | "), want) {
				t.Errorf("%s: %q does not say %q", row.document, line, want)
			}
		}
	}
}

// Means.md §4.3, §4.7, attacks OT-11: at a stop the trail says who can let it work again, and how; of what nobody can bring
// back it says that, also where an officer stopped it besides.
func TestTheTrailSaysWhoLetsItWorkAgain(t *testing.T) {
	const officer, clerk, over, anew, frozen = "only if another security officer agrees", "A clerk who had no part in giving it out can let it work again", "Nobody can let it work again", "A clerk can open a new case", "The clerk of the case finds out"
	ended := func(code string) enrolment.Detail { return enrolment.Detail{List: "ended", Code: code} }
	notGiven := stepTo(enrolment.Suspend, enrolment.Active, enrolment.Suspended, "", ended(enrolment.NotGiven))
	for name, row := range map[string]struct {
		events []enrolment.Event
		want   string // "" for none of them
	}{
		"an officer's":                  {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Active, enrolment.Suspended, "officer", ended("review"))}, officer},
		"an officer's on top":           {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Suspended, enrolment.Suspended, "officer", ended("review"))}, officer},
		"its owner's":                   {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Active, enrolment.Suspended, "", ended(enrolment.NotMe))}, clerk},
		"a clerk's, of what is lost":    {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Active, enrolment.Suspended, "clerk", ended(enrolment.PhoneLost))}, clerk},
		"its owner's on top":            {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Suspended, enrolment.Suspended, "", ended(enrolment.NotMe))}, ""},
		"of what came to nothing":       {[]enrolment.Event{notGiven}, over},
		"an officer's on top of that":   {[]enrolment.Event{notGiven, stepTo(enrolment.Suspend, enrolment.Suspended, enrolment.Suspended, "officer", ended("review"))}, over},
		"the end for good":              {[]enrolment.Event{stepTo(enrolment.Revoke, enrolment.Active, enrolment.Revoked, "officer", ended("review"))}, over},
		"of a case under way":           {[]enrolment.Event{stepTo(enrolment.Suspend, enrolment.Claimed, enrolment.Cancelled, "officer", ended("review"))}, anew},
		"of a case under way, for good": {[]enrolment.Event{stepTo(enrolment.Revoke, enrolment.Claimed, enrolment.Cancelled, "officer", ended("review"))}, anew},
		"another phone":                 {[]enrolment.Event{stepTo(enrolment.Freeze, enrolment.Claimed, enrolment.Suspicious, "", enrolment.Detail{List: "alarmed", Code: "second_device"})}, frozen},
		"the clerk was removed":         {[]enrolment.Event{stepTo(enrolment.Freeze, enrolment.Claimed, enrolment.Suspicious, "", enrolment.Detail{List: "alarmed", Code: enrolment.ClerkStopped})}, ""},
		"no stop":                       {[]enrolment.Event{stepTo(enrolment.Activate, enrolment.Confirmed, enrolment.Active, "")}, ""},
	} {
		lines := read(t, row.events...)
		last := lines[len(lines)-1]
		for _, says := range []string{officer, clerk, over, anew, frozen} {
			if strings.Contains(last, says) != (says == row.want) {
				t.Errorf("%s: %q, and should say %q", name, last, row.want)
			}
		}
	}
}

// Means.md §4.2: every line of the trail says what happened and not where a list would put the case; a code that is given out
// anew is told as that; in words of an office, in every language.
func TestTheTrailSaysWhatHappened(t *testing.T) {
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var events []enrolment.Event
	for _, to := range []enrolment.State{
		enrolment.Draft, enrolment.LookedUp, enrolment.ReviewRequired, enrolment.Reviewed, enrolment.Approved, enrolment.Printed, enrolment.Signed, enrolment.QRIssued, enrolment.Claimed,
		enrolment.KeyBound, enrolment.Confirmed, enrolment.Active, enrolment.Rejected, enrolment.Cancelled, enrolment.Expired, enrolment.Suspicious, enrolment.Suspended, enrolment.Revoked, enrolment.Superseded,
	} {
		events = append(events, stepTo("some", "", to, ""))
	}
	takesUp := enrolment.Detail{List: "takes_up", Code: "only"}
	events = append(events, stepTo(enrolment.Read, enrolment.Draft, enrolment.LookedUp, ""), stepTo(enrolment.Evidence, enrolment.LookedUp, enrolment.EvidenceRecorded, "", takesUp),
		stepTo(enrolment.Sign, enrolment.Printed, enrolment.Signed, ""), stepTo(enrolment.TakeUp, enrolment.Signed, enrolment.Signed, ""), stepTo(enrolment.Cancel, enrolment.Signed, enrolment.Cancelled, ""),
		stepTo(enrolment.Reissue, enrolment.Claimed, enrolment.QRIssued, ""), stepTo(enrolment.Rescan, enrolment.Suspicious, enrolment.Claimed, ""),
		stepTo(enrolment.Allow, enrolment.Suspended, enrolment.Suspended, ""), stepTo(enrolment.Lift, enrolment.Suspended, enrolment.Active, ""),
		enrolment.Event{Kind: journal.Joined, Why: []enrolment.Detail{{List: "joining", Code: enrolment.ByHelpLine}}})
	for _, code := range all.Codes() {
		w := all.Words(code)
		lines, seen := TrailOf(enrolment.Case{}, events, true, false, Viewer{}, w).Events, map[string]string{}
		for i, line := range lines {
			of := string(events[i].Act) + " " + string(events[i].To)
			if line.What == w.Text("desk.trail.other") || strings.HasPrefix(line.What, "Desk.") {
				t.Errorf("%s: %s is told without words: %q", code, of, line.What)
			}
			if earlier, twice := seen[line.What]; twice {
				t.Errorf("%s: %s is told as %s was: %q", code, of, earlier, line.What)
			}
			seen[line.What] = of
		}
	}
	text := strings.Join(read(t, append(events, enrolment.Event{Kind: journal.CaseAlarm, Why: enrolment.EveryDetail()}, enrolment.Event{Kind: journal.LookingUp}, enrolment.Event{Kind: journal.LookedUp})...), "\n")
	for _, technical := range []string{"burnt", "vouch", "in force", "says itself", "brought together", "of its own key", "about to be", "digits missing", "Stands again", "attest"} {
		if strings.Contains(text, technical) {
			t.Errorf("the trail says %q:\n%s", technical, text)
		}
	}
}

// Means.md R-ENR-09: beside an alarm that somebody of the staff raised stands who: the officer who stopped the case, and the
// clerk who typed what was wrong; beside a citizen’s stands nobody.
func TestAnAlarmSaysWhoseItIs(t *testing.T) {
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	clerk := staff.ID{0xab}
	alarm := func(code string) enrolment.Event {
		return enrolment.Event{Kind: journal.CaseAlarm, Why: []enrolment.Detail{{List: "alarmed", Code: code}}}
	}
	events := []enrolment.Event{
		alarm("match_failed"), alarm(enrolment.WrongDigits), alarm("contact"), alarm("second_device"), alarm("half_failed"), alarm(enrolment.ByOfficer),
		stepTo(enrolment.Suspend, enrolment.Claimed, enrolment.Cancelled, "0fficer-of-the-case"),
	}
	lines := TrailOf(enrolment.Case{Clerk: clerk}, events, true, false, Viewer{}, all.Words("en")).Events
	for i, want := range []string{clerk.String()[:8], clerk.String()[:8], clerk.String()[:8], "", "", "0fficer-", "0fficer-"} {
		if lines[i].By != want {
			t.Errorf("%v: %q, not %q", lines[i].Why, lines[i].By, want)
		}
	}
}
