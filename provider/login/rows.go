package login

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// ErrGone says that a row is not there, has expired, has ended, or belongs to another epoch.
var ErrGone = errors.New("login: gone")

// ErrConflict says that a row was changed by somebody else meanwhile.
var ErrConflict = errors.New("login: changed meanwhile")

// Row is a login as stored. Everything about it is sealed to the login's cookie.
type Row struct {
	ID      seal.RowID
	Gen     uint32   // raised by every write
	Digest  [32]byte // of the cookie's secret
	Created time.Time
	Expires time.Time // 30 minutes from the last step
	Read    time.Time // when it was loaded, by the database's clock; not stored
	Done    bool      // answered; only a repeat of the answer is possible
	Sealed  []byte    // the Login, under the row's data key
	Wrap    []byte    // the data key, for the cookie's secret
}

// SessionRow is a session as stored. Lineage columns are classes, never one person's.
type SessionRow struct {
	ID       seal.RowID
	Gen      uint32
	Digest   [32]byte
	Usage    identity.UsageID
	Door     string     // at which of our own hosts; "" at the hub
	Parent   seal.RowID // the hub session that it came from; zero: none
	Created  time.Time
	Idle     time.Time // ends when not used until then
	Absolute time.Time // ends then in any case
	Means    identity.Means
	Issuer   string
	Office   string // that handed out what was logged in with; several with a space between, "" for none
	Rules    string // version of the rule set that decided
	Sealed   []byte // the Proof, under the row's data key
	Wrap     []byte // the data key, for the cookie's secret
}

// Logins keeps logins under way. None of its writes waits for the disk.
type Logins interface {
	AddLogin(context.Context, Row) error
	LoadLogin(context.Context, seal.RowID) (Row, error) // ErrGone
	// SaveLogin stores the row if its generation is still row.Gen, and raises it; else ErrConflict.
	SaveLogin(context.Context, Row) error
}

// Ended says that what a person holds was ended while they were logging in: what was found out about
// them may be of before.
type Ended struct{ At time.Time } // by the database's clock

// Error says it without the person.
func (Ended) Error() string { return "login: what this person holds was ended meanwhile" }

// Sessions keeps sessions, of the hub and of our doors. Loading compares expiry with database time in the same statement.
type Sessions interface {
	// AddSession keeps a new session, unless what its person holds was ended at this time or later,
	// by the database's clock: then Ended. An end that comes at the same moment waits for it.
	AddSession(ctx context.Context, row SessionRow, since time.Time) error
	// RenewSession replaces everything of a live session of the same person but its id, if its digest
	// is still this or the new one already; else ErrGone.
	RenewSession(ctx context.Context, row SessionRow, was [32]byte) error
	LoadSession(context.Context, seal.RowID) (SessionRow, error) // ErrGone
	TouchSession(ctx context.Context, id seal.RowID, idle time.Time) error
	EndSession(context.Context, seal.RowID) error // durable; those that came from it end with it
}
