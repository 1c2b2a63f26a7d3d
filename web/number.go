package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
)

// readNumber reads a national number as people type it, or an identifier written in full.
func readNumber(typed, country string) (identity.Identifier, error) {
	typed = strings.ToUpper(strings.TrimSpace(typed))
	if id, err := identity.ParseIdentifier(typed); err == nil {
		return id, nil
	}
	return identity.ParseIdentifier(string(identity.NationalNumber) + country + "-" + identity.LettersAndDigits(typed))
}

// wanted reads whom a clerk looks for: by the national number, or, for somebody who has none, by their document.
// Otherwise it gives the code of what is wrong.
func (p *pages) wanted(v *visit, form url.Values) (identity.Identifier, string) {
	if !form.Has("country") {
		number, err := readNumber(form.Get("number"), v.Country(p))
		if err != nil || number.Scheme != identity.NationalNumber {
			return number, "number"
		}
		return number, ""
	}
	id, err := readDocument(form.Get("paper"), form.Get("country"), form.Get("document"))
	if err != nil {
		return id, "document_number"
	}
	return id, ""
}

// readDocument reads a document's number with the country that issued it, as it stands in the lines for machines:
// three letters, D for Germany (ICAO 9303-3 §5), or the two of ISO 3166.
func readDocument(paper, country, number string) (identity.Identifier, error) {
	country = strings.ToUpper(strings.TrimSpace(country))
	if country == "D" {
		country = "DE"
	}
	region, err := language.ParseRegion(country)
	if err != nil || !region.IsCountry() || len(country) > 3 {
		return identity.Identifier{}, errors.New("no country")
	}
	scheme := identity.IdentityCard
	if paper == "passport" {
		scheme = identity.Passport
	}
	plain := identity.LettersAndDigits(number)
	if !slices.Contains(enrolment.Papers(), paper) || len(plain) < 4 || len(plain) > 32 {
		return identity.Identifier{}, errors.New("no document")
	}
	return identity.ParseIdentifier(string(scheme) + region.String() + "-" + plain)
}
