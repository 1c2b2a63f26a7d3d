package enrolment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/staff"
)

// How long nobody need go on with a case, and how long the register's data stay with a decided one.
const (
	leftAlone = 24 * time.Hour
	dataKept  = 30 * 24 * time.Hour
	firstKept = 4 * 24 * time.Hour // a phone finds its case for as long as its cookie lives
)

// Sweep ends cases that nobody goes on with, and takes away what decided ones no longer need
// (means.md R-ENR-10). A code for home lives longer than a case is left alone.
func (o *Office) Sweep(ctx context.Context) error {
	now := o.Now()
	return errors.Join(
		o.sweep(ctx, Query{Undone: now.Add(-leftAlone)}, o.leave),
		o.sweep(ctx, Query{Unpurged: now.Add(-dataKept)}, o.forget),
		o.Requests.SweepRequests(ctx, firstKept),
	)
}

// sweep does something to all cases of a query, which none of them meets afterwards. One with which that does
// not work keeps no other waiting: it is told of in the log, and how many there were at the end.
func (o *Office) sweep(ctx context.Context, q Query, do func(context.Context, Row) error) error {
	left, why := 0, error(nil)
	for {
		rows, err := o.Store.Cases(ctx, q)
		if err != nil {
			return fmt.Errorf("sweep cases: %w", errors.Join(err, why))
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			err := do(ctx, row)
			if ctx.Err() != nil {
				return fmt.Errorf("sweep cases: %w", ctx.Err())
			}
			switch {
			case err == nil:
				continue
			case errors.Is(err, ErrConflict): // somebody goes on with it
				q.Skip++
				continue
			}
			o.Log.ErrorContext(ctx, "a case could not be swept", "case", CaseID(row.ID), "error", err)
			left, why, q.Skip = left+1, err, q.Skip+1
		}
	}
	if left > 0 {
		return fmt.Errorf("%d cases could not be swept, the last one because: %w", left, why)
	}
	return nil
}

func (o *Office) leave(ctx context.Context, row Row) error {
	c, err := o.open(row)
	if err != nil {
		return err
	}
	act := Expire
	if c.State == Suspicious {
		act = Cancel
	}
	_, err = o.end(ctx, c, act, staff.ID{}, "left_alone")
	return err
}

// forget takes the work away, and what a spent code is known again by; the signed record stays by itself (means.md
// R-ENR-14). Nobody did anything to the case, so it is not one that has changed.
func (o *Office) forget(ctx context.Context, row Row) error {
	change := Change{Row: &row, Burn: true}
	if c, err := o.open(row); err != nil {
		o.Log.ErrorContext(ctx, "a case that cannot be opened is forgotten with its record", "case", CaseID(row.ID), "error", err)
	} else if c.Work.Record != "" {
		change.Keep = o.Vault.Seal([]byte(c.Work.Record), recordPlace(c.ID))
	}
	row.Work, row.Sealed = Work{}, nil
	return o.Store.WriteCase(ctx, change)
}
