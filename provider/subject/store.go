package subject

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// ErrTaken says that somebody else has just written an identifier or a tie that must be unique,
// so that what was read before is no longer so. Nothing was written.
var ErrTaken = errors.New("subject: somebody else was first")

// Store keeps persons in the identity database. No row of a person, identifier, tie, comparison
// or contact holds a time finer than the day, or an id that was made of one.
type Store interface {
	// ByLink gives the person tied to an upstream's name for them, with the tie, which may have ended;
	// nil if nobody is.
	ByLink(context.Context, LinkKey) (*Known, error)
	// ByIdentifiers gives everybody who has, or had, one of the identifiers.
	ByIdentifiers(context.Context, []IdentifierKey) ([]Known, error)
	// ByUsage is the way back from a usage id; nil if there is nobody.
	ByUsage(context.Context, []Digest) (*Known, error)
	// ByID gives a person; nil if there is nobody.
	ByID(context.Context, identity.PersonID) (*Known, error)
	// Write does everything in a change in one durable transaction, or nothing: ErrTaken, and for a merge ErrAppointed.
	Write(context.Context, Change) error
}

// Digest is a keyed digest with the id of its key.
type Digest struct {
	Key byte
	Sum [32]byte
}

// Day counts days since 1970, UTC.
type Day int32

// DayOf gives the day of a moment.
func DayOf(t time.Time) Day { return Day(t.Unix() / (24 * 60 * 60)) }

// LinkKey names a person as an upstream does. Means and issuer are inside the digests, too, so
// that the same name at two upstreams is two names.
type LinkKey struct {
	Means   identity.Means
	Issuer  string
	Digests []Digest // of means, issuer and upstream subject, one for each key in use
}

// IdentifierKey finds an identifier without its value.
type IdentifierKey struct {
	Scheme  identity.Scheme
	Country string
	Digests []Digest // one for each key in use
}

// IdentifierState says whether an identifier is still used.
type IdentifierState string

// The states of an identifier.
const (
	Current    IdentifierState = "current"
	Superseded IdentifierState = "superseded" // the person's still, but not to be told any more
)

// IdentifierRow is one identifier of a person. Its digests are unique over all persons.
type IdentifierRow struct {
	ID [16]byte // random: says nothing about when
	IdentifierKey
	Sealed []byte
	State  IdentifierState
	Source identity.Source
	Since  Day
}

// PersonRow is a person as stored.
type PersonRow struct {
	ID       identity.PersonID
	State    identity.PersonState
	Into     identity.PersonID // where a merged person went
	Usage    []byte            // the usage id, sealed under the join key
	Back     []Digest          // of the usage id, for the way back
	Created  Day
	Closed   bool      // they let no further way to log in be added by their number
	Paired   bool      // a case waits that says that they and somebody else here may be one
	Findings []Finding // of theirs and of whoever became them, those that are over included
	Ties     uint32    // raised when a tie ends, the state changes or persons become one
}

// Comparison is a digest of a folded name with the birth date: of the present name, or of a former
// name or another spelling. Only a register's data, or data that none contradicts, get here.
type Comparison struct {
	Digest
	Present bool
}

// LinkRow ties an upstream's name for somebody to a person.
type LinkRow struct {
	ID [16]byte
	LinkKey
	Person identity.PersonID
	Sealed []byte // the upstream subject; of an ended tie gone after 30 days
	Method string // ByNumber, ByBoth, AtOffice, ByReview
	Level  identity.Level
	Since  Day

	// RestsOn is, of one made ByBoth, by what the person had proved themselves, and on what that rests; none where nobody
	// knows. Of one made by foreign numbers it is what these came with.
	RestsOn []identity.Means

	Ended   Day    // 0: in use
	EndedBy string // ByPerson, ByDecider, ByStop
}

// LinkEnd ends a tie. Its digests stay, so that nothing ties it again by itself.
type LinkEnd struct {
	ID  BindingID
	By  string
	Day Day
}

// ContactRow is where a person can be told something.
type ContactRow struct {
	Kind   identity.AttributeName // "email", "phone_number"
	Sealed []byte
	Source identity.Source
	Rank   int // a source of lower rank never overwrites
	Since  Day
	Moved  bool // it replaces another address, which is kept for a time; only written, never read
}

// Restated gives an identifier another state.
type Restated struct {
	ID    [16]byte
	State IdentifierState
}

// Known is everything stored that a match compares with. Identifiers come without sealed values.
type Known struct {
	PersonRow
	Tie         LinkRow // by which they were found; zero otherwise. Without digests
	Identifiers []IdentifierRow
	Comparisons []Comparison
	Contacts    []ContactRow
	Documents   []Digest
}

// LinkRaise gives a tie in use a higher level, if it still has the one that was read.
type LinkRaise struct {
	ID       [16]byte
	From, To identity.Level
}

// Change is what is written together.
type Change struct {
	Person      identity.PersonID
	Make        *PersonRow           // a new person
	State       identity.PersonState // "" leaves it as it is
	From        identity.PersonState // the state that it changes from; "" is active
	Identifiers []IdentifierRow      // new ones
	Restate     []Restated           // identifiers that became, or stopped being, current; in this order
	Comparisons []Comparison         // a present one puts the earlier present one among the others
	Link        *LinkRow             // ends what its digests tied before
	EndLink     *LinkEnd
	Relink      BindingID   // an ended tie to bring back
	Disown      [][16]byte  // identifiers that are not the person's
	Forget      []BindingID // ended ties that nobody brings back
	Raise       *LinkRaise
	Closed      *bool   // whether a further tie may come by number alone
	Ties        *uint32 // what the count of ties was read as; it is raised, or ErrTaken
	Merge       *Merge
	Found       *Finding // in place of the one of its kind
	Contacts    []ContactRow
	Retire      []ContactRow // where the person is told nothing more but what a former address is told
	Documents   []Digest
	Conflict    *Case // to queue
	Close       *Case // decided, and over with this change
	Decide      *Decision
	Entries     []journal.Row
	Also        func(context.Context) error // in the same transaction
}

func (c Change) empty() bool {
	return c.Make == nil && c.State == "" && c.Link == nil && c.EndLink == nil && c.Raise == nil && c.Relink == BindingID{} && c.Closed == nil && c.Ties == nil && c.Merge == nil && c.Found == nil &&
		c.Conflict == nil && c.Close == nil && c.Decide == nil &&
		len(c.Identifiers)+len(c.Restate)+len(c.Disown)+len(c.Forget)+len(c.Comparisons)+len(c.Contacts)+len(c.Retire)+len(c.Documents)+len(c.Entries) == 0
}
