package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Partner is a further source of attributes, as connectors/register/partner.yaml describes it.
type Partner struct {
	Token    string
	Switches *Switches
	Now      func() time.Time

	pages  *pages
	people []Person
	knows  map[string]map[string]any // by person's key, then attribute
	arabic map[string]any            // texts that it has in Arabic, too, by what they are otherwise
}

// StudentCards keeps who studies. All of it is invented.
func StudentCards(token string, people []Person) (*Partner, error) {
	p, err := newPartner("Student card office", token, people, map[string]map[string]any{
		"ordinary": {"student": true, "number": "S-204117", "school": "Nowa Wola Polytechnic", "valid_until": "2027-09-30"},
		"twin-a":   {"student": true, "number": "S-204118", "school": "Nowa Wola Polytechnic", "valid_until": "2026-09-30"},
		"mononym":  {"student": false},

		"two-scripts": {"student": true, "number": "S-204119", "school": "Nowa Wola Polytechnic", "valid_until": "2028-09-30"},
	})
	if err != nil {
		return nil, err
	}
	p.arabic = map[string]any{"Nowa Wola Polytechnic": "جامعة نوفا فولا التقنية"}
	return p, nil
}

// FamilyCards keeps the cards of large families.
func FamilyCards(token string, people []Person) (*Partner, error) {
	return newPartner("Large-family card", token, people, map[string]map[string]any{
		"guardian": {"number": "F-7730", "children": 4, "discounts": []string{"museum", "swimming pool", "trains"}},
		"ordinary": {"number": "F-7731", "children": 3, "discounts": []string{"museum"}},
	})
}

func newPartner(title, token string, people []Person, knows map[string]map[string]any) (*Partner, error) {
	pages, err := newPages("partner", title)
	if err != nil {
		return nil, err
	}
	return &Partner{
		Token: token, Now: time.Now, pages: pages, people: people, knows: knows,
		Switches: faults(Switch{Name: "wrong_person", Offers: []string{"on"}, What: "answers with somebody else"},
			Switch{Name: "too_much", Offers: []string{"on"}, What: "tells what was not asked"}),
	}, nil
}

// Handler serves the source.
func (p *Partner) Handler() http.Handler {
	mux := http.NewServeMux()
	p.Switches.routes(mux, p.pages)
	mux.HandleFunc("POST /v1/attributes", p.Switches.misbehave("attributes", p.attributes))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		p.pages.show(w, http.StatusOK, "partner", "What is kept here", p.rows())
	})
	return fence(mux)
}

// partnerRow is what the page says of one person.
type partnerRow struct {
	Person string
	Told   []told
}

func (p *Partner) rows() []partnerRow {
	var all []partnerRow
	for _, person := range p.people {
		if about, known := p.knows[person.Key]; known {
			all = append(all, partnerRow{person.Name(), lines(about)})
		}
	}
	return all
}

func (p *Partner) attributes(w http.ResponseWriter, r *http.Request) {
	if !bearer(r, p.Token) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	var in struct {
		Identifier string
		Attributes []string
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil || in.Identifier == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "bad_request"})
		return
	}
	i := slices.IndexFunc(p.people, func(one Person) bool { return one.Number == in.Identifier || one.OldNumber == in.Identifier })
	if i < 0 || p.knows[p.people[i].Key] == nil {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	person := p.people[i]
	about := maps.Clone(p.knows[person.Key])
	if p.Switches.Value("wrong_person") != "" {
		person = p.people[(i+1)%len(p.people)]
	}
	if p.Switches.Value("too_much") == "" {
		maps.DeleteFunc(about, func(name string, _ any) bool { return !slices.Contains(in.Attributes, name) })
	}
	answer := map[string]any{"identifiers": identifiers(person), "attributes": about, "as_of": p.Now().UTC().Format(time.RFC3339)}
	if arabic := p.inArabic(about); len(arabic) > 0 {
		answer["in_languages"] = map[string]any{"ar": arabic}
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *Partner) inArabic(about map[string]any) map[string]any {
	arabic := map[string]any{}
	for name, value := range about {
		if text, isText := value.(string); isText && p.arabic[text] != nil {
			arabic[name] = p.arabic[text]
		}
	}
	return arabic
}

// partner makes a further source with a token of its own, kept in a file.
func (c *Country) partner(ring keyring, name string, file *string, made func(string, []Person) (*Partner, error)) (*Partner, error) {
	token, path, err := ring.secret(name)
	if err != nil {
		return nil, err
	}
	*file = path
	return made(token, c.People)
}
