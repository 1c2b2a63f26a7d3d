package xmlsec

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// xmlsec1 runs the program of that name, another implementation of the same specifications. This is
// the one place that decides whether to skip.
func xmlsec1(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("xmlsec1")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("xmlsec1 is not installed")
		}
		t.Skip("xmlsec1 is not installed here")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p pair) files(t *testing.T) (key, certificate string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		file(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.der}))
}

// xmlsec1 1.2 knows RSA and ECDSA; PSS came to it with 1.3.
func TestInterop_Xmlsec1TakesOurSignatures(t *testing.T) {
	for _, algorithm := range []string{RSASHA256, RSASHA512, ECDSASHA256, ECDSASHA384, ECDSASHA512} {
		p := newPair(t, algorithm)
		_, certificate := p.files(t)
		document := file(t, "signed.xml", signed(t, p, algorithm))
		out, err := xmlsec1(t, "--verify", "--pubkey-cert-pem", certificate, "--id-attr:ID", "urn:r:R", document)
		if err != nil {
			t.Errorf("%s: %v\n%s", algorithm, err, out)
		}
		broken := file(t, "broken.xml", []byte(strings.Replace(string(signed(t, p, algorithm)), "Zażółć", "Xażółć", 1)))
		if out, err := xmlsec1(t, "--verify", "--pubkey-cert-pem", certificate, "--id-attr:ID", "urn:r:R", broken); err == nil {
			t.Errorf("%s: takes what was changed\n%s", algorithm, out)
		}
	}
}

func TestInterop_WeTakeXmlsec1sSignatures(t *testing.T) {
	for _, algorithm := range []string{RSASHA256, RSASHA512, ECDSASHA256, ECDSASHA384, ECDSASHA512} {
		p := newPair(t, algorithm)
		key, _ := p.files(t)
		a, _ := byName(algorithm)
		template := `<?xml version="1.0"?>
<p:R xmlns:p="urn:r" xmlns:xs="urn:xs" xmlns="urn:default" ID="_r">
  <Issuer>me</Issuer>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="` + a.uri + `"/>
    <ds:Reference URI="#_r"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
      <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs"/></ds:Transform></ds:Transforms>
      <ds:DigestMethod Algorithm="` + digestURI(a.hash) + `"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>
  <q:A xmlns:q="urn:q" b='&#9;&#10;&lt;&gt;"' a="&quot;&apos;" q:c="z" xml:lang="pl"><![CDATA[<&>]]>&#13;Zażółć<B xmlns=""><C/></B></q:A>
</p:R>`
		out := filepath.Join(t.TempDir(), "out.xml")
		if said, err := xmlsec1(t, "--sign", "--privkey-pem", key, "--id-attr:ID", "urn:r:R", "--output", out, file(t, "in.xml", []byte(template))); err != nil {
			t.Fatalf("%s: %v\n%s", algorithm, err, said)
		}
		document, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Parse(document, Message())
		if err != nil {
			t.Fatal(err)
		}
		got, err := verifier(p).Verify(n)
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		if text := got.Only("urn:default", "Issuer").Text(); text != "me" {
			t.Errorf("%s: reads %q", algorithm, text)
		}
	}
}

// We open what xmlsec1 encrypts. What we encrypt, 1.2 cannot open: OAEP with SHA-256 and key agreement
// came to it with 1.3; see TestInterop_WhatXmlsec13Wrote.
func TestInterop_WeOpenWhatXmlsec1Encrypts(t *testing.T) {
	p := newPair(t, RSASHA256)
	_, certificate := p.files(t)
	n, err := Parse([]byte(sample), Message())
	if err != nil {
		t.Fatal(err)
	}
	template := `<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
<EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
<EncryptedKey xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>
<CipherData><CipherValue/></CipherData></EncryptedKey></KeyInfo><CipherData><CipherValue/></CipherData></EncryptedData>`
	out := filepath.Join(t.TempDir(), "out.xml")
	said, err := xmlsec1(t, "--encrypt", "--pubkey-cert-pem", certificate, "--session-key", "aes-256", "--xml-data", file(t, "in.xml", n.Bytes()), "--output", out, file(t, "template.xml", []byte(template)))
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	document, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := Parse(document, Message())
	if err != nil {
		t.Fatal(err)
	}
	d := decrypter(p, AES256GCM, RSAOAEPSHA1)
	plain, err := d.Decrypt(New("", "", "W", encrypted), false)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := Parse(plain, Message()); err != nil || string(opened.Bytes()) != string(n.Bytes()) {
		t.Errorf("%v\n%s", err, plain)
	}
}
