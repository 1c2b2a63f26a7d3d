package enrolment

import (
	"context"
	"slices"

	"symbolon/provider/journal"
)

// ToTakeUp is the purpose of looks in a visit in which nothing new was asked for, in place of the case's own.
const ToTakeUp = "takes_up"

// visited says of looks by the purpose of their case what the visit was for by its form, and of a look-up whether the
// case came to nothing: it is told what a number was typed for that nobody had come with.
func (l Lookers) visited(ctx context.Context, all []Look) error {
	var numbers []string
	for _, look := range all {
		if (look.forPurpose() || look.Kind == BeforeLook) && !slices.Contains(numbers, look.Case) {
			numbers = append(numbers, look.Case)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	rows, err := l.Kept.CaseSteps(ctx, numbers)
	if err != nil {
		return err
	}
	steps, err := opened(rows)
	if err != nil {
		return err
	}
	visits := visitsOf(steps)
	for i, look := range all {
		if look.forPurpose() && visits[look.Case].takesUp {
			all[i].Why = ToTakeUp
		}
		if slices.Contains([]LookKind{RegisterLook, GuardianLook, BeforeLook}, look.Kind) {
			all[i].Ended = visits[look.Case].nothing()
		}
	}
	return nil
}

// visited is what the steps of a case say of it.
type visited struct {
	takesUp           bool // nothing new was asked for
	compared, changed bool // somebody was, and something was stopped or taken up
	stopped           bool
	ended             string // why
}

// visitsOf sums up the steps of cases, the oldest first, by their numbers.
func visitsOf(steps []journal.Entry) map[string]visited {
	all := map[string]visited{}
	for _, e := range steps {
		v := all[e.Ref]
		switch act := Act(e.Text("act")); act {
		case Evidence:
			v.takesUp, v.compared = e.Text("takes_up") == only(true), true
		case TakeUp:
			v.changed = true
		case StopOld:
			v.changed, v.stopped = true, true
		case Cancel, Return:
			v.ended = e.Text("why")
		}
		all[e.Ref] = v
	}
	return all
}

// StoppedBySlip is told of a look-up by a number that was typed wrongly, where its case stopped at once what its holder has.
const StoppedBySlip = "stopped"

// nothing gives what is told of a case that came to nothing: the code of why it ended; "" where somebody was there, or
// something came of it.
func (v visited) nothing() string {
	switch {
	case v.ended == Mistyped && v.stopped:
		return StoppedBySlip
	case v.changed, v.ended == "other_case" && v.compared, !slices.Contains([]string{"other_case", "mistake", Mistyped}, v.ended):
		return ""
	default:
		return v.ended
	}
}

// forPurpose reports whether somebody looked for what the case was opened for.
func (l Look) forPurpose() bool { return slices.Contains(Purposes(), Purpose(l.Why)) && l.Case != "" }
