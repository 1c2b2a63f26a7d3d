package enrolment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/limit"
	"symbolon/provider/staff"
)

// confirmed moves a case on whose phone was matched and whose key is bound, in the write by which the second of the two
// comes true: nothing is lost from then on, and no time runs any more (means.md §4.5).
func confirmed(c *Case, change Change, entries ...journal.Entry) (Change, []journal.Entry, error) {
	if c.State != KeyBound || !c.Matched {
		return change, entries, nil
	}
	to, err := Move(c.State, Confirm, Facts{Matched: c.Matched, InTime: !c.Late})
	if err != nil {
		return change, nil, err
	}
	entries = append(entries, step(Confirm, c.State, to, staff.ID{}))
	c.State, c.Until = to, time.Time{}
	change.Extend, change.Forever = 0, true
	return change, entries, nil
}

// FinishConfirmed finishes the cases that a crash, a silent register or an office that was off cut short, and that
// nobody opens meanwhile.
func (o *Office) FinishConfirmed(ctx context.Context) error {
	return o.sweep(ctx, Query{Unfinished: true}, func(ctx context.Context, row Row) error {
		c, err := o.open(row)
		if err != nil {
			return err
		}
		if c, err = o.finish(ctx, c); err == nil && c.State == Confirmed {
			err = ErrConflict // it waits on
		}
		return err
	})
}

// finishing is how often it is tried to finish one case, by whomever: each time the registers are asked, and it is
// written down for the citizen that they were. It is tried more often while the citizen is still at the counter.
func finishing(confirmed time.Duration) limit.Rule {
	if confirmed < phoneTime {
		return limit.Rule{Name: "finish_case_soon", Most: 6, Per: time.Minute}
	}
	return limit.Rule{Name: "finish_case", Most: 6, Per: 10 * time.Minute}
}

// finish makes a case active that is confirmed: record, key, notices,
// earlier enrolments and the case itself in one transaction. A crash before it loses nothing; whoever
// opens the case next finishes it, or FinishConfirmed does. The document is asked about once more (means.md R-STAT-01): one that
// was reported meanwhile freezes the case, as does the end of its clerk's appointment; while no register answers, or the
// office is switched off, the case waits (R-ENR-13). Phone and desk look again every few seconds: not every look asks the registers.
func (o *Office) finish(ctx context.Context, c Case) (Case, error) {
	if ok, _, err := o.Limit.Allow(ctx, finishing(o.Now().Sub(c.Changed)), CaseID(c.ID)); err != nil || !ok {
		return c, err
	}
	if off, err := o.off(ctx, c.Office); err != nil || off {
		return c, err
	}
	if c, gone, err := o.forsaken(ctx, c); err != nil || gone {
		return c, err
	}
	alone := c
	alone.Clerk = staff.ID{} // nobody at the desk asks: this follows from what the phone did
	switch o.paper(ctx, alone) {
	case register.Valid:
	case register.Unknown:
		return c, nil
	default:
		c, err := o.freezeFor(ctx, c, "document", Facts{Undermined: true})
		return c, ignoreRefused(err)
	}
	if closed, err := o.Standing.WaysOf(ctx, c.Person); err != nil {
		return c, err
	} else if closed && !slices.Contains(c.Flags, WaysClosed) { // since the clerk looked: nobody decided about it
		c, err := o.freezeFor(ctx, c, "ways_closed", Facts{Undermined: true})
		return c, ignoreRefused(err)
	}
	written, err := o.activate(ctx, c)
	switch {
	case errors.Is(err, ErrConflict):
		return o.load(ctx, Query{ID: c.ID})
	case errors.Is(err, ErrPerson):
		c, err = o.endAlarmed(ctx, c, "person")
		return c, ignoreRefused(err)
	case err != nil:
		return c, err
	}
	return written, nil
}

func (o *Office) activate(ctx context.Context, c Case) (Case, error) {
	now := o.Now()
	var err error
	if c.Work.Record, err = o.record(c, now); err != nil {
		return c, err
	}
	reference := drawCode()
	stop := o.digest(stopDigest, plainCode(reference))
	c.Stop, c.Work.Reference = append([]byte{stop.Key}, stop.Sum[:]...), reference
	active, err := Move(c.State, Activate, Facts{Recorded: c.Work.Record != "", Noticed: true}) // the notices commit with it, or it does not
	if err != nil {
		return c, err
	}
	done := step(Activate, c.State, active, staff.ID{}, "level", c.Reaches().String(), "record", digestOf(c.Work.Record))
	keys := []Candidate{c.Work.Key}
	if len(c.Work.Spare.Sealed) > 0 {
		keys = append(keys, c.Work.Spare)
	}
	binding := Binding{
		Person: c.Person, Account: c.Work.Account, Level: c.Level, Capped: o.Policy.CapFlagged && len(c.Flags) > 0, Case: CaseID(c.ID),
		Office: c.Office, Home: c.Mode == AtHome, Replaces: c.Replaces(), Retakes: c.Work.Retakes, Snapshot: c.Work.Snapshot, Keys: keys,
	}
	c.State, c.Decided, c.Until = active, now, time.Time{}
	c.Work.Key, c.Work.Spare, c.Work.Match = Candidate{}, Candidate{}, ""
	c.Work.Unsure = c.Work.Unsure || c.shared() && o.untouched(c) // it waited for long, and this write ends that
	var written Case
	err = o.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if c.Work.Told, err = o.tell(ctx, c, reference, now); err != nil {
			return err
		}
		if written, err = o.write(ctx, c, Change{Spend: true, Forever: true}, done); err != nil {
			return err
		}
		if binding.Former, err = o.supersede(ctx, c); err != nil {
			return err
		}
		if err := o.Keys.Bind(ctx, binding); err != nil {
			return fmt.Errorf("bind a key: %w", err)
		}
		return nil
	})
	if err == nil && binding.Replaces != ReplacesNothing {
		o.endReplaced(ctx, written)
	}
	return written, err
}

// tell queues the notices, and says how many.
func (o *Office) tell(ctx context.Context, c Case, reference string, now time.Time) (int, error) {
	enrolled := o.Notices.Enrolled
	if c.Replaces() == PutsAside {
		enrolled = o.Notices.Meanwhile
	}
	told, err := enrolled(ctx, c.Person, c.Work.Language, reference, now)
	if err != nil {
		return 0, fmt.Errorf("queue notices: %w", err)
	}
	guardian, err := o.tellGuardian(ctx, c, reference, now)
	if err != nil {
		return 0, fmt.Errorf("queue a guardian's notices: %w", err)
	}
	return told + guardian, nil
}

// Ticks are the protections that have really happened (features S06): each is read off the case.
type Ticks struct {
	Key, Checked, Signed, Destroyed, Noticed bool
	Code                                     bool // the desk gave out a code, which can be destroyed
}

// TicksOf reads them. That a notice is on its way is true from the moment of activation: it was
// written in the same transaction.
func TicksOf(c Case) Ticks {
	bound := slices.Contains([]State{KeyBound, Confirmed, Active}, c.State)
	return Ticks{Code: !c.Work.Scanned, Key: bound, Checked: bound, Signed: c.Work.Record != "", Destroyed: c.State == Active && !c.Work.Scanned, Noticed: c.State == Active && c.Work.Told > 0}
}
