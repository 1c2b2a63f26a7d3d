package desk

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Case is the page of one case: the column of steps, and what is to be done now.
type Case struct {
	ID, Number  string
	State       string
	Step        string // which part of the page is shown
	Steps       []Step
	At, Of      int
	Who         string
	Person      Person
	Photo       bool
	NoPhoto     bool // the register has none
	Restricted  bool // the national number
	Papers      []Paper
	Applied     string
	Checks      []string
	NoPaper     []string // checks where there is no document
	Flags       []string
	Doubts      []string // reasons to choose from
	Doubt       string   // the clerk's
	Clerk       bool     // the case is this person's
	Decides     bool     // this person may decide about it
	Purpose     string
	Asked       string // the reference of the register system that opened it
	Stations    []staff.Station
	Channels    []string
	Unreached   bool      // nobody has told where the citizen is reached
	Level       string    // that the citizen reaches with what they hold now
	Told        bool      // a notice went out to them
	Contacts    []Contact // where the second half of a code for home could go
	Spoken      string    // code of the citizen's language, where somebody has said it
	Handing     Handing
	Reissues    int // left
	Alarms      int
	Alarmed     string // what raised the last one; "" where nobody knows
	Since       bool   // an alarm came after the end
	Filed       string
	Ends        bool     // this person may end it
	Why         string   // key of the reason for which it ended
	Endings     []string // for one of these reasons
	Confirmed   bool     // nothing starts over any more
	Refused     string
	Fresh       bool // the clerk proved who they are a moment ago
	Scans       bool // a phone may come first here
	Basis       string
	ReadMark    string   // of what its clerk typed from a document, and may correct still
	Reading     *Reading // what is to be typed from a document
	Minor       bool
	Guardian    *Guardian // of a minor, while they are compared
	Typed       Typed     // in the form of this step, where it was refused
	EndsAll     bool      // what offices gave before stops with it, and this step is before the signature
	PutsAside   bool      // an emergency, as far as it is one, puts aside what is stronger
	StopsOld    bool      // it may be stopped at once
	StoppedOld  bool      // it was
	Ways        []Way     // of the citizen's, that were suspended
	TakenUp     int       // of those, in this visit
	OnlyTakesUp bool      // nothing else was asked for
	Retakes     bool      // what an emergency put aside may be taken back
	List        bool      // a list of codes is all that the citizen has of it
	Unshown     bool      // codes wait to be shown to the citizen
	Former      bool      // who was looked up by an earlier number of theirs
	Recorded    *Recorded // by its clerk, for who decides
	Declines    []string  // for these reasons that one does not agree
	Agreed      bool      // this person did, as the second one
	Unfit       []Paper   // documents for which it ended: for its clerk
	Gone        string    // the position at which its clerk opened it, where it was removed; "" where not
}

// Step is one line of the column.
type Step struct {
	Name string
	Done bool
	Now  bool
}

// Person is what the register says, to be compared with who stands there.
type Person struct{ Name, Birth, Number string }

// Paper is one document.
type Paper struct {
	Kind                            string // end of the text's key
	Type                            string // as the register says it
	Number, Issuer, Expires, Status string
	Usable                          bool
}

// Handing is what is handed over and what the citizen sees meanwhile.
type Handing struct {
	QR      template.HTML // "" where this browser was not given the code
	Code    string
	Untyped bool   // too often a wrong code was typed
	Site    string // where the citizen types it
	Counter string // the address at which who has no phone goes on at this computer
	Home    bool

	AtCounter bool   // the citizen goes on at the office's own computer
	Phone     string // the citizen's screen
	Matched   bool
	Tries     int    // of the digits, that are left
	Until     string // time of day; with the day for a code for home
	Gen       int
}

// Viewer is who looks at the page.
type Viewer struct {
	Member  staff.Member
	Office  staff.Office
	Places  staff.Places
	At      staff.At // where they work
	Now     time.Time
	Refused string
	Fresh   bool
	Scans   bool
	Reads   enrolment.Basis // on what basis the clerk may go on without a register
	Typed   Typed           // what was refused
	Named   string          // whom the page of colleagues just took on it: their ID
	Stopped string          // why what came of the case is stopped: end of a text key
}

// steps are the column of a case, each with the states in which it is the present one.
func steps() []struct {
	name string
	now  []enrolment.State
} {
	return []struct {
		name string
		now  []enrolment.State
	}{
		{"find", []enrolment.State{enrolment.Draft}},
		{"compare", []enrolment.State{enrolment.LookedUp, enrolment.EvidenceRecorded, enrolment.ReviewRequired, enrolment.Reviewed}},
		{"print", []enrolment.State{enrolment.Approved}},
		{"sign", []enrolment.State{enrolment.Printed}},
		{"hand", []enrolment.State{enrolment.Signed}},
		{"confirm", []enrolment.State{enrolment.QRIssued, enrolment.Claimed, enrolment.KeyBound, enrolment.Confirmed, enrolment.Suspicious, enrolment.Expired}},
		{"done", []enrolment.State{enrolment.Active, enrolment.Suspended, enrolment.Revoked, enrolment.Superseded}},
	}
}

// CaseOf gives the screen.
func CaseOf(c enrolment.Case, v Viewer, w *locale.Words) Case {
	s := c.Work.Snapshot
	page := Case{
		ID: enrolment.CaseID(c.ID), Number: c.Number, State: stateOf(c), Who: s.Initials(), Applied: s.Applied, Purpose: purposeOf(c), Asked: c.Asked,
		Clerk: c.Clerk == v.Member.ID, Decides: v.Member.Role.May(staff.Approve) && v.Member.Person != c.ClerkPerson, Level: c.Reaches().String(), Told: c.Work.Told > 0,
		Reissues: 3 - c.Reissues, Alarms: alarmsOf(c), Alarmed: c.AlarmedBy(), Since: c.AlarmedAfter(), Filed: c.Form, Refused: known(v.Refused, w), Fresh: v.Fresh, Scans: v.Scans,
		Channels: s.MaskedChannels(), Typed: v.Typed, Spoken: c.Work.Language,
	}
	for _, check := range c.Wanted(true) {
		page.Checks = append(page.Checks, string(check))
	}
	for _, check := range c.Wanted(false) {
		page.NoPaper = append(page.NoPaper, string(check))
	}
	page.Doubts, page.Doubt, page.Endings, page.Confirmed = c.Doubts(len(c.Work.Snapshot.Documents) > 0), c.Work.Doubt, c.Endings(), c.State == enrolment.Confirmed
	page.Ends, page.TakenUp, page.OnlyTakesUp = page.Clerk && c.State.Open(), c.Work.TakenUp, c.Work.OnlyTakesUp
	for _, flag := range c.Flags {
		page.Flags = append(page.Flags, string(flag))
	}
	page.Why = whyOf(c, page, v.Stopped, w)
	page.column(c)
	page.Agreed, page.Unfit = c.Approver != (staff.ID{}) && c.Approver == v.Member.ID, page.unfit(c, w)
	page.Basis, page.Minor = string(c.Basis), c.Minor
	page.PutsAside = c.Purpose == enrolment.LostPhone // where the page speaks of an emergency
	page.Retakes = c.Work.Aside && c.Purpose != enrolment.LostPhone
	if page.Clerk && v.Reads != "" {
		page.Reading = readingOf(c, v.Reads, w)
	}
	page.Step = stepOf(c, page)
	page.StoppedOld = page.Clerk && c.Work.Stopped > 0 && c.State != enrolment.Active && c.State != enrolment.Superseded
	page.EndsAll = endsAll(c) && (page.Clerk && slices.Contains([]string{"compare", "print"}, page.Step) || page.Step == "decide")
	comparing := page.Step == "compare" && page.Clerk || page.Step == "decide" // whoever else looks sees initials (attacks IN-05)
	if comparing {
		page.Former = byFormer(c)
		page.Person, page.Photo = personOf(s), c.Basis == enrolment.ByRegister && !s.NoPhoto && (len(s.Documents) > 0 || s.Applied != "")
		page.NoPhoto, page.Restricted = c.Basis == enrolment.ByRegister && s.NoPhoto, s.Restricted
		page.Papers, page.Guardian, page.ReadMark = papersOf(c, w), guardianOf(c), c.ReadMark()
	}
	page.List = page.Step == "done" && c.Work.With == enrolment.Paper
	page.Unshown = page.Step == "done" && len(c.Work.Codes) > 0
	if page.Step == "decide" {
		page.Recorded, page.Declines = recordedOf(c, page.Papers, page.Guardian), c.Declines()
	}
	if at, known := v.Places.Station(c.Office, c.Station); known && !v.Places.Has(c.Office, c.Station) && page.Ends {
		page.Gone = at.Name
	}
	if c.State == enrolment.Draft {
		page.Stations = v.Places.StationsAt(c.Office, v.At)
	}
	if !c.Until.IsZero() && c.State == enrolment.QRIssued { // once a phone has it, the code is worth nothing
		if page.Handing.Until = clock(c.Until, v.Office); c.Mode == enrolment.AtHome {
			page.Handing.Until = dayAndClock(c.Until, v.Office)
		}
	}
	page.Handing.Untyped, page.Handing.Tries = c.Tries.Code == 0, c.Tries.Match
	page.Handing.Phone, page.Handing.Matched, page.Handing.Gen, page.Handing.Home = PhoneOf(c), c.Matched, c.Gen, c.Mode == enrolment.AtHome
	page.Handing.AtCounter = c.Work.Counter && c.State != enrolment.QRIssued
	return page
}

func (page *Case) column(c enrolment.Case) {
	all := steps()
	page.Of, page.At = len(all), len(all)
	now := slices.IndexFunc(all, func(s struct {
		name string
		now  []enrolment.State
	}) bool {
		return slices.Contains(s.now, c.State)
	})
	if now < 0 { // it ended on the way, and nothing is next
		return
	}
	page.At = now + 1
	for i, s := range all {
		if c.Work.OnlyTakesUp && s.name == "confirm" {
			continue
		}
		if c.Work.OnlyTakesUp && s.name == "hand" {
			s.name = "takeup"
		}
		page.Steps = append(page.Steps, Step{s.name, i < now || c.State == enrolment.Active, i == now && c.State != enrolment.Active})
	}
}

// stepOf names the part of the page that is shown.
func stepOf(c enrolment.Case, page Case) string {
	switch c.State {
	case enrolment.Draft:
		if c.Clerk == (staff.ID{}) {
			return "take"
		}
		if page.Reading != nil && page.Reading.Basis == string(enrolment.ByDocument) {
			return "read"
		}
		return "wait"
	case enrolment.LookedUp:
		if c.Minor && c.Guardian.IsZero() {
			return "guardian"
		}
		return "compare"
	case enrolment.ReviewRequired:
		if page.Decides {
			return "decide"
		}
		return "review"
	case enrolment.Approved, enrolment.Printed, enrolment.Signed:
		return paperOf(c, page.Clerk)
	case enrolment.QRIssued, enrolment.Claimed, enrolment.KeyBound, enrolment.Confirmed:
		return "confirm"
	case enrolment.Suspicious:
		return "alarm"
	case enrolment.Expired:
		return "expired"
	case enrolment.Active:
		return "done"
	default:
		return "ended"
	}
}

// paperOf names the part from the form to the code, which is for the clerk whose case it is alone.
func paperOf(c enrolment.Case, clerk bool) string {
	switch {
	case !clerk:
		return "watch"
	case c.State == enrolment.Approved:
		return "print"
	case c.State == enrolment.Printed:
		return "sign"
	case c.Work.OnlyTakesUp:
		return "takeup"
	default:
		return "hand"
	}
}

// PhoneOf names what the citizen sees at this moment: "desk.phone." and this is its text.
func PhoneOf(c enrolment.Case) string {
	if c.State == enrolment.QRIssued {
		return "none"
	}
	if c.State == enrolment.Confirmed {
		return "waiting"
	}
	screen := enrolment.ScreenOf(c)
	if screen == enrolment.AskProof && !c.Work.Snapshot.AsksDocument(c.Document) {
		return "birth"
	}
	return string(screen)
}

func personOf(s enrolment.Snapshot) Person {
	number, national := strings.CutPrefix(s.Identifier, string(identity.NationalNumber))
	if !national { // a document's own number stands beside the document
		return Person{s.Name(), s.Birth, ""}
	}
	_, number, _ = strings.Cut(number, "-")
	return Person{s.Name(), s.Birth, number}
}

// kindOf names a type of document in text keys; one that this version does not know is a document.
func kindOf(document string) string {
	switch document {
	case "idcard", "residence_permit", "passport":
		return document
	default:
		return "other"
	}
}

func papersOf(c enrolment.Case, w *locale.Words) []Paper {
	var all []Paper
	for _, d := range c.Work.Snapshot.Documents {
		p := Paper{kindOf(d.Type), d.Type, d.Number, d.Issuer, d.Expires, string(d.Status), d.Status == register.Valid}
		if c.Basis != enrolment.ByRegister {
			p.Status, p.Usable, p.Issuer = "unregistered", true, w.Country(d.Issuer) // a country, as the document's number has it
		}
		all = append(all, p)
	}
	return all
}

// Form is the application that the citizen signs.
type Form struct {
	Number, Office, Date string
	Purpose              string
	Person               Person
	Paper                Paper
	First                bool // the first ID card is only applied for
	Applied              string
	Basis                string
	Guardian             *Guardian // of a minor: signs, too
	Clerk                string    // pseudonym: first characters
	PutsAside            bool      // an emergency, which puts aside what is stronger
	TakesUp, OnlyTakesUp bool      // what was stopped is to work again, too, or that alone
	Home                 template.HTML
	Code                 string // the same, to be typed
	Until                string // how long that works
	Site                 string // where a code is typed
	HelpLine             string // whom the citizen calls; "" for nobody
	ID                   string
	Ends                 bool          // what an office gave before
	Stopped              bool          // it was stopped already
	AsksDocument         bool          // the phone asks for the end of the document's number
	Unreached            bool          // no code for home, and no message
	Spoken               *locale.Words // of the citizen, who reads the paper
}

// FormOf gives the page.
func FormOf(c enrolment.Case, office staff.Office, now time.Time, w *locale.Words) Form {
	s := c.Work.Snapshot
	f := Form{
		Number: c.Number, Office: office.Name, Date: now.In(office.Location()).Format("2006-01-02"), Purpose: purposeOf(c), Person: personOf(s),
		First: c.Document == enrolment.NoDocument, Basis: string(c.Basis), Guardian: guardianOf(c), Applied: s.Applied, Clerk: c.Clerk.String()[:8], ID: enrolment.CaseID(c.ID),
		PutsAside: c.Replaces() == enrolment.PutsAside, TakesUp: c.Work.TakesUp, OnlyTakesUp: c.Work.OnlyTakesUp, AsksDocument: s.AsksDocument(c.Document), Ends: endsAll(c), Stopped: c.Work.Stopped > 0,
	}
	if !c.Until.IsZero() {
		f.Until = dayAndClock(c.Until, office)
	}
	f.Paper = shownOf(papersOf(c, w), c.Document)
	return f
}
