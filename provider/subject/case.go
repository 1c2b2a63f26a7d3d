package subject

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Conflict is ErrConflict with the number of the case that was opened, for the citizen to quote.
type Conflict struct{ Number string }

// Error says that a human looks at it.
func (c *Conflict) Error() string { return ErrConflict.Error() }

// Is lets a conflict be ErrConflict.
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// Why a case is opened.
const (
	OtherNumber     = "number"          // a tied means tells somebody else's number
	OtherName       = "name_or_birth"   // name or birth date differ, and no register confirms them
	OtherBirth      = "birth_in_number" // the birth date is not the one in the number (R-PER-05)
	OtherRegistered = "register_number" // the register answers about somebody else
	TwoPersons      = "two_persons"     // one human is two persons here (R-PER-03)
	Duplicate       = "duplicate"       // two persons have name, birth date and document in common (R-PER-10)
	Unlinked        = "unlinked"        // asked for by somebody whom no number and no tie names
)

// CaseState says how far a case is.
type CaseState string

// The states of a case. One that waits for something is decided until that has happened.
const (
	CaseOpen     CaseState = "open"
	CaseProposed CaseState = "proposed" // one operator has said how; another must say the same
	CaseDecided  CaseState = "decided"
	CaseRefused  CaseState = "refused" // and the same conflict opens no other one
	CaseClosed   CaseState = "closed"
	CaseUndone   CaseState = "undone"
)

// Case is one conflict for people to decide. It names persons by id and holds none of their data.
type Case struct {
	ID      [16]byte
	Number  string // "C-" and a reference, for a citizen to quote
	Mark    Digest // of what it is about: the same conflict is queued once while it is open
	Person  identity.PersonID
	Other   identity.PersonID // of two persons, the one that would go
	Link    [16]byte          // the tie it is about; zero: none
	Reasons []string
	Means   identity.Means
	Told    *Digest // of name and birth date as they were told
	Opened  time.Time
	State   CaseState
	Verdict Verdict
	Target  identity.PersonID // whom a verdict names
	First   string            // the operator who said so first
	Second  string
	Decided time.Time
}

// Cases keeps the queue.
type Cases interface {
	// CaseByMark gives a case that is not over, or was refused; nil if there is none.
	CaseByMark(context.Context, []Digest) (*Case, error)
	// CaseByNumber gives a case; nil if there is none.
	CaseByNumber(context.Context, string) (*Case, error)
	// CasesIn gives the cases of some states, oldest first.
	CasesIn(context.Context, ...CaseState) ([]Case, error)
}

// conflict queues a case for review, once while it is open, and keeps the person out with the
// case's number.
func (m *Matcher) conflict(ctx context.Context, t told, c Case) (identity.Person, error) {
	c.Means = t.auth.Means
	c.Told = m.toldDigest(t)
	number, err := m.open(ctx, c, m.about(t, c))
	if err != nil {
		return identity.Person{}, err
	}
	return identity.Person{}, &Conflict{number}
}

// open queues a case, or finds the one that is queued already, and gives its number.
func (m *Matcher) open(ctx context.Context, c Case, about string) (string, error) {
	marks := m.digests("conflict", about)
	for range tries {
		known, err := m.Cases.CaseByMark(ctx, marks)
		if err != nil {
			return "", fmt.Errorf("look for a case: %w", err)
		}
		if known != nil {
			return known.Number, nil
		}
		c.ID, c.Number, c.Mark, c.State, c.Opened = randomID(), caseNumber(), marks[0], CaseOpen, m.Now()
		entry := journal.Entry{Kind: journal.Conflict, Fields: map[string]any{
			"reasons": c.Reasons, "means": string(c.Means), "case": c.Number,
		}}
		err = m.write(ctx, Change{Person: c.Person, Conflict: &c}, entry)
		if err == nil {
			return c.Number, nil
		}
		if !errors.Is(err, ErrTaken) { // somebody else queued it meanwhile
			return "", err
		}
	}
	return "", fmt.Errorf("queue a case: %w, %d times", ErrTaken, tries)
}

// about names what a case is about, so that the same conflict is one case.
func (m *Matcher) about(t told, c Case) string {
	return t.named + "\x00" + hex.EncodeToString(c.Person[:]) + "\x00" + strings.Join(c.Reasons, "\x00")
}

// accepted reports whether people decided that these very data are the person's after all. It gives
// the case, to be closed together with what follows from it.
func (m *Matcher) accepted(ctx context.Context, t told, person identity.PersonID, reason string) (*Case, error) {
	c, err := m.Cases.CaseByMark(ctx, m.digests("conflict", m.about(t, Case{Person: person, Reasons: []string{reason}})))
	if err != nil {
		return nil, fmt.Errorf("look for a decision: %w", err)
	}
	if c == nil || c.State != CaseDecided || c.Verdict != Accept || !m.toldSame(t, c) {
		return nil, nil
	}
	return c, nil
}

// toldSame reports whether name and birth date are told as they were when the case was opened:
// whoever decided looked at those.
func (m *Matcher) toldSame(t told, c *Case) bool {
	if c.Told == nil || !t.said.complete() {
		return c.Told == nil && !t.said.complete()
	}
	return slices.Contains(m.digests("comparison", t.said.spellings(t.said.whole)[0]), *c.Told)
}

func (m *Matcher) toldDigest(t told) *Digest {
	if !t.said.complete() {
		return nil
	}
	return &m.digests("comparison", t.said.spellings(t.said.whole)[0])[0]
}

// caseNumber draws a number that can be told over the phone.
func caseNumber() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:])
	return "C-" + identity.Reference(raw)
}
