package enrolment

import (
	"slices"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// Flag is a reason for a second clerk to decide (means.md §4.3). Each has a text under
// "desk.flag.CODE".
type Flag string

// The flags.
const (
	FirstDocument  Flag = "no_document"       // the first ID card is only applied for
	Mismatch       Flag = "mismatch"          // document and register differ, says the clerk
	RecentReport   Flag = "reported_recently" // the document, or another one of the person's, was reported in the last 30 days
	Often          Flag = "enrolled_often"    // two enrolments or more in 30 days
	Minor          Flag = "minor"
	Relative       Flag = "shares_surname" // with the clerk
	SameHome       Flag = "shares_address" // with the clerk
	OutsideHours   Flag = "outside_hours"
	ChangedLately  Flag = "changed_lately"    // a register's data changed less than 7 days ago
	Restricted     Flag = "number_restricted" // the register says so of the national number
	NoPhoto        Flag = "no_photo"          // the register has none to compare with
	ClerksOwnDoubt Flag = "doubt"
	DocumentAlone  Flag = "document_alone"   // no register knows the person
	NoRegister     Flag = "without_register" // none answers: an emergency
	WaysClosed     Flag = "ways_closed"      // the person lets no further way in (features H05)
)

// For how many days a clerk's doubt speaks against the person's logins: from the day of the doubt while nobody
// has decided, and after a decision, for them or against them.
const (
	doubtOpen     subject.Day = 30
	doubtAccepted subject.Day = 30
	doubtRejected subject.Day = 180
)

// doubtless reports whether none of the flags puts in doubt who the citizen is.
func doubtless(flags []Flag) bool {
	return !slices.ContainsFunc(flags, func(f Flag) bool {
		return !slices.Contains([]Flag{RecentReport, Often, Minor, OutsideHours, ChangedLately, WaysClosed}, f)
	})
}

// EveryFlag lists them.
func EveryFlag() []Flag {
	return []Flag{FirstDocument, Mismatch, RecentReport, Often, Minor, Relative, SameHome, OutsideHours, ChangedLately, Restricted, NoPhoto, ClerksOwnDoubt, DocumentAlone, NoRegister, WaysClosed}
}

// Signs are what flags are made of.
type Signs struct {
	Basis       Basis
	Document    string
	Paper       SeenPaper
	ReportedAt  time.Time // a document of the person's; zero: not told
	ChangedAt   time.Time // zero: not told
	Doubt       bool
	Closed      bool // the person lets no further way in
	SameHome    bool // as the clerk
	Restricted  bool // the national number, or a guardian's
	NoPhoto     bool // the register has none of the person, or of their guardian
	Mismatch    bool
	Earlier     int // enrolments of this person in the last 30 days
	Age         int
	ClerkFamily string
	Family      string
	Local       time.Time // at the office
}

const (
	recently = 30 * 24 * time.Hour
	lately   = 7 * 24 * time.Hour
	adult    = 18
)

// Flags gives the reasons for a second decision, none for most people. hours are when the office works.
func Flags(s Signs, hours staff.Hours) []Flag {
	within := func(t time.Time, d time.Duration) bool { return !t.IsZero() && s.Local.Sub(t) < d }
	var all []Flag
	for _, row := range []struct {
		flag Flag
		is   bool
	}{
		{FirstDocument, s.Document == NoDocument},
		{Mismatch, s.Mismatch},
		{RecentReport, within(s.ReportedAt, recently) || s.Document != NoDocument && s.Paper.Status != register.Valid},
		{Often, s.Earlier >= 2},
		{Minor, s.Age < adult},
		{Relative, sharesSurname(s.ClerkFamily, s.Family)},
		{SameHome, s.SameHome},
		{OutsideHours, !hours.Hold(s.Local)},
		{ChangedLately, within(s.ChangedAt, lately)},
		{Restricted, s.Restricted},
		{NoPhoto, s.NoPhoto},
		{ClerksOwnDoubt, s.Doubt},
		{DocumentAlone, s.Basis == ByDocument},
		{NoRegister, s.Basis == Emergency},
		{WaysClosed, s.Closed},
	} {
		if row.is {
			all = append(all, row.flag)
		}
	}
	return all
}
