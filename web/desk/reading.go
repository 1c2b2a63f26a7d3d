package desk

import (
	"cmp"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/web/locale"
)

// Reading is the form for what a clerk reads from a document that no register answers about.
type Reading struct {
	enrolment.Reading
	Basis   string
	Paper   string // number of the document that the case is about; "" where it is to be typed, too
	Kind    string // of that: end of the text's key; "" where nobody said
	Country string // and its name
	Types   []string
}

func readingOf(c enrolment.Case, basis enrolment.Basis, w *locale.Words) *Reading {
	r := &Reading{Reading: c.Work.Typed, Basis: string(basis), Types: enrolment.Papers()}
	asked, err := identity.ParseIdentifier(string(c.Work.Asked))
	if err == nil && asked.Scheme != identity.NationalNumber {
		r.Paper, r.Kind, r.Country = asked.Value.Reveal(), r.Type, w.Country(asked.Country)
		if asked.Scheme == identity.Passport {
			r.Kind = "passport"
		}
	} else {
		r.Type = cmp.Or(r.Type, "idcard")
	}
	return r
}
