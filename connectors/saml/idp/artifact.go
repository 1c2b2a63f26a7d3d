package idp

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the format of artifacts names entities by it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// Artifact makes an artifact of type 4 (SAML Bindings §3.6.4.2).
func Artifact(issuer string, index uint16) string {
	source := sha1.Sum([]byte(issuer)) //nolint:gosec // as above
	handle := make([]byte, 20)
	_, _ = rand.Read(handle) // never fails (crypto/rand)
	raw := binary.BigEndian.AppendUint16([]byte{0, 4}, index)
	return base64.StdEncoding.EncodeToString(append(append(raw, source[:]...), handle...))
}

// Reply writes the signed answer to a call: ArtifactResponse, LogoutResponse.
func Reply(local, issuer, inResponseTo string, now time.Time, signer xmlsec.Signer, inside ...any) (*xmlsec.Node, error) {
	n := Protocol(local, xmlsec.A("ID", ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", Time(now)), xmlsec.A("InResponseTo", inResponseTo),
		Saml("Issuer", issuer), Status(""))
	n.Add(inside...)
	if err := signer.Sign(n, 1); err != nil {
		return nil, fmt.Errorf("sign a reply: %w", err)
	}
	return n, nil
}

// Envelope puts a message into SOAP 1.1.
func Envelope(message *xmlsec.Node) []byte {
	return xmlsec.New("soap", NSSOAP, "Envelope", xmlsec.New("soap", NSSOAP, "Body", message)).Bytes()
}

// Open takes the one message out of SOAP 1.1.
func Open(body []byte) (*xmlsec.Node, error) {
	root, err := xmlsec.Parse(body, xmlsec.Message())
	if err != nil {
		return nil, err
	}
	inside := root.Only(NSSOAP, "Body")
	if inside == nil || len(inside.Children()) != 1 {
		return nil, errors.New("not one message in an envelope")
	}
	return inside.Children()[0], nil
}
