package assurance

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"symbolon/connectors/identity"
)

// Past is a decision as it was kept.
type Past struct {
	Ref    string
	Rules  string // version that decided
	Level  identity.Level
	Needed identity.Level
	Inputs Inputs
}

// ReadInputs reads inputs as they were kept. A member that this version does not know would be left
// out of the decision, so it is an error.
func ReadInputs(text []byte) (Inputs, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var in Inputs
	if err := decoder.Decode(&in); err != nil {
		return Inputs{}, errors.New("inputs of a decision: not of a form that this version reads")
	}
	return in, nil
}

// Trial says what a rule set makes of past decisions.
type Trial struct {
	Rules     string `json:"rules"`
	Decisions int    `json:"decisions"`
	Changed   int    `json:"changed"`
	TooWeak   int    `json:"too_weak"` // reached what they needed and would not
	Enough    int    `json:"enough"`   // did not reach it and would
	Moves     []Move `json:"moves"`    // what changed, from the highest level before
}

// Move is how many decisions went from one level to another, with some references to look at.
type Move struct {
	Before   identity.Level `json:"before"`
	After    identity.Level `json:"after"`
	Count    int            `json:"count"`
	Examples []string       `json:"examples"`
}

// examples is how many references a move names.
const examples = 3

// Add makes one past decision again by these rules and counts what became of it.
func (t *Trial) Add(rules Rules, past Past) {
	after := rules.Judge(past.Inputs).Level
	t.Decisions++
	if after == past.Level {
		return
	}
	t.Changed++
	switch before, now := past.Level.Satisfies(past.Needed), after.Satisfies(past.Needed); {
	case before && !now:
		t.TooWeak++
	case now && !before:
		t.Enough++
	}
	at := slices.IndexFunc(t.Moves, func(m Move) bool { return m.Before == past.Level && m.After == after })
	if at < 0 {
		at = len(t.Moves)
		t.Moves = append(t.Moves, Move{Before: past.Level, After: after})
	}
	move := &t.Moves[at]
	move.Count++
	if len(move.Examples) < examples && !slices.Contains(move.Examples, past.Ref) {
		move.Examples = append(move.Examples, past.Ref)
	}
	slices.SortFunc(t.Moves, func(a, b Move) int {
		if a.Before != b.Before {
			return int(b.Before) - int(a.Before)
		}
		return int(b.After) - int(a.After)
	})
}
