// Package journal keeps the append-only record of what was done: who was told what, what was
// decided, which secrets changed hands. It makes entries in a canonical form; the database that
// holds the act stores them in the act's own transaction. No record, no release.
package journal

import (
	"time"

	"symbolon/provider/seal"
)

// Kind is one of the closed list of things that are recorded.
type Kind string

// What is recorded in the usage database.
const (
	LoggedIn       Kind = "logged_in"       // a person proved who they are
	LoginRefused   Kind = "login_refused"   // proved, but not let in: frozen, deceased, conflict, too weak
	Released       Kind = "released"        // attributes were told to a party
	Withdrawn      Kind = "withdrawn"       // the citizen took back what they had allowed a party
	Declined       Kind = "declined"        // the citizen said no
	LevelCapped    Kind = "loa_capped"      // an upstream asserted more than it may
	RefreshReused  Kind = "refresh_reuse"   // an old refresh token came again; the family ended
	CodeReused     Kind = "code_reuse"      // a code came twice; the family ended
	GrantRevoked   Kind = "grant_revoked"   // by the party or the citizen
	Entered        Kind = "entered"         // a person logged in at one of our own doors
	LoggedOut      Kind = "logged_out"      // a session ended by its owner
	PersonEnded    Kind = "person_ended"    // sessions, perhaps grants, ended with a person\'s right to act
	PartyChanged   Kind = "party_changed"   // applied, disabled, enabled
	OfficeEnded    Kind = "office_ended"    // sessions and grants ended with the office that they rest on
	MeansEnded     Kind = "means_ended"     // sessions and grants ended with the means that they came from
	EvidenceOpened Kind = "evidence_opened" // two people opened the full record of a login
	KeyRotated     Kind = "key_rotated"     // a signing key was made
	KeyWithdrawn   Kind = "key_withdrawn"   // a signing key that may be in wrong hands was taken away

	RegisterAsked    Kind = "register_asked"    // a register is going to be asked in a login, or once more at a desk; field "register"
	RegisterAnswered Kind = "register_answered" // what came of it; field "outcome"
)

// What is recorded in the identity database.
const (
	PersonMade Kind = "person_made" // first login of a person
	Linked     Kind = "linked"      // a means was tied to a person, or brought back
	Unlinked   Kind = "unlinked"    // a tie was taken off; field "method" says by whom
	Joined     Kind = "joined"      // the tie between usage and identity was used
	Conflict   Kind = "conflict"    // a match was stopped and queued for review
	Reviewed   Kind = "reviewed"    // an operator said how a case is to end
	Viewed     Kind = "viewed"      // an operator read numbers of a person
	Merged     Kind = "merged"      // two persons became one; at both of them
	Parted     Kind = "parted"      // and were parted again

	Authenticator Kind = "authenticator" // something to log in with was bound, suspended, lost …; field "what"

	PersonChanged Kind = "person_changed" // name, number or state, as the register says; field "what"

	OfficeChanged Kind = "office_changed" // an office or a station was made, renamed or removed, a computer came or went, or an office was switched off or on; field "act"
	StaffProposed Kind = "staff_proposed" // the first of two persons named somebody
	StaffNamed    Kind = "staff_named"
	StaffLocked   Kind = "staff_locked" // by a colleague, or because the day's cap was reached
	StaffUnlocked Kind = "staff_unlocked"
	StaffEnded    Kind = "staff_ended"

	CaseStep   Kind = "case_step"   // a step of an enrolment; fields "act", "from", "to" (means.md R-ENR-09)
	LookingUp  Kind = "looking_up"  // the registers are going to be asked who somebody at a desk is: who, where, for what
	LookedUp   Kind = "looked_up"   // what came of it
	CaseSeen   Kind = "case_seen"   // a second clerk was shown what an enrolment is about, to decide
	CaseRead   Kind = "case_read"   // a security officer read what happened in an enrolment; field "purpose" says why
	CaseJudged Kind = "case_judged" // and said what they found in one that was drawn by chance; field "outcome"
	CaseAlarm  Kind = "case_alarm"  // a second scan, a wrong match number, a guess too many
)

// Entry is one line of the journal. Fields hold ids, names of attributes, levels, digests and
// reason codes: never a value, number, name, token or address.
type Entry struct {
	ID     seal.RowID
	Kind   Kind
	At     time.Time
	Who    string         // usage id or sealed reference, hexadecimal; "" for nobody
	Party  string         // relying party id; "" for none
	Ref    string         // reference a citizen may quote; also in the log
	Fields map[string]any // canonical JSON: sorted keys, no floats
}

// Row is an entry as stored: canonical bytes, and the salt of its leaf, sealed.
type Row struct {
	ID    seal.RowID
	Kind  Kind
	At    time.Time
	Who   string
	Party string
	Ref   string
	Body  []byte // canonical bytes that the leaf is made of
	Salt  []byte // 256-bit salt, sealed
	Leaf  []byte // SHA-256(salt ‖ body)
}
