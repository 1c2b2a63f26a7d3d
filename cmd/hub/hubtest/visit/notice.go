package visit

import (
	"regexp"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
)

var reference = regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}-.`)

// Reference gives the number by which whoever reads a message stops what it tells of; "" where it tells of nothing
// that can be stopped.
func Reference(m sim.Message) string { return reference.FindString(m.Body) }

// Noticed waits until the citizen is told of a new way to log in, and gives the number of the newest notice.
func Noticed(t *testing.T, w *hubtest.World) (number string) {
	t.Helper()
	hubtest.Eventually(t, "the citizen is told", func() bool {
		for _, m := range w.Country.Inbox.Messages() { // the newest first
			if number = Reference(m); number != "" {
				return true
			}
		}
		return false
	})
	return number
}

// NotMe says of a number of a notice, from any browser, that this was somebody else.
func NotMe(t *testing.T, w *hubtest.World, number string) *hubtest.Page {
	t.Helper()
	b := w.Browser(t)
	b.Get(w.Issuer + "/not-me")
	b.Fill("reference", number)
	return b.Click("stop")
}
