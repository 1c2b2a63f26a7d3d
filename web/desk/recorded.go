package desk

import (
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/web/locale"
)

// Recorded is what the clerk of a case wrote down of the visit, for the second one who decides.
type Recorded struct {
	Paper    Paper // that was shown; none where the first ID card is only applied for
	Guardian Paper // of a minor's guardian
	Checks   []Tick
	Helper   bool
	Retakes  bool
	NotMe    bool // what the person holds was stopped by "this was not me"
}

// Tick is one line of the list of checks.
type Tick struct {
	Check string // end of the text's key
	Done  bool
}

func recordedOf(c enrolment.Case, papers []Paper, guardian *Guardian) *Recorded {
	r := &Recorded{Paper: shownOf(papers, c.Document), Helper: c.Helper, Retakes: c.Work.Retakes, NotMe: c.Work.NotMe}
	if guardian != nil {
		r.Guardian = shownOf(guardian.Papers, c.Work.Guardian.Document)
	}
	for _, check := range c.Wanted(c.Document != enrolment.NoDocument) {
		r.Checks = append(r.Checks, Tick{string(check), slices.Contains(c.Checks, check)})
	}
	return r
}

// byFormer reports whether somebody was looked up by an earlier national number of theirs.
func byFormer(c enrolment.Case) bool {
	asked, now := string(c.Work.Asked), c.Work.Snapshot.Identifier
	national := string(identity.NationalNumber)
	return strings.HasPrefix(asked, national) && strings.HasPrefix(now, national) && asked != now
}

// unfit gives the documents for which a case ended, to its clerk.
func (page Case) unfit(c enrolment.Case, w *locale.Words) []Paper {
	if !page.Clerk || page.Why != "desk.ended.document" {
		return nil
	}
	return slices.DeleteFunc(papersOf(c, w), func(p Paper) bool { return p.Usable })
}

// shownOf finds the paper of a type; the zero Paper where there is none.
func shownOf(papers []Paper, kind string) Paper {
	i := slices.IndexFunc(papers, func(p Paper) bool { return p.Type == kind })
	if i < 0 {
		return Paper{}
	}
	return papers[i]
}
