package claims

import (
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Acting is by what right somebody acts for the person whom claims are about, as a party may know it.
type Acting struct {
	Subject string // who acts, by their name at the party
	Mandate string // the mandate's name there
	Fields  []string
	Until   time.Time // zero: no end is set
}

// Attributes writes it as attributes, so that a citizen is shown what is told.
func (a Acting) Attributes() (identity.Attributes, error) {
	values := map[identity.AttributeName]any{
		consent.Act: map[string]string{"sub": a.Subject}, "rep_scope": a.Fields, "mandate_id": a.Mandate,
	}
	if !a.Until.IsZero() {
		values["mandate_expiry"] = second(a.Until)
	}
	var all identity.Attributes
	for name, value := range values {
		v, err := identity.JSON(value)
		if err != nil {
			return nil, err
		}
		all = append(all, identity.Attribute{Name: name, Value: v, Source: identity.Source{Kind: identity.FromHub}})
	}
	return all, nil
}

// ForAbsent is what stands behind values about somebody who is not there: that a register says so, and
// that who acts for them logged in. What the one who acts proved about themselves does not count for
// them, and their card's certificate is not told as somebody else's.
func (b Backing) ForAbsent() Backing {
	b.Absent, b.Signed, b.Means = true, nil, nil
	if b.Office != nil { // it saw the one who acts
		b.Office = &Voucher{At: b.Office.At}
	}
	return b
}
