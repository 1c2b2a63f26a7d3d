package config

import (
	"fmt"
	"net/url"
	"time"
)

// System is a register system that may open cases at desks.
type System struct {
	ID           string   `koanf:"id"`
	Offices      []string `koanf:"offices"`      // ids of the offices that it may act for
	Institutions []string `koanf:"institutions"` // and of institutions, for every office of theirs
	// One of the next four says how it proves itself.
	JWKSFile          string `koanf:"jwks_file"`        // its public keys (RFC 7517): it signs an assertion for each request
	JWKSURI           string `koanf:"jwks_uri"`         // or where it publishes them
	CertificateFile   string `koanf:"certificate_file"` // its certificates, each taken to the letter
	CertificateCAFile string `koanf:"certificate_ca_file"`
	CertificateDNS    string `koanf:"certificate_dns"`     // with the authority's file: the name in its certificates
	CertificateCRL    string `koanf:"certificate_crl_url"` // with the authority's file: where it publishes what it revoked; "" = nobody asks

	Disabled bool `koanf:"disabled"` // it may ask nothing

	CallbackURL    string        `koanf:"callback_url"`     // told there when a case moves; "" = it is not told
	CallbackCAFile string        `koanf:"callback_ca_file"` // authorities of that address and of jwks_uri, beside the system's
	Timeout        time.Duration `koanf:"timeout"`          // of one call
	AllowLoopback  bool          `koanf:"allow_loopback"`
}

// callTimeout is how long a register system may take to answer a call.
const callTimeout = 5 * time.Second

// systems checks what can be checked without opening a file. What the files hold the wiring checks.
func (c *checks) systems(all *Config) {
	if (all.Listen.APICertFile == "") != (all.Listen.APIKeyFile == "") {
		c.refuse("listen.api_cert_file", "certificate and key go together")
	}
	if all.Listen.APICertFile != "" && (all.Hosts.API == "" || all.Listen.CertFile == "") {
		c.refuse("listen.api_cert_file", "is for hosts.api, where TLS ends here (listen.cert_file)")
	}
	if all.Listen.DeskCertified && (all.Hosts.Desk == "" || all.Listen.CertFile == "" && all.Listen.Card == "") {
		c.refuse("listen.desk_certificates", "is for hosts.desk, where TLS ends here (listen.cert_file) or at the proxy of listen.card")
	}
	if len(all.Systems) > 0 && (all.Hosts.API == "" || all.Hosts.Desk == "") {
		c.refuse("hosts.api", "must be set, and hosts.desk: that is where register systems ask, and where clerks find their cases")
	}
	seen := map[string]bool{}
	for i := range all.Systems {
		s := &all.Systems[i]
		path := fmt.Sprintf("register_systems[%d]", i)
		if s.Timeout == 0 {
			s.Timeout = callTimeout
		}
		if !plainName(s.ID) || s.ID == "" || seen[s.ID] {
			c.refuse(path+".id", "must be set, there once, and hold lower-case letters, digits and hyphens only")
		}
		seen[s.ID] = true
		if len(s.Offices)+len(s.Institutions) == 0 {
			c.refuse(path+".offices", "must name an office, or institutions one: it may act for no other")
		}
		c.proof(path, *s, all)
		c.elsewhere(path, "callback_url", s.CallbackURL, s.AllowLoopback, all)
		c.elsewhere(path, "jwks_uri", s.JWKSURI, s.AllowLoopback, all)
		c.list(path+".certificate_crl_url", *s)
		c.timeout(path+".timeout", s.CallbackURL+s.JWKSURI+s.CertificateCRL, s.Timeout)
	}
}

// list wants the address of a revocation list; it is signed, so that plain http will do (RFC 5280 §8).
func (c *checks) list(path string, s System) {
	if s.CertificateCRL == "" {
		return
	}
	if s.CertificateCAFile == "" {
		c.refuse(path, "goes with certificate_ca_file: of which authority is it?")
	}
	u, err := url.Parse(s.CertificateCRL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		c.refuse(path, "must be an http or https address")
	} else if Loopback(u.Hostname()) && !s.AllowLoopback {
		c.refuse(path, "is a loopback address; allow_loopback allows that under a loopback issuer")
	}
}

// proof wants one way for a system to prove itself, and no more.
func (c *checks) proof(path string, s System, all *Config) {
	ways := 0
	for _, file := range []string{s.JWKSFile, s.JWKSURI, s.CertificateFile, s.CertificateCAFile} {
		if file != "" {
			ways++
		}
	}
	if ways != 1 {
		c.refuse(path+".jwks_file", "one of jwks_file, jwks_uri, certificate_file and certificate_ca_file must be set")
	}
	if (s.CertificateCAFile == "") != (s.CertificateDNS == "") {
		c.refuse(path+".certificate_dns", "goes with certificate_ca_file: an authority alone names everybody it ever certified")
	}
	if s.JWKSFile == "" && s.JWKSURI == "" && all.Listen.CertFile == "" && all.Listen.Card == "" {
		c.refuse(path+".jwks_file", "must be set: certificates are shown in TLS, which ends here with listen.cert_file, or at a proxy behind listen.card")
	}
}
