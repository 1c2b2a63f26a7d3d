package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ID writes the document's number as identifiers are written (ETSI EN 319 412-1 §5.1.3).
func (d Document) ID() string {
	scheme := "IDC"
	if d.Type == "passport" {
		scheme = "PAS"
	}
	return scheme + "PL-" + d.Number
}

// Kind says the document's type in words, as a clerk chooses it.
func (d Document) Kind() string {
	switch d.Type {
	case "idcard":
		return "identity card"
	default:
		return strings.ReplaceAll(d.Type, "_", " ")
	}
}

// status answers how one document stands, by its number, its holder's, or both.
func (g *Registers) status(w http.ResponseWriter, r *http.Request) {
	if !bearer(r, g.Token) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	var in struct{ Type, Number, Holder string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil || in.Number == "" && in.Holder == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "bad_request"})
		return
	}
	people := g.People()
	i := slices.IndexFunc(people, func(p Person) bool {
		return p.Document != nil && (in.Type == "" || p.Document.Type == in.Type) && (in.Number == "" || p.Document.ID() == in.Number) &&
			(in.Holder == "" || p.Number == in.Holder || p.OldNumber == in.Holder)
	})
	if i < 0 {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	if g.Switches.Value("wrong_person") != "" {
		i = (i + 1) % len(people)
		for people[i].Document == nil {
			i = (i + 1) % len(people)
		}
	}
	p := people[i]
	answer := map[string]any{"number": p.Document.ID(), "state": standing(p, g.Now()), "as_of": g.Now().UTC().Format(time.RFC3339Nano)}
	if in.Holder != "" {
		answer["identifiers"] = identifiers(p)
	}
	writeJSON(w, http.StatusOK, answer)
}

// standing is how a person's document stands, by what is registered of both.
func standing(p Person, now time.Time) string {
	switch {
	case p.Deceased != "":
		return "holder_deceased"
	case p.Document.Status == "valid" && p.Document.Expires < now.Format(time.DateOnly):
		return "expired"
	default:
		return p.Document.Status
	}
}
