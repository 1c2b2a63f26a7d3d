package claims

import (
	"time"

	"symbolon/connectors/identity"
)

// Register is how a population register is named to parties.
type Register struct {
	Name    string `json:"name,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Backing is what may be told about how values were verified: levels, kinds of proof and times. It
// names no connector and no upstream and holds no digest (attacks PV-09); a card's certificate stands in
// it only where a number is told that names its holder anyway.
type Backing struct {
	Level    identity.Level            `json:"level"`  // of the login
	Policy   string                    `json:"policy"` // version of the rules that gave it
	Process  string                    `json:"process"`
	Register Register                  `json:"register,omitzero"`
	Partners map[string]string         `json:"partners,omitempty"` // further source → its name
	Checked  map[string]time.Time      `json:"checked,omitempty"`  // kind of proof → when it was checked
	Means    map[string]identity.Level `json:"-"`                  // means → the most that it proves; not kept
	Sources  map[string]identity.Level `json:"sources,omitempty"`  // attribute → level of what its means proves
	// Absent says that the person was not there: somebody acted for them, and a register alone says who
	// they are. Then nothing about them is verified above low, whatever the login is worth ((EU) 2015/1502
	// annex 2.1.2: only from substantial up somebody must have been verified to be who they claim).
	Absent bool       `json:"absent,omitempty"`
	Signed *Signature `json:"signed,omitempty"` // by the holder's card; kept only beside a number of theirs
	Office *Voucher   `json:"office,omitempty"` // that handed out what they logged in with
}

// Voucher is an office that saw the person and handed out what they logged in with.
type Voucher struct {
	ID   string    `json:"-"`              // this installation's own; not kept, never told
	Name string    `json:"name,omitempty"` // of the organisation that answers for it
	Seen time.Time `json:"seen,omitzero"`  // the day on which it saw them
	At   time.Time `json:"at"`             // when they logged in with it
}

// Signature is what the holder's card did in the login, by the certificate that it was checked with.
type Signature struct {
	Authority string    `json:"authority"`
	Serial    string    `json:"serial"` // of the certificate, hexadecimal
	At        time.Time `json:"at"`
}

// Back sums evidence up. Policy is the rule set's version, process the reference of the login.
func Back(evidence []identity.Evidence, level identity.Level, policy, process string, register Register) Backing {
	b := Backing{
		Level: level, Policy: policy, Process: process, Register: register,
		Checked: map[string]time.Time{}, Means: map[string]identity.Level{},
	}
	for _, e := range evidence {
		means, kind := string(e.Means), string(e.Kind)
		b.Means[means] = max(b.Means[means], identity.Least(e.Asserted, e.Ceiling))
		if e.Checked.After(b.Checked[kind]) {
			b.Checked[kind] = e.Checked
		}
		if e.Kind.FromOffice() && (b.Office == nil || e.Checked.After(b.Office.At)) {
			b.Office = &Voucher{ID: e.Issuer, Seen: e.Seen, At: e.Checked}
		}
		if c := e.Certificate; c != nil && c.Name != "" && c.Serial != "" {
			b.Signed = &Signature{c.Name, c.Serial, e.AuthTime}
		}
	}
	return b
}

// vouched says when somebody last vouched for the person who is not named: an upstream that asserted who it is, or
// an office of a login from before offices were named. Zero: nobody did.
func (b Backing) vouched() time.Time {
	var last time.Time
	for kind, at := range b.Checked {
		k := identity.EvidenceKind(kind)
		if (k == identity.UpstreamAssertion || b.Office == nil && k.FromOffice()) && at.After(last) {
			last = at
		}
	}
	return last
}

// Of keeps with the backing what is needed for these values, and takes out of the values where they
// come from but for its kind, so that both can be sealed together.
func (b Backing) Of(values identity.Attributes) (Backing, identity.Attributes) {
	b.Sources = map[string]identity.Level{}
	kept := make(identity.Attributes, len(values))
	for i, v := range values {
		if v.Source.Kind == identity.FromMeans {
			b.Sources[string(v.Name)] = b.Means[v.Source.ID]
		}
		if v.Source.Kind != identity.FromHub { // there the id is a kind
			v.Source.ID = ""
		}
		kept[i] = v
	}
	b.Means, b.Partners = nil, b.partnersOf(values)
	if !numbered(values) {
		b.Signed = nil
	}
	return b, kept
}

// numbered reports whether a number is among what is told that is the same at every party.
func numbered(told identity.Attributes) bool {
	return has(told, "national_identifier") || has(told, "document_number")
}

// level is the least of the login's and that of the attribute's source. A register is asked by an
// identifier that the login proved, so its word is worth what the login is.
func (b Backing) level(a identity.Attribute) identity.Level {
	if a.Source.Kind != identity.FromMeans {
		return b.Level
	}
	if level, kept := b.Sources[string(a.Name)]; kept {
		return min(b.Level, level)
	}
	return min(b.Level, b.Means[a.Source.ID])
}

// partnersOf names the further sources of these values.
func (b Backing) partnersOf(values identity.Attributes) map[string]string {
	var names map[string]string
	for _, v := range values {
		if v.Source.Kind != identity.FromPartner {
			continue
		}
		if names == nil {
			names = map[string]string{}
		}
		source, _, _ := Further(v.Name)
		names[source] = b.Partners[source]
	}
	return names
}
