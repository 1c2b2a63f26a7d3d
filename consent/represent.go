package consent

import (
	"slices"

	"symbolon/connectors/identity"
)

// Act is the attribute that says who acts for the person that the others are about (RFC 8693 §4.1). Who
// asks for it lets people act for others.
const Act identity.AttributeName = "act"

// Field is one field of life in which somebody may act for somebody else.
type Field string

// Fields lists the fields in which a register says that people act for others; "all" is all of them.
func Fields() []Field {
	return []Field{"all", "education", "health", "benefits", "property", "administration"}
}

// Represents reports whether the ask lets people act for others.
func (a Ask) Represents() bool {
	return slices.ContainsFunc(a.Attributes, func(w Wanted) bool { return w.Name == Act })
}

// aboutMandate reports whether an attribute says by what right somebody acts for somebody else.
func aboutMandate(name identity.AttributeName) bool {
	return slices.Contains([]identity.AttributeName{Act, "rep_scope", "mandate_id", "mandate_expiry"}, name)
}

// represents checks that a party lets people act for others altogether or not at all.
func (c *partyCheck) represents() {
	p := c.party
	for i, field := range p.Represents {
		if !slices.Contains(Fields(), field) {
			c.wrong("represents", "names the field %q, which is none", Display(string(field), longestID))
		}
		if slices.Contains(p.Represents[:i], field) {
			c.wrong("represents", "names a field twice")
		}
	}
	acts := false
	for _, m := range p.May {
		acts = acts || m.Attribute == Act
		if aboutMandate(m.Attribute) && m.Required {
			c.wrong("may "+string(m.Attribute), "cannot be required: people may act for themselves, too")
		}
		if aboutMandate(m.Attribute) && len(p.Represents) == 0 {
			c.wrong("may "+string(m.Attribute), "needs represents, the fields in which people may act for others")
		}
	}
	if len(p.Represents) > 0 && !acts {
		c.wrong("represents", "needs act under may: a party must be told who acts")
	}
}
