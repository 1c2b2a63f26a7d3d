package main

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"symbolon/provider/staff"
)

// What an administrator made of the positions stays so over the next start.
func TestAKeptDemoLeavesPositionsAsTheyAre(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	first, err := start(context.Background(), options{listen: "localhost:0"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	reg := first.hub.Desks().Staff
	err = errors.Join(
		reg.ChangeStation(ctx, staff.Station{ID: "7", Office: demoOffice, Name: "okienko"}, "boss"),
		reg.RemoveStation(ctx, demoOffice, "8", netip.Addr{}, "boss"),
		reg.AddStation(ctx, staff.Station{ID: "9", Office: demoOffice, Name: "stanowisko 7"}, "boss"),
		first.stop(),
	)
	if err != nil {
		t.Fatal(err)
	}
	second, err := start(context.Background(), options{listen: "localhost:0"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := second.stop(); err != nil {
			t.Error(err)
		}
	}()
	places, err := second.hub.Desks().Staff.Places(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if seven, _ := places.Station(demoOffice, "7"); seven.Name != "okienko" || places.Has(demoOffice, "8") || !places.Has(demoOffice, "9") {
		t.Errorf("positions %+v", places.StationsOf(demoOffice))
	}
}
