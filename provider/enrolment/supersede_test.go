package enrolment_test

import (
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

// Means.md §4.7, R-ENR-13: what is lost is replaced, one more phone replaces nothing, an emergency nothing that is
// stronger, and a real check what came of an emergency.
func TestWhatGivesWay(t *testing.T) {
	high := enrolment.Case{ID: seal.RowID{1}, Basis: enrolment.ByRegister, Level: identity.High}
	emergency := enrolment.Case{ID: seal.RowID{2}, Basis: enrolment.Emergency, Level: identity.Low}
	for _, row := range []struct {
		name            string
		purpose         enrolment.Purpose
		basis           enrolment.Basis
		earlier         bool // there is something from an emergency
		replaces        enrolment.Replaced
		high, emergency bool // gives way
	}{
		{"one more phone", enrolment.ForHolder, enrolment.ByRegister, false, enrolment.ReplacesNothing, false, false},
		{"beside a new ID card", enrolment.WithIDCard, enrolment.ByRegister, false, enrolment.ReplacesNothing, false, false},
		{"a lost phone", enrolment.LostPhone, enrolment.ByRegister, false, enrolment.ReplacesAll, true, true},
		{"a lost phone after an emergency", enrolment.LostPhone, enrolment.ByRegister, true, enrolment.ReplacesAll, true, true},
		{"a lost phone of who is in no register", enrolment.LostPhone, enrolment.ByDocument, false, enrolment.ReplacesAll, true, true},
		{"a real check after an emergency", enrolment.ForHolder, enrolment.ByRegister, true, enrolment.ReplacesEmergencies, false, true},
		{"an emergency", enrolment.ForHolder, enrolment.Emergency, false, enrolment.ReplacesNothing, false, false},
		{"an emergency after a lost phone", enrolment.LostPhone, enrolment.Emergency, false, enrolment.PutsAside, false, true},
	} {
		c := enrolment.Case{ID: seal.RowID{3}, Purpose: row.purpose, Basis: row.basis, Level: identity.High, Work: enrolment.Work{Replaces: row.earlier}}
		if row.basis == enrolment.Emergency {
			c.Level = identity.Low
		}
		if got := c.Replaces(); got != row.replaces || c.GivesWay(high) != row.high || c.GivesWay(emergency) != row.emergency || c.GivesWay(c) {
			t.Errorf("%s: %q; of an earlier check %v, of an emergency %v, of itself %v", row.name, got, c.GivesWay(high), c.GivesWay(emergency), c.GivesWay(c))
		}
	}
}
