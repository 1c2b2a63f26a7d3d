package assurance

import (
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Circumstance is what a decision depends on beside the evidence. The zero value is a login of its
// own that nobody limits.
type Circumstance struct {
	Reused      bool      // the authentication was made in another login and comes from a session
	SessionEnds time.Time // zero: no session bounds how long the level holds
	// UpTo is the most that the asker lets each means count for; a means not named counts for nothing.
	// Nil: nobody asks.
	UpTo map[identity.Means]identity.Level
	// Findings are what speaks against the situation, not against one proof: an unknown device.
	Findings []identity.Finding
}

// Inputs are everything that a decision was made of and all that may be kept of it: kinds, levels,
// ages and codes. Nothing names a person, a document or a message, and no time is finer than a
// minute. The same inputs and the same rules always give the same decision.
type Inputs struct {
	Proofs   []Seen             `json:"proofs,omitempty"`
	Reused   bool               `json:"reused,omitempty"`
	Findings []identity.Finding `json:"findings,omitempty"` // of the situation
}

// Seen is one piece of evidence as a decision sees it.
type Seen struct {
	Kind     identity.EvidenceKind `json:"kind"`
	Means    identity.Means        `json:"means,omitempty"`
	Asserted identity.Level        `json:"asserted"`
	Ceiling  identity.Level        `json:"ceiling"`
	Party    *identity.Level       `json:"party,omitempty"`     // nil: nobody limits it
	Acted    *int                  `json:"acted,omitempty"`     // minutes since the person acted; nil: nobody knows
	Checked  *int                  `json:"checked,omitempty"`   // minutes since it was checked here; nil: nobody knows
	DaysLeft *int                  `json:"days_left,omitempty"` // until it expires, 0 or less: it has; nil: it does not
	Findings []identity.Finding    `json:"findings,omitempty"`
}

// Take reduces evidence to what a decision sees of it at a moment.
func Take(evidence []identity.Evidence, c Circumstance, now time.Time) Inputs {
	in := Inputs{Reused: c.Reused, Findings: slices.Clone(c.Findings), Proofs: make([]Seen, len(evidence))}
	for i, e := range evidence {
		in.Proofs[i] = Seen{
			Kind: e.Kind, Means: e.Means, Asserted: known(e.Asserted), Ceiling: known(e.Ceiling),
			Acted: since(e.AuthTime, now, time.Minute), Checked: since(e.Checked, now, time.Minute),
			DaysLeft: since(now, e.Expires, 24*time.Hour), Findings: slices.Clone(e.Findings),
		}
		if e.Expires.IsZero() {
			in.Proofs[i].DaysLeft = nil
		}
		if c.UpTo != nil {
			upTo := known(c.UpTo[e.Means])
			in.Proofs[i].Party = &upTo
		}
	}
	return in
}

// since gives the time from one moment to another in whole units, a unit begun counting in full in
// either direction. For limits of whole units the outcome is then the same as for the exact time.
func since(from, to time.Time, unit time.Duration) *int {
	if from.IsZero() {
		return nil
	}
	d := to.Sub(from)
	n := int(d / unit)
	switch rest := d % unit; {
	case rest > 0:
		n++
	case rest < 0:
		n--
	}
	return &n
}

// known takes a level that is none of ours for none.
func known(l identity.Level) identity.Level {
	if l > identity.High {
		return identity.None
	}
	return l
}
