package enrolment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// Guardian is who comes with a minor, as the registers know them. It is kept as the snapshot is.
type Guardian struct {
	Snapshot Snapshot              `json:"snapshot,omitzero"`
	Kind     register.RelationKind `json:"kind,omitempty"`
	Document string                `json:"document,omitempty"` // type of the one seen
}

// Relations are asked who acts for a minor. Errors: register.ErrNotFound, register.ErrUnavailable.
type Relations interface {
	Relations(context.Context, register.RelationQuestion) (register.Relations, error)
}

// checks are what a clerk must tick beside the checks of a minor (means.md R-ENR-12).
func (g Guardian) checks() []Check {
	if g.Snapshot.NoPhoto {
		return []Check{GuardianDocument, GuardianFeatures, GuardianAgrees}
	}
	return []Check{GuardianLikeness, GuardianFeatures, GuardianAgrees}
}

// Guard asks the registers whether somebody acts by law for the minor of a case, and who they are. It counts as a
// look-up, and both of them can see that it was made (means.md R-ENR-01, R-ENR-12).
func (o *Office) Guard(ctx context.Context, a Actor, id seal.RowID, number identity.Identifier) (Case, error) {
	c, err := o.own(ctx, a, staff.LookUp, id)
	if err != nil {
		return Case{}, err
	}
	if c.State != LookedUp || c.Clerk != a.Member.ID || !c.Minor {
		return c, &Refused{"not_now"}
	}
	if c.Work.Guards >= mostGuards {
		return c, &Refused{"guardian_tries"}
	}
	if err := o.count(ctx, a, staff.LookUp, o.Policy.LookUps); err != nil {
		return c, err
	}
	about := c // it is theirs, and they are told
	if about.Person, err = o.holder(ctx, number); err != nil {
		return c, err
	}
	related, err := o.related(ctx, c, number)
	if errors.Is(err, register.ErrUnavailable) {
		return c, o.untold(ctx, a, about, err)
	}
	if err != nil {
		return c, err
	}
	if related == "" { // nothing more is asked about somebody who is nobody's guardian here
		return o.noGuard(ctx, a, c, about.Person)
	}
	if err := o.begins(ctx, about, a, outcomeGuardian); err != nil {
		return c, err
	}
	told, err := o.ask(ctx, number)
	if err != nil {
		return c, o.untold(ctx, a, about, err)
	}
	c.Work.Guardian = Guardian{Snapshot: told.snapshot(number), Kind: related}
	return o.guards(ctx, a, c, told.person, told.documents)
}

// mostGuards is how many people who act for nobody in it a case is asked about: its clerk has a child's papers before them,
// and does not search through a town for the parents (attacks IN-08).
const mostGuards = 5

// noGuard records that somebody was asked about as a guardian who is none, and counts them.
func (o *Office) noGuard(ctx context.Context, a Actor, c Case, known identity.PersonID) (Case, error) {
	looked := o.looked(c, a, outcomeGuardian)
	looked.Fields["answer"] = noGuardian
	if !known.IsZero() {
		looked.Who = o.People.Reference(known)
	}
	c.Work.Guards++
	written, err := o.write(ctx, c, Change{}, looked)
	if err != nil { // no count, no answer
		return c, err
	}
	return written, &Refused{"guardian"}
}

// untold records that the registers said nothing of a guardian, and why.
func (o *Office) untold(ctx context.Context, a Actor, about Case, why error) error {
	answer, refused := "no_answer", ErrNoRegister
	if errors.Is(why, register.ErrNotFound) {
		answer, refused = "not_found", &Refused{"guardian"}
	}
	return errors.Join(refused, o.soughtBy(ctx, a, about, answer))
}

// soughtBy records that somebody was asked about as a guardian, and got no further, and why.
func (o *Office) soughtBy(ctx context.Context, a Actor, about Case, answer string) error {
	looked := o.looked(about, a, outcomeGuardian)
	looked.Fields["answer"] = answer
	rows, err := o.entries(about, looked)
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}

// related asks the register by what right somebody acts for the minor; "" for none.
func (o *Office) related(ctx context.Context, c Case, guardian identity.Identifier) (register.RelationKind, error) {
	child, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil || child.Scheme != identity.NationalNumber || guardian.Scheme != identity.NationalNumber {
		return "", nil
	}
	if err := o.asks(ctx, c, c.Clerk, "relations"); err != nil {
		return "", err
	}
	told, err := o.Relations.Relations(ctx, register.RelationQuestion{Of: child, Side: register.Represented, With: guardian, Purpose: register.ForEnrolment})
	if errors.Is(err, register.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask for a relation: %w", err)
	}
	for _, r := range told.List {
		if (r.Kind == register.Parent || r.Kind == register.LegalGuardian) && r.Covers(o.Now(), register.Administration) {
			return r.Kind, nil
		}
	}
	return "", nil
}

// sought records that the registers were asked about a guardian who may not be one for a reason of their own.
func (o *Office) sought(ctx context.Context, a Actor, c Case) error {
	number, err := identity.ParseIdentifier(c.Work.Guardian.Snapshot.Identifier)
	if err != nil {
		return fmt.Errorf("record a look-up: %w", err)
	}
	known, err := o.holder(ctx, number)
	if err != nil {
		return err
	}
	looked := o.looked(c, a, outcomeGuardian)
	looked.Who = o.People.Reference(known)
	c.Work.Guardian = Guardian{}
	_, err = o.write(ctx, c, Change{}, looked)
	return err
}

// guards decides whether the guardian may be one: alive, of age, with a document, and neither child nor clerk.
func (o *Office) guards(ctx context.Context, a Actor, c Case, p register.Person, documents []register.Document) (Case, error) {
	alive := !p.Deceased
	var known identity.Person
	if alive {
		var err error
		known, err = o.People.Enrol(ctx, registered(p, documents))
		switch {
		case errors.Is(err, subject.ErrDeceased):
			alive = false
		case errors.Is(err, subject.ErrFrozen), errors.Is(err, subject.ErrConflict):
			return c, errors.Join(&Refused{"person"}, o.sought(ctx, a, c))
		case err != nil:
			return c, fmt.Errorf("find the guardian: %w", err)
		}
	}
	s := c.Work.Guardian.Snapshot
	to, err := Move(c.State, Guard, Facts{
		OwnCase: true, RegisterSays: true, Alive: alive, NotSelf: known.ID != c.ClerkPerson && known.ID != c.Person,
		OldEnough: s.age(o.Now()) >= adult, Usable: s.usable(),
	})
	looked := o.looked(c, a, outcomeGuardian)
	if !known.ID.IsZero() {
		looked.Who = o.People.Reference(known.ID)
	}
	if err != nil { // they were asked about all the same
		c.Work.Guardian = Guardian{}
		_, kept := o.write(ctx, c, Change{}, looked)
		return c, errors.Join(err, kept)
	}
	c.State, c.Guardian = to, known.ID
	return o.write(ctx, c, Change{}, looked, step(Guard, LookedUp, to, a.Member.ID, "relation", string(c.Work.Guardian.Kind)))
}

// guarded reports how a minor's guardian stands now: the document that they showed, and that they still act
// for the minor. Who needs none is guarded.
func (o *Office) guarded(ctx context.Context, c Case) register.DocumentStatus {
	if !c.Minor {
		return register.Valid
	}
	g := c.Work.Guardian
	paper, have := g.Snapshot.Paper(g.Document)
	number, err := identity.ParseIdentifier(g.Snapshot.Identifier)
	if !have || err != nil || c.Guardian.IsZero() {
		return register.Invalidated
	}
	about := c
	about.Person = c.Guardian // it is theirs, and they are told
	if o.asks(ctx, about, c.Clerk, "documents") != nil {
		return register.Unknown
	}
	if status, _ := o.Statuses.Standing(ctx, number, paper.Type, paper.Number); status != register.Valid {
		return status
	}
	switch kind, err := o.related(ctx, c, number); {
	case err != nil:
		return register.Unknown
	case kind == "":
		return register.Invalidated
	default:
		return register.Valid
	}
}

// tellGuardian tells the guardian on their own channels that a minor was enrolled, with the same reference that
// stops it.
func (o *Office) tellGuardian(ctx context.Context, c Case, reference string, at time.Time) (int, error) {
	if c.Guardian.IsZero() {
		return 0, nil
	}
	return o.Notices.Ward(ctx, c.Guardian, c.Work.Language, reference, at)
}

// apart reports whether somebody is none of those whom a case is about, or who began it, and became none of them.
func (o *Office) apart(ctx context.Context, c Case, person identity.PersonID) (bool, error) {
	among, err := o.Standing.Among(ctx, person, c.ClerkPerson, c.Person, c.Guardian)
	return !among && err == nil, err
}
