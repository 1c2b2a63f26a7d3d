package subject

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Why a tie is not made, ended or brought back.
var (
	ErrNoBinding = errors.New("subject: not a tie of this person that this can be done with")
	ErrLastWay   = errors.New("subject: the only way to log in that is left")
	ErrWeaker    = errors.New("subject: less would be left than the person was told")
	ErrTooWeak   = errors.New("subject: this needs a proof at the account's level")
	ErrTooLate   = errors.New("subject: too late to bring this back")
	ErrStale     = errors.New("subject: what was proved for this tie is over")
)

// undoDays is for how long what was done to a tie can be undone (means.md R-PER-02).
const undoDays = 30

// The ways in which a tie was made.
const (
	ByNumber = "auto_id"       // by an identifier that the means is trusted for
	ByBoth   = "proof_of_both" // the person proved this means and an earlier one, in one browser
	AtOffice = "office"        // a clerk saw to it
	ByReview = "review"        // two operators decided so
)

// Who ended a tie. What the person took off is not tied again by itself.
const (
	ByPerson  = "person"
	ByDecider = "review"
	ByStop    = "stop" // what it was made on the word of was stopped
)

// Note is how a change of somebody's ties is made: the reference that they are told to quote, the language they read, and
// whether the login on whose word it is made stands still, which is asked in its transaction; nil where it is on no login's.
type Note struct {
	Ref, Language string
	Stands        func(context.Context) (bool, error)
}

// Told queues a message to a person in the transaction of the change: "message.linked",
// "message.unlinked", "message.untied", "message.relinked", "message.closed", "message.opened", "message.merged", "message.parted", "message.cancelled".
type Told func(ctx context.Context, person identity.PersonID, text string, note Note) error

// Ties lists what ties a person to their means, and whoever looks like them.
type Ties interface {
	// TiesOf gives the ties of a person: those in use and those that ended.
	TiesOf(context.Context, identity.PersonID) ([]LinkRow, error)
	// SealedOf gives the identifiers of a person with their sealed values.
	SealedOf(context.Context, identity.PersonID) ([]IdentifierRow, error)
	// Alike gives the persons who have one of these comparisons: for people to look at, never to
	// match by.
	Alike(context.Context, []Digest) ([]identity.PersonID, error)
	// Lookalikes gives pairs of active persons with present name, birth date and document in common.
	Lookalikes(context.Context) ([][2]identity.PersonID, error)
	// StillOwed reports whether what was opened with something of a person's that was stopped is still to end.
	StillOwed(context.Context, identity.PersonID) (bool, error)
}

// Most gives the means of what offices hand out, and the most that anything gives which a person has of it: whether or not
// it is put aside or was lost, because whoever logs in with less makes no account weaker by that.
type Most func(context.Context, identity.PersonID) (identity.Means, identity.Level, error)

// BindingID names a tie in a form of a page.
type BindingID [16]byte

// String gives the id in hexadecimal.
func (id BindingID) String() string { return hex.EncodeToString(id[:]) }

// ParseBindingID reads what String wrote.
func ParseBindingID(text string) (BindingID, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(BindingID{}) {
		return BindingID{}, ErrNoBinding
	}
	return BindingID(raw), nil
}

// Binding is one way to log in that a person has, or took off.
type Binding struct {
	ID     BindingID
	Means  identity.Means
	Issuer string
	Method string
	Level  identity.Level // the most that it has proved since it was tied
	Since  Day
	Ended  Day  // 0: in use
	UndoBy Day  // of an ended one: the last day on which it can be brought back; 0: it cannot
	Stop   bool // it ended because that on the word of which it was tied was stopped or replaced
}

// Strongest gives the level of the strongest way in use: the account's level.
func Strongest(all []Binding) identity.Level { return Left(all, BindingID{}) }

// Left gives the level of the strongest way that stays without one of them (attacks LK-12).
func Left(all []Binding, without BindingID) identity.Level {
	left := identity.None
	for _, b := range all {
		if b.Ended == 0 && b.ID != without {
			left = max(left, b.Level)
		}
	}
	return left
}

// Bindings gives the ways to log in of the person of a session: those in use first, the newest first.
func (m *Matcher) Bindings(ctx context.Context, usage identity.UsageID) ([]Binding, error) {
	known, err := m.self(ctx, usage)
	if err != nil {
		return nil, err
	}
	return m.bindings(ctx, known.ID)
}

func (m *Matcher) bindings(ctx context.Context, person identity.PersonID) ([]Binding, error) {
	rows, err := m.Ties.TiesOf(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("list ties: %w", err)
	}
	var handed identity.Means
	var most identity.Level
	if m.Most != nil {
		if handed, most, err = m.Most(ctx, person); err != nil {
			return nil, fmt.Errorf("look at what was handed out: %w", err)
		}
	}
	all := make([]Binding, 0, len(rows))
	for _, r := range rows {
		b := Binding{BindingID(r.ID), r.Means, r.Issuer, r.Method, r.Level, r.Since, r.Ended, 0, r.EndedBy == ByStop}
		if r.Means == handed && m.Most != nil { // how surely the office knew them is no login
			b.Level = identity.Least(b.Level, most)
		}
		if r.Ended != 0 && r.EndedBy == ByPerson && len(r.Sealed) > 0 && DayOf(m.Now()) <= r.Ended+undoDays {
			b.UndoBy = r.Ended + undoDays
		}
		all = append(all, b)
	}
	slices.SortStableFunc(all, func(a, b Binding) int {
		if (a.Ended == 0) != (b.Ended == 0) {
			return int(min(a.Ended, 1)) - int(min(b.Ended, 1))
		}
		return int(b.Since+b.Ended) - int(a.Since+a.Ended)
	})
	return all, nil
}

// self gives the person of a session. It is no joining: one's own page learns no more than the
// session knows.
func (m *Matcher) self(ctx context.Context, usage identity.UsageID) (Known, error) {
	known, err := m.Store.ByUsage(ctx, m.digests("usage", usage.String()))
	if err != nil {
		return Known{}, fmt.Errorf("find a session's person: %w", err)
	}
	if known == nil {
		return Known{}, ErrNobody
	}
	return m.follow(ctx, *known)
}

// Account is what a proof of both must hold against: the account's level, how often its ties changed so far,
// and whether it is open to more.
type Account struct {
	Level  identity.Level
	Ties   uint32
	Closed bool // no further way is let in
}

// Account gives it for somebody who has just logged in.
func (m *Matcher) Account(ctx context.Context, usage identity.UsageID) (Account, error) {
	known, err := m.self(ctx, usage)
	if err != nil {
		return Account{}, err
	}
	all, err := m.bindings(ctx, known.ID)
	return Account{Strongest(all), known.Ties, known.Closed}, err
}

// Tie ties a means to the person of a session, who has proved both of them, the other one by some means; the caller has
// consumed that proof. ErrStale if a tie ended since, or the means belongs to somebody meanwhile; a Conflict
// if it tells somebody else's name or birth date.
func (m *Matcher) Tie(ctx context.Context, usage identity.UsageID, auth identity.Authentication, ties uint32, by []identity.Means, note Note) error {
	if auth.Subject.IsZero() {
		return errNoSubject
	}
	known, err := m.self(ctx, usage)
	if err != nil {
		return err
	}
	rests, err := m.resting(ctx, known.ID, by)
	if err != nil {
		return err
	}
	return m.tie(ctx, m.told(auth, nil), known, ties, made{ByBoth, rests}, note)
}

// LinkAtOffice ties a means to a person whom a clerk has before them.
func (m *Matcher) LinkAtOffice(ctx context.Context, auth identity.Authentication, person identity.PersonID, note Note) error {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return fmt.Errorf("tie at an office: %w", err)
	}
	if known == nil {
		return ErrNobody
	}
	return m.tie(ctx, m.told(auth, nil), *known, known.Ties, made{AtOffice, nil}, note)
}

// made is how a tie comes to be, and on the word of what.
type made struct {
	method string
	rests  []identity.Means
}

func (m *Matcher) tie(ctx context.Context, t told, known Known, ties uint32, how made, note Note) error {
	if known.State != identity.Active || known.Ties != ties {
		return ErrStale
	}
	if known.Closed && how.method == ByBoth {
		return ErrClosed
	}
	holder, err := m.Store.ByLink(ctx, t.link)
	if err != nil {
		return fmt.Errorf("find by tie: %w", err)
	}
	if holder != nil && holder.Tie.Ended == 0 {
		return ErrStale
	}
	link := m.link(t, known.ID, how.method)
	link.RestsOn = how.rests
	change := Change{Person: known.ID, Link: &link, Ties: &known.Ties}
	var reason string
	if change.Comparisons, change.Close, reason, err = m.reconcile(ctx, t, known); err != nil {
		return err
	}
	if reason != "" {
		_, err := m.conflict(ctx, t, Case{Person: known.ID, Reasons: []string{reason}})
		return err
	}
	change.Identifiers, change.Restate = m.lasting(t, known)
	change.Also = m.telling(known.ID, "message.linked", note)
	if how.method == ByBoth {
		change.Also = m.onWord(known.ID, "message.linked", note)
	}
	err = m.write(ctx, change, m.recordOf(t, change)...)
	if errors.Is(err, ErrTaken) || errors.Is(err, ErrTooWeak) {
		return ErrStale
	}
	return err
}

// Unlink takes a way to log in off. ErrLastWay for the only one; ErrWeaker if the strongest that stays
// is below what the person was warned of, because another tab took one off meanwhile (attacks LK-12).
func (m *Matcher) Unlink(ctx context.Context, usage identity.UsageID, id BindingID, warned identity.Level, note Note) (Binding, error) {
	for range tries {
		b, err := m.unlink(ctx, usage, id, warned, note)
		if !errors.Is(err, ErrTaken) {
			return b, err
		}
	}
	return Binding{}, ErrNoBinding
}

func (m *Matcher) unlink(ctx context.Context, usage identity.UsageID, id BindingID, warned identity.Level, note Note) (Binding, error) {
	known, b, all, err := m.own(ctx, usage, id)
	if err != nil {
		return b, err
	}
	if b.Ended != 0 { // pressed twice: it is off already
		return b, nil
	}
	switch left := Left(all, id); {
	case left == identity.None:
		return b, ErrLastWay
	case left < warned:
		return b, ErrWeaker
	}
	b.Ended = DayOf(m.Now())
	change := Change{Person: known.ID, EndLink: &LinkEnd{id, ByPerson, b.Ended}, Ties: &known.Ties}
	change.Also = m.onWord(known.ID, "message.unlinked", note)
	return b, m.write(ctx, change, tieEntry(journal.Unlinked, b, ByPerson, note.Ref))
}

// Relink brings back a way that the person took off, within 30 days, for somebody who has proved
// themselves at the account's level.
func (m *Matcher) Relink(ctx context.Context, usage identity.UsageID, id BindingID, proved identity.Level, note Note) error {
	known, b, all, err := m.own(ctx, usage, id)
	switch {
	case err != nil:
		return err
	case b.Ended == 0:
		return nil
	case b.UndoBy == 0:
		return ErrTooLate
	case proved < Strongest(all):
		return ErrTooWeak
	case known.State != identity.Active:
		return ErrFrozen
	}
	change := Change{Person: known.ID, Relink: id, Ties: &known.Ties}
	change.Also = m.onWord(known.ID, "message.relinked", note)
	err = m.write(ctx, change, tieEntry(journal.Linked, b, "undo", note.Ref))
	if errors.Is(err, ErrTaken) { // tied to somebody else meanwhile, or another tab was first
		return ErrNoBinding
	}
	return err
}

// own gives one tie of a session's person, and all of them.
func (m *Matcher) own(ctx context.Context, usage identity.UsageID, id BindingID) (Known, Binding, []Binding, error) {
	known, err := m.self(ctx, usage)
	if err != nil {
		return Known{}, Binding{}, nil, err
	}
	all, err := m.bindings(ctx, known.ID)
	if err != nil {
		return Known{}, Binding{}, nil, err
	}
	i := slices.IndexFunc(all, func(b Binding) bool { return b.ID == id })
	if i < 0 {
		return Known{}, Binding{}, nil, ErrNoBinding
	}
	return known, all[i], all, nil
}

// Reproved ends every proof that somebody may have prepared: after a person was proofed anew nothing
// from before ties anything (attacks LK-02).
func (m *Matcher) Reproved(ctx context.Context, usage identity.UsageID) error {
	for range tries {
		known, err := m.self(ctx, usage)
		if err != nil {
			return err
		}
		entry := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{"proof"}}}
		err = m.write(ctx, Change{Person: known.ID, Ties: &known.Ties}, entry)
		if !errors.Is(err, ErrTaken) {
			return err
		}
	}
	return fmt.Errorf("end pending ties: %w, %d times", ErrTaken, tries)
}

// telling queues a message in the transaction of a change.
func (m *Matcher) telling(person identity.PersonID, text string, note Note) func(context.Context) error {
	if m.Tell == nil {
		return nil
	}
	return func(ctx context.Context) error { return m.Tell(ctx, person, text, note) }
}

// onWord is telling where a change is made on the word of a login: ErrTooWeak for one that stands no more, and for each while
// what was opened with something that was stopped is still to end: it may be of that. A change of ties holds their person, so
// that whoever stops something later ends what came of it.
func (m *Matcher) onWord(person identity.PersonID, text string, note Note) func(context.Context) error {
	tells := m.telling(person, text, note)
	return func(ctx context.Context) error {
		owed, err := m.Ties.StillOwed(ctx, person)
		stands := !owed
		if err == nil && stands && note.Stands != nil {
			stands, err = note.Stands(ctx)
		}
		switch {
		case err != nil:
			return fmt.Errorf("whether the login behind a change stands: %w", err)
		case !stands:
			return ErrTooWeak
		case tells == nil:
			return nil
		}
		return tells(ctx)
	}
}

func tieEntry(kind journal.Kind, b Binding, method, ref string) journal.Entry {
	return journal.Entry{Kind: kind, Ref: ref, Fields: map[string]any{"means": string(b.Means), "method": method, "level": b.Level.String()}}
}

// Date gives the day's beginning, UTC.
func (d Day) Date() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }
