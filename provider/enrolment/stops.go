package enrolment

import (
	"context"
	"errors"
	"fmt"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// Stop is why what came of a case is stopped, or was ended for good, or why it ended while it was under way, and by whom.
type Stop struct {
	Why string   // of the list "ended"; "" where nobody tells
	By  staff.ID // zero for nobody of the staff, or where nobody tells
}

// WhoStopped gives those of some cases that are stopped, as the journal has it, to who may stop them.
func (o *Office) WhoStopped(ctx context.Context, a Actor, cases []Case) (map[seal.RowID]Stop, error) {
	if err := a.may(staff.Suspend); err != nil {
		return nil, err
	}
	all := map[seal.RowID]Stop{}
	for _, c := range cases {
		if c.State != Suspended && c.State != Revoked && c.State != Cancelled {
			continue
		}
		stop, err := o.stopOf(ctx, c)
		if err != nil {
			return nil, err
		}
		if c.State == Cancelled && stop.at.IsZero() { // it ended in another way
			continue
		}
		by, _ := staff.ParseID(stop.by)
		all[c.ID] = Stop{Why: stop.why, By: by}
	}
	return all, nil
}

// Stoppable reports whether a stop of a security officer says anything new of a case, or stops what was taken up in it.
func (o *Office) Stoppable(ctx context.Context, c Case) (bool, error) {
	if stops, err := o.saysNew(ctx, c); stops || err != nil {
		return stops, err
	}
	rows, err := o.takenUp(ctx, c)
	return len(rows) > 0, err
}

// saysNew is Stoppable of the case by itself.
func (o *Office) saysNew(ctx context.Context, c Case) (bool, error) {
	switch c.State {
	case Suspended:
	case Expired:
		places, err := o.Staff.Places(ctx)
		if err != nil {
			return false, fmt.Errorf("read offices: %w", err)
		}
		at, _ := places.Office(c.Office)
		return c.MayGoOn(at, o.Now()), nil
	default:
		return c.State == Active || c.State.MayGoOn(), nil
	}
	stop, err := o.stopOf(ctx, c)
	return stop.officer == "" || stop.let, err
}

// stopUnderWay ends a case that is under way, or that its clerk may begin anew with, by an officer's word. The alarm is
// raised first, as where a case freezes: no phone that is kept busy is faster. ErrConflict where neither is so any more.
func (o *Office) stopUnderWay(ctx context.Context, c Case, act Act, why string, by staff.ID) error {
	var taken []string
	err := o.Atomically(ctx, func(ctx context.Context) error {
		now, err := o.hold(ctx, c, ByOfficer)
		if err != nil {
			return err
		}
		from := now.State
		if !from.MayGoOn() {
			return ErrConflict
		}
		to, err := Move(from, act, Facts{Officer: true})
		if err != nil {
			return err
		}
		over := now.over(to, ByOfficer, o.Now())
		over.Work.TakenUp = 0
		if _, err = o.write(ctx, over, Change{Burn: true}, step(act, from, to, by, "why", why)); err != nil {
			return err
		}
		if taken, err = o.stopTaken(ctx, now, why, by); err != nil || len(taken) == 0 {
			return err
		}
		return o.tellStopped(ctx, now)
	})
	if err == nil {
		o.endGiven(ctx, c, taken)
	}
	return err
}

// alsoSaid writes down what its owner or a register says of a case that is stopped already, once each: whoever may take it up
// is told of it, or must not. Nothing more is stopped. ErrConflict where it stands again since.
func (o *Office) alsoSaid(ctx context.Context, c Case, why string) error {
	_, err := o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) {
		if c.State != Suspended {
			return Change{}, nil, ErrConflict
		}
		stop, err := o.stopOf(ctx, *c)
		if err != nil {
			return Change{}, nil, err
		}
		_, err = Move(c.State, Suspend, Facts{News: why == NotMe && !stop.notMe || why == NotGiven && !stop.notGiven})
		return Change{}, []journal.Entry{step(Suspend, c.State, c.State, staff.ID{}, "why", why)}, err
	})
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return nil
	}
	return err
}

// ClerkStopped is why a case stops whose clerk's appointment was ended, or locked by somebody, or that of who agreed to it.
const ClerkStopped = "clerk_stopped"

// forsaken is abandoned where what was handed out goes no further: the case freezes.
func (o *Office) forsaken(ctx context.Context, c Case) (Case, bool, error) {
	gone, err := o.abandoned(ctx, c)
	if err != nil || !gone {
		return c, false, err
	}
	c, err = o.freezeFor(ctx, c, ClerkStopped, Facts{Undermined: true})
	return c, true, ignoreRefused(err)
}

// abandoned reports whether the appointment of a case's clerk, or of the second one who agreed to it, was ended, or locked by
// somebody, since: nothing comes of their word any more (attacks IN-10).
func (o *Office) abandoned(ctx context.Context, c Case) (bool, error) {
	answer := []staff.ID{c.Clerk}
	if c.Approver != (staff.ID{}) {
		answer = append(answer, c.Approver)
	}
	for _, id := range answer {
		m, err := o.Staff.Member(ctx, id)
		if err != nil && !errors.Is(err, staff.ErrNobody) {
			return false, fmt.Errorf("how the clerks of a case stand: %w", err)
		}
		if err != nil || staff.Removed(m) {
			return true, nil
		}
	}
	return false, nil
}
