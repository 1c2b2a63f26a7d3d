package desk

import (
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
)

// Guardian is who comes with a minor, to be compared with who stands there.
type Guardian struct {
	Person Person
	Kind   string // end of the text's key: by what right
	Papers []Paper
	Shown  string // number of the document that was seen; "" before

	Photo      bool // the register has one
	Restricted bool // the national number
}

// guardianOf gives what the page says of a minor's guardian; nil while nobody was found, and for adults.
func guardianOf(c enrolment.Case) *Guardian {
	g := c.Work.Guardian
	if !c.Minor || c.Guardian.IsZero() {
		return nil
	}
	shown := &Guardian{Person: personOf(g.Snapshot), Kind: string(g.Kind), Photo: !g.Snapshot.NoPhoto, Restricted: g.Snapshot.Restricted}
	for _, d := range g.Snapshot.Documents {
		p := Paper{kindOf(d.Type), d.Type, d.Number, d.Issuer, d.Expires, string(d.Status), d.Status == register.Valid}
		shown.Papers = append(shown.Papers, p)
		if d.Type == g.Document {
			shown.Shown = d.Number
		}
	}
	return shown
}
