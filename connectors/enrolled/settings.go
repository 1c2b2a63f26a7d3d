package enrolled

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/google/uuid"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Settings are how the means is offered, as the operator writes it.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	connectors.Offered `koanf:",squash"` // authoritative for the numbers that the office checks in the register

	// RPID is whom passkeys are made for: the host of the issuer, unless the operator names a domain
	// above it. It can never be changed: every passkey in use would be lost.
	RPID string `koanf:"rp_id"`
	// AttestationRoots is a PEM file with the manufacturers' certificates that an attestation must lead
	// to. Without it no device is known to be what it says.
	AttestationRoots string `koanf:"attestation_roots"`
	// Certified are the models (AAGUID) that are certified against attackers with high potential.
	Certified []string `koanf:"certified"`
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id}
	if err := errors.Join(connectors.Decode(id, raw, &s), s.check()); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	return s, nil
}

func (s Settings) check() error {
	var wrong []error
	s.Check(s.ID, func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s %s", key, fmt.Sprintf(format, args...)))
	})
	if len(s.AuthoritativeFor) == 0 {
		wrong = append(wrong, errors.New("authoritative_for must name the numbers that the office checks, such as PNOPL"))
	}
	for _, model := range s.Certified {
		if _, err := uuid.Parse(model); err != nil {
			wrong = append(wrong, fmt.Errorf("certified: %q is not an AAGUID", model))
		}
	}
	if len(s.Certified) > 0 && s.AttestationRoots == "" {
		wrong = append(wrong, errors.New("certified needs attestation_roots: a model that nothing attests is only claimed"))
	}
	return errors.Join(wrong...)
}

// trust is what attestations are held against.
type trust struct {
	roots     *x509.CertPool // nil: nothing is attested
	certified map[uuid.UUID]bool
}

func (s Settings) trust() (trust, error) {
	t := trust{certified: map[uuid.UUID]bool{}}
	for _, model := range s.Certified {
		id, err := uuid.Parse(model)
		if err != nil {
			return trust{}, fmt.Errorf("certified: %q is not an AAGUID", model)
		}
		t.certified[id] = true
	}
	if s.AttestationRoots == "" {
		return t, nil
	}
	text, err := os.ReadFile(s.AttestationRoots)
	if err != nil {
		return trust{}, fmt.Errorf("attestation_roots: %w", err)
	}
	t.roots = x509.NewCertPool()
	block, rest := pem.Decode(text)
	if block == nil {
		return trust{}, errors.New("attestation_roots: holds no certificate")
	}
	for ; block != nil; block, rest = pem.Decode(rest) {
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return trust{}, fmt.Errorf("attestation_roots: %w", err)
		}
		t.roots.AddCert(root)
	}
	return t, nil
}

// originOf gives the origin and the host of the issuer. A passkey belongs to a name: browsers refuse
// one at an address of numbers.
func originOf(issuer string) (origin, host string, err error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return "", "", errors.New("the issuer is not a URL")
	}
	host = strings.ToLower(u.Hostname())
	if net.ParseIP(host) != nil {
		return "", "", errors.New("the issuer's host is an address; passkeys need a name")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), host, nil
}

func underneath(host, domain string) bool {
	return strings.HasSuffix(host, "."+domain) && strings.Contains(domain, ".")
}
