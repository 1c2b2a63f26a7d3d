// Package enrolment gives a person whom a clerk has checked at a desk a way to log in: the case with
// its steps, the one-time code that is handed over, and the person's phone that redeems it. What may
// follow what is one pure table. It leaves to others who the clerk is (login, staff), what the
// registers know, and how a key or a code is checked (connectors/enrolled).
package enrolment

import (
	"encoding/hex"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// State is where a case stands (means.md §4.3).
type State string

// The states of a case, in order; the exits follow.
const (
	Draft            State = "draft"
	LookedUp         State = "looked_up"
	EvidenceRecorded State = "evidence_recorded"
	ReviewRequired   State = "review_required"
	Reviewed         State = "reviewed"
	Approved         State = "approved"
	Printed          State = "printed"
	Signed           State = "signed"
	QRIssued         State = "qr_issued"
	Claimed          State = "claimed"
	KeyBound         State = "key_bound"
	Confirmed        State = "confirmed"
	Active           State = "active"

	Rejected   State = "rejected"
	Cancelled  State = "cancelled"
	Expired    State = "expired"
	Suspicious State = "suspicious" // frozen: somebody else may hold the code
	Suspended  State = "suspended"
	Revoked    State = "revoked"
	Superseded State = "superseded"
)

// Open reports whether the case is still under way.
func (s State) Open() bool {
	return slices.Contains([]State{
		Draft, LookedUp, EvidenceRecorded, ReviewRequired, Reviewed, Approved, Printed, Signed, QRIssued, Claimed, KeyBound, Confirmed, Suspicious,
	}, s)
}

// MayGoOn reports whether something may still come of a case in this state: it is under way, or its clerk may begin anew
// with it, whose code ran out.
func (s State) MayGoOn() bool { return s.Open() || s == Expired }

// Mode says where the citizen redeems the code.
type Mode string

// The modes.
const (
	AtDesk Mode = "office" // 15 minutes, and three digits that the phone shows
	AtHome Mode = "home"   // 72 hours, and a second half sent to an address checked at the desk
)

// Purpose is why a citizen's data are looked up, from a closed list.
type Purpose string

// The purposes. Each has a text under "desk.purpose.CODE".
const (
	WithIDCard Purpose = "id_card_application" // right after applying for an ID card (features S02)
	ForHolder  Purpose = "holder"              // an application of its own by a holder of a document
	LostPhone  Purpose = "lost_phone"          // an earlier enrolment is replaced
)

// Purposes lists them in the order in which they are offered.
func Purposes() []Purpose { return []Purpose{ForHolder, WithIDCard, LostPhone} }

// Check is one thing that the clerk has looked at.
type Check string

// The checks (means.md §4.3).
const (
	PhotoLikeness    Check = "photo_likeness"    // the person is the one on the register's photo
	SecurityFeatures Check = "security_features" // the document is genuine by sight and touch
	DataAgree        Check = "data_agree"        // document and register say the same
	DataSaid         Check = "data_said"         // the register says what they say themselves
	ApplicationPhoto Check = "application_photo" // the person is the one on the photo of the application
	DocumentLikeness Check = "document_likeness" // the person is the one on the document's own photo
	SecondProof      Check = "second_proof"      // a second document was seen, or questions were answered that only they can answer
	GuardianLikeness Check = "guardian_likeness" // of a minor's guardian, the same three
	GuardianFeatures Check = "guardian_features"
	GuardianDocument Check = "guardian_document" // the guardian is the one on the document's own photo
	GuardianAgrees   Check = "guardian_agrees"
	ReadAgain        Check = "read_again" // what was typed was read again, letter by letter
)

// checks lists them. Each has a text under "desk.check.CODE".
func checks() []Check {
	return []Check{
		PhotoLikeness, SecurityFeatures, DataAgree, DataSaid, ApplicationPhoto, DocumentLikeness, SecondProof,
		GuardianLikeness, GuardianFeatures, GuardianDocument, GuardianAgrees, ReadAgain,
	}
}

// Wanted gives the checks that must be ticked: another list where there is no document yet, where the register has no
// photo, and where none says who it is.
func (c Case) Wanted(document bool) []Check {
	var guardian []Check
	if c.Minor {
		guardian = c.Work.Guardian.checks()
	}
	switch {
	case c.Basis == ByDocument || c.Basis == Emergency:
		return []Check{DocumentLikeness, SecurityFeatures, ReadAgain}
	case document && c.Work.Snapshot.NoPhoto:
		return append([]Check{DocumentLikeness, SecondProof, SecurityFeatures, DataAgree}, guardian...)
	case document:
		return append([]Check{PhotoLikeness, SecurityFeatures, DataAgree}, guardian...)
	default:
		return append([]Check{ApplicationPhoto, DataSaid}, guardian...)
	}
}

// Progress is how far the citizen has come on the phone.
type Progress int

// The steps on the phone (means.md §4.5).
const (
	Opened   Progress = iota
	SaidYes           // "this is me"
	Proved            // typed the last characters of the document's number, or the birth date
	Accepted          // the terms
)

// Tries are how often something may still be guessed.
type Tries struct {
	Code   int // the typed code
	Match  int // the three digits
	Second int // the second half of a code for home
	Check  int // the document's last characters
}

// freshTries are what a case begins with (means.md §4.4).
func freshTries() Tries { return Tries{Code: 5, Match: 2, Second: 3, Check: CheckTries} }

// CheckTries is how often in a row what only the citizen has at hand may be typed wrongly.
const CheckTries = 5

// again are the tries that come with another voucher of the case. Those of the typed code are the case's: a new code
// gives nobody more guesses.
func (c Case) again() Tries {
	tries := freshTries()
	tries.Code = c.Tries.Code
	return tries
}

// Case is one enrolment, as the desk and the phone work on it.
type Case struct {
	ID             seal.RowID
	Number         string // printed on the form
	State          State
	Gen            int
	Office         string
	Station        string
	Clerk          staff.ID
	ClerkPerson    identity.PersonID
	Approver       staff.ID
	ApproverPerson identity.PersonID
	Person         identity.PersonID
	Holder         identity.PersonID // who has the number that is being asked about; not kept with the case
	Purpose        Purpose
	Flags          []Flag
	Checks         []Check
	Document       string // type of the document seen; NoDocument for a first ID card
	Basis          Basis
	Minor          bool              // under 18: somebody who acts for them by law comes with them
	Guardian       identity.PersonID // of a minor
	Helper         bool              // somebody helps the citizen
	Work           Work              // sealed in its row
	SnapshotHash   []byte
	Form           string // where the signed form is filed
	FormHash       []byte // SHA-256 of what was printed
	Mode           Mode
	Reissues       int
	Tries          Tries
	Progress       Progress
	Matched        bool      // the clerk has typed them, or the second half was entered
	Device         []byte    // digest of the phone's cookie
	DeviceKey      []byte    // public key made in the phone's page; nil where it cannot make one
	Alarms         int       // scans by another device, guesses too many
	Alarmed        time.Time // the last of them; zero for none
	Level          identity.Level
	Stop           []byte // digest of the reference that suspends
	System         string // the register system that opened the case; "" for none
	Asked          string // its own reference
	Opened         time.Time
	Changed        time.Time
	Decided        time.Time // active or rejected or cancelled; zero before
	Until          time.Time // of the voucher or the phone's steps; zero for no end
	Late           bool      // Until has passed, by the database's clock
}

// NoDocument stands for the document of who has only applied for the first one.
const NoDocument = "none"

// Work is what a case needs until it is decided. It is kept sealed; most of it is gone when the case
// ends, the rest with the snapshot.
type Work struct {
	Snapshot    Snapshot       `json:"snapshot,omitzero"`
	Match       string         `json:"match,omitempty"`  // three digits; "" before the claim
	Claimed     time.Time      `json:"claimed,omitzero"` // when a phone came
	Account     Account        `json:"account,omitzero"`
	Setup       []byte         `json:"setup,omitempty"` // of a key that is being made
	Apps        int            `json:"apps,omitempty"`  // secrets for an app that were drawn for this phone
	Key         Candidate      `json:"key,omitzero"`    // checked, and not in use yet
	Spare       Candidate      `json:"spare,omitzero"`  // recovery codes
	Codes       []string       `json:"codes,omitempty"` // the recovery codes themselves, until they were seen
	Record      string         `json:"record,omitempty"`
	Reference   string         `json:"reference,omitempty"`     // suspends the enrolment; quoted in notices
	Language    string         `json:"language,omitempty"`      // the phone's
	Counter     bool           `json:"counter,omitempty"`       // the phone is the office's own computer
	Touched     time.Time      `json:"touched,omitzero"`        // when whoever has the phone did something last; the desk's acts say nothing of them
	Shared      bool           `json:"shared,omitempty"`        // or its page was opened on the phone later
	Unsure      bool           `json:"unsure,omitempty"`        // who sits there now: they are asked for the document again
	With        KeyKind        `json:"with,omitempty"`          // what the citizen chose
	Made        string         `json:"made,omitempty"`          // the mechanism that came of it
	Worth       identity.Level `json:"worth,omitempty"`         // the most that it gives; None where nobody said
	Scanned     bool           `json:"scanned,omitempty"`       // a phone came first: the desk gave out no code
	Told        int            `json:"told,omitempty"`          // messages that went out when the case became active
	Position    string         `json:"position,omitempty"`      // what it was called when its clerk opened or took the case
	Asked       Identifier     `json:"asked,omitempty"`         // the number that a draft is about
	Answer      string         `json:"answer,omitempty"`        // what the registers said of it last: "not_found", "no_answer"
	Typed       Reading        `json:"typed,omitzero"`          // by the clerk from a document, until it is taken
	Tried       bool           `json:"tried,omitempty"`         // the look-up that was counted was used for what is read from it
	Heard       time.Time      `json:"heard,omitzero"`          // when the registers told of a change before anybody here knew the person
	Doubt       string         `json:"doubt,omitempty"`         // why its clerk has one
	Against     Against        `json:"against,omitzero"`        // what the doubt was written down as
	Guardian    Guardian       `json:"guardian,omitzero"`       // of a minor
	Replaces    bool           `json:"replaces,omitempty"`      // what came of an emergency gives way to what comes of this
	Aside       bool           `json:"aside,omitempty"`         // an emergency put something of the person's aside
	Retakes     bool           `json:"retakes,omitempty"`       // that is to count again
	TakenUp     int            `json:"taken_up,omitempty"`      // of what was suspended, in this visit
	Stopped     int            `json:"stopped,omitempty"`       // earlier cases, at once, in this visit
	TakesUp     bool           `json:"takes_up,omitempty"`      // the form asks for that
	OnlyTakesUp bool           `json:"only_takes_up,omitempty"` // and for nothing else
	AsksFor     []string       `json:"asks_for,omitempty"`      // which ways those are, by their ids; nil with TakesUp in a case of before they were kept: whichever
	Guards      int            `json:"guards,omitempty"`        // how many were asked about as a guardian who are none
	NotMe       bool           `json:"not_me,omitempty"`        // some of what was suspended was, by "this was not me"
	Ended       string         `json:"ended,omitempty"`         // why it did: of the lists "ended" and, where it was refused, "decided"
	Froze       []string       `json:"froze,omitempty"`         // what stopped it, in order
	Home        []Digest       `json:"home,omitempty"`          // of the person's address, until it was compared with the clerk's
}

// MayGoOn is that of its state, at a moment: nobody begins anew on another day.
func (c Case) MayGoOn(at staff.Office, now time.Time) bool {
	return c.State.MayGoOn() && (c.State.Open() || c.sameDay(at, now))
}

// sameDay reports whether it still is the day of an office on which the case was opened.
func (c Case) sameDay(at staff.Office, now time.Time) bool { return at.Day(c.Opened) == at.Day(now) }

// StoppedBy gives what stopped it last, for the phone that it is on; "" where that is not known.
func (c Case) StoppedBy() string {
	if n := len(c.Work.Froze); n > 0 {
		return c.Work.Froze[n-1]
	}
	return ""
}

// AlarmedBy gives what raised its last alarm; "" where that is not known: another phone may have, which stops nothing.
func (c Case) AlarmedBy() string {
	if n := len(c.Work.Froze); n > 0 && n == c.Alarms {
		return c.Work.Froze[n-1]
	}
	return ""
}

// Slipped reports whether all its alarms were digits that its clerk typed wrong.
func (c Case) Slipped() bool {
	return c.AlarmedBy() != "" && !slices.ContainsFunc(c.Work.Froze, func(why string) bool { return why != WrongDigits })
}

// AlarmedAfter reports whether something raised an alarm after the case was decided: a code that was spent was
// shown once more (means.md §4.4).
func (c Case) AlarmedAfter() bool { return !c.Decided.IsZero() && c.Alarmed.After(c.Decided) }

// Reaches is the level that the citizen reaches with what they hold now: less than what the office made
// sure of, where the key is worth less.
func (c Case) Reaches() identity.Level {
	if c.Work.Worth == identity.None {
		return c.Level
	}
	return identity.Least(c.Level, c.Work.Worth)
}

// Identifier is a number as identity.ParseIdentifier reads it, inside of what is sealed only.
type Identifier string

// String hides the work.
func (Work) String() string { return "[hidden]" }

// GoString hides the work.
func (Work) GoString() string { return "[hidden]" }

// CaseID writes a case's id for addresses.
func CaseID(id seal.RowID) string { return id.String() }

// ParseCaseID reads what CaseID wrote.
func ParseCaseID(text string) (seal.RowID, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(seal.RowID{}) {
		return seal.RowID{}, false
	}
	return seal.RowID(raw), true
}
