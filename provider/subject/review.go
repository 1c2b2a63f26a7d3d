package subject

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Verdict is how a case ends.
type Verdict string

// The verdicts. What lets somebody in or makes two persons one takes two operators (four eyes); what
// only takes away or changes nothing takes one.
const (
	Accept   Verdict = "accept" // these data are the person's: let them in with them
	Untie    Verdict = "untie"  // the account belongs to somebody else now: end the tie
	MergeTwo Verdict = "merge"  // the two persons are one
	MakeNew  Verdict = "new"    // it is somebody we do not know: make them, with a local number
	TieTo    Verdict = "tie"    // it is the person whom the operators name by number
	Refuse   Verdict = "refuse" // keep it as it is; the same conflict opens no other case
	Again    Verdict = "again"  // forget it: the next login is looked at anew
	Undo     Verdict = "undo"   // of a merge: part the two again
)

// Why a case cannot be decided so.
var (
	ErrNoCase   = errors.New("subject: there is no such case")
	ErrVerdict  = errors.New("subject: a case of this kind, or in this state, cannot end so")
	ErrFourEyes = errors.New("subject: somebody else must say the same")
)

// Decision moves a case on: from a state as it was read to the next.
type Decision struct {
	Case Case // as it is to be
	From CaseState
}

// verdicts are the ways in which a case of a kind can end.
func verdicts(reason string) []Verdict {
	switch reason {
	case OtherName, OtherBirth:
		return []Verdict{Accept, Refuse, Again}
	case OtherNumber:
		return []Verdict{Untie, Refuse, Again}
	case TwoPersons, Duplicate:
		return []Verdict{MergeTwo, Refuse, Again}
	case Unlinked:
		return []Verdict{MakeNew, TieTo, Refuse, Again}
	default:
		return []Verdict{Refuse, Again}
	}
}

// Verdicts are the ways in which a case can go on.
func (c Case) Verdicts() []Verdict {
	switch {
	case c.State == CaseClosed && c.Verdict == MergeTwo, c.State == CaseProposed && c.Verdict == Undo:
		return []Verdict{Undo}
	case c.State == CaseOpen, c.State == CaseProposed, c.State == CaseRefused:
		return verdicts(strings.Join(c.Reasons, " "))
	default:
		return nil
	}
}

// FourEyes reports whether a verdict takes two operators.
func (v Verdict) FourEyes() bool {
	return slices.Contains([]Verdict{Accept, MergeTwo, MakeNew, TieTo, Undo}, v)
}

// Decide lets an operator say how a case is to end. The first of two proposes: done is false. A
// second who says the same decides; a second who says something else proposes anew. target is the
// person whom TieTo names. What a decision does to the usage database is the caller's: the case is
// decided until Close.
func (m *Matcher) Decide(ctx context.Context, number string, v Verdict, target *identity.Identifier, by string) (c Case, done bool, err error) {
	known, err := m.caseOf(ctx, number)
	if err != nil {
		return Case{}, false, err
	}
	c = *known
	if c.State == CaseDecided && c.Verdict == v && v != Accept && v != MakeNew && v != TieTo {
		return c, true, nil // what follows from it was interrupted: it is done again
	}
	if by == "" || !slices.Contains(c.Verdicts(), v) {
		return c, false, ErrVerdict
	}
	if c.Target, err = m.target(ctx, v, target); err != nil {
		return c, false, err
	}
	agreed := known.State == CaseProposed && known.Verdict == v && known.Target == c.Target
	if agreed && known.First == by {
		return c, false, ErrFourEyes
	}
	return m.decide(ctx, c, known.State, v, by, agreed || !v.FourEyes())
}

func (m *Matcher) decide(ctx context.Context, c Case, from CaseState, v Verdict, by string, done bool) (Case, bool, error) {
	c.Verdict = v
	switch {
	case !done:
		c.State, c.First, c.Second = CaseProposed, by, ""
	case v == Refuse:
		c.State, c.Second = CaseRefused, by
	case v == Again:
		c.State, c.Second = CaseClosed, by
	default:
		c.State, c.Second = CaseDecided, by
	}
	if done {
		c.Decided = m.Now()
	}
	change, err := m.following(ctx, c, done)
	if err != nil {
		return c, false, err
	}
	change.Person, change.Decide = c.Person, &Decision{c, from}
	entry := journal.Entry{Kind: journal.Reviewed, Fields: map[string]any{"case": c.Number, "verdict": string(v), "by": by, "decided": done}}
	entries := append([]journal.Entry{entry}, m.entriesOf(change)...)
	err = m.write(ctx, change, entries...)
	if errors.Is(err, ErrTaken) {
		err = ErrVerdict // somebody else was first
	}
	return c, done && err == nil, err
}

// following gives what a decision does here at once: a tie ends, two persons become one or are
// parted. The others take effect at the next login.
func (m *Matcher) following(ctx context.Context, c Case, done bool) (Change, error) {
	if !done {
		return Change{}, nil
	}
	switch c.Verdict {
	case Untie:
		return Change{EndLink: &LinkEnd{BindingID(c.Link), ByDecider, DayOf(m.Now())}}, nil
	case MergeTwo, Undo:
		return m.merging(ctx, c)
	default:
		return Change{}, nil
	}
}

func (m *Matcher) entriesOf(c Change) []journal.Entry {
	switch {
	case c.EndLink != nil:
		return []journal.Entry{{Kind: journal.Unlinked, Fields: map[string]any{"method": ByDecider}}}
	case c.Merge != nil:
		kind, from := journal.Merged, m.reference(c.Merge.From)
		if c.Merge.Part {
			kind = journal.Parted
		}
		return []journal.Entry{{Kind: kind, Fields: map[string]any{"other": from}}, {Kind: kind, Who: from, Fields: map[string]any{"other": m.reference(c.Merge.Into)}}}
	default:
		return nil
	}
}

// Closed says that everything that follows from a decision has happened.
func (m *Matcher) Closed(ctx context.Context, c Case) error {
	if c.State != CaseDecided {
		return nil
	}
	from := c.State
	c.State = CaseClosed
	if c.Verdict == Undo {
		c.State = CaseUndone
	}
	err := m.write(ctx, Change{Person: c.Person, Decide: &Decision{c, from}})
	if errors.Is(err, ErrTaken) {
		return nil // another replica was first
	}
	return err
}

// Unfinished gives the decided cases that something in the usage database must follow.
func (m *Matcher) Unfinished(ctx context.Context) ([]Case, error) {
	all, err := m.Cases.CasesIn(ctx, CaseDecided)
	return slices.DeleteFunc(all, func(c Case) bool { return c.Verdict == Accept || c.Verdict == MakeNew || c.Verdict == TieTo }), err
}

func (m *Matcher) target(ctx context.Context, v Verdict, id *identity.Identifier) (identity.PersonID, error) {
	if (v == TieTo) != (id != nil) {
		return identity.PersonID{}, ErrVerdict
	}
	if id == nil {
		return identity.PersonID{}, nil
	}
	known, err := m.holder(ctx, *id)
	if err == nil && known.Closed {
		return identity.PersonID{}, ErrClosed
	}
	return known.ID, err
}

// Queue gives the cases that wait for somebody, oldest first; with all also those that are over.
func (m *Matcher) Queue(ctx context.Context, all bool) ([]Case, error) {
	states := []CaseState{CaseOpen, CaseProposed, CaseDecided}
	if all {
		states = append(states, CaseRefused, CaseClosed, CaseUndone)
	}
	cases, err := m.Cases.CasesIn(ctx, states...)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return cases, nil
}

// Seen is a person of a case as an operator sees them: nothing that names them.
type Seen struct {
	Reference string // as in the journal
	State     identity.PersonState
	Since     Day
	Numbers   []SeenNumber
	Ties      []Binding
}

// SeenNumber is one identifier: its kind, and its value where it was asked for.
type SeenNumber struct {
	Kind  string // "PNOPL"
	State IdentifierState
	Value identity.Secret
}

// View is a case with the persons in it: those it is about, whom a verdict names, and, where nobody
// is found by number, those with the same name and birth date, for people to look at.
type View struct {
	Case
	Persons, Alike []Seen
}

// View shows a case. With by, the numbers of its persons are opened for that operator, and each
// person sees an entry of it.
func (m *Matcher) View(ctx context.Context, number, by string) (View, error) {
	c, err := m.caseOf(ctx, number)
	if err != nil {
		return View{}, err
	}
	v := View{Case: *c}
	about := slices.DeleteFunc([]identity.PersonID{c.Person, c.Other, c.Target}, identity.PersonID.IsZero)
	if v.Persons, err = m.seen(ctx, about, c.Number, by); err != nil || c.Told == nil {
		return v, err
	}
	alike, err := m.Ties.Alike(ctx, []Digest{*c.Told})
	if err != nil {
		return v, fmt.Errorf("look for whom a case may concern: %w", err)
	}
	alike = slices.DeleteFunc(alike, func(id identity.PersonID) bool { return slices.Contains(about, id) })
	v.Alike, err = m.seen(ctx, alike, c.Number, by)
	return v, err
}

func (m *Matcher) seen(ctx context.Context, persons []identity.PersonID, number, by string) ([]Seen, error) {
	var all []Seen
	for _, id := range persons {
		known, err := m.Store.ByID(ctx, id)
		if err != nil || known == nil {
			return all, err
		}
		s := Seen{Reference: m.reference(id)[:8], State: known.State, Since: known.Created}
		if s.Ties, err = m.bindings(ctx, id); err != nil {
			return all, err
		}
		if by != "" {
			entry := journal.Entry{Kind: journal.Viewed, Fields: map[string]any{"case": number, "by": by}}
			if err := m.write(ctx, Change{Person: id}, entry); err != nil {
				return all, err
			}
		}
		rows, err := m.Ties.SealedOf(ctx, id)
		if err != nil {
			return all, err
		}
		for _, row := range rows {
			n := SeenNumber{Kind: row.series(), State: row.State}
			if by != "" {
				value, err := m.Vault.Open(row.Sealed, identifierPlace(row.ID))
				if err != nil {
					return all, fmt.Errorf("open an identifier: %w", err)
				}
				n.Value = identity.Hide(string(value))
			}
			s.Numbers = append(s.Numbers, n)
		}
		all = append(all, s)
	}
	return all, nil
}

func (m *Matcher) caseOf(ctx context.Context, number string) (*Case, error) {
	c, err := m.Cases.CaseByNumber(ctx, strings.ToUpper(strings.TrimSpace(number)))
	if err != nil {
		return nil, fmt.Errorf("find a case: %w", err)
	}
	if c == nil {
		return nil, ErrNoCase
	}
	return c, nil
}

// Report opens a case for two persons whom somebody takes for one.
func (m *Matcher) Report(ctx context.Context, stays, goes identity.Identifier) (string, error) {
	one, err := m.holder(ctx, stays)
	if err != nil {
		return "", err
	}
	two, err := m.holder(ctx, goes)
	if err != nil {
		return "", err
	}
	if one.ID == two.ID {
		return "", ErrState
	}
	return m.pair(ctx, one.ID, two.ID)
}

// pair queues two persons once, whichever of them comes first.
func (m *Matcher) pair(ctx context.Context, one, two identity.PersonID) (string, error) {
	return m.open(ctx, Case{Person: one, Other: two, Reasons: []string{Duplicate}}, pairOf(one, two))
}

// pairOf names two persons the same way in either order.
func pairOf(one, two identity.PersonID) string {
	names := []string{hex.EncodeToString(one[:]), hex.EncodeToString(two[:])}
	slices.Sort(names)
	return "pair\x00" + strings.Join(names, "\x00")
}

// FindDuplicates queues the pairs of persons that have present name, birth date and a document in
// common (R-PER-10), and says how many there are.
func (m *Matcher) FindDuplicates(ctx context.Context) (int, error) {
	pairs, err := m.Ties.Lookalikes(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for duplicates: %w", err)
	}
	for _, p := range pairs {
		if _, err := m.pair(ctx, p[0], p[1]); err != nil {
			return 0, err
		}
	}
	return len(pairs), nil
}
