package consent

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Item is one line of a question: an attribute, why, and on what ground. Value, Source, Language and Forms
// are filled for the page only and are never stored.
type Item struct {
	Name      identity.AttributeName
	Basis     Basis
	Law       map[string]string
	Purpose   string // id of the party's purpose
	Why       string // the party's own words, if it sent some
	Essential bool   // the party marked it so in the request; changes the wording, forces nothing
	Required  bool   // by registration: refusing it means refusing the whole
	Known     bool   // there is a value to tell
	Value     identity.Value
	Source    identity.Source
	Language  string          // of the value, where it is not the one that has no tag
	Forms     []identity.Form // told besides, in other languages
	In        []string        // the languages of all these, sorted
}

func (i Item) released() Released {
	return Released{Name: i.Name, Basis: i.Basis, Purpose: i.Purpose, Why: i.Why, In: i.In}
}

// Question is what must be put to the citizen. Digest is over everything shown but the values,
// in canonical form, so that what was approved can be held against what was shown.
type Question struct {
	Party   PartyID
	Told    []Item // told because of a law or a public task: no box
	Asked   []Item // the citizen decides, item by item unless Required
	Offline bool
	For     string // whom it is about, where that is not who answers it
	Digest  [32]byte
}

func (q Question) has(name identity.AttributeName) bool {
	return slices.ContainsFunc(slices.Concat(q.Told, q.Asked), func(i Item) bool { return i.Name == name })
}

// digest is SHA-256 over the question in canonical JSON: struct fields in their order, maps with
// sorted keys. The party's version stands for its names, domain and purposes. The language in
// which the page was read is not part of it: all languages are.
func (q Question) digest(party RelyingParty) [32]byte {
	type line struct {
		Name      identity.AttributeName `json:"name"`
		Basis     Basis                  `json:"basis"`
		Law       map[string]string      `json:"law"`
		Purpose   string                 `json:"purpose"`
		Why       string                 `json:"why"`
		Essential bool                   `json:"essential"`
		Required  bool                   `json:"required"`
		Known     bool                   `json:"known"`
		In        []string               `json:"in,omitempty"`
	}
	lines := func(items []Item) []line {
		out := make([]line, len(items))
		for i, it := range items {
			out[i] = line{it.Name, it.Basis, it.Law, it.Purpose, it.Why, it.Essential, it.Required, it.Known, it.In}
		}
		return out
	}
	canonical, err := json.Marshal(struct {
		Party   PartyID `json:"party"`
		Version string  `json:"version"`
		Told    []line  `json:"told"`
		Asked   []line  `json:"asked"`
		Offline bool    `json:"offline"`
		Days    int     `json:"days"` // that the box offers to remember the answer for
		For     string  `json:"for,omitempty"`
	}{q.Party, party.Version, lines(q.Told), lines(q.Asked), q.Offline, party.Remember, q.For})
	if err != nil {
		panic("consent: strings and booleans do not marshal: " + err.Error())
	}
	return sha256.Sum256(canonical)
}

// Released is one attribute that may be told, with the ground and the reasons that the citizen
// was shown. It holds no value.
type Released struct {
	Name    identity.AttributeName `json:"name"`
	Basis   Basis                  `json:"basis"`
	Purpose string                 `json:"purpose,omitempty"`
	Why     string                 `json:"why,omitempty"` // the party's own words, if it sent some
	In      []string               `json:"in,omitempty"`  // tags of the languages in which it is told, but for the source's own
}

// Release is the answer to a question: what may be told, to whom. It names attributes and holds
// no values. Told = shown ∩ approved, never more.
type Release struct {
	ID        [16]byte
	Party     PartyID
	Usage     identity.UsageID // whom it is about
	By        identity.UsageID // who decided, where somebody acted for them; zero: themselves
	Items     []Released
	Declined  []identity.AttributeName
	Offline   bool
	Shown     [32]byte  // digest of the question shown or, where Standing, answered in advance
	At        time.Time // when the citizen decided
	Until     time.Time // how long the decision may stand; zero = this once
	Standing  bool      // made from an earlier decision, nothing was asked
	PartyMark string    // the party's Version then
}

// InPlaceOf says what becomes of an earlier decision that still stands when the citizen answers
// anew: it ends. A new answer for this once is therefore stored like one to be remembered, but as
// over already; otherwise the earlier yes would come back after a later no.
func (r Release) InPlaceOf(earlier *Decision) Release {
	if earlier != nil && r.Until.IsZero() {
		r.Until = r.At
	}
	return r
}

// Decision is a release that still stands: what an earlier answer allows without asking again.
// Only the newest release of a citizen to a party that is not itself Standing can be one; an
// answer given afresh, remembered or not, takes the place of every earlier one.
type Decision struct {
	Party     PartyID
	Usage     identity.UsageID
	By        identity.UsageID // who decided, where somebody acted for them; zero: themselves
	Allowed   []Released
	Declined  []identity.AttributeName
	Offline   bool
	PartyMark string
	At, Until time.Time
}
