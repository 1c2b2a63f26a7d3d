package login

import (
	"context"
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
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

// named is what a means and a register say of one name; the register knows "Dawna" as a former one.
func named(means, register string) identity.Attributes {
	var all identity.Attributes
	for kind, family := range map[identity.SourceKind]string{identity.FromMeans: means, identity.FromRegister: register} {
		if family == "" {
			continue
		}
		for name, text := range map[identity.AttributeName]string{"given_name": "Seweryna", "family_name": family, "birthdate": "1993-08-17"} {
			all = append(all, identity.Attribute{Name: name, Value: identity.Text(text), Source: identity.Source{Kind: kind}})
		}
	}
	if register == "Nowa" {
		all = append(all, identity.Attribute{Name: "birth_family_name", Value: identity.Text("Dawna"), Source: identity.Source{Kind: identity.FromRegister}})
	}
	return all
}

// H11 and levels.md §1: what speaks against the situation of a login.
func TestWhatSpeaksAgainstTheSituation(t *testing.T) {
	me, other := identity.UsageID{1}, identity.UsageID{2}
	valid := identity.Evidence{Kind: identity.DocumentStatus, Asserted: identity.High, Ceiling: identity.High}
	silent := identity.Evidence{Kind: identity.DocumentStatus, Asserted: identity.Low, Ceiling: identity.Low}
	for name, c := range map[string]struct {
		known, paired bool
		family, now   string // as the means and the register say it
		before        *Proof
		shown         []identity.Evidence

		reported, flagged bool
		want              []identity.Finding
	}{
		"known":                             {known: true},
		"unknown":                           {want: []identity.Finding{UnknownDevice}},
		"mine a moment ago":                 {before: &Proof{Usage: me}, want: []identity.Finding{UnknownDevice}},
		"somebody else's a moment ago":      {before: &Proof{Usage: other}, want: []identity.Finding{UnknownDevice, SuspiciousDevice}},
		"shared, and known to both":         {known: true, before: &Proof{Usage: other}},
		"perhaps one with somebody else":    {known: true, paired: true, want: []identity.Finding{OpenDuplicate}},
		"the register's name":               {known: true, family: "Nowonazwana-Testowa", now: "NOWONAZWANA TESTOWA"},
		"a former name":                     {known: true, family: "Dawna", now: "Nowa", want: []identity.Finding{RegisterMismatch, NameChanged}},
		"another name":                      {known: true, family: "Obca", now: "Nowa", want: []identity.Finding{RegisterMismatch}},
		"no register":                       {known: true, family: "Obca"},
		"all of it":                         {paired: true, before: &Proof{Usage: other}, want: []identity.Finding{UnknownDevice, SuspiciousDevice, OpenDuplicate}},
		"a document reported":               {known: true, reported: true, want: []identity.Finding{subject.DocumentReported}},
		"a document reported, but this one": {known: true, reported: true, shown: []identity.Evidence{valid}},
		"a document reported, and nobody knows how this one stands": {known: true, reported: true, shown: []identity.Evidence{silent}, want: []identity.Finding{subject.DocumentReported}},
		"a clerk's doubt":                   {known: true, flagged: true, shown: []identity.Evidence{valid}, want: []identity.Finding{subject.ClerkFlag}},
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
		person := identity.Person{Usage: me, Paired: c.paired, Reported: c.reported, Flagged: c.flagged}
		got, err := s.against(t.Context(), l, person, c.before, named(c.family, c.now), c.shown)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v (%v)", name, got, c.want, err)
		}
	}
}
