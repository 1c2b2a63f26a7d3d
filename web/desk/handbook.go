package desk

import "symbolon/provider/enrolment"

// Handbook is the page that explains the desk to the people at it.
type Handbook struct {
	Site    string // where phones come first; "" where none do
	Doubts  []string
	Flags   []string // why a second person decides
	Reasons []string // for which they refuse
}

// HandbookOf gives the screen.
func HandbookOf(site string) Handbook {
	h := Handbook{Site: site, Doubts: enrolment.Doubts(), Reasons: enrolment.Declining()}
	for _, f := range enrolment.EveryFlag() {
		h.Flags = append(h.Flags, string(f))
	}
	return h
}
