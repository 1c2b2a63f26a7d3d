package identitydb

import (
	"slices"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

// Means.md §4.3: a citizen who lives where the clerk does takes a second clerk, however the register writes the address;
// what is kept of the clerk's is a keyed digest, which is renewed and goes with the appointment.
func TestReviewWhereClerkAndCitizenShareAnAddress(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		number, clerk := people()["ordinary"].number, w.clerk.Member.Person
		flagged := func(street string) bool {
			t.Helper()
			w.country.street = street
			c, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, number).ID, everything())
			must(t, err)
			if len(c.Work.Home) != 0 {
				t.Error("the digest stays in the case")
			}
			_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
			must(t, err)
			return slices.Contains(c.Flags, enrolment.SameHome)
		}
		live := func(street string) {
			t.Helper()
			w.country.street = street
			told, err := w.country.Person(ctx, parse(number))
			must(t, err)
			must(t, w.db.KeepHome(ctx, clerk, enrolment.HomeOf(w.Digests, told.Attributes)))
		}
		if flagged("ul. Próbna 4 m. 7") {
			t.Error("nothing is known of the clerk's")
		}
		live("ul. Próbna 4 m. 7")
		for street, want := range map[string]bool{"ul. Próbna 4 m. 7": true, "UL.PRÓBNA 4 M.7": true, "ul. Próbna 4 m. 8": false, "": false} {
			if flagged(street) != want {
				t.Errorf("%q: %v", street, !want)
			}
		}
		live("ul. Inna 1")
		if flagged("ul. Próbna 4 m. 7") || !flagged("ul. Inna 1") {
			t.Error("the clerk has moved")
		}
		w.Digests = seal.Digester{Keys: append([]seal.VaultKey{key(9)}, w.Digests.Keys...)} // a new key, and the clerk's is under the old one
		if !flagged("ul. Inna 1") {
			t.Error("a turnover of keys loses the clerk's address")
		}
		working, err := w.db.Working(ctx)
		must(t, err)
		if homes, err := w.db.Homes(ctx, clerk); err != nil || len(homes) != 1 || !slices.Contains(working, clerk) {
			t.Errorf("%d homes, %v", len(homes), err)
		}
		must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "left"))
		if working, err = w.db.Working(ctx); err != nil || slices.Contains(working, clerk) {
			t.Errorf("who left works here: %v", err)
		}
		if homes, err := w.db.Homes(ctx, clerk); err != nil || len(homes) != 0 {
			t.Errorf("of who left %d are kept, %v", len(homes), err)
		}
	})
}

// An address that says no street, or that is to be told to nobody, is compared with nothing.
func TestNoAddressIsNobodysHome(t *testing.T) {
	digests := seal.Digester{Keys: []seal.VaultKey{key(6)}}
	empty, err := identity.JSON(map[string]string{"locality": "Nowa Wola", "country": "PL"})
	must(t, err)
	for name, attributes := range map[string]identity.Attributes{"none": nil, "no street": {{Name: "address", Value: empty}}, "no address": {{Name: "address", Value: identity.Text("x")}}} {
		if all := enrolment.HomeOf(digests, attributes); len(all) != 0 {
			t.Errorf("%s: %d digests", name, len(all))
		}
	}
}
