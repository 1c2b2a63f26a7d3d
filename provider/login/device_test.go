package login

import (
	"context"
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
)

// noBrowsers knows none, or all.
type noBrowsers struct{ known bool }

func (n noBrowsers) DeviceSeen(context.Context, identity.UsageID, [32]byte) (time.Time, error) {
	if n.known {
		return time.Unix(0, 0), nil
	}
	return time.Time{}, nil
}

func (noBrowsers) KeepDevice(context.Context, identity.UsageID, [32]byte, time.Time) error {
	return nil
}

// H11 and levels.md §1: what speaks against the situation of a login.
func TestWhatSpeaksAgainstTheSituation(t *testing.T) {
	me, other := identity.UsageID{1}, identity.UsageID{2}
	for name, c := range map[string]struct {
		known, paired bool
		before        *Proof
		want          []identity.Finding
	}{
		"known":                             {known: true},
		"unknown":                           {want: []identity.Finding{UnknownDevice}},
		"mine a moment ago":                 {before: &Proof{Usage: me}, want: []identity.Finding{UnknownDevice}},
		"somebody else's a moment ago":      {before: &Proof{Usage: other}, want: []identity.Finding{UnknownDevice, SuspiciousDevice}},
		"shared, and known to both":         {known: true, before: &Proof{Usage: other}},
		"perhaps one with somebody else":    {known: true, paired: true, want: []identity.Finding{OpenDuplicate}},
		"all of it":                         {paired: true, before: &Proof{Usage: other}, want: []identity.Finding{UnknownDevice, SuspiciousDevice, OpenDuplicate}},
		"a browser that keeps nothing":      {want: []identity.Finding{UnknownDevice}},
		"nothing is remembered of browsers": {known: true, before: &Proof{Usage: other}},
	} {
		s := &Service{Devices: noBrowsers{c.known}}
		if name == "nothing is remembered of browsers" {
			s.Devices = nil
		}
		l := &Login{Device: "a browser"}
		if name == "a browser that keeps nothing" {
			l.Device = ""
		}
		got, err := s.against(t.Context(), l, identity.Person{Usage: me, Paired: c.paired}, c.before)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v (%v)", name, got, c.want, err)
		}
	}
}
