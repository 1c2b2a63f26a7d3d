package enrolment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"symbolon/provider/journal"
)

// Joinings finds when the tie between the two databases was used of somebody.
type Joinings interface {
	// Joined gives the entries of that from a moment up to another, for whom the journal has by one of the names.
	Joined(ctx context.Context, names []string, from, to time.Time) ([]journal.Row, error)
}

// joinings gives when the tie was used of the citizen of a case since it was opened: while it was under way, and
// after it where it gave them something, which that may have ended. No login uses it, so that this tells of none.
func (o *Office) joinings(ctx context.Context, c Case) ([]journal.Entry, error) {
	if c.Person.IsZero() {
		return nil, nil
	}
	until := o.Now()
	if !c.State.Open() && !slices.Contains([]State{Active, Suspended, Revoked, Superseded}, c.State) {
		until = c.Decided
	}
	rows, err := o.Joinings.Joined(ctx, o.Names(c.Person), c.Opened, until)
	if err != nil {
		return nil, fmt.Errorf("read when the tie was used: %w", err)
	}
	return opened(rows)
}

// joiningReasons are the groups of reasons for which the tie is used. Each has a text under "desk.joining.CODE", and
// under "portal.looked.why.CODE" for the citizen.
func joiningReasons() []string {
	return []string{"joined_device", "joined_merge", "joined_decided", "joined_register"}
}

// ByHelpLine is the reason of who answered a call to the help line.
const ByHelpLine = "help_line"

// byOperator reports whether an entry is of that: nobody else names who used the tie.
func byOperator(e journal.Entry) bool { return e.Kind == journal.Joined && e.Text("operator") != "" }
