package standingtest

import (
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Means.md R-ENR-08: what a second clerk had to decide reaches substantial at most for a day, whatever it is: a party
// that asks for high does not let the citizen in with it, and does the day after. What needed no second clerk is
// worth high at once.
func TestR_ENR_08_AFlaggedEnrolmentIsCappedForADay(t *testing.T) {
	t.Parallel()
	maker, rp := enrolledtest.NewMaker(t), clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithPhone(t, maker), hubtest.WithOffice())
	w.Employ(t)
	enrolled := func(number, answer string, flagged bool) *enrolledtest.Device {
		clerk := desk(t, w, "clerk-1")
		if find(clerk, number); flagged {
			clerk.Tick("mismatch")
			agreed(t, w, clerk)
		} else {
			compared(clerk)
			signed(clerk)
			clerk.Click("hand-over")
		}
		device := enrolledtest.NewDevice()
		device.Maker, device.AAGUID = maker, hubtest.CertifiedModel()
		if page := visit.ToTheKey(t, w, clerk, answer).MakeKey(device); !page.Has("show-codes") {
			t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
		}
		return device
	}
	const high = "http://eidas.europa.eu/LoA/high"
	login := func(device *enrolledtest.Device, acr string) (page *hubtest.Page, reached string) {
		b := w.Browser(t)
		if page = rp.Authorize(b, "scope", "openid", "acr_values", acr); !page.Has("means-" + hubtest.MeansPhone) {
			return page, ""
		}
		b.Click("means-" + hubtest.MeansPhone)
		if page = b.Tap(device); !page.Has("approve") && !rp.Landed(page) {
			return page, ""
		}
		_, claims := hubtest.ReadJWT(t, rp.Exchange(rp.Finish(b, "ordinary").Code()).Text("id_token"))
		reached, _ = claims["acr"].(string)
		return page, reached
	}
	flagged, plain := enrolled(ordinary, ordinaryEnd, true), enrolled("79113090127", "0002", false)
	if page, reached := login(plain, high); reached != high {
		t.Errorf("what needed no second clerk reaches %q:\n%s", reached, page.Text())
	}
	if page, reached := login(flagged, high); reached != "" || !strings.Contains(page.Text(), "stronger proof") || !strings.Contains(page.Text(), "vouches for no more") {
		t.Errorf("on the first day it reaches %q:\n%s", reached, page.Text())
	}
	if page, reached := login(flagged, "http://eidas.europa.eu/LoA/substantial"); !strings.HasSuffix(reached, "substantial") {
		t.Errorf("where substantial is enough it reaches %q:\n%s", reached, page.Text())
	}
	w.Shift(48 * time.Hour) // the cap ends with the day after, by the calendar
	if page, reached := login(flagged, high); reached != high {
		t.Errorf("after it %q:\n%s", reached, page.Text())
	}
}
