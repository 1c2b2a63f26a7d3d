package enrolment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// ErrUnopened says that an officer reads what happened in a case only after saying why.
var ErrUnopened = errors.New("enrolment: no reason was given for reading this case")

// Filter says which cases an officer looks for; what is not set does not count.
type Filter struct {
	Office string
	Clerk  staff.ID
	From   time.Time // opened from then on
	To     time.Time // and before
	Flag   Flag
	Before seal.RowID // those that were opened before this one
	Within []string   // offices; nil: all. Set by Office, whatever a caller says
}

// Event is one thing that happened in a case, as the journal has it: means.md R-ENR-09.
type Event struct {
	At   time.Time
	Kind journal.Kind
	Act  Act    // of a step
	From State  // of a step
	To   State  // of a step
	By   string // the appointment; "" for the hub itself or the citizen
	Why  []Detail
}

// Slip reports whether an entry is of something that was typed wrongly, and may still be typed rightly: no alarm, and in no
// list of them, until it was wrong too often.
func (e Event) Slip() bool {
	return e.Kind == journal.CaseAlarm && slices.ContainsFunc(e.Why, func(d Detail) bool {
		return d.List == "alarmed" && slices.Contains([]string{"match_failed", "half_failed", "contact"}, d.Code)
	})
}

// Sampled is a case that was drawn to be looked through.
type Sampled struct {
	Case
	Drawn   time.Time
	Outcome Outcome // "" while nobody has said
}

// Outcome is what an officer found in a case that was drawn.
type Outcome string

// Outcomes are what there is to find. Each has a text under "desk.outcome.CODE".
func Outcomes() []Outcome { return []Outcome{"fine", "unclear", "wrong"} }

// Inquiring are the reasons for which an officer reads what happened in a case. Each has a text under
// "desk.reading.CODE".
func Inquiring() []string { return []string{"sample", "alarm", "complaint", "clerk"} }

// Trails keeps what security officers read and found. Cases come without their work.
type Trails interface {
	// Filed gives up to most cases, the newest first.
	Filed(ctx context.Context, f Filter, most int) ([]Case, error)
	// Trail gives what was recorded under the number of a case, in order.
	Trail(ctx context.Context, number string) ([]journal.Row, error)
	// Draw takes up to most cases by chance that came to something since then and were never drawn; none while
	// one that was drawn within the same offices waits for its outcome.
	Draw(ctx context.Context, within []string, since, at time.Time, most int) error
	// Sample gives what was drawn within the offices since then, the newest first.
	Sample(ctx context.Context, within []string, since time.Time) ([]Sampled, error)
	// Judge keeps the outcome of a case that was drawn and waits for one, with an entry; false if there is none.
	Judge(ctx context.Context, id seal.RowID, outcome Outcome, at time.Time, entry journal.Row) (bool, error)
}

// Scope gives the offices that an appointment of a security officer is for: those of the institution that its
// office belongs to, which are those whose people it may lock; nil is all of them.
func (o *Office) Scope(ctx context.Context, m staff.Member) ([]string, error) {
	if m.Office == "" {
		return nil, nil
	}
	places, err := o.Staff.Places(ctx)
	if err != nil {
		return nil, fmt.Errorf("read offices: %w", err)
	}
	own, known := places.Office(m.Office)
	scope := []string{m.Office}
	for _, office := range places.Offices {
		if known && office.ID != m.Office && office.Institution == own.Institution {
			scope = append(scope, office.ID)
		}
	}
	return scope, nil
}

// oversees reports whether a case of an office is a security officer's to look at (attacks IN-05).
func (o *Office) oversees(ctx context.Context, a Actor, office string) (bool, error) {
	if a.may(staff.ReadTrail) != nil {
		return false, nil
	}
	scope, err := o.Scope(ctx, a.Member)
	return err == nil && (scope == nil || slices.Contains(scope, office)), err
}

// filed is how many cases a page of the list has.
const filed = 50

// Filed gives the cases that an officer looks for, without what they are about, and whether there are more.
func (o *Office) Filed(ctx context.Context, a Actor, f Filter) ([]Case, bool, error) {
	if err := a.may(staff.ReadTrail); err != nil {
		return nil, false, err
	}
	var err error
	if f.Within, err = o.Scope(ctx, a.Member); err != nil {
		return nil, false, err
	}
	all, err := o.Trails.Filed(ctx, f, filed+1)
	if err != nil {
		return nil, false, fmt.Errorf("list cases: %w", err)
	}
	more := len(all) > filed
	all = all[:min(len(all), filed)]
	return all, more, o.tookUp(ctx, all)
}

// OpenTrail records that an officer reads what happened in a case, and why, among what is recorded of the citizen, as
// every look at their data is (means.md R-ENR-01). ErrNoCase for one that is not theirs to look at.
func (o *Office) OpenTrail(ctx context.Context, a Actor, id seal.RowID, why string) error {
	if err := a.may(staff.ReadTrail); err != nil {
		return err
	}
	if !slices.Contains(Inquiring(), why) {
		return &Refused{"reason"}
	}
	c, err := o.filedCase(ctx, a, id)
	if err != nil {
		return err
	}
	who, err := o.about(ctx, c)
	if err != nil {
		return err
	}
	rows, err := o.entries(c, journal.Entry{Kind: journal.CaseRead, Who: who, Fields: map[string]any{
		"by": a.Member.ID.String(), "office": c.Office, "case": c.Number, "purpose": why,
	}})
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}

// about names the citizen of a case as the journal does: whom the registers were asked about, where the case came
// to nothing before they were its person; "" for nobody who is known here.
func (o *Office) about(ctx context.Context, c Case) (string, error) {
	if !c.Person.IsZero() {
		return o.People.Reference(c.Person), nil
	}
	all, err := o.journal(ctx, c)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if e.Kind == journal.LookedUp && e.Who != "" && e.Text("outcome") != outcomeGuardian {
			return e.Who, nil
		}
	}
	return "", nil
}

// journal gives what the journal has of a case.
func (o *Office) journal(ctx context.Context, c Case) ([]journal.Entry, error) {
	rows, err := o.Trails.Trail(ctx, c.Number)
	if err != nil {
		return nil, fmt.Errorf("read the journal of a case: %w", err)
	}
	return opened(rows)
}

// opened gives the entries of rows.
func opened(rows []journal.Row) ([]journal.Entry, error) {
	all := make([]journal.Entry, 0, len(rows))
	for _, row := range rows {
		e, err := row.Entry()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// readFor is how long what was opened may be read.
const readFor = 15 * time.Minute

// Trail gives what happened in a case to whoever opened it a moment ago. ErrUnopened, ErrNoCase.
func (o *Office) Trail(ctx context.Context, a Actor, id seal.RowID) (Case, []Event, error) {
	if err := a.may(staff.ReadTrail); err != nil {
		return Case{}, nil, err
	}
	c, err := o.filedCase(ctx, a, id)
	if err != nil {
		return Case{}, nil, err
	}
	written, err := o.journal(ctx, c)
	if err != nil {
		return Case{}, nil, err
	}
	joined, err := o.joinings(ctx, c)
	if err != nil {
		return Case{}, nil, err
	}
	var all []Event
	read := false
	for _, e := range append(written, joined...) {
		all = append(all, Event{e.At, e.Kind, Act(e.Text("act")), State(e.Text("from")), State(e.Text("to")), e.Text("by"), detailsOf(e)})
		read = read || e.Kind == journal.CaseRead && e.Text("by") == a.Member.ID.String() && o.Now().Sub(e.At) < readFor
	}
	if !read {
		return c, nil, ErrUnopened
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	return c, all, nil
}

// filedCase gives a case of an officer's offices, without what it is about.
func (o *Office) filedCase(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	rows, err := o.Store.Cases(ctx, Query{ID: id})
	if err != nil {
		return Case{}, fmt.Errorf("load a case: %w", err)
	}
	if len(rows) == 0 {
		return Case{}, ErrNoCase
	}
	c := rows[0].Case
	if ok, err := o.oversees(ctx, a, c.Office); err != nil || !ok {
		return Case{}, errors.Join(err, ErrNoCase)
	}
	one := []Case{c}
	err = o.tookUp(ctx, one)
	return one[0], err
}

// drawn is how many cases a sample has.
const drawn = 5

// Draw takes a sample by chance of what came to something in the last 30 days. A sample is looked through before
// the next one is drawn: nobody draws until they like what they see.
func (o *Office) Draw(ctx context.Context, a Actor) error {
	if err := a.may(staff.ReadTrail); err != nil {
		return err
	}
	scope, err := o.Scope(ctx, a.Member)
	if err != nil {
		return err
	}
	now := o.Now()
	if err := o.Trails.Draw(ctx, scope, now.Add(-watched), now, drawn); err != nil {
		return fmt.Errorf("draw a sample: %w", err)
	}
	return nil
}

// Sample gives what was drawn in the last 30 days.
func (o *Office) Sample(ctx context.Context, a Actor) ([]Sampled, error) {
	if err := a.may(staff.ReadTrail); err != nil {
		return nil, err
	}
	scope, err := o.Scope(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	all, err := o.Trails.Sample(ctx, scope, o.Now().Add(-watched))
	if err != nil {
		return nil, fmt.Errorf("read a sample: %w", err)
	}
	return all, nil
}

// Judge records what an officer found in a case of the sample, once, after reading it: ErrUnopened, ErrNoCase.
func (o *Office) Judge(ctx context.Context, a Actor, id seal.RowID, outcome Outcome) error {
	if !slices.Contains(Outcomes(), outcome) {
		return &Refused{"reason"}
	}
	c, _, err := o.Trail(ctx, a, id)
	if err != nil {
		return err
	}
	rows, err := o.entries(c, journal.Entry{Kind: journal.CaseJudged, Fields: map[string]any{
		"by": a.Member.ID.String(), "office": c.Office, "case": c.Number, "outcome": string(outcome),
	}})
	if err != nil {
		return err
	}
	judged, err := o.Trails.Judge(ctx, id, outcome, o.Now(), rows[0])
	if err == nil && !judged {
		err = ErrNoCase
	}
	return err
}
