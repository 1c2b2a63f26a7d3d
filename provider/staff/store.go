package staff

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Store keeps staff in the identity database.
type Store interface {
	// StaffOf gives the appointments of a person, or all of an office, or the one with the id.
	StaffOf(context.Context, Which) ([]Row, error)
	// Places gives every institution, office and station.
	Places(context.Context) (Places, error)
	// WriteStaff does everything in a change in one durable transaction, or nothing: ErrTaken,
	// ErrSecond, ErrNobody, ErrNoOffice, ErrKeys, ErrApart, and what keeps a position as it is.
	WriteStaff(context.Context, Change) error
	// CountStaff adds one to a person's counter of a day unless it has reached the cap, in the
	// transaction of the context if there is one: false if it has.
	CountStaff(context.Context, Counter) (bool, error)
	// Proposal gives a proposal that waits; nil if there is none.
	Proposal(context.Context, [16]byte) (*Proposal, error)
}

// Which says whose appointments are wanted: exactly one field is set.
type Which struct {
	ID     ID
	Person identity.PersonID
	Office string
	Locked bool // all that are locked, of every office
}

// Row is an appointment as stored.
type Row struct {
	Member
	Sealed []byte // the name
}

// Places is all that is known about where people work.
type Places struct {
	Institutions []Institution
	Offices      []Office
	Stations     []Station // with those that were removed: StationsOf has those that are there
	Keys         []StationKey
}

// Office finds an office.
func (p Places) Office(id string) (Office, bool) {
	for _, o := range p.Offices {
		if o.ID == id {
			return o, true
		}
	}
	return Office{}, false
}

// Institution finds an institution.
func (p Places) Institution(id string) (Institution, bool) {
	for _, i := range p.Institutions {
		if i.ID == id {
			return i, true
		}
	}
	return Institution{}, false
}

// Off reports whether an office is switched off, by itself or with its institution. One that nobody
// knows is not.
func (p Places) Off(office string) bool {
	o, _ := p.Office(office)
	i, _ := p.Institution(o.Institution)
	return o.Off || i.Off
}

// StationsOf gives the desks of an office that are there.
func (p Places) StationsOf(office string) []Station {
	var all []Station
	for _, s := range p.Stations {
		if s.Office == office && s.Removed.IsZero() {
			all = append(all, s)
		}
	}
	return all
}

// Counter is how often one person did one thing in one day, by whatever appointment.
type Counter struct {
	Person identity.PersonID
	Day    string // at the office
	What   string
	Most   int
}

// Proposal is an appointment that one person proposed and another has yet to confirm.
type Proposal struct {
	ID       [16]byte
	Row      Row
	By       string // who proposed it, as the machine knows them
	Proposed time.Time
}

// Change is what is written together.
type Change struct {
	Institution *Institution
	Office      *Office
	Station     *StationChange
	Turn        *Turn
	Rules       *Rules
	AddKey      *StationKey
	DropKey     *StationKey // of its office, by its thumb
	Appoint     *Row
	State       *StateChange
	Propose     *Proposal
	Confirm     *Confirmation
	Entries     []journal.Row
}

// Rules are what a local administrator decides for an office.
type Rules struct {
	Office  string
	Binding Binding
	Quotas  Quotas
	Hours   Hours
}

// Turn switches an office, or an institution with all its offices, off or on.
type Turn struct {
	ID          string
	Institution bool
	Off         bool
}

// StateChange locks, unlocks or ends an appointment. By is zero where a counter locked it.
type StateChange struct {
	ID       ID
	Person   identity.PersonID // whose it is
	Alike    bool              // all appointments of the person to that role
	From, To State
	Why      string
	By       identity.PersonID
	At       time.Time
}

// Confirmation is the second person's yes to a proposal.
type Confirmation struct {
	ID [16]byte
	By string
	At time.Time
}
