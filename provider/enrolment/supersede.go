package enrolment

import (
	"context"
	"fmt"
)

// Replaced says what becomes of what a person could log in with before, when a case of theirs becomes active.
type Replaced string

// What gives way.
const (
	ReplacesNothing     Replaced = ""            // one more phone
	ReplacesAll         Replaced = "all"         // a phone was lost (means.md §4.7)
	ReplacesEmergencies Replaced = "emergencies" // what came of an emergency, to what comes of a real check
	PutsAside           Replaced = "aside"       // an emergency ends nothing that is stronger (R-ENR-13)
)

// Replaces says what gives way to what comes of the case.
func (c Case) Replaces() Replaced {
	switch {
	case c.Purpose == LostPhone && c.Basis == Emergency:
		return PutsAside
	case c.Purpose == LostPhone:
		return ReplacesAll
	case c.Work.Replaces:
		return ReplacesEmergencies
	default:
		return ReplacesNothing
	}
}

// GivesWay reports whether an earlier case of the person is superseded by the case.
func (c Case) GivesWay(earlier Case) bool {
	if earlier.ID == c.ID {
		return false
	}
	switch c.Replaces() {
	case ReplacesAll:
		return true
	case ReplacesEmergencies:
		return earlier.Basis == Emergency
	case PutsAside:
		return earlier.Level <= c.Level
	default:
		return false
	}
}

// supersede lets the earlier cases of a person go that give way to one, in the transaction of the context, and
// gives their ids. What they are about stays sealed as it was.
func (o *Office) supersede(ctx context.Context, c Case) ([]string, error) {
	if c.Replaces() == ReplacesNothing {
		return nil, nil
	}
	rows, err := o.Store.Cases(ctx, Query{Standing: c.Person})
	if err != nil {
		return nil, fmt.Errorf("find what is replaced: %w", err)
	}
	var gone []string
	for _, row := range rows {
		if !c.GivesWay(row.Case) {
			continue
		}
		from := row.State
		to, err := Move(from, Supersede, Facts{})
		if err != nil {
			return nil, err
		}
		row.State, row.Changed = to, o.Now()
		entries, err := o.entries(row.Case, step(Supersede, from, to, c.Clerk, "later", c.Number))
		if err != nil {
			return nil, err
		}
		if err := o.Store.WriteCase(ctx, Change{Row: &row, Entries: entries}); err != nil {
			return nil, fmt.Errorf("supersede a case: %w", err)
		}
		if err := o.moved(ctx, row.Case); err != nil {
			return nil, err
		}
		gone = append(gone, CaseID(row.ID))
	}
	return gone, nil
}

// endReplaced ends what was opened with what a case replaced. That it is to end was written with the case: where
// it fails now, it is done a little later.
func (o *Office) endReplaced(ctx context.Context, c Case) {
	if err := o.Stops.EndOpened(ctx, CaseID(c.ID)); err != nil {
		o.Log.WarnContext(ctx, "what was opened with what a case replaced ends later", "case", c.Number, "error", err)
	}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}
