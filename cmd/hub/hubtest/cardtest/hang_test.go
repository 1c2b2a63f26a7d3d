package cardtest

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors"
	"symbolon/connectors/outbound"
	"symbolon/connectors/pki"
	"symbolon/connectors/webeid"
	"symbolon/provider/store"
)

// crowd is how many people wait for a responder that hangs.
const crowd = 1000

// through makes the kinds of the product, but for one thing: people have the patience to wait for each other, and
// each is counted once they wait.
func through(d *hubtest.Door) map[string]hub.Kind {
	kinds := hub.Kinds()
	kinds[webeid.Kind] = func(s hub.Surroundings) (connectors.Connector, error) {
		settings, err := webeid.Decode(s.ID, s.Settings)
		if err != nil {
			return nil, err
		}
		ocsp, crl := pki.Hosts(settings.Issuers)
		d.Next = outbound.New(outbound.Options{AllowHosts: append(ocsp, crl...), AllowLoopback: true, Timeout: hubtest.Patience, Now: s.Now})
		client := &http.Client{Transport: d}
		cards, err := pki.New(settings.Issuers, pki.Deps{OCSP: client, CRL: client, Log: s.Log})
		if err != nil {
			return nil, err
		}
		return webeid.New(settings, webeid.Deps{Cards: cards, Log: s.Log})
	}
	return kinds
}

// A responder that hangs holds no worker of anybody else: while a thousand logins by card wait for it, logins by
// the trusted profile go on, one after the other and as before (attacks UF-01, XC-05).
func TestAThousandWaitForAResponderThatHangs(t *testing.T) {
	rp := clinic()
	d := hubtest.NewDoor(8)
	noList := func(settings map[string]any) { delete(settings["issuers"].([]any)[0].(map[string]any), "crl") }
	w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithCard(noList), hubtest.WithKinds(through(d)), hubtest.WithPatience(), hubtest.WithRPs(rp))
	healthy := func() time.Duration {
		b := w.Browser(t)
		began := time.Now()
		rp.Authorize(b)
		b.Choose("trusted-profile")
		if b.Be("ordinary"); !b.Page.Has("approve") {
			t.Fatalf("a login by the trusted profile ends at %s:\n%s", b.Page.URL.Path, b.Page.Text())
		}
		b.Click("approve")
		if code := rp.Answered(b.Page).Code(); code == "" {
			t.Fatal("no code")
		}
		return time.Since(began)
	}
	before := hubtest.Middle(t, healthy)

	type waiting struct {
		b      *hubtest.Browser
		action string
		fields url.Values
	}
	people := make([]waiting, crowd)
	for i := range people {
		b := w.Browser(t)
		atCard(b, rp)
		action, fields := b.Form("webeid-start")
		fields.Set("answer", b.Token(w, "ordinary"))
		b.Wait(2 * hubtest.Patience)
		people[i] = waiting{b, action, fields}
	}
	must(t, w.Country.EID.Switches.Set("slow", "ocsp:300000"))
	var back, refused atomic.Int64
	var all sync.WaitGroup
	for _, p := range people {
		d.Slots <- struct{}{}
		all.Go(func() {
			page := p.b.Post(p.action, p.fields, w.Issuer)
			back.Add(1)
			if refusal(page) == "card_unchecked" {
				refused.Add(1)
			}
		})
	}
	hubtest.Await(t, "everybody waits", func() bool { return d.Waiting.Load() >= crowd })
	during := hubtest.Middle(t, healthy)
	stillWaiting := crowd - back.Load()
	d.GiveUp()
	all.Wait()
	if refused.Load() != crowd {
		t.Errorf("%d of %d were told that the card cannot be checked", refused.Load(), crowd)
	}
	t.Logf("a login by the trusted profile takes %s alone, %s while cards wait (%d of %d waited still at its end)", before, during, stillWaiting, crowd)
	// Afterwards the card works again.
	must(t, w.Country.EID.Switches.Set("slow", ""))
	w.Shift(time.Minute)
	if claims := in(t, w.Browser(t), w, rp, "ordinary"); claims["acr"] != high {
		t.Errorf("afterwards: %v", claims["acr"])
	}
}
