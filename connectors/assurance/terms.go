package assurance

import (
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// terms are all that bound one proof.
type terms []Reason

// shared gives the terms that bound every proof: how old the registers' answers are, what the
// operator lets them reach (less than high where a register did not answer), and what was found
// against the whole.
func (r Rules) shared(in Inputs, points int) terms {
	shared := terms{{Code: string(Findings), Allows: r.despite(points)}}
	for _, seen := range in.Proofs {
		if kind := r.Kinds[seen.Kind]; kind.Status && !slices.Contains(kind.LeftOut, Status) {
			allows := min(within(seen.Checked, r.StatusAge), known(seen.Ceiling))
			shared = append(shared, Reason{Code: string(Status), Means: seen.Means, Allows: allows})
		}
	}
	return shared
}

// terms gives every term that a proof of this kind has.
func (r Rules) terms(seen Seen, reused bool, shared terms) terms {
	kind := r.Kinds[seen.Kind]
	all := make(terms, 0, len(Terms())+1)
	term := func(name Term, allows identity.Level) {
		if !slices.Contains(kind.LeftOut, name) {
			all = append(all, Reason{Code: string(name), Means: seen.Means, Allows: known(allows)})
		}
	}
	term(KindCeiling, kind.Ceiling)
	term(Ceiling, seen.Ceiling)
	if seen.Party != nil {
		term(Party, *seen.Party)
	}
	if kind.Enrolled {
		term(Enrolment, seen.Asserted)
	} else {
		term(Upstream, seen.Asserted)
	}
	if reused {
		term(Session, r.SessionCap)
	}
	term(Freshness, within(seen.Acted, r.MaxAge))
	if seen.DaysLeft != nil && *seen.DaysLeft <= 0 {
		term(Expiry, identity.None)
	}
	return append(all, shared...)
}

// within gives the level that something so old still allows. When nobody knows how old it is, or it
// is yet to come, that is none.
func within(minutes *int, most map[identity.Level]Age) identity.Level {
	allowed := identity.None
	if minutes == nil || *minutes < -skew {
		return allowed
	}
	for _, l := range identity.Levels() {
		if most[l] > 0 && *minutes <= int(time.Duration(most[l])/time.Minute) {
			allowed = l
		}
	}
	return allowed
}

// level is the least that a term allows. There is always one: findings cannot be left out.
func (ts terms) level() identity.Level {
	level := identity.High
	for _, t := range ts {
		level = min(level, t.Allows)
	}
	return level
}

// axes gives the level on each axis. How long ago somebody acted and that they did so in another
// login says nothing about who they are; how current a document and its status are says nothing
// about who is here. All other terms bound both.
func (ts terms) axes() (proofed, authenticated identity.Level) {
	proofed, authenticated = identity.High, identity.High
	for _, t := range ts {
		if name := Term(t.Code); name != Session && name != Freshness {
			proofed = min(proofed, t.Allows)
		}
		if name := Term(t.Code); name != Status && name != Expiry {
			authenticated = min(authenticated, t.Allows)
		}
	}
	return proofed, authenticated
}

// limiting gives the terms that allow less than high, the hardest first.
func (ts terms) limiting() []Reason {
	limits := make([]Reason, 0, len(ts))
	for _, t := range ts {
		if t.Allows < identity.High {
			limits = append(limits, t)
		}
	}
	slices.SortStableFunc(limits, func(a, b Reason) int { return int(a.Allows) - int(b.Allows) })
	return limits
}

// until gives the moment at which this level falls by age, expiry or the end of the session.
func (r Rules) until(level identity.Level, e identity.Evidence, c Circumstance) time.Time {
	ends := []time.Time{e.Expires, c.SessionEnds}
	if !slices.Contains(r.Kinds[e.Kind].LeftOut, Freshness) {
		ends = append(ends, e.AuthTime.Add(time.Duration(r.MaxAge[level])))
	}
	first := time.Time{}
	for _, end := range ends {
		if !end.IsZero() && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}
