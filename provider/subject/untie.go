package subject

import (
	"context"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Distrust ends what somebody tied from a day on, on the word of a means by which it may not have been they who logged in,
// and what was tied on the word of that; what was begun so and not finished ends nowhere either. Of a tie that does not say
// what it rests on nobody knows better. It happens in the transaction of the context, of a person whom nobody else changes
// until its end. Whose means it is can tie it again.
func (m *Matcher) Distrust(ctx context.Context, person identity.PersonID, means identity.Means, since Day) error {
	known, err := m.Store.ByID(ctx, person)
	if err == nil && known == nil {
		err = ErrNobody
	}
	if err == nil {
		*known, err = m.follow(ctx, *known)
	}
	if err != nil {
		return fmt.Errorf("find whose ties end: %w", err)
	}
	rows, err := m.Ties.TiesOf(ctx, known.ID)
	if err != nil {
		return fmt.Errorf("list ties: %w", err)
	}
	if known.State == identity.Active { // nothing else ties anything to them
		entry := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{"proof"}}}
		if err := m.write(ctx, Change{Person: known.ID, Ties: &known.Ties}, entry); err != nil {
			return fmt.Errorf("end pending ties: %w", err)
		}
	}
	for _, row := range doubtful(rows, means, since) {
		b := Binding{ID: BindingID(row.ID), Means: row.Means, Level: row.Level}
		if err := m.write(ctx, Change{Person: known.ID, EndLink: &LinkEnd{b.ID, ByStop, DayOf(m.Now())}}, tieEntry(journal.Unlinked, b, ByStop, "")); err != nil {
			return fmt.Errorf("end a tie: %w", err)
		}
	}
	return nil
}

// resting gives what a tie rests on that is made on the word of some means: these, and what their own ties rest on. What is in
// between may be taken off, or tied anew, before anybody stops what all of it began with.
func (m *Matcher) resting(ctx context.Context, person identity.PersonID, by []identity.Means) ([]identity.Means, error) {
	rows, err := m.Ties.TiesOf(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("list ties: %w", err)
	}
	all := slices.Clone(by)
	for _, r := range rows {
		if r.Ended == 0 && slices.Contains(by, r.Means) {
			all = append(all, r.RestsOn...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// doubtful gives the ties in use that rest on a means, by whatever way, since a day.
func doubtful(rows []LinkRow, means identity.Means, since Day) []LinkRow {
	lost := []identity.Means{means}
	rests := func(r LinkRow) bool {
		return len(r.RestsOn) == 0 || slices.ContainsFunc(r.RestsOn, func(on identity.Means) bool { return slices.Contains(lost, on) })
	}
	var all []LinkRow
	for more := true; more; {
		more = false
		for _, r := range rows {
			fresh := !slices.ContainsFunc(all, func(one LinkRow) bool { return one.ID == r.ID })
			if fresh && r.Ended == 0 && r.Method == ByBoth && r.Since >= since && rests(r) {
				all, lost, more = append(all, r), append(lost, r.Means), true
			}
		}
	}
	return all
}
