package assurance

import "symbolon/connectors/identity"

// officeKinds say what is worth what an office handed out (levels.md §1, means.md §8). The level of
// the enrolment bounds each: high takes the desk, at home it is substantial.
func officeKinds() map[identity.EvidenceKind]Kind {
	return map[identity.EvidenceKind]Kind{
		"enrolled_certified": {Authenticates: true, Enrolled: true, Ceiling: identity.High},
		"enrolled_attested":  {Authenticates: true, Enrolled: true, Ceiling: identity.Substantial},
		"enrolled_bound":     {Authenticates: true, Enrolled: true, Ceiling: identity.Substantial},
		"enrolled_synced":    {Authenticates: true, Enrolled: true, Ceiling: identity.Substantial},
		"enrolled_totp":      {Authenticates: true, Enrolled: true, Phishable: true, Ceiling: identity.Substantial},
		"enrolled_codes":     {Authenticates: true, Enrolled: true, Phishable: true, Ceiling: identity.Low},
	}
}

// proofing is how surely an office knows somebody (levels.md §1): a document that no register answers for is
// the clerks' word alone, and in an emergency there is nothing to compare with.
func proofing() map[identity.Proofing]identity.Level {
	return map[identity.Proofing]identity.Level{
		identity.InPerson: identity.High, identity.AtHome: identity.Substantial, identity.WithoutDocument: identity.Substantial,
		identity.DocumentAlone: identity.Substantial, identity.WithoutRegister: identity.Low,
	}
}

// inPerson names what was proofed in sight of the office in the words of NIST SP 800-63A: beside the
// row of others, IAL3.
func inPerson(row Row) map[identity.EvidenceKind]Row {
	row.Identity = map[identity.Level]string{identity.Low: "IAL1", identity.Substantial: "IAL2", identity.High: "IAL3"}
	kinds := map[identity.EvidenceKind]Row{}
	for kind := range officeKinds() {
		kinds[kind] = row
	}
	return kinds
}
