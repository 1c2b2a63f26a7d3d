package oidc

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Settings are one configured upstream, as the operator writes it. The zero value of everything
// that could let more in lets nothing in.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	connectors.Offered `koanf:",squash"`

	Issuer        string         `koanf:"issuer"`
	Hosts         []string       `koanf:"hosts"` // further hosts, where the upstream's endpoints are not on the issuer's
	AllowLoopback bool           `koanf:"allow_loopback"`
	ClientID      string         `koanf:"client_id"`
	ClientAuth    ClientAuth     `koanf:"client_auth"`
	Scopes        []string       `koanf:"scopes"` // "openid" is always asked for
	Claims        map[string]any `koanf:"claims"` // the claims parameter (OpenID Connect Core §5.5), as it is
	Userinfo      bool           `koanf:"userinfo"`
	Logout        bool           `koanf:"logout"` // logging out goes both ways; our address for it is registered there

	ACRValues       map[identity.Level][]string `koanf:"acr_values"` // what to ask for, per level wanted
	ACRMap          map[string]identity.Level   `koanf:"acr_map"`    // upstream's acr → level; any other is none
	LevelWhenAbsent identity.Level              `koanf:"level_when_absent"`
	ResistantAMR    []string                    `koanf:"resistant_amr"` // methods there that no false page can ask for, such as "hwk"; none: nothing there counts as such

	Choices         []Choice `koanf:"choices"`
	ChoiceParameter string   `koanf:"choice_parameter"` // the parameter that carries the choice: login_hint, idp_hint …
	ChoiceTemplate  string   `koanf:"choice_template"`  // {hint} is replaced; "" is the hint itself
	ChoiceClaim     string   `koanf:"choice_claim"`     // ID token claim that must name the choice's hint; "" = the upstream is trusted to keep to it

	AttributeMap      map[string]identity.AttributeName `koanf:"attribute_map"` // upstream claim → attribute
	IdentifierClaim   string                            `koanf:"identifier_claim"`
	IdentifierScheme  identity.Scheme                   `koanf:"identifier_scheme"`  // of a bare value; "" = the claim has the whole form, PNOPL-…
	IdentifierCountry string                            `koanf:"identifier_country"` // of a bare value

	Algorithms []string      `koanf:"id_token_algs"` // ES256, RS256, PS256
	ClockSkew  time.Duration `koanf:"clock_skew"`    // 30 s, at most 60 s
	MaxAge     time.Duration `koanf:"max_age"`       // how old a login there may be at most; always asked for; 8 h
	AuthTime   string        `koanf:"auth_time"`     // "required" (default), or "issued": an upstream that is silent acted when it signed
}

// ClientAuth says how the hub proves to the upstream who it is.
type ClientAuth struct {
	Method     string `koanf:"method"`      // private_key_jwt, client_secret_basic, client_secret_post
	KeyFile    string `koanf:"key_file"`    // PEM, PKCS #8
	KeyID      string `koanf:"key_id"`      // "" = the key's thumbprint (RFC 7638)
	Algorithm  string `koanf:"alg"`         // "" = ES256, ES384, PS256 by the key
	Audience   string `koanf:"audience"`    // "issuer" (default) or "token_endpoint"
	SecretFile string `koanf:"secret_file"` // for client_secret_*
}

// Choice is one door, such as one bank.
type Choice struct {
	ID      string            `koanf:"id"`
	Names   map[string]string `koanf:"names"`
	Hint    string            `koanf:"hint"` // "" = the id
	Ceiling identity.Level    `koanf:"ceiling"`
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id}
	if err := errors.Join(connectors.Decode(id, raw, &s), s.fill().check()); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	return *s.fill(), nil
}

// OutboundHosts lists the hosts that this upstream needs called, for the outbound client.
func (s Settings) OutboundHosts() []string {
	hosts := slices.Clone(s.Hosts)
	if u, err := url.Parse(s.Issuer); err == nil && u.Host != "" {
		hosts = append(hosts, u.Host)
	}
	return hosts
}

func (s *Settings) fill() *Settings {
	if !slices.Contains(s.Scopes, "openid") {
		s.Scopes = append([]string{"openid"}, s.Scopes...)
	}
	if len(s.Algorithms) == 0 {
		s.Algorithms = []string{"ES256", "RS256", "PS256"}
	}
	if s.ClockSkew == 0 {
		s.ClockSkew = 30 * time.Second
	}
	if s.MaxAge == 0 {
		s.MaxAge = 8 * time.Hour
	}
	if s.AuthTime == "" {
		s.AuthTime = "required"
	}
	if s.ClientAuth.Audience == "" {
		s.ClientAuth.Audience = "issuer"
	}
	for i := range s.Choices {
		if s.Choices[i].Hint == "" {
			s.Choices[i].Hint = s.Choices[i].ID
		}
	}
	return s
}

func (s *Settings) check() error {
	var wrong []error
	refuse := func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s %s", key, fmt.Sprintf(format, args...)))
	}
	s.Offered.Check(s.ID, refuse)
	s.checkIssuer(refuse)
	s.checkClient(refuse)
	s.checkLevels(refuse)
	s.checkChoices(refuse)
	s.checkClaims(refuse)
	for _, alg := range s.Algorithms {
		// RFC 8725 §3.1: never none, and never a MAC, whose key an attacker knows as our public one.
		if !slices.Contains([]string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}, alg) {
			refuse("id_token_algs", "holds %q, which is no signature to be trusted", alg)
		}
	}
	if s.ClockSkew < 0 || s.ClockSkew > time.Minute {
		refuse("clock_skew", "must be between 0s and 60s")
	}
	if s.MaxAge < time.Minute || s.MaxAge > 12*time.Hour {
		refuse("max_age", "must be between 1m and 12h")
	}
	if s.AuthTime != "required" && s.AuthTime != "issued" {
		refuse("auth_time", "must be required or issued")
	}
	return errors.Join(wrong...)
}

type refusing func(key, format string, args ...any)

func (s *Settings) checkIssuer(refuse refusing) {
	// OpenID Connect Discovery §4.3, RFC 8414 §2: no query, no fragment.
	u, err := url.Parse(s.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(s.Issuer, "#") {
		refuse("issuer", "must be an https address without user, query or fragment")
		return
	}
	here := loopback(u.Hostname())
	switch {
	case here && !s.AllowLoopback:
		refuse("issuer", "is a loopback address; allow_loopback allows that")
	case u.Scheme != "https" && !(u.Scheme == "http" && here):
		refuse("issuer", "must begin with https://")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func (s *Settings) checkClient(refuse refusing) {
	if s.ClientID == "" {
		refuse("client_id", "must be set")
	}
	a := s.ClientAuth
	switch a.Method {
	case "private_key_jwt":
		if a.KeyFile == "" || a.SecretFile != "" {
			refuse("client_auth", "private_key_jwt needs key_file and no secret_file")
		}
	case "client_secret_basic", "client_secret_post":
		if a.SecretFile == "" || a.KeyFile != "" {
			refuse("client_auth", "%s needs secret_file and no key_file", a.Method)
		}
	default:
		refuse("client_auth.method", "must be private_key_jwt, client_secret_basic or client_secret_post")
	}
	if a.Audience != "issuer" && a.Audience != "token_endpoint" {
		refuse("client_auth.audience", "must be issuer or token_endpoint")
	}
}

func (s *Settings) checkLevels(refuse refusing) {
	if s.LevelWhenAbsent > identity.Low {
		refuse("level_when_absent", "must be none or low: an upstream that is silent proves no more")
	}
	for _, method := range s.ResistantAMR {
		if !slices.Contains([]string{"hwk", "swk", "sc", "pop"}, method) { // RFC 8176
			refuse("resistant_amr", "holds %q, which a false page can ask for, or which says nothing: hwk, swk, sc and pop name keys", method)
		}
	}
	if len(s.ACRMap) == 0 && s.LevelWhenAbsent == identity.None {
		refuse("acr_map", "must map something, or no answer would be worth anything")
	}
	for level, values := range s.ACRValues {
		for _, value := range values {
			if mapped, ok := s.ACRMap[value]; ok && mapped < level {
				refuse("acr_values."+level.String(), "asks for %q, which acr_map takes for %s only", value, mapped)
			}
		}
	}
}

func (s *Settings) checkChoices(refuse refusing) {
	if len(s.Choices) > 0 && (s.ChoiceParameter == "" || slices.Contains(requestParameters(), s.ChoiceParameter)) {
		refuse("choice_parameter", "must name the parameter that carries the choice, such as login_hint")
	}
	if s.ChoiceTemplate != "" && !strings.Contains(s.ChoiceTemplate, "{hint}") {
		refuse("choice_template", "must hold {hint}")
	}
	seen := map[string]bool{}
	for i, c := range s.Choices {
		key := fmt.Sprintf("choices[%d]", i)
		if c.ID == "" || strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || seen[c.ID] {
			refuse(key+".id", "must be lower-case letters, digits and hyphens, and there once")
		}
		seen[c.ID] = true
		if c.Names["en"] == "" {
			refuse(key+".names.en", "must be set: people see it")
		}
		if c.Ceiling == identity.None {
			refuse(key+".ceiling", "must be low, substantial or high")
		}
	}
}

// checkClaims keeps the protocol's own claims out of people's attributes, in both directions: an
// upstream must not set our sub or acr through a mapping (attacks TK-20).
func (s *Settings) checkClaims(refuse refusing) {
	mapped := map[identity.AttributeName]bool{}
	for claim, attribute := range s.AttributeMap {
		if mapped[attribute] {
			refuse("attribute_map."+claim, "gives %s, which another claim gives already", attribute)
		}
		mapped[attribute] = true
		if slices.Contains(protocolClaims(), claim) || slices.Contains(protocolClaims(), string(attribute)) {
			refuse("attribute_map."+claim, "is of the protocol, not of a person")
		}
		if claim == "" || attribute == "" {
			refuse("attribute_map", "holds an empty name")
		}
	}
	if slices.Contains(protocolClaims(), s.IdentifierClaim) {
		refuse("identifier_claim", "is of the protocol, not of a person")
	}
	if (s.IdentifierScheme == "") != (s.IdentifierCountry == "") || s.IdentifierScheme != "" && len(s.IdentifierScheme) != 3 ||
		s.IdentifierCountry != "" && len(s.IdentifierCountry) != 2 {
		refuse("identifier_scheme", "and identifier_country go together, such as PNO and PL")
	}
	for key := range s.Claims {
		if key != "id_token" && key != "userinfo" {
			refuse("claims."+key, "is not of the claims parameter: id_token, userinfo")
		}
	}
}

// protocolClaims are those of RFC 7519, OpenID Connect Core and our own tokens.
func protocolClaims() []string {
	return []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", "acr", "amr", "auth_time", "at_hash", "c_hash", "s_hash",
		"sid", "txn", "cnf", "scope", "client_id", "events", "act", "may_act", "sub_jwk", "verified_claims", "_claim_names", "_claim_sources",
	}
}

// requestParameters are those that the connector sets itself; a choice must not overwrite one.
func requestParameters() []string {
	return []string{
		"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
		"acr_values", "max_age", "prompt", "ui_locales", "claims", "request", "request_uri", "response_mode",
	}
}
