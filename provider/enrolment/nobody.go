package enrolment

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// nobodysNumber is the kind of digests by which the journal names whom a case was about that made nobody: by the number of
// the document, or the national one, that a clerk read with no register to ask.
const nobodysNumber = "nobody's number"

// whose names in an entry whom a case is about. The one with which a case ends that made nobody gets the name of that
// number: whoever is somebody here with it one day reads that a clerk saw their data before (means.md R-ENR-01). Until then
// it names nobody.
func (o *Office) whose(c Case, e journal.Entry) journal.Entry {
	if of := cmp.Or(c.Person, c.Holder); !of.IsZero() {
		e.Who = o.People.Reference(of)
		return e
	}
	over := slices.Contains([]State{Cancelled, Rejected}, State(e.Text("to")))
	if e.Kind != journal.CaseStep || !over || c.Work.Snapshot.Identifier == "" {
		return e
	}
	sum := o.Digests.Digest(nobodysNumber, c.Work.Snapshot.Identifier)
	e.Who, e.Fields["nobody"], e.Fields["read_by"] = hex.EncodeToString(sum[:]), "yes", c.Clerk.String()
	return e
}

// named gives all names by which the journal knows persons: their own, and those of the numbers that they have.
func (l Lookers) named(ctx context.Context, persons []identity.PersonID) ([]string, error) {
	all := l.Names(persons...)
	for _, person := range persons {
		numbers, err := l.Numbers(ctx, person)
		if err != nil {
			return nil, fmt.Errorf("by the numbers of somebody: %w", err)
		}
		for _, number := range numbers {
			for _, sum := range l.Digests.All(nobodysNumber, number.Reveal()) {
				all = append(all, hex.EncodeToString(sum[:]))
			}
		}
	}
	return all, nil
}
