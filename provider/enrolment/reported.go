package enrolment

import (
	"context"
	"slices"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/subject"
)

// reportedAt gives when a document of the person's was last reported, other than the one that they show: whoever
// holds a new passport may have lost the card a week ago, to somebody who looks alike. Zero: none was, or it is long
// ago. Where it stands as reported and nobody says since when, that is now.
func (o *Office) reportedAt(ctx context.Context, c Case, shown SeenPaper) (time.Time, error) {
	now := o.Now()
	against, err := o.Standing.Until(ctx, c.Person, subject.DocumentReported)
	if err != nil {
		return time.Time{}, err
	}
	if against >= subject.DayOf(now) { // for as long as the flag speaks
		return now, nil
	}
	var last time.Time
	if c.Basis != ByRegister {
		return last, nil
	}
	for _, d := range c.Work.Snapshot.Documents {
		if d.Type == shown.Type && d.Number == shown.Number || !reported(d.Status) {
			continue
		}
		status, since := o.standing(ctx, c, d)
		switch {
		case status != register.Unknown && !reported(status): // it was found again
		case since.IsZero():
			last = now
		case since.After(last):
			last = since
		}
	}
	return last, nil
}

// reported are the ways in which a document stands that somebody reported.
func reported(s register.DocumentStatus) bool {
	return slices.Contains([]register.DocumentStatus{register.Lost, register.Stolen, register.Suspended}, s)
}
