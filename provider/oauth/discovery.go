package oauth

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"symbolon/consent/claims"
)

// Where the endpoints are, under the issuer.
const (
	pathAuthorize = "/authorize"
	pathToken     = "/token"
	pathUserinfo  = "/userinfo"
	pathRevoke    = "/revoke"
	pathJWKS      = "/jwks"
	pathLogout    = "/logout"
	pathProof     = "/proof"
	pathHistory   = "/jwks/history"
)

// metadata is OpenID Connect Discovery 1.0 §3 and RFC 8414 §2. What stands here works, and nothing
// works that does not stand here.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ProofEndpoint         string   `json:"authentication_proof_endpoint"` // these four are of this provider
	ProofAuthMethods      []string `json:"authentication_proof_endpoint_auth_methods_supported"`
	ProofAlgs             []string `json:"authentication_proof_signing_alg_values_supported"`
	HistoricalJWKSURI     string   `json:"historical_jwks_uri"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ACRValues             []string `json:"acr_values_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs              []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgs    []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	ClaimTypes            []string `json:"claim_types_supported"`
	Claims                []string `json:"claims_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Prompts               []string `json:"prompt_values_supported"`
	UILocales             []string `json:"ui_locales_supported,omitempty"`
	ClaimsLocales         []string `json:"claims_locales_supported,omitempty"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	RequestURIParameter   bool     `json:"request_uri_parameter_supported"` // left out it would mean true
	IssParameter          bool     `json:"authorization_response_iss_parameter_supported"`
	claims.Assurance
}

func (p *Provider) metadata(algs []string) metadata {
	authMethods := []string{string(PrivateKeyJWT), string(ClientSecretBasic), string(ClientSecretPost), string(NoAuth)}
	var authAlgs []string
	for _, alg := range signatureAlgs() {
		authAlgs = append(authAlgs, string(alg))
	}
	return metadata{
		Issuer:                p.issuer,
		AuthorizationEndpoint: p.issuer + pathAuthorize,
		TokenEndpoint:         p.issuer + pathToken,
		UserinfoEndpoint:      p.issuer + pathUserinfo,
		RevocationEndpoint:    p.issuer + pathRevoke,
		EndSessionEndpoint:    p.issuer + pathLogout,
		JWKSURI:               p.issuer + pathJWKS,
		ProofEndpoint:         p.issuer + pathProof,
		ProofAuthMethods:      authMethods[:3], // all but none
		ProofAlgs:             algs,
		HistoricalJWKSURI:     p.issuer + pathHistory,
		Scopes:                supportedScopes(),
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{string(ModeQuery), string(ModeFormPost)},
		GrantTypes:            []string{grantCode, grantRefresh},
		ACRValues:             p.acr.Supported(),
		SubjectTypes:          []string{"pairwise"},
		IDTokenAlgs:           algs,
		AuthMethods:           authMethods,
		AuthAlgs:              authAlgs,
		RevocationAuthMethods: authMethods,
		RevocationAuthAlgs:    authAlgs,
		ClaimTypes:            []string{"normal"},
		Claims: slices.Concat([]string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", acrClaim, "amr", "sid", "txn", "at_hash", levelEndsClaim, mergedClaim},
			claims.ClaimNames(), p.further),
		ChallengeMethods: []string{methodS256},
		Prompts:          []string{"none", "login", "consent", "select_account"},
		UILocales:        p.languages,
		ClaimsLocales:    p.spoken,
		ClaimsParameter:  true,
		IssParameter:     true,
		Assurance:        claims.Supports(p.cards, p.further...),
	}
}

// document is the metadata as it is sent, and the algorithms that it names: all else in it stays
// as it is while the program runs.
type document struct {
	algs []string
	body []byte
}

// discovery writes the metadata, anew only when the algorithms have changed.
func (p *Provider) discovery() ([]byte, error) {
	algs := p.idTokenAlgs()
	if known := p.document.Load(); known != nil && slices.Equal(known.algs, algs) {
		return known.body, nil
	}
	body, err := json.Marshal(p.metadata(algs))
	if err != nil {
		return nil, err
	}
	body = append(body, '\n')
	p.document.Store(&document{algs, body})
	return body, nil
}

// idTokenAlgs are those that there is a key for now.
func (p *Provider) idTokenAlgs() []string {
	var algs []string
	for _, alg := range idTokenAlgs() {
		if _, ok := p.signing.Active(alg, p.now()); ok {
			algs = append(algs, alg)
		}
	}
	return algs
}

// Discovery serves /.well-known/openid-configuration and, as ServerMetadata, the same under
// /.well-known/oauth-authorization-server.
func (p *Provider) Discovery(w http.ResponseWriter, r *http.Request) error {
	body, err := p.discovery()
	if err != nil {
		return broken(err)
	}
	return public(w, r, body)
}

// ServerMetadata is RFC 8414.
func (p *Provider) ServerMetadata(w http.ResponseWriter, r *http.Request) error {
	return p.Discovery(w, r)
}

// JWKS serves the public keys: those that sign, those that will, and those whose tokens may still
// be about (OpenID Connect Core §10.1.1).
func (p *Provider) JWKS(w http.ResponseWriter, r *http.Request) error {
	return p.keySet(w, r, p.signing.Published(p.now()))
}

func (p *Provider) keySet(w http.ResponseWriter, r *http.Request, keys []SigningKey) error {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public, KeyID: key.ID, Algorithm: key.Alg, Use: "sig"})
	}
	body, err := json.Marshal(set)
	if err != nil {
		return broken(err)
	}
	return public(w, r, body)
}

// public writes what anybody may read from anywhere: the only answers that say so to browsers of
// other origins (attacks TK-24).
func public(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed("GET, HEAD")
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(body) // who asked is gone if this fails
	return nil
}
