package enrolment

import (
	"slices"
	"time"
)

// Act is what somebody does to a case.
type Act string

// The acts. Who may do them at all, package staff says.
const (
	LookUp    Act = "look_up"
	Read      Act = "read_document"
	Correct   Act = "correct_reading" // what was typed from it
	Guard     Act = "guardian"
	Evidence  Act = "record_evidence"
	Flagged   Act = "require_review"
	Accept    Act = "accept_review"
	Reject    Act = "reject"
	Return    Act = "return" // what was typed wrongly
	Approve   Act = "approve"
	Print     Act = "print"
	Sign      Act = "sign"
	HandOver  Act = "hand_over"
	Reissue   Act = "reissue"
	Scan      Act = "scan"   // a phone that came first
	Rescan    Act = "rescan" // another one, or one instead of a code
	Claim     Act = "claim"
	BindKey   Act = "bind_key"
	Confirm   Act = "confirm"
	Activate  Act = "activate"
	Freeze    Act = "freeze"
	Cancel    Act = "cancel"
	Expire    Act = "expire"
	Suspend   Act = "suspend"
	Revoke    Act = "revoke"
	Supersede Act = "supersede"
	Allow     Act = "allow"         // an officer lets what was stopped be taken up in a visit
	TakeUp    Act = "take_up"       // the visit in which that is done
	Lift      Act = "lift"          // of an earlier case, by a visit
	StopOld   Act = "stop_old"      // at once, in the visit in which something new replaces it
	StopTaken Act = "stop_taken_up" // an officer stops what was taken up in a visit that is over

	AskContact     Act = "contact_code"
	ConfirmContact Act = "contact_confirmed"
)

// Facts are everything that a guard may look at. The zero value allows nothing.
type Facts struct {
	Basis         Basis
	Purpose       bool // a reason from the list was given
	RegisterSays  bool // the registers answered
	Alive         bool
	OldEnough     bool // of the age that the operator sets; alone, or as a guardian, an adult
	Usable        bool // has a document in force, or none at all and an application for the first
	NotSelf       bool // clerk and citizen are two persons
	Guarded       bool // an adult, or the guardian's document is in force and the register says that they act for the minor
	ChecksDone    bool // every check of the list is ticked
	DocumentValid bool // the document register, asked now; or no document yet
	Flags         int
	Officer       bool // a security officer does it, whose stop does not stand yet
	News          bool // nobody has said that of it yet, for which it is stopped already
	OtherClerk    bool // the one who decides is neither the drafter nor the citizen
	FormFiled     bool // a reference of the signed form
	OwnCase       bool // the clerk's who drafted it
	SameDay       bool
	StepUp        time.Duration // since the clerk proved who they are; negative for never
	Reissues      int
	Reached       bool // a message can be carried to the address now
	Unconfirmed   bool // the citizen has not confirmed it yet
	ContactCodes  int  // that were sent to its channel before
	ReadOut       bool // the citizen read out the code that was sent to it
	AtHome        bool // the code is for home
	Contacts      int  // confirmed in this case, and the citizen's still
	InTime        bool // before the end of the voucher, by the database's clock
	Proved        bool // the phone's holder typed what only the citizen has at hand
	Accepted      bool // the terms
	KeyChecked    bool
	Matched       bool // the three digits, or the second half
	Undermined    bool // what the case rests on does not hold any more: a document that was reported, ways that were closed
	Recorded      bool // the sealed record was made
	Noticed       bool // the notices are queued
	Chosen        int  // of what was suspended, to work again
	Asked         bool // the form asks for that
	Applies       bool // the form applies for something new, too
	Lost          bool // what was given before is, and gives way
	Doubtless     bool // nothing that a second clerk looks at puts in doubt who the citizen is
}

// The limits of the rules (means.md §4.3, §4.4).
const (
	maxStepUp   = 5 * time.Minute
	maxReissues = 3
)

// Refused says which guard does not hold. Each has a text under "desk.refused.CODE".
type Refused struct{ Code string }

// Error names the guard.
func (r *Refused) Error() string { return "enrolment: refused: " + r.Code }

type guard struct {
	code  string
	holds func(Facts) bool
}

type rule struct {
	from   []State
	act    Act
	to     State
	guards []guard
}

// Move says where an act leads from a state, or which guard keeps it: "not_now" if the act has no
// place there at all. It is the only place where the state of a case is decided.
func Move(from State, act Act, f Facts) (State, error) {
	for _, r := range rules() {
		if r.act != act || !slices.Contains(r.from, from) {
			continue
		}
		for _, g := range r.guards {
			if !g.holds(f) {
				return from, &Refused{g.code}
			}
		}
		return r.to, nil
	}
	return from, &Refused{"not_now"}
}

// rules is the table of means.md §4.3.
func rules() []rule {
	beforePhone := []State{Draft, LookedUp, EvidenceRecorded, ReviewRequired, Reviewed, Approved, Printed, Signed}
	withPhone := []State{QRIssued, Claimed, KeyBound}
	open := slices.Concat(beforePhone, withPhone, []State{Confirmed, Suspicious})
	stepUp := guard{"step_up", func(f Facts) bool { return f.StepUp >= 0 && f.StepUp <= maxStepUp }}
	reached := guard{"no_channel", func(f Facts) bool { return !f.AtHome || f.Contacts > 0 }}
	document := guard{"document", func(f Facts) bool { return f.DocumentValid }}
	own := guard{"own_case", func(f Facts) bool { return f.OwnCase }}
	applies := guard{"applies", func(f Facts) bool { return f.Applies }}
	givenOut := append([]State{Suspicious, Expired}, withPhone...)
	startOver := []guard{
		own, applies, stepUp,
		{"same_day", func(f Facts) bool { return f.SameDay }},
		{"reissues", func(f Facts) bool { return f.Reissues < maxReissues }},
		document, reached,
	}
	return append(slices.Concat(contactRules(append([]State{Signed}, givenOut...), own), stopRules(open), stopOldRules(own)), []rule{
		{[]State{Draft}, LookUp, LookedUp, lookUpGuards()},
		{[]State{Draft}, Read, LookedUp, readGuards()},
		{[]State{LookedUp}, Correct, Draft, []guard{own, {"register_said", func(f Facts) bool { return f.Basis == ByDocument || f.Basis == Emergency }}}},
		{[]State{LookedUp}, Guard, LookedUp, guardianGuards()},
		{[]State{LookedUp}, Evidence, EvidenceRecorded, []guard{
			own,
			{"guardian", func(f Facts) bool { return f.Guarded }},
			{"checks", func(f Facts) bool { return f.ChecksDone }},
			document,
		}},
		{[]State{EvidenceRecorded}, Flagged, ReviewRequired, []guard{{"no_flag", func(f Facts) bool { return f.Flags > 0 }}}},
		{[]State{ReviewRequired}, Accept, Reviewed, []guard{{"other_clerk", func(f Facts) bool { return f.OtherClerk }}}},
		{[]State{ReviewRequired}, Reject, Rejected, []guard{{"other_clerk", func(f Facts) bool { return f.OtherClerk }}}},
		{[]State{ReviewRequired}, Return, Cancelled, []guard{{"other_clerk", func(f Facts) bool { return f.OtherClerk }}}},
		{[]State{LookedUp, EvidenceRecorded}, Reject, Rejected, []guard{own}},
		{[]State{EvidenceRecorded}, Approve, Approved, []guard{{"review", func(f Facts) bool { return f.Flags == 0 }}}},
		{[]State{Reviewed}, Approve, Approved, nil},
		{[]State{Approved, Printed}, Print, Printed, []guard{own}},
		{[]State{Printed}, Sign, Signed, []guard{own, {"form", func(f Facts) bool { return f.FormFiled }}}},
		{[]State{Signed}, HandOver, QRIssued, []guard{own, applies, stepUp, document, reached}},
		{[]State{Signed}, TakeUp, Signed, []guard{own, {"not_now", func(f Facts) bool { return f.Asked }}, stepUp, document, {"chosen", func(f Facts) bool { return f.Chosen > 0 }}}},
		{[]State{Signed}, Scan, Claimed, []guard{own, applies, stepUp, document}},
		{givenOut, Reissue, QRIssued, startOver},
		{givenOut, Rescan, Claimed, startOver},
		{[]State{QRIssued}, Claim, Claimed, []guard{{"in_time", func(f Facts) bool { return f.InTime }}}},
		{[]State{Claimed}, BindKey, KeyBound, phoneGuards()},
		{[]State{KeyBound}, Confirm, Confirmed, []guard{{"match", func(f Facts) bool { return f.Matched }}, inTime()}},
		{[]State{Confirmed}, Activate, Active, []guard{
			{"record", func(f Facts) bool { return f.Recorded }},
			{"notice", func(f Facts) bool { return f.Noticed }},
		}},
		{withPhone, Freeze, Suspicious, nil},
		{[]State{Confirmed}, Freeze, Suspicious, []guard{{"not_now", func(f Facts) bool { return f.Undermined }}}}, // another phone only alarms
		{open, Cancel, Cancelled, nil},
		{slices.Concat(beforePhone, withPhone), Expire, Expired, nil},
		{[]State{Active, Suspended}, Supersede, Superseded, nil},
	}...)
}

// stopRules say what stops what came of a case, or a case that is under way, and what lifts that again.
func stopRules(open []State) []rule {
	officer := guard{"not_now", func(f Facts) bool { return f.Officer }}
	nothingYet := append([]State{Expired}, open...) // of what expired something may come, if its clerk begins anew
	return []rule{
		{nothingYet, Suspend, Cancelled, []guard{officer}},
		{nothingYet, Revoke, Cancelled, []guard{officer}},
		{[]State{Active}, Suspend, Suspended, nil},
		{[]State{Suspended}, Suspend, Suspended, []guard{{"not_now", func(f Facts) bool { return f.Officer || f.News }}}},
		{[]State{Suspended}, Allow, Suspended, []guard{{"other_officer", func(f Facts) bool { return f.OtherClerk }}}},
		{[]State{Suspended}, Lift, Active, nil},
		{[]State{Active, Suspended}, Revoke, Revoked, nil},
		{[]State{Cancelled}, StopTaken, Cancelled, []guard{officer}},
		{[]State{Superseded}, StopTaken, Superseded, []guard{officer}},
		{[]State{Revoked}, StopTaken, Revoked, []guard{officer}},
	}
}

// stopOldRules say from when on a clerk may stop at once what was given before: the citizen was compared, and a second clerk
// decided where there is a doubt about who they are; whoever has a stolen phone waits for nobody else. The case stays where
// it is.
func stopOldRules(own guard) []rule {
	lost := guard{"not_now", func(f Facts) bool { return f.Lost }}
	all := []rule{{[]State{ReviewRequired}, StopOld, ReviewRequired, []guard{own, lost, {"not_now", func(f Facts) bool { return f.Doubtless }}}}}
	for _, s := range []State{Approved, Printed, Signed, QRIssued, Claimed, KeyBound, Confirmed, Suspicious} {
		all = append(all, rule{[]State{s}, StopOld, s, []guard{own, lost}})
	}
	return append(all, rule{[]State{Expired}, StopOld, Expired, []guard{ // its clerk may begin anew, if it went that far
		own, lost,
		{"not_now", func(f Facts) bool { return f.FormFiled }},
		{"same_day", func(f Facts) bool { return f.SameDay }},
	}})
}

// contactRules say who may find out, and when, where the second half of a code for home reaches the citizen. The case
// stays where it is.
func contactRules(in []State, own guard) []rule {
	var all []rule
	for _, s := range in {
		all = append(all, rule{[]State{s}, AskContact, s, []guard{
			own,
			{"no_contact", func(f Facts) bool { return f.Reached }},
			{"not_now", func(f Facts) bool { return f.Unconfirmed }},
			{"contact_codes", func(f Facts) bool { return f.ContactCodes < contactCodes }},
		}}, rule{[]State{s}, ConfirmContact, s, []guard{own, {"contact_code", func(f Facts) bool { return f.ReadOut }}}})
	}
	return all
}

func lookUpGuards() []guard {
	return []guard{
		{"purpose", func(f Facts) bool { return f.Purpose }},
		{"register", func(f Facts) bool { return f.RegisterSays }},
		{"deceased", func(f Facts) bool { return f.Alive }},
		{"self", func(f Facts) bool { return f.NotSelf }},
		{"age", func(f Facts) bool { return f.OldEnough }},
		{"document", func(f Facts) bool { return f.Usable }},
	}
}

// readGuards are lookUpGuards where no register answers for somebody.
func readGuards() []guard {
	return []guard{
		{"own_case", func(f Facts) bool { return f.OwnCase }},
		{"register", func(f Facts) bool { return f.Basis == ByDocument || f.Basis == Emergency }},
		{"deceased", func(f Facts) bool { return f.Alive }},
		{"self", func(f Facts) bool { return f.NotSelf }},
		{"age", func(f Facts) bool { return f.OldEnough }},
	}
}

func guardianGuards() []guard {
	return []guard{
		{"own_case", func(f Facts) bool { return f.OwnCase }},
		{"register", func(f Facts) bool { return f.RegisterSays }},
		{"deceased", func(f Facts) bool { return f.Alive }},
		{"self", func(f Facts) bool { return f.NotSelf }},
		{"guardian_age", func(f Facts) bool { return f.OldEnough }},
		{"guardian_document", func(f Facts) bool { return f.Usable }},
	}
}

func phoneGuards() []guard {
	return []guard{
		inTime(),
		{"proved", func(f Facts) bool { return f.Proved }},
		{"terms", func(f Facts) bool { return f.Accepted }},
		{"key", func(f Facts) bool { return f.KeyChecked }},
	}
}

func inTime() guard { return guard{"in_time", func(f Facts) bool { return f.InTime }} }
