// Package crowdtest lets a hundred desks of an office work at once, each with a citizen's phone, through the pages of
// the whole hub; also while the hub's process is killed under them.
package crowdtest

import (
	"os"
	"strings"
	"sync"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

const (
	many = 100 // desks, and people who come
	most = 30  // steps of one visit at a desk or on a phone, those that are repeated included
)

// office is a world whose desks may do as much in a day as the test wants, each request taking as long as it must.
func office(looks, enrolments int) []hubtest.With {
	return []hubtest.With{hubtest.WithPatience(), hubtest.WithOffice(), hubtest.WithSettings(func(s map[string]any) {
		s["desk"] = map[string]any{"look_ups": looks, "enrolments": enrolments}
		s["registers"].(map[string]any)["timeout"] = "10s"
	})}
}

// visitor is somebody who was never here, with the clerk before them and the phone in their hand.
type visitor struct {
	sim.Person
	w      *hubtest.World
	desk   *hubtest.Browser
	phone  *hubtest.Browser
	device *enrolledtest.Device

	at, number, code string // of the case, as the desk shows them
	newCodes         int    // recovery codes that were read
}

// visitors come, and each finds a clerk who has logged in. All clerks are one person at so many computers: one
// day's counters stand against all of them.
func visitors(t *testing.T, w *hubtest.World) []*visitor {
	t.Helper()
	all := make([]*visitor, many)
	for n := range all {
		v := &visitor{Person: w.Newcomer(n), w: w, desk: w.Browser(t), phone: w.Browser(t), device: enrolledtest.NewDevice()}
		v.desk.Patient(2 * hubtest.Patience)
		v.phone.Patient(2 * hubtest.Patience)
		all[n] = v
	}
	atOnce(all, func(v *visitor) { v.desk.SignIn(w.At("desk"), "clerk-1") })
	for _, v := range all {
		if !v.desk.Page.Has("find") {
			t.Fatalf("a clerk is at %s (%d):\n%s", v.desk.Page.URL, v.desk.Page.Status, v.desk.Page.Text())
		}
	}
	return all
}

// atOnce does something for everybody at the same time.
func atOnce(all []*visitor, do func(*visitor)) {
	var group sync.WaitGroup
	for _, v := range all {
		group.Go(func() { do(v) })
	}
	group.Wait()
}

// enrol is a visit from the number to the recovery codes. Whatever page is there says what comes next, so a visit
// that was cut goes on where it was.
func (v *visitor) enrol(t testing.TB) {
	v.desk.Fill("number", strings.TrimPrefix(v.Number, "PNOPL-"))
	v.desk.Click("find")
	for range most {
		if v.atDesk(t); v.desk.Page.Has("step-done") {
			break
		}
		if v.onPhone(t) {
			v.matched(t)
		}
	}
	if !v.desk.Page.Has("step-done") {
		t.Errorf("%s: the desk ends at %s (%d):\n%s", v.Key, v.desk.Page.URL, v.desk.Page.Status, v.desk.Page.Text())
		return
	}
	if v.phone.Get(v.w.Issuer+"/e/now").Has("show-codes") && v.phone.Click("show-codes").Has("codes") { // once: they may be lost on the way
		v.newCodes = len(v.phone.Page.Lines("codes"))
	}
}

// atDesk goes on at the desk until it shows a code or the end. A code whose page never arrived is given anew.
func (v *visitor) atDesk(t testing.TB) {
	for range most {
		page := v.desk.Page
		switch {
		case page.Has("step-done"):
			return
		case page.Has("typed-code"):
			v.at, v.number, v.code = page.URL.String(), page.TextOf("typed-number"), page.TextOf("typed-code")
			return
		case page.Has("compared"):
			for _, id := range page.IDs("check-") {
				v.desk.Tick(id)
			}
			v.desk.Click("compared")
		default:
			next := ""
			for _, id := range []string{"look-up", "print", "to-case", "signed", "hand-over", "reissue"} {
				if next == "" && page.Has(id) {
					next = id
				}
			}
			if next == "" {
				t.Fatalf("%s: nothing goes on at %s (%d):\n%s", v.Key, page.URL, page.Status, page.Text())
			}
			v.desk.Click(next)
		}
	}
}

// onPhone redeems the code and goes on until a key is made; false if the code is worth nothing.
func (v *visitor) onPhone(t testing.TB) bool {
	v.phone.Get(v.w.Issuer + "/e")
	v.phone.Fill("number", v.number)
	v.phone.Fill("code", v.code)
	v.phone.Click("begin-typed")
	for range most {
		page := v.phone.Page
		switch {
		case page.Has("yes"):
			v.phone.Click("yes")
		case page.Has("answer"):
			v.phone.Fill("answer", v.Document.Number[len(v.Document.Number)-4:])
			v.phone.Click("go-on")
		case page.Has("accept"):
			v.phone.Click("accept")
		case page.Has("make-key"):
			v.phone.MakeKey(v.device)
		case page.Has("match"):
			return true
		default:
			v.desk.Get(v.at)
			return false
		}
	}
	t.Fatalf("%s: the phone goes round and round at %s:\n%s", v.Key, v.phone.Page.URL, v.phone.Page.Text())
	return false
}

// matched types the digits that the phone shows. The desk looks again while a register lets it wait.
func (v *visitor) matched(testing.TB) {
	digits := v.phone.Page.TextOf("match")
	for range most {
		if v.desk.Get(v.at); v.desk.Page.Has("digits") {
			v.desk.Fill("digits", digits)
			v.desk.Click("match")
		}
		if !v.desk.Page.Has("matched") {
			return
		}
	}
}
