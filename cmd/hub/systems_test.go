package hub

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/config"
	"symbolon/connectors/pki/specimen"
)

// A register system proves itself with public keys of sane kinds: a private or symmetric one in the file is
// a mistake that a start says, and a file that holds nothing lets nobody in.
func TestFilesOfRegisterSystems(t *testing.T) {
	key := func(curve elliptic.Curve) *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	good := key(elliptic.P256())
	set := func(keys ...any) string {
		s := jose.JSONWebKeySet{}
		for _, k := range keys {
			s.Keys = append(s.Keys, jose.JSONWebKey{Key: k})
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for name, c := range map[string]struct {
		text string
		fine bool
	}{
		"a public key": {set(good.Public()), true}, "two": {set(good.Public(), key(elliptic.P256()).Public()), true},
		"a private one": {set(good), false}, "a symmetric one": {set([]byte("0123456789abcdef0123456789abcdef")), false},
		"another curve": {set(key(elliptic.P384()).Public()), false}, "none": {set(), false}, "no set": {"[]", false}, "nothing": {"", false},
	} {
		file := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		one := config.Config{Systems: []config.System{{ID: "id-cards", JWKSFile: file}}}
		_, keys, err := systemsOf(one, time.Now)
		if (err == nil) != c.fine || c.fine && keys["id-cards"] == nil {
			t.Errorf("%s: keys %t, %v", name, keys["id-cards"] != nil, err)
		}
		if found := examineSystems(one); len(found) != 1 || (found[0].Err == nil) != c.fine {
			t.Errorf("%s: the doctor says %v", name, found)
		}
		if _, _, err := systemsOf(config.Config{Systems: []config.System{{ID: "id-cards", CertificateFile: file}}}, time.Now); err == nil {
			t.Errorf("%s: taken for a certificate", name)
		}
	}
	file := filepath.Join(t.TempDir(), "certificate.pem")
	made, err := specimen.Make(&x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(4_000_000_000, 0), Subject: pkix.Name{CommonName: "id-cards"},
	}, elliptic.P256(), specimen.Pair{})
	if err == nil {
		err = os.WriteFile(file, made.PEM(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	one, two := config.System{ID: "one", CertificateFile: file}, config.System{ID: "two", CertificateFile: file}
	if _, _, err := systemsOf(config.Config{Systems: []config.System{one}}, time.Now); err != nil {
		t.Error(err)
	}
	if _, _, err := systemsOf(config.Config{Systems: []config.System{one, two}}, time.Now); err == nil {
		t.Error("one certificate is that of two systems")
	}
	if _, _, err := systemsOf(config.Config{Systems: []config.System{{ID: "id-cards", JWKSFile: "/nothing/here"}}}, time.Now); err == nil {
		t.Error("a file that there is not")
	}
}

// Where nobody can be enrolled, register systems are not left to ask in vain.
func TestRegisterSystemsNeedADeskThatEnrols(t *testing.T) {
	h := &Hub{config: config.Config{Hosts: config.Hosts{Desk: "desk.example", API: "api.example"}}, log: slog.New(slog.DiscardHandler)}
	if err := h.wireOffice(t.Context(), Options{}); err != nil {
		t.Errorf("a desk for nothing but its door: %v", err)
	}
	h.config.Systems = []config.System{{ID: "id-cards"}}
	if err := h.wireOffice(t.Context(), Options{}); err == nil {
		t.Error("it starts with register systems, and nobody can be enrolled")
	}
}
