package desk

import (
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// An alarm that a clerk is shown is one that something is to be done about: while the case is under way, or where it came after
// the end.
func TestAlarmsOfACaseThatIsOver(t *testing.T) {
	end := time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		c    enrolment.Case
		want int
	}{
		"under way":            {enrolment.Case{State: enrolment.Claimed, Alarms: 2, Alarmed: end}, 2},
		"its code ran out":     {enrolment.Case{State: enrolment.Expired, Alarms: 1, Alarmed: end}, 1},
		"before the end":       {enrolment.Case{State: enrolment.Active, Decided: end, Alarms: 2, Alarmed: end.Add(-time.Minute)}, 0},
		"stopped since":        {enrolment.Case{State: enrolment.Suspended, Decided: end, Alarms: 2, Alarmed: end.Add(-time.Minute)}, 0},
		"after the end":        {enrolment.Case{State: enrolment.Active, Decided: end, Alarms: 3, Alarmed: end.Add(time.Minute)}, 3},
		"a slip, then matched": {enrolment.Case{State: enrolment.KeyBound, Matched: true, Alarms: 1, Alarmed: end, Work: enrolment.Work{Froze: []string{enrolment.WrongDigits}}}, 0},
	} {
		if got := alarmsOf(row.c); got != row.want {
			t.Errorf("%s: %d, not %d", name, got, row.want)
		}
	}
}

// Means.md §4.3: who decides goes to the citizen, and so reads at which position they are, and since when they wait there.
func TestWhoDecidesReadsWhereAndSinceWhen(t *testing.T) {
	places := staff.Places{
		Offices:  []staff.Office{{ID: "city", Zone: "Europe/Warsaw"}},
		Stations: []staff.Station{{ID: "7", Office: "city", Name: "stanowisko 7"}, {ID: "7", Office: "town", Name: "elsewhere"}},
	}
	now := time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)
	approver := []staff.Member{{ID: staff.ID{2}, Office: "city", Role: staff.ApprovingClerk, State: staff.Active}}
	clerk := []staff.Member{{ID: staff.ID{1}, Office: "city", Role: staff.EnrolmentClerk, State: staff.Active}}
	asking := enrolment.Case{Office: "city", Station: "7", Clerk: staff.ID{1}, State: enrolment.ReviewRequired, Changed: now.Add(-90 * time.Minute)}
	for _, row := range []struct {
		name         string
		members      []staff.Member
		change       func(*enrolment.Case)
		where, since string
	}{
		{"today", approver, func(*enrolment.Case) {}, "stanowisko 7", "13:30"},
		{"since yesterday", approver, func(c *enrolment.Case) { c.Changed = now.Add(-20 * time.Hour) }, "stanowisko 7", "2026-11-29 19:00"},
		{"a position that is no more", approver, func(c *enrolment.Case) { c.Station = "8" }, "8", "13:30"},
		{"the clerk who asks knows it", clerk, func(*enrolment.Case) {}, "", ""},
	} {
		c := asking
		row.change(&c)
		lines := StartOf(row.members, []enrolment.Case{c}, "", Viewer{Places: places, Now: now}, nil).Lines
		if len(lines) != 1 || lines[0].Where != row.where || lines[0].Since != row.since {
			t.Errorf("%s: %+v", row.name, lines)
		}
	}
}
