package main

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/staff"
)

// The office of the demo.
const (
	demoOffice = "nowa-wola"
	demoZone   = "Europe/Warsaw"
)

// employ opens the office of the demo and names its people, each by two persons, as an operator does
// with the command. A second start finds them there.
func (d *demo) employ(ctx context.Context, _ options) error {
	desks := d.hub.Desks()
	if desks.Staff == nil {
		return nil
	}
	city := staff.Institution{ID: "nowa-wola", Name: "Urząd Miasta Nowa Wola"}
	if err := desks.Staff.Open(ctx, city, staff.Office{ID: demoOffice, Name: city.Name + ", pokój 14", Zone: demoZone}, "demo"); err != nil {
		return fmt.Errorf("open the demo's office: %w", err)
	}
	places, err := desks.Staff.Places(ctx)
	if err != nil {
		return fmt.Errorf("open the demo's office: %w", err)
	}
	for id, name := range map[string]string{"7": "stanowisko 7", "8": "stanowisko 8"} {
		if _, was := places.Station(demoOffice, id); was { // as its administrator left it
			continue
		}
		if err := desks.Staff.AddStation(ctx, staff.Station{ID: id, Office: demoOffice, Name: name}, "demo"); err != nil {
			return fmt.Errorf("open the demo's office: %w", err)
		}
	}
	for _, m := range d.country.Staff {
		role := staff.Role(m.Role)
		if !role.Known() {
			continue // works elsewhere
		}
		number, err := identity.ParseIdentifier(m.Number)
		if err != nil {
			return fmt.Errorf("the demo's staff: %w", err)
		}
		person, name, err := desks.Find(ctx, number)
		if err != nil {
			return fmt.Errorf("the demo's staff: %w", err)
		}
		newcomer := staff.Newcomer{Person: person, Name: name, Office: demoOffice, Role: role}
		if role == staff.SecurityOfficer {
			newcomer.Office = ""
		}
		p, err := desks.Staff.Propose(ctx, newcomer, "demo")
		if err == nil {
			_, err = desks.Staff.Confirm(ctx, p.ID, "demo, second person")
		}
		if err != nil && !errors.Is(err, staff.ErrTaken) {
			return fmt.Errorf("the demo's staff: %w", err)
		}
	}
	return nil
}
