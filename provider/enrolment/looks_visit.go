package enrolment

import (
	"context"
	"slices"
)

// ToTakeUp is the purpose of looks in a visit in which nothing new was asked for, in place of the case's own.
const ToTakeUp = "takes_up"

// visited says of looks by the purpose of their case what the visit was for by its form, and of a look-up whether the
// case came to nothing: it is told what a number was typed for that nobody had come with.
func (l Lookers) visited(ctx context.Context, all []Look) error {
	var numbers []string
	for _, look := range all {
		if look.forPurpose() && !slices.Contains(numbers, look.Case) {
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
	takesUp, ended := map[string]bool{}, map[string]string{}
	for _, e := range steps {
		switch act := Act(e.Text("act")); {
		case act == Evidence:
			takesUp[e.Ref] = e.Text("takes_up") == only(true)
		case (act == Cancel || act == Return) && slices.Contains([]string{"other_case", "mistake", Mistyped}, e.Text("why")):
			ended[e.Ref] = e.Text("why")
		}
	}
	for i, look := range all {
		if look.forPurpose() && takesUp[look.Case] {
			all[i].Why = ToTakeUp
		}
		if look.Kind == RegisterLook {
			all[i].Ended = ended[look.Case]
		}
	}
	return nil
}

// forPurpose reports whether somebody looked for what the case was opened for.
func (l Look) forPurpose() bool { return slices.Contains(Purposes(), Purpose(l.Why)) && l.Case != "" }
