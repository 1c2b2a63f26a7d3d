// Package bench measures what logins cost, over HTTP on loopback, on both databases. The hub runs
// in a process of its own, so that browsers, services and upstreams are not counted: cpu-ms is the
// CPU time of the hub, pg-ms that of all processes of PostgreSQL. What is measured is a person who
// has been here before; a login ends when the service has its tokens.
//
//	go test -run '^$' -bench . -count 6 ./cmd/hub/hubtest/bench
//
// With SYMBOLON_HUBTEST_PROFILE=FILE the hub writes a CPU profile.
package bench

import (
	"net/http"
	"net/url"
	"os"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

func BenchmarkHub(b *testing.B) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		b.Run(string(d), func(b *testing.B) {
			p := newPlace(b, d)
			for range 10 { // the first are not like the others: connections, prepared statements, the person's rows
				p.prove(p.city)
				p.redeem(b, p.city, p.approve(b))
			}
			b.Run("idle", p.idle)
			b.Run("discovery", p.discovery)
			b.Run("authorize", p.authorize)
			b.Run("federated", p.federated)
			b.Run("sso", p.sso)
			b.Run("through", p.straightThrough)
			b.Run("token", p.redemption)
			b.Run("refresh", p.refresh)
			b.Run("userinfo", p.userinfo)
			p.process.Stop()
			b.Run("writes", p.writes)
		})
	}
}

// idle is the memory of a hub after some logins.
func (p *place) idle(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(resident(b, p.process.PID()), "MB")
	}
	b.ReportMetric(0, "ns/op")
}

func (p *place) discovery(b *testing.B) {
	a := open(b, p.meter)
	for b.Loop() {
		p.get(b, p.Issuer+"/.well-known/openid-configuration", "", http.StatusOK)
		a.count++
	}
	a.report("op")
}

// authorize is a request of somebody without a session.
func (p *place) authorize(b *testing.B) {
	a := open(b, p.meter)
	for b.Loop() {
		p.get(b, p.request(p.city), "", http.StatusSeeOther)
		a.count++
	}
	a.report("op")
}

// federated is a whole login: choice, upstream, consent, code, tokens.
func (p *place) federated(b *testing.B) {
	a := open(b, p.meter)
	for b.Loop() {
		p.prove(p.city)
		p.redeem(b, p.city, p.approve(b))
		a.count++
	}
	a.report("login")
}

// sso is a login at a second service with the session of the first, and a question.
func (p *place) sso(b *testing.B) {
	p.prove(p.library)
	a := open(b, p.meter)
	for b.Loop() {
		p.browser.Get(p.request(p.city)) // where nothing is ever remembered
		p.redeem(b, p.city, p.approve(b))
		a.count++
	}
	a.report("login")
}

// straightThrough is a login with a session, and a decision that leaves nothing to ask.
func (p *place) straightThrough(b *testing.B) {
	p.remembered(p.library)
	a := open(b, p.meter)
	for b.Loop() {
		p.redeem(b, p.library, p.through(b, p.library))
		a.count++
	}
	a.report("login")
}

// batch is how many codes are got at a time, so that few of them are too old when they are used.
const batch = 50

func (p *place) redemption(b *testing.B) {
	p.remembered(p.library)
	var codes []string
	a := open(b, p.meter)
	for b.Loop() {
		if len(codes) == 0 {
			a.pause()
			for range batch {
				codes = append(codes, p.through(b, p.library))
			}
			a.resume()
		}
		p.redeem(b, p.library, codes[0])
		codes = codes[1:]
		a.count++
	}
	a.report("op")
}

func (p *place) refresh(b *testing.B) {
	p.prove(p.city)
	got := p.redeem(b, p.city, p.approve(b))
	a := open(b, p.meter)
	for b.Loop() {
		got = p.token(b, p.city, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}})
		a.count++
	}
	a.report("op")
}

func (p *place) userinfo(b *testing.B) {
	p.prove(p.city)
	got := p.redeem(b, p.city, p.approve(b))
	a := open(b, p.meter)
	for b.Loop() {
		p.get(b, p.Issuer+"/userinfo", got.Access, http.StatusOK)
		a.count++
	}
	a.report("op")
}
