package pki

import (
	"time"

	"symbolon/connectors/identity"
)

// Issuer names who vouches for the holder, for the tie between a card and a person: the country, not the
// authority, so that a new card of a new generation is the same person's (features S46, attacks XC-19).
func (c Card) Issuer() string { return "eid:" + c.Person.Country }

// Subject is the holder's name at that issuer.
func (c Card) Subject() identity.Secret { return identity.Hide(c.Person.Reveal()) }

// Attributes are what the card tells about its holder.
func (c Card) Attributes(means identity.Means, now time.Time) identity.Attributes {
	var all identity.Attributes
	tell := func(name identity.AttributeName, text string) {
		if text != "" {
			all = append(all, identity.Attribute{
				Name: name, Value: identity.Text(text), Source: identity.Source{Kind: identity.FromMeans, ID: string(means)}, VerifiedAt: now,
			})
		}
	}
	tell("given_name", c.Given)
	tell("family_name", c.Family)
	tell("birthdate", c.Birthdate)
	if c.Person.Scheme == identity.NationalNumber {
		if number, err := identity.JSON(map[string]string{
			"type": string(c.Person.Scheme), "value": c.Person.Reveal(), "country": c.Person.Country,
		}); err == nil {
			all = append(all, identity.Attribute{
				Name: "national_identifier", Value: number, Source: identity.Source{Kind: identity.FromMeans, ID: string(means)}, VerifiedAt: now,
			})
		}
	}
	return all
}
