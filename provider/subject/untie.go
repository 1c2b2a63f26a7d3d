package subject

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Distrust ends what somebody tied from a day on, on the word of a means by which it may not have been they who logged in,
// and what was tied on the word of that; what was begun so and not finished ends nowhere either, and nothing of it comes
// back by itself. The person is told. Of a tie that does not say what it rests on nobody knows better. It happens in the
// transaction of the context, of a person whom nobody else changes until its end. Whose means it is can tie it again.
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
	ends, lost := doubtful(rows, means, since)
	if err := m.disown(ctx, *known, ends, lost, since, broughtBy(ends, known.Contacts, since)); err != nil {
		return fmt.Errorf("end pending ties: %w", err)
	}
	note := Note{Ref: rand.Text()[:8]}
	tells := m.telling(known.ID, "message.untied", note) // once, of however many
	for _, row := range ends {
		if row.Ended != 0 {
			continue
		}
		b := Binding{ID: BindingID(row.ID), Means: row.Means, Level: row.Level}
		change := Change{Person: known.ID, EndLink: &LinkEnd{b.ID, ByStop, DayOf(m.Now())}, Also: tells}
		if err := m.write(ctx, change, tieEntry(journal.Unlinked, b, ByStop, note.Ref)); err != nil {
			return fmt.Errorf("end a tie: %w", err)
		}
		tells = nil
	}
	return nil
}

// disown ends every proof that somebody may have prepared, and what would bring back what ends: the days in which what was
// taken off comes back as it was, and the foreign numbers that came with it. Where messages went that came with it they go
// no more, but for a time, as to every former address: it may have been its owner's.
func (m *Matcher) disown(ctx context.Context, known Known, ends []LinkRow, lost []identity.Means, since Day, contacts []ContactRow) error {
	numbers, err := m.Ties.SealedOf(ctx, known.ID)
	if err != nil {
		return err
	}
	change, what := Change{Person: known.ID, Retire: contacts}, []string{"proof"}
	for _, row := range numbers {
		if row.Scheme == identity.EIDAS && row.Since >= since && row.from(lost) {
			change.Disown, what = append(change.Disown, row.ID), []string{"proof", "number"}
		}
	}
	if len(contacts) > 0 {
		what = append(what, "contact")
	}
	for _, row := range ends {
		if row.Ended != 0 {
			change.Forget = append(change.Forget, BindingID(row.ID))
		}
	}
	if known.State == identity.Active { // nothing else ties anything to them
		change.Ties = &known.Ties
	}
	if change.empty() {
		return nil
	}
	return m.write(ctx, change, journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": what}})
}

// broughtBy gives the contacts that came since a day from a means with which a tie ends: whose they are only its owner knows,
// whose next login by a way of their own brings them back.
func broughtBy(ends []LinkRow, contacts []ContactRow, since Day) []ContactRow {
	return slices.DeleteFunc(slices.Clone(contacts), func(c ContactRow) bool {
		came := c.Source.Kind == identity.FromMeans && slices.ContainsFunc(ends, func(r LinkRow) bool { return c.Source.ID == string(r.Means) })
		return !came || c.Since < since
	})
}

// from reports whether an identifier came with one of some means.
func (r IdentifierRow) from(means []identity.Means) bool {
	return r.Source.Kind == identity.FromMeans && slices.Contains(means, identity.Means(r.Source.ID))
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

// vouched gives what a tie rests on that is made by numbers alone: nothing where a national one is among them, which no tie
// brings; else the means that the foreign ones came with.
func (m *Matcher) vouched(ctx context.Context, t told, known Known) ([]identity.Means, error) {
	if slices.ContainsFunc(t.trusted, number.national) {
		return nil, nil
	}
	var by []identity.Means
	for _, row := range known.Identifiers {
		if row.Source.Kind == identity.FromMeans && slices.ContainsFunc(t.trusted, func(n number) bool { return row.same(n.key) }) {
			by = append(by, identity.Means(row.Source.ID))
		}
	}
	return m.resting(ctx, known.ID, by)
}

// doubtful gives the ties in use, or taken off by the person, that rest on a means, by whatever way, since a day; and all
// means that are no better for it.
func doubtful(rows []LinkRow, means identity.Means, since Day) (all []LinkRow, lost []identity.Means) {
	lost = []identity.Means{means}
	rests := func(r LinkRow) bool {
		unknown := r.Method == ByBoth && len(r.RestsOn) == 0
		return unknown || slices.ContainsFunc(r.RestsOn, func(on identity.Means) bool { return slices.Contains(lost, on) })
	}
	for more := true; more; {
		more = false
		for _, r := range rows {
			fresh := !slices.ContainsFunc(all, func(one LinkRow) bool { return one.ID == r.ID })
			stands := r.Ended == 0 || r.EndedBy == ByPerson
			if fresh && stands && r.Since >= since && rests(r) {
				all, lost, more = append(all, r), append(lost, r.Means), true
			}
		}
	}
	return all, lost
}
