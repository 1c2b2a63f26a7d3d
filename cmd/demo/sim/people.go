package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Password is every test person's password, at every simulator.
const Password = "marzanna"

// Person is one invented human, as registers and means know them.
type Person struct {
	Key        string   `json:"key"`
	GivenNames []string `json:"given_names"`
	FamilyName string   `json:"family_name"` // "" for somebody with one name only
	NativeName string   `json:"name_native"`

	// In has names and the like once more in other languages, by language tag, as the register tells them.
	In           map[string]map[string]any `json:"in_languages"`
	FormerFamily string                    `json:"former_family_name"`
	OnDocument   string                    `json:"document_family_name"` // where the card shows another name
	Birthdate    string                    `json:"birthdate"`            // unknown parts are 00
	Precision    string                    `json:"birthdate_precision"`
	Gender       string                    `json:"gender"`
	Nationality  string                    `json:"nationality"` // ISO 3166-1 alpha-3; "" is POL
	Number       string                    `json:"national_identifier"`
	OldNumber    string                    `json:"previous_national_identifier"`
	Deceased     string                    `json:"deceased"`
	Document     *Document                 `json:"document"`
	Former       *Document                 `json:"former_document"` // that they had before, and its register still tells
	Application  *Application              `json:"id_application"`
	Certificate  string                    `json:"card_certificate"`
	Address      *Address                  `json:"address"`
	AddressType  string                    `json:"address_type"`
	AddressFrom  string                    `json:"address_valid_from"`
	Protected    bool                      `json:"address_protected"` // where they live may be told to nobody
	Restricted   bool                      `json:"national_identifier_restricted"`
	Email        string                    `json:"email"`
	Phone        string                    `json:"phone"`
	Guardian     string                    `json:"guardian"`
	Ward         string                    `json:"ward"`
	Means        []Held                    `json:"means"`
	Expect       string                    `json:"expect"`

	WithKey bool `json:"-"` // confirms a login with a security key, as who works at a desk does
}

// Document is an identity document as its register knows it.
type Document struct {
	Type    string `json:"type"`
	Number  string `json:"number"`
	Issuer  string `json:"issuing_authority"`
	Issued  string `json:"date_of_issuance"`
	Expires string `json:"date_of_expiry"`
	Status  string `json:"status"`

	IssuerIn map[string]string `json:"issuing_authority_in_languages"`
}

// Application is a first document that was asked for and is not made yet.
type Application struct {
	Number string `json:"number"`
	Made   string `json:"made"`
	Photo  bool   `json:"photo"`
}

// Address is a registered residence, with OpenID Connect's names.
type Address struct {
	Street     string `json:"street_address"`
	PostalCode string `json:"postal_code"`
	Locality   string `json:"locality"`
	Country    string `json:"country"`
}

// Held is one means that a person has: "bank-two (no national number)".
type Held struct {
	Means string
	Note  string
}

// UnmarshalText reads a means with its note in brackets.
func (h *Held) UnmarshalText(text []byte) error {
	means, note, _ := strings.Cut(string(text), " (")
	*h = Held{means, strings.TrimSuffix(note, ")")}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (h Held) MarshalText() ([]byte, error) {
	if h.Note == "" {
		return []byte(h.Means), nil
	}
	return []byte(h.Means + " (" + h.Note + ")"), nil
}

// People gives the invented people, in their order.
func People() ([]Person, error) {
	var file struct {
		People []Person `json:"people"`
	}
	raw, err := files.ReadFile("people.json")
	if err != nil {
		return nil, fmt.Errorf("read people.json: %w", err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("read people.json: %w", err)
	}
	return file.People, nil
}

// Name is the person's whole name as a page shows it.
func (p Person) Name() string {
	return strings.TrimSpace(strings.Join(p.GivenNames, " ") + " " + p.FamilyName)
}

// Given is all given names in one line, as OpenID Connect's given_name has them.
func (p Person) Given() string { return strings.Join(p.GivenNames, " ") }

// Has gives what the person holds of a means, and whether they hold it at all.
func (p Person) Has(means string) (Held, bool) {
	i := slices.IndexFunc(p.Means, func(h Held) bool { return h.Means == means })
	if i < 0 {
		return Held{}, false
	}
	return p.Means[i], true
}

// NumberAt is the national number that a means asserts: "" where it knows none, the superseded
// one where its records are old.
func (p Person) NumberAt(means string) string {
	held, _ := p.Has(means)
	switch {
	case strings.Contains(held.Note, "no national number"):
		return ""
	case strings.Contains(held.Note, "old number"):
		return p.OldNumber
	default:
		return p.Number
	}
}

func holders(people []Person, means string) []Person {
	return slices.DeleteFunc(slices.Clone(people), func(p Person) bool {
		_, has := p.Has(means)
		return !has
	})
}

func find(people []Person, key string) (Person, bool) {
	i := slices.IndexFunc(people, func(p Person) bool { return p.Key == key })
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}
