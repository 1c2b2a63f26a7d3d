package hubtest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/staff"
)

// RoomOffice is the office of a world that has one.
const RoomOffice = "room-14"

// OtherOffice is one more of the same city, where a world opens it.
const OtherOffice = "room-15"

// WithOffice gives the desk what it needs beside the phone's means: the country whose numbers are
// typed there; phones may come first. Employ names who works there.
func WithOffice() With {
	return WithSettings(func(s map[string]any) {
		registers := s["registers"].(table)
		registers["country"], registers["name"] = "PL", "Register of residents"
		s["desk"] = table{"phone_first": []string{"*"}}
	})
}

// WithSystem lets the system of the ID-card register open cases; change may alter its settings.
func WithSystem(change ...func(w *World, system map[string]any)) With {
	return func(s *setup) {
		s.system = func(w *World) any {
			w.Country.System.Office, w.Country.System.Now = RoomOffice, w.Now
			system := table{
				"id": sim.SystemID, "institutions": []string{"city"}, "jwks_file": w.Country.SystemKeys, "callback_url": w.Country.Addresses.System + "/events", "allow_loopback": true,
			}
			for _, c := range change {
				c(w, system)
			}
			return system
		}
	}
}

// Employ opens the office and names its people, each by two persons.
func (w *World) Employ(t testing.TB) {
	t.Helper()
	desks := w.Replicas[0].Hub.Desks()
	city := staff.Institution{ID: "city", Name: "Urząd Miasta Nowa Wola"}
	err := errors.Join(
		desks.Staff.Open(t.Context(), city, staff.Office{ID: RoomOffice, Name: "Urząd Miasta Nowa Wola, pokój 14", Zone: "Europe/Warsaw"}, "root"),
		desks.Staff.AddStation(t.Context(), staff.Station{ID: "7", Office: RoomOffice, Name: "stanowisko 7"}, "root"),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range w.Country.Staff {
		role := staff.Role(m.Role)
		if !role.Known() {
			continue
		}
		w.Appoint(t, m.Number, role)
	}
}

// Appoint gives somebody with a national number a role in the office; a security officer belongs to none.
func (w *World) Appoint(t testing.TB, national string, role staff.Role) {
	t.Helper()
	desks := w.Replicas[0].Hub.Desks()
	person, name, err := desks.Find(t.Context(), Numbered(t, national))
	if err != nil {
		t.Fatal(err)
	}
	n := staff.Newcomer{Person: person, Name: name, Office: RoomOffice, Role: role}
	if role == staff.SecurityOfficer {
		n.Office = ""
	}
	w.name(t, n)
}

func (w *World) name(t testing.TB, n staff.Newcomer) staff.Member {
	t.Helper()
	desks := w.Replicas[0].Hub.Desks()
	p, err := desks.Staff.Propose(t.Context(), n, "root")
	var m staff.Member
	if err == nil {
		m, err = desks.Staff.Confirm(t.Context(), p.ID, "other")
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// WorksToo opens the other office, with a position 9, and gives somebody of the staff a role there as well.
func (w *World) WorksToo(t testing.TB, member string, role staff.Role) staff.Member {
	t.Helper()
	desks := w.Replicas[0].Hub.Desks()
	err := errors.Join(
		desks.Staff.Open(t.Context(), staff.Institution{ID: "city", Name: "Urząd Miasta Nowa Wola"}, staff.Office{ID: OtherOffice, Name: "Urząd Miasta Nowa Wola, pokój 15", Zone: "Europe/Warsaw"}, "root"),
		desks.Staff.AddStation(t.Context(), staff.Station{ID: "9", Office: OtherOffice, Name: "stanowisko 9"}, "root"),
	)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(w.Country.Staff, func(s sim.Member) bool { return s.Key == member })
	number, err := identity.ParseIdentifier(w.Country.Staff[at].Number)
	if err != nil {
		t.Fatal(err)
	}
	person, name, err := desks.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return w.name(t, staff.Newcomer{Person: person, Name: name, Office: OtherOffice, Role: role})
}

// Newcomer lets the registers know the n-th of people who were never here; n < 10,000.
func (w *World) Newcomer(n int) sim.Person {
	p := sim.Person{
		Key: fmt.Sprintf("visitor-%d", n), GivenNames: []string{"Numer"}, FamilyName: "Zmyślony", Birthdate: "1984-01-02", Gender: "female",
		Email: fmt.Sprintf("visitor-%d@mail.example", n), Phone: fmt.Sprintf("+48600%06d", n),
		Document: &sim.Document{
			Type: "idcard", Number: fmt.Sprintf("ZZB%06d", n), Issuer: "Prezydent Miasta", Issued: "2024-01-01", Expires: "2044-01-01", Status: "valid",
		},
	}
	for last := range 10 {
		if number := fmt.Sprintf("840102%04d%d", n, last); identity.ValidPESEL(number) {
			p.Number = "PNOPL-" + number
		}
	}
	w.Country.Registers.Register(p)
	return p
}

// SignIn logs somebody of the staff in at the desk, from whatever page asks for it.
func (b *Browser) SignIn(address, member string) *Page {
	b.t.Helper()
	if page := b.Get(address); page.Has("log-in") {
		b.Click("log-in")
	}
	if b.Page.Has("means-trusted-profile") {
		b.Click("means-trusted-profile")
	}
	if b.Page.Has("other") {
		b.Click("other")
	}
	return b.Be(member)
}

// MakeKey makes a passkey on the page of an enrolment, as its script does.
func (b *Browser) MakeKey(device *enrolledtest.Device) *Page {
	b.t.Helper()
	action, form := b.Creation(device)
	return b.Post(action, form, b.Page.origin())
}

// Creation is what MakeKey would send, and where.
func (b *Browser) Creation(device *enrolledtest.Device) (action string, form url.Values) {
	b.t.Helper()
	action, form = b.Form("make-key")
	options := attr(enclosing(b.Page.Need(b.t, "make-key"), "form"), "data-passkey-create")
	device.Origin = b.Page.origin()
	form.Set("credential", string(device.Create(b.t, []byte(options))))
	return action, form
}

// Pick chooses an option of a list.
func (b *Browser) Pick(id, value string) {
	b.t.Helper()
	for n := range b.Page.Need(b.t, id).Descendants() {
		if n.Data != "option" {
			continue
		}
		if attr(n, "value") == value {
			set(n, "selected", "")
			continue
		}
		unset(n, "selected")
	}
}

// Eventually waits until something holds, for as long as a loaded machine may take.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("within a minute it does not hold that %s", what)
		}
	}
}
