package saml

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

type refusing func(key, format string, args ...any)

func (s *Settings) check() error {
	var wrong []error
	refuse := func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s %s", key, fmt.Sprintf(format, args...)))
	}
	s.Offered.Check(s.ID, refuse)
	for key, name := range map[string]string{"entity_id": s.EntityID, "idp_entity_id": s.IDPEntityID} {
		if u, err := url.Parse(name); err != nil || !u.IsAbs() || len(name) > 1024 {
			refuse(key, "must be set to an absolute URI") // SAML Core §8.3.6
		}
	}
	s.checkKeys(refuse)
	s.checkMetadata(refuse)
	s.checkBindings(refuse)
	s.checkProtection(refuse)
	s.checkLevels(refuse)
	s.checkAttributes(refuse)
	s.checkTimes(refuse)
	return errors.Join(wrong...)
}

func oneOf(refuse refusing, key, value string, known ...string) {
	if !slices.Contains(known, value) {
		refuse(key, "must be one of: %s", strings.Join(known, ", "))
	}
}

func allOf(refuse refusing, key string, values, known []string) {
	for _, v := range values {
		if !slices.Contains(known, v) {
			refuse(key, "holds %q; there are %s", v, strings.Join(known, ", "))
		}
	}
}

func (s *Settings) checkKeys(refuse refusing) {
	pair := func(key string, p Pair, needed bool) {
		if (p.KeyFile == "") != (p.CertFile == "") || needed && p.KeyFile == "" {
			refuse(key, "needs key_file and cert_file")
		}
	}
	roll := s.KeyRollover
	pair("key_rollover.active", roll.Active, s.signs() || s.SLO.Binding != "" || s.ResponseBinding == "artifact")
	pair("key_rollover.next", roll.Next, false)
	pair("artifact.mtls_cert", s.Artifact.MTLSCert, false)
	for i, p := range s.EncKeys {
		pair(fmt.Sprintf("enc_keys[%d]", i), p, true)
	}
	if (roll.Next.KeyFile != "") != !roll.PublishedFrom.IsZero() {
		refuse("key_rollover.published_from", "goes with next: the time from which it is published, as 2027-03-01T00:00:00Z")
	}
	if roll.Lead < 24*time.Hour {
		refuse("key_rollover.lead", "must be 24h at least: the upstream needs time to read our metadata")
	}
	if roll.Active.KeyFile != "" || s.signs() {
		oneOf(refuse, "sign_alg", s.SignAlg, xmlsec.RSASHA256, xmlsec.RSAPSSSHA256, xmlsec.ECDSASHA256, xmlsec.ECDSASHA384, xmlsec.ECDSASHA512)
	}
}

func (s *Settings) checkMetadata(refuse refusing) {
	m := s.Metadata
	switch {
	case (m.URL == "") == (m.File == ""):
		refuse("metadata", "needs either url or file")
	case m.URL != "" && !s.usable(m.URL):
		refuse("metadata.url", "must be an https address; allow_loopback allows this machine")
	}
	pin, err := hex.DecodeString(strings.ReplaceAll(m.SigningCertPin, ":", ""))
	if err != nil || len(pin) != 0 && len(pin) != 32 {
		refuse("metadata.signing_cert_pin", "must be the SHA-256 of a certificate, in hexadecimal digits")
	}
	if m.URL != "" && len(pin) == 0 {
		refuse("metadata.signing_cert_pin", "must be set: who answers under the url could otherwise name any keys") // R-SAML-12
	}
	oneOf(refuse, "metadata.on_failure", m.OnFailure, "keep_last_until_validUntil")
	if m.RefreshInterval < time.Minute || m.RefreshInterval > 24*time.Hour {
		refuse("metadata.refresh_interval", "must be between 1m and 24h")
	}
	if m.MaxAge < m.RefreshInterval || m.MaxAge > 90*24*time.Hour {
		refuse("metadata.max_age", "must be between refresh_interval and 2160h")
	}
}

func (s *Settings) checkBindings(refuse refusing) {
	oneOf(refuse, "sso_binding", s.SSOBinding, "redirect", "post")
	oneOf(refuse, "response_binding", s.ResponseBinding, "post", "artifact")
	oneOf(refuse, "slo.binding", s.SLO.Binding, "", "soap", "redirect")
	oneOf(refuse, "force_authn", s.ForceAuthn, "always", "on_max_age", "never")
	oneOf(refuse, "requested_attributes.mode", s.Requested.Mode, "eidas_ext", "index", "none")
	oneOf(refuse, "sp_type", s.SPType, "", "public", "private")
	oneOf(refuse, "unknown_loa", s.UnknownLoA, "reject")
	if s.SLO.Required && s.SLO.Binding == "" {
		refuse("slo.required", "needs a binding")
	}
	for key, address := range map[string]string{"artifact.soap_url": s.Artifact.SOAPURL} {
		if address != "" && !s.usable(address) {
			refuse(key, "must be an https address; allow_loopback allows this machine")
		}
	}
	for i, address := range s.ACSURLs {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" {
			refuse(fmt.Sprintf("acs_urls[%d]", i), "must be an https address")
		}
	}
	if s.Requested.Mode == "eidas_ext" && len(s.Requested.Attributes) == 0 {
		refuse("requested_attributes.attributes", "must name some: eidas_ext asks for them one by one")
	}
	if s.Requested.Index < 0 || s.Requested.Index > 65535 {
		refuse("requested_attributes.index", "must be between 0 and 65535")
	}
}

// usable says whether an address may be called: https, or this machine where that is allowed.
func (s *Settings) usable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	here := loopback(u.Hostname())
	return u.Scheme == "https" && (!here || s.AllowLoopback) || u.Scheme == "http" && here && s.AllowLoopback
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func (s *Settings) checkProtection(refuse refusing) {
	if !s.WantResponseSigned && !s.WantAssertionSigned {
		refuse("want_assertion_signed", "or want_response_signed must be true: nothing unsigned is believed")
	}
	if s.WantEncrypted && len(s.EncKeys) == 0 {
		refuse("enc_keys", "must name a key: want_encrypted is set")
	}
	allOf(refuse, "verify_algs", s.VerifyAlgs, xmlsec.Algorithms())
	allOf(refuse, "enc_algs_allowed", s.EncAlgs, xmlsec.Encryptions())
}

func (s *Settings) checkLevels(refuse refusing) {
	oneOf(refuse, "authn_context.comparison", s.AuthnContext.Comparison, "exact", "minimum", "better", "maximum")
	if len(s.LoAMap) == 0 {
		refuse("loa_map", "must map something, or no answer would be worth anything")
	}
	for level, refs := range s.AuthnContext.Refs {
		for _, ref := range refs {
			if mapped, ok := s.LoAMap[ref]; !ok || mapped < level {
				refuse("authn_context.refs."+level.String(), "asks for %q, which loa_map takes for %s", ref, mapped)
			}
		}
	}
}

func (s *Settings) checkAttributes(refuse refusing) {
	mapped := map[identity.AttributeName]bool{}
	for name, attribute := range s.AttributeMap {
		if name == "" || attribute == "" {
			refuse("attribute_map", "holds an empty name")
		}
		if mapped[attribute] {
			refuse("attribute_map."+name, "gives %s, which another gives already", attribute)
		}
		mapped[attribute] = true
		if slices.Contains(protocolClaims(), string(attribute)) { // attacks TK-20
			refuse("attribute_map."+name, "is of the protocol, not of a person")
		}
	}
	if (s.IdentifierScheme == "") != (s.IdentifierCountry == "") || s.IdentifierScheme != "" && len(s.IdentifierScheme) != 3 && s.IdentifierScheme != identity.EIDAS ||
		s.IdentifierCountry != "" && len(s.IdentifierCountry) != 2 {
		refuse("identifier_scheme", "and identifier_country go together, such as PNO and PL")
	}
	if (s.IdentifierClaim != "") != (s.IdentifierScheme != "") {
		refuse("identifier_claim", "goes with identifier_scheme and identifier_country")
	}
	if s.SubjectAttribute == "" && strings.HasSuffix(s.NameID.Format, ":transient") {
		refuse("subject_attribute", "must be set: a transient name is another one at each login")
	}
}

// protocolClaims are those of RFC 7519, OpenID Connect Core and our own tokens.
func protocolClaims() []string {
	return []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", "acr", "amr", "auth_time", "at_hash", "c_hash", "s_hash",
		"sid", "txn", "cnf", "scope", "client_id", "events", "act", "may_act", "sub_jwk", "verified_claims", "_claim_names", "_claim_sources",
	}
}

func (s *Settings) checkTimes(refuse refusing) {
	if s.ClockSkew < 0 || s.ClockSkew > 5*time.Minute {
		refuse("clock_skew", "must be between 0s and 300s")
	}
	if s.MaxAssertionAge < time.Minute || s.MaxAssertionAge > time.Hour {
		refuse("max_assertion_age", "must be between 1m and 1h")
	}
	if s.MaxAuthnAge < time.Minute || s.MaxAuthnAge > 12*time.Hour {
		refuse("max_authn_age", "must be between 1m and 12h")
	}
	if s.Artifact.Timeout < time.Second || s.Artifact.Timeout > 10*time.Second {
		refuse("artifact.timeout", "must be between 1s and 10s")
	}
}
