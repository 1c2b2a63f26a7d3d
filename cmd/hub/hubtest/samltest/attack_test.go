// Package samltest logs people in by SAML through the running hub, on both databases, and attacks it
// there: the SM rows of the attack catalogue as far as the wiring could undo what connectors/saml
// proves of itself (TestAttack_SM_…, every permutation with its reason) and connectors/saml/xmlsec of
// the XML below it.
package samltest

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// TestMain lets a test run a hub in a process of its own.
func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

func each(t *testing.T, story func(*testing.T, *hubtest.World), with ...hubtest.With) {
	t.Helper()
	hubtest.Each(t, story, append(with, hubtest.WithSAML())...)
}

// browser is one that runs the script of pages that post themselves, as all do.
func browser(t testing.TB, w *hubtest.World) *hubtest.Browser {
	b := w.Browser(t)
	b.Posts = true
	return b
}

// at says which service offers which profile.
func at(w *hubtest.World, means string) string {
	if means == sim.MeansNode {
		return w.Country.Addresses.City
	}
	return w.Country.Addresses.Library
}

func profiles() []string { return []string{sim.MeansNode, sim.MeansPlain} }

func turn(t testing.TB, w *hubtest.World, name, value string) {
	t.Helper()
	if err := w.Country.SAML.Switches.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// prove logs in at the profile, whatever comes of it at the hub.
func prove(b *hubtest.Browser, w *hubtest.World, means, person string) *hubtest.Page {
	b.Begin(at(w, means))
	b.Choose(means)
	if b.Page.Has("other") {
		b.Click("other")
	}
	if b.Page.Has("person-" + person) {
		b.Be(person)
	}
	return b.Page
}

func TestLogin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		for _, means := range profiles() {
			b := browser(t, w)
			if prove(b, w, means, "ordinary"); !b.Page.Has("approve") {
				t.Fatalf("%s: at %s (%d):\n%s\n%s", means, b.Page.URL.Path, b.Page.Status, b.Page.Text(), w.Log)
			}
			if told := b.Click("approve"); told.TextOf("level") != "substantial" {
				t.Errorf("%s: level %q", means, told.TextOf("level"))
			}
		}
		// It is the same person by whichever means.
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); n != 1 {
			t.Errorf("%d persons", n)
		}
		dump := w.Dump()
		for _, private := range []string{"87022290019", "Konstanty", "SAMLResponse", "urn:oasis:names:tc:SAML"} {
			if found := dump.Find(private); len(found) > 0 {
				t.Errorf("%q stands in %v", private, found)
			}
		}
	})
}

// posted is a browser that has got the provider's answer and not yet sent it on.
func posted(t testing.TB, w *hubtest.World) (*hubtest.Browser, string, url.Values) {
	t.Helper()
	b := browser(t, w)
	b.Begin(at(w, sim.MeansPlain))
	b.Choose(sim.MeansPlain)
	b.Posts = false
	b.Be("ordinary")
	action, form := b.Form("send")
	return b, action, form
}

// SM-08: an answer counts once: sent again, at another replica, after a restart, many at once.
func TestAttack_SM_08_AnAnswerCountsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		b, action, form := posted(t, w)
		sent := func(b *hubtest.Browser) *hubtest.Page {
			b.Posts = true
			return b.Post(action, form, w.Country.Addresses.SAML)
		}
		if page := sent(b); !page.Has("approve") {
			t.Fatalf("the answer is not taken: %s", page.Text())
		}
		again := func(how string, b *hubtest.Browser) {
			b.Get(w.Issuer + "/help") // where the old connection was cut, a new one
			if page := sent(b); page.Has("approve") && page.URL.Path == strings.TrimPrefix(action, w.Issuer) || page.Status >= 500 || page.Status < 400 && !page.Has("approve") {
				t.Errorf("SM-08 (Keycloak #45652), %s: %d at %s", how, page.Status, page.URL.Path)
			}
		}
		again("the same browser", b)
		w.Hop(1)
		again("another replica", b)
		other := browser(t, w)
		other.Begin(at(w, sim.MeansPlain))
		other.Choose(sim.MeansPlain)
		again("another browser", other)
		if other.Jar.Value("localhost", "__Host-sid") != "" {
			t.Error("SM-08: another browser is logged in by it")
		}
		if err := w.Replicas[0].Stop(); err != nil {
			t.Fatal(err)
		}
		p := w.Spawn(t)
		defer p.Kill()
		again("a hub that was started since", b)
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM once WHERE kind = 'upstream_answer'"); n != 1 {
			t.Errorf("%d answers are known to have been used, want one", n)
		}
	}, hubtest.WithReplicas(2))
}

func TestAttack_SM_08_ManyAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		b, action, form := posted(t, w)
		page := b.Post(action, form, w.Country.Addresses.SAML) // the hub shows it to the browser again, to be posted from there
		action, form = page.Posts()
		if action == "" {
			t.Fatalf("no form to post: %s", page.Text())
		}
		taken := 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, action, strings.NewReader(form.Encode()))
				if err != nil {
					return
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Origin", w.Issuer)
				for _, c := range b.Jar.All("localhost") {
					r.AddCookie(&c)
				}
				client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				answer, err := client.Do(r)
				if err != nil {
					return
				}
				_ = answer.Body.Close()
				for _, c := range answer.Cookies() {
					if c.Name == "__Host-sid" && c.Value != "" {
						mu.Lock()
						taken++
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		if taken != 1 {
			t.Errorf("SM-08: %d of 8 were taken", taken)
		}
	})
}

// SM-15: a logout that is not signed ends nothing, by a call and by the browser.
func TestAttack_SM_15_LogoutsOfOthers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		for _, means := range profiles() {
			b := browser(t, w)
			prove(b, w, means, "ordinary")
			turn(t, w, "slo_unsigned", "on")
			b.Get(w.Country.Addresses.SAML + "/logout")
			b.Click("log-out")
			if !alive(b, w) {
				t.Errorf("SM-15 (gosaml2 GHSA-pcgw-qcv5-h8ch): an unsigned logout at %s ends the session", means)
			}
			turn(t, w, "all", "")
		}
		forged := idp.Protocol("LogoutRequest", xmlsec.A("ID", "_x"), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(w.Now())),
			idp.Saml("Issuer", w.Country.SAML.Node.EntityID), idp.Saml("NameID", "x"), idp.Protocol("SessionIndex", "x"))
		for name, body := range map[string][]byte{"unsigned": idp.Envelope(forged), "junk": []byte("<a/>"), "nothing": nil, "huge": bytes.Repeat([]byte("x"), 1<<20)} {
			r := w.Ask(http.MethodPost, "/means/"+sim.MeansNode+"/logout")
			r.Body, r.ContentLength = http.NoBody, 0
			resp, err := http.Post(r.URL.String(), "text/xml", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode < 400 || resp.StatusCode >= 500 {
				t.Errorf("%s: %d", name, resp.StatusCode)
			}
		}
	})
}

func alive(b *hubtest.Browser, w *hubtest.World) bool {
	return b.Get(w.Issuer + "/logout").Has("logout-confirm")
}

// R-SAML-14: single logout, both ways, in both profiles.
func TestLogout_BothWays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		for _, means := range profiles() {
			b, stays := browser(t, w), browser(t, w)
			prove(b, w, means, "ordinary")
			prove(stays, w, means, "ordinary")
			if !alive(b, w) || !alive(stays, w) {
				t.Fatalf("%s: nobody is logged in: %s", means, b.Page.Text())
			}
			b.Get(w.Country.Addresses.SAML + "/logout")
			b.Click("log-out")
			if alive(b, w) || !alive(stays, w) {
				t.Errorf("%s: a logout there: ended here %t, the other lives %t", means, !alive(b, w), alive(stays, w))
			}
			live := w.Country.SAML.Live()
			stays.Get(w.Issuer + "/logout")
			page := stays.Click("logout-confirm")
			if !page.Has("logged-out") || alive(stays, w) || w.Country.SAML.Live() != live-1 {
				t.Errorf("%s: a logout here, at %s: there live %d of %d\n%s", means, page.URL, w.Country.SAML.Live(), live, w.Log)
			}
		}
	})
}

// R-SAML-14: an upstream that hangs holds a logout for three seconds, and no session.
func TestLogout_AnUpstreamThatHangs(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithSAML())
	b := browser(t, w)
	prove(b, w, sim.MeansNode, "ordinary")
	turn(t, w, "slow", "soap:30000")
	b.Get(w.Issuer + "/logout")
	if page := b.Click("logout-confirm"); !page.Has("logged-out") || alive(b, w) {
		t.Errorf("at %s:\n%s", page.URL, page.Text())
	}
}

// R-SAML-12: keys turn over on the provider's side without a failed login.
func TestTurnover(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World) {
		for _, means := range profiles() {
			turn(t, w, "metadata", "old-keys")
			if b := browser(t, w); !prove(b, w, means, "ordinary").Has("approve") {
				t.Fatalf("%s: %s", means, b.Page.Text())
			}
			turn(t, w, "metadata", "")
			turn(t, w, "key", "next") // published a moment ago, and in use already
			w.Shift(2 * time.Minute)
			if b := browser(t, w); !prove(b, w, means, "ordinary").Has("approve") {
				t.Errorf("%s: a login fails while keys turn over: %s\n%s", means, b.Page.Text(), w.Log)
			}
			turn(t, w, "key", "")
		}
	})
}

// UF-01, bulkhead: who waits for an artifact holds nobody else, and nobody waits for ever.
func TestAttack_UF_01_ArtifactsThatHang(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithSAML())
	turn(t, w, "slow", "soap:30000")
	var back, all sync.WaitGroup
	back.Add(1)
	all.Go(func() {
		defer back.Done()
		var waiting sync.WaitGroup
		for range 24 { // more than there are places for calls to one host
			waiting.Go(func() {
				b := browser(t, w)
				b.Begin(w.Country.Addresses.City)
				b.Choose(sim.MeansNode)
				if page := b.Be("ordinary"); page.Has("approve") || page.Status >= 500 {
					t.Errorf("from an upstream that hangs: %d at %s", page.Status, page.URL.Path)
				}
			})
		}
		waiting.Wait()
	})
	for range 5 {
		if told := w.Browser(t).Login(w.Country.Addresses.City, "bank-one", "diacritics"); told.TextOf("level") != "substantial" {
			t.Errorf("a login by the bank fails at %s:\n%s", told.URL.Path, told.Text())
		}
		if b := browser(t, w); !prove(b, w, sim.MeansPlain, "ordinary").Has("approve") {
			t.Errorf("a login by the plain profile fails: %s", b.Page.Text())
		}
	}
	all.Wait()
}

// The hub's metadata are signed and name what the upstream needs.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithSAML())
	for _, means := range profiles() {
		resp, err := http.Get(w.Issuer + "/means/" + means + "/metadata")
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		n, err := xmlsec.Parse(body.Bytes(), xmlsec.MetadataLimits())
		if err != nil || resp.Header.Get("Content-Type") != "application/samlmetadata+xml" {
			t.Fatalf("%s: %d %v", means, resp.StatusCode, err)
		}
		_, err = xmlsec.Verifier{Keys: w.Country.SAML.Node.Hub.Signs, Algorithms: xmlsec.Algorithms()}.Verify(n)
		if means == sim.MeansNode && err != nil {
			t.Error(err)
		}
		if !strings.Contains(body.String(), w.Issuer+"/callback/"+means) {
			t.Errorf("%s: our address is not in it", means)
		}
	}
}
