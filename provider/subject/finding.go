package subject

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// What speaks against a person for a time, whatever they log in with. What it costs, the rules say.
const (
	DocumentReported identity.Finding = "document_reported" // a document of theirs was reported lost or stolen
	ClerkFlag        identity.Finding = "clerk_flag"        // a clerk had a doubt at a desk
)

// ReportedFor is for how many days a report of a document speaks against proofs that rest on none.
const ReportedFor = 30

// Finding is something found against a person, up to a day.
type Finding struct {
	Code  identity.Finding
	Until Day  // the last day; 0: it is over
	Least bool // one of its kind that stands longer is left as it is
}

// Found keeps a finding of a person up to a day, in place of one of its kind, or ends it.
func (m *Matcher) Found(ctx context.Context, person identity.PersonID, found Finding) error {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return fmt.Errorf("keep a finding: %w", err)
	}
	if known == nil {
		return ErrNobody
	}
	heir, err := m.follow(ctx, *known)
	if err != nil {
		return err
	}
	return m.found(ctx, heir, found)
}

// FoundOf is Found for the person who has, or had, an identifier. ErrNobody if this installation knows
// nobody.
func (m *Matcher) FoundOf(ctx context.Context, id identity.Identifier, found Finding) error {
	known, err := m.holder(ctx, id)
	if err != nil {
		return fmt.Errorf("keep a finding: %w", err)
	}
	return m.found(ctx, known, found)
}

func (m *Matcher) found(ctx context.Context, known Known, found Finding) error {
	if found.Least && known.stands(found.Code, found.Until) {
		return nil
	}
	state := "found"
	if found.Until == 0 {
		if !known.has(found.Code) {
			return nil
		}
		state = "over"
	}
	entry := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{string(found.Code)}, "state": state}}
	return m.write(ctx, Change{Person: known.ID, Found: &found}, entry)
}

// Until says of somebody who stands at a desk up to which day something was found against them; 0 for nothing.
func (m *Matcher) Until(ctx context.Context, person identity.PersonID, code identity.Finding) (Day, error) {
	if person.IsZero() { // nobody knows yet who it is
		return 0, nil
	}
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return 0, fmt.Errorf("what was found against somebody: %w", err)
	}
	if known == nil {
		return 0, ErrNobody
	}
	heir, err := m.follow(ctx, *known)
	return heir.until(code), err
}

func (row PersonRow) has(code identity.Finding) bool {
	for _, f := range row.Findings {
		if f.Code == code {
			return true
		}
	}
	return false
}

// stands reports whether a finding of the person holds on a day.
func (row PersonRow) stands(code identity.Finding, day Day) bool {
	return row.has(code) && row.until(code) >= day
}

// until gives the last day on which a finding of the person holds; 0 for none.
func (row PersonRow) until(code identity.Finding) (last Day) {
	for _, f := range row.Findings {
		if f.Code == code {
			last = max(last, f.Until)
		}
	}
	return last
}
