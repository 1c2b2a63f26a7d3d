package enrolment

import (
	"context"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
)

// holdStanding has whoever stops what stands of a person's cases wait for the end of the transaction of the context.
// ErrConflict where somebody is doing that.
func (o *Office) holdStanding(ctx context.Context, person identity.PersonID) error {
	rows, err := o.Store.Cases(ctx, Query{Standing: person})
	if err != nil {
		return fmt.Errorf("find what stands: %w", err)
	}
	for _, row := range rows {
		if err := o.Store.WriteCase(ctx, Change{Row: &row}); err != nil {
			return fmt.Errorf("hold what stands: %w", err)
		}
	}
	return nil
}

// standAgain lets the suspended ones of some cases stand again, in the transaction of the context. What they are about stays sealed as
// it was. It gives those that stood not before. ErrConflict where somebody moves one meanwhile.
func (o *Office) standAgain(ctx context.Context, by Case, of []string) (lifted []string, err error) {
	slices.Sort(of)
	for _, text := range slices.Compact(of) {
		id, ok := ParseCaseID(text)
		if !ok {
			return nil, ErrNoWay
		}
		rows, err := o.Store.Cases(ctx, Query{ID: id})
		if err != nil {
			return nil, fmt.Errorf("find what stands again: %w", err)
		}
		if len(rows) == 0 {
			return nil, ErrNoWay
		}
		row := rows[0]
		if row.State == Active {
			continue
		}
		from := row.State
		to, err := Move(from, Lift, Facts{})
		if err != nil {
			return nil, ErrNoWay
		}
		row.State, row.Changed = to, o.Now()
		entries, err := o.entries(row.Case, step(Lift, from, to, by.Clerk, "later", by.Number))
		if err != nil {
			return nil, err
		}
		if err := o.Store.WriteCase(ctx, Change{Row: &row, Entries: entries}); err != nil {
			return nil, fmt.Errorf("let an enrolment stand again: %w", err)
		}
		if err := o.moved(ctx, row.Case); err != nil {
			return nil, err
		}
		lifted = append(lifted, text)
	}
	return lifted, nil
}
