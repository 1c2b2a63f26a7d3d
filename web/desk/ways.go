package desk

import "symbolon/provider/enrolment"

// Way is something of the citizen's that was suspended.
type Way struct{ ID, Type, Name, Not string }

// WaysOf lists them.
func WaysOf(waiting []enrolment.Way) []Way {
	all := make([]Way, len(waiting))
	for i, w := range waiting {
		all[i] = Way{w.ID, w.Type, w.Name, string(w.Not)}
	}
	return all
}

// Choosable reports whether there is one that may be taken up again.
func (page Case) Choosable() bool {
	for _, w := range page.Ways {
		if w.Not == "" {
			return true
		}
	}
	return false
}
