// Package claims is the catalogue of what can be told about a person in OpenID Connect: which
// scopes and claims ask for it, how it is computed from what means and registers say, and how it
// is written for a party. It does not decide what may be told; consent does.
package claims

import (
	"slices"
	"strings"
	"sync"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Type is a claim's JSON type.
type Type string

// The JSON types of claims.
const (
	Text    Type = "string"
	Boolean Type = "boolean"
	List    Type = "array" // of strings
	Object  Type = "object"

	anything Type = "" // of a further source: its own settings say which
)

// Sensitivity says how a page shows a value.
type Sensitivity string

// How values are shown.
const (
	Plain    Sensitivity = ""
	Masked   Sensitivity = "masked"   // a number, hidden until asked for
	Portrait Sensitivity = "portrait" // a picture, always its own consent
)

// Claim is one row of the catalogue: an attribute, and the claim that tells it.
type Claim struct {
	Name        identity.AttributeName
	Type        Type
	Scopes      []string              // that ask for it; none: only the claims parameter does
	Sources     []identity.SourceKind // that are believed about it
	Level       identity.Level        // a login below this does not tell it
	Replaced    []identity.AttributeName
	Sensitivity Sensitivity
	// Of names the claim that this one says something about, such as whether an e-mail address is
	// verified. It goes wherever that one goes, and is never asked, shown or told by itself.
	Of identity.AttributeName
	// Alias names the claim of which this one is another form. Who asks for this one asks for that
	// one, and it is that one that is permitted, shown and released.
	Alias identity.AttributeName
}

// TextKey is the key of the claim's name in the languages' files.
func (c Claim) TextKey() string { return "claim." + string(c.Name) }

// ResidentIn is the predicate that takes a country after a colon: resident_in:PL.
const ResidentIn = "resident_in"

// FromRegister begins the names of claims that tell a register's value beside that of the means:
// register_given_name. The scope of nearly that name asks for them wherever the claim itself is
// asked for.
const (
	FromRegister  = "register_"
	scopeRegister = "register"

	scopeDelegation = "delegation"
)

// verifiedClaims is the claim of OpenID Identity Assurance that holds claims with their evidence.
const verifiedClaims = "verified_claims"

// Catalogue lists everything that can be told, in the order in which people read it.
func Catalogue() []Claim { return slices.Clone(byName()) }

func names() []Claim {
	people, hub := peopleSources(), append(peopleSources(), identity.FromHub)
	return []Claim{
		{Name: "name", Type: Text, Scopes: []string{"profile", "profile:name"}, Sources: hub, Level: identity.Low},
		{Name: "given_name", Type: Text, Scopes: []string{"profile", "profile:name"}, Sources: hub, Level: identity.Low},
		{Name: "given_names", Type: List, Scopes: []string{"profile:name"}, Sources: hub, Level: identity.Low},
		{Name: "family_name", Type: Text, Scopes: []string{"profile", "profile:name"}, Sources: people, Level: identity.Low},
		{Name: "name_transliterated", Type: Text, Scopes: []string{"profile:name"}, Alias: "name"},
		// Former names can disclose an adoption or a change of sex: a law must let a party ask, and the register tell.
		{Name: "birth_family_name", Type: Text, Scopes: []string{"profile:former_names"}, Sources: onlyRegister(), Level: identity.Substantial},
		{Name: "also_known_as", Type: Text, Scopes: []string{"profile:former_names"}, Sources: onlyRegister(), Level: identity.Substantial},
		{Name: "mononym", Type: Boolean, Scopes: []string{"profile:name"}, Sources: onlyHub(), Level: identity.Low},
	}
}

func birth() []Claim {
	people := peopleSources()
	return []Claim{
		{
			Name: "birthdate", Type: Text, Scopes: []string{"profile", "profile:birth"}, Sources: people, Level: identity.Low,
			Replaced: overAges(),
		},
		{Name: "birthdate_precision", Type: Text, Scopes: []string{"profile:birth"}, Of: "birthdate"},
		{Name: "place_of_birth", Type: Object, Scopes: []string{"profile:birth"}, Sources: people, Level: identity.Low},
		{Name: "gender", Type: Text, Scopes: []string{"profile:sex"}, Sources: people, Level: identity.Low},
		{
			Name: "nationalities", Type: List, Scopes: []string{"profile:nationality"}, Sources: people, Level: identity.Low,
			Replaced: []identity.AttributeName{"is_citizen"},
		},
	}
}

func contacts() []Claim {
	people := peopleSources()
	return []Claim{
		{
			Name: "address", Type: Object, Scopes: []string{"address", "address:residence"}, Sources: people, Level: identity.Low,
			Replaced: []identity.AttributeName{ResidentIn},
		},
		{Name: "address_type", Type: Text, Scopes: []string{"address:residence"}, Sources: onlyRegister(), Level: identity.Low},
		{Name: "address_valid_from", Type: Text, Scopes: []string{"address:residence"}, Sources: onlyRegister(), Level: identity.Low},
		{Name: "email", Type: Text, Scopes: []string{"email", "contact:email"}, Sources: people, Level: identity.Low},
		{Name: "email_verified", Type: Boolean, Scopes: []string{"email", "contact:email"}, Of: "email"},
		{Name: "phone_number", Type: Text, Scopes: []string{"phone", "contact:phone"}, Sources: people, Level: identity.Low},
		{Name: "phone_number_verified", Type: Boolean, Scopes: []string{"phone", "contact:phone"}, Of: "phone_number"},
	}
}

// numbers cannot be changed when they have been told to the wrong person, so they take more than
// one factor.
func numbers() []Claim {
	people, document := peopleSources(), []string{"document"}
	return []Claim{
		{
			Name: "national_identifier", Type: Object, Scopes: []string{"nid"}, Sources: append(people, identity.FromHub), Level: identity.Substantial,
			Sensitivity: Masked,
		},
		{Name: "pesel", Type: Text, Alias: "national_identifier", Sensitivity: Masked},
		{Name: "document_type", Type: Text, Scopes: document, Sources: people, Level: identity.Low},
		{Name: "document_number", Type: Text, Scopes: document, Sources: people, Level: identity.Substantial, Sensitivity: Masked},
		{Name: "document_issuer", Type: Text, Scopes: document, Sources: people, Level: identity.Low},
		{Name: "document_date_of_issuance", Type: Text, Scopes: document, Sources: people, Level: identity.Low},
		{
			Name: "document_date_of_expiry", Type: Text, Scopes: document, Sources: people, Level: identity.Low,
			Replaced: []identity.AttributeName{"document_valid"},
		},
		{
			Name: "document_status", Type: Text, Scopes: document, Sources: []identity.SourceKind{identity.FromRegister}, Level: identity.Low,
			Replaced: []identity.AttributeName{"document_valid"},
		},
		{Name: "document_status_checked_at", Type: Text, Scopes: document, Of: "document_status"},
		{Name: "picture", Type: Text, Scopes: []string{"picture"}, Sources: people, Level: identity.Substantial, Sensitivity: Portrait},
	}
}

// certificates tell of the certificate of an e-ID card, in so far as it names nobody: its serial number, its whole
// validity and the second of an answer about it are the same at every party, so that parties could find out that
// they have one person in common (attacks PV-09). Told are who issued it and under which policy, the months between
// which it is valid, the hour in which it was last asked about, and the holder's names without their number: whoever
// may know that has it as national_identifier.
func certificates() []Claim {
	x509, card := []string{"x509"}, []identity.SourceKind{identity.FromMeans}
	return []Claim{
		{Name: "x509_issuer", Type: Text, Scopes: x509, Sources: card, Level: identity.Substantial},
		{Name: "x509_policy", Type: Text, Scopes: x509, Sources: card, Level: identity.Substantial},
		{Name: "x509_subject", Type: Text, Scopes: x509, Sources: card, Level: identity.Substantial},
		{Name: "x509_not_before", Type: Text, Scopes: x509, Sources: card, Level: identity.Substantial},
		{Name: "x509_not_after", Type: Text, Scopes: x509, Sources: card, Level: identity.Substantial},
		{Name: "x509_status_checked_at", Type: Text, Scopes: x509, Of: "x509_not_after"},
	}
}

func predicates() []Claim {
	var rows []Claim
	for _, name := range append(overAges(), "is_alive", "is_citizen", "document_valid", ResidentIn) {
		rows = append(rows, Claim{Name: name, Type: Boolean, Sources: onlyHub(), Level: identity.Low})
	}
	return rows
}

// mandates say by what right somebody acts for the person whom all other claims are about.
func mandates() []Claim {
	var rows []Claim
	for _, c := range []Claim{{Name: consent.Act, Type: Object}, {Name: "rep_scope", Type: List}, {Name: "mandate_id", Type: Text}, {Name: "mandate_expiry", Type: Text}} {
		c.Scopes, c.Sources, c.Level = []string{scopeDelegation}, onlyHub(), identity.Low
		rows = append(rows, c)
	}
	return rows
}

func peopleSources() []identity.SourceKind {
	return []identity.SourceKind{identity.FromMeans, identity.FromRegister}
}

func onlyRegister() []identity.SourceKind { return []identity.SourceKind{identity.FromRegister} }

// onlyHub is for what is computed here alone: nobody else's word for it is taken.
func onlyHub() []identity.SourceKind { return []identity.SourceKind{identity.FromHub} }

// Lookup gives the row of an attribute; for resident_in:PL, that of resident_in under its whole
// name; for register_given_name, that of given_name as only a register tells it; for
// student_card:number, that of an attribute of a further source; for family_name#ar, that of family_name in
// Arabic. Names that a token keeps for itself are in no row (attacks TK-20).
func Lookup(name identity.AttributeName) (Claim, bool) { return byName().lookup(name) }

// index is the catalogue by name. Nobody changes it.
type index []Claim

var byName = sync.OnceValue(func() index {
	return slices.Concat(names(), birth(), contacts(), numbers(), certificates(), predicates(), mandates())
})

// row gives the row of exactly this name. So few rows are found faster than they are put into a map.
func (all index) row(name string) (Claim, bool) {
	i := slices.IndexFunc(all, func(c Claim) bool { return string(c.Name) == name })
	if i < 0 {
		return Claim{}, false
	}
	return all[i], true
}

func (all index) lookup(name identity.AttributeName) (Claim, bool) {
	if base, tag, ok := tagged(string(name)); ok {
		return all.inLanguage(base, tag)
	}
	base, country, parameter := strings.Cut(string(name), ":")
	if parameter && base != ResidentIn {
		return further(name)
	}
	if parameter != (base == ResidentIn) || parameter && !isCountry(country) {
		return Claim{}, false
	}
	if of, companion := strings.CutPrefix(base, FromRegister); companion {
		return all.companion(identity.AttributeName(of))
	}
	c, ok := all.row(base)
	if parameter {
		c.Name = name
	}
	return c, ok
}

// companion is the row of the register's value of a claim that means tell, too.
func (all index) companion(of identity.AttributeName) (Claim, bool) {
	c, ok := all.row(string(of))
	if !ok || !slices.Contains(registered(), of) {
		return Claim{}, false
	}
	c.Name, c.Scopes, c.Replaced, c.Sources = FromRegister+of, nil, nil, []identity.SourceKind{identity.FromRegister}
	return c, true
}

// registered lists the claims whose value a register can be asked for beside that of the means.
func registered() []identity.AttributeName {
	return []identity.AttributeName{"name", "given_name", "given_names", "family_name", "birthdate", "gender", "nationalities", "address", "email", "phone_number"}
}

// askable reports whether the name is that of a claim which can be asked for by itself.
func (all index) askable(name identity.AttributeName) bool {
	c, ok := all.lookup(name)
	return ok && c.Of == ""
}

// real gives the name under which a claim is permitted, shown and released.
func (all index) real(name identity.AttributeName) identity.AttributeName {
	if c, ok := all.lookup(name); ok && c.Alias != "" {
		return c.Alias
	}
	return name
}

// Exists reports whether a party may be permitted to ask for the attribute.
func Exists(name identity.AttributeName) bool {
	c, ok := Lookup(name)
	return ok && c.Alias == ""
}

// Scopes lists the scopes that ask for something here, for discovery.
func Scopes() []string {
	all := []string{scopeRegister}
	for _, c := range Catalogue() {
		for _, s := range c.Scopes {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// ClaimNames lists the names of all claims here, for discovery.
func ClaimNames() []string {
	var all []string
	for _, c := range Catalogue() {
		all = append(all, string(c.Name))
	}
	for _, name := range registered() {
		all = append(all, FromRegister+string(name), FromRegister+string(name)+metaSuffix)
	}
	return append(all, verifiedClaims)
}

// isCountry checks the shape of ISO 3166-1 alpha-2.
func isCountry(code string) bool {
	return len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
