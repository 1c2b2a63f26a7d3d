// Package assurance turns evidence into a level, by a versioned set of rules that is data, and
// says why. It is pure: evidence and a moment in, a decision out. How evidence comes about, and
// which level somebody asks for, is left to others.
package assurance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
)

// Rules is a versioned rule set: data, so that a lawyer can read it and past decisions can be
// made again. It reads and writes as JSON. The zero value lets nothing count.
type Rules struct {
	Version string `json:"version"` // begins with the day from which it holds
	// Kinds says what each kind of evidence is worth. Evidence of a kind not named here counts nothing.
	Kinds map[identity.EvidenceKind]Kind `json:"kinds"`
	// SessionCap is the most that an authentication made in another login can give.
	SessionCap identity.Level `json:"session_cap"`
	// MaxAge says, per level, how long after the person acted the level may still be decided.
	MaxAge map[identity.Level]Age `json:"max_age"`
	// Findings are the points of what speaks against a proof; of one not named, Unnamed.
	Findings map[identity.Finding]int `json:"findings"`
	Unnamed  int                      `json:"unnamed_finding"`
	// Thresholds are, per level, the points at which it can no longer be given.
	Thresholds map[identity.Level]int `json:"thresholds"`
}

// Kind is what one kind of evidence is worth.
type Kind struct {
	// Authenticates is false for what says something about a person but not that they are here: it
	// can lower a level by its findings and never raise one.
	Authenticates bool           `json:"authenticates"`
	Ceiling       identity.Level `json:"ceiling"`
	// LeftOut are the terms that this kind does not have. Nothing else is left out.
	LeftOut []Term `json:"left_out,omitempty"`
}

// Term is one term of the rule: level = min(terms) − findings.
type Term string

// The terms.
const (
	KindCeiling Term = "kind"      // the most that evidence of this kind can reach
	Ceiling     Term = "ceiling"   // the most that the operator lets this means reach
	Upstream    Term = "upstream"  // what the upstream asserted, after mapping
	Session     Term = "session"   // made in another login
	Freshness   Term = "freshness" // how long ago the person acted
	Expiry      Term = "expiry"    // the evidence itself has an end
	Findings    Term = "findings"  // what speaks against it
)

// Age is a length of time that reads as "8h0m0s".
type Age time.Duration

// MarshalText writes the age.
func (a Age) MarshalText() ([]byte, error) { return []byte(time.Duration(a).String()), nil }

// UnmarshalText reads an age such as "30m".
func (a *Age) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return errors.New("an age is a length of time such as 30m")
	}
	*a = Age(d)
	return nil
}

// Default is the rule set that ships.
func Default() Rules {
	return Rules{
		Version: "2026-11-24.1",
		Kinds: map[identity.EvidenceKind]Kind{
			identity.UpstreamAssertion: {Authenticates: true, Ceiling: identity.High},
			identity.RegisterRecord:    {},
		},
		SessionCap: identity.Substantial,
		MaxAge: map[identity.Level]Age{
			identity.High:        Age(30 * time.Minute), // the life of one login
			identity.Substantial: Age(12 * time.Hour),   // longer than any session
			identity.Low:         Age(24 * time.Hour),
		},
		Findings: map[identity.Finding]int{
			"suspicious_device": 20,
			"register_mismatch": 40,
			"open_duplicate":    60,
			"document_reported": 100,
			"clerk_flag":        100,
		},
		Unnamed:    60,
		Thresholds: map[identity.Level]int{identity.High: 20, identity.Substantial: 50, identity.Low: 100},
	}
}

// Parse reads a rule set strictly and checks that it makes sense.
func Parse(text []byte) (Rules, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var r Rules
	if err := decoder.Decode(&r); err != nil {
		return Rules{}, fmt.Errorf("assurance rules: %w", err)
	}
	if decoder.More() {
		return Rules{}, errors.New("assurance rules: something follows them")
	}
	return r, r.check()
}

// check says everything that is wrong. A rule set that would be laxer for a higher level than for a
// lower one is a slip of the pen.
func (r Rules) check() error {
	var wrong []error
	refuse := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("assurance rules: "+format, args...))
	}
	if _, err := time.Parse(time.DateOnly, r.Version[:min(len(r.Version), len(time.DateOnly))]); err != nil {
		refuse("the version must begin with a day, such as 2026-11-24.1")
	}
	if r.SessionCap > identity.Substantial {
		refuse("session_cap is substantial at most: high is never reused")
	}
	levels := identity.Levels()
	for i, l := range levels {
		if r.MaxAge[l] <= 0 {
			refuse("max_age.%s is missing", l)
		}
		if r.Thresholds[l] <= 0 {
			refuse("thresholds.%s is missing", l)
		}
		if i > 0 && (r.MaxAge[l] > r.MaxAge[levels[i-1]] || r.Thresholds[l] > r.Thresholds[levels[i-1]]) {
			refuse("%s must not be easier to keep than %s", l, levels[i-1])
		}
	}
	if r.Unnamed < 0 {
		refuse("unnamed_finding must not be negative")
	}
	for finding, points := range r.Findings {
		if points < 0 {
			refuse("findings.%s: a finding never speaks in favour", finding)
		}
	}
	for kind, k := range r.Kinds {
		for _, term := range k.LeftOut {
			if term == Ceiling || term == Session || term == Findings {
				refuse("kinds.%s: %s cannot be left out", kind, term)
			}
		}
	}
	return errors.Join(wrong...)
}
