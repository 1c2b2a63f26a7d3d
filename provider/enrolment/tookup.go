package enrolment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// tookUp marks those of ended cases in which something that was suspended was taken up, which no officer stopped since: the
// journal has it, whose cases come without their work.
func (o *Office) tookUp(ctx context.Context, cases []Case) error {
	for i, c := range cases {
		if c.State != Cancelled {
			continue
		}
		all, err := o.journal(ctx, c)
		if err != nil {
			return err
		}
		for _, e := range all {
			if e.Kind != journal.CaseStep {
				continue
			}
			switch act := Act(e.Text("act")); {
			case act == TakeUp:
				cases[i].Work.TakenUp++
			case act.StopsTaken():
				cases[i].Work.TakenUp = 0
			}
		}
	}
	return nil
}

// isOf reports whether somebody is one of some persons, or clerk of one of some visits, or agreed to one.
func (o *Office) isOf(ctx context.Context, a Actor, visits []string, persons ...identity.PersonID) (bool, error) {
	slices.Sort(visits)
	for _, number := range slices.Compact(visits) {
		rows, err := o.Store.Cases(ctx, Query{Number: number})
		if err != nil {
			return false, fmt.Errorf("find who took it up: %w", err)
		}
		for _, row := range rows {
			persons = append(persons, row.ClerkPerson, row.ApproverPerson)
		}
	}
	return o.Standing.Among(ctx, a.Member.Person, persons...)
}

// StopsTaken reports whether an act that an officer does to a visit, or its citizen, whom it was not, stops what was taken up
// in it as well.
func (a Act) StopsTaken() bool { return a == Suspend || a == Revoke || a == StopTaken }

// numbersOf gives the numbers of cases by their ids, in order and each once. ErrNoWay where there is no such case.
func (o *Office) numbersOf(ctx context.Context, ids []string) (string, error) {
	var all []string
	for _, text := range ids {
		id, ok := ParseCaseID(text)
		if !ok {
			return "", ErrNoWay
		}
		rows, err := o.Store.Cases(ctx, Query{ID: id})
		if err != nil {
			return "", fmt.Errorf("find what stands again: %w", err)
		}
		if len(rows) == 0 {
			return "", ErrNoWay
		}
		all = append(all, rows[0].Number)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " "), nil
}

// takenUp gives the cases that what was taken up in a visit rests on, and that stand, or were stopped since by nobody of the
// officers: what an officer stopped after the visit and another visit took up is that one's.
func (o *Office) takenUp(ctx context.Context, visit Case) ([]Row, error) {
	all, err := o.journal(ctx, visit)
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{} // by the number of a case, when the visit took it up
	for _, e := range all {
		if e.Kind == journal.CaseStep && Act(e.Text("act")) == TakeUp {
			for _, number := range strings.Fields(e.Text("of")) {
				last[number] = e.At
			}
		}
	}
	var stand []Row
	for _, number := range slices.Sorted(maps.Keys(last)) {
		rows, err := o.Store.Cases(ctx, Query{Number: number})
		if err != nil {
			return nil, fmt.Errorf("find what was taken up: %w", err)
		}
		for _, row := range rows {
			if row.State != Active && row.State != Suspended || row.ID == visit.ID {
				continue
			}
			stop, err := o.stopOf(ctx, row.Case)
			if err != nil {
				return nil, err
			}
			if !stop.officers.After(last[number]) && (row.State == Active || stop.officer == "") {
				stand = append(stand, row)
			}
		}
	}
	return stand, nil
}

// TakenStands reports whether something that was taken up in a visit works still: an officer who stops the visit stops that, too.
func (o *Office) TakenStands(ctx context.Context, visit Case) (bool, error) {
	rows, err := o.takenUp(ctx, visit)
	return slices.ContainsFunc(rows, func(r Row) bool { return r.State == Active }), err
}

// stopTaken stops what was taken up in a visit, by an officer's word about the visit or its citizen's, whom it was not, in the
// transaction of the context, and gives the ids of the cases that it stopped: nobody finds them by the visit otherwise (attacks
// IN-10).
func (o *Office) stopTaken(ctx context.Context, visit Case, why string, by staff.ID) ([]string, error) {
	rows, err := o.takenUp(ctx, visit)
	if by == (staff.ID{}) { // what is stopped already is no more so
		rows = slices.DeleteFunc(rows, func(r Row) bool { return r.State != Active })
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return o.stopGiven(ctx, visit, rows, why, by)
}

// stopTakenAfter is stopTaken for a visit that is over by itself; false where nothing of it stands.
func (o *Office) stopTakenAfter(ctx context.Context, id seal.RowID, why string, by staff.ID) (bool, error) {
	var visit Case
	var ids []string
	err := o.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if visit, err = o.load(ctx, Query{ID: id}); err != nil {
			return err
		}
		to, err := Move(visit.State, StopTaken, Facts{Officer: true})
		if err != nil {
			return err
		}
		if ids, err = o.stopTaken(ctx, visit, why, by); err != nil || len(ids) == 0 {
			return err
		}
		over := visit
		if over.Work.TakenUp = 0; to == Cancelled {
			over.Work.Ended = ByOfficer
		}
		if _, err = o.write(ctx, over, Change{}, step(StopTaken, visit.State, to, by, "why", why)); err != nil {
			return err
		}
		return o.tellStopped(ctx, visit)
	})
	if err != nil {
		return false, err
	}
	o.endGiven(ctx, visit, ids)
	return len(ids) > 0, nil
}

// tellStopped tells the citizen of a case, and a minor's guardian, that something was stopped, in the transaction of the context.
func (o *Office) tellStopped(ctx context.Context, c Case) error {
	if err := o.Notices.Stopped(ctx, c.Person, c.Work.Language, c.Number, o.Now()); err != nil || c.Guardian.IsZero() {
		return err
	}
	return o.Notices.WardStopped(ctx, c.Guardian, c.Work.Language, c.Number, o.Now())
}

// endGiven ends what was opened with cases that were stopped because of another one. That it is to end was written with the
// stop: where it fails now, it is done a little later.
func (o *Office) endGiven(ctx context.Context, c Case, ids []string) {
	for _, id := range ids {
		if err := o.Stops.EndOpened(ctx, id); err != nil {
			o.Log.WarnContext(ctx, "what was opened with what a visit stopped ends later", "case", c.Number, "error", err)
		}
	}
}
