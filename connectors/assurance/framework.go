package assurance

import "symbolon/connectors/identity"

// The frameworks that ship.
const (
	EIDASFramework = "eidas"       // (EU) 910/2014, (EU) 2015/1502
	NISTFramework  = "nist_800_63" // SP 800-63-3: IAL and AAL
)

// Scale says how one framework names what was reached, and of which kinds of evidence it thinks
// otherwise.
type Scale struct {
	Row
	Kinds map[identity.EvidenceKind]Row `json:"kinds,omitempty"`
}

// Row gives the names for each axis.
type Row struct {
	Identity       map[identity.Level]string `json:"identity"`
	Authentication map[identity.Level]string `json:"authentication"`
}

// Grade is what was reached in the words of one framework; "" is nothing that it has a name for.
type Grade struct {
	Identity       string `json:"identity,omitempty"`
	Authentication string `json:"authentication,omitempty"`
}

// grades names what was reached with a kind of evidence, by framework.
func (r Rules) grades(kind identity.EvidenceKind, proofed, authenticated identity.Level) map[string]Grade {
	all := make(map[string]Grade, len(r.Frameworks))
	for name, scale := range r.Frameworks {
		row, special := scale.Kinds[kind]
		if !special {
			row = scale.Row
		}
		all[name] = Grade{row.Identity[proofed], row.Authentication[authenticated]}
	}
	return all
}
