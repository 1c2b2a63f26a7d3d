package saml

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

// Settings are one configured upstream, as the operator writes it. The zero value of everything
// that could let more in lets nothing in.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	connectors.Offered `koanf:",squash"`

	EntityID      string        `koanf:"entity_id"` // our name there
	ACSURLs       []string      `koanf:"acs_urls"`  // further addresses to publish, while the hub moves; its own callback is always there
	KeyRollover   KeyRollover   `koanf:"key_rollover"`
	EncKeys       []Pair        `koanf:"enc_keys"` // all are tried; the first is the one published first
	IDPEntityID   string        `koanf:"idp_entity_id"`
	Metadata      MetadataRules `koanf:"metadata"`
	Hosts         []string      `koanf:"hosts"` // further hosts to be called, where metadata leads to others
	AllowLoopback bool          `koanf:"allow_loopback"`

	SSOBinding          string   `koanf:"sso_binding"`          // redirect, post
	ResponseBinding     string   `koanf:"response_binding"`     // post, artifact
	DestinationOverride string   `koanf:"destination_override"` // what requests name as their destination, and answers may name as theirs
	Artifact            Artifact `koanf:"artifact"`
	SLO                 SLO      `koanf:"slo"`

	SignRequests        *bool    `koanf:"sign_requests"` // true unless switched off
	SignAlg             string   `koanf:"sign_alg"`
	VerifyAlgs          []string `koanf:"verify_algs"`           // the upstream's; all of today's by default
	WantResponseSigned  bool     `koanf:"want_response_signed"`  // at least one of the two
	WantAssertionSigned bool     `koanf:"want_assertion_signed"` //
	WantEncrypted       bool     `koanf:"want_encrypted"`
	EncAlgs             []string `koanf:"enc_algs_allowed"`
	KeySizeMismatch     bool     `koanf:"allow_key_size_mismatch"`

	NameID       NameID              `koanf:"name_id"`
	AuthnContext AuthnContext        `koanf:"authn_context"`
	ForceAuthn   string              `koanf:"force_authn"` // always, on_max_age, never
	IsPassive    bool                `koanf:"is_passive"`
	Requested    RequestedAttributes `koanf:"requested_attributes"`
	SPType       string              `koanf:"sp_type"` // public, private (eIDAS)
	ProviderName string              `koanf:"provider_name"`
	RequesterID  string              `koanf:"requester_id"`
	IDPList      []string            `koanf:"scoping_idp_list"`
	Quirks       Quirks              `koanf:"quirks"`

	ClockSkew       time.Duration `koanf:"clock_skew"`        // 60 s, at most 300 s
	MaxAssertionAge time.Duration `koanf:"max_assertion_age"` // since it was issued; 10 min
	MaxAuthnAge     time.Duration `koanf:"max_authn_age"`     // how old a login there may be at most; 8 h

	AttributeMap      map[string]identity.AttributeName `koanf:"attribute_map"`      // upstream's name → attribute
	SubjectAttribute  string                            `koanf:"subject_attribute"`  // names the person for good; "" = the NameID does
	IdentifierClaim   string                            `koanf:"identifier_claim"`   // the attribute with the number
	IdentifierScheme  identity.Scheme                   `koanf:"identifier_scheme"`  // PNO
	IdentifierCountry string                            `koanf:"identifier_country"` // PL
	LoAMap            map[string]identity.Level         `koanf:"loa_map"`            // AuthnContextClassRef → level
	UnknownLoA        string                            `koanf:"unknown_loa"`        // reject; nothing else is possible
}

// Pair is a private key and its certificate, both in PEM files.
type Pair struct {
	KeyFile  string `koanf:"key_file"`  // PKCS #8
	CertFile string `koanf:"cert_file"` // the certificate that the upstream knows
}

// KeyRollover are the signing keys. The next is published from its date on, signs from Lead later,
// and takes the place of the active one in the settings at leisure.
type KeyRollover struct {
	Active        Pair          `koanf:"active"`
	Next          Pair          `koanf:"next"`
	PublishedFrom time.Time     `koanf:"published_from"`
	Lead          time.Duration `koanf:"lead"` // 24 h, at least
}

// MetadataRules say where the upstream's metadata come from and whom to believe about them.
type MetadataRules struct {
	URL             string        `koanf:"url"`
	File            string        `koanf:"file"`
	RefreshInterval time.Duration `koanf:"refresh_interval"` // 1 h
	MaxAge          time.Duration `koanf:"max_age"`          // the last good ones serve so long at most, if they say no earlier end; 7 days
	SigningCertPin  string        `koanf:"signing_cert_pin"` // SHA-256 of the signer's certificate, hex; a URL needs one
	OnFailure       string        `koanf:"on_failure"`       // keep_last_until_validUntil; nothing else is possible
}

// Artifact says how artifacts are resolved.
type Artifact struct {
	SOAPURL  string        `koanf:"soap_url"`  // "" = as the metadata say
	MTLSCert Pair          `koanf:"mtls_cert"` // shown to the upstream, if it asks for one
	CAFile   string        `koanf:"ca_file"`   // the only authorities believed there; "" = as for all else
	Timeout  time.Duration `koanf:"timeout"`   // 5 s
}

// SLO is single logout.
type SLO struct {
	Binding  string `koanf:"binding"`  // soap, redirect; "" = none
	Required bool   `koanf:"required"` // doctor complains where the upstream has no place for it
}

// NameID is what sort of name is asked for.
type NameID struct {
	Format          string `koanf:"format"`
	AllowCreate     bool   `koanf:"allow_create"`
	SPNameQualifier string `koanf:"sp_name_qualifier"`
}

// AuthnContext is how levels are asked for.
type AuthnContext struct {
	Comparison string                      `koanf:"comparison"` // exact, minimum, better, maximum
	Refs       map[identity.Level][]string `koanf:"refs"`       // what to ask for, per level wanted
}

// RequestedAttributes is how attributes are asked for.
type RequestedAttributes struct {
	Mode       string      `koanf:"mode"` // eidas_ext, index, none
	Index      int         `koanf:"index"`
	Attributes []Requested `koanf:"attributes"`
}

// Requested is one attribute asked for, or published as wanted.
type Requested struct {
	Name         string `koanf:"name"`
	FriendlyName string `koanf:"friendly_name"`
	Optional     bool   `koanf:"optional"`
}

// Quirks are what single upstreams insist on.
type Quirks struct {
	IssuerFormat    bool   `koanf:"issuer_format"`    // our Issuer states its Format (Italy)
	IssuerQualifier string `koanf:"issuer_qualifier"` // and a NameQualifier
	ACSIndex        *int   `koanf:"acs_index"`        // names our address by its number (Netherlands, Italy)
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id}
	if err := errors.Join(connectors.Decode(id, raw, &s), s.fill().check()); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	return s, nil
}

// OutboundHosts lists the hosts that this upstream needs called, for the outbound client.
func (s Settings) OutboundHosts() []string {
	hosts := slices.Clone(s.Hosts)
	for _, address := range []string{s.Metadata.URL, s.Artifact.SOAPURL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// PrivateFiles lists the files that hold private keys, by the setting that names them.
func (s Settings) PrivateFiles() map[string]string {
	files := map[string]string{}
	keep := func(setting string, p Pair) {
		if p.KeyFile != "" {
			files[setting+".key_file"] = p.KeyFile
		}
	}
	keep("key_rollover.active", s.KeyRollover.Active)
	keep("key_rollover.next", s.KeyRollover.Next)
	keep("artifact.mtls_cert", s.Artifact.MTLSCert)
	for i, p := range s.EncKeys {
		keep(fmt.Sprintf("enc_keys[%d]", i), p)
	}
	return files
}

func (s *Settings) fill() *Settings {
	word := func(at *string, usual string) {
		if *at == "" {
			*at = usual
		}
	}
	word(&s.SSOBinding, "redirect")
	word(&s.ResponseBinding, "post")
	word(&s.ForceAuthn, "on_max_age")
	word(&s.AuthnContext.Comparison, "minimum")
	word(&s.Requested.Mode, "none")
	word(&s.UnknownLoA, "reject")
	word(&s.Metadata.OnFailure, "keep_last_until_validUntil")
	length := func(at *time.Duration, usual time.Duration) {
		if *at == 0 {
			*at = usual
		}
	}
	length(&s.ClockSkew, time.Minute)
	length(&s.MaxAssertionAge, 10*time.Minute)
	length(&s.MaxAuthnAge, 8*time.Hour)
	length(&s.Metadata.RefreshInterval, time.Hour)
	length(&s.Metadata.MaxAge, 7*24*time.Hour)
	length(&s.Artifact.Timeout, 5*time.Second)
	length(&s.KeyRollover.Lead, 24*time.Hour)
	if len(s.VerifyAlgs) == 0 {
		s.VerifyAlgs = xmlsec.Algorithms()
	}
	if len(s.EncAlgs) == 0 {
		s.EncAlgs = []string{xmlsec.AES128GCM, xmlsec.AES256GCM, xmlsec.RSAOAEP, xmlsec.ECDHES} // R-SAML-05
	}
	return s
}

func (s *Settings) signs() bool { return s.SignRequests == nil || *s.SignRequests }
