package oauth

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/handler/pkce"
	"github.com/ory/fosite/token/jwt"

	"symbolon/provider/seal"
)

// What the engine asserts at run time is asserted here when it is compiled (oauth.md F24).
var (
	_ fosite.Storage                     = engineStorage{}
	_ oauth2.CoreStorage                 = engineStorage{}
	_ oauth2.TokenRevocationStorage      = engineStorage{}
	_ openid.OpenIDConnectRequestStorage = engineStorage{}
	_ pkce.PKCERequestStorage            = engineStorage{}
	_ oauth2.CoreStrategy                = strategy{}
	_ openid.OpenIDConnectTokenStrategy  = idTokens{}
	_ openid.Session                     = (*session)(nil)
	_ fosite.Client                      = engineClient{}
	_ fosite.Configurator                = engineConfig{}
)

// engineStorage is the engine's storage. It holds nothing and writes nothing: each call is a note on the
// unit in the context, or reads from it. It is not transactional on purpose: the engine would
// commit before the ID token is signed.
type engineStorage struct{}

func (engineStorage) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	u := unitOf(ctx)
	if u.client.ID != id {
		return nil, fosite.ErrNotFound
	}
	return engineClient{u.client}, nil
}

func (engineStorage) ClientAssertionJWTValid(context.Context, string) error {
	return fosite.ErrJTIKnown
}

func (engineStorage) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrJTIKnown
}

func (engineStorage) CreateAuthorizeCodeSession(ctx context.Context, _ string, _ fosite.Requester) error {
	unitOf(ctx).act = issue
	return nil
}

// GetAuthorizeCodeSession gives the grant of the presented code. One that was spent comes with
// ErrInvalidatedAuthorizeCode, whereupon the engine revokes.
func (engineStorage) GetAuthorizeCodeSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	u := unitOf(ctx)
	if err := u.load(ctx); err != nil {
		return nil, notFound(err)
	}
	if !u.holds(u.grant.CodeDigest) {
		return nil, fosite.ErrNotFound
	}
	if u.grant.State != GrantCode {
		u.reused = true
		return u.requester(), fosite.ErrInvalidatedAuthorizeCode
	}
	return u.requester(), nil
}

func (engineStorage) InvalidateAuthorizeCodeSession(ctx context.Context, _ string) error {
	unitOf(ctx).act = redeem
	return nil
}

func (engineStorage) CreateAccessTokenSession(context.Context, string, fosite.Requester) error {
	return nil
}

// GetAccessTokenSession is asked by the revocation handler only.
func (engineStorage) GetAccessTokenSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	return presentedAs(ctx, seal.AccessToken)
}

func (engineStorage) DeleteAccessTokenSession(context.Context, string) error { return nil }

func (engineStorage) CreateRefreshTokenSession(context.Context, string, string, fosite.Requester) error {
	return nil
}

// GetRefreshTokenSession gives the grant of the presented refresh token. The predecessor is as
// good as the current one for a short while, for a client that authenticates; any other that this
// grant ever gave is reuse, whereupon the engine revokes.
func (engineStorage) GetRefreshTokenSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	r, err := presentedAs(ctx, seal.RefreshToken)
	u := unitOf(ctx)
	if err != nil || u.revoking {
		return r, err
	}
	switch {
	case u.grant.State != GrantLive:
		return nil, fosite.ErrNotFound
	case u.holds(u.grant.RefreshDigest):
	case u.holds(u.grant.PrevRefresh) && !u.client.Public() && u.now.Before(u.grant.GraceUntil):
		u.grace = true
	default:
		u.reused = true
		return r, fosite.ErrInactiveToken
	}
	if err := u.narrow(); err != nil {
		return nil, err
	}
	return u.requester(), nil
}

func (engineStorage) DeleteRefreshTokenSession(context.Context, string) error { return nil }

func (engineStorage) RotateRefreshToken(ctx context.Context, _, _ string) error {
	unitOf(ctx).act = rotate
	return nil
}

// RevokeRefreshToken and RevokeAccessToken are always called together; what was presented decides
// what ends (oauth.md F23).
func (engineStorage) RevokeRefreshToken(ctx context.Context, _ string) error {
	unitOf(ctx).act = revoke
	return nil
}

func (engineStorage) RevokeAccessToken(ctx context.Context, _ string) error {
	unitOf(ctx).act = revoke
	return nil
}

func (engineStorage) CreateOpenIDConnectSession(context.Context, string, fosite.Requester) error {
	return nil
}

func (engineStorage) GetOpenIDConnectSession(ctx context.Context, _ string, _ fosite.Requester) (fosite.Requester, error) {
	return presentedAs(ctx, seal.Code)
}

func (engineStorage) DeleteOpenIDConnectSession(context.Context, string) error { return nil }

// GetPKCERequestSession gives the challenge, which is the grant's own; a missing one is ErrNotFound.
func (engineStorage) GetPKCERequestSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	r, err := presentedAs(ctx, seal.Code)
	if err != nil {
		return nil, err
	}
	if unitOf(ctx).kept.Challenge == "" {
		return nil, fosite.ErrNotFound
	}
	return r, nil
}

func (engineStorage) CreatePKCERequestSession(context.Context, string, fosite.Requester) error {
	return nil
}

// DeletePKCERequestSession does nothing, so that a wrong verifier does not open the way to none at
// all (oauth.md F01).
func (engineStorage) DeletePKCERequestSession(context.Context, string) error { return nil }

// presentedAs gives the grant if the request presents a bearer of that kind.
func presentedAs(ctx context.Context, kind seal.Kind) (fosite.Requester, error) {
	u := unitOf(ctx)
	if u.kind != kind {
		return nil, fosite.ErrNotFound
	}
	if err := u.load(ctx); err != nil {
		return nil, notFound(err)
	}
	return u.requester(), nil
}

// notFound says "not there" in the engine's word.
func notFound(err error) error {
	if errors.Is(err, ErrNoGrant) {
		return fosite.ErrNotFound
	}
	return err
}

// requester is the grant as the engine wants to see it. It is the one place that makes one, and it
// never gives a nil of a concrete type (oauth.md F30).
func (u *unit) requester() fosite.Requester {
	granted := slices.Clone(u.scopes)
	if u.kind == seal.RefreshToken && !slices.Contains(granted, scopeOffline) {
		granted = append(granted, scopeOffline) // the refresh token's own scope does not narrow (RFC 6749 §6)
	}
	form := url.Values{"redirect_uri": {u.kept.Redirect}}
	if u.kept.Challenge != "" {
		form.Set("code_challenge", u.kept.Challenge)
		form.Set("code_challenge_method", methodS256)
	}
	return &fosite.Request{
		ID: u.grant.ID.String(), RequestedAt: u.grant.Created, Client: engineClient{u.client},
		RequestedScope: granted, GrantedScope: slices.Clone(granted),
		RequestedAudience: fosite.Arguments{}, GrantedAudience: fosite.Arguments{},
		Form: form, Session: newSession(u.kept.Subject),
	}
}

// session is what the engine insists on. Nothing of it is kept: tokens are made from the unit.
type session struct {
	claims  *jwt.IDTokenClaims
	headers *jwt.Headers
	expires map[fosite.TokenType]time.Time
}

func newSession(subject string) *session {
	return &session{
		claims: &jwt.IDTokenClaims{Subject: subject}, headers: &jwt.Headers{Extra: map[string]any{}},
		expires: map[fosite.TokenType]time.Time{},
	}
}

func (s *session) IDTokenClaims() *jwt.IDTokenClaims                { return s.claims }
func (s *session) IDTokenHeaders() *jwt.Headers                     { return s.headers }
func (s *session) SetExpiresAt(key fosite.TokenType, exp time.Time) { s.expires[key] = exp }
func (s *session) GetExpiresAt(key fosite.TokenType) time.Time      { return s.expires[key] }
func (s *session) GetUsername() string                              { return "" }
func (s *session) GetSubject() string                               { return s.claims.Subject }

// Clone copies deeply: a shallow copy would share what the engine writes into (oauth.md F30).
func (s *session) Clone() fosite.Session {
	c := newSession(s.claims.Subject)
	c.expires = maps.Clone(s.expires)
	return c
}

// engineClient shows a client to the engine. It says nothing about secrets and keys: who the client
// is was settled before.
type engineClient struct{ c Client }

func (e engineClient) GetID() string                      { return e.c.ID }
func (e engineClient) GetHashedSecret() []byte            { return nil }
func (e engineClient) GetRedirectURIs() []string          { return e.c.RedirectURIs }
func (e engineClient) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }
func (e engineClient) GetAudience() fosite.Arguments      { return fosite.Arguments{} }
func (e engineClient) IsPublic() bool                     { return e.c.Public() }
func (e engineClient) GetGrantTypes() fosite.Arguments {
	if e.c.RefreshTokens {
		return fosite.Arguments{grantCode, grantRefresh}
	}
	return fosite.Arguments{grantCode}
}
func (e engineClient) GetScopes() fosite.Arguments {
	return append(fosite.Arguments{scopeOpenID, scopeOffline}, e.c.Scopes...)
}
