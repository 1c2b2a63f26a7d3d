// Package enrolledtest gives tests a passkey authenticator in software, with the faults that a real one
// does not show on demand, and stores in memory with the conditions that the databases have.
package enrolledtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Device is one authenticator. Its fields may be changed at any time.
type Device struct {
	Origin     string // of the page that asks; "" for https:// and the rpId
	RPID       string // that it signs for; "" for the one asked
	Unverified bool   // does not check its owner
	Portable   bool   // is a key of its own, plugged in
	Synced     bool   // says that a cloud account copies it
	Eligible   bool   // says that one might
	Count      uint32 // of the last signature
	Step       uint32 // by which the count grows; 0 for an authenticator without a count
	AAGUID     [16]byte
	Maker      *Maker // attests it; nil: nobody does

	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
}

// Maker is a manufacturer: a certificate authority of attestations.
type Maker struct {
	Root *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Flags of authenticator data (Web Authentication Level 3 §6.1).
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagEligible = 1 << 3
	flagBackedUp = 1 << 4
	flagAttested = 1 << 6
)

// NewDevice makes an authenticator that checks its owner and counts.
func NewDevice() *Device { return &Device{Step: 1, AAGUID: [16]byte{1, 2, 3, 4}} }

// NewMaker makes a manufacturer.
func NewMaker(t testing.TB) *Maker {
	t.Helper()
	m := &Maker{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test maker"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, m.key.Public(), m.key)
	if err != nil {
		t.Fatal(err)
	}
	if m.Root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return m
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ID is the id of the credential that was made; nil before.
func (d *Device) ID() []byte { return d.id }

// Clone copies the authenticator, keys and count and all.
func (d *Device) Clone() *Device {
	c := *d
	return &c
}

// Create answers options for navigator.credentials.create as a browser does.
func (d *Device) Create(t testing.TB, options []byte) []byte {
	t.Helper()
	var o struct {
		Challenge   string `json:"challenge"`
		Attestation string `json:"attestation"`
		RP          struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	read(t, options, &o)
	d.key, d.id, d.handle = newKey(t), make([]byte, 32), unbase(t, o.User.ID)
	_, _ = rand.Read(d.id)
	client := d.client(t, "webauthn.create", o.Challenge, o.RP.ID)
	data := d.data(o.RP.ID, flagAttested)
	data = append(data, d.AAGUID[:]...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id))) //nolint:gosec // 32
	data = append(data, d.id...)
	point, err := d.key.PublicKey.Bytes() // 0x04 and the two coordinates
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, encode(t, map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})...)
	object := map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data}
	if o.Attestation == "direct" && d.Maker != nil {
		object["fmt"], object["attStmt"] = "packed", d.Maker.attest(t, d.AAGUID, data, client)
	}
	return d.answer(t, map[string]any{"clientDataJSON": base(client), "attestationObject": base(encode(t, object)), "transports": []string{d.way()}})
}

// Get answers options for navigator.credentials.get as a browser does.
func (d *Device) Get(t testing.TB, options []byte) []byte {
	t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
	}
	read(t, options, &o)
	d.Count += d.Step
	client, data := d.client(t, "webauthn.get", o.Challenge, o.RPID), d.data(o.RPID, 0)
	return d.answer(t, map[string]any{
		"clientDataJSON": base(client), "authenticatorData": base(data), "signature": base(sign(t, d.key, data, client)), "userHandle": base(d.handle),
	})
}

func (d *Device) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"id": base(d.id), "rawId": base(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}, "authenticatorAttachment": d.attachment(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// way is how a browser reaches it.
func (d *Device) way() string {
	if d.Portable {
		return "usb"
	}
	return "internal"
}

func (d *Device) attachment() string {
	if d.Portable {
		return "cross-platform"
	}
	return "platform"
}

func (d *Device) client(t testing.TB, kind, challenge, rpID string) []byte {
	t.Helper()
	origin := d.Origin
	if origin == "" {
		origin = "https://" + rpID
	}
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// data is the authenticator data without what only a new credential has.
func (d *Device) data(rpID string, flags byte) []byte {
	if d.RPID != "" {
		rpID = d.RPID
	}
	flags |= flagPresent
	if !d.Unverified {
		flags |= flagVerified
	}
	if d.Eligible {
		flags |= flagEligible
	}
	if d.Synced {
		flags |= flagEligible | flagBackedUp
	}
	sum := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.Count)
}

// attest makes a packed attestation (Web Authentication Level 3 §8.2) by a certificate of the maker.
func (m *Maker) attest(t testing.TB, aaguid [16]byte, data, client []byte) map[string]any {
	t.Helper()
	key := newKey(t)
	model, err := asn1.Marshal(aaguid[:])
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), BasicConstraintsValid: true,
		Subject:         pkix.Name{Country: []string{"PL"}, Organization: []string{"Test maker"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Test model"},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}, Value: model}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, m.Root, key.Public(), m.key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"alg": -7, "sig": sign(t, key, data, client), "x5c": []any{der}}
}

func sign(t testing.TB, key *ecdsa.PrivateKey, data, client []byte) []byte {
	t.Helper()
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := mode.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func read(t testing.TB, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func base(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unbase(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
