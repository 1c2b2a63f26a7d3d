package pki

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
	"symbolon/connectors/pki/specimen"
)

func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func konstanty() specimen.Holder {
	return specimen.Holder{Given: "Konstanty", Family: "Brzeziński-Testowy", Number: "PNOPL-87022290019", Birthdate: "1987-02-22", Document: "ZZP100001"}
}

// rig is one authority, what answers for it, and a verifier that trusts it.
type rig struct {
	t         *testing.T
	authority *specimen.Authority
	profile   Profile
	now       time.Time
	dir       string
	server    *httptest.Server

	ocsp, crl           http.HandlerFunc
	asked, listed       atomic.Int32
	change              func(*specimen.Answer)
	changeList          func(*x509.RevocationList)
	listBy              specimen.Pair
	verifier            *Verifier
	ocspLimit, crlLimit int64
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, now: noon(), dir: t.TempDir(), ocspLimit: 64 << 10, crlLimit: 1 << 20}
	r.ocsp = func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		answer, err := r.authority.Respond(body, r.change)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = w.Write(answer)
	}
	r.crl = func(w http.ResponseWriter, _ *http.Request) {
		list, err := r.authority.List(r.changeList, r.listBy)
		if err != nil {
			t.Errorf("list: %v", err)
		}
		_, _ = w.Write(list)
	}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/ocsp" {
			r.asked.Add(1)
			r.ocsp(w, q)
			return
		}
		r.listed.Add(1)
		r.crl(w, q)
	}))
	t.Cleanup(r.server.Close)
	var err error
	r.authority, err = specimen.New(specimen.Options{Name: "Test eID", OCSP: r.server.URL + "/ocsp", CRL: r.server.URL + "/crl", Now: func() time.Time { return r.now }})
	r.must(err)
	r.profile = Profile{
		ID: "pl-2019", Country: "PL", Level: identity.High,
		CertificatesFile: r.write("issuing.pem", r.authority.Issuing), RootsFile: r.write("root.pem", r.authority.Root),
		Policies: []string{specimen.AuthPolicy}, Refused: []string{"1.3.6.1.4.1.99999.1.7"},
		Subject: Subject{Number: `^PNOPL-(\d{11})$`, Scheme: "PNO", Birthdate: true, Document: specimen.DocumentOID, DocumentType: "idcard"},
		OCSP:    OCSP{URL: r.server.URL + "/ocsp"}, CRL: CRL{URL: r.server.URL + "/crl"},
	}
	r.trust(r.profile)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) write(name string, pairs ...specimen.Pair) string {
	r.t.Helper()
	var text []byte
	for _, p := range pairs {
		text = append(text, p.PEM()...)
	}
	file := filepath.Join(r.dir, name)
	r.must(os.WriteFile(file, text, 0o600))
	return file
}

// trust makes the verifier anew, of these profiles.
func (r *rig) trust(profiles ...Profile) {
	r.t.Helper()
	client := func(limit int64) *http.Client {
		return outbound.New(outbound.Options{AllowHosts: []string{"127.0.0.1"}, AllowLoopback: true, MaxBody: limit, Timeout: 2 * time.Second}).HTTP()
	}
	var err error
	r.verifier, err = New(profiles, Deps{OCSP: client(r.ocspLimit), CRL: client(r.crlLimit), Log: slog.New(slog.DiscardHandler)})
	r.must(err)
}

// card issues a certificate, after change.
func (r *rig) card(change func(*x509.Certificate)) *x509.Certificate {
	r.t.Helper()
	template := r.authority.Template(konstanty())
	if change != nil {
		change(template)
	}
	p, err := r.authority.Issue(template, "ES256")
	r.must(err)
	return p.Certificate
}

// verify runs both halves.
func (r *rig) verify(leaf *x509.Certificate, wanted identity.Level) (Card, error) {
	r.t.Helper()
	use := Use{Now: r.now, Wanted: wanted}
	found, err := r.verifier.Inspect(leaf, use)
	if err != nil {
		return Card{}, err
	}
	return r.verifier.Status(r.t.Context(), found, use)
}

// refuses fails the test unless the certificate is refused in this way.
func (r *rig) refuses(leaf *x509.Certificate, want Refusal, source string) {
	r.t.Helper()
	_, err := r.verify(leaf, identity.High)
	if got, ok := IsRefusal(err); !ok || got != want {
		r.t.Errorf("got %v, want %s (%s)", err, want, source)
	}
}
