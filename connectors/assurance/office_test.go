package assurance

import (
	"testing"

	"symbolon/connectors/identity"
)

// levels.md §1, the rows of what an office handed out.
func TestWhat_an_office_handed_out(t *testing.T) {
	for _, c := range []struct {
		story     string
		kind      identity.EvidenceKind
		enrolled  identity.Level // desk: high; at home, without a document: substantial
		want      identity.Level
		limit     string
		phishable bool
		ial       string
	}{
		{"certified hardware, redeemed at the desk", "enrolled_certified", high, high, "", false, "IAL3"},
		{"certified hardware, redeemed at home", "enrolled_certified", substantial, substantial, "enrolment", false, "IAL2"},
		{"certified hardware, an emergency override", "enrolled_certified", low, low, "enrolment", false, "IAL1"},
		{"attested, not certified", "enrolled_attested", high, substantial, "kind", false, "IAL2"},
		{"bound to a device that only says so", "enrolled_bound", high, substantial, "kind", false, "IAL2"},
		{"copied by a cloud account", "enrolled_synced", high, substantial, "kind", false, "IAL2"},
		{"an app's code and a PIN", "enrolled_totp", high, substantial, "kind", true, "IAL2"},
		{"recovery codes and paper", "enrolled_codes", high, low, "kind", true, "IAL1"},
		{"first identity card, no document yet", "enrolled_certified", substantial, substantial, "enrolment", false, "IAL2"},
		{"an enrolment of no level", "enrolled_certified", none, none, "enrolment", false, ""},
	} {
		e := proof(c.enrolled, high)
		e.Kind = c.kind
		d := Decide(Default(), []identity.Evidence{e}, Circumstance{}, noon())
		limit := ""
		if len(d.Reasons) > 0 {
			limit = d.Reasons[0].Code
		}
		if d.Level != c.want || limit != c.limit || d.Phishable != c.phishable || d.Grades[NISTFramework].Identity != c.ial {
			t.Errorf("%s: %s by %q, phishable %t, %s", c.story, d.Level, limit, d.Phishable, d.Grades[NISTFramework].Identity)
		}
		for _, reason := range d.Reasons {
			if reason.Code == string(Upstream) {
				t.Errorf("%s: there is no upstream", c.story)
			}
		}
	}
}

func TestThe_enrolment_cannot_be_left_out(t *testing.T) {
	r := Default()
	r.Kinds["enrolled_totp"] = Kind{Authenticates: true, Enrolled: true, Ceiling: high, LeftOut: []Term{Enrolment}}
	if err := r.check(); err == nil {
		t.Error("taken")
	}
}
