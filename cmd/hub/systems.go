package hub

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"symbolon/config"
	"symbolon/connectors/pki"
	"symbolon/provider/intake"
	"symbolon/provider/oauth"
	"symbolon/web"
)

// wireSystems lets register systems open cases, and tells each of them what became of its own.
func (h *Hub) wireSystems() error {
	if len(h.config.Systems) == 0 {
		return nil
	}
	systems, keys, err := systemsOf(h.config)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	for i, s := range h.config.Systems {
		if s.CallbackURL == "" {
			continue
		}
		client, err := caller(s.CallbackURL, s.CallbackCAFile, s.Timeout, s.AllowLoopback, config.Secret{}, h.now)
		if err != nil {
			return fmt.Errorf("register_systems[%d]: %w", i, err)
		}
		told[s.ID] = true
		courier := intake.Courier{
			Store: h.identity, System: s.ID, URL: s.CallbackURL, Issuer: h.config.Issuer, Client: client,
			Sign: signer{h.keys.signing, h.now, "secevent+jwt"}.Sign, Log: h.log, Now: h.now,
		}
		h.runners = append(h.runners, courier.Run)
	}
	h.office.Callbacks = intake.Callbacks{Store: h.identity, Told: told, Now: h.now}
	h.systems = &intake.Intake{
		Office: h.office, Systems: systems, Store: h.identity, Digests: h.keys.digest, Atomically: h.identity.Atomically, Now: h.now,
		Assertions: oauth.Assertions{Audience: h.apiOrigin(), Keys: keys, Once: h.usage, Purpose: "register system", Now: h.now},
	}
	return nil
}

// apiOrigin is the address of the api host, which register systems name as the audience.
func (h *Hub) apiOrigin() string {
	scheme, _, _ := strings.Cut(h.config.Issuer, "://") // it was checked
	return scheme + "://" + h.hosts()[web.API]
}

// systemsOf reads the files with which register systems prove themselves: certificates, and keys by
// system.
func systemsOf(c config.Config) ([]intake.System, map[string][]jose.JSONWebKey, error) {
	var systems []intake.System
	keys := map[string][]jose.JSONWebKey{}
	for i, s := range c.Systems {
		one := intake.System{ID: s.ID, Offices: s.Offices, Institutions: s.Institutions, Name: s.CertificateDNS}
		var err error
		switch {
		case s.JWKSFile != "":
			keys[s.ID], err = keySet(s.JWKSFile)
		case s.CertificateFile != "":
			one.Certificates, err = pki.ReadCertificates(s.CertificateFile)
		default:
			var authorities []*x509.Certificate
			if authorities, err = pki.ReadCertificates(s.CertificateCAFile); err == nil {
				one.Authority = x509.NewCertPool()
				for _, authority := range authorities {
					one.Authority.AddCert(authority)
				}
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("register_systems[%d] (%s): %w", i, s.ID, err)
		}
		for _, other := range systems {
			if sameProof(one, other) {
				return nil, nil, fmt.Errorf("register_systems[%d] (%s): proves itself with the certificate of %s", i, s.ID, other.ID)
			}
		}
		systems = append(systems, one)
	}
	return systems, keys, nil
}

// sameProof reports whether one certificate would be that of two systems.
func sameProof(a, b intake.System) bool {
	return a.Name != "" && a.Name == b.Name || slices.ContainsFunc(a.Certificates, func(c *x509.Certificate) bool { return slices.ContainsFunc(b.Certificates, c.Equal) })
}

// keySet reads a file of public keys.
func keySet(file string) ([]jose.JSONWebKey, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, errors.New("key set: not one (RFC 7517 §5)")
	}
	if err := oauth.CheckKeys(set); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return set.Keys, nil
}

// examineSystems looks at the files with which register systems prove themselves.
func examineSystems(c config.Config) []Finding {
	if len(c.Systems) == 0 {
		return nil
	}
	_, _, err := systemsOf(c)
	return []Finding{{About: "register systems", Err: err}}
}
