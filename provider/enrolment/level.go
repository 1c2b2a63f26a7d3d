package enrolment

import "symbolon/connectors/identity"

// Rests gives what an enrolment rests on; of all of it the weakest counts.
func Rests(basis Basis, document string, mode Mode) []identity.Proofing {
	all := []identity.Proofing{identity.InPerson}
	for _, row := range []struct {
		holds bool
		on    identity.Proofing
	}{
		{mode != AtDesk, identity.AtHome},
		{document == NoDocument || document == "", identity.WithoutDocument},
		{basis != ByRegister, identity.DocumentAlone},
		{basis != ByRegister && basis != ByDocument, identity.WithoutRegister},
	} {
		if row.holds {
			all = append(all, row.on)
		}
	}
	return all
}

// level is what an enrolment vouches for, by the operator's rules. An emergency is low, whatever they say
// (means.md R-ENR-13).
func (o *Office) level(c Case, mode Mode) identity.Level {
	level := identity.High
	for _, on := range Rests(c.Basis, c.Document, mode) {
		level = identity.Least(level, o.Policy.Levels[on])
	}
	if c.Basis == Emergency {
		level = identity.Least(level, identity.Low)
	}
	return level
}
