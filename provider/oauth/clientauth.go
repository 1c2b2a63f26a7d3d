package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"symbolon/provider/once"
)

// assertionType is the one kind of client assertion (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const maxAssertionLife = 5 * time.Minute

// credentials are what a request presents to prove its client, by exactly one method.
type credentials struct {
	method    AuthMethod
	client    string
	secret    string
	assertion string
	basic     bool // the challenge must name the scheme that was tried (RFC 6749 §5.2)
}

// authenticate proves which client sent a form. Only the method that the client registered counts,
// and a request that tries two is refused (RFC 6749 §2.3). It must run once for each request: an
// assertion is consumed by it.
func (p *Provider) authenticate(ctx context.Context, r *http.Request, form url.Values) (Client, error) {
	r.PostForm = form // where claimed looks for it
	c, err := presented(r, form)
	if err != nil {
		return Client{}, err
	}
	if c.method == PrivateKeyJWT {
		return p.checkAssertion(ctx, c)
	}
	client, known := p.registry.Client(c.client)
	if !known {
		client = Client{SecretDigests: []string{DigestSecret("")}} // compare all the same: no oracle (oauth.md F11)
	}
	proved := c.method == NoAuth || secretMatches(client, c.secret)
	if !known || client.AuthMethod != c.method || !proved {
		return Client{}, c.invalid("The client is unknown, or did not authenticate by its registered method.")
	}
	return client, nil
}

// claimed names the client that a request says it is from, proved or not, for the log; "" if there is none
// of that name, so that nobody writes what they like there.
func (p *Provider) claimed(r *http.Request) string {
	c, _ := presented(r, r.PostForm)
	if token, err := parseJWT(c.assertion); c.assertion != "" && err == nil {
		var claims assertion
		_ = token.peek(&claims)
		c.client = claims.Subject
	}
	client, _ := p.registry.Client(c.client)
	return client.ID
}

// presented finds the one method that a request uses.
func presented(r *http.Request, form url.Values) (credentials, error) {
	c := credentials{method: NoAuth, client: form.Get("client_id")}
	methods := 0
	if headers := r.Header.Values("Authorization"); len(headers) > 0 {
		methods += len(headers)
		id, secret, ok := basicAuth(headers[0])
		if !ok || c.client != "" && c.client != id {
			return c, credentials{basic: true}.invalid("The Authorization header is not that of this client.")
		}
		c = credentials{method: ClientSecretBasic, client: id, secret: secret, basic: true}
	}
	if form.Has("client_secret") {
		methods++
		c = credentials{method: ClientSecretPost, client: form.Get("client_id"), secret: form.Get("client_secret")}
	}
	if form.Has("client_assertion") || form.Has("client_assertion_type") {
		methods++
		if form.Get("client_assertion_type") != assertionType {
			return c, c.invalid("The client_assertion_type is not known.")
		}
		c = credentials{method: PrivateKeyJWT, client: form.Get("client_id"), assertion: form.Get("client_assertion")}
	}
	if methods > 1 {
		return c, refused(codeInvalidRequest, "The client used more than one way to authenticate.")
	}
	return c, nil
}

// basicAuth reads the header. Both parts are form-urlencoded inside it (RFC 6749 §2.3.1).
func basicAuth(header string) (id, secret string, ok bool) {
	scheme, encoded, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Basic") || len(encoded) > maxJWT {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	id, secret, found = strings.Cut(string(raw), ":")
	if !found {
		return "", "", false
	}
	if id, err = url.QueryUnescape(id); err != nil || id == "" {
		return "", "", false
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return "", "", false
	}
	return id, secret, true
}

func (c credentials) invalid(description string) *Error {
	e := &Error{Status: http.StatusUnauthorized, Code: codeInvalidClient, Description: description}
	if c.basic {
		e.challenge = clientRealm
	}
	return e
}

// secretMatches compares digests, all of them, in constant time.
func secretMatches(client Client, secret string) bool {
	presented := []byte(DigestSecret(secret))
	match := 0
	for _, digest := range client.SecretDigests {
		if raw, err := hex.DecodeString(digest); err == nil {
			match |= subtle.ConstantTimeCompare([]byte(hex.EncodeToString(raw)), presented)
		}
	}
	return match == 1
}

// assertion holds the claims of RFC 7523 §3. Audience is a text: an array is refused, so that an
// assertion made for another server is never taken here (attacks CA-02).
type assertion struct {
	Issuer    string      `json:"iss"`
	Subject   string      `json:"sub"`
	Audience  string      `json:"aud"`
	Expires   numericDate `json:"exp"`
	NotBefore numericDate `json:"nbf"`
	IssuedAt  numericDate `json:"iat"`
	ID        string      `json:"jti"`
}

// checkAssertion proves a client by private_key_jwt. Everything is checked before the jti is
// consumed, so that nobody but the client can burn one.
func (p *Provider) checkAssertion(ctx context.Context, c credentials) (Client, error) {
	invalid := c.invalid("The client assertion is not valid.")
	token, err := parseJWT(c.assertion)
	if err != nil || token.typ != "" && token.typ != "JWT" && token.typ != "client-authentication+jwt" {
		return Client{}, invalid
	}
	var claims assertion
	if err := token.peek(&claims); err != nil {
		return Client{}, invalid
	}
	client, known := p.registry.Client(claims.Subject)
	if !known || client.AuthMethod != PrivateKeyJWT || c.client != "" && c.client != client.ID {
		return Client{}, invalid
	}
	keys, err := p.clientKeys.find(ctx, client, token)
	if errors.Is(err, errKeysAwaited) {
		return Client{}, unavailable(err)
	}
	if err != nil {
		p.log.WarnContext(ctx, "keys of a client not read", "client", client.ID, "cause", err)
		return Client{}, c.invalid("The keys at the client's jwks_uri could not be read.")
	}
	claims = assertion{}
	if err := token.verify(keys, &claims); err != nil {
		return Client{}, invalid
	}
	if wrong := claims.wrong(p.now(), client.ID, "the issuer", p.issuer, p.issuer+pathToken); wrong != "" {
		return Client{}, c.invalid(wrong)
	}
	err = p.once.Consume(ctx, once.Of(once.ClientAssertion, claims.ID, claims.Expires.Add(skew), client.ID))
	if errors.Is(err, once.ErrUsed) {
		return Client{}, c.invalid("The client assertion was used before.")
	}
	if err != nil {
		return Client{}, fmt.Errorf("consume client assertion: %w", err)
	}
	return client, nil
}
