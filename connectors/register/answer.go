package register

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// The answers as they travel; openapi.yaml describes them.
type (
	personAnswer struct {
		Identifiers []string   `json:"identifiers"`
		Attributes  attributes `json:"attributes"`
		Deceased    *bool      `json:"deceased"`
		Restricted  bool       `json:"national_identifier_restricted"`
		AsOf        time.Time  `json:"as_of"`
	}

	attributes struct {
		GivenName     string   `json:"given_name"`
		GivenNames    []string `json:"given_names"`
		FamilyName    string   `json:"family_name"`
		Name          string   `json:"name"`
		Birthdate     string   `json:"birthdate"`
		Presumed      bool     `json:"birthdate_presumed"`
		BirthPlace    *place   `json:"place_of_birth"`
		BirthFamily   string   `json:"birth_family_name"`
		KnownAs       string   `json:"also_known_as"`
		Gender        string   `json:"gender"`
		Nationalities []string `json:"nationalities"`
		Address       *address `json:"address"`
		AddressType   string   `json:"address_type"`
		AddressFrom   string   `json:"address_valid_from"`
		Protected     bool     `json:"address_protected"`

		In    map[string]localised `json:"in_languages"`
		Email string               `json:"email"`
		Phone string               `json:"phone_number"`
	}

	// place is OpenID Connect for Identity Assurance 1.0 §4.
	place struct {
		Locality string `json:"locality,omitempty"`
		Region   string `json:"region,omitempty"`
		Country  string `json:"country,omitempty"`
	}

	// address is OpenID Connect Core §5.1.1 without what a register does not keep.
	address struct {
		Street   string `json:"street_address,omitempty"`
		Postcode string `json:"postal_code,omitempty"`
		Locality string `json:"locality,omitempty"`
		Region   string `json:"region,omitempty"`
		Country  string `json:"country,omitempty"`
	}

	documentsAnswer struct {
		Identifiers []string      `json:"identifiers"`
		Documents   []documentRow `json:"documents"`
		AsOf        time.Time     `json:"as_of"`
	}

	documentRow struct {
		Type    string         `json:"type"`
		Number  string         `json:"number"`
		Issuer  string         `json:"issuing_authority"`
		Issued  string         `json:"date_of_issuance"`
		Expires string         `json:"date_of_expiry"`
		Status  DocumentStatus `json:"status"`

		IssuerIn map[string]string `json:"issuing_authority_in_languages"`
	}
)

// Limits of an answer: more than anybody has, less than would hurt.
const (
	maxText        = 1000
	maxIdentifiers = 20
	maxDocuments   = 50
	clockSkew      = time.Minute
)

func unusable(why string) error { return fmt.Errorf("%w: %s", ErrUnavailable, why) }

// identifiersOf reads the identifiers and insists on the one that was asked for, current or
// superseded: an answer about somebody else is no answer (attacks UF-05).
func identifiersOf(texts []string, asked identity.Identifier) ([]identity.Identifier, error) {
	if len(texts) == 0 || len(texts) > maxIdentifiers {
		return nil, unusable("no identifiers, or too many")
	}
	ids := make([]identity.Identifier, len(texts))
	for i, text := range texts {
		id, err := identity.ParseIdentifier(text)
		if err != nil {
			return nil, unusable("an identifier cannot be one")
		}
		ids[i] = id
	}
	if !slices.Contains(ids, asked) {
		return nil, unusable("the answer is about somebody else")
	}
	return ids, nil
}

func asOf(stated, now time.Time) error {
	if stated.IsZero() || stated.After(now.Add(clockSkew)) {
		return unusable("as_of is missing or yet to come")
	}
	return nil
}

func (a personAnswer) person(source string, languages []string, asked identity.Identifier, now time.Time) (Person, error) {
	ids, err := identifiersOf(a.Identifiers, asked)
	if err != nil {
		return Person{}, err
	}
	if err := asOf(a.AsOf, now); err != nil {
		return Person{}, err
	}
	if a.Deceased == nil { // never assume alive (attacks UF-04)
		return Person{}, unusable("it does not say whether the person lives")
	}
	told, err := a.Attributes.told(identity.Source{Kind: identity.FromRegister, ID: source}, a.AsOf, languages)
	if err != nil {
		return Person{}, err
	}
	if number, ok := nationalNumber(ids); ok {
		told.add("national_identifier", number)
	}
	return Person{Identifiers: ids, Attributes: told.list, Deceased: *a.Deceased, Restricted: a.Restricted, AsOf: a.AsOf}, told.err
}

// nationalNumber writes the current number as a claim; superseded ones are for matching only.
func nationalNumber(ids []identity.Identifier) (map[string]string, bool) {
	if ids[0].Scheme != identity.NationalNumber {
		return nil, false
	}
	return map[string]string{"type": string(ids[0].Scheme), "country": ids[0].Country, "value": ids[0].Reveal()}, true
}

// told collects attributes of one source and moment, and the first error.
type told struct {
	source identity.Source
	at     time.Time
	list   identity.Attributes
	err    error
}

func (t *told) add(name identity.AttributeName, v any) {
	value, err := identity.JSON(v)
	if err != nil && t.err == nil {
		t.err = unusable("an attribute cannot be written")
	}
	t.list = append(t.list, identity.Attribute{Name: name, Value: value, Source: t.source, VerifiedAt: t.at})
}

func (t *told) text(name identity.AttributeName, text string) {
	if text != "" { // what a person does not have, such as a family name, is left out
		t.add(name, text)
	}
}

// told gives what the register tells under the names that claims have. For matching former names come another
// way: of these here nothing is kept.
func (a attributes) told(source identity.Source, at time.Time, languages []string) (*told, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if len(a.In) > mostLanguages {
		return nil, unusable("too many languages")
	}
	for _, in := range a.In {
		if err := in.plain().check(); err != nil {
			return nil, err
		}
	}
	t := &told{source: source, at: at}
	a.gather(t)
	t.also(languages, a.In)
	return t, t.err
}

func (a attributes) gather(t *told) {
	if len(a.GivenNames) > 0 {
		t.text("given_name", strings.Join(a.GivenNames, " "))
		t.add("given_names", a.GivenNames)
	} else {
		t.text("given_name", a.GivenName)
	}
	t.text("family_name", a.FamilyName)
	t.text("name", a.Name)
	if a.Birthdate != "" {
		_, precision, _ := parseDate(a.Birthdate)
		t.add("birthdate", a.Birthdate)
		if a.Presumed {
			precision = "presumed"
		}
		t.add("birthdate_precision", precision)
	}
	t.text("birth_family_name", a.BirthFamily)
	t.text("also_known_as", a.KnownAs)
	if a.BirthPlace != nil && *a.BirthPlace != (place{}) {
		t.add("place_of_birth", a.BirthPlace)
	}
	t.text("gender", a.Gender)
	if len(a.Nationalities) > 0 {
		t.add("nationalities", a.Nationalities)
	}
	a.residence(t)
	t.text("email", a.Email)
	t.text("phone_number", a.Phone)
}

// residence tells where somebody lives, unless that is protected: then nothing of it goes further than here.
func (a attributes) residence(t *told) {
	switch {
	case a.Protected:
		t.add(identity.AddressProtected, true)
	case a.Address != nil && *a.Address != (address{}):
		t.add("address", a.Address)
		if slices.Contains([]string{"permanent", "temporary"}, a.AddressType) { // of a kind that nobody knows nothing is said
			t.text("address_type", a.AddressType)
		}
		t.text("address_valid_from", a.AddressFrom)
	}
}

func (a attributes) check() error {
	texts := []string{a.GivenName, a.FamilyName, a.Name, a.Birthdate, a.Gender, a.Email, a.Phone, a.BirthFamily, a.KnownAs, a.AddressType}
	if a.BirthPlace != nil {
		texts = append(texts, a.BirthPlace.Locality, a.BirthPlace.Region, a.BirthPlace.Country)
	}
	if a.Address != nil {
		texts = append(texts, a.Address.Street, a.Address.Postcode, a.Address.Locality, a.Address.Region, a.Address.Country)
	}
	texts = slices.Concat(texts, a.GivenNames, a.Nationalities)
	for _, text := range texts {
		if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return unusable("a text is too long or holds control characters")
		}
	}
	if slices.Contains(a.GivenNames, "") || slices.Contains(a.Nationalities, "") || len(a.GivenNames) > 20 || len(a.Nationalities) > 20 {
		return unusable("a list holds nothing, or too much")
	}
	for _, date := range []string{a.Birthdate, a.AddressFrom} {
		if _, _, ok := parseDate(date); date != "" && !ok {
			return unusable("what must be a date is none")
		}
	}
	return nil
}

// parseDate reads YYYY-MM-DD whose month or day may be 00, where only the rest is known (OpenID
// Connect Core §5.1 allows 0000 for the year; a register always knows that).
func parseDate(text string) (date time.Time, precision string, ok bool) {
	precision, padded := "day", text
	if head, cut := strings.CutSuffix(text, "-00-00"); cut {
		precision, padded = "year", head+"-01-01"
	} else if head, cut := strings.CutSuffix(text, "-00"); cut {
		precision, padded = "month", head+"-01"
	}
	date, err := time.Parse(time.DateOnly, padded)
	return date, precision, err == nil && date.Year() >= 1800
}

func (a documentsAnswer) documents(languages []string, asked identity.Identifier, now time.Time) ([]Document, error) {
	if _, err := identifiersOf(a.Identifiers, asked); err != nil {
		return nil, err
	}
	if err := asOf(a.AsOf, now); err != nil {
		return nil, err
	}
	if a.Documents == nil || len(a.Documents) > maxDocuments {
		return nil, unusable("no list of documents, or too many")
	}
	documents := make([]Document, len(a.Documents))
	for i, row := range a.Documents {
		issued, _, fine := parseDate(row.Issued)
		expires, _, alsoFine := parseDate(row.Expires)
		var err error
		if !fine || !alsoFine || row.Type == "" || row.Number == "" || len(row.Type)+len(row.Number)+len(row.Issuer) > maxText {
			return nil, unusable("a document is not as described")
		}
		documents[i] = Document{
			Type: row.Type, Number: identity.Hide(row.Number), Issuer: row.Issuer, Issued: issued, Expires: expires,
			Status: statusOf(row.Status), AsOf: a.AsOf,
		}
		if documents[i].Languages, err = row.issuers(languages); err != nil {
			return nil, err
		}
	}
	return documents, nil
}

// statusOf takes a status that nobody knows for unknown, never for valid.
func statusOf(s DocumentStatus) DocumentStatus {
	known := []DocumentStatus{Valid, Suspended, Lost, Stolen, Invalidated, Expired, Replaced, HolderDeceased}
	if slices.Contains(known, s) {
		return s
	}
	return Unknown
}
