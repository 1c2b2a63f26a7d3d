package enrolment

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Homes says where somebody who works at a desk lives: by keyed digests alone, as a register told it when they were
// named, and every night since. None: it is not known, or is to be told to nobody.
type Homes interface {
	Homes(context.Context, identity.PersonID) ([]Digest, error)
}

// HomeOf gives the digests of an address that a register told, under every key in use; none for no address.
func HomeOf(digests seal.Digester, attributes identity.Attributes) []Digest {
	told, _ := attributes.Find("address")
	var address struct {
		Street   string `json:"street_address"`
		Locality string `json:"locality"`
		Postal   string `json:"postal_code"`
		Country  string `json:"country"`
	}
	if told.Value.IsZero() || json.Unmarshal(told.Value.Reveal(), &address) != nil || address.Street == "" {
		return nil
	}
	parts := []string{address.Street, address.Locality, address.Postal, address.Country}
	for i, part := range parts { // how it is spaced and written says nothing
		parts[i] = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToUpper(r)
			}
			return -1
		}, part)
	}
	all := make([]Digest, len(digests.Keys))
	for i, sum := range digests.All("home", strings.Join(parts, "\x00")) {
		all[i] = Digest{digests.Keys[i].ID, sum}
	}
	return all
}

// sharesHome reports whether the clerk lives where the citizen of a case does.
func (o *Office) sharesHome(ctx context.Context, clerk identity.PersonID, c Case) (bool, error) {
	if len(c.Work.Home) == 0 {
		return false, nil
	}
	homes, err := o.Homes.Homes(ctx, clerk)
	return slices.ContainsFunc(homes, func(d Digest) bool { return slices.Contains(c.Work.Home, d) }), err
}
