package officetest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Attacks §L (NAT-aware), RFC 6585 §4: an office works from one address. When that has asked too much, a clerk who waits at the
// hand-over and the citizen's phone go on; who is nobody yet is told when to come again, in their language, and then goes on
// where they were.
func TestAnOfficeBehindOneAddress(t *testing.T) {
	t.Parallel()
	const most, per = 400, 10 * time.Minute
	few := hubtest.WithSettings(func(s map[string]any) { s["limits"] = map[string]any{"requests": most, "requests_per": per.String()} })
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		w.Shift(w.Now().Truncate(per).Add(per).Sub(w.Now())) // to where a window begins
		clerk := desk(t, w, "clerk-1")
		visit.Handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		phone := visit.Claim(t, w, clerk)
		waiting := w.Browser(t)
		here := rp.Authorize(waiting).URL.String()
		nobody, refused := w.Browser(t), 0
		for range most + most/2 {
			if nobody.Get(w.Issuer+"/help").Status == http.StatusTooManyRequests {
				refused++
			}
		}
		if refused < most/4 {
			t.Fatalf("%d requests of nobody were refused", refused)
		}
		for language, says := range map[string]string{"pl": "Zbyt wiele zapytań naraz", "ar": "طلبات كثيرة في وقت واحد"} {
			page := nobody.Get(w.Issuer + "/help?lang=" + language)
			if after := page.Header.Get("Retry-After"); !strings.Contains(page.Text(), says) || !page.Has("again") || after == "" || after == "0" {
				t.Errorf("in %s, after %q:\n%s", language, after, page.Text())
			}
		}
		if page := waiting.Get(here); page.Status != http.StatusTooManyRequests || !page.Has("again") {
			t.Errorf("a login under way was answered %d", page.Status)
		}
		for i := range most / 3 {
			if page := clerk.Get(at + "/state"); page.Status != http.StatusOK {
				t.Fatalf("look %d of the clerk's page: %d", i, page.Status)
			}
			if page := phone.Get(w.Issuer + "/e/now/stands"); page.Status >= http.StatusBadRequest {
				t.Fatalf("look %d of the phone's page: %d", i, page.Status)
			}
		}
		match := phone.Get(w.Issuer + "/e/now").TextOf("match")
		clerk.Get(at)
		clerk.Fill("digits", match)
		clerk.Click("match")
		if page := phone.Get(w.Issuer + "/e/now"); !page.Has("yes") {
			t.Errorf("the phone does not go on, at %s:\n%s", page.URL, page.Text())
		}
		w.Shift(per)
		if page := waiting.Get(here); page.Status != http.StatusOK || !page.Has("means-phone") {
			t.Errorf("after the time that the page said, %d at %s:\n%s", page.Status, page.URL, page.Text())
		}
	}, few)
}
