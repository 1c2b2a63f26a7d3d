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
	all := papersOf(g.People())
	i := slices.IndexFunc(all, func(p paper) bool {
		return (in.Type == "" || p.Type == in.Type) && (in.Number == "" || p.ID() == in.Number) &&
			(in.Holder == "" || p.of.Number == in.Holder || p.of.OldNumber == in.Holder)
	})
	if i < 0 {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	if g.Switches.Value("wrong_person") != "" {
		i = (i + 1) % len(all)
	}
	p := all[i]
	answer := map[string]any{"number": p.ID(), "state": p.standing(g.Now()), "as_of": g.Now().UTC().Format(time.RFC3339Nano)}
	if in.Holder != "" {
		answer["identifiers"] = identifiers(p.of)
	}
	writeJSON(w, http.StatusOK, answer)
}

// paper is a document with whose it is.
type paper struct {
	*Document
	of Person
}

// papersOf gives everybody's documents, before what a person had earlier what they have now.
func papersOf(people []Person) []paper {
	var all []paper
	for _, p := range people {
		for _, d := range []*Document{p.Document, p.Former} {
			if d != nil {
				all = append(all, paper{d, p})
			}
		}
	}
	return all
}

// standing is how a document stands, by what is registered of it and of its holder.
func (p paper) standing(now time.Time) string {
	switch {
	case p.of.Deceased != "":
		return "holder_deceased"
	case p.Status == "valid" && p.Expires < now.Format(time.DateOnly):
		return "expired"
	default:
		return p.Status
	}
}
