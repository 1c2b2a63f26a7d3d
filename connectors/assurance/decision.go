package assurance

import (
	"time"

	"symbolon/connectors/identity"
)

// Decision is the level that evidence gives, with everything needed to explain it.
type Decision struct {
	Level       identity.Level `json:"level"`
	Rules       string         `json:"rules"` // version of the rule set
	Reasons     []Reason       `json:"reasons"`
	ValidUntil  time.Time      `json:"valid_until,omitzero"` // the level falls then
	NextLevel   identity.Level `json:"next_level,omitempty"` // what more would reach
	NextReasons []Reason       `json:"next_reasons,omitempty"`
}

// Reason is one line of the explanation: a stable code, with a text in every language under the
// key "reason.CODE", and the level that this term allows.
type Reason struct {
	Code   string         `json:"code"`
	Means  identity.Means `json:"means,omitempty"`
	Allows identity.Level `json:"allows"`
}

// Circumstance is what a decision depends on beside the evidence.
type Circumstance struct {
	Reused bool // the authentication was made in another login and comes from a session
}
