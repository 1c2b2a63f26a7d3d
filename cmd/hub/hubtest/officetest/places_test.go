package officetest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// aClerkIsAt registers a computer each for the positions 8 and 7, asks for them, and lets a clerk open a case at 8. It gives
// the clerk, the address of the case, and the computer of 7.
func aClerkIsAt(t *testing.T, w *hubtest.World, boss *hubtest.Browser) (clerk *hubtest.Browser, at string, other *computer) {
	t.Helper()
	var here *computer
	here, other = newComputer(t, w), newComputer(t, w)
	for id, c := range map[string]*computer{"8": here, "7": other} {
		boss.Get(w.At("desk") + "/team/positions")
		action, form := boss.Form("register")
		form.Set("station", id)
		boss.Post(action, c.signs(form, "register"), w.At("desk"))
	}
	clerk = desk(t, w, "clerk-1")
	action, form := boss.Form("rule")
	form.Set("binding", "key")
	boss.Post(action, form, w.At("desk"))
	here.proves(clerk)
	page := find(clerk, ordinary)
	if page.Status != http.StatusOK || page.Refused() != "" || page.Has("position-gone") {
		t.Fatalf("no case: %d %s", page.Status, page.URL)
	}
	return clerk, page.URL.String(), other
}

// Means.md §4.2: a local administrator renames a position and removes it, is told what is wrong beside the field, and
// what becomes of a case that is under way there before and after; its clerk goes on elsewhere.
func TestAPositionIsRenamedAndRemovedAtTheDesk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss, at := desk(t, w, "admin-1"), w.At("desk")
		adds := func(id, name string) *hubtest.Page {
			boss.Get(at + "/team/positions")
			boss.Fill("station-id", id)
			boss.Fill("station-name", name)
			return boss.Click("add-station")
		}
		for _, row := range [][4]string{{"8", "okienko 8", ""}, {"8", "inne", "mark", "station-id"}, {"9", "OKIENKO 8", "called", "station-name"}, {"9", " ", "position_name", "station-name"}, {"nr 9", "okienko 9", "position", "station-id"}} {
			if page := adds(row[0], row[1]); page.Refused() != row[2] || page.Has("done") != (row[2] == "") || row[3] != "" && (!marked(page.Need(t, row[3]), "aria-invalid") || valueOf(t, page, "station-name") != row[1]) {
				t.Errorf("%v: %q", row, page.Refused())
			}
		}
		for _, row := range [][4]string{
			{"stanowisko 7", "", "called", "name-8"}, {" ", "", "position_name", "name-8"}, {"okienko 8a", "10.1.2.0/240", "network", "networks-8"}, {"okienko 8a", "192.0.2.0/24", "elsewhere", "networks-8"},
		} {
			boss.Get(at + "/team/positions")
			boss.Fill("name-8", row[0])
			boss.Fill("networks-8", row[1])
			page := boss.Click("changes-8")
			if page.Refused() != row[2] || !marked(page.Need(t, row[3]), "aria-invalid") || valueOf(t, page, "networks-8") != row[1] || valueOf(t, page, "station-name") != "" || valueOf(t, page, "name-7") != "stanowisko 7" {
				t.Errorf("%v: %q:\n%s", row, page.Refused(), page.Text())
			}
			if here := strings.Index(page.Body, `id="refused"`); here < strings.Index(page.Body, `id="change-8"`) || here > strings.Index(page.Body, `id="name-8"`) || !strings.Contains(page.Body, `<details open><summary id="change-8"`) {
				t.Errorf("%v: the reason is not where it is wrong", row)
			}
		}
		boss.Get(at + "/team/positions")
		boss.Fill("name-8", "okienko ósme")
		if page := boss.Click("changes-8"); page.Refused() != "" || !strings.Contains(page.TextOf("done"), "okienko ósme") || !strings.Contains(page.TextOf("position-8"), "okienko ósme") {
			t.Fatalf("not renamed at %s:\n%s", page.URL, page.Text())
		}
		if page := boss.Get(at + "/team/positions?removed=8"); page.Has("done") {
			t.Error("it says that a position is removed that is there")
		}
		clerk, visit, other := aClerkIsAt(t, w, boss)
		page := boss.Get(at + "/team/positions")
		if !strings.Contains(page.TextOf("under-8"), "1") || page.Has("under-7") {
			t.Errorf("what is under way there is not said:\n%s", page.Text())
		}
		again, form := boss.Form("removes-8")
		change, changed := boss.Form("changes-8")
		if page := boss.Click("removes-8"); page.Refused() != "" || !strings.Contains(page.TextOf("done"), "okienko ósme") || page.Has("position-8") {
			t.Fatalf("not removed at %s:\n%s", page.URL, page.Text())
		}
		if page := boss.Post(again, form, at); page.Refused() != "no_position" {
			t.Errorf("removed twice: %s", page.URL)
		}
		if page := boss.Post(change, changed, at); page.Refused() != "no_position" || page.Has("position-8") {
			t.Errorf("renamed once it was removed: %s", page.URL)
		}
		if page := boss.Click("removes-7"); page.Refused() != "last_position" || !page.Has("position-7") {
			t.Errorf("the only one: %s", page.URL)
		}
		if page := clerk.Get(visit); known(page) != "not_at_station" {
			t.Errorf("at the computer of a position that is gone: %s", known(page))
		}
		if page := other.proves(clerk); known(page) != "in" || !slices.Equal(page.Options("station"), []string{"7"}) {
			t.Errorf("at another: %s, %v", known(page), page.Options("station"))
		}
		action, search := clerk.Form("find")
		search.Set("number", ordinary)
		search.Set("station", "8")
		if page := clerk.Post(action, search, at); page.Refused() != "station" {
			t.Errorf("a case is opened at a position that is gone: %s", page.URL)
		}
		if page := clerk.Get(visit); !strings.Contains(page.TextOf("position-gone"), "okienko ósme") {
			t.Errorf("its clerk is not told:\n%s", page.Text())
		}
		if page := compared(clerk); page.Refused() != "" || !page.Has("position-gone") {
			t.Errorf("the case does not go on: %s:\n%s", page.URL, page.Text())
		}
	})
}

// Attacks IN-05: nobody but the administrator of an office changes or removes its positions, nor does who proved long ago
// who they are.
func TestAttack_IN_05_PositionsOfOthersAreNotTouched(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		at, registry := w.At("desk"), w.Replicas[0].Hub.Desks().Staff
		w.WorksToo(t, "auditor-1", staff.LocalAdministrator)
		if err := registry.AddStation(t.Context(), staff.Station{ID: "8", Office: hubtest.RoomOffice, Name: "okienko 8"}, "root"); err != nil {
			t.Fatal(err)
		}
		before, err := registry.Places(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		away, clerk, late := desk(t, w, "auditor-1"), desk(t, w, "clerk-1"), desk(t, w, "admin-1")
		if page := away.Get(at + "/team/positions"); page.Has("office-" + hubtest.OtherOffice) {
			away.Click("office-" + hubtest.OtherOffice)
		}
		away.Get(at + "/team/positions")
		_, theirs := away.Form("changes-9")
		late.Get(at + "/team/positions")
		_, old := late.Form("changes-8")
		clerk.Get(at)
		_, its := clerk.Form("find")
		tries := func(who string, b *hubtest.Browser, token []string, refused func(*hubtest.Page) bool) {
			for _, act := range []string{"change", "remove"} {
				form := url.Values{"token": token, "position": {"8"}, "name": {"moje"}, "networks": {""}}
				if page := b.Post(at+"/team/station/"+act, form, at); !refused(page) {
					t.Errorf("%s, %s: %d %s:\n%s", who, act, page.Status, page.URL, page.Text())
				}
			}
		}
		tries("another office's administrator", away, theirs["token"], func(page *hubtest.Page) bool { return page.Refused() == "no_position" })
		tries("a clerk", clerk, its["token"], func(page *hubtest.Page) bool { return page.Status == http.StatusForbidden })
		tries("a clerk with somebody else's form", clerk, theirs["token"], func(page *hubtest.Page) bool { return page.Status == http.StatusForbidden })
		w.Shift(5*time.Minute - time.Second)
		late.Get(at + "/team/positions") // is here still, and proved nothing again
		w.Shift(2 * time.Second)
		tries("who proved it long ago", late, old["token"], func(page *hubtest.Page) bool { return page.URL.Path != "/team/positions" && page.Refused() == "" })
		after, err := registry.Places(t.Context())
		if err != nil || len(after.StationsOf(hubtest.RoomOffice)) != len(before.StationsOf(hubtest.RoomOffice)) {
			t.Fatalf("%d positions, %v", len(after.StationsOf(hubtest.RoomOffice)), err)
		}
		if s, _ := after.Station(hubtest.RoomOffice, "8"); s.Name != "okienko 8" || !s.Removed.IsZero() {
			t.Errorf("changed to %+v", s)
		}
	})
}

// says reports whether a page says a text where it says when the office works.
func says(t *testing.T, page *hubtest.Page, key string) bool {
	t.Helper()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(page.TextOf("hours"), catalogue.Words("en").Text(key))
}

// An administrator reads when the office works, and who says so; without asking anybody.
func TestTheHoursThatHoldAreShown(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	boss := desk(t, w, "admin-1")
	page := boss.Get(w.At("desk") + "/team")
	if !strings.Contains(page.TextOf("hours"), "at any time") || !says(t, page, "desk.team.hours.nobody") {
		t.Errorf("nobody said any: %q", page.TextOf("hours"))
	}
	for _, r := range w.Replicas {
		r.Hub.Office().Policy.Hours = staff.Weekdays(7, 18)
	}
	page = boss.Get(w.At("desk") + "/team")
	if !strings.Contains(page.TextOf("hours"), "Monday to Friday 07:00–18:00") || !says(t, page, "desk.team.hours.operator") {
		t.Errorf("the operator's: %q", page.TextOf("hours"))
	}
	boss.Get(w.At("desk") + "/team/positions")
	if hint := boss.Page.TextOf("hours-hint"); !strings.Contains(hint, "Monday to Friday 07:00–18:00") {
		t.Errorf("what an empty week means: %q", hint)
	}
	for id, at := range map[string]string{"from-1": "08:00", "to-1": "16:00", "from-2": "08:00", "to-2": "16:00", "from-3": "08:00", "to-3": "18:00", "from-6": "09:00", "to-6": "13:00"} {
		boss.Fill(id, at)
	}
	boss.Click("rule")
	page = boss.Get(w.At("desk") + "/team")
	if got := page.TextOf("hours"); !strings.Contains(got, "Monday to Tuesday 08:00–16:00 · Wednesday 08:00–18:00 · Saturday 09:00–13:00") || strings.Contains(got, "07:00") || !says(t, page, "desk.team.hours.office") {
		t.Errorf("the office's own: %q", got)
	}
}

// An administrator reads in plain words from where people work at a position; the addresses stand apart, and what is
// named but not asked for is not said to hold.
func TestFromWherePeopleWorkIsSaidPlainly(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	boss := desk(t, w, "admin-1")
	page := boss.Get(w.At("desk") + "/team/positions")
	if page.TextOf("where-7") != "from everywhere" || page.Has("technical-7") {
		t.Errorf("from everywhere: %q", page.TextOf("where-7"))
	}
	boss.Fill("networks-7", "127.0.0.0/8")
	page = boss.Click("changes-7")
	if page.TextOf("where-7") != "only over the office’s own internet connection" || !page.Has("technical-7") || !strings.Contains(page.Body, "<p><bdi dir=\"ltr\">127.0.0.0/8</bdi></p></details>") {
		t.Errorf("over the office's connection: %q", page.TextOf("position-7"))
	}
	if hint := page.TextOf("networks-hint"); !strings.Contains(hint, "127.0.0.1") {
		t.Errorf("where they are: %q", hint)
	}
	action, form := boss.Form("rule")
	form.Set("binding", "off")
	page = boss.Post(action, form, w.At("desk"))
	if got := page.TextOf("where-7"); !strings.HasPrefix(got, "from everywhere") {
		t.Errorf("where it is not asked for: %q", got)
	}
	register, made := boss.Form("register")
	made.Set("station", "7")
	boss.Post(register, newComputer(t, w).signs(made, "register"), w.At("desk"))
	for rule, want := range map[string]string{"key": "at its registered computers only: an internet connection is named", "both": "at its registered computers, and only over the office’s own"} {
		form.Set("binding", rule)
		if page := boss.Post(action, form, w.At("desk")); !strings.HasPrefix(page.TextOf("where-7"), want) || page.Has("keyless") {
			t.Errorf("where computers are asked for: %q:\n%s", page.TextOf("where-7"), page.TextOf("keyless"))
		}
	}
}
