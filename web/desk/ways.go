package desk

import (
	"slices"
	"time"

	"symbolon/provider/enrolment"
)

// Way is something of the citizen's that was suspended.
type Way struct {
	ID, Type, Name, Since, Not string
	NotMe                      bool
	Case                       string // number of the one that it is from, where it takes that to tell two apart
}

// WaysOf lists them.
func WaysOf(waiting []enrolment.Way) []Way {
	all, alike := make([]Way, len(waiting)), map[[3]string]int{}
	for i, w := range waiting {
		all[i] = Way{ID: w.ID, Type: w.Type, Name: w.Name, Since: w.Since.Format(time.DateOnly), Not: string(w.Not), NotMe: w.NotMe}
		alike[all[i].looks()]++
	}
	for i, w := range all {
		if alike[w.looks()] > 1 {
			all[i].Case = waiting[i].Number
		}
	}
	return all
}

// looks are what one is told from another by.
func (w Way) looks() [3]string { return [3]string{w.Type, w.Name, w.Since} }

// purposeOf names what a case is for: "desk.purpose." and this is its text.
func purposeOf(c enrolment.Case) string {
	if c.Work.OnlyTakesUp {
		return string(enrolment.TakeUp)
	}
	return string(c.Purpose)
}

// Choosable reports whether there is one that may be taken up again.
func (page Case) Choosable() bool {
	return page.stay("")
}

// Ahead says, before anything is compared, who may take up what was stopped: the clerk of the case ("here") or only
// another one ("clerk"); "" for nobody at this office. How much this visit makes sure of is not known yet.
func (page Case) Ahead() string {
	switch {
	case page.stay("") || page.stay(string(enrolment.TooWeak)):
		return "here"
	case page.stay(string(enrolment.OtherHand)):
		return "clerk"
	default:
		return ""
	}
}

// Reasons are those for which the clerk ends the case, the likeliest first.
func (page Case) Reasons() []string {
	if page.Ahead() == "clerk" && page.TakenUp == 0 && !page.StoppedOld {
		return append([]string{enrolment.OtherTakesUp}, page.Endings...)
	}
	return page.Endings
}

// SaidNotMe reports whether somebody stopped any of it by "this was not me": a clerk who does not know asks nothing.
func (page Case) SaidNotMe() bool {
	return page.Recorded != nil && page.Recorded.NotMe || slices.ContainsFunc(page.Ways, func(w Way) bool { return w.NotMe })
}

func (page Case) stay(not string) bool {
	return slices.ContainsFunc(page.Ways, func(w Way) bool { return w.Not == not })
}
