package identitydb

import (
	"fmt"
	"testing"

	"symbolon/provider/journal"
)

// Means.md R-ENR-09: a look-up is on record with everything that it is for: the addresses, too, which the clerk sees in part,
// and where somebody lives, which is compared with where the clerk does.
func TestR_ENR_09_ALookUpIsOnRecordWithAllThatItIsFor(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c := w.lookedUp(t, people()["ordinary"].number)
		rows, err := w.db.Trail(t.Context(), c.Number)
		must(t, err)
		const want = "[name birthdate documents picture email phone_number address]"
		looks := 0
		for _, row := range rows {
			e, err := row.Entry()
			must(t, err)
			if e.Kind != journal.LookedUp && e.Kind != journal.LookingUp {
				continue
			}
			if looks++; fmt.Sprint(e.Fields["fields"]) != want {
				t.Errorf("%s of %v", e.Kind, e.Fields["fields"])
			}
		}
		if looks != 2 {
			t.Errorf("%d entries", looks)
		}
	})
}
