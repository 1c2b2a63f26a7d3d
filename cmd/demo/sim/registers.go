package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Registers play the population register and the document register over the same people. Both
// are asked by identifier, in the body: a number in an address would stand in every log.
type Registers struct {
	Token    string // what a caller must show
	Switches *Switches
	Now      func() time.Time

	pages     *pages
	mu        sync.RWMutex
	people    []Person
	relations []Relation
	events    []registerEvent
}

// NewRegisters makes registers that know everybody.
func NewRegisters(token string, people []Person) (*Registers, error) {
	pages, err := newPages("registers", "Population and document registers")
	if err != nil {
		return nil, err
	}
	return &Registers{
		Token: token, Now: time.Now, pages: pages, people: slices.Clone(people), relations: relationsOf(people),
		Switches: faults(Switch{Name: "wrong_person", Offers: []string{"on"}, What: "answers with somebody else"},
			Switch{Name: "unaware", Offers: []string{"on"}, What: "knows of no changed number: each is somebody of their own"},
			Switch{Name: "restricted", Offers: []string{"on"}, What: "says of everybody that their national number is restricted"},
			Switch{Name: "no_photo", Offers: []string{"on"}, What: "has a photo of nobody but who applies for a first document"}),
	}, nil
}

// Handler serves both registers.
func (g *Registers) Handler() http.Handler {
	mux := http.NewServeMux()
	g.Switches.routes(mux, g.pages)
	mux.HandleFunc("POST /v1/person", g.Switches.misbehave("person", g.asked(g.person)))
	mux.HandleFunc("POST /v1/documents", g.Switches.misbehave("documents", g.asked(g.documents)))
	mux.HandleFunc("POST /v1/relations", g.Switches.misbehave("relations", g.related))
	mux.HandleFunc("POST /v1/status", g.Switches.misbehave("status", g.status))
	mux.HandleFunc("POST /v1/photo", g.Switches.misbehave("photo", g.asked(g.photo)))
	mux.HandleFunc("POST /v1/events", g.Switches.misbehave("events", g.feed))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		g.pages.show(w, http.StatusOK, "registers", "Who and what is registered", struct {
			People    []Person
			Relations []Relation
		}{g.People(), g.Relations()})
	})
	mux.HandleFunc("POST /{$}", g.change)
	return fence(mux)
}

// People gives everybody as the registers know them now.
func (g *Registers) People() []Person {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return slices.Clone(g.people)
}

// asked checks the caller and finds the person whose number, present or past, the body names.
func (g *Registers) asked(answer func(Person) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !bearer(r, g.Token) {
			writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
			return
		}
		var in struct {
			Identifier string `json:"identifier"` // ETSI EN 319 412-1 §5.1.3, such as PNOPL-…
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil || in.Identifier == "" {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "bad_request"})
			return
		}
		person, known := g.lookUp(in.Identifier)
		if !known {
			writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
			return
		}
		told := answer(person)
		if told == nil {
			writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
			return
		}
		if row, ok := told.(map[string]any); ok && person.knownBy(in.Identifier) {
			row["identifiers"] = append(identifiers(person), in.Identifier)
		}
		writeJSON(w, http.StatusOK, told)
	}
}

// knownBy reports whether somebody is found by their document: who has no number is in no population register.
func (p Person) knownBy(document string) bool {
	return p.Number != "" && p.Document != nil && p.Document.ID() == document
}

func (g *Registers) lookUp(identifier string) (Person, bool) {
	people := g.People()
	i := slices.IndexFunc(people, func(p Person) bool {
		return p.Number == identifier || p.OldNumber == identifier || p.knownBy(identifier)
	})
	if i < 0 {
		return Person{}, false
	}
	if g.Switches.Value("unaware") != "" {
		alone := people[i]
		alone.Number, alone.OldNumber = identifier, ""
		return alone, true
	}
	if g.Switches.Value("wrong_person") != "" {
		for step := 1; step < len(people); step++ {
			if other := people[(i+step)%len(people)]; other.Number != "" {
				return other, true
			}
		}
	}
	return people[i], true
}

// person is the population register's answer.
func (g *Registers) person(p Person) any {
	attributes := map[string]any{"birthdate": p.Birthdate, "gender": p.Gender, "given_names": p.GivenNames, "nationalities": []string{nationality(p)}}
	for name, value := range map[string]string{
		"given_name": p.Given(), "family_name": p.FamilyName, "name": p.Name(), "email": p.Email, "phone_number": p.Phone, "birth_family_name": p.FormerFamily,
		"address_type": p.AddressType, "address_valid_from": p.AddressFrom,
	} {
		if value != "" {
			attributes[name] = value
		}
	}
	if p.Number != "" { // who has one was born here, in this country
		attributes["place_of_birth"] = map[string]string{"locality": "Nowa Wola", "country": "PL"}
	}
	if p.Address != nil {
		attributes["address"] = p.Address
	}
	if len(p.In) > 0 {
		attributes["in_languages"] = p.In
	}
	if p.Protected {
		attributes["address_protected"] = true
	}
	answer := map[string]any{
		"identifiers": identifiers(p), "attributes": attributes, "deceased": p.Deceased != "", "as_of": g.Now().UTC().Format(time.RFC3339),
	}
	if p.Restricted || g.Switches.Value("restricted") != "" {
		answer["national_identifier_restricted"] = true
	}
	return answer
}

// identifiers gives the current number first and a superseded one after it.
func identifiers(p Person) []string {
	if p.OldNumber == "" {
		return []string{p.Number}
	}
	return []string{p.Number, p.OldNumber}
}

func nationality(p Person) string {
	if p.Nationality == "" {
		return "POL"
	}
	return p.Nationality
}

// documents is the document register's answer: none is an empty list.
func (g *Registers) documents(p Person) any {
	type row struct {
		Type    string `json:"type"`
		Number  string `json:"number"`
		Issuer  string `json:"issuing_authority"`
		Issued  string `json:"date_of_issuance"`
		Expires string `json:"date_of_expiry"`
		Status  string `json:"status"`

		IssuerIn map[string]string `json:"issuing_authority_in_languages,omitempty"`
	}
	rows := []row{}
	for _, d := range []*Document{p.Document, p.Former} {
		if d != nil {
			rows = append(rows, row(*d))
		}
	}
	return map[string]any{"identifiers": identifiers(p), "documents": rows, "as_of": g.Now().UTC().Format(time.RFC3339)}
}
