// Package assurance turns evidence into a level, by a versioned set of rules that is data, and
// says why. It is pure: evidence and a moment in, a decision out. How evidence comes about, which
// level somebody asks for, and where decisions are kept is left to others.
package assurance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// StatusAge says, per level, how old the answer of a register may be for a new decision. It does
	// not end what was decided: the register's events do that.
	StatusAge map[identity.Level]Age `json:"status_age"`
	// Findings say what speaks against a proof; one not named has Unnamed points.
	Findings map[identity.Finding]Weight `json:"findings"`
	Unnamed  int                         `json:"unnamed_finding"`
	// Thresholds are, per level, the points at which it can no longer be given.
	Thresholds map[identity.Level]int `json:"thresholds"`
	// Proofing says how far an enrolment in an office goes by what it rests on. A rule set from before there
	// were offices names none: then nobody is enrolled by it.
	Proofing map[identity.Proofing]identity.Level `json:"proofing,omitempty"`
	// Frameworks say how others name what is reached on each axis.
	Frameworks map[string]Scale `json:"frameworks"`
}

// Kind is what one kind of evidence is worth.
type Kind struct {
	// Authenticates is false for what says something about a person but not that they are here: it
	// can lower a level and never raise one.
	Authenticates bool `json:"authenticates"`
	// Status is true for the word of a register about somebody's state, which is asked anew.
	Status bool `json:"status,omitempty"`
	// Enrolled is true for what an office handed out: the level of the enrolment stands where an
	// upstream's would.
	Enrolled bool `json:"enrolled,omitempty"`
	// Phishable is true for what a false page can ask for and use.
	Phishable bool           `json:"phishable,omitempty"`
	Ceiling   identity.Level `json:"ceiling"`
	// LeftOut are the terms that this kind does not have. Nothing else is left out.
	LeftOut []Term `json:"left_out,omitempty"`
}

// Weight is how much a finding counts.
type Weight struct {
	Points int `json:"points"`
	// Mitigated says which other finding makes this one lighter: a name that differs from the
	// register's counts less where the register tells of a change of name.
	Mitigated []Mitigation `json:"mitigated,omitempty"`
}

// Mitigation makes a finding lighter where another one was made, too.
type Mitigation struct {
	By     identity.Finding `json:"by"`
	Points int              `json:"points"` // that are left
}

// Term is one term of the rule: level = min(terms) − findings.
type Term string

// The terms.
const (
	KindCeiling Term = "kind"      // the most that evidence of this kind can reach
	Ceiling     Term = "ceiling"   // the most that the operator lets this means reach
	Party       Term = "party"     // the most that the service lets this means count for
	Upstream    Term = "upstream"  // what the upstream asserted, after mapping
	Enrolment   Term = "enrolment" // how surely the office that handed it out knew who it was
	Session     Term = "session"   // made in another login
	Freshness   Term = "freshness" // how long ago the person acted
	Status      Term = "status"    // how long ago a register was asked
	Expiry      Term = "expiry"    // the evidence itself has an end
	Findings    Term = "findings"  // what speaks against it
)

// Terms lists every term.
func Terms() []Term {
	return []Term{KindCeiling, Ceiling, Party, Upstream, Enrolment, Session, Freshness, Status, Expiry, Findings}
}

// Age is a length of time in whole minutes that reads as "8h0m0s".
type Age time.Duration

// MarshalText writes the age.
func (a Age) MarshalText() ([]byte, error) { return []byte(time.Duration(a).String()), nil }

// UnmarshalText reads an age such as "30m". Whole minutes only: what is kept of a decision says no
// more of when somebody acted, and must be enough to make it again.
func (a *Age) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 || d%time.Minute != 0 {
		return errors.New("an age is a length of time in whole minutes, such as 30m")
	}
	*a = Age(d)
	return nil
}

// Parse reads a rule set strictly and checks that it makes sense. The error says everything that is
// wrong with what could be read, one problem a line.
func Parse(text []byte) (Rules, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var r Rules
	if err := decoder.Decode(&r); err != nil {
		return Rules{}, fmt.Errorf("assurance rules: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Rules{}, errors.New("assurance rules: something follows them")
	}
	if err := r.check(); err != nil {
		return Rules{}, err
	}
	return r, nil
}
