package sim

import (
	"encoding/json"
	"strings"
	"time"

	"symbolon/cmd/exampleparty/party"
)

// withEvidence asks who somebody is at a strong level, and which document and register say so. Without either,
// or at a lower level, nothing comes back (OpenID Connect for Identity Assurance 1.0 §5.4).
func withEvidence() *party.Verified {
	type object = map[string]any
	checks := []any{object{"check_method": nil, "time": nil}}
	who, document := "to be sure that nobody does this in your name", "to note which document proves it"
	return &party.Verified{
		Verification: object{
			"trust_framework": nil, "assurance_level": object{"value": "high"}, "time": nil,
			"evidence": []any{
				object{"type": object{"value": "document"}, "check_details": checks, "document_details": object{
					"type": nil, "document_number": nil, "date_of_expiry": nil, "issuer": object{"name": nil},
				}},
				object{"type": object{"value": "electronic_record"}, "check_details": checks, "record": object{"type": nil, "source": object{"name": nil}}},
			},
		},
		Claims: map[string]party.Want{
			"given_name": {}, "family_name": {}, "birthdate": {Purpose: who},
			"document_type": {}, "document_number": {Purpose: document}, "document_issuer": {}, "document_date_of_expiry": {},
		},
	}
}

// proved is what was told with evidence, for reading.
type proved struct {
	Claims               []told
	Level, Framework, At string
	Evidence             []evidence
}

// evidence is one thing that the claims rest on.
type evidence struct {
	Type, Title string
	Facts       []told
}

// verifiedClaims is what of verified_claims this service asks for.
type verifiedClaims struct {
	Claims       map[string]any `json:"claims"`
	Verification struct {
		Framework string `json:"trust_framework"`
		Level     string `json:"assurance_level"`
		Time      string `json:"time"`
		Evidence  []struct {
			Type   string `json:"type"`
			Checks []struct {
				Method string `json:"check_method"`
				Time   string `json:"time"`
			} `json:"check_details"`
			Document struct {
				Type   string `json:"type"`
				Number string `json:"document_number"`
				Expiry string `json:"date_of_expiry"`
				Issuer struct {
					Name string `json:"name"`
				} `json:"issuer"`
			} `json:"document_details"`
			Record struct {
				Type   string `json:"type"`
				Source struct {
					Name string `json:"name"`
				} `json:"source"`
			} `json:"record"`
		} `json:"evidence"`
	} `json:"verification"`
}

// provedOf reads verified_claims; nil if there is nothing in it.
func provedOf(raw any) *proved {
	var v verifiedClaims
	written, err := json.Marshal(raw)
	if raw == nil || err != nil || json.Unmarshal(written, &v) != nil || len(v.Claims) == 0 {
		return nil
	}
	p := &proved{lines(v.Claims), v.Verification.Level, plainly(v.Verification.Framework), moment(v.Verification.Time), nil}
	for _, e := range v.Verification.Evidence {
		one := evidence{Type: e.Type, Title: plainly(e.Type)}
		for _, fact := range []told{
			{"Kind", plainly(e.Document.Type + e.Record.Type)}, {"Number", e.Document.Number}, {"Issued by", e.Document.Issuer.Name},
			{"Valid until", e.Document.Expiry}, {"Kept by", e.Record.Source.Name},
		} {
			if fact.Value != "" {
				one.Facts = append(one.Facts, fact)
			}
		}
		for _, check := range e.Checks {
			one.Facts = append(one.Facts, told{"Checked", strings.TrimSpace(plainly(check.Method) + ", " + moment(check.Time))})
		}
		p.Evidence = append(p.Evidence, one)
	}
	return p
}

// plainly says a term of OpenID Identity Assurance in plain words; one it does not know stays.
func plainly(term string) string {
	words := map[string]string{
		"eidas": "eIDAS, the European rules for electronic identity", "document": "An identity document", "electronic_record": "An entry in a register",
		"idcard": "identity card", "population_register": "population register", "data": "compared with the data of who issued it",
	}
	if plain, known := words[term]; known {
		return plain
	}
	return term
}

// moment writes a time for reading; what is none stays as it came.
func moment(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return at.UTC().Format("2 January 2006, 15:04 UTC")
}
