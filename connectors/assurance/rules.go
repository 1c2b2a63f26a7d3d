// Package assurance turns evidence into a level, by a versioned set of rules that is data, and
// says why. It is pure: evidence and a moment in, a decision out.
package assurance

import (
	"time"

	"symbolon/connectors/identity"
)

// Rules is a versioned rule set: data, so that a lawyer can read it and past decisions can be
// made again.
type Rules struct {
	Version string
}

// Default is the rule set that ships.
func Default() Rules { return Rules{} }

// Decide gives the level that the evidence is worth at the moment:
// min(ceiling, upstream's mapped level, freshness …) − findings. It never raises.
func Decide(rules Rules, evidence []identity.Evidence, c Circumstance, now time.Time) Decision {
	return Decision{}
}
