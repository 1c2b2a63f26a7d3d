package saml

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"symbolon/connectors/outbound"
	"symbolon/connectors/saml/xmlsec"
)

// trust is what the upstream's metadata say. Whether signatures are needed is never taken from there
// (attacks SM-06).
type trust struct {
	keys      []crypto.PublicKey
	sso       map[string]string // binding → address
	slo       map[string]endpoint
	artifact  map[uint16]string // index → address
	until     time.Time         // validUntil; zero: not said
	refreshAt time.Time         // cacheDuration; zero: not said
}

type endpoint struct{ location, response string }

const maxTrustedKeys = 10

// trusted gives the upstream's metadata, asking again where they ask for it. Beyond their validUntil
// they are worth nothing.
func (c *Connector) trusted(ctx context.Context) (trust, error) {
	t, err := c.trust.Get(ctx)
	if err != nil {
		return trust{}, unavailable("metadata")
	}
	now := c.deps.Now()
	if !t.refreshAt.IsZero() && !now.Before(t.refreshAt) || !t.until.IsZero() && !now.Before(t.until) {
		if renewed, err := c.trust.Renew(ctx); err == nil {
			t = renewed
		}
	}
	if !t.until.IsZero() && !now.Before(t.until) {
		return trust{}, unavailable("metadata_over")
	}
	return t, nil
}

// verified runs a check that needs the upstream's keys, and once more with newly fetched ones where
// the first did not do: keys turn over without a failed login.
func verified[T any](ctx context.Context, c *Connector, check func(xmlsec.Verifier) (T, error)) (T, error) {
	var none T
	t, err := c.trusted(ctx)
	if err != nil {
		return none, err
	}
	got, err := check(xmlsec.Verifier{Keys: t.keys, Algorithms: c.settings.VerifyAlgs})
	if !errors.Is(err, xmlsec.ErrSignature) {
		return got, err
	}
	if renewed, renewErr := c.trust.Renew(ctx); renewErr == nil {
		return check(xmlsec.Verifier{Keys: renewed.keys, Algorithms: c.settings.VerifyAlgs})
	}
	return none, err
}

func (c *Connector) fetchTrust(ctx context.Context) (trust, error) {
	c.warnOfEnds(c.deps.Now())
	raw, err := c.readMetadata(ctx)
	var t trust
	if err == nil {
		t, err = c.settings.readTrust(raw, c.deps.Now())
	}
	if err != nil {
		c.deps.Log.Warn("upstream's metadata not taken", "means", string(c.settings.ID), "reason", err.Error())
	}
	return t, err
}

func (c *Connector) readMetadata(ctx context.Context) ([]byte, error) {
	if c.settings.Metadata.File != "" {
		raw, err := os.ReadFile(c.settings.Metadata.File)
		if err != nil {
			return nil, fmt.Errorf("metadata.file: %w", err)
		}
		return raw, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.settings.Metadata.URL, http.NoBody)
	if err != nil {
		return nil, errors.New("address cannot be used")
	}
	r.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8")
	response, err := c.deps.HTTP.Do(r)
	if err != nil {
		return nil, outbound.NoAnswer(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	limit := xmlsec.MetadataLimits().Bytes
	raw, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	if err != nil || len(raw) > limit {
		return nil, errors.New("answer breaks off or is too large")
	}
	return raw, nil
}

// readTrust reads a metadata document: signed by the pinned certificate, in time, and with at least
// one key (R-SAML-12).
func (s *Settings) readTrust(raw []byte, now time.Time) (trust, error) {
	root, err := xmlsec.Parse(raw, xmlsec.MetadataLimits())
	if err != nil {
		return trust{}, err
	}
	if s.Metadata.SigningCertPin != "" {
		if root, err = s.pinned(root); err != nil {
			return trust{}, err
		}
	}
	var t trust
	entity, err := s.entity(root, now, &t, 0)
	if err != nil {
		return trust{}, err
	}
	role := entity.Only(nsMetadata, "IDPSSODescriptor")
	if role == nil || !strings.Contains(" "+role.Attr("protocolSupportEnumeration")+" ", " "+nsProtocol+" ") {
		return trust{}, errors.New("metadata: not of a SAML 2.0 identity provider")
	}
	if err := t.limit(role, now); err != nil {
		return trust{}, err
	}
	if err := t.readKeys(role); err != nil {
		return trust{}, err
	}
	t.readEndpoints(s, role)
	if len(t.sso) == 0 {
		return trust{}, errors.New("metadata: no place to log in at that can be used")
	}
	return t, nil
}

// pinned checks the document's signature by the certificate whose digest the operator wrote down. The
// certificate may come with the document: its digest is what counts.
func (s *Settings) pinned(root *xmlsec.Node) (*xmlsec.Node, error) {
	want, _ := hex.DecodeString(strings.ReplaceAll(s.Metadata.SigningCertPin, ":", "")) // was checked
	carried := root.Only(xmlsec.NSSignature, "Signature").Path(xmlsec.NSSignature, "KeyInfo", "X509Data", "X509Certificate")
	certificate, err := readCertificate(carried)
	if err != nil || sha256.Sum256(certificate.Raw) != [32]byte(want) {
		return nil, errors.New("metadata: not signed by the pinned certificate")
	}
	return xmlsec.Verifier{Keys: []crypto.PublicKey{certificate.PublicKey}, Algorithms: xmlsec.Algorithms()}.Verify(root)
}

func readCertificate(n *xmlsec.Node) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Text()), ""))
	if n == nil || err != nil {
		return nil, errors.New("not a certificate")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("not a certificate")
	}
	return certificate, nil
}

// entity finds the one descriptor of the upstream, alone or among others, and keeps the times of
// everything around it.
func (s *Settings) entity(n *xmlsec.Node, now time.Time, t *trust, depth int) (*xmlsec.Node, error) {
	absent := errors.New("metadata: the upstream's entity is not there, or is there twice")
	if n.Is(nsMetadata, "EntityDescriptor") {
		if n.Attr("entityID") != s.IDPEntityID {
			return nil, absent
		}
		return n, t.limit(n, now)
	}
	if !n.Is(nsMetadata, "EntitiesDescriptor") || depth > 4 {
		return nil, absent
	}
	var found *xmlsec.Node
	for _, child := range n.Children() {
		if !child.Is(nsMetadata, "EntityDescriptor") && !child.Is(nsMetadata, "EntitiesDescriptor") {
			continue
		}
		entity, err := s.entity(child, now, t, depth+1)
		if err != nil {
			if err.Error() != absent.Error() {
				return nil, err
			}
			continue
		}
		if found != nil {
			return nil, absent
		}
		found = entity
	}
	if found == nil {
		return nil, absent
	}
	return found, t.limit(n, now)
}

// limit keeps the earliest of the times that a document names.
func (t *trust) limit(n *xmlsec.Node, now time.Time) error {
	if text, there := n.LookupAttr("validUntil"); there {
		until, err := parseTime(text)
		if err != nil || !now.Before(until) {
			return errors.New("metadata: their time is over")
		}
		if t.until.IsZero() || until.Before(t.until) {
			t.until = until
		}
	}
	if text, there := n.LookupAttr("cacheDuration"); there {
		length, err := parseDuration(text)
		if err != nil {
			return errors.New("metadata: cacheDuration cannot be read")
		}
		if at := now.Add(max(length, time.Minute)); t.refreshAt.IsZero() || at.Before(t.refreshAt) {
			t.refreshAt = at
		}
	}
	return nil
}

// readKeys takes the keys that are for signing, or for everything.
func (t *trust) readKeys(role *xmlsec.Node) error {
	for _, descriptor := range role.All(nsMetadata, "KeyDescriptor") {
		if use := descriptor.Attr("use"); use != "" && use != "signing" {
			continue
		}
		data := descriptor.Only(xmlsec.NSSignature, "KeyInfo").Only(xmlsec.NSSignature, "X509Data")
		if data == nil {
			continue
		}
		certificates := data.All(xmlsec.NSSignature, "X509Certificate")
		if len(certificates) == 0 {
			continue
		}
		certificate, err := readCertificate(certificates[0])
		if err != nil || !xmlsec.Fits(certificate.PublicKey, xmlsec.RSASHA256) && !xmlsec.Fits(certificate.PublicKey, xmlsec.ECDSASHA256) {
			continue
		}
		t.keys = append(t.keys, certificate.PublicKey)
	}
	if len(t.keys) == 0 || len(t.keys) > maxTrustedKeys {
		return errors.New("metadata: no key that can be used, or too many")
	}
	return nil
}

func (t *trust) readEndpoints(s *Settings, role *xmlsec.Node) {
	t.sso, t.slo, t.artifact = map[string]string{}, map[string]endpoint{}, map[uint16]string{}
	for _, n := range role.Children() {
		location := n.Attr("Location")
		if n.Space != nsMetadata || !s.usable(location) {
			continue
		}
		binding := n.Attr("Binding")
		switch n.Local {
		case "SingleSignOnService":
			if t.sso[binding] == "" {
				t.sso[binding] = location
			}
		case "SingleLogoutService":
			answer := n.Attr("ResponseLocation")
			if answer == "" || !s.usable(answer) {
				answer = location
			}
			if _, there := t.slo[binding]; !there {
				t.slo[binding] = endpoint{location, answer}
			}
		case "ArtifactResolutionService":
			if index, err := strconv.ParseUint(n.Attr("index"), 10, 16); err == nil && binding == bindingSOAP {
				t.artifact[uint16(index)] = location
			}
		}
	}
}
