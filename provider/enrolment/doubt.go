package enrolment

import (
	"context"
	"slices"

	"symbolon/provider/journal"
	"symbolon/provider/subject"
)

// Doubts are the reasons of a clerk's doubt. Each has a text under "desk.doubt.CODE".
func Doubts() []string { return []string{"photo", "document", "story", "pressure"} }

// Doubts are those that a clerk may have in a case: without a document there is none to doubt.
func (c Case) Doubts(document bool) []string {
	genuine := about("document")
	if slices.ContainsFunc(c.Wanted(document), func(check Check) bool { return slices.Contains(genuine, check) }) {
		return Doubts()
	}
	return slices.DeleteFunc(Doubts(), func(doubt string) bool { return doubt == "document" })
}

// about gives the checks that a doubt says the opposite of.
func about(doubt string) []Check {
	switch doubt {
	case "photo":
		return []Check{PhotoLikeness, ApplicationPhoto, DocumentLikeness, GuardianLikeness, GuardianDocument}
	case "document":
		return []Check{SecurityFeatures, GuardianFeatures}
	default:
		return nil
	}
}

// Done reports whether everything that was to be checked is ticked. What the clerk says the opposite of is not, or the
// second clerk, who decides then, would read that somebody vouches for what the first one doubts.
func (s Seen) Done(wanted []Check) bool {
	doubted := about(s.Doubt)
	if s.Mismatch {
		doubted = append(doubted, DataAgree)
	}
	for _, check := range wanted {
		if !slices.Contains(s.Checks, check) && !slices.Contains(doubted, check) {
			return false
		}
	}
	return true
}

// Against is up to which day a doubt was written down against the citizen of a case before anybody decided, and up to which
// day another one's spoke against them until then.
type Against struct {
	Until  subject.Day `json:"until,omitempty"`
	Before subject.Day `json:"before,omitempty"`
}

// doubted writes a case and, where its clerk has a doubt, has that speak against the person for so many days.
func (o *Office) doubted(ctx context.Context, c Case, days subject.Day, change Change, entries ...journal.Entry) (Case, error) {
	if !slices.Contains(c.Flags, ClerksOwnDoubt) || c.Person.IsZero() { // of whom nobody knows yet who they are nothing is kept
		return o.write(ctx, c, change, entries...)
	}
	found := subject.Finding{Code: subject.ClerkFlag, Until: subject.DayOf(o.Now()) + days, Least: c.State == ReviewRequired} // before a decision no doubt shortens another
	var written Case
	err := o.Atomically(ctx, func(ctx context.Context) error {
		if found.Least {
			before, err := o.Standing.Until(ctx, c.Person, found.Code)
			if err != nil {
				return err
			}
			if c.Work.Against = (Against{}); before < found.Until {
				c.Work.Against = Against{Until: found.Until, Before: before}
			}
		}
		var err error
		if written, err = o.write(ctx, c, change, entries...); err != nil {
			return err
		}
		return o.Standing.Found(ctx, c.Person, found)
	})
	return written, err
}

// undoubted ends a case whose number was typed wrongly: what its clerk's doubt said against whoever has that number is over,
// and what was said of them before stands as it did. A doubt that was written down since, by whomever, stays;
// and so does what is said of whom they became since.
func (o *Office) undoubted(ctx context.Context, c Case, was Against, decided journal.Entry) (Case, error) {
	var written Case
	err := o.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if written, err = o.write(ctx, c, Change{Burn: true}, decided); err != nil || was.Until == 0 {
			return err
		}
		is, err := o.Standing.Became(ctx, c.Person)
		if err != nil || is != c.Person { // nobody knows any more of which of the two it was said
			return err
		}
		until, err := o.Standing.Until(ctx, c.Person, subject.ClerkFlag)
		if err != nil || until != was.Until {
			return err
		}
		if was.Before < subject.DayOf(o.Now()) {
			was.Before = 0
		}
		return o.Standing.Found(ctx, c.Person, subject.Finding{Code: subject.ClerkFlag, Until: was.Before})
	})
	return written, err
}
