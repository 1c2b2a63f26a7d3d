// Package intake lets the systems of registers, which clerks work with every day, open enrolment cases
// that then wait at the desk (features S02): who such a system is, for which offices it may act, that the
// same request twice is one case, and what it is told of its own cases. What a case is and how it goes on
// is left to package enrolment; addresses, headers and JSON to package web.
package intake

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// System is one register system, as the settings name it.
type System struct {
	ID           string
	Offices      []string // it may open cases in these
	Institutions []string // and in every office of these
	// Certificates prove the system by TLS: any of these to the letter (RFC 8705 §2.2).
	Certificates []*x509.Certificate
	// Authority and Name prove it, too: a certificate of that authority for that DNS name (RFC 8705 §2.1).
	Authority *x509.CertPool
	Name      string
	// Revoked says with an error that a certificate of the authority does not stand any more, or that this cannot
	// be found out; nil is never asked.
	Revoked func(ctx context.Context, leaf, authority *x509.Certificate, now time.Time) error
	Off     bool // by the settings
}

// mayActFor reports whether cases may be opened in an office.
func (s System) mayActFor(o staff.Office) bool {
	return slices.Contains(s.Offices, o.ID) || slices.Contains(s.Institutions, o.Institution)
}

// What an intake may answer, beside enrolment.ErrNoCase.
var (
	ErrOtherBody = errors.New("intake: the key was used for another request")
	ErrExists    = errors.New("intake: there is a row with this key already")
	ErrMany      = errors.New("intake: as many cases of this system as may wait for a clerk of this office")
)

// Taken says that a reference is that of another case.
type Taken struct{ Case enrolment.Case }

// Error names the case.
func (t *Taken) Error() string { return "intake: the reference is that of case " + t.Case.Number }

// Unknown says why a system is not known, in a text for its developers.
type Unknown struct{ Why string }

// Error tells why.
func (u *Unknown) Error() string { return "intake: " + u.Why }

// State is how a case stands, as far as it is a register system's business.
type State string

// The states. What becomes of a person's means afterwards is told to nobody.
const (
	Waiting   State = "waiting"   // no clerk has taken it yet
	UnderWay  State = "under_way" // a clerk and the citizen are at it
	Active    State = "active"    // the citizen can log in
	Rejected  State = "rejected"
	Cancelled State = "cancelled"
	Expired   State = "expired" // a clerk may still begin it again on the same day
)

// States lists them in their order.
func States() []State { return []State{Waiting, UnderWay, Active, Rejected, Cancelled, Expired} }

// StateOf gives the state of a case.
func StateOf(c enrolment.Case) State {
	switch c.State {
	case enrolment.Active, enrolment.Suspended, enrolment.Revoked, enrolment.Superseded:
		return Active
	case enrolment.Rejected:
		return Rejected
	case enrolment.Cancelled:
		return Cancelled
	case enrolment.Expired:
		return Expired
	}
	if c.Clerk == (staff.ID{}) {
		return Waiting
	}
	return UnderWay
}

// Assertions checks what a system signs to prove itself, and gives the system's id.
type Assertions interface {
	Check(ctx context.Context, assertion string) (id string, err error)
}

// Store keeps, in the identity database, what was asked and what is to be told. What is due is decided
// by the database's time.
type Store interface {
	// Remember keeps a request, in the transaction of its case. Errors: ErrExists, and ErrMany where more
	// cases of the system wait in the office, this one among them, than the request says.
	Remember(context.Context, Request) error
	// Remembered gives the request with a system's key; nil if there is none.
	Remembered(ctx context.Context, system string, key [32]byte) (*Request, error)
	// Call makes a state known that a system is to be told, unless it is the one told last.
	Call(context.Context, Call) error
	// Calls gives up to most calls to a system that are due, and puts each off for the lease.
	Calls(ctx context.Context, system string, most int, lease time.Duration) ([]Call, error)
	// Settle ends a call, or makes it due after the wait; nothing, if its case moved meanwhile.
	Settle(ctx context.Context, c Call, wait time.Duration) error
}

// Request is one that was answered, under the key that makes a repeat of it known. Of what was asked
// there is a keyed digest only.
type Request struct {
	System string
	Key    [32]byte // SHA-256 of the system's Idempotency-Key
	Body   enrolment.Digest
	Case   seal.RowID
	Office string // where it was opened, with
	Most   int    // how many cases may wait there; not kept
}

// Call is what a system is to be told of a case: one for each case, the newest state only.
type Call struct {
	Case      seal.RowID
	System    string
	Reference string
	State     State
	Seq       int // of the states told of this case
	Changed   time.Time
	Attempts  int
}

// Intake takes what systems ask. All fields are set by the wiring and never change.
type Intake struct {
	Office     *enrolment.Office
	Systems    []System
	Assertions Assertions
	Store      Store
	Digests    seal.Digester
	Atomically func(context.Context, func(context.Context) error) error
	Now        func() time.Time
	// Off says whether a system was switched off while the hub runs; nil: none can be.
	Off     func(ctx context.Context, system string) (bool, error)
	Waiting int // cases of one system that may wait for a clerk of one office
}

func (i *Intake) system(id string) (System, bool) {
	at := slices.IndexFunc(i.Systems, func(s System) bool { return s.ID == id })
	if at < 0 {
		return System{}, false
	}
	return i.Systems[at], true
}

// Of gives a case of the system's own. Errors: enrolment.ErrNoCase.
func (i *Intake) Of(ctx context.Context, s System, id seal.RowID) (enrolment.Case, error) {
	return i.Office.OfSystem(ctx, s.ID, id)
}
