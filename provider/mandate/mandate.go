// Package mandate is one person's right to act for another, as the population register tells it: who,
// for whom, in which fields, until when. It says what must be asked and whether an answer bears the
// right out. It asks nobody itself, and what may be told by it is decided elsewhere.
package mandate

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
)

// ErrNone says that somebody may not act for somebody: no relation, not in this field, not any more.
var ErrNone = errors.New("mandate: there is no right to act")

// Person is one end of a mandate: how usage knows them, and how the register does.
type Person struct {
	Usage  identity.UsageID
	Number identity.Identifier
}

// Mandate is a right to act. The zero value is none. It is a copy of what a register said at a moment:
// whoever relies on it asks Question again, and Borne whether it still holds.
type Mandate struct {
	Actor    Person
	For      Person
	Relation identity.Secret // the register's own id, never told
	Kind     register.RelationKind
	Fields   []register.RelationScope // in which it is used, all of them covered
	Until    time.Time                // it does not hold from this moment on; zero: no end is set
}

// Of makes the mandate that a relation gives in some fields. born is the birth date of whom it is for:
// parents and guardians act for minors only, until they come of age in this zone; whose age is not
// known is nobody's ward. Errors: ErrNone.
func Of(r register.Relation, actor, other Person, fields []register.RelationScope, born string, now time.Time) (Mandate, error) {
	m := Mandate{Actor: actor, For: other, Relation: r.ID, Kind: r.Kind, Fields: fields, Until: r.Until}
	if actor.Usage.IsZero() || other.Usage.IsZero() || actor.Usage == other.Usage || r.ID.IsZero() || !r.Covers(now, fields...) {
		return Mandate{}, ErrNone
	}
	switch r.Kind {
	case register.Curator:
	case register.Parent, register.LegalGuardian:
		adult, known := ofAge(born, now.Location())
		if !known {
			return Mandate{}, ErrNone
		}
		if m.Until.IsZero() || adult.Before(m.Until) {
			m.Until = adult
		}
	default:
		return Mandate{}, ErrNone
	}
	if !m.holds(now) {
		return Mandate{}, ErrNone
	}
	return m, nil
}

// Majority is the age in years from which people act for themselves.
const Majority = 18

// ofAge says when somebody comes of age: at the beginning of a day. Where month or day are not known it
// is the earliest that it can be, so that nobody is acted for who may be of age.
func ofAge(born string, zone *time.Location) (time.Time, bool) {
	part := func(from, to, otherwise int) int {
		if len(born) < to {
			return otherwise
		}
		n, err := strconv.Atoi(born[from:to])
		if err != nil || n == 0 {
			return otherwise
		}
		return n
	}
	year := part(0, 4, 0)
	if year == 0 {
		return time.Time{}, false
	}
	return time.Date(year+Majority, time.Month(part(5, 7, 1)), part(8, 10, 1), 0, 0, 0, 0, zone), true
}

func (m Mandate) holds(now time.Time) bool { return m.Until.IsZero() || m.Until.After(now) }

// Question asks the register for this relation alone.
func (m Mandate) Question(why register.Purpose) register.RelationQuestion {
	return register.RelationQuestion{Of: m.Actor.Number, Side: register.Represents, With: m.For.Number, Purpose: why}
}

// Borne reports whether what the register says now bears the mandate out: the very relation, of the same
// kind, over all its fields.
func (m Mandate) Borne(said register.Relations, now time.Time) bool {
	return !m.Relation.IsZero() && m.holds(now) && slices.ContainsFunc(said.List, func(r register.Relation) bool {
		return r.ID == m.Relation && r.Kind == m.Kind && r.Covers(now, m.Fields...) && slices.Contains(r.Other.Identifiers, m.For.Number)
	})
}

// stored is a mandate with its values written out.
type stored struct {
	Actor    identity.UsageID         `json:"actor"`
	ActorIs  string                   `json:"actor_is"`
	For      identity.UsageID         `json:"for"`
	ForIs    string                   `json:"for_is"`
	Relation string                   `json:"relation"`
	Kind     register.RelationKind    `json:"kind"`
	Fields   []register.RelationScope `json:"fields"`
	Until    time.Time                `json:"until,omitzero"`
}

// Expose writes the mandate for sealing, and for nothing else.
func (m Mandate) Expose() (json.RawMessage, error) {
	return json.Marshal(stored{m.Actor.Usage, m.Actor.Number.Reveal(), m.For.Usage, m.For.Number.Reveal(), m.Relation.Reveal(), m.Kind, m.Fields, m.Until})
}

// Unseal reads what Expose wrote. The error holds nothing of it.
func Unseal(raw json.RawMessage) (Mandate, error) {
	var s stored
	broken := errors.New("mandate: not what was sealed")
	if json.Unmarshal(raw, &s) != nil {
		return Mandate{}, broken
	}
	actor, err := identity.ParseIdentifier(s.ActorIs)
	if err != nil {
		return Mandate{}, broken
	}
	other, err := identity.ParseIdentifier(s.ForIs)
	if err != nil {
		return Mandate{}, broken
	}
	return Mandate{Person{s.Actor, actor}, Person{s.For, other}, identity.Hide(s.Relation), s.Kind, s.Fields, s.Until}, nil
}
