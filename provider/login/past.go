package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Past keeps what a person may look back at: their own and nobody else's.
type Past interface {
	// Entries gives at most so many entries about a person, of these kinds, before one (the zero id: the
	// newest of all), newest first.
	Entries(ctx context.Context, usage identity.UsageID, kinds [2]journal.Kind, before seal.RowID, most int) ([]journal.Row, error)
	Release(context.Context, seal.RowID) (consent.Release, error) // ErrGone
	// Allowed gives what parties may learn of a person, and of whom they act for, without asking again: by
	// party, and by whom it is about and who decided.
	Allowed(context.Context, identity.UsageID) ([]Allowance, error)
	// EndParty ends what a party may learn and what it holds of a person and of whom they act for, and records it if there was
	// anything, durably. A repeat does nothing.
	EndParty(context.Context, consent.PartyID, identity.UsageID, journal.Row) error
}

// Allowance is what a party may learn of a person without asking again.
type Allowance struct {
	Party    consent.PartyID
	Decision *consent.Decision // a yes that was to be remembered; nil: none
	Since    time.Time         // since when it may fetch again by itself what it was told; zero: it may not
	Until    time.Time         // until when
	Acts     Acts
}

// Told is one time that a party asked about a person.
type Told struct {
	Entry   journal.Entry
	Party   consent.RelyingParty // as it is now; only the id if it is not registered any more
	Release *consent.Release     // what was told; nil if they said no
	Acts    Acts
}

// Acts says who decided about whom.
type Acts string

// Who decided. The zero value is the person about themselves.
const (
	ForAnother Acts = actsFor // the person, about somebody whom they act for
	ByAnother  Acts = actsBy  // somebody who acted for the person
)

// pageOf is how many entries a page shows.
const pageOf = 20

// WhoAsked gives the times that parties asked about a person, newest first, from before one on. The
// second is where the next page goes on; zero: nowhere.
func (s *Service) WhoAsked(ctx context.Context, usage identity.UsageID, before seal.RowID) ([]Told, seal.RowID, error) {
	rows, err := s.Past.Entries(ctx, usage, [2]journal.Kind{journal.Released, journal.Declined}, before, pageOf+1)
	if err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who asked: %w", err)
	}
	more := seal.RowID{}
	if len(rows) > pageOf {
		rows = rows[:pageOf]
		more = rows[pageOf-1].ID
	}
	all := make([]Told, 0, len(rows))
	for _, row := range rows {
		told, err := s.toldOf(ctx, row)
		if err != nil {
			return nil, seal.RowID{}, fmt.Errorf("who asked: %w", err)
		}
		all = append(all, told)
	}
	return all, more, nil
}

func (s *Service) toldOf(ctx context.Context, row journal.Row) (Told, error) {
	entry, err := row.Entry()
	if err != nil {
		return Told{}, err
	}
	told := Told{Entry: entry, Party: s.partyThen(consent.PartyID(entry.Party)), Acts: Acts(entry.Text(fieldActs))}
	if entry.Kind != journal.Released {
		return told, nil
	}
	release, err := s.Past.Release(ctx, entry.Row("release"))
	switch {
	case errors.Is(err, ErrGone):
		return told, nil
	case err != nil:
		return Told{}, err
	case release.Usage.String() == entry.Who, release.By.String() == entry.Who:
		told.Release = &release
	}
	return told, nil
}

// partyThen gives a party for the eyes of somebody who looks back, whether or not it is switched on.
func (s *Service) partyThen(id consent.PartyID) consent.RelyingParty {
	party, ok := s.Parties.Party(id)
	if !ok {
		return consent.RelyingParty{ID: id}
	}
	return party
}

// Allowing is an allowance with its party.
type Allowing struct {
	Allowance
	Party consent.RelyingParty
}

// WhatIsAllowed gives what parties may learn of a person without asking again.
func (s *Service) WhatIsAllowed(ctx context.Context, usage identity.UsageID) ([]Allowing, error) {
	all, err := s.Past.Allowed(ctx, usage)
	if err != nil {
		return nil, fmt.Errorf("what is allowed: %w", err)
	}
	allowing := make([]Allowing, len(all))
	for i, a := range all {
		allowing[i] = Allowing{a, s.partyThen(a.Party)}
	}
	return allowing, nil
}

// Withdraw takes back what a person allowed a party: from now on it is told nothing without asking
// again, and what it holds (codes, tokens) is worth nothing.
func (s *Service) Withdraw(ctx context.Context, usage identity.UsageID, party consent.PartyID) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{ID: seal.NewRowID(now), Kind: journal.Withdrawn, At: now, Who: usage.String(), Party: string(party)})
	if err != nil {
		return fmt.Errorf("record a withdrawal: %w", err)
	}
	if err := s.Past.EndParty(ctx, party, usage, row); err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// Way is one means that a person logged in with.
type Way struct {
	Means  identity.Means
	Logins []journal.Entry // newest first
}

// mostLogins is how many of a person's logins are looked at for their ways.
const mostLogins = 200

// Ways gives the means that a person logged in with, the one used last first.
func (s *Service) Ways(ctx context.Context, usage identity.UsageID) ([]Way, error) {
	rows, err := s.Past.Entries(ctx, usage, [2]journal.Kind{journal.LoggedIn, journal.LoggedIn}, seal.RowID{}, mostLogins)
	if err != nil {
		return nil, fmt.Errorf("ways to log in: %w", err)
	}
	var ways []Way
	at := map[identity.Means]int{}
	for _, row := range rows {
		entry, err := row.Entry()
		if err != nil {
			return nil, fmt.Errorf("ways to log in: %w", err)
		}
		means := identity.Means(entry.Text("means"))
		i, seen := at[means]
		if !seen {
			i = len(ways)
			at[means] = i
			ways = append(ways, Way{Means: means})
		}
		ways[i].Logins = append(ways[i].Logins, entry)
	}
	return ways, nil
}

// LogOutEverywhere ends all that a person holds, by their own hand.
func (s *Service) LogOutEverywhere(ctx context.Context, usage identity.UsageID) error {
	return s.End(ctx, usage, CauseOwner)
}
