package phonetest

import (
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// OpenID Connect Core §3.1.3.7 item 10, RFC 7519 §4.1.4: the clock of the hub may be ahead of the service's, which
// nobody can move here, and nobody's login is answered as one that does not hold.
func TestTheHubsClockIsAheadOfTheServices(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		w.Shift(50*time.Second - time.Until(w.Now()))
		b := w.Browser(t)
		b.Get(w.Country.Addresses.City)
		b.Click("log-in")
		b.Click("means-" + hubtest.MeansPhone)
		b.Tap(e.Device)
		page := b.Click("approve")
		if page.Has("leave") {
			page = b.Click("leave")
		}
		if !strings.HasPrefix(page.URL.String(), w.Country.Addresses.City) || !strings.Contains(page.Text(), "Brzeziński-Testowy") {
			t.Errorf("%d at %s:\n%s", page.Status, page.URL, page.Text())
		}
	})
}
