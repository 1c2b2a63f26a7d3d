// Package doortest logs people in at our own hosts, as citizens and staff do, and attacks the way
// back from the hub's pages: the rows SE, CN and LA of the attack catalogue, as far as they touch
// sessions that are not the hub's.
package doortest

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

const (
	sid    = "__Host-sid"
	portal = "__Host-portal"
	staff  = "__Host-staff"
	begin  = "__Host-begin"
)

// signIn logs somebody in at one of our hosts and gives the page that they come to.
func signIn(w *hubtest.World, b *hubtest.Browser, door, means, person string) *hubtest.Page {
	if page := b.Get(w.At(door) + "/begin"); !strings.HasPrefix(page.URL.Path, "/login/") {
		return page // by the session of the hub
	}
	b.Choose(means)
	return be(b, person)
}

// be is somebody at the upstream, where they may be logged in already.
func be(b *hubtest.Browser, person string) *hubtest.Page {
	if b.Page.Has("other") {
		b.Click("other")
	}
	return b.Be(person)
}

// at says who is logged in at a door, by the cookie that the browser holds.
func at(t *testing.T, w *hubtest.World, b *hubtest.Browser, door string) *login.Visitor {
	t.Helper()
	v, err := w.Replicas[0].Hub.Logins().Visitor(t.Context(), door, b.Jar.Value(door+".localhost", cookieAt(door)), true)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cookieAt(door string) string {
	if door == "portal" {
		return portal
	}
	return staff
}

// halted logs somebody in and stops before the browser brings the handle: its address.
func halted(w *hubtest.World, b *hubtest.Browser, door, person string) string {
	b.Halt = "/arrive"
	defer func() { b.Halt = "" }()
	return signIn(w, b, door, "trusted-profile", person).Next
}

func TestACitizenLogsInAtThePortal(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		if page := b.Get(w.At("portal")); page.Status != http.StatusUnauthorized || !page.Has("log-in") {
			t.Fatalf("a stranger gets %d:\n%s", page.Status, page.Text())
		}
		b.Click("log-in")
		b.Choose("trusted-profile")
		page := b.Be("ordinary")
		if page.Status != http.StatusOK || page.URL.Host != strings.TrimPrefix(w.At("portal"), "http://") || !strings.Contains(page.Text(), "Konstanty") {
			t.Fatalf("after logging in, %s (%d):\n%s", page.URL, page.Status, page.Text())
		}
		v := at(t, w, b, "portal")
		if v == nil || v.Level != identity.Substantial || v.Means != "trusted-profile" || !v.Fresh(w.Now(), time.Minute) {
			t.Errorf("the portal knows %+v", v)
		}
		if page := b.Click("help"); page.Status != http.StatusOK || page.URL.String() != w.Issuer+"/help" {
			t.Errorf("the portal leads to no help but to %s (%d)", page.URL, page.Status)
		}
		other := w.Browser(t)
		other.Login(w.Country.Addresses.City, "bank-one", "ordinary")
		if page := other.Get(w.At("portal") + "/begin"); page.Status != http.StatusOK || page.Has("means-bank-bank-one") {
			t.Errorf("who is logged in at the hub is asked again:\n%s", page.Text())
		}
		if again := at(t, w, other, "portal"); again == nil || again.Subject != v.Subject || again.Usage != v.Usage || again.Session == v.Session {
			t.Errorf("the same person is another at the portal: %+v", again)
		}
	})
}

// Staff prove who they are each time: no session of the hub is used, and none is left or ended.
func TestStaffNeitherUseNorLeaveASessionOfTheHub(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		signIn(w, b, "desk", "trusted-profile", "clerk-1")
		first := at(t, w, b, "desk")
		if first == nil || b.Jar.Value("localhost", sid) != "" {
			t.Fatalf("at the desk is %v, and the hub's cookie is %q", first, b.Jar.Value("localhost", sid))
		}
		if page := b.Begin(w.Country.Addresses.City); !page.Has("means-trusted-profile") {
			t.Errorf("a service logs the clerk in without asking:\n%s", page.Text())
		}
		b.Choose("bank-one")
		be(b, "diacritics")
		b.Click("approve")
		citizen := b.Jar.Value("localhost", sid)
		if page := b.Get(w.At("desk") + "/begin"); !page.Has("means-trusted-profile") {
			t.Fatalf("the desk takes a session of the hub:\n%s", page.Text())
		}
		b.Choose("trusted-profile")
		b.Be("clerk-1")
		if b.Jar.Value("localhost", sid) != citizen {
			t.Error("the session of the hub is another")
		}
		if page := b.Begin(w.Country.Addresses.Library); page.Has("means-trusted-profile") {
			t.Error("the session of the hub has ended")
		}
		if second := at(t, w, b, "desk"); second == nil || second.Session == first.Session || second.Subject != first.Subject {
			t.Errorf("the second login at the desk is %+v", second)
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM sessions WHERE idle > 0 AND door = ''"); n != 1 {
			t.Errorf("%d sessions of the hub live, want the citizen's one", n)
		}
	})
}

// SE-01 and SE-06: a handle is worth something only in the browser that knocked. Brought elsewhere
// it is refused and not burnt: neither is the victim logged in as the attacker, nor the attacker as
// the victim, and a planted cookie is replaced.
func TestAttack_SE_01_SE_06_AHandleInAnotherBrowser(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		attacker, victim := w.Browser(t), w.Browser(t)
		bait := halted(w, attacker, "portal", "diacritics")
		victim.Jar.Put("portal.localhost", http.Cookie{Name: portal, Value: "planted", Secure: true, Path: "/"})
		if page := victim.Get(bait); page.Status != http.StatusForbidden || at(t, w, victim, "portal") != nil {
			t.Fatalf("a stranger's handle is taken: %d", page.Status)
		}
		own := halted(w, victim, "portal", "ordinary")
		if page := attacker.Get(own); page.Status != http.StatusForbidden || at(t, w, attacker, "portal") != nil {
			t.Fatalf("the victim's handle is taken: %d", page.Status)
		}
		if page := victim.Get(own); page.Status != http.StatusOK || victim.Jar.Value("portal.localhost", portal) == "planted" {
			t.Errorf("the handle is burnt, or the planted cookie stays: %d", page.Status)
		}
		if v := at(t, w, victim, "portal"); v == nil || v.Name.Reveal() != "Konstanty" {
			t.Errorf("the victim is %v", v)
		}
		without := w.Browser(t)
		kept := halted(w, without, "portal", "ordinary")
		without.Jar.Put("portal.localhost", http.Cookie{Name: begin, Value: "", Secure: true, Path: "/", MaxAge: -1})
		if page := without.Get(kept); page.Status != http.StatusForbidden {
			t.Errorf("a browser that lost its cookie: %d", page.Status)
		}
	})
}

// A handle works once, for a minute, at the door that it was made for, on whichever replica.
func TestAttack_SE_02_AHandleWorksOnce(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		address := halted(w, b, "portal", "ordinary")
		if page := b.Get(strings.Replace(address, "portal.", "desk.", 1)); page.Status == http.StatusOK {
			t.Error("a handle works at another door")
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		secret := b.Jar.Value("portal.localhost", begin)
		var won atomic.Int32
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				logins := w.Replicas[i%2].Hub.Logins()
				if _, _, err := logins.Arrive(t.Context(), "portal", u.Query().Get("handle"), secret); err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("of 16 who bring one handle %d get in", won.Load())
		}
		if page := b.Get(address); page.Status != http.StatusGone {
			t.Errorf("a handle that was used: %d", page.Status)
		}
		late := w.Browser(t)
		address = halted(w, late, "portal", "ordinary")
		w.Shift(61 * time.Second)
		if page := late.Get(address); page.Status != http.StatusGone {
			t.Errorf("a handle of a minute ago: %d", page.Status)
		}
	}, hubtest.WithReplicas(2))
}

// SE-02, SE-04 and SE-08: logged out is logged out, at the hub, too, and the other way round; of two
// cookies none is believed; sessions end unused and in any case.
func TestAttack_SE_02_SE_04_SE_08_SessionsAtDoorsEnd(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		saved := b.Jar.Value("portal.localhost", portal)
		stranger := w.Browser(t)
		signIn(w, stranger, "portal", "trusted-profile", "diacritics")
		both, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.Replicas[0].Public+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		both.Host = strings.TrimPrefix(w.At("portal"), "http://")
		both.Header.Set("Cookie", portal+"="+saved+"; "+portal+"="+stranger.Jar.Value("portal.localhost", portal))
		if resp, err := http.DefaultClient.Do(both); err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("two cookies of one name are answered %v, %v", resp, err)
		}
		if page := b.Click("log-out"); !page.Has("logged-out") || at(t, w, b, "portal") != nil {
			t.Errorf("after logging out:\n%s", page.Text())
		}
		b.Jar.Put("portal.localhost", http.Cookie{Name: portal, Value: saved, Secure: true, Path: "/", SameSite: http.SameSiteStrictMode})
		if page := b.Get(w.At("portal")); page.Status != http.StatusUnauthorized {
			t.Errorf("a saved cookie after logging out: %d", page.Status)
		}
		if page := b.Begin(w.Country.Addresses.City); !page.Has("means-trusted-profile") {
			t.Error("who logged out at the portal is logged in at the hub")
		}
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		b.Get(w.Issuer + "/logout")
		b.Click("logout-confirm")
		if page := b.Get(w.At("portal")); page.Status != http.StatusUnauthorized {
			t.Error("who logged out at the hub is logged in at the portal")
		}
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		for range 33 { // 8 hours, never idle for long
			w.Shift(14 * time.Minute)
			if page := b.Get(w.At("portal")); page.Status != http.StatusOK {
				t.Fatalf("a session in use: %d", page.Status)
			}
		}
		w.Shift(14 * time.Minute)
		w.Shift(5 * time.Minute)
		if page := b.Get(w.At("portal")); page.Status != http.StatusUnauthorized {
			t.Error("a session lives longer than 8 hours")
		}
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		w.Shift(16 * time.Minute)
		if page := b.Get(w.At("portal")); page.Status != http.StatusUnauthorized {
			t.Error("a session lives unused for 16 minutes")
		}
	})
}

// Attacks SE-08: a visit at the portal that rests on a session of the hub ends with it, also where it began
// hours later.
func TestAttack_SE_08_AVisitOutlivesNoProof(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	b.Begin(w.Country.Addresses.City)
	b.Choose("trusted-profile")
	b.Be("ordinary")
	for range 17 { // more than seven hours at the hub, never idle for long
		w.Shift(25 * time.Minute)
		b.Begin(w.Country.Addresses.City)
	}
	b.Get(w.At("portal") + "/begin")
	b.Get(w.At("portal"))
	for range 4 {
		if b.Page.Status != http.StatusOK {
			t.Fatalf("a visit within the eight hours: %d", b.Page.Status)
		}
		w.Shift(14 * time.Minute)
		b.Get(w.At("portal"))
	}
	if b.Page.Status != http.StatusUnauthorized {
		t.Errorf("the visit goes on after the session at the hub is over: %d", b.Page.Status)
	}
}

// Logging in at another service, or more strongly, keeps the portal open; somebody else's login in
// the same browser closes it.
func TestAttack_SE_12_SomebodyElseInTheSameBrowser(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	signIn(w, b, "portal", "trusted-profile", "ordinary")
	b.Begin(w.Country.Addresses.City)
	b.Click("switch-account")
	b.Choose("bank-one")
	b.Be("ordinary")
	if at(t, w, b, "portal") == nil {
		t.Error("the same person's next login closed the portal")
	}
	b.Begin(w.Country.Addresses.City)
	b.Click("switch-account")
	b.Choose("bank-one")
	be(b, "diacritics")
	if at(t, w, b, "portal") != nil {
		t.Error("the portal of the one before stays open")
	}
}

// SE-12: a person who is frozen is out of every door at once, a login under way included; so is who
// came by a means that is switched off.
func TestAttack_SE_12_LA_05_FrozenOrSwitchedOff(t *testing.T) {
	t.Parallel()
	var off atomic.Bool
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		off.Store(false)
		citizen, clerk, under := w.Browser(t), w.Browser(t), w.Browser(t)
		signIn(w, citizen, "portal", "trusted-profile", "clerk-1")
		signIn(w, clerk, "desk", "trusted-profile", "clerk-1")
		way := halted(w, under, "desk", "clerk-1")
		off.Store(true)
		if at(t, w, citizen, "portal") != nil || at(t, w, clerk, "desk") != nil {
			t.Error("a means that is switched off lets in")
		}
		off.Store(false)
		if at(t, w, citizen, "portal") == nil || at(t, w, clerk, "desk") == nil {
			t.Fatal("nobody is logged in any more")
		}
		people, number := w.Operators(t), hubtest.Numbered(t, "PNOPL-76051290062")
		if err := people.Freeze(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		if at(t, w, citizen, "portal") != nil || at(t, w, clerk, "desk") != nil {
			t.Error("a frozen person is still in")
		}
		if page := under.Get(way); page.Status != http.StatusGone {
			t.Errorf("a frozen person comes in: %d", page.Status)
		}
	}, hubtest.WithSwitch(&off, "trusted-profile"))
}

// LA-08: no way past the gate: too weak a login opens no door, whatever the address asks for, and
// what was asked is not what counts.
func TestAttack_LA_08_ADoorHasAFloor(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		b.Get(w.At("desk") + "/begin?level=low")
		b.Choose("trusted-profile")
		b.Click("person-ordinary")
		if page := b.Click("password-only"); !strings.Contains(page.URL.Path, "/login/") || at(t, w, b, "desk") != nil {
			t.Errorf("a password opens the desk: %s", page.URL)
		}
		if page := b.Get(b.Page.URL.String() + "/leave"); at(t, w, b, "desk") != nil {
			t.Errorf("the way out opens the desk: %s", page.URL)
		}
		for _, query := range []string{"", "challenge=short&to=/", "challenge=" + strings.Repeat("A", 43) + "&to=//evil.example", "challenge=" + strings.Repeat("A", 43) + "&to=https://evil.example/"} {
			if page := b.Get(w.Issuer + "/enter/desk?" + query); page.Status != http.StatusBadRequest {
				t.Errorf("knocking with %q: %d", query, page.Status)
			}
		}
		if page := b.Get(w.Issuer + "/enter/officer?challenge=" + strings.Repeat("A", 43) + "&to=/"); page.Status != http.StatusBadRequest {
			t.Errorf("a door that is not there: %d", page.Status)
		}
		b.Get(w.At("portal") + "/begin?to=//evil.example&level=nonsense")
		b.Choose("trusted-profile")
		if page := be(b, "ordinary"); page.URL.String() != w.At("portal")+"/" {
			t.Errorf("a strange way back leads to %s", page.URL)
		}
	})
}

// Who presses the way out comes back to the start page of the door, logged in nowhere.
func TestGivingUpLeadsBackToTheDoor(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	b.Get(w.At("portal") + "/begin")
	if page := b.Click("cancel"); page.URL.String() != w.At("portal")+"/" || !page.Has("log-in") || at(t, w, b, "portal") != nil {
		t.Errorf("at %s:\n%s", page.URL, page.Text())
	}
}
