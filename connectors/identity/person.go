package identity

import (
	"encoding/hex"
	"fmt"
	"io"
)

// PersonID names one living human in this installation. It never leaves it, and the usage
// database never holds it.
type PersonID [16]byte

// IsZero reports whether no person is named.
func (id PersonID) IsZero() bool { return id == PersonID{} }

// String hides the id, so that no log can hold one by accident.
func (id PersonID) String() string { return "[person]" }

// Format hides the id from every verb of package fmt.
func (id PersonID) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, id.String()) }

// UsageID is the name of a person in the usage database: random, and tied to the person only
// by a value that the identity database keeps under the join key.
type UsageID [16]byte

// IsZero reports whether nobody is named.
func (id UsageID) IsZero() bool { return id == UsageID{} }

// String gives the id in hexadecimal, for rows and associated data; never log it.
func (id UsageID) String() string { return hex.EncodeToString(id[:]) }

// PersonState says whether a person may act at all.
type PersonState string

// The states of a person.
const (
	Active   PersonState = "active"
	Frozen   PersonState = "frozen"
	Deceased PersonState = "deceased"
	Merged   PersonState = "merged"
)

// Person is one living human as this installation knows them. Names and birth date are not
// kept: they come from means and registers each time.
type Person struct {
	ID    PersonID
	Usage UsageID
	State PersonState
	// Paired is true while people look at whether this and somebody else here are one human.
	Paired bool
	// Reported is true for a time after a document of theirs was reported lost or stolen, Flagged after a
	// clerk had a doubt about them.
	Reported, Flagged bool
}
