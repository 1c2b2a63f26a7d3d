package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Relation is somebody's right to act for somebody else, as the population register has it.
type Relation struct {
	ID    string
	Kind  string   // "parent", "legal_guardian", "curator"
	Scope []string // "all", or fields
	By    string   // key of who acts
	For   string   // key of whom they act for
	Since time.Time
	Until time.Time // zero: no end is set
}

// relationsOf gives the relations that the file of people tells: of parents to their children.
func relationsOf(people []Person) []Relation {
	var all []Relation
	for _, p := range people {
		if p.Guardian == "" {
			continue
		}
		born, err := time.Parse(time.DateOnly, p.Birthdate)
		if err != nil {
			continue // a child's birth date is known
		}
		all = append(all, Relation{ID: "relation-" + p.Key, Kind: "parent", Scope: []string{"all"}, By: p.Guardian, For: p.Key, Since: born})
	}
	return all
}

// Relations gives all relations as they stand.
func (g *Registers) Relations() []Relation {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return slices.Clone(g.relations)
}

// Relate takes a relation in, in place of one with the same id.
func (g *Registers) Relate(r Relation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.relations = append(slices.DeleteFunc(g.relations, func(old Relation) bool { return old.ID == r.ID }), r)
}

// EndRelation ends a relation and tells it in the feed, under whom somebody acted for.
func (g *Registers) EndRelation(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.relations, func(r Relation) bool { return r.ID == id })
	if i < 0 {
		return
	}
	ended := g.relations[i]
	g.relations = slices.Delete(g.relations, i, i+1)
	if p, ok := find(g.people, ended.For); ok && p.Number != "" {
		g.happened("relation_ended", p)
		g.events[len(g.events)-1].Relation = id
	}
}

// relationsTold is how many relations are told at once.
const relationsTold = 50

// related answers who acts for somebody, or for whom they act: what is in force now, and with `with` of
// that one person alone.
func (g *Registers) related(w http.ResponseWriter, r *http.Request) {
	if !bearer(r, g.Token) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	var in struct{ Identifier, Side, With, Purpose string }
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in)
	known := slices.Contains([]string{"represents", "represented"}, in.Side) && slices.Contains([]string{"login", "enrolment", "standing"}, in.Purpose)
	if err != nil || in.Identifier == "" || !known {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "bad_request"})
		return
	}
	person, found := g.lookUp(in.Identifier)
	if !found {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	rows := []any{}
	people, now := g.People(), g.Now()
	for _, relation := range g.Relations() {
		end, other := relation.By, relation.For
		if in.Side == "represented" {
			end, other = other, end
		}
		p, ok := find(people, other)
		if end != person.Key || !ok || p.Number == "" || p.Deceased != "" || !relation.inForce(now) || in.With != "" && !slices.Contains(identifiers(p), in.With) {
			continue
		}
		rows = append(rows, relation.row(p))
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"identifiers": identifiers(person), "relations": rows[:min(len(rows), relationsTold)], "more": len(rows) > relationsTold, "as_of": now.UTC().Format(time.RFC3339Nano),
	})
}

func (r Relation) inForce(now time.Time) bool {
	return !r.Since.After(now) && (r.Until.IsZero() || r.Until.After(now))
}

func (r Relation) row(other Person) map[string]any {
	year, err := strconv.Atoi(other.Birthdate[:4])
	if err != nil {
		year = 0 // refused by whoever asks
	}
	row := map[string]any{
		"id": r.ID, "kind": r.Kind, "scope": r.Scope, "since": r.Since.UTC().Format(time.RFC3339),
		"person": map[string]any{"identifiers": identifiers(other), "given_name": other.GivenNames[0], "birth_year": year},
	}
	if !r.Until.IsZero() {
		row["until"] = r.Until.UTC().Format(time.RFC3339)
	}
	return row
}
