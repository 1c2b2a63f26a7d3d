package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// The grant types that there are.
const (
	grantCode    = "authorization_code" // RFC 6749 §4.1.3
	grantRefresh = "refresh_token"      // RFC 6749 §6
)

// tokenResponse is RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3.
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// Token is the token endpoint (RFC 6749 §3.2).
func (p *Provider) Token(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.Method != http.MethodPost {
		return methodNotAllowed(http.MethodPost)
	}
	form, err := postForm(r)
	if err != nil {
		return err
	}
	client, err := p.authenticate(ctx, r, form)
	if err != nil {
		return err
	}
	var answer tokenResponse
	switch kind := form.Get("grant_type"); {
	case kind == grantCode:
		answer, err = p.redeem(ctx, client, form)
	case kind == grantRefresh && client.RefreshTokens:
		answer, err = p.refresh(ctx, client, form)
	case kind == grantRefresh:
		err = refused(codeUnauthorizedClient, "This client is not registered for refresh tokens.")
	case kind == "":
		err = refused(codeInvalidRequest, "grant_type is missing.")
	default:
		err = refused(codeUnsupportedGrant, "This grant_type is not offered.")
	}
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}

func writeJSON(w http.ResponseWriter, v any) error {
	noStore(w.Header())
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}

func (p *Provider) newUnit(client Client) *unit { return &unit{p: p, client: client, now: p.now()} }

// redeem turns a code into tokens: one read, the engine's work, one conditional write. A code that
// comes again, whoever was first, ends its family, because the second may be the honest one
// (RFC 6749 §4.1.2; oauth.md F02).
func (p *Provider) redeem(ctx context.Context, client Client, form url.Values) (tokenResponse, error) {
	if !form.Has("code") {
		return tokenResponse{}, refused(codeInvalidRequest, "code is missing.")
	}
	u := p.newUnit(client)
	u.present(seal.Code, form.Get("code"))
	answer, err := u.run(ctx, form)
	if err != nil {
		return tokenResponse{}, u.spoil(ctx, err)
	}
	won, err := p.grants.SaveGrant(ctx, u.redeemed(), GrantCode, u.grant.Gen)
	if err != nil {
		return tokenResponse{}, err
	}
	if !won {
		if err := u.end(ctx, journal.CodeReused, "two redemptions at once"); err != nil {
			return tokenResponse{}, err
		}
		return tokenResponse{}, refused(codeInvalidGrant, "The code was used before.")
	}
	return u.answer(answer), nil
}

// run lets the engine do a token request. What it wants stored is noted on the unit.
func (u *unit) run(ctx context.Context, form url.Values) (fosite.AccessResponder, error) {
	ctx = withUnit(ctx, u)
	r := &http.Request{Method: http.MethodPost, Header: http.Header{}, Form: form, PostForm: form, Body: http.NoBody}
	request, err := u.p.engine.NewAccessRequest(ctx, r, newSession(""))
	if err != nil {
		return nil, u.cause(err)
	}
	if err := u.alive(ctx); err != nil {
		return nil, err
	}
	if err := u.openPresented(); err != nil {
		return nil, err
	}
	if err := u.borne(ctx); err != nil {
		return nil, err
	}
	answer, err := u.p.engine.NewAccessResponse(ctx, request)
	if err != nil {
		return nil, u.cause(err)
	}
	return answer, nil
}

// openPresented opens the values with what was presented. In the grace the row's wrap is for the
// successor already.
func (u *unit) openPresented() error {
	switch {
	case u.kind == seal.Code:
		return u.open(u.grant.CodeWrap, u.presented)
	case u.grace:
		return u.open(u.grant.RefreshWrap, u.next(seal.RefreshToken))
	default:
		return u.open(u.grant.RefreshWrap, u.presented)
	}
}

// cause prefers the failure that we know to what the engine made of it.
func (u *unit) cause(err error) error {
	if u.failure != nil {
		return u.failure
	}
	return err
}

// spoil ends what a refused redemption must not leave behind. A spent code ends its family; a wrong
// proof by the right client (verifier, redirect URI) burns the code, whatever the client's
// registration says about PKCE (oauth.md F01). A refusal by the gate, an expired code or a store
// that does not answer changes nothing.
func (u *unit) spoil(ctx context.Context, err error) error {
	ours := u.loaded && u.holds(u.grant.CodeDigest) && u.failure == nil && u.grant.State != GrantEnded
	switch {
	case errors.Is(err, ErrNoGrant):
		return refused(codeInvalidGrant, "The code is not valid any more.")
	case ours && u.reused:
		if err := u.end(ctx, journal.CodeReused, "code came again"); err != nil {
			return err
		}
	case ours && u.now.Before(u.grant.CodeUntil) && isRefusal(err):
		if err := u.end(ctx, journal.GrantRevoked, "wrong proof with the code"); err != nil {
			return err
		}
	}
	return err
}

// isRefusal reports whether the engine said no to what the client sent.
func isRefusal(err error) bool {
	var e *fosite.RFC6749Error
	return errors.As(err, &e) && e.CodeField < http.StatusInternalServerError
}

// redeemed is the grant's row after its code was redeemed: the code's wrap is gone, its digest stays
// so that a replay is known.
func (u *unit) redeemed() Grant {
	g := u.grant
	g.State, g.Gen, g.CodeWrap = GrantLive, g.Gen+1, nil
	u.setAccess(&g)
	if u.refresh.Kind == seal.RefreshToken {
		u.setRefresh(&g)
	}
	return g
}

func (u *unit) setAccess(g *Grant) {
	digest := u.access.Digest()
	g.AccessDigest, g.AccessWrap = digest[:], u.narrowed(u.wrapFor(u.access))
	g.AccessUntil = earlier(u.now.Add(u.p.lifetimes.Access), g.Ends)
}

func (u *unit) setRefresh(g *Grant) {
	digest := u.refresh.Digest()
	g.RefreshDigest, g.RefreshWrap, g.RefreshGen = digest[:], u.wrapFor(u.refresh), u.refresh.Gen
}

// answer is what the client is told. Times are the row's.
func (u *unit) answer(engine fosite.AccessResponder) tokenResponse {
	until := earlier(u.now.Add(u.p.lifetimes.Access), u.grant.Ends)
	if u.grace {
		until = u.grant.AccessUntil
	}
	answer := tokenResponse{
		AccessToken: engine.GetAccessToken(), TokenType: "Bearer",
		ExpiresIn: max(0, int64(until.Sub(u.now).Seconds())), Scope: joinScopes(u.scopes),
	}
	answer.RefreshToken, _ = engine.GetExtra("refresh_token").(string)
	answer.IDToken, _ = engine.GetExtra("id_token").(string)
	return answer
}

func joinScopes(scopes []string) string { return strings.Join(scopes, " ") }

// narrow settles what the new access token is for: what the client asks, if that is no more than
// what was granted (RFC 6749 §6; oauth.md F09). In the grace it is what the first answer said.
func (u *unit) narrow() error {
	if u.grace {
		_, u.scopes = u.unpack(u.grant.AccessWrap)
		if u.scopes == nil {
			u.scopes = u.kept.Scopes
		}
		return nil
	}
	if len(u.wanted) == 0 {
		return nil
	}
	for _, scope := range u.wanted {
		if !slices.Contains(u.kept.Scopes, scope) {
			u.failure = refused(codeInvalidScope, "The scope is more than was granted.")
			return u.failure
		}
	}
	u.scopes = u.wanted
	return nil
}
