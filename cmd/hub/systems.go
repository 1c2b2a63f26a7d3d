package hub

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/config"
	"symbolon/connectors/outbound"
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
	systems, keys, err := systemsOf(h.config, h.now)
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
		Office: h.office, Systems: systems, Store: h.identity, Digests: h.keys.digest, Atomically: h.identity.Atomically, Now: h.now, Off: h.Desks().SystemOff, Waiting: h.config.Limits.SystemWaiting,
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
func systemsOf(c config.Config, now func() time.Time) ([]intake.System, map[string]oauth.KeySource, error) {
	var systems []intake.System
	keys := map[string]oauth.KeySource{}
	for i, s := range c.Systems {
		one := intake.System{ID: s.ID, Offices: s.Offices, Institutions: s.Institutions, Name: s.CertificateDNS, Off: s.Disabled}
		var err error
		switch {
		case s.JWKSFile != "":
			keys[s.ID], err = keySet(s.JWKSFile)
		case s.JWKSURI != "":
			var client *http.Client
			if client, err = caller(s.JWKSURI, s.CallbackCAFile, s.Timeout, s.AllowLoopback, config.Secret{}, now); err == nil {
				keys[s.ID] = oauth.KeysAt(s.JWKSURI, client, now)
			}
		case s.CertificateFile != "":
			one.Certificates, err = pki.ReadCertificates(s.CertificateFile)
		default:
			err = certified(&one, s, now)
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

// certified lets a system prove itself by any certificate of an authority for its name, as long as that
// authority's list does not name it.
func certified(one *intake.System, s config.System, now func() time.Time) error {
	authorities, err := pki.ReadCertificates(s.CertificateCAFile)
	if err != nil {
		return err
	}
	one.Authority = x509.NewCertPool()
	for _, authority := range authorities {
		one.Authority.AddCert(authority)
	}
	if s.CertificateCRL == "" {
		return nil
	}
	u, err := url.Parse(s.CertificateCRL)
	if err != nil {
		return errors.New("certificate_crl_url: not an address")
	}
	host := u.Host
	if u.Scheme == "http" && u.Port() == "" {
		host += ":80"
	}
	options := outbound.Options{AllowHosts: []string{host}, AllowLoopback: s.AllowLoopback, Plain: true, MaxBody: mostCRL, Timeout: s.Timeout, Now: now}
	one.Revoked = pki.NewListed(s.CertificateCRL, outbound.New(options).HTTP()).Check
	return nil
}

// sameProof reports whether one certificate would be that of two systems.
func sameProof(a, b intake.System) bool {
	return a.Name != "" && a.Name == b.Name || slices.ContainsFunc(a.Certificates, func(c *x509.Certificate) bool { return slices.ContainsFunc(b.Certificates, c.Equal) })
}

// keySet reads a file of public keys.
func keySet(file string) (oauth.StaticKeys, error) {
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
	_, _, err := systemsOf(c, time.Now)
	return []Finding{{About: "register systems", Err: err}}
}
