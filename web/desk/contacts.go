package desk

import (
	"slices"
	"strings"

	"symbolon/provider/enrolment"
)

// Contact is an address of the citizen, as far as the desk may see it.
type Contact struct {
	Channel   string // end of the text's key, and of the ids of its fields
	Shown     string // masked
	Confirmed bool
	Asked     bool // a code is there to be read out
	Tries     int  // left for it
	Left      int  // codes that may yet be sent
}

// ContactsOf gives the list of the hand-over.
func ContactsOf(contacts []enrolment.Contact) []Contact {
	all := make([]Contact, len(contacts))
	for i, c := range contacts {
		all[i] = Contact{string(c.Channel), c.Shown, c.Confirmed, c.Asked, c.Tries, c.Left}
	}
	return all
}

// Asking gives the channel of the first number that is there to be read out; "" for none.
func (page Case) Asking() string {
	i := slices.IndexFunc(page.Contacts, func(c Contact) bool { return c.Asked })
	if i < 0 {
		return ""
	}
	return page.Contacts[i].Channel
}

// Reached reports whether the citizen confirmed one of them, so that the second half of a code for home has where to go.
func (page Case) Reached() bool {
	return slices.ContainsFunc(page.Contacts, func(c Contact) bool { return c.Confirmed })
}

// AsksContacts reports whether the page is one on which the citizen may confirm an address: before a code is handed
// over, and where one for home may be given anew.
func (page Case) AsksContacts() bool {
	anew := page.Handing.Home && page.Filed != "" && page.Reissues > 0 && !page.Confirmed
	return page.Clerk && (page.Step == "hand" || anew && slices.Contains([]string{"confirm", "alarm", "expired"}, page.Step))
}

// Beside reports whether what was refused about a field is said beside it: where it stands so far down that it and the
// top of the page are not seen together.
func (page Case) Beside(field string) bool {
	if channel, code := strings.CutPrefix(field, "code-"); code {
		return slices.ContainsFunc(page.Contacts, func(c Contact) bool { return c.Channel == channel && c.Asked && !c.Confirmed })
	}
	if field == "why" {
		return page.Step == "decide"
	}
	if field == "way-0" {
		return (page.Step == "hand" || page.Step == "takeup") && page.Choosable()
	}
	anew := page.Reissues > 0 && !page.Confirmed && (page.Step == "confirm" || page.Step == "alarm" || page.Step == "expired" && page.Filed != "")
	return field == "scanned" && page.Clerk && page.Scans && page.Fresh && (page.Step == "hand" || anew)
}
