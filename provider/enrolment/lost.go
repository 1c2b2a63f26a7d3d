package enrolment

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// PhoneLost is why what came of a case was stopped at once, in a later visit in which its owner said that it is lost.
const PhoneLost = "lost"

// StopsOld reports whether the clerk of a case may stop at once what its citizen was given before: it is lost, they were
// compared, and some of it still lets somebody in.
func (o *Office) StopsOld(ctx context.Context, a Actor, c Case) (bool, error) {
	if _, err := o.moveOld(a, c); err != nil {
		return false, nil
	}
	rows, err := o.given(ctx, c)
	return len(rows) > 0, err
}

// StopOld stops at once what the citizen of a case was given before, who waits for nothing new: whoever has the lost phone
// in hand logs in with it until then. It only takes away, and it may be taken up again as any stop but an officer's. The
// citizen is told. Where it is stopped already nothing happens.
func (o *Office) StopOld(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	if _, err := o.moveOld(a, c); err != nil {
		return c, err
	}
	var written Case
	var stopped []string
	err = o.Atomically(ctx, func(ctx context.Context) error { // it may run again: c stays as it was read
		stopped = nil
		rows, err := o.given(ctx, c)
		if err != nil || len(rows) == 0 {
			written = c
			return err
		}
		written, err = o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) {
			to, err := o.moveOld(a, *c)
			c.Work.Stopped += len(rows)
			return Change{}, []journal.Entry{step(StopOld, c.State, to, a.Member.ID, "cases", strconv.Itoa(len(rows)))}, err
		})
		if err != nil {
			return err
		}
		if stopped, err = o.stopGiven(ctx, written, rows, PhoneLost, written.Clerk); err != nil {
			return err
		}
		old, err := o.load(ctx, Query{ID: rows[0].ID})
		if err != nil {
			return err
		}
		told := c // no phone has come yet that would say which language its owner reads
		told.Work.Language = cmp.Or(c.Work.Language, old.Work.Language)
		return o.tellStopped(ctx, told)
	})
	if err != nil {
		return c, fmt.Errorf("stop what was given before: %w", err)
	}
	o.endGiven(ctx, written, stopped)
	return written, nil
}

func (o *Office) moveOld(a Actor, c Case) (State, error) {
	return Move(c.State, StopOld, Facts{
		OwnCase: c.Clerk == a.Member.ID, FormFiled: c.Form != "", SameDay: c.sameDay(a.Office, o.Now()),
		Lost: c.Replaces() == ReplacesAll && !c.Work.OnlyTakesUp, Doubtless: doubtless(c.Flags),
	})
}

// given are the earlier cases of a case's citizen that still let somebody in and give way to it.
func (o *Office) given(ctx context.Context, c Case) ([]Row, error) {
	rows, err := o.Store.Cases(ctx, Query{Standing: c.Person})
	if err != nil {
		return nil, fmt.Errorf("find what was given before: %w", err)
	}
	var works []Row
	for _, row := range rows {
		if row.State == Active && c.GivesWay(row.Case) {
			works = append(works, row)
		}
	}
	return works, nil
}

// stopGiven stops earlier cases because of another one, and then their keys, in the transaction of the context, and gives the
// ids of the cases. What they are about stays sealed as it was.
func (o *Office) stopGiven(ctx context.Context, of Case, rows []Row, why string, by staff.ID) ([]string, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		from := row.State
		to, err := Move(from, Suspend, Facts{Officer: why != PhoneLost && by != (staff.ID{})})
		if err != nil {
			return nil, err
		}
		row.State, row.Changed = to, o.Now()
		entries, err := o.entries(row.Case, step(Suspend, from, to, by, "why", why, "later", of.Number))
		if err != nil {
			return nil, err
		}
		if err := o.Store.WriteCase(ctx, Change{Row: &row, Entries: entries}); err != nil {
			return nil, fmt.Errorf("stop an earlier case: %w", err)
		}
		if err := o.moved(ctx, row.Case); err != nil {
			return nil, err
		}
		ids[i] = CaseID(row.ID)
	}
	for _, id := range ids {
		if err := o.Stops.SuspendCase(ctx, id, why); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
