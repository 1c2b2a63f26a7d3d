package assurance

import (
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Decision is the level that evidence gives, with everything needed to explain it.
type Decision struct {
	Level identity.Level `json:"level"`
	Rules string         `json:"rules"` // version of the rule set
	// The two axes: how surely it is known who this is, and how surely they are here. The level is
	// the lesser of the two.
	Identity       identity.Level   `json:"identity"`
	Authentication identity.Level   `json:"authentication"`
	Grades         map[string]Grade `json:"grades,omitempty"`    // by framework
	Reasons        []Reason         `json:"reasons"`             // every term that limits, the hardest first
	Points         []Points         `json:"points,omitempty"`    // what was found against it
	Phishable      bool             `json:"phishable,omitempty"` // a false page could have asked for what proved it
	ValidUntil     time.Time        `json:"valid_until,omitzero"`
	NextLevel      identity.Level   `json:"next_level,omitempty"` // what more would reach
	NextReasons    []Reason         `json:"next_reasons,omitempty"`
	WithSecond     identity.Level   `json:"with_second,omitempty"` // what a second means would make of it; None: no more
}

// Reason is one line of the explanation: a stable code, with a text in every language under the
// key "reason.CODE", and the level that this term allows.
type Reason struct {
	Code   string         `json:"code"`
	Means  identity.Means `json:"means,omitempty"`
	Allows identity.Level `json:"allows"`
}

// Points are what one finding cost.
type Points struct {
	Finding   identity.Finding `json:"finding"`
	Points    int              `json:"points"`
	Mitigated bool             `json:"mitigated,omitempty"`
}

// NoEvidence is the code of the reason for None where nothing proves that somebody is here. The
// codes of all other reasons are the names of terms.
const NoEvidence = "no_evidence"

// The codes of NextReasons: what would reach the next level.
const (
	LogInAgain    = "log_in_again"   // with the same means, now
	StrongerMeans = "stronger_means" // this one cannot reach it
	OtherMeans    = "other_means"    // the service lets another one count for more
	ValidProof    = "valid_proof"    // this one is over
	ClearFindings = "clear_findings" // something must be settled first
	AddMeans      = "second_means"   // another means besides, for what was found against this login
)

// SecondMeans is found where the same person proved who they are by two means in one login. It costs
// nothing; rules may let it make up for what was found against the situation.
const SecondMeans identity.Finding = "second_means"

// skew is how many minutes another clock may be ahead of ours.
const skew = 1

// Decide gives the level that the evidence is worth at the moment, and until when: the earliest of
// the evidence's own end, the age at which the level falls, and the end of the session.
func Decide(rules Rules, evidence []identity.Evidence, c Circumstance, now time.Time) Decision {
	d, best := rules.judge(Take(evidence, c, now))
	if best >= 0 && d.Level != identity.None {
		d.ValidUntil = rules.until(d.Level, evidence[best], c)
	}
	return d
}

// Judge makes the decision that these inputs give: min(ceiling, upstream's mapped level, session
// cap, freshness …) − findings. It never raises: of several proofs that somebody is here the best
// one counts, and what only tells about a person, as registers do, can but lower. The reasons are
// every term that allows less than high, the hardest first.
func (r Rules) Judge(in Inputs) Decision {
	d, _ := r.judge(in)
	return d
}

// judge also says which proof counted; -1 if none did.
func (r Rules) judge(in Inputs) (Decision, int) {
	d, best := r.judgeAsIs(in)
	if slices.Contains(in.Findings, SecondMeans) || !r.easedBySecond(in) {
		return d, best
	}
	with := in
	with.Findings = append(slices.Clone(in.Findings), SecondMeans)
	if other, _ := r.judgeAsIs(with); other.Level > d.Level {
		d.WithSecond = other.Level
		d.NextReasons = []Reason{{Code: AddMeans, Allows: d.NextLevel}}
	}
	return d, best
}

// easedBySecond reports whether something was found that a second means makes up for.
func (r Rules) easedBySecond(in Inputs) bool {
	return slices.ContainsFunc(in.Findings, func(f identity.Finding) bool {
		return slices.ContainsFunc(r.Findings[f].Mitigated, func(m Mitigation) bool { return m.By == SecondMeans })
	})
}

func (r Rules) judgeAsIs(in Inputs) (Decision, int) {
	points, sum := r.points(in)
	d := Decision{Rules: r.Version, Points: points, Reasons: []Reason{{Code: NoEvidence}}}
	best, shared := -1, r.shared(in, sum)
	for i, seen := range in.Proofs {
		if !r.Kinds[seen.Kind].Authenticates {
			continue
		}
		terms := r.terms(seen, in.Reused, shared)
		if level := terms.level(); best < 0 || level > d.Level {
			best, d.Level, d.Reasons = i, level, terms.limiting()
			d.Identity, d.Authentication = terms.axes()
			d.Phishable = r.Kinds[seen.Kind].Phishable
			d.Grades = r.grades(seen.Kind, d.Identity, d.Authentication)
		}
	}
	if d.Level == identity.High {
		return d, best
	}
	d.NextLevel = d.Level + 1
	if best < 0 {
		d.NextReasons = []Reason{{Code: StrongerMeans, Allows: d.NextLevel}}
		return d, best
	}
	d.NextReasons = remedies(d.Reasons, d.NextLevel)
	return d, best
}

// points says what each finding costs, each once however often it was made, and the sum.
func (r Rules) points(in Inputs) (all []Points, sum int) {
	found := slices.Clone(in.Findings)
	for _, seen := range in.Proofs {
		found = append(found, seen.Findings...)
	}
	for i, code := range found {
		if slices.Contains(found[:i], code) || code == SecondMeans { // speaks for somebody, not against
			continue
		}
		p := Points{Finding: code, Points: r.Unnamed}
		if weight, named := r.Findings[code]; named {
			p.Points = weight.Points
			for _, m := range weight.Mitigated {
				if m.Points < p.Points && slices.Contains(found, m.By) {
					p.Points, p.Mitigated = m.Points, true
				}
			}
		}
		all = append(all, p)
		sum += p.Points
	}
	return all, sum
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

// remedies says what would have to happen for the next level: each term that allows less stands for
// one act.
func remedies(reasons []Reason, next identity.Level) []Reason {
	var acts []Reason
	for _, reason := range reasons {
		if reason.Allows >= next {
			continue
		}
		act := Reason{Code: StrongerMeans, Allows: next}
		switch Term(reason.Code) {
		case Session, Freshness, Status:
			act = Reason{Code: LogInAgain, Means: reason.Means, Allows: next}
		case Expiry:
			act.Code = ValidProof
		case Party:
			act.Code = OtherMeans
		case Findings:
			act.Code = ClearFindings
		case KindCeiling, Ceiling, Upstream, Enrolment:
		}
		if !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	return acts
}
