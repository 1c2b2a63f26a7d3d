package bench

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/store"
)

const (
	pace    = 50 * time.Millisecond // 20 steps a second, whatever they take
	clerks  = 12                    // more than ever wait at once
	relogin = 3 * time.Minute       // a step-up is good for five
)

// BenchmarkOffice plays visits to an office, 20 steps a second over all of them, each a form and the page
// that it leads to, and says how long steps take from the moment they were due: the median, and what 95 of
// 100 keep. Every second visit begins in a register's system. Some 60 visits are enough:
//
//	go test -run '^$' -bench BenchmarkOffice -benchtime 60x ./cmd/hub/hubtest/bench
func BenchmarkOffice(b *testing.B) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		b.Run(string(d), func(b *testing.B) { b.Run("visits", newCounter(b, d).visits) })
	}
}

// counter is an office with its hub in a process of its own.
type counter struct {
	*hubtest.World
	process *hubtest.Process
	meter   meter

	mu    sync.Mutex
	took  map[string][]time.Duration // by step
	next  int                        // of the people who come
	queue chan time.Time             // when steps are due
}

func newCounter(b *testing.B, d store.Dialect) *counter {
	b.Helper()
	c := &counter{}
	c.World = hubtest.New(b, hubtest.WithDialect(d), hubtest.WithPhone(b, nil), hubtest.WithOffice(), hubtest.WithSystem(), hubtest.WithSettings(func(s map[string]any) {
		s["log"] = map[string]any{"level": "info", "format": "json"} // as in production
		s["desk"] = map[string]any{"look_ups": 10_000, "enrolments": 10_000}
	}))
	c.Employ(b)
	if err := c.Replicas[0].Stop(); err != nil {
		b.Fatal(err)
	}
	c.process = c.Spawn(b)
	c.meter = meter{c.process.PID(), postmaster(b, d, c.Identity.Source)}
	return c
}

// newcomer is somebody who was never here.
func (c *counter) newcomer() sim.Person {
	c.mu.Lock()
	c.next++
	n := c.next
	c.mu.Unlock()
	return c.Newcomer(n)
}

// step waits until one is due, and notes how long after that it was done.
func (c *counter) step(name string, do func()) {
	due := <-c.queue
	do()
	took := time.Since(due)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took[name] = append(c.took[name], took)
}

// atDesk is a clerk who has logged in.
func (c *counter) atDesk(b *testing.B) *hubtest.Browser {
	b.Helper()
	desk := c.Browser(b)
	desk.SignIn(c.At("desk"), "clerk-1")
	return desk
}

// visits lets b.N people come.
func (c *counter) visits(b *testing.B) {
	c.took, c.queue = map[string][]time.Duration{}, make(chan time.Time, 1000)
	desks := make([]*hubtest.Browser, min(clerks, b.N))
	for i := range desks {
		desks[i] = c.atDesk(b)
	}
	b.ResetTimer()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() { // due is due, also while nobody has a hand free
		defer close(ended)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case at := <-tick.C:
				select {
				case c.queue <- at:
				default: // a thousand wait: the figures tell
				}
			case <-stop:
				return
			}
		}
	}()
	work := make(chan int, b.N)
	for n := range b.N {
		work <- n
	}
	close(work)
	before := c.meter.read(b)
	var group sync.WaitGroup
	for _, desk := range desks {
		group.Go(func() {
			since := time.Now()
			for n := range work {
				if time.Since(since) > relogin {
					desk, since = c.atDesk(b), time.Now()
				}
				c.visit(b, desk, n%2 == 1)
			}
		})
	}
	group.Wait()
	close(stop)
	<-ended
	c.report(b, c.meter.read(b).minus(before))
}

// visit is one, from the number to a key that works.
func (c *counter) visit(b *testing.B, desk *hubtest.Browser, fromRegister bool) {
	p := c.newcomer()
	if fromRegister {
		var opened sim.SystemCase
		c.step("apply", func() {
			var err error
			if opened, err = c.Country.System.Open(b.Context(), p.Key, sim.ForHolder, p.Key+"-key"); err != nil {
				b.Error(err)
			}
		})
		c.step("link", func() { desk.Get(opened.Desk) })
		c.step("take", func() { desk.Click("take") })
	} else {
		c.step("start", func() { desk.Get(c.At("desk")) })
		desk.Fill("number", p.Number[len("PNOPL-"):])
		c.step("find", func() { desk.Click("find") })
	}
	found := desk.Page
	c.step("photo", func() { desk.Get(found.URL.Scheme + "://" + found.URL.Host + found.URL.Path + "/photo") })
	if desk.Page.Status != http.StatusOK {
		b.Errorf("no photo at %s (%d)", desk.Page.URL.Path, desk.Page.Status)
	}
	desk.Page = found
	for _, id := range desk.Page.IDs("check-") {
		desk.Tick(id)
	}
	c.step("compare", func() { desk.Click("compared") })
	c.step("print", func() { desk.Click("print") })
	c.step("back", func() { desk.Click("to-case") })
	c.step("sign", func() { desk.Click("signed") })
	c.step("hand-over", func() { desk.Click("hand-over") })
	at, number, code := desk.Page.URL.String(), desk.Page.TextOf("typed-number"), desk.Page.TextOf("typed-code")

	phone, device := c.Browser(b), enrolledtest.NewDevice()
	c.step("open", func() { phone.Get(c.Issuer + "/e") })
	phone.Fill("number", number)
	phone.Fill("code", code)
	c.step("claim", func() { phone.Click("begin-typed") })
	match := phone.Page.TextOf("match")
	c.step("yes", func() { phone.Click("yes") })
	phone.Fill("answer", p.Document.Number[len(p.Document.Number)-4:])
	c.step("prove", func() { phone.Click("go-on") })
	c.step("accept", func() { phone.Click("accept") })
	action, form := phone.Creation(device)
	c.step("key", func() { phone.Post(action, form, c.Issuer) })
	c.step("look", func() { desk.Get(at) })
	desk.Fill("digits", match)
	c.step("match", func() { desk.Click("match") })
	c.step("done", func() { phone.Get(c.Issuer + "/e/now") })
	c.step("codes", func() { phone.Click("show-codes") })
	if !desk.Page.Has("step-done") || !phone.Page.Has("codes") {
		b.Errorf("the visit ends at %s (%d):\n%s", desk.Page.URL, desk.Page.Status, desk.Page.Text())
	}
}

// report says what each step took, in the order of a visit, and what all of it cost.
func (c *counter) report(b *testing.B, cost spent) {
	b.Helper()
	total, highest := 0, 0.0
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range c.took {
			if !yield(name) {
				return
			}
		}
	}) {
		all := c.took[name]
		slices.Sort(all)
		total += len(all)
		at := func(share int) float64 { return all[min(len(all)*share/100, len(all)-1)].Seconds() * 1000 }
		b.ReportMetric(at(50), name+"-p50-ms")
		b.ReportMetric(at(95), name+"-p95-ms")
		highest = max(highest, at(95))
	}
	b.ReportMetric(highest, "highest-p95-ms")
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(cost.hub.Seconds()*1000/float64(total), "cpu-ms/step")
	if c.meter.database != 0 {
		b.ReportMetric(cost.database.Seconds()*1000/float64(total), "pg-ms/step")
	}
}
