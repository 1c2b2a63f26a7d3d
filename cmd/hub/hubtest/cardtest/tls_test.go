package cardtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/pki/specimen"
	"symbolon/provider/store"
)

// eachTLS runs a story on both databases, at a hub with a card host.
func eachTLS(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), change ...func(map[string]any)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			story(t, hubtest.New(t, hubtest.WithDialect(d), hubtest.WithCertificates(change...), hubtest.WithRPs(rp)), rp)
		})
	}
}

func toHigh(settings map[string]any) { settings["ceiling"] = "high" }

// shown lets a browser log in with what it shows, and gives the page where that ends.
func shown(b *hubtest.Browser, rp *hubtest.RP, changes ...string) *hubtest.Page {
	rp.Authorize(b, changes...)
	return b.Choose(hubtest.MeansTLS)
}

// acr finishes a login and gives its level.
func acr(t *testing.T, b *hubtest.Browser, rp *hubtest.RP) any {
	t.Helper()
	if !b.Page.Has("approve") {
		t.Fatalf("at %s, which says:\n%s", b.Page.URL.Path, b.Page.Text())
	}
	b.Click("approve")
	_, claims := hubtest.ReadJWT(t, rp.Exchange(rp.Answered(b.Page).Code()).Text("id_token"))
	return claims["acr"]
}

func TestACertificateLogsInAtSubstantial(t *testing.T) {
	eachTLS(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Insert(w, "ordinary", false)
		shown(b, rp)
		if got := acr(t, b, rp); got != substantial {
			t.Errorf("acr %v", got)
		}
		b = w.Browser(t)
		if rp.Authorize(b, "acr_values", high); b.Page.Has("means-" + hubtest.MeansTLS) {
			t.Error("offered for high, which it cannot reach")
		}
	})
}

func TestACertificateLogsInAtHighWhereTheOperatorSaysSo(t *testing.T) {
	eachTLS(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Insert(w, "ordinary", false)
		shown(b, rp, "acr_values", high)
		if got := acr(t, b, rp); got != high {
			t.Errorf("acr %v", got)
		}
	}, toHigh)
}

func TestWhatIsWrongWithACardIsTold(t *testing.T) {
	eachTLS(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		other, err := specimen.New(specimen.Options{Name: "Demo e-ID"})
		must(t, err)
		foreign, err := other.Issue(other.Template(specimen.Holder{Given: "A", Family: "B", Number: "PNOPL-87022290019", Birthdate: "1987-02-22", Document: "ZZP100001"}), "ES256")
		must(t, err)
		for want, insert := range map[string]func(*hubtest.Browser){
			"card_missing":   func(b *hubtest.Browser) { b.Insert(w, "", false) },
			"card_signing":   func(b *hubtest.Browser) { b.Insert(w, "ordinary", true) },
			"card_suspended": func(b *hubtest.Browser) { b.Insert(w, "suspended-certificate", false) },
			"card_wrong":     func(b *hubtest.Browser) { b.Show(w, foreign) },
		} {
			b := w.Browser(t)
			insert(b)
			page := shown(b, rp)
			if got := refusal(page); got != want {
				t.Errorf("%q, want %q (R-CARD-01)\n%s", got, want, page.Text())
			}
			if help := b.Click("failure-help"); !help.Has(want) {
				t.Errorf("no help about %s", want)
			}
		}
	})
}

// claim writes the headers by which proxies say which certificate they saw.
func claim(r *http.Request, der []byte) {
	pem := url.QueryEscape("-----BEGIN CERTIFICATE-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END CERTIFICATE-----\n")
	for _, name := range []string{"X-SSL-Client-Cert", "X_SSL_Client_Cert", "X-Client-Cert", "Ssl-Client-Cert"} {
		r.Header[name] = []string{pem, pem}
	}
	r.Header["X-Forwarded-Client-Cert"] = []string{`Cert="` + pem + `"`}
	value := ":" + base64.StdEncoding.EncodeToString(der) + ":"
	r.Header["Client-Cert"], r.Header["client_cert"] = []string{value}, []string{value}
	r.Header["X-SSL-Client-Verify"] = []string{"SUCCESS"}
}

// claiming is a transport that adds those headers.
type claiming struct {
	next http.RoundTripper
	der  []byte
}

// RoundTrip adds them to every request.
func (c claiming) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	claim(r, c.der)
	return c.next.RoundTrip(r)
}

func TestAttack_XC_01(t *testing.T) {
	const source = "attacks XC-01; Keycloak CVE-2024-10039, oauth2-proxy CVE-2025-64484"
	rp := clinic()
	w := hubtest.New(t, hubtest.WithCertificates(), hubtest.WithRPs(rp))
	card, err := w.Country.EID.Certificate("ordinary", false)
	must(t, err)
	// From outside, with the victim's public certificate.
	b := w.Browser(t)
	b.Through(func(next http.RoundTripper) http.RoundTripper { return claiming{next, card.Certificate.Raw} })
	if page := shown(b, rp); refusal(page) != "card_missing" {
		t.Errorf("a header counted: %q (%s)\n%s", refusal(page), source, page.Text())
	}
}

// behindProxy changes the settings so that a proxy brings the card host's requests to an address.
func behindProxy(address string) hubtest.With {
	return hubtest.WithSettings(func(s map[string]any) {
		listen := s["listen"].(map[string]any)
		listen["card"] = address
		if strings.HasPrefix(address, "unix:") {
			delete(listen, "card_cert_file")
			delete(listen, "card_key_file")
		} else {
			listen["card_proxy_ca_file"] = strings.Replace(listen["card_cert_file"].(string), "card.pem", "ca.pem", 1)
		}
	})
}

// bring plays the proxy: it has seen a certificate and brings the request for a ticket.
func bring(t *testing.T, conn net.Conn, ticket *url.URL, header http.Header) *http.Response {
	t.Helper()
	defer conn.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ticket.String(), nil)
	must(t, err)
	for name, values := range header {
		r.Header[name] = values
	}
	must(t, r.Write(conn))
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	must(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// ticket begins a login and stops before the card host.
func ticket(t *testing.T, b *hubtest.Browser, rp *hubtest.RP) *url.URL {
	t.Helper()
	b.Halt = "card.localhost"
	u, err := url.Parse(shown(b, rp).Next)
	must(t, err)
	b.Halt = ""
	return u
}

func TestAProvenProxyBringsTheCertificate(t *testing.T) {
	const source = "attacks XC-01; RFC 9440"
	socket := filepath.Join(t.TempDir(), "card.sock")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	for _, way := range []string{"unix:" + socket, address} {
		rp := clinic()
		w := hubtest.New(t, hubtest.WithCertificates(), behindProxy(way), hubtest.WithRPs(rp))
		card, err := w.Country.EID.Certificate("ordinary", false)
		must(t, err)
		saw := http.Header{"Client-Cert": {":" + base64.StdEncoding.EncodeToString(card.Certificate.Raw) + ":"}, "X-Forwarded-For": {"203.0.113.7"}}
		dial := func(pair string) (net.Conn, error) {
			if path, ok := strings.CutPrefix(way, "unix:"); ok {
				return net.Dial("unix", path)
			}
			settings := w.Trusting("card.localhost")
			if pair != "" {
				own, err := tls.LoadX509KeyPair(w.File(pair+".pem"), w.File(pair+".key"))
				must(t, err)
				settings.Certificates = []tls.Certificate{own}
			}
			return tls.Dial("tcp", way, settings)
		}
		b := w.Browser(t)
		conn, err := dial("proxy")
		must(t, err)
		response := bring(t, conn, ticket(t, b, rp), saw)
		if response.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: the proxy's request: %d", way, response.StatusCode)
		}
		b.Get(response.Header.Get("Location"))
		if got := acr(t, b, rp); got != substantial {
			t.Errorf("%s: acr %v", way, got)
		}
		// Two headers, or none that can be read, are refused; other hosts are not served there.
		for name, values := range map[string][]string{"two": {saw["Client-Cert"][0], saw["Client-Cert"][0]}, "junk": {":anVuaw==:"}, "no colons": {"anVuaw=="}} {
			conn, err := dial("proxy")
			must(t, err)
			if got := bring(t, conn, ticket(t, w.Browser(t), rp), http.Header{"Client-Cert": values}).StatusCode; got != http.StatusBadRequest {
				t.Errorf("%s: %s headers: %d (%s)", way, name, got, source)
			}
		}
		conn, err = dial("proxy")
		must(t, err)
		hub, err := url.Parse(w.Issuer + "/help")
		must(t, err)
		if got := bring(t, conn, hub, nil).StatusCode; got != http.StatusMisdirectedRequest {
			t.Errorf("%s: the hub's own pages at the proxy's door: %d (%s)", way, got, source)
		}
		// The card host is not on the public listener then.
		front := w.Dial(t, w.Trusting("localhost"))
		if got := bring(t, front, ticket(t, w.Browser(t), rp), saw).StatusCode; got != http.StatusMisdirectedRequest {
			t.Errorf("%s: from outside with the proxy's header: %d (%s)", way, got, source)
		}
		if !strings.HasPrefix(way, "unix:") { // a peer without the proxy's certificate
			if conn, err := dial(""); err == nil {
				_, err = fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: card.localhost\r\n\r\n")
				if err == nil {
					_, err = conn.Read(make([]byte, 1))
				}
				if err == nil {
					t.Errorf("a peer that proved nothing was answered (%s)", source)
				}
			}
		}
	}
}

// A request reaches the card host only over a connection made for it, and no other host over that one
// (R-CARD-11); no ticket of TLS resumes it, and it speaks HTTP/1.1 only (R-CARD-10).
func TestConnectionsBelongToOneHost(t *testing.T) {
	rp := clinic()
	w := hubtest.New(t, hubtest.WithCertificates(), hubtest.WithRPs(rp))
	at := ticket(t, w.Browser(t), rp)
	hub, err := url.Parse(w.Issuer + "/help")
	must(t, err)
	if got := bring(t, w.Dial(t, w.Trusting("localhost")), at, nil).StatusCode; got != http.StatusMisdirectedRequest {
		t.Errorf("the card host over the hub's connection: %d (R-CARD-11)", got)
	}
	if got := bring(t, w.Dial(t, w.Trusting("card.localhost")), hub, nil).StatusCode; got != http.StatusMisdirectedRequest {
		t.Errorf("the hub over the card host's connection: %d (R-CARD-11)", got)
	}
	settings := w.Trusting("card.localhost")
	settings.NextProtos, settings.ClientSessionCache = []string{"h2", "http/1.1"}, tls.NewLRUClientSessionCache(4)
	for range 2 {
		conn := w.Dial(t, settings)
		response := bring(t, conn, at, nil)
		if !response.Close {
			t.Error("the connection is kept (R-CARD-10)")
		}
		if state := conn.ConnectionState(); state.NegotiatedProtocol == "h2" || state.DidResume {
			t.Errorf("%s, resumed %t (R-CARD-11, attacks XC-13)", state.NegotiatedProtocol, state.DidResume)
		}
	}
	for host, asks := range map[string]bool{"localhost": false, "card.localhost": true} {
		asked := false
		settings := w.Trusting(host)
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &tls.Certificate{}, nil
		}
		_ = w.Dial(t, settings)
		if asked != asks {
			t.Errorf("%s asks for a certificate: %t", host, asked)
		}
	}
}

func TestAttack_XC_14(t *testing.T) {
	const source = "attacks XC-14; Dex CVE-2024-23656"
	w := hubtest.New(t, hubtest.WithCertificates())
	for _, host := range []string{"localhost", "card.localhost"} {
		for name, change := range map[string]func(*tls.Config){
			"TLS 1.0": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 },
			"TLS 1.1": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			"RC4": func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_RC4_128_SHA}
			},
			"3DES": func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
			},
		} {
			settings := w.Trusting(host)
			change(settings)
			if conn, err := tls.Dial("tcp", w.Front.Addr, settings); err == nil {
				_ = conn.Close()
				t.Errorf("%s speaks %s (%s)", host, name, source)
			}
		}
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			settings := w.Trusting(host)
			settings.MinVersion, settings.MaxVersion = version, version
			_ = w.Dial(t, settings)
		}
	}
}

// An attacker's ticket in the victim's browser logs nobody in: the way back belongs to the attacker's browser,
// which never sees it.
func TestATicketOfAnotherBrowserLogsNobodyIn(t *testing.T) {
	rp := clinic()
	w := hubtest.New(t, hubtest.WithCertificates(), hubtest.WithRPs(rp))
	attacker, victim := w.Browser(t), w.Browser(t)
	at := ticket(t, attacker, rp)
	victim.Insert(w, "ordinary", false)
	page := victim.Get(at.String())
	if page.Status < 400 {
		t.Errorf("the victim is at %s", page.URL.Path)
	}
	if page := attacker.Get(at.String()); page.Status != http.StatusBadRequest {
		t.Errorf("the ticket was good twice: %d", page.Status)
	}
}
