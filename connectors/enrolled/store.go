package enrolled

import (
	"context"
	"time"

	"symbolon/connectors/identity"
)

// Finder looks for what is enrolled, in the identity database. What is not there is nil, not an error.
type Finder interface {
	// ByCredential gives the authenticator whose credential id has one of the digests.
	ByCredential(context.Context, []Digest) (*Row, error)
	// ByName gives the authenticators of the account whose login name has one of the digests.
	ByName(context.Context, []Digest) ([]Row, error)
	// ByPerson gives all that a person ever had, oldest first.
	ByPerson(context.Context, identity.PersonID) ([]Row, error)
	// ByCase gives what came of one case.
	ByCase(ctx context.Context, caseID string) ([]Row, error)
	// Account gives a person's account; nil if there is none.
	Account(context.Context, identity.PersonID) (*AccountRow, error)
}

// Keeper changes what is enrolled. No row holds a time finer than the day, and none changes because
// somebody logged in (architecture §7).
type Keeper interface {
	// Atomically runs the act in one durable transaction; a call inside another joins it.
	Atomically(context.Context, func(context.Context) error) error
	// AddAccount keeps an account. ErrAccount if the person has another one, or somebody else this one.
	AddAccount(context.Context, AccountRow) error
	// AddAuthenticator keeps an authenticator; ErrKnownAlready if its credential is there.
	AddAuthenticator(context.Context, Row) error
	// Restate changes the state of one authenticator of a person from one of some states; false if it
	// does not stand in any of them.
	Restate(ctx context.Context, person identity.PersonID, id DeviceID, from []State, to State) (bool, error)
	// Relabel changes the sealed name of one authenticator of a person; false if there is none.
	Relabel(ctx context.Context, person identity.PersonID, id DeviceID, sealed []byte) (bool, error)
}

// Marks are what a login changes, in the usage database: the last step of an app's code, the last
// count of a passkey, which codes were used, and how often somebody tried. Their keys are random or
// keyed digests, so that nobody can tell whose they are. Each is one conditional statement, so that of
// several at once on whichever replicas exactly one wins.
type Marks interface {
	// Advance raises a mark; false if it is as high already. It is durable.
	Advance(ctx context.Context, key [32]byte, to int64) (bool, error)
	// Mark gives a mark; 0 if there is none.
	Mark(ctx context.Context, key [32]byte) (int64, error)
	// Spend sets one bit (0 to 61) of a mark; false if it is set already. It is durable.
	Spend(ctx context.Context, key [32]byte, bit int) (bool, error)
	// Try takes one try before it is looked at: false if none is left now. After the fourth in a row
	// that was not forgiven, each costs twice as long a wait as the one before (Tries).
	Try(ctx context.Context, key [32]byte, rule Tries) (bool, error)
	// Forgive makes it as if nothing had been tried.
	Forgive(ctx context.Context, key [32]byte) error
}

// Tries says how often in a row somebody may be wrong (attacks.md §L).
type Tries struct {
	Free    int           // without a wait
	Wait    time.Duration // after the next; doubled by each further one
	Longest time.Duration
	Most    int // no more than so many in all: then only the office, or another way to log in, helps
}

// tries is the rule for everything that is typed (NIST SP 800-63B §5.2.2: at most 100 in a row).
func tries() Tries { return Tries{Free: 4, Wait: 30 * time.Second, Longest: time.Hour, Most: 100} }

// Vault seals what this installation itself must read again. seal.Vault is one.
type Vault interface {
	Seal(plain []byte, place string) []byte
	Open(sealed []byte, place string) ([]byte, error)
}

// Digester makes keyed digests for finding a value without keeping it, one for each key in use, newest
// first.
type Digester interface {
	Digests(kind, value string) []Digest
}

// Digest is a keyed digest with the id of its key.
type Digest struct {
	Key byte
	Sum [32]byte
}

// Persons gives the numbers under which a register knows somebody.
type Persons interface {
	Numbers(context.Context, identity.PersonID) ([]identity.Identifier, error)
}

// Recorder keeps an entry of an act, in the transaction of the context.
type Recorder interface {
	Record(context.Context, Act) error
}

// Act is what was done with an authenticator. It holds no secret and nothing of a credential.
type Act struct {
	Person    identity.PersonID
	What      What
	Device    DeviceID
	Mechanism Mechanism
	Level     identity.Level // of the enrolment
	Case      string
	Office    string
	Via       Via
	Why       Reason
}

// What is one of the things that are recorded.
type What string

// What is recorded.
const (
	ActBound      What = "bound"
	ActRenamed    What = "renamed"
	ActSuspended  What = "suspended"
	ActResumed    What = "resumed"
	ActLost       What = "lost"
	ActRemoved    What = "removed"
	ActSuperseded What = "superseded"
	ActBackedUp   What = "backed_up"     // a passkey says for the first time that there is a copy of it
	ActUsed       What = "recovery_used" // a recovery code let somebody in
)
