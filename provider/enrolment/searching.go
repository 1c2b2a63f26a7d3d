package enrolment

import (
	"context"
	"fmt"
	"time"

	"symbolon/provider/staff"
)

// Searching is a clerk of an office who had registers tell of many people and enrolled few of them: it may have a good
// reason, and may be curiosity for sale, below every daily cap (attacks IN-08). It holds numbers alone.
type Searching struct {
	Clerk    staff.ID
	Office   string
	Days     int // the time looked at, which ends now
	Looked   int // cases in which a register was asked
	Finished int // those that gave the citizen something
}

// Stretch is a time to look at: with more cases than Least, and less than a third of them finished, a clerk stands out.
type Stretch struct{ Days, Least int }

// Stretches are a day with a third of what the usual cap lets a clerk look up, and a week with a day's.
func Stretches() []Stretch { return []Stretch{{1, 20}, {7, 60}} }

// Searches counts what clerks looked up. Without what is found nobody is named.
type Searches interface {
	// Searching gives clerks who stand out since a moment, of the offices (nil: all), those with most cases first.
	Searching(ctx context.Context, within []string, since time.Time, least int) ([]Searching, error)
}

// Searching gives a security officer the clerks of their offices who looked up many and enrolled few. staff.ErrNobody.
func (o *Office) Searching(ctx context.Context, a Actor) ([]Searching, error) {
	if err := a.may(staff.Suspend); err != nil {
		return nil, err
	}
	scope, err := o.Scope(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	var all []Searching
	for _, s := range Stretches() {
		some, err := o.Searches.Searching(ctx, scope, o.Now().Add(-time.Duration(s.Days)*24*time.Hour), s.Least)
		if err != nil {
			return nil, fmt.Errorf("count what clerks looked up: %w", err)
		}
		for _, one := range some {
			one.Days = s.Days
			all = append(all, one)
		}
	}
	return all, nil
}
