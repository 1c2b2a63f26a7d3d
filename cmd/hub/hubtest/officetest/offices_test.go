package officetest

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// A clerk with two offices says once in which one they are: what is found there is of that office, what was opened
// at the other stays in reach under its own address, and a form that was made for the other is the other's.
func TestAClerkOfTwoOffices(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		w.WorksToo(t, "clerk-1", staff.EnrolmentClerk)
		at, clerk := w.At("desk"), w.Browser(t)
		page := clerk.SignIn(at, "clerk-1")
		if page.Has("find") || !page.Has("office-"+hubtest.RoomOffice) || !page.Has("office-"+hubtest.OtherOffice) {
			t.Fatalf("a clerk of two offices starts at:\n%s", page.Text())
		}
		clerk.Click("office-" + hubtest.OtherOffice)
		if page := clerk.Page; !page.Has("find") || page.Has("station-7") || page.TextOf("office") == "" {
			t.Fatalf("the first page in the second office:\n%s", page.Text())
		}
		find(clerk, ordinary)
		first := clerk.Page.URL.String()
		if office := officeOf(t, w, first); office != hubtest.OtherOffice {
			t.Errorf("the case is of %s", office)
		}
		compared(clerk)
		if page := clerk.Click("print"); page.Status != http.StatusOK {
			t.Errorf("its form: %d", page.Status)
		}
		clerk.Get(at)
		stale, form := clerk.Form("find") // in another tab
		form.Set("number", minor)
		clerk.Click("change-office")
		clerk.Click("office-" + hubtest.RoomOffice)
		if page := clerk.Page; !page.Has("find") || !page.Has("no-cases") {
			t.Errorf("the first page in the first office:\n%s", page.Text())
		}
		if page := clerk.Get(first); page.Status != http.StatusOK || !page.Has("signed") {
			t.Errorf("the case of the other office: %d\n%s", page.Status, page.Text())
		}
		clerk.Click("signed")
		clerk.Click("hand-over")
		finish(t, w, clerk)
		if page := clerk.Post(stale, form, at); page.Status != http.StatusOK || officeOf(t, w, page.URL.String()) != hubtest.OtherOffice {
			t.Errorf("a form of the other office: %d at %s", page.Status, page.URL)
		}
	})
}

// Attacks IN-05, IN-10: the office that a form or a cookie names counts only for who works there, in the session in
// which they chose it, and for as long as they do.
func TestAttack_IN_05_IN_10_AnotherOfficeIsNotForTheAsking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		second := w.WorksToo(t, "clerk-1", staff.EnrolmentClerk)
		at, clerk, decider := w.At("desk"), w.Browser(t), desk(t, w, "clerk-2")
		clerk.SignIn(at, "clerk-1")
		action, form := clerk.Form("office-" + hubtest.OtherOffice)
		form.Set("workplace", "room-99")
		if page := clerk.Post(action, form, at); page.Status != http.StatusForbidden {
			t.Errorf("an office where they do not work: %d", page.Status)
		}
		form.Set("workplace", hubtest.OtherOffice)
		clerk.Post(action, form, at)
		chosen := clerk.Jar.Value("desk.localhost", "__Host-office")
		find(clerk, ordinary)
		mine := clerk.Page.URL.String()
		for name, cookie := range map[string]string{"chosen in another session": chosen, "made up": "x." + hubtest.OtherOffice} {
			b := w.Browser(t)
			b.SignIn(at, "clerk-1")
			b.Jar.Put("desk.localhost", http.Cookie{Name: "__Host-office", Value: cookie, Secure: true, Path: "/"})
			if page := b.Get(at); page.Has("find") || !page.Has("office-"+hubtest.OtherOffice) {
				t.Errorf("%s: the cookie counts:\n%s", name, page.Text())
			}
		}
		decider.Jar.Put("desk.localhost", http.Cookie{Name: "__Host-office", Value: chosen, Secure: true, Path: "/"})
		if page := decider.Get(mine); page.Status != http.StatusNotFound {
			t.Errorf("a colleague of one office reads the other's case: %d", page.Status)
		}
		if page := decider.Get(at + "/office"); page.Has("office-" + hubtest.OtherOffice) {
			t.Errorf("a colleague is offered an office of others:\n%s", page.Text())
		}
		clerk.Get(at)
		action, form = clerk.Form("find")
		desks := w.Replicas[0].Hub.Desks()
		members, err := desks.Staff.In(t.Context(), hubtest.RoomOffice)
		if err != nil {
			t.Fatal(err)
		}
		boss := members[slices.IndexFunc(members, func(m staff.Member) bool { return m.Role == staff.LocalAdministrator })]
		if err := desks.Staff.Lock(t.Context(), boss, second.ID, "administrator"); err != nil {
			t.Fatal(err)
		}
		form.Set("number", minor)
		if page := clerk.Post(action, form, at); page.Status != http.StatusForbidden {
			t.Errorf("locked there, a form of it: %d", page.Status)
		}
		if page := clerk.Get(mine); page.Status < 400 {
			t.Errorf("locked there, a case of it: %d", page.Status)
		}
		if page := clerk.Get(at); !page.Has("find") || page.Has("change-office") {
			t.Errorf("with one office left:\n%s", page.Text())
		}
	})
}

// Whoever leads two offices looks after the one that they chose.
func TestAnAdministratorOfTwoOffices(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		w.WorksToo(t, "admin-1", staff.LocalAdministrator)
		at, boss := w.At("desk"), w.Browser(t)
		boss.SignIn(at, "admin-1")
		if page := boss.Get(at + "/team"); page.Status != http.StatusConflict || !page.Has("office-"+hubtest.OtherOffice) {
			t.Fatalf("the page of colleagues before an office is chosen: %d\n%s", page.Status, page.Text())
		}
		boss.Click("office-" + hubtest.OtherOffice)
		if page := boss.Page; !page.Has("appoint") || page.URL.Path != "/team" {
			t.Fatalf("not back at the colleagues but at %s", page.URL)
		}
		boss.Fill("number", "91050390124")
		stale, form := boss.Form("appoint")
		boss.Get(at + "/office")
		boss.Click("office-" + hubtest.RoomOffice)
		if page := boss.Post(stale, form, at); page.Refused() != "" {
			t.Errorf("naming a clerk: %q", page.Refused())
		}
		places := map[string]int{}
		for _, office := range []string{hubtest.RoomOffice, hubtest.OtherOffice} {
			members, err := w.Replicas[0].Hub.Desks().Staff.In(t.Context(), office)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range members {
				if m.Role == staff.EnrolmentClerk {
					places[office]++
				}
			}
		}
		if places[hubtest.RoomOffice] != 2 || places[hubtest.OtherOffice] != 1 { // the two of the cast, and the new one
			t.Errorf("clerks are named at %v", places)
		}
	})
}

// officeOf tells of which office the case at an address is.
func officeOf(t *testing.T, w *hubtest.World, address string) string {
	t.Helper()
	id, ok := enrolment.ParseCaseID(path.Base(strings.SplitN(address, "?", 2)[0]))
	if !ok {
		t.Fatalf("no case at %s", address)
	}
	rows, err := w.Replicas[0].Hub.Office().Store.Cases(t.Context(), enrolment.Query{ID: id})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases at %s: %v", len(rows), address, err)
	}
	return rows[0].Office
}

// An office says when it works, day by day: what cannot be is refused with all that was typed, and who leads no office
// says nothing.
func TestTheHoursOfAnOffice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss := desk(t, w, "admin-1")
		boss.Get(w.At("desk") + "/team/positions")
		for id, at := range map[string]string{"from-1": "08:00", "to-1": "16:00", "from-6": "13:00", "to-6": "09:00"} {
			boss.Fill(id, at)
		}
		page := boss.Click("rule")
		if page.Refused() != "hours" {
			t.Fatalf("an end before the beginning: %q", page.Refused())
		}
		if field, before := page.Need(t, "to-6"), strings.Index(page.Body, `id="refused"`); valueAt(field, "aria-describedby") != "refused" || !marked(field, "autofocus") || marked(page.Need(t, "from-1"), "aria-invalid") ||
			before < strings.Index(page.Body, `id="to-5"`) || before > strings.Index(page.Body, `id="from-6"`) {
			t.Errorf("the reason is not at what is wrong:\n%s", page.Body)
		}
		action, form := boss.Form("rule")
		if form.Get("from_1") != "08:00" || form.Get("to_6") != "09:00" {
			t.Errorf("what was typed is gone: %v", form)
		}
		clerk := desk(t, w, "clerk-1")
		if page := clerk.Post(action, form, w.At("desk")); page.Status != http.StatusForbidden {
			t.Errorf("a clerk says when the office works: %d", page.Status)
		}
		boss.Fill("from-6", "09:00")
		boss.Fill("to-6", "13:00")
		boss.Fill("to-7", "13:00")
		if page := boss.Click("rule"); page.Refused() != "hours" || !marked(page.Need(t, "from-7"), "aria-invalid") || marked(page.Need(t, "to-6"), "aria-invalid") {
			t.Errorf("an end alone: %q", page.Refused())
		}
		boss.Fill("to-7", "")
		boss.Fill("enrolments", "0")
		if page := boss.Click("rule"); page.Refused() != "quota" || !marked(page.Need(t, "enrolments"), "aria-invalid") || marked(page.Need(t, "look-ups"), "aria-invalid") {
			t.Errorf("a quota of nothing: %q", page.Refused())
		}
		boss.Fill("enrolments", "")
		if page := boss.Click("rule"); page.Refused() != "" || page.URL.Fragment != "kept" || !page.Has("kept") {
			t.Fatalf("refused: %q", page.Refused())
		}
		places, err := w.Replicas[0].Hub.Desks().Staff.Places(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if office, _ := places.Office(hubtest.RoomOffice); office.Hours.String() != "1=08:00-16:00,6=09:00-13:00" {
			t.Errorf("kept as %q", office.Hours)
		}
		if _, form := boss.Form("rule"); form.Get("from_6") != "09:00" || form.Get("from_7") != "" {
			t.Errorf("shown as %v", form)
		}
	})
}
