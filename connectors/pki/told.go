package pki

import (
	"crypto/x509/pkix"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// Issuer names who vouches for the holder, for the tie between a card and a person: the country, not the
// authority, so that a new card of a new generation is the same person's (features S46, attacks XC-19).
func (c Card) Issuer() string { return "eid:" + c.Person.Country }

// Subject is the holder's name at that issuer.
func (c Card) Subject() identity.Secret { return identity.Hide(c.Person.Reveal()) }

// month is how finely the validity of a certificate is told: whole months are shared by many.
const month = "2006-01"

// Attributes are what the card tells about its holder, and of its certificate what names neither the card nor
// the holder's number.
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
	tell("x509_issuer", c.Proof.Name)
	tell("x509_policy", c.Proof.Policy)
	tell("x509_subject", pkix.Name{CommonName: strings.TrimSpace(c.Given + " " + c.Family), Country: []string{c.Country}}.String())
	tell("x509_not_before", c.From.UTC().Format(month))
	tell("x509_not_after", c.Expires.UTC().Format(month))
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
