package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// pair is a key with a self-signed certificate.
type pair struct {
	key crypto.Signer
	der []byte
}

func newPair(t testing.TB, algorithm string) pair {
	t.Helper()
	a, _ := byName(algorithm)
	var key crypto.Signer
	var err error
	switch {
	case a.family != "ecdsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case a.hash == crypto.SHA384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case a.hash == crypto.SHA512:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pair{key, der}
}

const sample = `<p:R xmlns:p="urn:r" ID="_r"><Issuer xmlns="urn:a">me</Issuer><a:Assertion xmlns:a="urn:a" ID="_a"><a:Name note="&quot;">Zażółć &amp; gęślą</a:Name></a:Assertion></p:R>`

func signed(t testing.TB, p pair, algorithm string) []byte {
	t.Helper()
	n, err := Parse([]byte(sample), Message())
	if err != nil {
		t.Fatal(err)
	}
	if err := (Signer{p.key, algorithm, p.der}).Sign(n, 1); err != nil {
		t.Fatal(err)
	}
	return n.Bytes()
}

func verifier(p pair) Verifier {
	return Verifier{Keys: []crypto.PublicKey{p.key.Public()}, Algorithms: Algorithms()}
}

func TestSign_AndVerify(t *testing.T) {
	for _, algorithm := range Algorithms() {
		p := newPair(t, algorithm)
		n, err := Parse(signed(t, p, algorithm), Message())
		if err != nil {
			t.Fatal(err)
		}
		got, err := verifier(p).Verify(n)
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		if name := got.Path("urn:a", "Assertion", "Name").Text(); name != "Zażółć & gęślą" || Signed(got) {
			t.Errorf("%s: read %q", algorithm, name)
		}
		if _, err := (Verifier{Keys: []crypto.PublicKey{newPair(t, algorithm).key.Public()}, Algorithms: Algorithms()}).Verify(n); err == nil {
			t.Errorf("%s: another key does as well", algorithm)
		}
		if _, err := (Verifier{Keys: []crypto.PublicKey{p.key.Public()}}).Verify(n); err == nil {
			t.Errorf("%s: is taken although nobody allowed it", algorithm)
		}
	}
}

// Every octet that is changed is noticed, or makes the document unreadable, or changes nothing.
func TestVerify_EveryChangeIsNoticed(t *testing.T) {
	p := newPair(t, ECDSASHA256)
	document := signed(t, p, ECDSASHA256)
	original, err := Parse([]byte(sample), Message())
	if err != nil {
		t.Fatal(err)
	}
	for i := range document {
		changed := append([]byte{}, document...)
		changed[i] ^= 1
		n, err := Parse(changed, Message())
		if err != nil {
			continue
		}
		if got, err := verifier(p).Verify(n); err == nil && string(got.Bytes()) != string(original.Bytes()) {
			t.Fatalf("octet %d: %q is taken for what was signed", i, changed[max(0, i-20):min(len(changed), i+20)])
		}
	}
}

// R-SAML-03 and attacks SM-04, SM-12, SM-20: forms of a signature that are not taken.
func TestVerify_Refuses(t *testing.T) {
	p := newPair(t, RSASHA256)
	good := string(signed(t, p, RSASHA256))
	for why, change := range map[string][2]string{
		"no signature at all":        {good[strings.Index(good, "<ds:Signature ") : strings.Index(good, "</ds:Signature>")+15], ""},
		"two signatures":             {`<ds:Signature `, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature><ds:Signature `},
		"no value":                   {`</ds:SignedInfo><ds:SignatureValue>`, `</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:SignatureValue>`},
		"an Object":                  {`</ds:Signature>`, `<ds:Object></ds:Object></ds:Signature>`},
		"an empty signature":         {`<ds:SignedInfo>`, `</ds:Signature><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>`},
		"a reference to nothing":     {`URI="#_r"`, `URI=""`},
		"a reference to another":     {`URI="#_r"`, `URI="#_a"`},
		"a reference without URI":    {` URI="#_r"`, ``},
		"two references":             {`<ds:Reference `, `<ds:Reference URI="#_a"></ds:Reference><ds:Reference `},
		"SHA-1":                      {`rsa-sha256`, `rsa-sha1`},
		"SHA-1 of 2000":              {`http://www.w3.org/2001/04/xmldsig-more#rsa-sha256`, `http://www.w3.org/2000/09/xmldsig#rsa-sha1`},
		"HMAC":                       {`http://www.w3.org/2001/04/xmldsig-more#rsa-sha256`, `http://www.w3.org/2001/04/xmldsig-more#hmac-sha256`},
		"MD5":                        {`rsa-sha256`, `rsa-md5`},
		"a SHA-1 digest":             {`http://www.w3.org/2001/04/xmlenc#sha256`, `http://www.w3.org/2000/09/xmldsig#sha1`},
		"XSLT":                       {`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">`},
		"XPath":                      {`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">`},
		"a third transform":          {`</ds:Transforms>`, `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>`},
		"no transforms":              {`<ds:Transforms>`, `<ds:Transforms></ds:Transforms><ds:Transforms>`},
		"comments kept":              {`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`, `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments">`},
		"inclusive canonicalisation": {`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`, `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">`},
		"the element's ID changed":   {`ID="_r"`, `ID="_x"`},
		"the element's ID gone":      {` ID="_r"`, ``},
		"text between":               {`<ds:SignatureMethod`, `x<ds:SignatureMethod`},
		"a digest of other length":   {`<ds:DigestValue>`, `<ds:DigestValue>AAAA`},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if changed == good {
			t.Fatalf("%s: nothing was changed", why)
		}
		n, err := Parse([]byte(changed), Message())
		if err != nil {
			t.Errorf("%s: %v", why, err)
			continue
		}
		if _, err := verifier(p).Verify(n); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// means.md §0: an ECDSA signature is r and s side by side; DER is another format.
func TestVerify_ECDSAIsRaw(t *testing.T) {
	p := newPair(t, ECDSASHA256)
	raw, err := SignBytes(p.key, ECDSASHA256, []byte("data"))
	if err != nil || len(raw) != 64 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	der, err := ecdsa.SignASN1(rand.Reader, p.key.(*ecdsa.PrivateKey), sum(crypto.SHA256, []byte("data")))
	if err != nil {
		t.Fatal(err)
	}
	keys := []crypto.PublicKey{p.key.Public()}
	if !VerifyBytes(keys, Algorithms(), URI(ECDSASHA256), []byte("data"), raw) || VerifyBytes(keys, Algorithms(), URI(ECDSASHA256), []byte("data"), der) {
		t.Error("raw is refused, or DER is taken")
	}
}

func TestFits_WeakKeys(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err == nil && Fits(weak.Public(), RSASHA256) {
		t.Error("RSA of 1024 bits is taken")
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if Fits(small.Public(), ECDSASHA256) || Fits(newPair(t, RSASHA256).key.Public(), ECDSASHA256) || Fits(nil, RSASHA256) || Fits("text", RSASHA256) {
		t.Error("a key is taken that is none, or of another family")
	}
}

// Signatures of all forms neither panic nor are believed (attacks SM-20).
func FuzzVerify(f *testing.F) {
	p := newPair(f, ECDSASHA256)
	good := signed(f, p, ECDSASHA256)
	f.Add(good)
	f.Add([]byte(`<a ID="x"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></a>`))
	f.Add([]byte(`<a ID="x"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod/><Reference/></SignedInfo><SignatureValue/></Signature></a>`))
	want, err := Parse([]byte(sample), Message())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		n, err := Parse(document, Message())
		if err != nil {
			return
		}
		if got, err := verifier(p).Verify(n); err == nil && string(got.Bytes()) != string(want.Bytes()) {
			t.Fatalf("%q is believed", document)
		}
	})
}
