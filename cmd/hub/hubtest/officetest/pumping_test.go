package officetest

import (
	"strconv"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// OT-18 (login.gov's limits): nobody who has not logged in can make the hub write to anybody, and what a
// clerk hands out makes it write only so often.
func TestAttack_OT_18_NobodyPumpsMessages(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := open(t, rp)
	stranger := w.Browser(t)
	for i := range 50 {
		stranger.Get(w.Issuer + "/e")
		stranger.Fill("number", "2026-"+strconv.Itoa(10000000+i))
		stranger.Fill("code", "ABCDE-FGHJK")
		stranger.Click("begin-typed")
		stranger.Get(w.Issuer + "/not-me")
		stranger.Fill("reference", "ABCDE-FGHJK-"+strconv.Itoa(i))
		stranger.Click("stop")
	}
	clerk := desk(t, w, "clerk-1")
	toSign(clerk, ordinary)
	visit.Confirm(t, w, clerk, "email")
	asked := 0
	for ; clerk.Page.Has("send-phone_number"); asked++ {
		clerk.Click("send-phone_number")
	}
	if asked != 3 {
		t.Errorf("a number was sent %d times:\n%s", asked, clerk.Page.Text())
	}
	clerk.Click("hand-home")
	again := 0
	for ; clerk.Page.Has("reissue"); again++ {
		clerk.Click("reissue")
	}
	if again != 3 {
		t.Errorf("a code for home was given anew %d times:\n%s", again, clerk.Page.Text())
	}
	const login, half, asking = "You logged in", "Your number for home", "Your number for the office"
	halves := 1 + again // each to the address that was confirmed
	subjects := map[string]int{}
	// Messages leave in the order in which they were written: had a stranger caused any, it would be here.
	hubtest.Eventually(t, "each half was sent", func() bool {
		clear(subjects)
		for _, m := range w.Country.Inbox.Messages() {
			subjects[m.Subject]++
		}
		return subjects[half] >= halves && subjects[asking] > asked
	})
	if subjects[half] != halves || subjects[login] != 1 || subjects[asking] != 1+asked || len(subjects) != 3 {
		t.Errorf("sent: %v", subjects)
	}
}
