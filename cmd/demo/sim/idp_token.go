package sim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// token is RFC 6749 §4.1.3 with PKCE enforced (RFC 7636 §4.6).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		tokenError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if code := p.Switches.Value("token_error"); code != "" {
		tokenError(w, http.StatusBadRequest, code)
		return
	}
	client, ok := p.authenticate(r)
	if !ok {
		tokenError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		tokenError(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	g, ok := p.redeem(client, r.PostForm)
	if !ok {
		tokenError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	idToken, err := p.idToken(g)
	if err != nil {
		tokenError(w, http.StatusInternalServerError, "server_error")
		return
	}
	access := secret()
	p.tokens.put(access, g, p.Now(), tokenLife)
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "id_token": idToken,
	})
}

func tokenError(w http.ResponseWriter, status int, code string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`) // RFC 6749 §5.2
	}
	writeJSON(w, status, map[string]string{"error": code})
}

// redeem takes a code, once. What the wrong client presents is refused and stays.
func (p *Provider) redeem(client Client, form url.Values) (grant, bool) {
	code := form.Get("code")
	g, ok := p.codes.get(code, p.Now())
	if !ok || g.Request.Client != client.ID || g.Request.Redirect != form.Get("redirect_uri") {
		return grant{}, false
	}
	if p.Switches.Value("same_code") == "" {
		if _, first := p.codes.take(code, p.Now()); !first {
			return grant{}, false
		}
	}
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != g.Request.Challenge {
		return grant{}, false
	}
	return g, true
}

func (p *Provider) authenticate(r *http.Request) (Client, bool) {
	if kind := r.PostForm.Get("client_assertion_type"); kind != "" {
		return p.byAssertion(kind, r.PostForm.Get("client_assertion"))
	}
	id, password, ok := r.BasicAuth()
	if !ok {
		return Client{}, false
	}
	// RFC 6749 §2.3.1: both are form-encoded before they go into the header.
	id, errID := url.QueryUnescape(id)
	password, errPassword := url.QueryUnescape(password)
	client, known := p.clients[id]
	if errID != nil || errPassword != nil || !known || client.Secret == "" {
		return Client{}, false
	}
	return client, subtle.ConstantTimeCompare([]byte(password), []byte(client.Secret)) == 1
}

// byAssertion checks a client's own JWT (RFC 7523 §3, OpenID Connect Core §9).
func (p *Provider) byAssertion(kind, assertion string) (Client, bool) {
	if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return Client{}, false
	}
	parsed, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return Client{}, false
	}
	var unverified, claims jwt.Claims
	if parsed.UnsafeClaimsWithoutVerification(&unverified) != nil {
		return Client{}, false
	}
	client, known := p.clients[unverified.Issuer]
	if !known || parsed.Claims(client.Keys, &claims) != nil {
		return Client{}, false
	}
	audience := slices.Contains(claims.Audience, p.Issuer) || slices.Contains(claims.Audience, p.Issuer+"/token")
	inTime := claims.ValidateWithLeeway(jwt.Expected{Issuer: client.ID, Subject: client.ID, Time: p.Now()}, 10*time.Second) == nil
	if !audience || !inTime || claims.Expiry == nil || claims.ID == "" {
		return Client{}, false
	}
	return client, p.spent.add(client.ID+" "+claims.ID, true, p.Now(), claims.Expiry.Time().Sub(p.Now())+time.Minute)
}

// userinfo is OpenID Connect Core §5.3.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	g, ok := p.tokens.get(token, p.Now())
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 §3
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims := p.told(g)
	claims["sub"] = p.subject(g.Session)
	if sub := p.Switches.Value("userinfo_sub"); sub != "" {
		claims["sub"] = sub
	}
	overlay(claims, p.Switches.Value("claims"))
	writeJSON(w, http.StatusOK, claims)
}
