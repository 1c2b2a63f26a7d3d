package assurance

import (
	"slices"
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

// NoEvidence is the code of the reason for None where nothing proves that somebody is here. The
// codes of all other reasons are the names of terms.
const NoEvidence = "no_evidence"

// The codes of NextReasons: what would reach the next level.
const (
	LogInAgain    = "log_in_again"   // with the same means, now
	StrongerMeans = "stronger_means" // this one cannot reach it
	ClearFindings = "clear_findings" // something must be settled first
)

// Circumstance is what a decision depends on beside the evidence.
type Circumstance struct {
	Reused bool // the authentication was made in another login and comes from a session
}

// skew is how far another clock may be ahead of ours.
const skew = time.Minute

// Decide gives the level that the evidence is worth at the moment:
// min(ceiling, upstream's mapped level, session cap, freshness …) − findings. It never raises: of
// several proofs that somebody is here the best one counts, and what only tells about a person, as
// registers do, counts by its findings alone. The reasons are every term of that proof that allows
// less than high, the hardest first.
func Decide(rules Rules, evidence []identity.Evidence, c Circumstance, now time.Time) Decision {
	points := rules.points(evidence)
	d := Decision{Rules: rules.Version, Reasons: []Reason{{Code: NoEvidence}}, NextReasons: []Reason{{Code: StrongerMeans, Allows: identity.Low}}}
	found := false
	for _, e := range evidence {
		if !rules.Kinds[e.Kind].Authenticates {
			continue
		}
		if terms := rules.terms(e, points, c, now); !found || weakest(terms) > d.Level {
			found = true
			d.Level, d.Reasons = weakest(terms), limiting(terms)
			d.ValidUntil = rules.until(d.Level, e)
		}
	}
	if d.Level == identity.High {
		d.NextReasons = nil
		return d
	}
	d.NextLevel = d.Level + 1
	if found {
		d.NextReasons = remedies(d.Reasons, d.NextLevel)
	}
	return d
}

// terms gives every term that this kind of evidence has.
func (r Rules) terms(e identity.Evidence, points int, c Circumstance, now time.Time) []Reason {
	kind := r.Kinds[e.Kind]
	terms := make([]Reason, 0, 7)
	term := func(name Term, allows identity.Level) {
		if !slices.Contains(kind.LeftOut, name) {
			terms = append(terms, Reason{Code: string(name), Means: e.Means, Allows: known(allows)})
		}
	}
	term(KindCeiling, kind.Ceiling)
	term(Ceiling, e.Ceiling)
	term(Upstream, e.Asserted)
	if c.Reused {
		term(Session, r.SessionCap)
	}
	term(Freshness, r.fresh(e.AuthTime, now))
	if !e.Expires.IsZero() && !now.Before(e.Expires) {
		term(Expiry, identity.None)
	}
	term(Findings, r.despite(points))
	return terms
}

// known takes a level that is none of ours for none.
func known(l identity.Level) identity.Level {
	if l > identity.High {
		return identity.None
	}
	return l
}

// fresh gives the level that may still be decided so long after the person acted. When nobody knows
// when that was, or it is yet to come, that is none.
func (r Rules) fresh(acted, now time.Time) identity.Level {
	age := now.Sub(acted)
	if acted.IsZero() || age < -skew {
		return identity.None
	}
	allowed := identity.None
	for _, l := range identity.Levels() {
		if age <= time.Duration(r.MaxAge[l]) && r.MaxAge[l] > 0 {
			allowed = l
		}
	}
	return allowed
}

// points adds up what speaks against the whole, each finding once however often it was seen.
func (r Rules) points(evidence []identity.Evidence) int {
	var seen []identity.Finding
	sum := 0
	for _, e := range evidence {
		for _, finding := range e.Findings {
			if slices.Contains(seen, finding) {
				continue
			}
			seen = append(seen, finding)
			if points, named := r.Findings[finding]; named {
				sum += points
			} else {
				sum += r.Unnamed
			}
		}
	}
	return sum
}

// despite gives the level that these points leave.
func (r Rules) despite(points int) identity.Level {
	left := identity.None
	for _, l := range identity.Levels() {
		if points < r.Thresholds[l] {
			left = l
		}
	}
	return left
}

// until gives the moment at which this level falls by age or expiry.
func (r Rules) until(level identity.Level, e identity.Evidence) time.Time {
	if level == identity.None {
		return time.Time{}
	}
	end := e.Expires
	if !slices.Contains(r.Kinds[e.Kind].LeftOut, Freshness) {
		if aged := e.AuthTime.Add(time.Duration(r.MaxAge[level])); end.IsZero() || aged.Before(end) {
			end = aged
		}
	}
	return end
}

func weakest(terms []Reason) identity.Level {
	level := identity.High
	for _, t := range terms {
		level = min(level, t.Allows)
	}
	if len(terms) == 0 {
		return identity.None
	}
	return level
}

// limiting gives the terms that allow less than high, the hardest first.
func limiting(terms []Reason) []Reason {
	limits := make([]Reason, 0, len(terms))
	for _, t := range terms {
		if t.Allows < identity.High {
			limits = append(limits, t)
		}
	}
	slices.SortStableFunc(limits, func(a, b Reason) int { return int(a.Allows) - int(b.Allows) })
	return limits
}

// remedies says what would have to happen for the next level: each term that allows less stands for
// one act.
func remedies(reasons []Reason, next identity.Level) []Reason {
	var acts []Reason
	for _, r := range reasons {
		if r.Allows >= next {
			continue
		}
		act := Reason{Code: StrongerMeans, Allows: next}
		switch Term(r.Code) {
		case Session, Freshness, Expiry:
			act = Reason{Code: LogInAgain, Means: r.Means, Allows: next}
		case Findings:
			act.Code = ClearFindings
		case KindCeiling, Ceiling, Upstream:
		}
		if !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	return acts
}
