package pki

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// Profile is one generation of one country's cards, as data: who issues them, for what, and how
// they name their holders (R-CARD-05). A new generation is a new profile and nothing else.
type Profile struct {
	ID      string         `koanf:"id"`
	Country string         `koanf:"country"` // ISO 3166-1 alpha-2
	Level   identity.Level `koanf:"level"`   // at which the cards are issued
	// CertificatesFile holds the issuing authorities (PEM). They are known by their keys, not by name.
	CertificatesFile string `koanf:"certificates_file"`
	// RootsFile holds the roots above them. Without it the issuing authorities are the end of the path.
	RootsFile string   `koanf:"roots_file"`
	Policies  []string `koanf:"policies"`         // one of these must be in the certificate
	Refused   []string `koanf:"refused_policies"` // and none of these, nor those of phones
	Subject   Subject  `koanf:"subject"`
	OCSP      OCSP     `koanf:"ocsp"`
	CRL       CRL      `koanf:"crl"`
	// Cache is how long a good answer may be used again below high; 0 never, 2m at most.
	Cache time.Duration `koanf:"cache"`
}

// declined gives the policies with which a certificate is refused: those of the settings, and those of keys
// in phones (Estonian Mobile-ID), which are no cards, unless they are asked for (means.md R-WEID-06).
func (p Profile) declined() []string {
	phones := []string{"1.3.6.1.4.1.10015.1.3", "1.3.6.1.4.1.10015.1.3.1", "1.3.6.1.4.1.10015.1.3.2", "1.3.6.1.4.1.10015.1.3.3"}
	return slices.Concat(p.Refused, slices.DeleteFunc(phones, func(oid string) bool { return slices.Contains(p.Policies, oid) }))
}

// Subject says how a certificate names its holder.
type Subject struct {
	Number     string          `koanf:"number"`  // pattern of serialNumber (2.5.4.5); its group is the person's identifier
	Scheme     identity.Scheme `koanf:"scheme"`  // of the identifier: PNO, IDC …
	Country    string          `koanf:"country"` // of the identifier; "" = the profile's
	CommonName string          `koanf:"common_name"`
	Birthdate  bool            `koanf:"birthdate"` // subjectDirectoryAttributes tell it (RFC 3739 §3.3.2)
	// NumberBirth lets the birth date in the number count where the certificate tells none. It finds the
	// person and is told to nobody.
	NumberBirth  bool   `koanf:"birthdate_in_number"`
	Document     string `koanf:"document"`      // OID of the subject's attribute with the document's number
	DocumentType string `koanf:"document_type"` // as registers call it: "idcard"
}

// OCSP says how the responder is asked; no URL and no hosts: it is not.
type OCSP struct {
	URL           string        `koanf:"url"`            // goes before the address in the certificate
	Hosts         []string      `koanf:"hosts"`          // where addresses in certificates may lead: host or host:port
	WithoutNonce  bool          `koanf:"without_nonce"`  // the responder knows no nonce: only the age then tells a replay
	MaxAge        time.Duration `koanf:"max_age"`        // of an answer; 2m
	ResponderFile string        `koanf:"responder_file"` // the one responder to be believed (PEM); "" = any that the issuing authority named
}

// CRL says where the revocation list is; it is read where the responder cannot be reached.
type CRL struct {
	URL   string   `koanf:"url"`
	Hosts []string `koanf:"hosts"`
}

const (
	mostCache  = 2 * time.Minute
	defaultAge = 2 * time.Minute
	mostAge    = 24 * time.Hour
)

var (
	oidForm     = regexp.MustCompile(`^[0-2](\.[0-9]{1,39})+$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// Check says everything that is wrong with a profile, its files apart.
func (p Profile) Check() error {
	var wrong []error
	refuse := func(key, text string) { wrong = append(wrong, fmt.Errorf("%s %s", key, text)) }
	if p.ID == "" {
		refuse("id", "must be set")
	}
	if !countryForm.MatchString(p.Country) {
		refuse("country", "must be two capital letters (ISO 3166-1), such as PL")
	}
	if p.Level == identity.None {
		refuse("level", "must be low, substantial or high")
	}
	if p.CertificatesFile == "" {
		refuse("certificates_file", "must name the issuing authorities")
	}
	if len(p.Policies) == 0 {
		refuse("policies", "must list at least one: without them a certificate for another use would do")
	}
	for _, oid := range slices.Concat(p.Policies, p.Refused) {
		if !oidForm.MatchString(oid) {
			refuse("policies", "must be object identifiers such as 1.3.6.1.4.1.99999.1.1")
		}
	}
	if p.OCSP.URL == "" && len(p.OCSP.Hosts) == 0 && p.CRL.URL == "" && len(p.CRL.Hosts) == 0 {
		refuse("ocsp", "or crl must say where to ask whether a card was revoked")
	}
	for key, address := range map[string]string{"ocsp.url": p.OCSP.URL, "crl.url": p.CRL.URL} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
			refuse(key, "must be an http or https address")
		}
	}
	if p.OCSP.MaxAge < 0 || p.OCSP.MaxAge > mostAge {
		refuse("ocsp.max_age", "must be at most 24h")
	}
	if p.Cache < 0 || p.Cache > mostCache {
		refuse("cache", "must be at most 2m")
	}
	_, err := p.Subject.compile(p.Country)
	return errors.Join(append(wrong, err)...)
}

// layout is a Subject, compiled.
type layout struct {
	Subject
	number *regexp.Regexp
	common *regexp.Regexp // nil: the names stand in givenName and surname
}

func (s Subject) compile(country string) (layout, error) {
	l := layout{Subject: s}
	if l.Country == "" {
		l.Country = country
	}
	var err error
	if l.number, err = whole(s.Number, ""); err != nil {
		return layout{}, fmt.Errorf("subject.number %w", err)
	}
	if s.CommonName != "" {
		if l.common, err = whole(s.CommonName, "given", "family"); err != nil {
			return layout{}, fmt.Errorf("subject.common_name %w", err)
		}
	}
	switch {
	case len(s.Scheme) != 3 || strings.ToUpper(string(s.Scheme)) != string(s.Scheme):
		return layout{}, errors.New("subject.scheme must be three capital letters, such as PNO")
	case !countryForm.MatchString(l.Country):
		return layout{}, errors.New("subject.country must be two capital letters")
	case s.NumberBirth && (s.Birthdate || s.Scheme != identity.NationalNumber || l.Country != "PL"):
		return layout{}, errors.New("subject.birthdate_in_number is for certificates that tell no birth date, with the rule of PNO of PL")
	case s.Document != "" && (!oidForm.MatchString(s.Document) || s.DocumentType == ""):
		return layout{}, errors.New("subject.document must be an object identifier, with document_type beside it")
	}
	return l, nil
}

// whole compiles a pattern for a whole text; "" among the groups stands for the one group without a name.
func whole(pattern string, groups ...string) (*regexp.Regexp, error) {
	if len(pattern) < 3 || pattern[0] != '^' || pattern[len(pattern)-1] != '$' {
		return nil, errors.New("must be a pattern from ^ to $")
	}
	r, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("is no pattern: %w", err)
	}
	if r.NumSubexp() != len(groups) {
		return nil, fmt.Errorf("must have %d group(s) in brackets", len(groups))
	}
	for _, g := range groups {
		if g != "" && r.SubexpIndex(g) < 0 {
			return nil, fmt.Errorf("must have a group (?P<%s>…)", g)
		}
	}
	return r, nil
}

// issuer is a Profile with its files read.
type issuer struct {
	id, country     string
	level           identity.Level
	cas             []*x509.Certificate
	above, anchors  *x509.CertPool
	accept, decline []string
	layout          layout
	ocsp            *OCSP
	responder       *x509.Certificate
	crl             *CRL
	cache           time.Duration
}

func (p Profile) read() (*issuer, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	i := &issuer{
		id: p.ID, country: p.Country, level: p.Level, accept: p.Policies, decline: p.declined(), cache: p.Cache,
		above: x509.NewCertPool(), anchors: x509.NewCertPool(),
	}
	var err error
	if i.layout, err = p.Subject.compile(p.Country); err != nil {
		return nil, err
	}
	if i.cas, err = authorities(p.CertificatesFile); err != nil {
		return nil, fmt.Errorf("certificates_file: %w", err)
	}
	ends := i.cas
	if p.RootsFile != "" {
		if ends, err = authorities(p.RootsFile); err != nil {
			return nil, fmt.Errorf("roots_file: %w", err)
		}
	}
	for _, ca := range i.cas {
		i.above.AddCert(ca)
	}
	for _, root := range ends {
		i.anchors.AddCert(root)
	}
	if p.OCSP.URL != "" || len(p.OCSP.Hosts) > 0 {
		i.ocsp = &p.OCSP
		if i.ocsp.MaxAge == 0 {
			i.ocsp.MaxAge = defaultAge
		}
	}
	if p.OCSP.ResponderFile != "" {
		certificates, err := ReadCertificates(p.OCSP.ResponderFile)
		if err != nil || len(certificates) != 1 {
			return nil, errors.Join(errors.New("ocsp.responder_file must hold one certificate"), err)
		}
		i.responder = certificates[0]
	}
	if p.CRL.URL != "" || len(p.CRL.Hosts) > 0 {
		i.crl = &p.CRL
	}
	return i, nil
}

// authorities reads certificates that may issue others.
func authorities(file string) ([]*x509.Certificate, error) {
	all, err := ReadCertificates(file)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage&x509.KeyUsageCertSign == 0 {
			return nil, errors.New("holds a certificate that may not issue others")
		}
	}
	return all, nil
}

// ReadCertificates gives every certificate of a PEM file; a file without one is an error.
func ReadCertificates(file string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a certificate in it does not parse: %w", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("holds no certificate")
	}
	return all, nil
}

// Hosts lists where these issuers are asked, as host:port, for the outbound clients.
func Hosts(profiles []Profile) (ocsp, crl []string) {
	for _, p := range profiles {
		ocsp = append(ocsp, hosts(p.OCSP.URL, p.OCSP.Hosts)...)
		crl = append(crl, hosts(p.CRL.URL, p.CRL.Hosts)...)
	}
	return ocsp, crl
}

// hosts gives an address's host with its port; a listed host without one is meant with both ports.
func hosts(address string, listed []string) []string {
	var all []string
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		all = append(all, hostPort(u))
	}
	for _, h := range listed {
		if strings.Contains(h, ":") {
			all = append(all, strings.ToLower(h))
			continue
		}
		all = append(all, strings.ToLower(h)+":80", strings.ToLower(h)+":443")
	}
	return all
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// address picks where to ask: the profile's own address, or the first in the certificate that leads
// to a host which the profile names. What a certificate says opens no door by itself (attacks SS-01).
func address(own string, listed, told []string) (string, bool) {
	if own != "" {
		return own, true
	}
	allowed := hosts("", listed)
	for _, text := range told {
		if u, err := url.Parse(text); err == nil && u.User == nil && slices.Contains(allowed, hostPort(u)) {
			return text, true
		}
	}
	return "", false
}
