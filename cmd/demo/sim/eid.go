package sim

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"symbolon/connectors/pki/specimen"
)

// EID plays the authority that issues identity cards: its certificates, responder and revocation list,
// every card that it issued, and a reader for people who have none.
type EID struct {
	Authority     *specimen.Authority
	Switches      *Switches
	Issuing, Root string // the certificates' files
	Now           func() time.Time

	issuer string // the hub's address: the only page that the reader works on
	ring   keyring
	pages  *pages
	mu     sync.Mutex
	cards  []*Card
}

// meansCard is what people.json calls a card.
const meansCard = "card"

// StartEID makes the authority, or finds it in its folder, and a card for everybody who has one.
func StartEID(address, issuer, dir string, people []Person) (*EID, error) {
	pages, err := newPages("eid", "Identity cards")
	if err != nil {
		return nil, err
	}
	e := &EID{
		Now: time.Now, issuer: issuer, ring: keyring{filepath.Join(dir, "eid")}, pages: pages,
		Switches: faults(
			Switch{Name: "stale", Offers: []string{"on"}, What: "the responder's answers are of yesterday"},
			Switch{Name: "junk", Offers: []string{"ocsp", "crl", "all"}, What: "answers junk instead of a signed answer"},
			Switch{Name: "try_later", Offers: []string{"on"}, What: "the responder asks to come again later"},
			Switch{Name: "old_nonce", Offers: []string{"on"}, What: "the responder answers somebody else's question"},
		),
	}
	now := func() time.Time { return e.Now() }
	if err := e.found(specimen.Options{Name: "Demo e-ID", OCSP: address + "/ocsp", CRL: address + "/crl", Now: now}); err != nil {
		return nil, err
	}
	if e.Issuing, e.Root, err = e.Authority.Write(e.ring.dir); err != nil {
		return nil, err
	}
	for _, p := range holders(people, meansCard) {
		if err := e.give(p); err != nil {
			return nil, fmt.Errorf("card of %s: %w", p.Key, err)
		}
	}
	return e, nil
}

// found makes the authority, or puts it together of what the folder keeps.
func (e *EID) found(o specimen.Options) error {
	fresh, err := specimen.New(o)
	if err != nil {
		return fmt.Errorf("e-ID authority: %w", err)
	}
	var kept [3]specimen.Pair
	for i, p := range []struct {
		name string
		pair specimen.Pair
	}{{"root", fresh.Root}, {"issuing", fresh.Issuing}, {"responder", fresh.Responder}} {
		if kept[i], err = e.pair(p.name, func() (specimen.Pair, error) { return p.pair, nil }); err != nil {
			return err
		}
	}
	e.Authority = specimen.Restore(o, kept[0], kept[1], kept[2])
	return nil
}

// pair gives a certificate with its key out of the folder, made once.
func (e *EID) pair(name string, make func() (specimen.Pair, error)) (specimen.Pair, error) {
	raw, path, err := e.ring.file(name+".pem", func() ([]byte, error) {
		p, err := make()
		if err != nil {
			return nil, err
		}
		key, err := x509.MarshalPKCS8PrivateKey(p.Key)
		if err != nil {
			return nil, err
		}
		return append(p.PEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), nil
	})
	if err != nil {
		return specimen.Pair{}, fmt.Errorf("%s: %w", path, err)
	}
	p, err := readPair(raw)
	if err != nil {
		return specimen.Pair{}, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func readPair(raw []byte) (specimen.Pair, error) {
	first, rest := pem.Decode(raw)
	if first == nil {
		return specimen.Pair{}, errors.New("no certificate")
	}
	certificate, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return specimen.Pair{}, err
	}
	second, _ := pem.Decode(rest)
	if second == nil {
		return specimen.Pair{}, errors.New("no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	if err != nil {
		return specimen.Pair{}, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return specimen.Pair{}, errors.New("no key that signs")
	}
	return specimen.Pair{Certificate: certificate, Key: signer}, nil
}

// Handler serves responder, list, wallet and reader.
func (e *EID) Handler() http.Handler {
	mux := http.NewServeMux()
	e.Switches.routes(mux, e.pages)
	mux.HandleFunc("POST /ocsp", e.Switches.misbehave("ocsp", e.status))
	mux.HandleFunc("GET /crl", e.Switches.misbehave("crl", e.list))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		e.pages.show(w, http.StatusOK, "wallet", "Everybody’s identity cards", e.Cards())
	})
	mux.HandleFunc("POST /{$}", e.act)
	mux.HandleFunc("GET /reader.js", script("static/reader.js"))
	mux.HandleFunc("GET /frame.js", script("static/frame.js"))
	mux.HandleFunc("GET /reader", e.reader)
	mux.HandleFunc("POST /reader", e.typed)
	return fence(mux)
}

func script(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) }
}

// status answers as the responder, spoilt as the switches say.
func (e *EID) status(w http.ResponseWriter, r *http.Request) {
	if e.Switches.hits("junk", "ocsp") {
		_, _ = w.Write([]byte("junk"))
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return // the caller has gone
	}
	answer, err := e.Authority.Respond(body, func(a *specimen.Answer) {
		if e.Switches.Value("stale") != "" {
			a.This, a.Next = a.This.Add(-24*time.Hour), a.Next.Add(-24*time.Hour)
		}
		if e.Switches.Value("try_later") != "" {
			a.Whole = 3
		}
		if e.Switches.Value("old_nonce") != "" {
			a.Nonce = append([]byte{4, 32}, make([]byte, 32)...)
		}
	})
	if err != nil {
		http.Error(w, "not an OCSP request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(answer)
}

func (e *EID) list(w http.ResponseWriter, _ *http.Request) {
	if e.Switches.hits("junk", "crl") {
		_, _ = w.Write([]byte("junk"))
		return
	}
	list, err := e.Authority.List(nil, specimen.Pair{})
	if err != nil {
		http.Error(w, "no list", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(list)
}

// act does what a button of the wallet says.
func (e *EID) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := e.Change(r.PostFormValue("card"), r.PostFormValue("act")); err != nil {
		e.pages.problem(w, http.StatusNotFound, "no_such_card", "There is no such card, or it cannot do that.")
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Files writes the certificates of every card with their keys as PKCS #12, for a real browser.
func (e *EID) Files(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.cards {
		for name, p := range map[string]specimen.Pair{c.Key + ".p12": c.auth, c.Key + "-sign.p12": c.sign} {
			raw, err := bundle(p, e.Authority.Issuing.Certificate)
			if err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *EID) card(key string) *Card {
	i := slices.IndexFunc(e.cards, func(c *Card) bool { return strings.EqualFold(c.Key, key) })
	if i < 0 {
		return nil
	}
	return e.cards[i]
}
