package desk

import "symbolon/provider/enrolment"

// Here gives the key of a text as it reads where the citizen goes on: on a phone, or at the office's own computer.
func (page Case) Here(key string) string {
	if page.Handing.AtCounter {
		return key + ".counter"
	}
	return key
}

// HelpOf names the help for the step: the end of its text's key. It says what is so in this case alone: who goes on at home
// reads out no digits, and who stays while a slip is mended does not come again.
func (page Case) HelpOf() string {
	switch {
	case page.Step == "confirm" && page.Handing.Home, page.Step == "done" && page.Handing.Home:
		return page.Step + ".home"
	case page.Step == "confirm":
		return page.Here(page.Step)
	case page.Mistyped() && !page.Clerk: // what to compare is for who opens the next one
		return page.Step + ".mistyped.other"
	case page.Mistyped():
		return page.Step + ".mistyped"
	case page.Step == "ended" && page.Why == "desk.ended."+enrolment.ByOfficer:
		return page.Step + ".office"
	default:
		return page.Step
	}
}

// Mistyped reports whether the case ended for a slip alone, so that the citizen stays for the next one.
func (page Case) Mistyped() bool {
	return page.Step == "ended" && page.Why == "desk.ended."+enrolment.Mistyped
}

// endsAll reports whether all that offices gave the citizen before stops when the case is done.
func endsAll(c enrolment.Case) bool {
	return c.Replaces() == enrolment.ReplacesAll && !c.Work.OnlyTakesUp
}
