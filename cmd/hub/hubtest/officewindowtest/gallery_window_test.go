package officewindowtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/staff"
)

// theRest shows what no visit that goes well passes: pages of those who lead and watch with something on them, and
// what clerk and citizen see when something is wrong.
func theRest(t *testing.T, language string) {
	t.Helper()
	w := visit.Open(t, visit.Clinic())
	visit.Enrol(t, w, "clerk-1")
	atCounter(t, w, language)
	atHome(t, w, language)
	led(t, w, language)
	ended(t, w, language)
	refusedAtTheDoor(t, w, language)
	watched(t, w, language)
}

// handedTo brings a case to the code in a browser with pictures.
func handedTo(b *window, number, hand string) {
	toHand(b, number)
	shown(b, hand)
}

func shown(b *window, hand string) {
	b.Click(hand)
	hubtest.Look[bool](b.Chromium, `(document.getElementById("typed").open = true)`)
}

// toHand brings a case to the hand-over.
func toHand(b *window, number string) {
	b.Open(b.URL())
	b.Fill("number", number)
	b.Press("purpose")
	b.Click("find")
	for _, id := range b.IDs("check-") {
		b.Press(id)
	}
	for _, id := range []string{"compared", "print", "to-case", "signed"} {
		b.Click(id)
	}
}

// atCounter shows the citizen's way without a phone, at the counter's computer.
func atCounter(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	for _, way := range []string{"portable", "paper"} {
		clerk := counter(t, w, language, "clerk-1")
		handedTo(clerk, "79113090127", "hand-over")
		hubtest.Look[bool](clerk.Chromium, `(document.getElementById("typed").open = false) || (document.getElementById("phoneless").open = true)`)
		clerk.show("code-phoneless")
		hubtest.Look[bool](clerk.Chromium, `(document.getElementById("typed").open = true)`)
		phone := sit(t, language, "counter-"+way, 1280, 720)
		phone.Chromium = hubtest.NewChromium(t, false, language)
		phone.Size(1280, 720)
		phone.Open(w.Issuer + "/e?at=counter")
		phone.show("landing")
		phone.typed([2]string{"number", plain(clerk.Text("typed-number"))}, [2]string{"code", plain(clerk.Text("typed-code"))})
		match := plain(phone.Text("match"))
		clerk.Open(clerk.URL())
		clerk.Fill("digits", match)
		clerk.Click("match")
		clerk.show("matched")
		phone.Click("yes")
		phone.show("proof-matched")
		phone.typed([2]string{"answer", "0002"})
		phone.Click("accept")
		phone.back(w.Issuer + "/e/now?with=" + way)
		phone.show("key")
		if way == "paper" {
			phone.Click("make-key")
			phone.show("list-before")
			phone.Click("show-codes")
			phone.show("list")
			phone.Click("codes-kept")
			phone.show("kept")
			clerk.Open(clerk.URL())
			clerk.show("done-low")
			return
		}
		clerk.Click("cancel-case")
		clerk.show("ended")
		phone.back(w.Issuer + "/e/now")
		phone.show("ended")
	}
}

// readOut lets the citizen read out at the desk the number that comes by e-mail.
func (w *window) readOut(world *hubtest.World) {
	w.t.Helper()
	code := visit.SentTo(w.t, world, "email", func() { w.Click("send-email") })
	w.show("home-asked")
	w.Fill("code-email", code)
	w.Click("check-email")
}

// atHome shows a code for home, and where its second half is typed.
func atHome(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	clerk := counter(t, w, language, "clerk-1")
	toHand(clerk, visit.Ordinary)
	clerk.Click("hand-home")
	clerk.show("home-unconfirmed")
	clerk.readOut(w)
	clerk.show("home-confirmed")
	shown(clerk, "hand-home")
	clerk.show("code-home")
	clerk.Click("form")
	clerk.show("form-home")
	clerk.Click("to-case")
	clerk.Click("cancel-case")
}

// takenUp shows what a clerk finds who is visited by somebody whose ways a help line stopped, and what comes of it.
func takenUp(t *testing.T, language string) {
	t.Helper()
	w := visit.Open(t, visit.Clinic())
	visit.Enrol(t, w, "clerk-1")
	byPhone(t, w)
	at := slices.IndexFunc(w.Country.Staff, func(s sim.Member) bool { return s.Key == "officer-1" })
	w.Appoint(t, w.Country.Staff[at].Number, staff.EnrolmentClerk)
	clerk := counter(t, w, language, "officer-1")
	clerk.Fill("number", visit.Ordinary)
	clerk.Click("find")
	clerk.Press("takes-up")
	for _, id := range clerk.IDs("check-") {
		clerk.Press(id)
	}
	clerk.show("take-up-compare")
	for _, page := range [][2]string{{"compared", "take-up-print"}, {"print", "take-up-form"}, {"to-case", "take-up-sign"}, {"signed", "take-up-alone"}} {
		clerk.Click(page[0])
		clerk.show(page[1])
	}
	clerk.Click("cancel-case")
	clerk.Open(w.At("desk"))
	toHand(clerk, visit.Ordinary)
	clerk.show("take-up")
	clerk.Click("take-up")
	clerk.inSight("refused", "way-0")
	clerk.show("take-up-refused")
	clerk.Press("way-0")
	clerk.Click("take-up")
	clerk.Wait("taken-up")
	clerk.show("taken-up")
}

// withheld shows to their owner, in the portal, ways that "this was not me" stopped, and of which a clerk took up one.
func withheld(t *testing.T, language string) {
	t.Helper()
	w := visit.Open(t, visit.Clinic())
	visit.Enrol(t, w, "clerk-1")
	number := visit.Noticed(t, w)
	me := sit(t, language, "withheld", 390, 844)
	me.Open(w.Issuer + "/not-me")
	me.typed([2]string{"reference", number})
	me.looks(w, "stopped")
	at := slices.IndexFunc(w.Country.Staff, func(s sim.Member) bool { return s.Key == "officer-1" })
	w.Appoint(t, w.Country.Staff[at].Number, staff.EnrolmentClerk)
	clerk := visit.Desk(t, w, "officer-1")
	visit.ToSign(clerk, visit.Ordinary)
	clerk.Tick("way-0")
	if page := clerk.Click("take-up"); !page.Has("taken-up") {
		t.Fatalf("nothing was taken up:\n%s", page.Text())
	}
	me.looks(w, "withheld")
	me.says("devices.state.withheld")
}

// led shows the pages of a local administrator.
func led(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	boss := counter(t, w, language, "admin-1")
	boss.Open(w.At("desk") + "/team/positions")
	boss.show("positions")
	boss.Fill("station-id", "B-12")
	boss.Fill("station-name", "stanowisko 12")
	boss.Fill("station-networks", "10.1.2.0/240")
	boss.Click("add-station")
	boss.show("positions-refused")
	boss.Open(w.At("desk") + "/team")
	boss.Fill("number", "1")
	boss.Click("appoint")
	boss.show("team-refused")
	boss.Open(w.At("desk") + "/computer")
	boss.show("computer")
	w.Shift(4*time.Minute + 30*time.Second)
	boss.Open(w.At("desk") + "/team")
	boss.show("team-step-up")
	boss.Click("step-up")
	boss.show("step-up")
}

// ended shows what stops a visit: a register that is silent, a second phone, a code that is too old.
func ended(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	clerk := counter(t, w, language, "clerk-1")
	visit.Down(t, w, "all")
	clerk.Fill("number", "79113090127")
	clerk.Click("find")
	clerk.show("wait")
	clerk.Click("cancel-case")
	visit.Down(t, w, "")
	clerk.Open(w.At("desk"))
	handedTo(clerk, visit.Ordinary, "hand-over")
	at, number, code := clerk.URL(), plain(clerk.Text("typed-number")), plain(clerk.Text("typed-code"))
	phones := make([]*window, 2)
	for i := range phones {
		phones[i] = sit(t, language, "frozen-phone", 390, 844)
		phones[i].Chromium = hubtest.NewChromium(t, false, language)
		phones[i].Size(390, 844)
		phones[i].Open(w.Issuer + "/e")
		phones[i].typed([2]string{"number", number}, [2]string{"code", code})
	}
	phones[0].back(w.Issuer + "/e/now")
	phones[0].show("frozen")
	phones[0].Open(w.Issuer + "/e")
	phones[0].says("phone.landing.over")
	phones[0].show("landing-over")
	clerk.Open(at)
	clerk.show("alarm")
	clerk.Click("reissue")
	clerk.show("code-again")
	w.Shift(16 * time.Minute)
	clerk = counter(t, w, language, "clerk-1")
	clerk.Open(at)
	clerk.show("expired")
	clerk.Open(w.At("desk"))
	clerk.show("start-cases")
}

// refusedAtTheDoor shows what somebody sees who has no business there.
func refusedAtTheDoor(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	clerk := counter(t, w, language, "clerk-2")
	clerk.Open(w.At("desk") + "/team")
	clerk.show("not-yours")
	clerk.Open(w.At("desk") + "/cases/" + strings.Repeat("0", 32))
	clerk.show("no-such-case")
	citizen := counter(t, w, language, "ordinary")
	citizen.show("not-staff")
	first := sit(t, language, "first", 390, 844)
	first.Chromium = hubtest.NewChromium(t, false, language)
	first.Open(w.Issuer + "/c")
	first.show("landing")
	first.Click("show-code")
	first.show("code")
	first.back(w.Issuer + "/e/now")
	first.show("phone-gone")
}

// watched shows the pages of a security officer.
func watched(t *testing.T, w *hubtest.World, language string) {
	t.Helper()
	officer := counter(t, w, language, "auditor-1")
	officer.Open(w.At("desk") + "/security")
	officer.Click("draw")
	officer.show("security-sample")
	sample := officer.IDs("sample-")[0]
	officer.Click(sample)
	officer.show("trail-ask")
	officer.PickNext("why")
	officer.Click("open")
	officer.show("trail")
	officer.Press("outcome-fine")
	officer.Click("judge")
	officer.show("trail-judged")
	officer.Open(w.At("desk") + "/security/cases?office=" + hubtest.RoomOffice)
	officer.show("filed")
	officer.Open(w.At("desk") + "/security?office=" + hubtest.RoomOffice)
	officer.Click(officer.IDs("lock-")[0])
	officer.Open(w.At("desk") + "/security?office=" + hubtest.RoomOffice)
	officer.show("security-people")
}
