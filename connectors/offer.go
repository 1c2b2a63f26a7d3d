package connectors

import (
	"slices"

	"symbolon/connectors/identity"
)

// Offer is one means that may be shown to a citizen for one party and level.
type Offer struct {
	Description
	Choices []Choice       // those of its doors that reach the level; empty for a means with one door
	Reaches identity.Level // the most it can give this party
	Seldom  bool           // only some people reach with it what is wanted: those with a certified key, say
}

// Use says from which level down a means counts, for one party.
type Use struct {
	Means identity.Means
	UpTo  identity.Level
}

// Offers gives the means that can reach the wanted level and that the party permits, in the
// operator's order, those with which only some people reach it behind the others. What is switched off, or not permitted, or too weak is left out. wanted None
// stands for "any level at all".
func Offers(all []Description, permitted []Use, wanted identity.Level) []Offer {
	wanted = max(wanted, identity.Low)
	var offers []Offer
	for _, d := range all {
		upTo := identity.None
		for _, use := range permitted {
			if use.Means == d.ID {
				upTo = use.UpTo
			}
		}
		if d.Disabled {
			continue
		}
		offer := Offer{Description: d}
		if len(d.Choices) == 0 {
			offer.Reaches = identity.Least(upTo, d.Ceiling)
		}
		for _, c := range d.Choices {
			if reaches := identity.Least(upTo, d.CeilingOf(c.ID)); reaches.Satisfies(wanted) {
				offer.Choices = append(offer.Choices, c)
				offer.Reaches = max(offer.Reaches, reaches)
			}
		}
		if offer.Reaches.Satisfies(wanted) {
			offer.Seldom = d.Mostly != identity.None && d.Mostly < wanted
			offers = append(offers, offer)
		}
	}
	slices.SortStableFunc(offers, func(a, b Offer) int {
		switch {
		case a.Seldom == b.Seldom:
			return 0
		case b.Seldom:
			return -1
		default:
			return 1
		}
	})
	return offers
}
