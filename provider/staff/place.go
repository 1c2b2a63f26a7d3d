package staff

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"symbolon/provider/journal"
)

// What may keep somebody from changing a position.
var (
	ErrNoStation   = errors.New("staff: the office has no such position")
	ErrMark        = errors.New("staff: a position of the office has this mark")
	ErrCalled      = errors.New("staff: a position of the office is called so")
	ErrLastStation = errors.New("staff: it is the office's only position")
	ErrElsewhere   = errors.New("staff: whoever does it could not work from where they are any more")
)

// Placing says what becomes of a position.
type Placing string

// The ways of it.
const (
	StationKept    Placing = "kept" // added, or as it is said from now on
	StationAdded   Placing = "added"
	StationChanged Placing = "changed"
	StationRemoved Placing = "removed"
)

// StationChange is what becomes of a position.
type StationChange struct {
	Station
	How  Placing
	From netip.Addr // from where it is removed; the zero value is from nowhere in particular
	At   time.Time
}

// AddStation adds a position to an office. A mark that was removed may be given again. Errors: ErrNoOffice, ErrMark, ErrCalled.
func (r *Registry) AddStation(ctx context.Context, station Station, by string) error {
	return r.place(ctx, StationChange{Station: station, How: StationAdded}, by)
}

// KeepStation adds a position to an office, or changes the one that has its mark: it is how an operator says what
// there is. Errors: ErrNoOffice, ErrCalled.
func (r *Registry) KeepStation(ctx context.Context, station Station, by string) error {
	return r.place(ctx, StationChange{Station: station, How: StationKept}, by)
}

// ChangeStation gives a position another name and other networks. Its mark stays, and so does what was recorded.
// Errors: ErrNoOffice, ErrNoStation, ErrCalled.
func (r *Registry) ChangeStation(ctx context.Context, station Station, by string) error {
	return r.place(ctx, StationChange{Station: station, How: StationChanged}, by)
}

// RemoveStation takes a position away from an office, with the computers that are registered for it: with its next
// request nobody works at it any more. Records resolve its name still, and cases that were opened at it go on. Errors:
// ErrNoOffice, ErrNoStation, ErrKeys and those of Places.Spares, at which it stays.
func (r *Registry) RemoveStation(ctx context.Context, office, id string, from netip.Addr, by string) error {
	return r.place(ctx, StationChange{Station: Station{ID: id, Office: office}, How: StationRemoved, From: from}, by)
}

func (r *Registry) place(ctx context.Context, c StationChange, by string) error {
	places, err := r.Places(ctx)
	if err != nil {
		return err
	}
	if _, known := places.Office(c.Office); !known {
		return ErrNoOffice
	}
	c.At = r.Now()
	fields := map[string]any{"act": string(c.How), "office": c.Office, "station": c.ID, "by": by}
	if c.How != StationRemoved {
		fields["name"], fields["networks"] = c.Name, FormatNetworks(c.Networks)
	}
	if was, _ := places.Station(c.Office, c.ID); places.Has(c.Office, c.ID) {
		fields["was"] = was.Name
	}
	return r.write(ctx, Change{Station: &c}, journal.Entry{Kind: journal.OfficeChanged, Fields: fields})
}

// Station finds a position of an office, also one that was removed: records and cases name it still.
func (p Places) Station(office, id string) (Station, bool) {
	for _, s := range p.Stations {
		if s.Office == office && s.ID == id {
			return s, true
		}
	}
	return Station{}, false
}

// Has reports whether an office has a position that is there.
func (p Places) Has(office, id string) bool {
	s, known := p.Station(office, id)
	return known && s.Removed.IsZero()
}

// Called reports whether another position of the office has the name of this one, as people read it.
func (p Places) Called(s Station) bool {
	plain := func(name string) string { return strings.Join(strings.Fields(name), " ") }
	return slices.ContainsFunc(p.StationsOf(s.Office), func(o Station) bool { return o.ID != s.ID && strings.EqualFold(plain(o.Name), plain(s.Name)) })
}

// Spares says why an office cannot do with the positions that are left: ErrLastStation, ErrElsewhere. from is where
// whoever took one out is; the zero value is nowhere in particular.
func (p Places) Spares(id string, from netip.Addr) error {
	office, _ := p.Office(id)
	left := p.StationsOf(office.ID)
	switch {
	case len(left) == 0:
		return ErrLastStation
	case office.Binding.Networked() && from.IsValid() && !slices.ContainsFunc(left, func(s Station) bool { return s.Admits(from) }):
		return ErrElsewhere
	default:
		return nil
	}
}
