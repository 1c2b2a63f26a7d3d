package saml

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // the format of artifacts names entities by it; nothing rests on it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// artifact is one of type 4 (SAML Bindings §3.6.4.2): type and endpoint index, two bytes each, the
// SHA-1 of the issuer's entity ID, and a handle of 20 bytes.
const artifactSize = 2 + 2 + sha1.Size + 20

// artifactIndex checks that an artifact is of this upstream, and gives the number of the address
// where it is resolved.
func (s *Settings) artifactIndex(text string) (uint16, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != artifactSize || binary.BigEndian.Uint16(raw) != 4 {
		return 0, invalid("artifact_form")
	}
	source := sha1.Sum([]byte(s.IDPEntityID)) //nolint:gosec // as above
	if subtle.ConstantTimeCompare(raw[4:4+sha1.Size], source[:]) != 1 {
		return 0, invalid("artifact_of_another")
	}
	return binary.BigEndian.Uint16(raw[2:]), nil
}

// resolve asks the upstream, once, for the response that an artifact stands for (R-SAML-10). The
// answer is signed outside; what is in it is then checked by itself.
func (c *Connector) resolve(ctx context.Context, l leg, text string, now time.Time) (statement, error) {
	index, err := c.settings.artifactIndex(text)
	if err != nil {
		return statement{}, err
	}
	t, err := c.trusted(ctx)
	if err != nil {
		return statement{}, err
	}
	location := c.settings.Artifact.SOAPURL
	if location == "" {
		location = t.artifact[index]
	}
	if location == "" {
		return statement{}, invalid("artifact_index")
	}
	id := newID()
	request := c.head("ArtifactResolve", id, location, now).Add(samlp("Artifact", text))
	answer, err := c.soap(ctx, location, request, now)
	if err != nil {
		return statement{}, err
	}
	outer, err := verified(ctx, c, func(v xmlsec.Verifier) (*xmlsec.Node, error) { return v.Verify(answer) })
	if err != nil {
		return statement{}, err
	}
	if err := c.settings.checkReply(outer, "ArtifactResponse", id, now); err != nil {
		return statement{}, err
	}
	response := answer.Only(nsProtocol, "Response") // where it stood: its own signature was made there
	if response == nil || outer.Only(nsProtocol, "Response") == nil {
		return statement{}, invalid("artifact_refused")
	}
	digest := sha256.Sum256(outer.Bytes())
	return c.response(ctx, l, response, digest[:], now)
}

// checkReply checks what every signed answer of the upstream to a call of ours has.
func (s *Settings) checkReply(n *xmlsec.Node, local, request string, now time.Time) error {
	issued, err := parseTime(n.Attr("IssueInstant"))
	switch {
	case !n.Is(nsProtocol, local), n.Attr("Version") != "2.0", n.Only(nsAssertion, "Issuer").Text() != s.IDPEntityID:
		return invalid("reply_form")
	case n.Attr("InResponseTo") != request:
		return invalid("reply_to_another")
	case err != nil, issued.After(now.Add(s.ClockSkew)), now.Sub(issued) > s.MaxAssertionAge+s.ClockSkew:
		return invalid("reply_time")
	default:
		return status(n)
	}
}

// soap makes one signed call (SAML Bindings §3.2) and gives the one message in the answer's body.
func (c *Connector) soap(ctx context.Context, location string, request *xmlsec.Node, now time.Time) (*xmlsec.Node, error) {
	signer, err := c.keys.signer(now)
	if err != nil {
		return nil, err
	}
	if err := signer.Sign(request, 1); err != nil {
		return nil, err
	}
	envelope := enveloped(request)
	ctx, cancel := context.WithTimeout(ctx, c.settings.Artifact.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, location, bytes.NewReader(envelope))
	if err != nil {
		return nil, unavailable("soap_address")
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"http://www.oasis-open.org/committees/security"`) // SAML Bindings §3.2.3.1
	response, err := c.deps.SOAP.Do(r)
	if err != nil {
		return nil, unavailable("soap_call")
	}
	defer response.Body.Close()
	limit := xmlsec.Message().Bytes
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	if err != nil || response.StatusCode != http.StatusOK || len(body) > limit {
		return nil, unavailable("soap_answer")
	}
	message, err := openEnvelope(body)
	if err != nil {
		return nil, unavailable("soap_answer") // whoever answers nonsense is out of order, not an attacker: nothing of it was signed
	}
	return message, nil
}

// enveloped writes a message in a SOAP 1.1 envelope.
func enveloped(message *xmlsec.Node) []byte {
	return xmlsec.New("soap", nsSOAP, "Envelope", xmlsec.New("soap", nsSOAP, "Body", message)).Bytes()
}

// openEnvelope gives the one message in a SOAP 1.1 envelope. Headers are not understood, so there may
// be none that must be.
func openEnvelope(body []byte) (*xmlsec.Node, error) {
	root, err := xmlsec.Parse(body, xmlsec.Message())
	if err != nil {
		return nil, err
	}
	inside := root.Only(nsSOAP, "Body")
	if !root.Is(nsSOAP, "Envelope") || inside == nil || len(inside.Children()) != 1 || !inside.Children()[0].Is(nsProtocol, inside.Children()[0].Local) {
		return nil, errors.New("not a message in an envelope")
	}
	return inside.Children()[0], nil
}
