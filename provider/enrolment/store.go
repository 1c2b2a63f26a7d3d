package enrolment

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// What writing may end in.
var (
	ErrConflict = errors.New("enrolment: somebody else changed the case meanwhile")
	ErrOpenCase = errors.New("enrolment: this person has a case that is still open")
	ErrClaimed  = errors.New("enrolment: the code was used, is too old, or was taken back")
	ErrNoCase   = errors.New("enrolment: there is no such case")
)

// Digest is a keyed digest with the id of its key.
type Digest struct {
	Key byte
	Sum [32]byte
}

// Row is a case as stored.
type Row struct {
	Case
	Sealed []byte // the work
}

// Query says which cases are wanted: one of the fields is set, beside Office.
type Query struct {
	ID         seal.RowID
	Number     string
	Office     string // open ones of an office, or those decided since: Clerk's first, those that nobody took last, newest first
	Since      time.Time
	Person     identity.PersonID // open one of a person; with Since all that were opened since, of them and all who became them
	Standing   identity.PersonID // that gave something which may still count, of a person and all who became them
	Stop       []Digest
	System     string // with Asked
	Asked      string
	Undone     time.Time // of all offices: open but not confirmed, not touched since, and with no code for home that still lives
	Unfinished bool      // of all offices: confirmed, and not active yet
	Unpurged   time.Time // decided, or expired, before and still holding a snapshot
	Skip       int       // so many of the first ones, of Undone, Unfinished and Unpurged
	Clerk      staff.ID  // whose cases come before all others of an Office
	Alarming   time.Time // of all offices: stopped, or with an alarm, and changed since; newest first
	Newly      time.Time // of all offices: active since; newest first
	Within     []string  // narrows the two to these offices; nil: all
}

// VoucherRow is a voucher as stored.
type VoucherRow struct {
	Digest Digest
	Case   seal.RowID
	Code   Digest
	Second Digest // zero at the desk
	State  string // issued, claimed, spent, burnt
	Life   time.Duration
}

// Tried names a counter of tries.
type Tried string

// The counters.
const (
	TriedCode   Tried = "code"
	TriedMatch  Tried = "match"
	TriedSecond Tried = "second"
	TriedCheck  Tried = "check"
)

// Change is what is written together. A case is written whole, if it still is of its generation.
type Change struct {
	Make    *Row
	Row     *Row
	Tries   *Tries // set anew, those of the typed code excepted; otherwise tries are changed by Try alone
	Proved  bool   // the tries at what only the citizen has at hand are set anew: they had it
	Issue   *VoucherRow
	Burn    bool        // every voucher of the case
	Spend   bool        // the claimed one, which is known again when somebody shows it; others are burnt
	Claim   *Digest     // from issued to claimed, if in time: ErrClaimed
	Take    *seal.RowID // a phone that waits, if in time: ErrClaimed
	Extend  time.Duration
	Forever bool   // no end any more
	Keep    []byte // the sealed record of the enrolment, for longer than the case's work
	Entries []journal.Row
}

// Store keeps cases and vouchers in the identity database. What is too late is decided by the
// database's time.
type Store interface {
	Cases(context.Context, Query) ([]Row, error)
	// WriteCase does everything in a change in one durable transaction, that of the context if there
	// is one. Errors: ErrConflict, ErrOpenCase, ErrClaimed.
	WriteCase(context.Context, Change) error
	// Voucher gives the voucher with the digest, or the one of a case that is not burnt; nil if there is none.
	Voucher(context.Context, []Digest, seal.RowID) (*VoucherRow, error)
	// Try takes one try before anything is compared: how many are left, false if there was none
	// (attacks OT-02).
	Try(context.Context, seal.RowID, Tried) (left int, ok bool, err error)
	// Alarm counts an alarm on a case, whatever its generation.
	Alarm(ctx context.Context, id seal.RowID, at time.Time, entries []journal.Row) error
}

// Records keeps the signed records of enrolments for as long as something rests on them, and then for as long as
// the journal of persons.
type Records interface {
	// Kept gives the sealed record of a case whose work is gone; nil if there is none.
	Kept(context.Context, seal.RowID) ([]byte, error)
}
