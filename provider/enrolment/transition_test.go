package enrolment_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// fair are the facts of a visit in which nothing is wrong.
func fair() enrolment.Facts {
	return enrolment.Facts{
		Purpose: true, RegisterSays: true, Alive: true, OldEnough: true, Usable: true, NotSelf: true, ChecksDone: true, DocumentValid: true, OtherClerk: true,
		FormFiled: true, Asked: true, OwnCase: true, SameDay: true, StepUp: time.Minute, InTime: true, Proved: true, Accepted: true, KeyChecked: true, Matched: true,
		Recorded: true, Noticed: true, Guarded: true, Reached: true, Unconfirmed: true, ReadOut: true, Chosen: 1, Applies: true, Lost: true,
	}
}

func with(change func(*enrolment.Facts)) enrolment.Facts {
	f := fair()
	change(&f)
	return f
}

// Means.md §4.3: what may follow what, and what keeps it.
func TestMove(t *testing.T) {
	for _, row := range []struct {
		name  string
		from  enrolment.State
		act   enrolment.Act
		facts enrolment.Facts
		to    enrolment.State
		why   string // the guard that refuses; "" for none
	}{
		{"the registers were asked about somebody alive", enrolment.Draft, enrolment.LookUp, fair(), enrolment.LookedUp, ""},
		{"no reason given", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.Purpose = false }), "", "purpose"},
		{"the register does not answer", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.RegisterSays = false }), "", "register"},
		{"the person has died", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.Alive = false }), "", "deceased"},
		{"the clerk's own number", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.NotSelf = false }), "", "self"},
		{"a child", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.OldEnough = false }), "", "age"},
		{"every document was reported stolen", enrolment.Draft, enrolment.LookUp, with(func(f *enrolment.Facts) { f.Usable = false }), "", "document"},
		{"read from a document that no register knows", enrolment.Draft, enrolment.Read, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByDocument }), enrolment.LookedUp, ""},
		{"read where the register may be asked", enrolment.Draft, enrolment.Read, fair(), "", "register"},
		{"read by another clerk", enrolment.Draft, enrolment.Read, with(func(f *enrolment.Facts) { f.Basis, f.OwnCase = enrolment.ByDocument, false }), "", "own_case"},
		{"read of a child", enrolment.Draft, enrolment.Read, with(func(f *enrolment.Facts) { f.Basis, f.OldEnough = enrolment.Emergency, false }), "", "age"},
		{"read of the clerk's own document", enrolment.Draft, enrolment.Read, with(func(f *enrolment.Facts) { f.Basis, f.NotSelf = enrolment.Emergency, false }), "", "self"},
		{"read of the dead", enrolment.Draft, enrolment.Read, with(func(f *enrolment.Facts) { f.Basis, f.Alive = enrolment.Emergency, false }), "", "deceased"},
		{"what was typed is corrected", enrolment.LookedUp, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByDocument }), enrolment.Draft, ""},
		{"and in an emergency", enrolment.LookedUp, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.Emergency }), enrolment.Draft, ""},
		{"where a register said it, and nobody typed it", enrolment.LookedUp, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByRegister }), "", "register_said"},
		{"by another clerk than the one who typed it", enrolment.LookedUp, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis, f.OwnCase = enrolment.ByDocument, false }), "", "own_case"},
		{"before anything was typed", enrolment.Draft, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByDocument }), "", "not_now"},
		{"after it was compared", enrolment.ReviewRequired, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByDocument }), "", "not_now"},
		{"after the second clerk agreed", enrolment.Approved, enrolment.Correct, with(func(f *enrolment.Facts) { f.Basis = enrolment.ByDocument }), "", "not_now"},
		{"document and face were compared", enrolment.LookedUp, enrolment.Evidence, fair(), enrolment.EvidenceRecorded, ""},
		{"a minor whose guardian is none", enrolment.LookedUp, enrolment.Evidence, with(func(f *enrolment.Facts) { f.Guarded = false }), "", "guardian"},
		{"the register says who acts for a minor", enrolment.LookedUp, enrolment.Guard, fair(), enrolment.LookedUp, ""},
		{"it does not answer", enrolment.LookedUp, enrolment.Guard, with(func(f *enrolment.Facts) { f.RegisterSays = false }), "", "register"},
		{"a guardian who has died", enrolment.LookedUp, enrolment.Guard, with(func(f *enrolment.Facts) { f.Alive = false }), "", "deceased"},
		{"the clerk is the guardian", enrolment.LookedUp, enrolment.Guard, with(func(f *enrolment.Facts) { f.NotSelf = false }), "", "self"},
		{"a guardian under age", enrolment.LookedUp, enrolment.Guard, with(func(f *enrolment.Facts) { f.OldEnough = false }), "", "guardian_age"},
		{"a guardian without a document", enrolment.LookedUp, enrolment.Guard, with(func(f *enrolment.Facts) { f.Usable = false }), "", "guardian_document"},
		{"a guardian after the look", enrolment.EvidenceRecorded, enrolment.Guard, fair(), "", "not_now"},
		{"a check is not ticked", enrolment.LookedUp, enrolment.Evidence, with(func(f *enrolment.Facts) { f.ChecksDone = false }), "", "checks"},
		{"the document was reported stolen meanwhile", enrolment.LookedUp, enrolment.Evidence, with(func(f *enrolment.Facts) { f.DocumentValid = false }), "", "document"},
		{"another clerk's case", enrolment.LookedUp, enrolment.Evidence, with(func(f *enrolment.Facts) { f.OwnCase = false }), "", "own_case"},
		{"something is to be looked at twice", enrolment.EvidenceRecorded, enrolment.Flagged, with(func(f *enrolment.Facts) { f.Flags = 1 }), enrolment.ReviewRequired, ""},
		{"nothing is", enrolment.EvidenceRecorded, enrolment.Flagged, fair(), "", "no_flag"},
		{"nothing to look at twice: approved at once", enrolment.EvidenceRecorded, enrolment.Approve, fair(), enrolment.Approved, ""},
		{"a flag is not passed over", enrolment.EvidenceRecorded, enrolment.Approve, with(func(f *enrolment.Facts) { f.Flags = 1 }), "", "review"},
		{"the second clerk agrees", enrolment.ReviewRequired, enrolment.Accept, fair(), enrolment.Reviewed, ""},
		{"the same clerk is no second one", enrolment.ReviewRequired, enrolment.Accept, with(func(f *enrolment.Facts) { f.OtherClerk = false }), "", "other_clerk"},
		{"the second clerk says no", enrolment.ReviewRequired, enrolment.Reject, fair(), enrolment.Rejected, ""},
		{"the second clerk sees a slip in what was typed", enrolment.ReviewRequired, enrolment.Return, fair(), enrolment.Cancelled, ""},
		{"the same clerk gives nothing back", enrolment.ReviewRequired, enrolment.Return, with(func(f *enrolment.Facts) { f.OtherClerk = false }), "", "other_clerk"},
		{"a slip that is seen after the decision", enrolment.Approved, enrolment.Return, fair(), "", "not_now"},
		{"a flagged case waits for the second clerk", enrolment.ReviewRequired, enrolment.Approve, fair(), "", "not_now"},
		{"after the second clerk", enrolment.Reviewed, enrolment.Approve, with(func(f *enrolment.Facts) { f.Flags = 2 }), enrolment.Approved, ""},
		{"printed", enrolment.Approved, enrolment.Print, fair(), enrolment.Printed, ""},
		{"printed again: the paper jammed", enrolment.Printed, enrolment.Print, fair(), enrolment.Printed, ""},
		{"not printed before it is approved", enrolment.ReviewRequired, enrolment.Print, fair(), "", "not_now"},
		{"signed", enrolment.Printed, enrolment.Sign, fair(), enrolment.Signed, ""},
		{"signed, but filed nowhere", enrolment.Printed, enrolment.Sign, with(func(f *enrolment.Facts) { f.FormFiled = false }), "", "form"},
		{"the code is handed over", enrolment.Signed, enrolment.HandOver, fair(), enrolment.QRIssued, ""},
		{"the form asks only for what was stopped", enrolment.Signed, enrolment.HandOver, with(func(f *enrolment.Facts) { f.Applies = false }), "", "applies"},
		{"so a phone that came first is taken nowhere", enrolment.Signed, enrolment.Scan, with(func(f *enrolment.Facts) { f.Applies = false }), "", "applies"},
		{"nor when its time ran out", enrolment.Expired, enrolment.Reissue, with(func(f *enrolment.Facts) { f.Applies = false }), "", "applies"},
		{"nor another one", enrolment.Expired, enrolment.Rescan, with(func(f *enrolment.Facts) { f.Applies = false }), "", "applies"},
		{"the form asks for nothing that was stopped", enrolment.Signed, enrolment.TakeUp, with(func(f *enrolment.Facts) { f.Asked = false }), "", "not_now"},
		{"what was stopped is taken up all the same", enrolment.Signed, enrolment.TakeUp, with(func(f *enrolment.Facts) { f.Applies = false }), enrolment.Signed, ""},
		{"what is lost is stopped at once", enrolment.Approved, enrolment.StopOld, fair(), enrolment.Approved, ""},
		{"while a code is out", enrolment.QRIssued, enrolment.StopOld, fair(), enrolment.QRIssued, ""},
		{"before they were compared", enrolment.LookedUp, enrolment.StopOld, fair(), "", "not_now"},
		{"before the second clerk agreed, with a doubt", enrolment.ReviewRequired, enrolment.StopOld, fair(), "", "not_now"},
		{"where the code ran out", enrolment.Expired, enrolment.StopOld, fair(), enrolment.Expired, ""},
		{"where time ran out before they were compared", enrolment.Expired, enrolment.StopOld, with(func(f *enrolment.Facts) { f.FormFiled = false }), "", "not_now"},
		{"and on another day", enrolment.Expired, enrolment.StopOld, with(func(f *enrolment.Facts) { f.SameDay = false }), "", "same_day"},
		{"and without one", enrolment.ReviewRequired, enrolment.StopOld, with(func(f *enrolment.Facts) { f.Doubtless = true }), enrolment.ReviewRequired, ""},
		{"what is lost, by another clerk than the one who compared them", enrolment.Signed, enrolment.StopOld, with(func(f *enrolment.Facts) { f.OwnCase = false }), "", "own_case"},
		{"where nothing is lost", enrolment.Signed, enrolment.StopOld, with(func(f *enrolment.Facts) { f.Lost = false }), "", "not_now"},
		{"no code before the signature", enrolment.Printed, enrolment.HandOver, fair(), "", "not_now"},
		{"the clerk proved who they are six minutes ago", enrolment.Signed, enrolment.HandOver, with(func(f *enrolment.Facts) { f.StepUp = 6 * time.Minute }), "", "step_up"},
		{"the clerk never did", enrolment.Signed, enrolment.HandOver, with(func(f *enrolment.Facts) { f.StepUp = -1 }), "", "step_up"},
		{"a code for home", enrolment.Signed, enrolment.HandOver, with(func(f *enrolment.Facts) { f.AtHome, f.Contacts = true, 1 }), enrolment.QRIssued, ""},
		{"for home, where nothing is known to reach the citizen", enrolment.Signed, enrolment.HandOver, with(func(f *enrolment.Facts) { f.AtHome = true }), "", "no_channel"},
		{"for home anew", enrolment.Expired, enrolment.Reissue, with(func(f *enrolment.Facts) { f.AtHome, f.Contacts = true, 2 }), enrolment.QRIssued, ""},
		{"for home anew, to an address that changed meanwhile", enrolment.Expired, enrolment.Reissue, with(func(f *enrolment.Facts) { f.AtHome = true }), "", "no_channel"},
		{"a number is sent to the citizen's address", enrolment.Signed, enrolment.AskContact, fair(), enrolment.Signed, ""},
		{"the third", enrolment.Signed, enrolment.AskContact, with(func(f *enrolment.Facts) { f.ContactCodes = 2 }), enrolment.Signed, ""},
		{"the fourth", enrolment.Signed, enrolment.AskContact, with(func(f *enrolment.Facts) { f.ContactCodes = 3 }), "", "contact_codes"},
		{"to one that was confirmed", enrolment.Signed, enrolment.AskContact, with(func(f *enrolment.Facts) { f.Unconfirmed = false }), "", "not_now"},
		{"to one that is not the citizen's", enrolment.Signed, enrolment.AskContact, with(func(f *enrolment.Facts) { f.Reached = false }), "", "no_contact"},
		{"by another clerk", enrolment.Signed, enrolment.AskContact, with(func(f *enrolment.Facts) { f.OwnCase = false }), "", "own_case"},
		{"before the signature", enrolment.Printed, enrolment.AskContact, fair(), "", "not_now"},
		{"when all is done", enrolment.Active, enrolment.AskContact, fair(), "", "not_now"},
		{"the citizen reads it out", enrolment.Signed, enrolment.ConfirmContact, fair(), enrolment.Signed, ""},
		{"before a code is given anew", enrolment.KeyBound, enrolment.ConfirmContact, fair(), enrolment.KeyBound, ""},
		{"another number", enrolment.Signed, enrolment.ConfirmContact, with(func(f *enrolment.Facts) { f.ReadOut = false }), "", "contact_code"},
		{"typed by another clerk", enrolment.Signed, enrolment.ConfirmContact, with(func(f *enrolment.Facts) { f.OwnCase = false }), "", "own_case"},
		{"read out when it is confirmed", enrolment.Confirmed, enrolment.ConfirmContact, fair(), "", "not_now"},
		{"the citizen's phone takes it", enrolment.QRIssued, enrolment.Claim, fair(), enrolment.Claimed, ""},
		{"too late", enrolment.QRIssued, enrolment.Claim, with(func(f *enrolment.Facts) { f.InTime = false }), "", "in_time"},
		{"twice", enrolment.Claimed, enrolment.Claim, fair(), "", "not_now"},
		{"a key was made and checked", enrolment.Claimed, enrolment.BindKey, fair(), enrolment.KeyBound, ""},
		{"before the document's last characters", enrolment.Claimed, enrolment.BindKey, with(func(f *enrolment.Facts) { f.Proved = false }), "", "proved"},
		{"before the terms", enrolment.Claimed, enrolment.BindKey, with(func(f *enrolment.Facts) { f.Accepted = false }), "", "terms"},
		{"the key does not verify", enrolment.Claimed, enrolment.BindKey, with(func(f *enrolment.Facts) { f.KeyChecked = false }), "", "key"},
		{"the clerk typed the digits", enrolment.KeyBound, enrolment.Confirm, fair(), enrolment.Confirmed, ""},
		{"nobody typed the digits", enrolment.KeyBound, enrolment.Confirm, with(func(f *enrolment.Facts) { f.Matched = false }), "", "match"},
		{"all is recorded and told", enrolment.Confirmed, enrolment.Activate, fair(), enrolment.Active, ""},
		{"no record, no way to log in", enrolment.Confirmed, enrolment.Activate, with(func(f *enrolment.Facts) { f.Recorded = false }), "", "record"},
		{"no notice, no way to log in", enrolment.Confirmed, enrolment.Activate, with(func(f *enrolment.Facts) { f.Noticed = false }), "", "notice"},
		{"another phone came while it was under way", enrolment.KeyBound, enrolment.Freeze, fair(), enrolment.Suspicious, ""},
		{"another phone came when it was confirmed", enrolment.Confirmed, enrolment.Freeze, fair(), "", "not_now"},
		{"the document was reported when it was confirmed", enrolment.Confirmed, enrolment.Freeze, with(func(f *enrolment.Facts) { f.Undermined = true }), enrolment.Suspicious, ""},
		{"nothing starts over that is confirmed", enrolment.Confirmed, enrolment.Reissue, fair(), "", "not_now"},
		{"who waits for a register goes home", enrolment.Confirmed, enrolment.Cancel, fair(), enrolment.Cancelled, ""},
		{"another phone came afterwards", enrolment.Active, enrolment.Freeze, fair(), "", "not_now"},
		{"started over after an alarm", enrolment.Suspicious, enrolment.Reissue, fair(), enrolment.QRIssued, ""},
		{"started over for the third time", enrolment.Claimed, enrolment.Reissue, with(func(f *enrolment.Facts) { f.Reissues = 2 }), enrolment.QRIssued, ""},
		{"and for the fourth", enrolment.Claimed, enrolment.Reissue, with(func(f *enrolment.Facts) { f.Reissues = 3 }), "", "reissues"},
		{"started over on another day", enrolment.Expired, enrolment.Reissue, with(func(f *enrolment.Facts) { f.SameDay = false }), "", "same_day"},
		{"nothing starts over that is active", enrolment.Active, enrolment.Reissue, fair(), "", "not_now"},
		{"the citizen goes home", enrolment.Claimed, enrolment.Cancel, fair(), enrolment.Cancelled, ""},
		{"what is active is not cancelled", enrolment.Active, enrolment.Cancel, fair(), "", "not_now"},
		{"time ran out", enrolment.QRIssued, enrolment.Expire, fair(), enrolment.Expired, ""},
		{"nothing is lost once it is confirmed", enrolment.Confirmed, enrolment.Expire, fair(), "", "not_now"},
		{"this was not me", enrolment.Active, enrolment.Suspend, fair(), enrolment.Suspended, ""},
		{"this was not me, once more", enrolment.Suspended, enrolment.Suspend, fair(), "", "not_now"},
		{"an officer stops what is under way", enrolment.KeyBound, enrolment.Suspend, with(func(f *enrolment.Facts) { f.Officer = true }), enrolment.Cancelled, ""},
		{"for good, while it waits for a register", enrolment.Confirmed, enrolment.Revoke, with(func(f *enrolment.Facts) { f.Officer = true }), enrolment.Cancelled, ""},
		{"an officer stops what its clerk may begin anew with", enrolment.Expired, enrolment.Suspend, with(func(f *enrolment.Facts) { f.Officer = true }), enrolment.Cancelled, ""},
		{"an officer stops what a visit took up that is over", enrolment.Cancelled, enrolment.StopTaken, with(func(f *enrolment.Facts) { f.Officer = true }), enrolment.Cancelled, ""},
		{"nobody else stops what a visit took up", enrolment.Cancelled, enrolment.StopTaken, fair(), "", "not_now"},
		{"nobody else stops what expired", enrolment.Expired, enrolment.Suspend, fair(), "", "not_now"},
		{"nobody else stops what is under way", enrolment.KeyBound, enrolment.Suspend, fair(), "", "not_now"},
		{"what ended is not stopped", enrolment.Cancelled, enrolment.Suspend, with(func(f *enrolment.Facts) { f.Officer = true }), "", "not_now"},
		{"this was not me, of what an officer stopped", enrolment.Suspended, enrolment.Suspend, with(func(f *enrolment.Facts) { f.News = true }), enrolment.Suspended, ""},
		{"an officer stops it, too", enrolment.Suspended, enrolment.Suspend, with(func(f *enrolment.Facts) { f.Officer = true }), enrolment.Suspended, ""},
		{"the application was refused for good", enrolment.Suspended, enrolment.Revoke, fair(), enrolment.Revoked, ""},
		{"enrolled anew", enrolment.Active, enrolment.Supersede, fair(), enrolment.Superseded, ""},
		{"enrolled anew after a stop", enrolment.Suspended, enrolment.Supersede, fair(), enrolment.Superseded, ""},
		{"what is under way is not replaced", enrolment.KeyBound, enrolment.Supersede, fair(), "", "not_now"},
		{"what was withdrawn stays so", enrolment.Revoked, enrolment.Supersede, fair(), "", "not_now"},
	} {
		t.Run(row.name, func(t *testing.T) {
			to, err := enrolment.Move(row.from, row.act, row.facts)
			var refused *enrolment.Refused
			switch {
			case row.why == "" && (err != nil || to != row.to):
				t.Errorf("%s in %s leads to %s, %v; it should lead to %s", row.act, row.from, to, err, row.to)
			case row.why != "" && (!errors.As(err, &refused) || refused.Code != row.why || to != row.from):
				t.Errorf("%s in %s: %v, to %s; %q should refuse it", row.act, row.from, err, to, row.why)
			}
		})
	}
}

// Attacks IN-03: no order of acts reaches a working key without presence, register, signature, the
// clerk's step-up and the match, whatever is called and how often.
func TestAttack_IN_03_NothingIsAllowedWithoutFacts(t *testing.T) {
	states := []enrolment.State{
		enrolment.Draft, enrolment.LookedUp, enrolment.EvidenceRecorded, enrolment.ReviewRequired, enrolment.Reviewed, enrolment.Approved, enrolment.Printed,
		enrolment.Signed, enrolment.QRIssued, enrolment.Claimed, enrolment.KeyBound, enrolment.Confirmed, enrolment.Suspicious, enrolment.Expired,
	}
	forward := []enrolment.Act{
		enrolment.LookUp, enrolment.Read, enrolment.Correct, enrolment.Guard, enrolment.Evidence, enrolment.Flagged, enrolment.Accept, enrolment.Sign, enrolment.HandOver, enrolment.Reissue, enrolment.Claim,
		enrolment.BindKey, enrolment.Confirm, enrolment.Activate, enrolment.AskContact, enrolment.ConfirmContact,
	}
	for _, from := range states {
		for _, act := range forward {
			if to, err := enrolment.Move(from, act, enrolment.Facts{StepUp: -1}); err == nil {
				t.Errorf("%s in %s leads to %s although nothing is known", act, from, to)
			}
		}
	}
	if _, err := enrolment.Move("made_up", enrolment.Activate, fair()); err == nil {
		t.Error("a state that there is not leads somewhere")
	}
}

// Levels.md §1 and means.md R-ENR-13, R-PER-09: what an enrolment rests on, and how far each goes by the
// rules that ship.
func TestWhatAnEnrolmentRestsOn(t *testing.T) {
	rules := assurance.Default().Proofing
	for _, row := range []struct {
		name     string
		basis    enrolment.Basis
		document string
		mode     enrolment.Mode
		want     identity.Level
	}{
		{"document shown, finished at the desk", enrolment.ByRegister, "idcard", enrolment.AtDesk, identity.High},
		{"document shown, finished at home", enrolment.ByRegister, "idcard", enrolment.AtHome, identity.Substantial},
		{"no document yet", enrolment.ByRegister, enrolment.NoDocument, enrolment.AtDesk, identity.Substantial},
		{"a document that no register knows", enrolment.ByDocument, "passport", enrolment.AtDesk, identity.Substantial},
		{"no register answers", enrolment.Emergency, "idcard", enrolment.AtDesk, identity.Low},
		{"nothing is known", "", "", "", identity.Low},
	} {
		got := identity.High
		for _, on := range enrolment.Rests(row.basis, row.document, row.mode) {
			got = identity.Least(got, rules[on])
		}
		if got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// Every reason that there is can be asked for in the list of security officers.
func TestEveryFlagIsListed(t *testing.T) {
	signs := enrolment.Signs{
		Basis: enrolment.ByDocument, Document: enrolment.NoDocument, Restricted: true, NoPhoto: true, ReportedAt: time.Unix(1, 0), ChangedAt: time.Unix(1, 0), Doubt: true, Closed: true,
		Mismatch: true, Earlier: 2, Age: 3, ClerkFamily: "Nowak", Family: "Nowak", SameHome: true, Local: time.Unix(2, 0).UTC(),
	}
	raised := enrolment.Flags(signs, staff.Weekdays(8, 9))
	signs.Basis = enrolment.Emergency
	for _, flag := range append(raised, enrolment.Flags(signs, staff.Hours{})...) {
		if !slices.Contains(enrolment.EveryFlag(), flag) {
			t.Errorf("%s is not in the list", flag)
		}
	}
	if len(raised) != len(enrolment.EveryFlag())-1 { // on one ground: a document alone, or an emergency
		t.Errorf("%d flags of %d", len(raised), len(enrolment.EveryFlag()))
	}
}

func TestFlags(t *testing.T) {
	local := time.Date(2026, 11, 25, 11, 0, 0, 0, time.UTC) // a Wednesday
	plain := enrolment.Signs{Document: "idcard", Paper: enrolment.SeenPaper{Status: "valid"}, Age: 39, ClerkFamily: "Okienkowa-Próbna", Family: "Brzeziński-Testowy", Local: local}
	hours := staff.Weekdays(8, 16)
	for _, row := range []struct {
		name   string
		change func(*enrolment.Signs)
		want   enrolment.Flag // "" for none
	}{
		{"nothing special", func(*enrolment.Signs) {}, ""},
		{"first ID card only applied for", func(s *enrolment.Signs) { s.Document = enrolment.NoDocument }, enrolment.FirstDocument},
		{"the clerk says that the data differ", func(s *enrolment.Signs) { s.Mismatch = true }, enrolment.Mismatch},
		{"reported lost 29 days ago", func(s *enrolment.Signs) { s.ReportedAt = local.AddDate(0, 0, -29) }, enrolment.RecentReport},
		{"reported lost 31 days ago", func(s *enrolment.Signs) { s.ReportedAt = local.AddDate(0, 0, -31) }, ""},
		{"the national number is restricted", func(s *enrolment.Signs) { s.Restricted = true }, enrolment.Restricted},
		{"the register has no photo", func(s *enrolment.Signs) { s.NoPhoto = true }, enrolment.NoPhoto},
		{"enrolled once this month", func(s *enrolment.Signs) { s.Earlier = 1 }, ""},
		{"enrolled twice this month", func(s *enrolment.Signs) { s.Earlier = 2 }, enrolment.Often},
		{"seventeen", func(s *enrolment.Signs) { s.Age = 17 }, enrolment.Minor},
		{"eighteen", func(s *enrolment.Signs) { s.Age = 18 }, ""},
		{"the clerk's address", func(s *enrolment.Signs) { s.SameHome = true }, enrolment.SameHome},
		{"half of the clerk's surname", func(s *enrolment.Signs) { s.Family = "próbna" }, enrolment.Relative},
		{"the clerk's wife", func(s *enrolment.Signs) { s.ClerkFamily, s.Family = "Kowalski", "KOWALSKA" }, enrolment.Relative},
		{"the clerk's brother-in-law", func(s *enrolment.Signs) { s.ClerkFamily, s.Family = "Nowicka-Zawadzka", "Zawadzki" }, enrolment.Relative},
		{"the clerk's cousin", func(s *enrolment.Signs) { s.ClerkFamily, s.Family = "Sawicka", "Sawicki" }, enrolment.Relative},
		{"another stem", func(s *enrolment.Signs) { s.ClerkFamily, s.Family = "Wolska", "Wolicki" }, ""},
		{"an ending alone", func(s *enrolment.Signs) { s.ClerkFamily, s.Family = "Ska", "Ski" }, ""},
		{"no surname at all", func(s *enrolment.Signs) { s.Family = "" }, ""},
		{"on a Sunday", func(s *enrolment.Signs) { s.Local = local.AddDate(0, 0, 4) }, enrolment.OutsideHours},
		{"at four o'clock, when the office closes", func(s *enrolment.Signs) { s.Local = local.Add(5 * time.Hour) }, enrolment.OutsideHours},
		{"data changed six days ago", func(s *enrolment.Signs) { s.ChangedAt = local.AddDate(0, 0, -6) }, enrolment.ChangedLately},
		{"no register knows the person", func(s *enrolment.Signs) { s.Basis = enrolment.ByDocument }, enrolment.DocumentAlone},
		{"no register answers", func(s *enrolment.Signs) { s.Basis = enrolment.Emergency }, enrolment.NoRegister},
		{"the clerk has a doubt", func(s *enrolment.Signs) { s.Doubt = true }, enrolment.ClerksOwnDoubt},
	} {
		signs := plain
		row.change(&signs)
		got := enrolment.Flags(signs, hours)
		switch {
		case row.want == "" && len(got) > 0:
			t.Errorf("%s: %v, want none", row.name, got)
		case row.want != "" && (len(got) != 1 || got[0] != row.want):
			t.Errorf("%s: %v, want %s", row.name, got, row.want)
		}
	}
}
