package enrolment

import "slices"

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
