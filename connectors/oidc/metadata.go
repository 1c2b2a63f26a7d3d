package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"symbolon/connectors/outbound"
)

const maxDocument = 512 << 10 // bytes of metadata, keys or userinfo

// metadata is what we use of OpenID Connect Discovery §3.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Userinfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	EndSession    string   `json:"end_session_endpoint"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

func (c *Connector) fetchMetadata(ctx context.Context) (metadata, error) {
	var m metadata
	// OpenID Connect Discovery §4.1: a terminating slash is removed first.
	err := c.getJSON(ctx, strings.TrimSuffix(c.settings.Issuer, "/")+"/.well-known/openid-configuration", "", &m)
	if err == nil {
		err = c.checkMetadata(m)
	}
	if err != nil {
		c.deps.Log.Warn("upstream's metadata not taken", "means", string(c.settings.ID), "reason", err.Error())
		return metadata{}, err
	}
	return m, nil
}

// checkMetadata insists on the issuer that was configured (OpenID Connect Discovery §4.3) and on
// endpoints that we would also have taken from the settings.
func (c *Connector) checkMetadata(m metadata) error {
	if m.Issuer != c.settings.Issuer {
		return errors.New("metadata of another issuer")
	}
	required := []string{m.Authorization, m.Token, m.Keys}
	if c.settings.Userinfo {
		required = append(required, m.Userinfo)
	}
	if slices.Contains(required, "") {
		return errors.New("an endpoint is missing")
	}
	for _, endpoint := range append(required, m.Userinfo, m.EndSession) {
		if endpoint != "" && !c.usable(endpoint) {
			return errors.New("an endpoint is not an https address")
		}
	}
	return nil
}

func (c *Connector) usable(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && c.settings.AllowLoopback && loopback(u.Hostname())
}

// getJSON fetches one JSON object. Its errors are fixed words: what libraries say can quote an
// answer, and so a person.
func (c *Connector) getJSON(ctx context.Context, address, bearer string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return errors.New("address cannot be used")
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := c.deps.HTTP.Do(r)
	if err != nil {
		return outbound.NoAnswer(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/json" && kind != "application/jwk-set+json" {
		return errors.New("not JSON by its type")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil || len(body) > maxDocument {
		return errors.New("answer breaks off or is too large")
	}
	return decodeObject(body, into)
}

// decodeObject reads one JSON object and nothing after it.
func decodeObject(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if decoder.Decode(into) != nil {
		return errors.New("not the JSON that was expected")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}
