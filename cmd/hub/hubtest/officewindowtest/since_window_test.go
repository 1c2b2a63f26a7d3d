package officewindowtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// wanted is a party that people wanted to log in at before they went to an office, and that says where a login begins.
func wanted() *hubtest.RP {
	return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"initiate_login_uri": "https://clinic.example/log-in"}})
}

// theTimeAfter shows what clerk, citizen and officer see once somebody has a way to log in: that it works, that others
// hear of it, and that it was replaced, put aside or ended.
func theTimeAfter(t *testing.T, language string) {
	t.Helper()
	rp := wanted()
	w := visit.Open(t, rp)
	clerk := visit.Desk(t, w, "clerk-1")
	visit.Handed(t, clerk, visit.Ordinary)
	first, number, code := clerk.Page.URL.String(), clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code")
	onward(t, w, rp, clerk, language)
	me := told(t, w, language)
	spent := w.Browser(t)
	spent.Get(w.Issuer + "/e")
	spent.Fill("number", number)
	spent.Fill("code", code)
	spent.Click("begin-typed")
	desk, officer := counter(t, w, language, "clerk-1"), counter(t, w, language, "auditor-1")
	desk.Open(first)
	desk.show("alarm-after")
	officer.Open(w.At("desk") + "/security")
	officer.show("security-alarm")

	clerk.Get(w.At("desk"))
	clerk.Pick("purpose", "lost_phone")
	visit.Find(clerk, visit.Ordinary)
	agreedIfAsked(t, w, clerk)
	second := clerk.Page.URL.String()
	visit.Finish(t, w, clerk, visit.OrdinaryEnd)
	desk.Open(first)
	desk.show("replaced")
	me.looks(w, "replaced")
	officer.Open(w.At("desk") + "/security" + strings.TrimPrefix(first, w.At("desk")))
	officer.PickNext("why")
	officer.Click("open")
	officer.show("trail-replaced")
	byPhone(t, w)
	me.looks(w, "aside")
	me.Open(w.At("portal") + "/looked")
	me.show("looked")
	officer.Open(w.At("desk") + "/security" + strings.TrimPrefix(second, w.At("desk")))
	officer.PickNext("why")
	officer.Click("open")
	officer.PickNext("stop-why")
	officer.Click("stop")
	officer.show("trail-stopped")
	officer.Press("for-good-open")
	officer.show("trail-for-good")
	officer.PickNext("revoke-why")
	officer.Click("revoke")
	officer.show("trail-revoked")
	desk.Open(second)
	desk.show("revoked")
	me.looks(w, "revoked")
	me.Open(w.At("portal") + "/looked")
	me.show("looked-revoked")
}

// onward takes a phone from a login that nothing fits, through the office, to where it goes on and is tried.
func onward(t *testing.T, w *hubtest.World, rp *hubtest.RP, clerk *hubtest.Browser, language string) {
	t.Helper()
	citizen := sit(t, language, "onward", 390, 844)
	citizen.Passkeys(false)
	citizen.Open(rp.Address(rp.Request("scope", "openid")))
	at := clerk.Page.URL.String()
	citizen.takes(w, clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code"))
	clerk.Get(at)
	clerk.Fill("digits", plain(citizen.Text("match")))
	clerk.Click("match")
	citizen.makes(visit.OrdinaryEnd)
	citizen.Wait("show-codes")
	citizen.Click("show-codes")
	citizen.Click("codes-kept")
	citizen.Wait("onward")
	citizen.show("onward")
	citizen.Click("try")
	citizen.Click("passkey")
	citizen.Wait("works")
	citizen.show("works")
}

// takes types a code on a phone.
func (w *window) takes(world *hubtest.World, number, code string) {
	w.t.Helper()
	w.Open(world.Issuer + "/e")
	w.Fill("number", plain(number))
	w.Fill("code", plain(code))
	w.Click("begin-typed")
}

// makes brings a phone that took a code to a key of its own.
func (w *window) makes(answer string) {
	w.t.Helper()
	w.Click("yes")
	w.Fill("answer", answer)
	w.Click("go-on")
	w.Click("accept")
	w.Press("make-key")
}

// told shows where somebody who comes by another way hears of the new one, and gives the window in which they are in
// their portal.
func told(t *testing.T, w *hubtest.World, language string) *window {
	t.Helper()
	me := sit(t, language, "told", 390, 844)
	comes := func() {
		me.Open(w.Country.Addresses.City)
		for _, id := range []string{"log-in", "means-trusted-profile", "person-ordinary", "confirm"} {
			me.Click(id)
		}
	}
	comes()
	me.show("consent-news")
	me.Press("remember")
	me.Click("approve")
	me.Forget()
	comes()
	me.show("news")
	me.Click("go-on")
	me.Open(w.At("portal") + "/begin")
	me.Open(w.At("portal"))
	me.show("portal-news")
	return me
}

// looks shows what an office gave somebody, in their portal.
func (w *window) looks(world *hubtest.World, how string) {
	w.t.Helper()
	w.Forget() // what came before may have logged them out
	w.Open(world.At("portal") + "/devices")
	for _, id := range []string{"log-in", "means-trusted-profile", "person-ordinary", "confirm"} {
		w.Click(id)
	}
	hubtest.Look[bool](w.Chromium, `document.querySelectorAll("details").forEach(d => d.open = true) === undefined`)
	w.show("devices-" + how)
}

// agreedIfAsked brings a case that was found to the code, past a second clerk where it needs one.
func agreedIfAsked(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) {
	t.Helper()
	visit.Compared(clerk)
	if at := clerk.Page.URL.String(); clerk.Page.Has("step-review") {
		second := visit.Desk(t, w, "clerk-2")
		second.Get(at)
		second.Click("accept")
		clerk.Get(at)
	}
	visit.Signed(clerk)
	clerk.Click("hand-over")
}

// byPhone puts aside what an office gave somebody, as a help line does.
func byPhone(t *testing.T, w *hubtest.World) {
	t.Helper()
	if count, err := w.Operators(t).Suspend(t.Context(), hubtest.Numbered(t, "PNOPL-"+visit.Ordinary), "anna", "lost"); err != nil || count == 0 {
		t.Errorf("%d put aside, %v", count, err)
	}
}

// rare shows what a clerk seldom meets: no photo, a number that is restricted, a code for home, hours that end before
// they begin; and an emergency that puts aside what is stronger.
func rare(t *testing.T, language string) {
	t.Helper()
	w := visit.Open(t, visit.Clinic(), visit.Emergencies())
	visit.Enrol(t, w, "clerk-1")
	clerk := counter(t, w, language, "clerk-1")
	for page, number := range map[string]string{"no-photo": "79113090127", "restricted": "88071290029"} {
		set(t, w, "no_photo", map[string]string{"no-photo": "on"}[page])
		clerk.Open(w.At("desk"))
		clerk.Fill("number", number)
		clerk.Click("find")
		clerk.Wait(map[string]string{"no-photo": "no-photo", "restricted": "number-restricted"}[page])
		clerk.show("compare-" + page)
		clerk.Click("cancel-case")
	}
	set(t, w, "no_photo", "")
	home(t, w, clerk, language)
	boss := counter(t, w, language, "admin-1")
	boss.Open(w.At("desk") + "/team/positions")
	hubtest.Look[string](boss.Chromium, `(document.getElementById("from-1").value = "17:00", document.getElementById("to-1").value = "08:00")`)
	boss.Click("rule")
	boss.show("hours-refused")
	set(t, w, "down", "all")
	clerk.Open(w.At("desk"))
	clerk.Press("purpose")
	hubtest.Look[string](clerk.Chromium, `(document.getElementById("purpose").value = "lost_phone")`)
	clerk.Fill("number", visit.Ordinary)
	clerk.Click("find")
	hubtest.Look[bool](clerk.Chromium, `(document.getElementById("emergency").open = true)`)
	clerk.show("puts-aside")
}

// home shows the phone of somebody who was given a code for home.
func home(t *testing.T, w *hubtest.World, clerk *window, language string) {
	t.Helper()
	clerk.Open(w.At("desk"))
	toHand(clerk, visit.Ordinary)
	clerk.readOut(w)
	shown(clerk, "hand-home")
	citizen := sit(t, language, "home", 390, 844)
	citizen.Passkeys(false)
	citizen.takes(w, clerk.Text("typed-number"), clerk.Text("typed-code"))
	citizen.show("you")
	citizen.makes(visit.OrdinaryEnd)
	citizen.Wait("half")
	citizen.show("second")
	citizen.Fill("half", "00000000")
	citizen.Click("go-on")
	citizen.show("second-again")
	clerk.Open(clerk.URL())
	clerk.show("home-under-way")
	clerk.Click("cancel-case")
}

func set(t *testing.T, w *hubtest.World, name, value string) {
	t.Helper()
	if err := w.Country.Registers.Switches.Set(name, value); err != nil {
		t.Fatal(err)
	}
}
