package assurance

import (
	"maps"
	"time"

	"symbolon/connectors/identity"
)

// Default is the rule set that ships.
func Default() Rules {
	login, day := Age(30*time.Minute), Age(24*time.Hour) // the life of one login; longer than any session
	rules := Rules{
		Version: "2026-11-28.8",
		Kinds: map[identity.EvidenceKind]Kind{
			identity.UpstreamAssertion: {Authenticates: true, Ceiling: identity.High},
			identity.RegisterRecord:    {Status: true},
			identity.CardToken:         {Authenticates: true, Ceiling: identity.High},
			identity.CardTLS:           {Authenticates: true, Ceiling: identity.High}, // how much of it, the operator decides by the means' ceiling
			identity.DocumentStatus:    {Status: true},
		},
		SessionCap: identity.Substantial,
		MaxAge:     map[identity.Level]Age{identity.High: login, identity.Substantial: day / 2, identity.Low: day},
		// Whoever asks registers keeps their answers for much less; within a login, and where a session
		// lives on, an answer must not fall short by itself.
		StatusAge: map[identity.Level]Age{identity.High: login, identity.Substantial: day / 2, identity.Low: day},
		Findings: map[identity.Finding]Weight{
			"unknown_device":    {Points: 0},
			"suspicious_device": {Points: 20, Mitigated: []Mitigation{{By: SecondMeans, Points: 0}}},
			"register_mismatch": {Points: 40, Mitigated: []Mitigation{{By: "name_changed", Points: 0}}},
			"name_changed":      {Points: 0},
			SecondMeans:         {Points: 0}, // speaks for somebody
			"open_duplicate":    {Points: 60},
			// For 30 days, against what rests on no document: who has a stolen wallet may have more of its owner's.
			"document_reported": {Points: 40, Mitigated: []Mitigation{{By: SecondMeans, Points: 0}}},
			"clerk_flag":        {Points: 40}, // until the day to which it was decided to stand
		},
		Unnamed:    60,
		Thresholds: map[identity.Level]int{identity.High: 20, identity.Substantial: 50, identity.Low: 100},
		Proofing:   proofing(),
		Frameworks: map[string]Scale{EIDASFramework: eidasScale(), NISTFramework: nistScale()},
	}
	maps.Copy(rules.Kinds, officeKinds())
	return rules
}

// eidasScale is (EU) 2015/1502: one scale of three for enrolment and for authentication.
func eidasScale() Scale {
	same := map[identity.Level]string{identity.Low: "low", identity.Substantial: "substantial", identity.High: "high"}
	return Scale{Row: Row{Identity: same, Authentication: same}}
}

// nistScale is SP 800-63-3. IAL3 takes proofing in person, in sight of whoever vouches here; an
// answer from elsewhere, a card with its PIN included, shows nothing of that.
func nistScale() Scale {
	row := Row{
		Identity:       map[identity.Level]string{identity.Low: "IAL1", identity.Substantial: "IAL2", identity.High: "IAL2"},
		Authentication: map[identity.Level]string{identity.Low: "AAL1", identity.Substantial: "AAL2", identity.High: "AAL3"},
	}
	return Scale{Row: row, Kinds: inPerson(row)}
}
