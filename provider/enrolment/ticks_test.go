package enrolment_test

import (
	"testing"

	"symbolon/provider/enrolment"
)

// Features S06: a tick stands for what has happened, and for nothing else. What failed stays without one.
func TestATickStandsForWhatHasHappened(t *testing.T) {
	recorded, told := enrolment.Work{Record: "signed"}, enrolment.Work{Record: "signed", Told: 1}
	for _, row := range []struct {
		name  string
		state enrolment.State
		work  enrolment.Work
		want  enrolment.Ticks
	}{
		{"the code was only scanned", enrolment.Claimed, enrolment.Work{}, enrolment.Ticks{}},
		{"the key was refused", enrolment.Claimed, enrolment.Work{}, enrolment.Ticks{}},
		{"the key was made and checked", enrolment.KeyBound, enrolment.Work{}, enrolment.Ticks{Key: true, Checked: true}},
		{"signing failed", enrolment.KeyBound, enrolment.Work{}, enrolment.Ticks{Key: true, Checked: true}},
		{"signed, and not finished", enrolment.Confirmed, recorded, enrolment.Ticks{Key: true, Checked: true, Signed: true}},
		{"no address is known, or the notice failed", enrolment.Active, recorded, enrolment.Ticks{Key: true, Checked: true, Signed: true, Destroyed: true}},
		{"all of it", enrolment.Active, told, enrolment.Ticks{Key: true, Checked: true, Signed: true, Destroyed: true, Noticed: true}},
		{"all of it, the phone came first", enrolment.Active, enrolment.Work{Record: "signed", Told: 1, Scanned: true}, enrolment.Ticks{Key: true, Checked: true, Signed: true, Noticed: true}},
		{"stopped by an alarm", enrolment.Suspicious, enrolment.Work{}, enrolment.Ticks{}},
		{"time ran out", enrolment.Expired, enrolment.Work{}, enrolment.Ticks{}},
	} {
		row.want.Code = !row.work.Scanned // the desk gave one out
		if got := enrolment.TicksOf(enrolment.Case{State: row.state, Work: row.work}); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}
