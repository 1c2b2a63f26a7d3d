// Package staff keeps who works where for whom: institutions with their offices and desks, people's
// appointments with a role, how often they may do a thing in a day, and who locked or unlocked whom.
// It proves nobody: who a person is, a login says. What an act does is left to the packages that do it.
package staff

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"symbolon/connectors/identity"
)

// What may keep somebody from an act.
var (
	ErrNobody   = errors.New("staff: no appointment that allows this")
	ErrLocked   = errors.New("staff: the appointment is locked")
	ErrCap      = errors.New("staff: as many as the day allows were done; the appointment is locked now")
	ErrSelf     = errors.New("staff: nobody does this to themselves")
	ErrSecond   = errors.New("staff: a second person must do this")
	ErrTaken    = errors.New("staff: there is one already")
	ErrApart    = errors.New("staff: nobody works on cases and leads or watches over those who do")
	ErrKeys     = errors.New("staff: no computer of the office is registered, so that nobody could work")
	ErrNoOffice = errors.New("staff: there is no such office")
)

// ID names one appointment. It is the pseudonym under which records name who acted.
type ID [16]byte

// String gives the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads what String wrote.
func ParseID(text string) (ID, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(ID{}) {
		return ID{}, false
	}
	return ID(raw), true
}

// Institution is a body whose people act: a city, a province.
type Institution struct {
	ID, Name string
	Off      bool // with all its offices
}

// Office is one place of an institution. Days of its counters begin at midnight of its zone.
type Office struct {
	ID          string
	Institution string
	Name        string
	Zone        string // IANA name, "Europe/Warsaw"
	Binding     Binding
	Quotas      Quotas
	Hours       Hours // not said: as the operator says
	Off         bool  // by itself; Places.Off says whether its institution is
}

// Quotas are how often a clerk may do something in a day, where the office allows less than the operator; 0 is
// as often as the operator allows.
type Quotas struct{ LookUps, Enrolments int }

// Location gives the office's zone; UTC where the name is none.
func (o Office) Location() *time.Location {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Day names the day that it is at the office.
func (o Office) Day(now time.Time) string { return now.In(o.Location()).Format(time.DateOnly) }

// Station is one desk of an office, as the citizen is told: "position 7".
type Station struct {
	ID, Office, Name string
	Networks         []netip.Prefix // from which it may be worked at; none: from everywhere
	Removed          time.Time      // zero: it is there
}

// State says whether an appointment may be used.
type State string

// The states of an appointment.
const (
	Active State = "active"
	Locked State = "locked"
	Ended  State = "ended"
)

// Member is one person's appointment to one role in one office.
type Member struct {
	ID     ID
	Person identity.PersonID
	Office string // "" for who works for the whole installation
	Role   Role
	Name   identity.Secret // for colleagues; kept sealed
	State  State
	Why    string    // code of why it is locked
	Lock   time.Time // when the person was locked last, by whatever appointment
	Before time.Time // when they were locked the time before
}
