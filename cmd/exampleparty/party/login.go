package party

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// Begin sends the browser to the provider.
func (p *Party) Begin(w http.ResponseWriter, r *http.Request, ask Ask) error {
	provider, err := p.found(r.Context())
	if err != nil {
		return err
	}
	browser := p.browser(r)
	if browser == "" {
		browser = rand.Text()
		p.setCookie(w, browser)
	}
	state, login := rand.Text(), begun{browser, rand.Text(), oauth2.GenerateVerifier(), time.Now()}
	p.remember(state, login)
	q := url.Values{"nonce": {login.nonce}, "scope": {strings.Join(append([]string{"openid"}, ask.Scopes...), " ")}}
	if err := ask.write(q); err != nil {
		return err
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(login.verifier)}
	for name := range q {
		options = append(options, oauth2.SetAuthURLParam(name, q.Get(name)))
	}
	http.Redirect(w, r, provider.OAuthConfig().AuthCodeURL(state, options...), http.StatusSeeOther)
	return nil
}

func (a Ask) write(q url.Values) error {
	wanted, userinfo := map[string]map[string]any{}, map[string]any{}
	for name, want := range a.Claims {
		userinfo[name] = want
	}
	if a.Verified != nil {
		userinfo["verified_claims"] = a.Verified
	}
	if len(userinfo) > 0 {
		wanted["userinfo"] = userinfo
	}
	if a.Essential { // OpenID Connect Core §5.5.1.1
		wanted["id_token"] = map[string]any{"acr": Want{Essential: true, Values: []string{a.ACR}}}
	}
	if len(wanted) > 0 {
		claims, err := json.Marshal(wanted)
		if err != nil {
			return fmt.Errorf("write the claims parameter: %w", err)
		}
		q.Set("claims", string(claims))
	}
	for name, value := range map[string]string{"acr_values": a.ACR, "prompt": a.Prompt, "ui_locales": a.Languages} {
		if value != "" && !(name == "acr_values" && a.Essential) {
			q.Set(name, value)
		}
	}
	return nil
}

// remember keeps a login under way. Too many at once are all forgotten: their people begin again.
func (p *Party) remember(state string, b begun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.begun) >= begunAtMost {
		clear(p.begun)
	}
	p.begun[state] = b
}

// Callback takes the provider's answer; after it, Current knows who is here. Who is here already
// and comes again with an answer that was taken (back, in the browser) stays who they are.
func (p *Party) Callback(w http.ResponseWriter, r *http.Request) error {
	provider, err := p.found(r.Context())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.mu.Lock()
	login, mine := p.begun[q.Get("state")]
	mine = mine && login.browser == p.browser(r) && time.Since(login.at) < loginLife
	if mine { // once, and only for the browser that began
		delete(p.begun, q.Get("state"))
	}
	p.mu.Unlock()
	_, here := p.Current(r)
	switch {
	case !mine && here:
		return nil
	case !mine:
		return &Refused{"unknown_login", errors.New("no such login in this browser")}
	case q.Get("iss") != p.set.Issuer: // RFC 9207 §2.4
		return &Refused{"invalid_answer", errors.New("answer of another issuer")}
	case q.Get("error") != "":
		return &Refused{q.Get("error"), fmt.Errorf("the provider refused: %.300q", q.Get("error_description"))}
	}
	session, err := p.exchange(r.Context(), provider, q.Get("code"), login)
	if err != nil {
		return &Refused{"invalid_answer", err}
	}
	fresh := rand.Text() // a new cookie: nobody can have planted this one
	p.mu.Lock()
	delete(p.sessions, login.browser)
	p.sessions[fresh] = session
	p.mu.Unlock()
	p.setCookie(w, fresh)
	return nil
}

func (p *Party) exchange(ctx context.Context, provider rp.RelyingParty, code string, login begun) (Session, error) {
	ctx = context.WithValue(ctx, nonceKey{}, login.nonce)
	options := []rp.CodeExchangeOpt{rp.WithCodeVerifier(login.verifier)}
	if p.set.Key != nil {
		assertion, err := p.assertion()
		if err != nil {
			return Session{}, err
		}
		options = append(options, rp.WithClientAssertionJWT(assertion))
	}
	tokens, err := rp.CodeExchange[*oidc.IDTokenClaims](ctx, code, provider, options...)
	if err != nil {
		return Session{}, fmt.Errorf("redeem the code: %w", err)
	}
	id := tokens.IDTokenClaims
	claims, err := rp.Userinfo[told](ctx, tokens.AccessToken, tokens.TokenType, id.Subject, provider)
	if err != nil {
		return Session{}, fmt.Errorf("ask userinfo: %w", err)
	}
	return Session{
		Subject: id.Subject, ACR: id.AuthenticationContextClassReference, AMR: id.AuthenticationMethodsReferences,
		AuthTime: id.AuthTime.AsTime(), Claims: claims, idToken: tokens.IDToken,
	}, nil
}

// told is userinfo's answer as it came.
type told map[string]any

// GetSubject gives sub, which must be the ID token's (OpenID Connect Core §5.3.2).
func (t told) GetSubject() string { sub, _ := t["sub"].(string); return sub }

// assertion proves who this party is (OpenID Connect Core §9, RFC 7523 §3).
func (p *Party) assertion() (string, error) {
	options := (&jose.SignerOptions{}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: *p.set.Key}, options)
	if err != nil {
		return "", fmt.Errorf("use the client's key: %w", err)
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: p.set.ClientID, Subject: p.set.ClientID, Audience: jwt.Audience{p.set.Issuer}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Serialize()
}

// Logout ends the session here and sends the browser to end it at the provider
// (OpenID Connect RP-Initiated Logout 1.0 §2).
func (p *Party) Logout(w http.ResponseWriter, r *http.Request) error {
	provider, err := p.found(r.Context())
	if err != nil {
		return err
	}
	s, _ := p.Current(r)
	p.mu.Lock()
	delete(p.sessions, p.browser(r))
	p.mu.Unlock()
	end := provider.GetEndSessionEndpoint()
	if end == "" || s.idToken == "" {
		http.Redirect(w, r, p.set.AfterLogout, http.StatusSeeOther)
		return nil
	}
	q := url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {p.set.AfterLogout}}
	http.Redirect(w, r, end+"?"+q.Encode(), http.StatusSeeOther)
	return nil
}
