package identitydb

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// station is a position of room-14, which names networks where some are given.
func station(id, name string, networks ...string) staff.Station {
	s := staff.Station{ID: id, Office: "room-14", Name: name}
	for _, network := range networks {
		s.Networks = append(s.Networks, netip.MustParsePrefix(network))
	}
	return s
}

// computerOf registers a computer of room-14.
func (w *town) computerOf(t *testing.T, id string, n byte) error {
	t.Helper()
	return w.staff.Register(t.Context(), staff.StationKey{Office: "room-14", Station: id, Kind: staff.InBrowser, Thumb: [32]byte{n}, By: w.boss.Member.ID.String()})
}

func (w *town) remove(t *testing.T, id string) error {
	t.Helper()
	return w.staff.RemoveStation(t.Context(), "room-14", id, netip.MustParseAddr("10.1.2.3"), "boss")
}

// officeEntries are the fields of all changes of offices that are on record.
func (w *town) officeEntries(t *testing.T) (all []map[string]any) {
	t.Helper()
	must(t, w.db.SQL(t.Context()).Each("SELECT body FROM journal WHERE kind = ?", []any{string(journal.OfficeChanged)}, func(scan func(...any) error) error {
		var body []byte
		if err := scan(&body); err != nil {
			return err
		}
		var e struct{ Fields map[string]any }
		err := json.Unmarshal(body, &e)
		all = append(all, e.Fields)
		return err
	}))
	return all
}

// stations names the positions of an office that are there, "MARK NAME".
func (w *town) stations(t *testing.T, office string) (all []string) {
	t.Helper()
	places, err := w.staff.Places(t.Context())
	must(t, err)
	for _, s := range places.StationsOf(office) {
		all = append(all, s.ID+" "+s.Name)
	}
	return all
}

// Means.md §4.2: a position is called as its office says, one by each name and each mark; one that was removed is none,
// neither are its computers, and the mark may be given again. Another office is not touched, and each change is on record.
func TestAPositionIsChangedAndRemoved(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		must(t, w.staff.AddStation(ctx, station("8", "okienko  8"), "boss"))
		must(t, w.computerOf(t, "8", 1))
		must(t, w.computerOf(t, "7", 2))
		for _, one := range []struct {
			what string
			err  error
			want error
		}{
			{"a mark that is taken", w.staff.AddStation(ctx, station("8", "inne"), "boss"), staff.ErrMark},
			{"a name that is taken", w.staff.AddStation(ctx, station("9", " Okienko 8"), "boss"), staff.ErrCalled},
			{"called as another is", w.staff.ChangeStation(ctx, station("7", "OKIENKO 8"), "boss"), staff.ErrCalled},
			{"called as another is, by the operator", w.staff.KeepStation(ctx, station("7", "okienko 8"), "root"), staff.ErrCalled},
			{"called as it is", w.staff.ChangeStation(ctx, station("8", "Okienko 8"), "boss"), nil},
			{"one that there is not", w.staff.ChangeStation(ctx, station("9", "okienko 9"), "boss"), staff.ErrNoStation},
			{"one of another office", w.staff.RemoveStation(ctx, "room-99", "8", netip.Addr{}, "away"), staff.ErrNoStation},
			{"of no office", w.staff.RemoveStation(ctx, "", "8", netip.Addr{}, "away"), staff.ErrNoOffice},
			{"renamed", w.staff.ChangeStation(ctx, station("7", "stanowisko 7a"), "boss"), nil},
			{"removed", w.remove(t, "8"), nil},
			{"removed twice", w.remove(t, "8"), staff.ErrNoStation},
			{"renamed after it was removed", w.staff.ChangeStation(ctx, station("8", "okienko 8"), "boss"), staff.ErrNoStation},
			{"a computer of one that is removed", w.computerOf(t, "8", 3), staff.ErrNoStation},
		} {
			if !errors.Is(one.err, one.want) || one.want == nil && one.err != nil {
				t.Errorf("%s: %v", one.what, one.err)
			}
		}
		places, err := w.staff.Places(ctx)
		must(t, err)
		if keys := places.KeysOf("room-14"); len(keys) != 1 || keys[0].Station != "7" {
			t.Errorf("computers %v", keys)
		}
		if was, known := places.Station("room-14", "8"); !known || was.Name != "Okienko 8" || !was.Removed.Equal(w.now()) {
			t.Errorf("records name %+v", was)
		}
		if here, there := w.stations(t, "room-14"), w.stations(t, "room-99"); !slices.Equal(here, []string{"7 stanowisko 7a"}) || !slices.Equal(there, []string{"7 stanowisko 7"}) {
			t.Errorf("positions %q, elsewhere %q", here, there)
		}
		must(t, w.staff.AddStation(ctx, station("8", "okienko 8 b"), "boss"))
		if here := w.stations(t, "room-14"); !slices.Equal(here, []string{"8 okienko 8 b", "7 stanowisko 7a"}) {
			t.Errorf("given again: %q", here)
		}
		var told []string
		for _, e := range w.officeEntries(t) {
			if e["office"] == "room-14" && e["station"] != nil && e["key"] == nil {
				told = append(told, fmt.Sprint(e["by"], " ", e["act"], " ", e["station"], ": ", e["was"], " > ", e["name"]))
			}
		}
		want := []string{"root added 7: <nil> > stanowisko 7", "boss added 8: <nil> > okienko  8", "boss changed 8: okienko  8 > Okienko 8", "boss changed 7: stanowisko 7 > stanowisko 7a",
			"boss removed 8: Okienko 8 > <nil>", "boss added 8: <nil> > okienko 8 b"}
		slices.Sort(told)
		slices.Sort(want)
		if !slices.Equal(told, want) {
			t.Errorf("on record %q", told)
		}
	})
}

// Means.md §4.2 (station allow-list), attacks IN-05: a position stays where without it there were none, nobody could work at any computer, or who removes it shut themselves out.
func TestAttack_IN_05_APositionThatIsNeededStays(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		rule := func(b staff.Binding) {
			t.Helper()
			must(t, w.staff.Rule(ctx, staff.Rules{Office: "room-14", Binding: b}, staff.Quotas{}, "boss"))
		}
		stays := func(what, id string, want error) {
			t.Helper()
			before := w.stations(t, "room-14")
			places, err := w.staff.Places(ctx)
			must(t, err)
			keys := len(places.Keys)
			if err := w.remove(t, id); !errors.Is(err, want) {
				t.Errorf("%s: %v", what, err)
			}
			if places, err = w.staff.Places(ctx); err != nil || len(places.Keys) != keys || !slices.Equal(w.stations(t, "room-14"), before) {
				t.Errorf("%s: %q before, %q after; %d computers of %d, %v", what, before, w.stations(t, "room-14"), len(places.Keys), keys, err)
			}
		}
		stays("the only one", "7", staff.ErrLastStation)
		must(t, w.staff.AddStation(ctx, station("8", "okienko 8", "10.1.2.0/24"), "boss"))
		must(t, w.staff.AddStation(ctx, station("9", "okienko 9", "192.0.2.0/24"), "boss"))
		must(t, w.remove(t, "7"))
		stays("the only one from whose network they work", "8", staff.ErrElsewhere)
		must(t, w.computerOf(t, "8", 1))
		rule(staff.Key)
		stays("the only one with computers", "8", staff.ErrKeys)
		must(t, w.computerOf(t, "9", 2))
		must(t, w.remove(t, "8"))
		rule(staff.Unbound)
		must(t, w.staff.AddStation(ctx, station("8", "okienko 8", "192.0.2.0/24"), "boss"))
		must(t, w.remove(t, "9")) // networks bind nobody
	})
}

// However many come at once for the same positions: one is removed once and is renamed no more, one of two gets a name,
// no computer is of a removed one, and one position stays.
func TestAttack_PositionsChangedAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for n := range 6 {
			id := strconv.Itoa(n + 1)
			must(t, w.staff.KeepStation(ctx, station(id, "okienko "+id), "boss"))
		}
		var all sync.WaitGroup
		var removed, called atomic.Int32
		allowed := func(err error, those ...error) {
			if err != nil && !slices.ContainsFunc(those, func(one error) bool { return errors.Is(err, one) }) {
				t.Error(err)
			}
		}
		for n := range 12 {
			all.Go(func() {
				err := w.remove(t, "1")
				if err == nil {
					removed.Add(1)
				}
				allowed(err, staff.ErrNoStation)
			})
			all.Go(func() {
				allowed(w.staff.ChangeStation(ctx, station("1", "pierwsze "+strconv.Itoa(n)), "boss"), staff.ErrNoStation)
			})
			all.Go(func() { allowed(w.computerOf(t, "1", byte(n+1)), staff.ErrNoStation) })
		}
		for _, id := range []string{"2", "3", "4", "5"} {
			all.Go(func() {
				err := w.staff.ChangeStation(ctx, station(id, "to samo"), "boss")
				if err == nil {
					called.Add(1)
				}
				allowed(err, staff.ErrCalled)
			})
		}
		all.Wait()
		places, err := w.staff.Places(ctx)
		must(t, err)
		if removed.Load() != 1 || called.Load() != 1 || len(places.Keys) != 0 || places.Has("room-14", "1") {
			t.Errorf("removed %d times, called so by %d, %d computers", removed.Load(), called.Load(), len(places.Keys))
		}
		for _, id := range []string{"2", "3", "4", "5", "6", "7"} {
			all.Go(func() { allowed(w.remove(t, id), staff.ErrLastStation) })
		}
		all.Wait()
		if left := w.stations(t, "room-14"); len(left) != 1 {
			t.Errorf("left are %q", left)
		}
	})
}

// Means.md R-ENR-01: who reads later who looked at their data reads the name that the position had then, whatever it is
// called since; of records that tell its mark alone, the last one. A case that was opened there goes on where it is gone,
// and nobody opens another.
func TestR_ENR_01_ARecordKeepsTheNameOfItsPosition(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		me := w.known(t, people()["ordinary"].number)
		must(t, w.staff.AddStation(ctx, station("8", "okienko 8"), "boss"))
		c := w.lookedUp(t, people()["ordinary"].number)
		wait(time.Minute)
		must(t, w.staff.ChangeStation(ctx, station("7", "przemianowane"), "boss"))
		must(t, w.remove(t, "7"))
		if _, err := w.Draft(ctx, w.clerk, w.order(people()["diacritics"].number)); !refusedFor(err, "station") {
			t.Errorf("opened at a position that is gone: %v", err)
		}
		c, err := w.Evidence(ctx, w.clerk, c.ID, everything())
		must(t, err)
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		must(t, w.staff.AddStation(ctx, station("7", "nowe"), "boss"))
		looks := w.looksAt(t, me.Usage)
		if len(looks) == 0 || looks[len(looks)-1].Station != "stanowisko 7" {
			t.Errorf("looks %+v", looks)
		}
		must(t, w.remove(t, "7"))
		row, err := w.staff.Journal.Row(journal.Entry{At: w.now(), Kind: journal.LookedUp, Who: w.people.Reference(me.ID), Fields: map[string]any{
			"by": w.clerk.Member.ID.String(), "office": "room-14", "station": "7", "purpose": string(enrolment.ForHolder)}})
		must(t, err)
		must(t, w.db.Append(ctx, row)) // as records were written before they told the name
		if looks := w.looksAt(t, me.Usage); !slices.ContainsFunc(looks, func(l enrolment.Look) bool { return l.Case == "" && l.Station == "nowe" }) {
			t.Errorf("by its mark alone: %+v", looks)
		}
	})
}
