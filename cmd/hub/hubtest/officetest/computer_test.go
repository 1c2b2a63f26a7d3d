package officetest

import (
	"encoding/hex"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
)

// computer is a desk's computer, whose browser holds a key and signs with it as the script does.
type computer struct{ *holder }

func newComputer(t *testing.T, w *hubtest.World) *computer {
	t.Helper()
	return &computer{newHolder(t, w, nil)}
}

// signs fills in what the script of a page would.
func (c *computer) signs(form url.Values, act string) url.Values {
	form.Set("key", c.point)
	form.Set("proof", c.proof(act, form.Get("challenge")))
	return form
}

// proves opens the page that asks which computer this is, and answers.
func (c *computer) proves(b *hubtest.Browser) *hubtest.Page {
	b.Get(c.w.At("desk") + "/computer")
	action, form := b.Form("computer-key")
	return b.Post(action, c.signs(form, "prove"), c.w.At("desk"))
}

func known(page *hubtest.Page) string {
	if page.Has("error-code") {
		return page.TextOf("error-code")
	}
	return "in"
}

// Means.md §4.2 (station allow-list), attacks IN-05: where an office asks for registered computers its people work at
// those alone, at the position that each is registered for; a key, a proof or a cookie of another computer, of
// another session or of an hour ago opens nothing; and a computer that is taken away is out at once.
func TestAttack_IN_05_WorkAtRegisteredComputersOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss, clerk := desk(t, w, "admin-1"), desk(t, w, "clerk-1")
		at, registry := w.At("desk"), w.Replicas[0].Hub.Desks().Staff
		if err := registry.AddStation(t.Context(), staff.Station{ID: "8", Office: hubtest.RoomOffice, Name: "stanowisko 8"}, "root"); err != nil {
			t.Fatal(err)
		}
		rule := func(how string) *hubtest.Page {
			boss.Get(at + "/team/positions")
			action, form := boss.Form("rule")
			form.Set("binding", how)
			return boss.Post(action, form, at)
		}
		if page := rule("key"); page.Refused() != "computers" {
			t.Fatalf("nobody could work: %s", page.URL)
		}
		here, other := newComputer(t, w), newComputer(t, w)
		boss.Get(at + "/team/positions")
		action, form := boss.Form("register")
		form.Set("station", "8")
		stale := boss.Post(action, other.signs(url.Values{"token": form["token"], "kind": form["kind"], "station": {"8"}, "challenge": {"1.x"}}, "register"), at)
		if stale.Refused() != "no_key" {
			t.Errorf("registered without the page's challenge: %s", stale.URL)
		}
		if page := boss.Post(action, here.signs(form, "register"), at); page.Refused() != "" {
			t.Fatalf("not registered: %s", page.URL)
		}
		if page := rule("key"); page.Refused() != "" {
			t.Fatalf("refused: %s", page.URL)
		} else if said := page.TextOf("keyless"); !strings.Contains(said, "stanowisko 7") || strings.Contains(said, "okienko 8") || page.TextOf("where-7") != "at its registered computers only" {
			t.Errorf("who is shut out by the rule is told %q, and of position 7 %q", said, page.TextOf("where-7"))
		}
		if page := clerk.Get(at); page.Status != http.StatusForbidden || known(page) != "computer" {
			t.Errorf("before it has proved anything: %d %s", page.Status, known(page))
		}
		if page := other.proves(clerk); known(page) != "not_at_station" {
			t.Errorf("another computer: %s", known(page))
		}
		page := here.proves(clerk)
		if known(page) != "in" || !slices.Equal(page.Options("station"), []string{"8"}) {
			t.Fatalf("at the registered computer: %s, %v", known(page), page.Options("station"))
		}
		if page := find(clerk, ordinary); page.Status != http.StatusOK || page.Refused() != "" {
			t.Errorf("no case: %d %s", page.Status, page.URL)
		}
		thief := w.Browser(t)
		thief.SignIn(at, "clerk-2")
		host := clerk.Page.URL.Hostname()
		thief.Jar.Put(host, http.Cookie{Name: "__Host-computer", Value: clerk.Jar.Value(host, "__Host-computer"), Secure: true, Path: "/"})
		if page := thief.Get(at); known(page) != "computer" {
			t.Errorf("somebody else's proof in another session: %s", known(page))
		}
		registered, err := registry.Places(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		thief.Get(at + "/computer") // what it asks to be signed is no proof of anything signed
		_, asked := thief.Form("computer-key")
		moment, token, _ := strings.Cut(asked.Get("challenge"), ".")
		forged := moment + "." + hex.EncodeToString(registered.Keys[0].Thumb[:]) + "." + token
		thief.Jar.Put(host, http.Cookie{Name: "__Host-computer", Value: forged, Secure: true, Path: "/"})
		if page := thief.Get(at); known(page) != "computer" {
			t.Errorf("a proof made of what was to be signed: %s", known(page))
		}
		if page := boss.Get(at + "/team/positions"); page.Status != http.StatusOK {
			t.Errorf("who registers computers needs none: %d", page.Status)
		}
		if page := rule("both"); page.Refused() != "" {
			t.Errorf("refused: %s", page.URL)
		}
		if page := here.proves(clerk); known(page) != "in" {
			t.Errorf("both, and the position names no network: %s", known(page))
		}
		places, err := registry.Places(t.Context())
		if err != nil || len(places.Keys) != 1 {
			t.Fatalf("%d computers, %v", len(places.Keys), err)
		}
		mark := hex.EncodeToString(places.Keys[0].Thumb[:4])
		boss.Get(at + "/team/positions")
		if page := boss.Click("withdraw-" + mark); page.Refused() != "computers" {
			t.Errorf("the last computer goes while one is asked for: %s", page.URL)
		}
		boss.Get(at + "/team/positions")
		action, form = boss.Form("register")
		form.Set("station", "7")
		boss.Post(action, other.signs(form, "register"), at)
		boss.Click("withdraw-" + mark)
		if page := clerk.Get(at); known(page) != "not_at_station" {
			t.Errorf("at a computer that was taken away: %s", known(page))
		}
		if page := other.proves(clerk); known(page) != "in" {
			t.Errorf("at the other: %s", known(page))
		}
		if page := rule("off"); page.Refused() != "" {
			t.Errorf("refused: %s", page.URL)
		}
	})
}

// Means.md §4.2 (station allow-list), attacks HH-02: where an office's desks are bound to networks, its
// people work from there alone, whatever a request says of itself.
func TestAttack_HH_02_StationsAreBoundToNetworks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		station := staff.Station{ID: "7", Office: hubtest.RoomOffice, Name: "stanowisko 7", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
		desks := w.Replicas[0].Hub.Desks().Staff
		if err := desks.KeepStation(t.Context(), station, "root"); err != nil {
			t.Fatal(err)
		}
		if page := clerk.Get(w.At("desk")); page.Status != http.StatusForbidden || page.TextOf("error-code") != "not_at_station" {
			t.Errorf("from elsewhere: %d %s", page.Status, page.TextOf("error-code"))
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		if page := officer.Get(w.At("desk") + "/security"); page.Status != http.StatusOK {
			t.Errorf("who belongs to no office: %d", page.Status)
		}
		near := staff.Station{ID: "8", Office: hubtest.RoomOffice, Name: "stanowisko 8", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		if err := desks.AddStation(t.Context(), near, "root"); err != nil {
			t.Fatal(err)
		}
		page := clerk.Get(w.At("desk"))
		if page.Status != http.StatusOK || slices.Contains(page.Options("station"), "7") || !slices.Contains(page.Options("station"), "8") {
			t.Fatalf("from one of them (%d): %v", page.Status, page.Options("station"))
		}
		action, form := clerk.Form("find")
		form.Set("number", ordinary)
		form.Set("station", "7")
		if page := clerk.Post(action, form, w.At("desk")); page.Refused() != "station" {
			t.Errorf("at a position that is elsewhere: %s", page.URL)
		}
		boss := desk(t, w, "admin-1")
		boss.Get(w.At("desk") + "/team/positions")
		action, form = boss.Form("changes-8")
		for networks, want := range map[string]string{"192.0.2.0/24": "elsewhere", "127.0.0.1/8": "network", "127.0.0.0/8 192.0.2.0/24": ""} {
			form.Set("networks", networks)
			if page := boss.Post(action, form, w.At("desk")); page.Refused() != want {
				t.Errorf("an administrator binds a position to %q: %q", networks, page.Refused())
			}
		}
	})
}
