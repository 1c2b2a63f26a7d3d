package samltest

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors"
	"symbolon/connectors/outbound"
	"symbolon/connectors/saml"
	"symbolon/provider/store"
)

// crowd is how many people wait for a node that hangs.
const crowd = 1000

// through makes the kinds of the product, but for one thing: who resolves an artifact waits at the door.
func through(d *hubtest.Door) map[string]hub.Kind {
	kinds := hub.Kinds()
	kinds[saml.Kind] = func(s hub.Surroundings) (connectors.Connector, error) {
		settings, err := saml.Decode(s.ID, s.Settings)
		if err != nil {
			return nil, err
		}
		options := outbound.Options{AllowHosts: settings.OutboundHosts(), AllowLoopback: true, Now: s.Now}
		client := outbound.New(options).HTTP()
		options.Timeout = hubtest.Patience
		d.Next = outbound.New(options)
		return saml.New(settings, saml.Deps{HTTP: client, SOAP: &http.Client{Transport: d}, Callback: s.Callback, Logout: s.Logout, Now: s.Now, Log: s.Log})
	}
	return kinds
}

// artifact makes one as the node does. What it stands for, nobody ever says.
func artifact(w *hubtest.World) string {
	source := sha1.Sum([]byte(w.Country.SAML.Node.EntityID))
	return base64.StdEncoding.EncodeToString(slices.Concat([]byte{0, 4, 0, 0}, source[:], make([]byte, 20)))
}

// A node that hangs holds no worker of anybody else: while a thousand logins wait for their artifacts, logins by
// a bank and by the other profile go on as before (attacks UF-01).
func TestAThousandWaitForANodeThatHangs(t *testing.T) {
	d := hubtest.NewDoor(8)
	w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithSAML(), hubtest.WithKinds(through(d)), hubtest.WithPatience())
	healthy := func() time.Duration {
		began := time.Now()
		if b := browser(t, w); !prove(b, w, sim.MeansPlain, "ordinary").Has("approve") {
			t.Fatalf("a login by the plain profile ends at %s:\n%s", b.Page.URL.Path, b.Page.Text())
		}
		if told := w.Browser(t).Login(w.Country.Addresses.City, "bank-one", "diacritics"); told.TextOf("level") != "substantial" {
			t.Fatalf("a login by the bank ends at %s:\n%s", told.URL.Path, told.Text())
		}
		return time.Since(began)
	}
	before := hubtest.Middle(t, healthy)
	type waiting struct {
		b  *hubtest.Browser
		at string
	}
	people := make([]waiting, crowd)
	for i := range people {
		b := w.Browser(t)
		b.Begin(w.Country.Addresses.City)
		b.Choose(sim.MeansNode)
		_, fields := b.Page.Posts()
		b.Wait(2 * hubtest.Patience)
		people[i] = waiting{b, w.Issuer + "/callback/" + sim.MeansNode + "?" + url.Values{"SAMLart": {artifact(w)}, "RelayState": fields["RelayState"]}.Encode()}
	}
	turn(t, w, "slow", "soap:300000")
	var back, other atomic.Int64
	var all sync.WaitGroup
	for _, p := range people {
		d.Slots <- struct{}{}
		all.Go(func() {
			page := p.b.Get(p.at)
			back.Add(1)
			if !page.Has("failure") && other.Add(1) == 1 {
				t.Errorf("one of those who waited is at %s (%d):\n%s", page.URL.Path, page.Status, page.Text())
			}
		})
	}
	hubtest.Await(t, "everybody waits", func() bool { return d.Waiting.Load() >= crowd })
	during := hubtest.Middle(t, healthy)
	still := crowd - back.Load()
	d.GiveUp()
	all.Wait()
	if other.Load() > 0 {
		t.Errorf("%d of %d did not come back to a page that offers other ways", other.Load(), crowd)
	}
	t.Logf("two logins by others take %s alone, %s while artifacts wait (%d of %d waited still at their end)", before, during, still, crowd)
}
