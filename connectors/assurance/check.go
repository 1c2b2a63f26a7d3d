package assurance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// problems gathers what is wrong with a rule set.
type problems []error

func (p *problems) refuse(format string, args ...any) {
	*p = append(*p, fmt.Errorf("assurance rules: "+format, args...))
}

// check says everything that is wrong. A rule set that would be laxer for a higher level than for a
// lower one is a slip of the pen.
func (r Rules) check() error {
	var wrong problems
	if _, err := time.Parse(time.DateOnly, r.Version[:min(len(r.Version), len(time.DateOnly))]); err != nil || len(r.Version) > 40 {
		wrong.refuse("the version must begin with a day, such as 2026-11-24.1, and have at most 40 characters")
	}
	if r.SessionCap > identity.Substantial {
		wrong.refuse("session_cap is substantial at most: high is never reused")
	}
	r.checkLevels(&wrong)
	r.checkFindings(&wrong)
	r.checkKinds(&wrong)
	r.checkFrameworks(&wrong)
	r.checkProofing(&wrong)
	return errors.Join(wrong...)
}

func (r Rules) checkLevels(wrong *problems) {
	levels := identity.Levels()
	ages := map[string]map[identity.Level]Age{"max_age": r.MaxAge, "status_age": r.StatusAge}
	for i, l := range levels {
		for _, name := range slices.Sorted(maps.Keys(ages)) {
			switch age := ages[name]; {
			case age[l] <= 0:
				wrong.refuse("%s.%s is missing", name, l)
			case i > 0 && age[l] > age[levels[i-1]]:
				wrong.refuse("%s: %s must not last longer than %s", name, l, levels[i-1])
			}
		}
		switch {
		case r.Thresholds[l] <= 0:
			wrong.refuse("thresholds.%s is missing", l)
		case i > 0 && r.Thresholds[l] > r.Thresholds[levels[i-1]]:
			wrong.refuse("thresholds: %s must not bear more than %s", l, levels[i-1])
		}
	}
	for name, given := range map[string]bool{
		"max_age": has(r.MaxAge, identity.None), "status_age": has(r.StatusAge, identity.None), "thresholds": has(r.Thresholds, identity.None),
	} {
		if given {
			wrong.refuse("%s: nothing is asked of none", name)
		}
	}
}

func has[V any](m map[identity.Level]V, l identity.Level) bool { _, ok := m[l]; return ok }

func (r Rules) checkFindings(wrong *problems) {
	if r.Unnamed < 0 {
		wrong.refuse("unnamed_finding must not be negative")
	}
	for _, code := range slices.Sorted(maps.Keys(r.Findings)) {
		weight := r.Findings[code]
		if weight.Points < 0 {
			wrong.refuse("findings.%s: a finding never speaks in favour", code)
		}
		for _, m := range weight.Mitigated {
			if _, named := r.Findings[m.By]; !named || m.By == code {
				wrong.refuse("findings.%s: it can be mitigated by another finding that is named here, not by %q", code, m.By)
			}
			if m.Points < 0 || m.Points > weight.Points {
				wrong.refuse("findings.%s: what is left of it must be between 0 and %d", code, weight.Points)
			}
		}
	}
}

func (r Rules) checkKinds(wrong *problems) {
	if document := r.Kinds[identity.DocumentStatus]; !document.Status || slices.Contains(document.LeftOut, Status) {
		wrong.refuse("kinds.%s must be there, with status: true: else a document that a register knows nothing good of would count in full", identity.DocumentStatus)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Kinds)) {
		kind := r.Kinds[name]
		if kind.Authenticates && kind.Status {
			wrong.refuse("kinds.%s: the word of a register proves nobody to be here", name)
		}
		for _, term := range kind.LeftOut {
			switch {
			case !slices.Contains(Terms(), term):
				wrong.refuse("kinds.%s: there is no term %q to leave out", name, term)
			case term == Ceiling || term == Party || term == Enrolment || term == Session || term == Findings:
				wrong.refuse("kinds.%s: %s cannot be left out", name, term)
			}
		}
	}
}

func (r Rules) checkFrameworks(wrong *problems) {
	for _, name := range slices.Sorted(maps.Keys(r.Frameworks)) {
		scale := r.Frameworks[name]
		rows := map[string]Row{"frameworks." + name: scale.Row}
		for kind, row := range scale.Kinds {
			rows["frameworks."+name+".kinds."+string(kind)] = row
			if _, known := r.Kinds[kind]; !known {
				wrong.refuse("frameworks.%s.kinds.%s: the rules know no such kind", name, kind)
			}
		}
		for _, place := range slices.Sorted(maps.Keys(rows)) {
			for _, l := range identity.Levels() {
				if rows[place].Identity[l] == "" || rows[place].Authentication[l] == "" {
					wrong.refuse("%s: identity and authentication need a name for %s", place, l)
				}
			}
		}
	}
}

// checkProofing wants a level for everything that an enrolment may rest on, or for nothing. Without a
// register there is low at most, whoever writes the rules (means.md R-ENR-13).
func (r Rules) checkProofing(wrong *problems) {
	if len(r.Proofing) == 0 {
		return
	}
	for _, on := range identity.Proofings() {
		if r.Proofing[on] == identity.None {
			wrong.refuse("proofing.%s is missing", on)
		}
	}
	for _, on := range slices.Sorted(maps.Keys(r.Proofing)) {
		if !slices.Contains(identity.Proofings(), on) {
			wrong.refuse("proofing.%s: an enrolment rests on no such thing", on)
		}
	}
	if r.Proofing[identity.WithoutRegister] > identity.Low {
		wrong.refuse("proofing.%s is low at most", identity.WithoutRegister)
	}
}
