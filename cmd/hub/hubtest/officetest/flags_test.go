package officetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// sign is one way in which a case comes to a second clerk.
type sign struct {
	name  string
	flags []enrolment.Flag // all that the second clerk reads
	who   string           // the number that is typed
	first func(*testing.T, *hubtest.World)
	found func(*hubtest.Browser) // on the page to compare on; nil: nothing but the checks
	begin func(*hubtest.Browser) // instead of typing the number
	after func(*testing.T, *hubtest.World)
}

// Means.md §4.3, R-ENR-03: each flag that there is brings a case to a second clerk, who reads the reason in words, and
// decides; the first one does not go on alone, and does then.
func TestR_ENR_03_EveryFlagAsksASecondClerk(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithRPs(clinic()), hubtest.WithPhone(t, nil), hubtest.WithOffice(), emergencies())
	w.Country.Registers.House("clerk-1", "diacritics") // is told when clerk-1 is named
	w.Employ(t)
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	words := catalogue.Words("en")
	clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
	told := map[enrolment.Flag]bool{}
	for _, s := range slices.Concat(signsOfThePerson(), signsOfDocuments(), signsOfTheDay()) {
		t.Run(s.name, func(t *testing.T) {
			if s.first != nil {
				s.first(t, w)
			}
			clerk.Get(w.At("desk"))
			s.reach(t, w, clerk)
			at := clerk.Page.URL.String()
			if !clerk.Page.Has("step-review") || clerk.Page.Has("print") {
				t.Fatalf("the clerk decides alone:\n%s", clerk.Page.Text())
			}
			page := second.Get(at)
			if !page.Has("accept") || !page.Has("flags") {
				t.Fatalf("the second clerk is not asked:\n%s", page.Text())
			}
			for _, flag := range enrolment.EveryFlag() {
				reads := slices.ContainsFunc(page.Lines("flags"), func(line string) bool { return strings.HasPrefix(line, words.Text("desk.flag."+string(flag))) })
				if reads != slices.Contains(s.flags, flag) {
					t.Errorf("%s is read: %t\n%s", flag, reads, page.TextOf("flags"))
				}
			}
			if page := second.Click("accept"); page.Refused() != "" {
				t.Fatalf("nothing is decided: %s", page.Refused())
			}
			if page := clerk.Get(at); !page.Has("print") {
				t.Fatalf("after the decision:\n%s", page.Text())
			}
			clerk.Click("cancel-case")
			if s.after != nil {
				s.after(t, w)
			}
			told[s.flags[0]] = true
		})
	}
	for _, flag := range enrolment.EveryFlag() {
		if !told[flag] {
			t.Errorf("nothing here brings %s about", flag)
		}
	}
}

// reach brings the case to where the clerk has compared.
func (s sign) reach(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) {
	t.Helper()
	if s.begin != nil {
		s.begin(clerk)
	} else {
		find(clerk, s.who)
	}
	if s.found != nil {
		s.found(clerk)
	}
	compared(clerk)
}

// heard lets the hub know somebody and hear what the registers tell.
func heard(t *testing.T, w *hubtest.World, number string, told func(*sim.Registers)) {
	t.Helper()
	hub := w.Replicas[0].Hub
	if _, _, err := hub.Desks().Find(t.Context(), hubtest.Numbered(t, "PNOPL-"+number)); err != nil {
		t.Fatal(err)
	}
	told(w.Country.Registers)
	if known, err := hub.Do(t.Context(), "register events"); err != nil || !known {
		t.Fatal(known, err)
	}
}

func signsOfThePerson() []sign {
	const guarded, sister, neighbour, renamed = guardian, "91050390124", "79113090127", "80030990173"
	return []sign{
		{name: "a minor with her mother", flags: []enrolment.Flag{enrolment.Minor}, who: minor, found: func(b *hubtest.Browser) {
			b.Fill("number", guardian)
			b.Click("guard")
		}},
		{name: "two enrolments in a month", flags: []enrolment.Flag{enrolment.Often}, who: guarded, first: func(t *testing.T, w *hubtest.World) {
			for _, purpose := range []string{"", "lost_phone"} {
				clerk := desk(t, w, "clerk-1")
				if purpose != "" {
					clerk.Pick("purpose", purpose)
				}
				handed(t, clerk, guarded)
				finishBy(t, w, clerk, "0011")
			}
		}},
		{name: "called as the clerk is", flags: []enrolment.Flag{enrolment.Relative}, who: sister},
		{name: "lives where the clerk does", flags: []enrolment.Flag{enrolment.SameHome}, who: neighbour},
		{name: "renamed today", flags: []enrolment.Flag{enrolment.ChangedLately}, who: renamed, first: func(t *testing.T, w *hubtest.World) {
			heard(t, w, renamed, func(r *sim.Registers) { r.Rename("changed-number", "Inaczejny") })
		}},
		{name: "a restricted number", flags: []enrolment.Flag{enrolment.Restricted, enrolment.Relative}, who: restricted},
	}
}

func signsOfDocuments() []sign {
	passport := sim.Document{Type: "passport", Number: "ZZ4100777", Issuer: "Wojewoda Testowy", Issued: "2026-11-01", Expires: "2036-11-01", Status: "valid"}
	const lost, stolen = "93081790265", "85070790031"
	return []sign{
		{name: "the first document", flags: []enrolment.Flag{enrolment.FirstDocument}, who: "08300190078"},
		{name: "another document that is reported", flags: []enrolment.Flag{enrolment.RecentReport}, who: lost, first: func(_ *testing.T, w *hubtest.World) {
			w.Country.Registers.Renew("changed-name", passport, "lost")
		}},
		{name: "a report of which nothing but the finding is left", flags: []enrolment.Flag{enrolment.RecentReport}, who: stolen, first: func(t *testing.T, w *hubtest.World) {
			heard(t, w, stolen, func(r *sim.Registers) { r.Report("suspended-certificate", "", "stolen") })
			w.Country.Registers.Renew("suspended-certificate", passport, "")
		}},
		{name: "no population register knows them", flags: []enrolment.Flag{enrolment.DocumentAlone}, begin: func(b *hubtest.Browser) {
			byDocument(b, "residence_permit", "POL", "RPX770012")
			b.Fill("expires", "2032-05-01")
			readAs(b)
		}},
		{name: "document and register differ", flags: []enrolment.Flag{enrolment.Mismatch}, who: ordinary, found: func(b *hubtest.Browser) { b.Tick("mismatch") }},
	}
}

func signsOfTheDay() []sign {
	set := func(name, value string) func(*testing.T, *hubtest.World) {
		return func(t *testing.T, w *hubtest.World) {
			if err := w.Country.Registers.Switches.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	works := func(hours func(now time.Time) staff.Hours) func(*testing.T, *hubtest.World) {
		return func(t *testing.T, w *hubtest.World) {
			rules := staff.Rules{Office: hubtest.RoomOffice, Binding: staff.Bindings()[0], Hours: hours(w.Now())}
			if err := w.Replicas[0].Hub.Desks().Staff.Rule(t.Context(), rules, staff.Quotas{}, "root"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return []sign{
		{name: "outside of the office's hours", flags: []enrolment.Flag{enrolment.OutsideHours}, who: ordinary, first: works(anotherDay), after: works(func(time.Time) staff.Hours { return staff.Hours{} })},
		{name: "no photo", flags: []enrolment.Flag{enrolment.NoPhoto}, who: ordinary, first: set("no_photo", "on"), after: set("no_photo", "")},
		{name: "a clerk's doubt", flags: []enrolment.Flag{enrolment.ClerksOwnDoubt}, who: ordinary, found: func(b *hubtest.Browser) {
			b.Pick("doubt", "pressure")
		}},
		{name: "no new ways are let in", flags: []enrolment.Flag{enrolment.WaysClosed}, who: ordinary, first: closeWays},
		{name: "no register answers", flags: []enrolment.Flag{enrolment.NoRegister}, first: set("down", "all"), begin: func(b *hubtest.Browser) {
			find(b, "90123190458") // a neighbour of nobody here
			b.Pick("paper", "idcard")
			for id, text := range map[string]string{"document": "ZZP200904", "given": "Sylwester", "family": "Patrolowy", "birth": "1990-12-31", "expires": "2032-05-05"} {
				b.Fill(id, text)
			}
			b.Click("read")
		}, after: set("down", "")},
	}
}

// anotherDay are hours of one day alone, which is not today wherever one is.
func anotherDay(now time.Time) (h staff.Hours) {
	h[(int(now.Weekday())+2)%7] = staff.Span{From: 9 * 60, To: 10 * 60}
	return h
}

// Means.md §4.3: a document that stands as reported is no matter for a second clerk: nobody is enrolled with it.
func TestAReportedDocumentIsForNoSecondClerk(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	clerk := desk(t, w, "clerk-1")
	if page := find(clerk, "68122490084"); page.Has("compared") || page.Refused() != "document" || !strings.Contains(page.TextOf("unfit"), "ID card: reported stolen") {
		t.Errorf("a stolen card, shown alone: %q\n%s", page.Refused(), page.Text())
	}
	w.Country.Registers.Renew("changed-name", sim.Document{Type: "passport", Number: "ZZ4100778", Issuer: "Wojewoda Testowy", Issued: "2026-11-01", Expires: "2036-11-01", Status: "valid"}, "stolen")
	clerk.Get(w.At("desk"))
	find(clerk, "93081790265")
	for _, id := range clerk.Page.IDs("check-") {
		clerk.Tick(id)
	}
	action, form := clerk.Form("compared")
	form.Set("document", "idcard") // which the page does not let them choose
	if page := clerk.Post(action, form, w.At("desk")); page.Has("step-review") || page.Has("print") || page.Refused() != "document" {
		t.Errorf("a stolen card, shown beside a passport: %q\n%s", page.Refused(), page.Text())
	}
}
