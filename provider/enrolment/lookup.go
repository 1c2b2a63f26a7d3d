package enrolment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// What a look-up may end in, beside a refusal.
var (
	ErrNoRegister = errors.New("enrolment: the registers do not answer; the case waits")
	ErrNotFound   = errors.New("enrolment: the register knows nobody with this number")
)

// Order is what a case is opened with.
type Order struct {
	Station string
	Purpose Purpose
	Number  identity.Identifier // national, or a document's
	Paper   string              // the document's type, where it is one
	System  string              // the register system that opens it; "" for a clerk
	Asked   string              // its own reference
}

// Draft opens a case for a number; no register is asked yet. A clerk opens their own; a register
// system opens one that waits in the office for a clerk.
func (o *Office) Draft(ctx context.Context, a Actor, order Order) (Case, error) {
	if !slices.Contains(Purposes(), order.Purpose) {
		return Case{}, &Refused{"purpose"}
	}
	var called string
	if order.System == "" {
		err := a.may(staff.Draft)
		if err == nil {
			called, err = o.station(ctx, a, a.Office.ID, order.Station)
		}
		if err != nil {
			return Case{}, err
		}
	}
	now := o.Now()
	for {
		c := Case{
			ID: seal.NewRowID(now), Number: fmt.Sprintf("%d-%s", now.In(a.Office.Location()).Year(), digits(8)), State: Draft,
			Office: a.Office.ID, Station: order.Station, Clerk: a.Member.ID, ClerkPerson: a.Member.Person, Purpose: order.Purpose, Mode: AtDesk,
			Basis: ByRegister, Tries: freshTries(), System: order.System, Asked: order.Asked, Opened: now, Changed: now,
			Work: Work{Position: called, Asked: Identifier(order.Number.Reveal()), Typed: Reading{Type: order.Paper}},
		}
		row, err := o.row(c)
		if err != nil {
			return Case{}, err
		}
		entries, err := o.entries(c, step("open", "", Draft, a.Member.ID, "station", c.Station, "position", called, "purpose", string(c.Purpose), "system", c.System))
		if err != nil {
			return Case{}, err
		}
		err = o.Store.WriteCase(ctx, Change{Make: &row, Entries: entries})
		if errors.Is(err, ErrConflict) && order.System == "" { // the number was drawn before
			continue
		}
		if err != nil {
			return Case{}, fmt.Errorf("open a case: %w", err)
		}
		return c, nil
	}
}

// station names a position, if the office has it and it may be worked at from where the actor is.
func (o *Office) station(ctx context.Context, a Actor, office, id string) (string, error) {
	places, err := o.Staff.Places(ctx)
	if err != nil {
		return "", err
	}
	for _, s := range places.StationsAt(office, a.At) {
		if s.ID == id {
			return s.Name, nil
		}
	}
	return "", &Refused{"station"}
}

// Take makes the actor the clerk of a case that a register system opened.
func (o *Office) Take(ctx context.Context, a Actor, id seal.RowID, station string) (Case, error) {
	c, err := o.own(ctx, a, staff.Draft, id)
	if err != nil {
		return Case{}, err
	}
	if c.State != Draft || c.Clerk != (staff.ID{}) {
		return c, &Refused{"not_now"}
	}
	called, err := o.station(ctx, a, c.Office, station)
	if err != nil {
		return c, err
	}
	c.Clerk, c.ClerkPerson, c.Station, c.Work.Position = a.Member.ID, a.Member.Person, station, called
	return o.write(ctx, c, Change{}, step("take", Draft, Draft, a.Member.ID, "station", station, "position", called))
}

// LookUp asks the registers about the number of a case, after it was counted against the clerk's day.
// Whatever they answer is recorded: who asked, where, in which case, for what (means.md R-ENR-01).
func (o *Office) LookUp(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	c, err := o.own(ctx, a, staff.LookUp, id)
	if err != nil {
		return Case{}, err
	}
	if c.State != Draft || c.Clerk != a.Member.ID {
		return c, &Refused{"not_now"}
	}
	asked, err := identity.ParseIdentifier(string(c.Work.Asked))
	if err != nil {
		return c, &Refused{"number"}
	}
	if err := o.count(ctx, a, staff.LookUp, o.Policy.LookUps); err != nil {
		return c, err
	}
	if c.Holder, err = o.holder(ctx, asked); err != nil { // they are told of it, whatever comes of it
		return c, err
	}
	if err := o.begins(ctx, c, a, ""); err != nil {
		return c, err
	}
	told, err := o.ask(ctx, asked)
	if errors.Is(err, register.ErrNotFound) && o.foreign(asked, c.Work.Typed.Type) { // the document itself says who it is
		return o.unanswered(ctx, a, c, "not_found", unknown(asked))
	}
	if errors.Is(err, register.ErrNotFound) {
		c.Work.Asked = ""
		_, err = o.end(ctx, c, Cancel, a.Member.ID, "not_found", o.looked(c, a, unknown(asked)))
		return c, errors.Join(ErrNotFound, err)
	}
	if err != nil {
		o.Log.WarnContext(ctx, "registers do not answer a desk", "case", c.Number, "cause", err)
		c, err = o.unanswered(ctx, a, c, "no_answer", "no_answer")
		return c, errors.Join(ErrNoRegister, err)
	}
	return o.found(ctx, a, c, asked, told)
}

// told is what the registers say of somebody.
type told struct {
	person    register.Person
	documents []register.Document
	applied   string // the application for the first document, of who has none
	noPhoto   bool
}

// ask asks the registers about somebody, and whether there is a photo to compare them with. Whoever has no document
// may have applied for the first one: while nobody answers that, nothing is known of them (means.md R-ENR-13). Errors: register.ErrNotFound, register.ErrUnavailable.
func (o *Office) ask(ctx context.Context, number identity.Identifier) (told, error) {
	person, err := o.Registers.Person(ctx, number)
	if err != nil {
		return told{}, err
	}
	documents, err := o.Registers.Documents(ctx, number)
	if errors.Is(err, register.ErrNotFound) { // it has just told of them
		err = register.ErrUnavailable
	}
	if err != nil {
		return told{}, err
	}
	t := told{person: person, documents: documents}
	photo, err := o.Registers.Photo(ctx, number)
	switch {
	case errors.Is(err, register.ErrNotFound):
		t.noPhoto = true
		return t, nil
	case len(documents) == 0:
		t.applied = photo.Application
	}
	return t, err
}

func (t told) snapshot(asked identity.Identifier) Snapshot {
	s := snapshotOf(asked, t.person, t.documents)
	s.Applied, s.NoPhoto = t.applied, t.noPhoto
	return s
}

// heard gives when a register last told, within a week, that something changed of somebody whom nobody here knew;
// zero for not.
func (o *Office) heard(ctx context.Context, numbers []identity.Identifier) (time.Time, error) {
	var all []Digest
	for _, number := range numbers {
		all = append(all, o.digests(ChangedNumber, number.Reveal())...)
	}
	at, err := o.Changes.ChangedUnknown(ctx, all, o.Now().Add(-lately))
	if err != nil {
		return time.Time{}, fmt.Errorf("look for changes that registers told of: %w", err)
	}
	return at, nil
}

// found decides what the registers' answer means for the case.
func (o *Office) found(ctx context.Context, a Actor, c Case, asked identity.Identifier, t told) (Case, error) {
	p, documents := t.person, t.documents
	c.Work.Snapshot = t.snapshot(asked)
	var err error
	if c.Work.Heard, err = o.heard(ctx, p.Identifiers); err != nil {
		return c, err
	}
	sum := hash(c.Work.Snapshot.bytes())
	c.SnapshotHash = sum[:]
	alive := !p.Deceased
	if alive {
		known, err := o.People.Enrol(ctx, registered(p, documents))
		switch {
		case errors.Is(err, subject.ErrDeceased):
			alive = false
		case errors.Is(err, subject.ErrFrozen), errors.Is(err, subject.ErrConflict):
			_, err = o.end(ctx, c, Cancel, a.Member.ID, "person", o.looked(c, a, "refused"))
			return c, errors.Join(&Refused{"person"}, err)
		case err != nil:
			return c, fmt.Errorf("find the citizen: %w", err)
		}
		c.Person = known.ID
	}
	to, err := Move(c.State, LookUp, Facts{
		Purpose: slices.Contains(Purposes(), c.Purpose), RegisterSays: true, Alive: alive, NotSelf: c.Person != c.ClerkPerson,
		OldEnough: c.Work.Snapshot.age(o.Now()) >= max(o.Policy.Age, 1), Usable: c.Work.Snapshot.usable() || t.applied != "",
	})
	if refused, ok := errors.AsType[*Refused](err); ok {
		return o.refuse(ctx, a, c, refused)
	}
	c.Work.Home = HomeOf(o.Digests, p.Attributes)
	if c.Work.Aside, err = o.Stops.Aside(ctx, c.Person); err != nil {
		return c, err
	}
	from := c.State
	c.State, c.Minor = to, c.Work.Snapshot.age(o.Now()) < adult
	written, err := o.write(ctx, c, Change{}, o.looked(c, a, "found"), step(LookUp, from, to, a.Member.ID))
	if errors.Is(err, ErrOpenCase) {
		return o.other(ctx, a, c, from, o.looked(c, a, "other_case"))
	}
	return written, err
}

// holder gives who has a number here, however they stand; zero for nobody.
func (o *Office) holder(ctx context.Context, number identity.Identifier) (identity.PersonID, error) {
	person, err := o.People.Holder(ctx, number)
	if errors.Is(err, subject.ErrNobody) {
		return identity.PersonID{}, nil
	}
	return person, err
}

// refuse ends a case that goes no further; that the registers were asked stays on record. A clerk's
// own number never names the clerk as the citizen: the rule stands in the database, too.
func (o *Office) refuse(ctx context.Context, a Actor, c Case, refused *Refused) (Case, error) {
	looked := o.looked(c, a, refused.Code)
	if c.Person == c.ClerkPerson {
		looked.Who, c.Person = o.People.Reference(c.Person), identity.PersonID{}
	}
	ended, err := o.end(ctx, c, Cancel, a.Member.ID, refused.Code, looked)
	return ended, errors.Join(refused, err)
}

// looked is the entry of a look-up; the citizen reads it under "who saw my data".
func (o *Office) looked(c Case, a Actor, outcome string) journal.Entry {
	return journal.Entry{Kind: journal.LookedUp, Fields: map[string]any{
		"by": a.Member.ID.String(), "office": c.Office, "station": c.Station, "position": c.Work.Position, "case": c.Number, "purpose": string(c.Purpose), "outcome": outcome,
		"fields": []string{"name", "birthdate", "documents", "picture", "email", "phone_number", "address"},
	}}
}

// begins records that the registers are about to be asked who somebody is; outcome says as what, where it is not
// the citizen of the case. What they answer follows in looked. No record, no question.
func (o *Office) begins(ctx context.Context, c Case, a Actor, outcome string) error {
	begun := o.looked(c, a, outcome)
	begun.Kind = journal.LookingUp
	if outcome == "" {
		delete(begun.Fields, "outcome")
	}
	rows, err := o.entries(c, begun)
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}

// asks records that a register is about to be asked once more in a case, and about what: by somebody at their place, or by
// nobody. No record, no question.
func (o *Office) asks(ctx context.Context, c Case, by staff.ID, what string) error {
	fields := map[string]any{"office": c.Office, "case": c.Number, "purpose": string(c.Purpose), "register": what}
	if by != (staff.ID{}) {
		fields["by"], fields["station"], fields["position"] = by.String(), c.Station, c.Work.Position
	}
	rows, err := o.entries(c, journal.Entry{Kind: journal.RegisterAsked, Fields: fields})
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}

// count counts an act against the day of the clerk. At the cap the clerk is locked out.
func (o *Office) count(ctx context.Context, a Actor, act staff.Act, most int) error {
	quota := a.Office.Quotas.LookUps
	if act != staff.LookUp {
		quota = a.Office.Quotas.Enrolments
	}
	if quota > 0 {
		most = min(most, quota)
	}
	err := o.Staff.Count(ctx, a.Member, a.Office, act, most)
	if errors.Is(err, staff.ErrCap) {
		return errors.Join(err, o.Staff.Exhausted(ctx, a.Member))
	}
	return err
}

// Photo gives the register's photo, of the citizen or of a minor's guardian, while the clerk compares; it is never kept.
func (o *Office) Photo(ctx context.Context, a Actor, id seal.RowID, guardian bool) (register.Photo, error) {
	c, err := o.Case(ctx, a, id)
	if err != nil {
		return register.Photo{}, err
	}
	own, err := o.Standing.Among(ctx, a.Member.Person, c.ClerkPerson)
	if err != nil {
		return register.Photo{}, err
	}
	comparing := c.State == LookedUp && c.Clerk == a.Member.ID && a.may(staff.LookUp) == nil ||
		c.State == ReviewRequired && a.may(staff.Approve) == nil && !own
	if !comparing {
		return register.Photo{}, ErrNoCase
	}
	of, about := c.Work.Snapshot, c
	if guardian {
		of, about.Person = c.Work.Guardian.Snapshot, c.Guardian
	}
	asked, err := identity.ParseIdentifier(of.Identifier)
	if err != nil {
		return register.Photo{}, ErrNoCase
	}
	if err := o.asks(ctx, about, a.Member.ID, "picture"); err != nil {
		return register.Photo{}, err
	}
	photo, err := o.Registers.Photo(ctx, asked)
	if errors.Is(err, register.ErrNotFound) {
		return register.Photo{}, ErrNotFound
	}
	if err != nil {
		return register.Photo{}, ErrNoRegister
	}
	return photo, nil
}

// end lets a case end by an act that may happen in its state; by is nobody where its time was over.
func (o *Office) end(ctx context.Context, c Case, act Act, by staff.ID, why string, more ...journal.Entry) (Case, error) {
	to, err := Move(c.State, act, Facts{OwnCase: true, OtherClerk: true})
	if err != nil {
		return c, err
	}
	from := c.State
	return o.write(ctx, c.over(to, why, o.Now()), Change{Burn: true}, append(more, step(act, from, to, by, "why", why))...)
}

// over is a case that came to nothing, with no more of what it worked with than is kept.
func (c Case) over(to State, why string, at time.Time) Case {
	c.State, c.Decided, c.Until = to, at, time.Time{}
	c.Work = Work{Snapshot: c.Work.Snapshot, Guardian: c.Work.Guardian, TakenUp: c.Work.TakenUp, Stopped: c.Work.Stopped, OnlyTakesUp: c.Work.OnlyTakesUp, Ended: why}
	return c
}
