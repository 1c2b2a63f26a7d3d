package consent

import (
	"time"

	"symbolon/connectors/identity"
)

// Item is one line of a question: an attribute, why, and on what ground. Value and Source are
// filled for the page only and are never stored.
type Item struct {
	Name     identity.AttributeName
	Basis    Basis
	Law      map[string]string
	Purpose  string // id of the party's purpose
	Why      string // the party's own words, if it sent some
	Required bool   // refusing it means refusing the whole
	Known    bool   // there is a value to tell
	Value    identity.Value
	Source   identity.Source
}

// Question is what must be put to the citizen. Digest is over everything shown but the values,
// in canonical form, so that what was approved can be held against what was shown.
type Question struct {
	Party   PartyID
	Told    []Item // told because of a law or a public task: no box
	Asked   []Item // the citizen decides, item by item unless Required
	Offline bool
	Digest  [32]byte
}

// Released is one attribute that may be told, by name and keyed digest of its value.
type Released struct {
	Name    identity.AttributeName `json:"name"`
	Basis   Basis                  `json:"basis"`
	Purpose string                 `json:"purpose,omitempty"`
}

// Release is the answer to a question: what may be told, to whom. It names attributes and holds
// no values. Told = shown ∩ approved, never more.
type Release struct {
	ID        [16]byte
	Party     PartyID
	Usage     identity.UsageID
	Items     []Released
	Declined  []identity.AttributeName
	Offline   bool
	Shown     [32]byte  // the question's digest
	At        time.Time // when the citizen decided
	Until     time.Time // how long the decision may stand; zero = this once
	Standing  bool      // made from an earlier decision, nothing was asked
	PartyMark string    // the party's Version then
}

// Decision is a release that still stands: what an earlier answer allows without asking again.
type Decision struct {
	Party     PartyID
	Usage     identity.UsageID
	Allowed   []Released
	Declined  []identity.AttributeName
	Offline   bool
	PartyMark string
	At, Until time.Time
}
