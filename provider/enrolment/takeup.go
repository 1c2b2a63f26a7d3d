package enrolment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// ErrNoWay says that something is not suspended, or not any more.
var ErrNoWay = errors.New("enrolment: this is not something that can be taken up again")

// Way is something to log in with that was suspended or put in doubt.
type Way struct {
	ID, Type, Name string         // Type ends a text's key; Name is its owner's, "" for none
	Level          identity.Level // the most that it gives
	Case           string         // the enrolment that it rests on
	Number         string         // of that case; "" where it is kept no more
	Added          bool           // by its owner, later
	Since          time.Time      // the day
	Not            Keeps          // why it stays as it is; "" where it may be taken up
	NotMe          bool           // "this was not me" stopped it
}

// Keeps is why something stays suspended. Each has a text under "desk.takeup.CODE".
type Keeps string

// What keeps it, the strongest last.
const (
	TooWeak   Keeps = "weak"    // this visit makes sure of less than what it gives
	OnNoForm  Keeps = "form"    // the signed form does not ask for it: this was stopped since
	OtherHand Keeps = "clerk"   // who enrolled it, or agreed to it, does not take it up; nor who did before an officer stopped it
	Officers  Keeps = "officer" // a security officer stopped it, and another one has not let it be taken up
	ForGood   Keeps = "over"    // it rests on what was ended for good, replaced or never given
)

// Ways are what people hold that was stopped.
type Ways interface {
	// Waiting gives what a person holds that was suspended or put in doubt.
	Waiting(context.Context, identity.PersonID) ([]Way, error)
	// TakeUp lets some of it work again and tells the person, in the transaction of the context. ErrNoWay.
	TakeUp(ctx context.Context, person identity.PersonID, language, reference string, at time.Time, ids []string) error
	// Withhold leaves to an office what of these enrolments is still stopped, in the transaction of the context.
	Withhold(ctx context.Context, person identity.PersonID, cases []string) error
}

// Waiting gives what the citizen of a case holds that was suspended, to the clerk whose case it is, with what keeps it so:
// before they are compared, that the clerk knows of it, and when it is signed.
func (o *Office) Waiting(ctx context.Context, a Actor, c Case) ([]Way, error) {
	if c.State != LookedUp && c.State != Signed || c.Clerk != a.Member.ID || c.Basis == Emergency { // means.md R-ENR-13: an emergency lifts nothing
		return nil, nil
	}
	ways, err := o.Ways.Waiting(ctx, c.Person)
	if err != nil || len(ways) == 0 {
		return nil, err
	}
	earlier, err := o.earlier(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	keeps, notMe := map[seal.RowID]Keeps{}, map[seal.RowID]bool{}
	for _, e := range earlier {
		if keeps[e.ID], notMe[e.ID], err = o.keeps(ctx, a, e); err != nil {
			return nil, err
		}
	}
	level := o.level(c, AtDesk)
	for i, way := range ways {
		ways[i].Not = kept(way, earlier, keeps)
		if at := slices.IndexFunc(earlier, func(e Case) bool { return CaseID(e.ID) == way.Case }); at >= 0 {
			ways[i].Number = earlier[at].Number
		}
		ways[i].NotMe = slices.ContainsFunc(earlier, func(e Case) bool { return notMe[e.ID] && way.stoppedWith(e) })
		switch {
		case ways[i].Not != "":
		case c.State == Signed && !c.Work.asksFor(way.ID):
			ways[i].Not = OnNoForm
		case way.Level > level:
			ways[i].Not = TooWeak
		}
	}
	return ways, nil
}

// asksFor says what the citizen's form asks for while they are compared: what was suspended, too, where there is something;
// that alone, where the clerk of the case may take it up.
func (o *Office) asksFor(ctx context.Context, a Actor, c *Case, alone bool) error {
	ways, err := o.Waiting(ctx, a, *c)
	if err != nil {
		return err
	}
	c.Work.AsksFor = nil
	for _, w := range ways {
		if w.Not != ForGood {
			c.Work.AsksFor = append(c.Work.AsksFor, w.ID)
		}
	}
	c.Work.TakesUp = len(c.Work.AsksFor) > 0
	c.Work.OnlyTakesUp, c.Work.NotMe = alone, slices.ContainsFunc(ways, func(w Way) bool { return w.NotMe })
	if alone && !slices.ContainsFunc(ways, func(w Way) bool { return w.Not == "" || w.Not == TooWeak }) {
		return &Refused{"not_now"}
	}
	return nil
}

// asksFor reports whether the form asks for a way: it was stopped when the citizen was compared.
func (w Work) asksFor(id string) bool {
	return w.TakesUp && (w.AsksFor == nil || slices.Contains(w.AsksFor, id))
}

// only marks in an entry a visit in which nothing new is applied for.
func only(takesUp bool) string {
	if takesUp {
		return "only"
	}
	return ""
}

// earlier gives all cases of a person, and of who became them.
func (o *Office) earlier(ctx context.Context, person identity.PersonID) ([]Case, error) {
	rows, err := o.Store.Cases(ctx, Query{Person: person, Since: time.Unix(1, 0)})
	if err != nil {
		return nil, fmt.Errorf("find earlier cases: %w", err)
	}
	all := make([]Case, len(rows))
	for i, row := range rows {
		all[i] = row.Case
	}
	return all, nil
}

// kept says what keeps one way: its own case, and of what its owner added every case that was stopped from then on,
// because nobody knows by which of their devices they added it.
func kept(way Way, earlier []Case, keeps map[seal.RowID]Keeps) Keeps {
	worst, known := Keeps(""), false
	for _, e := range earlier {
		known = known || CaseID(e.ID) == way.Case
		if way.stoppedWith(e) && weight(keeps[e.ID]) > weight(worst) {
			worst = keeps[e.ID]
		}
	}
	if !known {
		return ForGood
	}
	return worst
}

// stoppedWith reports whether what stops a case stops this as well.
func (w Way) stoppedWith(c Case) bool {
	return CaseID(c.ID) == w.Case || w.Added && (c.State == Suspended || c.State == Revoked) && c.Decided.Before(w.Since.AddDate(0, 0, 1))
}

func weight(k Keeps) int {
	return slices.Index([]Keeps{"", TooWeak, OnNoForm, OtherHand, Officers, ForGood}, k)
}

// keeps says what keeps all that came of a case, and whether "this was not me" stopped it.
func (o *Office) keeps(ctx context.Context, a Actor, c Case) (why Keeps, notMe bool, err error) {
	if c.State != Active && c.State != Suspended {
		return ForGood, false, nil
	}
	before, err := o.stopOf(ctx, c)
	if err != nil {
		return "", false, err
	}
	var stop stopped
	if c.State == Suspended {
		stop = before
	}
	switch {
	case stop.notGiven:
		return ForGood, stop.notMe, nil
	case stop.officer != "" && !stop.let:
		return Officers, stop.notMe, nil
	}
	own, err := o.isOf(ctx, a, before.visits, c.ClerkPerson, c.ApproverPerson)
	if own || err != nil { // whoever made up an enrolment, or agreed to it, would bring it back
		return OtherHand, stop.notMe, err
	}
	return "", stop.notMe, nil
}

// stopped is how a case came to be suspended.
type stopped struct {
	why      string
	by       string // the appointment; "" for nobody of the staff
	officer  string // by, where it is an officer's stop
	count    int    // how often it was suspended
	let      bool   // another officer has let it be taken up since
	notMe    bool   // "this was not me", whoever else stopped it, before or after
	notGiven bool   // what it rests on came to nothing; the same
	at       time.Time
	officers time.Time // when an officer stopped it last; zero for none
	visits   []string  // the numbers of those that let it work again before an officer stopped it
}

// stopOf reads from the journal how a case came to be suspended, or ended for good. Where nobody tells, an officer did.
func (o *Office) stopOf(ctx context.Context, c Case) (stopped, error) {
	all, err := o.journal(ctx, c)
	if err != nil {
		return stopped{}, err
	}
	var last time.Time
	s, let, lifts := stopped{officer: "unknown"}, "", []string(nil)
	for _, e := range all {
		if e.Kind != journal.CaseStep {
			continue
		}
		switch Act(e.Text("act")) {
		case Suspend:
			by := e.Text("by")
			s.notMe, s.notGiven = s.notMe || e.Text("why") == NotMe, s.notGiven || e.Text("why") == NotGiven
			if State(e.Text("from")) == Suspended && by == "" { // said of what was stopped already: that stop holds
				continue
			}
			s.count++
			if e.At.After(last) || by != "" {
				s.why, s.by, s.officer, last = e.Text("why"), by, by, e.At
			}
			if s.why == PhoneLost { // its owner's clerk did, in a visit
				s.officer = ""
			}
			if by != "" && e.Text("why") != PhoneLost {
				s.officers = e.At
				s.visits = append(append(s.visits, lifts...), strings.Fields(e.Text("later"))...)
			}
		case Revoke:
			s.why, s.by, s.officer, last = e.Text("why"), e.Text("by"), e.Text("by"), e.At
		case Lift:
			s.notMe, lifts = false, append(lifts, strings.Fields(e.Text("later"))...)
		case Allow:
			let = max(let, e.Text("stop"))
		}
	}
	s.at, s.let = last, let == fmt.Sprintf("%03d", s.count)
	return s, nil
}

// LetsTakeUp reports whether it is an officer's to let what came of a case be taken up again: another one stopped it, it is
// not the officer's own, nor a ward's, and the officer, who may have been a clerk then, neither made it up nor agreed to it, nor
// let it work again before it was stopped.
func (o *Office) LetsTakeUp(ctx context.Context, a Actor, c Case) (bool, error) {
	if c.State != Suspended || a.may(staff.Suspend) != nil {
		return false, nil
	}
	stop, err := o.stopOf(ctx, c)
	if err != nil || stop.officer == "" || stop.let || stop.notGiven {
		return false, err
	}
	var by staff.Member
	if id, known := staff.ParseID(stop.officer); known {
		if by, err = o.Staff.Member(ctx, id); err != nil && !errors.Is(err, staff.ErrNobody) {
			return false, err
		}
	}
	own, err := o.isOf(ctx, a, stop.visits, by.Person, c.Person, c.Guardian, c.ClerkPerson, c.ApproverPerson)
	return !own && err == nil, err
}

// LetTakeUp is the decision of an officer, who is not the one who stopped it, that what came of a case may be taken up
// again in a visit. It lets nobody in by itself. ErrUnopened, ErrNoCase.
func (o *Office) LetTakeUp(ctx context.Context, a Actor, id seal.RowID) error {
	if _, _, err := o.Trail(ctx, a, id); err != nil {
		return err
	}
	c, err := o.load(ctx, Query{ID: id})
	if err != nil {
		return err
	}
	lets, err := o.LetsTakeUp(ctx, a, c)
	if err != nil {
		return err
	}
	to, err := Move(c.State, Allow, Facts{OtherClerk: lets})
	if err != nil {
		return err
	}
	stop, err := o.stopOf(ctx, c)
	if err != nil {
		return err
	}
	_, err = o.write(ctx, c, Change{}, step(Allow, c.State, to, a.Member.ID, "stop", fmt.Sprintf("%03d", stop.count)))
	return err
}

// TakeUp lets work again what the citizen of a signed case has with them of what was suspended, and the enrolments
// that it rests on stand again: in one transaction, with an entry in each case and a notice. What is open elsewhere goes
// on as it is.
func (o *Office) TakeUp(ctx context.Context, a Actor, id seal.RowID, ids []string) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	closed, err := o.Standing.WaysOf(ctx, c.Person)
	if err != nil {
		return c, err
	}
	if closed && !slices.Contains(c.Flags, WaysClosed) { // since the clerk looked: nobody decided about it
		return c, &Refused{string(WaysClosed)}
	}
	to, err := o.stillValid(ctx, c, TakeUp, Facts{OwnCase: c.Clerk == a.Member.ID, StepUp: a.stepUp(o.Now()), Chosen: len(ids), Asked: c.Work.TakesUp})
	if err != nil {
		return c, err
	}
	of, err := o.chosen(ctx, a, c, ids)
	if err != nil {
		return c, err
	}
	numbers, err := o.numbersOf(ctx, of)
	if err != nil {
		return c, err
	}
	if err := o.count(ctx, a, staff.HandOver, o.Policy.Enrolments); err != nil {
		return c, err
	}
	from := c.State
	c.State, c.Work.TakenUp = to, c.Work.TakenUp+len(ids)
	var written Case
	err = o.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if written, err = o.write(ctx, c, Change{}, step(TakeUp, from, to, a.Member.ID, "ways", fmt.Sprint(len(ids)), "of", numbers)); err != nil {
			return err
		}
		if err := o.holdStanding(ctx, c.Person); err != nil {
			return err
		}
		of, err := o.chosen(ctx, a, c, ids) // an officer may have stopped some of it since
		if err != nil {
			return err
		}
		lifted, err := o.standAgain(ctx, c, of)
		if err != nil {
			return err
		}
		if err := o.Ways.TakeUp(ctx, c.Person, a.Language, c.Number, o.Now(), ids); err != nil {
			return err
		}
		return o.Ways.Withhold(ctx, c.Person, lifted)
	})
	if errors.Is(err, ErrNoWay) {
		return c, &Refused{"not_now"}
	}
	if err != nil {
		return c, fmt.Errorf("take up again: %w", err)
	}
	return written, nil
}

// chosen gives the cases that what a clerk ticked rests on; refused where some of it stays as it is, or who agreed to the visit
// was removed.
func (o *Office) chosen(ctx context.Context, a Actor, c Case, ids []string) ([]string, error) {
	gone, err := o.abandoned(ctx, c)
	if err := errors.Join(err, refusedUnless(!gone, "not_now")); err != nil {
		return nil, err
	}
	ways, err := o.Waiting(ctx, a, c)
	if err != nil {
		return nil, err
	}
	of := make([]string, len(ids))
	for n, id := range ids {
		i := slices.IndexFunc(ways, func(w Way) bool { return w.ID == id && w.Not == "" })
		if i < 0 {
			return nil, &Refused{"not_now"}
		}
		of[n] = ways[i].Case
	}
	return of, nil
}
