package register

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// RelationKind is by what right somebody acts for somebody else.
type RelationKind string

// The kinds known. A relation of another kind is passed over: it lets nobody do anything.
const (
	Parent        RelationKind = "parent"
	LegalGuardian RelationKind = "legal_guardian" // of a minor, by a court
	Curator       RelationKind = "curator"        // of an adult, by a court, within a scope
)

// RelationScope is one field in which somebody may act for somebody else.
type RelationScope string

// The scopes known; others are passed over. Everything covers each of them.
const (
	Everything     RelationScope = "all"
	Education      RelationScope = "education"
	Health         RelationScope = "health"
	Benefits       RelationScope = "benefits"
	Property       RelationScope = "property"
	Administration RelationScope = "administration" // dealings with authorities
)

// RelationScopes lists them.
func RelationScopes() []RelationScope {
	return []RelationScope{Everything, Education, Health, Benefits, Property, Administration}
}

// Purpose is what a register is asked about relations for; it hears it with the question.
type Purpose string

// The purposes.
const (
	ForLogin     Purpose = "login"     // somebody who logs in wants to act for another, and chooses for whom
	ForEnrolment Purpose = "enrolment" // a guardian stands at an office's desk with a child
	ForStanding  Purpose = "standing"  // whether what was granted for another may still be used
)

// Side says from which end relations are asked for.
type Side string

// The sides.
const (
	Represents  Side = "represents"  // whom does this person act for
	Represented Side = "represented" // who acts for this person
)

// RelationQuestion asks for the relations that are in force of one person.
type RelationQuestion struct {
	Of      identity.Identifier
	Side    Side
	With    identity.Identifier // tells those with this person alone; zero: with anybody
	Purpose Purpose
}

// Relation is one person's right to act for another, as the register has it. A copy of it is no proof
// later: it is asked for anew whenever it matters.
type Relation struct {
	ID    identity.Secret // the register's own, the same for as long as the relation lasts
	Kind  RelationKind
	Scope []RelationScope
	Since time.Time
	Until time.Time // from this moment on it no longer holds; zero: no end is set
	Other Relative
}

// Relative is who stands at the other end of a relation: enough to tell brothers and sisters apart.
type Relative struct {
	Identifiers []identity.Identifier // the current one first
	GivenName   identity.Secret
	BirthYear   int
}

// Relations are the relations of one person that are in force.
type Relations struct {
	List []Relation
	More bool // there are more than the register tells at once: ask with With
	AsOf time.Time
}

// Covers reports whether the relation holds at a moment and reaches over all the fields named; none is
// covered by nothing.
func (r Relation) Covers(now time.Time, fields ...RelationScope) bool {
	if r.Since.After(now) || !r.Until.IsZero() && !r.Until.After(now) || len(fields) == 0 {
		return false
	}
	return !slices.ContainsFunc(fields, func(f RelationScope) bool {
		return !slices.Contains(r.Scope, Everything) && !slices.Contains(r.Scope, f)
	})
}

// relationsAnswer is an answer as it travels; openapi.yaml describes it.
type relationsAnswer struct {
	Identifiers []string      `json:"identifiers"`
	Relations   []relationRow `json:"relations"`
	More        *bool         `json:"more"`
	AsOf        time.Time     `json:"as_of"`
}

type relationRow struct {
	ID     string          `json:"id"`
	Kind   RelationKind    `json:"kind"`
	Scope  []RelationScope `json:"scope"`
	Since  time.Time       `json:"since"`
	Until  time.Time       `json:"until"`
	Person struct {
		Identifiers []string `json:"identifiers"`
		GivenName   string   `json:"given_name"`
		BirthYear   int      `json:"birth_year"`
	} `json:"person"`
}

const (
	maxRelations   = 50
	freshRelations = time.Minute // an older answer is none: a court may have decided since
)

// Relations asks who acts for somebody, or for whom they act. An empty list is the register's word that
// there is no such relation in force; no answer is an error, and neither the one nor the other.
// Errors: ErrNotFound (nobody has the identifier), ErrUnavailable.
func (c *Client) Relations(ctx context.Context, q RelationQuestion) (Relations, error) {
	question := map[string]string{"identifier": q.Of.Reveal(), "side": string(q.Side), "purpose": string(q.Purpose)}
	if q.With != (identity.Identifier{}) {
		question["with"] = q.With.Reveal()
	}
	body, err := json.Marshal(question)
	if err != nil {
		return Relations{}, fmt.Errorf("population register: %w: the question cannot be written", ErrUnavailable)
	}
	var answer relationsAnswer
	if err := c.post(ctx, "/v1/relations", body, &answer); err != nil {
		return Relations{}, fmt.Errorf("population register: %w", err)
	}
	relations, err := answer.relations(q, c.options.Now())
	if err != nil {
		return Relations{}, fmt.Errorf("population register: %w", err)
	}
	return relations, nil
}

// relations insists that the answer is about the person that was asked for, and tells of nobody but
// whom it was asked about (attacks UF-05).
func (a relationsAnswer) relations(q RelationQuestion, now time.Time) (Relations, error) {
	if _, err := identifiersOf(a.Identifiers, q.Of); err != nil {
		return Relations{}, err
	}
	if err := asOf(a.AsOf, now); err != nil {
		return Relations{}, err
	}
	if a.AsOf.Before(now.Add(-freshRelations)) {
		return Relations{}, unusable("the answer about relations is an old one")
	}
	if a.Relations == nil || a.More == nil || len(a.Relations) > maxRelations {
		return Relations{}, unusable("no list of relations, or too many")
	}
	told := Relations{More: *a.More, AsOf: a.AsOf}
	var seen []string
	for _, row := range a.Relations {
		relation, err := row.relation(now)
		if err != nil {
			return Relations{}, err
		}
		if slices.Contains(seen, row.ID) {
			return Relations{}, unusable("two relations are the same one")
		}
		seen = append(seen, row.ID)
		if q.With != (identity.Identifier{}) && !slices.Contains(relation.Other.Identifiers, q.With) {
			return Relations{}, unusable("a relation with somebody who was not asked about")
		}
		if slices.Contains(relation.Other.Identifiers, q.Of) {
			return Relations{}, unusable("a relation of somebody with themselves")
		}
		if relation.known() {
			told.List = append(told.List, relation)
		}
	}
	return told, nil
}

// known reports whether the relation is of a kind, and reaches over a field, that mean something here.
func (r Relation) known() bool {
	return slices.Contains([]RelationKind{Parent, LegalGuardian, Curator}, r.Kind) && len(r.Scope) > 0
}

func (row relationRow) relation(now time.Time) (Relation, error) {
	p := row.Person
	if row.ID == "" || len(row.ID) > 200 || !identity.Printable(row.ID) || row.Since.IsZero() || len(row.Scope) > maxIdentifiers {
		return Relation{}, unusable("a relation is not as described")
	}
	if strings.TrimSpace(p.GivenName) == "" || len(p.GivenName) > maxText || !identity.Printable(p.GivenName) || p.BirthYear < 1800 || p.BirthYear > now.Year() {
		return Relation{}, unusable("whom a relation is with is not as described")
	}
	if len(p.Identifiers) == 0 || len(p.Identifiers) > maxIdentifiers {
		return Relation{}, unusable("no identifiers, or too many")
	}
	r := Relation{ID: identity.Hide(row.ID), Kind: row.Kind, Since: row.Since, Until: row.Until, Other: Relative{GivenName: identity.Hide(p.GivenName), BirthYear: p.BirthYear}}
	for _, text := range p.Identifiers {
		id, err := identity.ParseIdentifier(text)
		if err != nil {
			return Relation{}, unusable("an identifier cannot be one")
		}
		r.Other.Identifiers = append(r.Other.Identifiers, id)
	}
	for _, scope := range row.Scope {
		if slices.Contains(RelationScopes(), scope) {
			r.Scope = append(r.Scope, scope)
		}
	}
	return r, nil
}
