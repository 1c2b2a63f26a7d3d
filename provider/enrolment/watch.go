package enrolment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/staff"
)

// watched is how far back a security officer looks.
const watched = 30 * 24 * time.Hour

// Watch is what a security officer looks at, of the offices that their appointment is for: nothing of whom a
// case is about.
type Watch struct {
	Alarming []Case // stopped, or with an alarm
	Newly    []Case // active, to look through
}

// Watch gives what there is to look at. Cases come without what they are about. staff.ErrNobody.
func (o *Office) Watch(ctx context.Context, a Actor) (Watch, error) {
	if err := a.may(staff.Suspend); err != nil {
		return Watch{}, err
	}
	scope, err := o.Scope(ctx, a.Member)
	if err != nil {
		return Watch{}, err
	}
	since := o.Now().Add(-watched)
	var w Watch
	for _, list := range []struct {
		of   Query
		into *[]Case
	}{{Query{Alarming: since, Within: scope}, &w.Alarming}, {Query{Newly: since, Within: scope}, &w.Newly}} {
		rows, err := o.Store.Cases(ctx, list.of)
		if err != nil {
			return Watch{}, fmt.Errorf("list cases to look at: %w", err)
		}
		for _, row := range rows {
			*list.into = append(*list.into, row.Case)
		}
	}
	return w, o.tookUp(ctx, w.Alarming)
}

// The reasons for which nobody of the staff stops an enrolment.
const (
	NotMe    = "not_me"                 // the person said so
	NotGiven = "first_document_refused" // the application that it rests on came to nothing
)

// NotGiven stops what a person was enrolled for on the word of an application for a first document, which
// came to nothing at a moment: what works already is suspended, what is under way ends. What the register said
// after that moment was said of another application. A case that cannot be opened any more is stopped, too,
// where it may rest on one.
func (o *Office) NotGiven(ctx context.Context, person identity.PersonID, at time.Time) error {
	rows, err := o.Store.Cases(ctx, Query{Person: person, Since: time.Unix(1, 0)})
	if err != nil {
		return fmt.Errorf("find cases: %w", err)
	}
	for _, row := range rows {
		c, err := o.open(row)
		if err != nil {
			o.Log.ErrorContext(ctx, "a case could not be opened", "case", CaseID(row.ID), "error", err)
			c = row.Case
		}
		if !restsOn(c, err != nil, at) {
			continue
		}
		if err := o.notGiven(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// restsOn reports whether a case rests on an application that came to nothing then. Of two things at the same
// moment the end counts as the later one.
func restsOn(c Case, unread bool, at time.Time) bool {
	seen := c.Opened
	if c.Work.Snapshot.AsOf != 0 {
		seen = time.UnixMicro(c.Work.Snapshot.AsOf)
	}
	applied := c.Document == NoDocument || c.Document == "" && (unread || c.Work.Snapshot.Applied != "")
	return applied && !seen.After(at)
}

// notGiven stops one case. The register tells once: where clerk or phone move the case at the same moment it is
// looked at anew.
func (o *Office) notGiven(ctx context.Context, c Case) error {
	for try := 1; ; try++ {
		var err error
		if c.State.Open() {
			_, err = o.endAlarmed(ctx, c, NotGiven)
		} else {
			err = o.stop(ctx, c, Suspend, NotGiven, staff.ID{})
		}
		if !errors.Is(err, ErrConflict) {
			return ignoreRefused(err)
		}
		if try == retries {
			return err
		}
		if c, err = o.load(ctx, Query{ID: c.ID}); err != nil {
			return err
		}
		if c.Document != NoDocument && c.Document != "" { // the clerk saw a document meanwhile
			return nil
		}
	}
}

// endAlarmed ends a case that nobody of the staff ends, with an alarm that officers are shown.
func (o *Office) endAlarmed(ctx context.Context, c Case, why string) (Case, error) {
	ended := c
	err := o.Atomically(ctx, func(ctx context.Context) error {
		over, err := o.end(ctx, c, Cancel, staff.ID{}, why)
		if err != nil {
			return err
		}
		ended = over
		return o.alert(ctx, c, why, over.Decided)
	})
	if err != nil {
		return c, err
	}
	return ended, nil
}

// Stopping are the reasons for which a security officer stops an enrolment. Each has a text under
// "desk.stop.CODE".
func Stopping() []string { return []string{"review", "complaint", "clerk"} }
