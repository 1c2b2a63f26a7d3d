package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/ory/fosite"

	"symbolon/provider/seal"
)

// strategy makes the strings that parties carry, all of them bearers of a grant's row, and checks
// their times against the row. It takes the place of the engine's HMAC strategy.
type strategy struct{}

// signature is what the engine tells strings apart by; the row is found by its key.
func signature(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (strategy) AuthorizeCodeSignature(_ context.Context, token string) string {
	return signature(token)
}
func (strategy) AccessTokenSignature(_ context.Context, token string) string {
	return signature(token)
}
func (strategy) RefreshTokenSignature(_ context.Context, token string) string {
	return signature(token)
}

// GenerateAuthorizeCode gives the code that Provider.Issue derived from the login.
func (strategy) GenerateAuthorizeCode(ctx context.Context, _ fosite.Requester) (string, string, error) {
	u := unitOf(ctx)
	code := u.p.mint.Encode(u.code)
	return code, signature(code), nil
}

// GenerateAccessToken draws the first access token of a grant and derives the later ones.
func (strategy) GenerateAccessToken(ctx context.Context, _ fosite.Requester) (string, string, error) {
	u := unitOf(ctx)
	u.access = u.next(seal.AccessToken)
	token := u.p.mint.Encode(u.access)
	return token, signature(token), nil
}

// GenerateRefreshToken draws the first refresh token of a grant and derives the later ones.
func (strategy) GenerateRefreshToken(ctx context.Context, _ fosite.Requester) (string, string, error) {
	u := unitOf(ctx)
	u.refresh = u.next(seal.RefreshToken)
	token := u.p.mint.Encode(u.refresh)
	return token, signature(token), nil
}

// next makes a secret. What a refresh token gives is derived from it and the row's salt, so that
// repeating the answer within its grace gives the very same strings and writes nothing.
func (u *unit) next(kind seal.Kind) seal.Bearer {
	switch {
	case u.kind != seal.RefreshToken:
		return seal.NewBearer(kind, u.grant.ID, u.grant.RefreshGen)
	case u.grace:
		return seal.Successor(u.p.deriveKey, kind, u.grant.RefreshGen, u.presented, u.grant.ID, u.grant.RefreshSalt)
	case u.salt == nil:
		u.salt = make([]byte, 16)
		_, _ = rand.Read(u.salt)
	}
	return seal.Successor(u.p.deriveKey, kind, u.grant.RefreshGen+1, u.presented, u.grant.ID, u.salt)
}

func (strategy) ValidateAuthorizeCode(ctx context.Context, _ fosite.Requester, _ string) error {
	u := unitOf(ctx)
	return within(u.now, u.grant.CodeUntil)
}

func (strategy) ValidateAccessToken(ctx context.Context, _ fosite.Requester, _ string) error {
	u := unitOf(ctx)
	return within(u.now, u.grant.Ends)
}

func (strategy) ValidateRefreshToken(ctx context.Context, _ fosite.Requester, _ string) error {
	u := unitOf(ctx)
	return within(u.now, u.grant.Ends)
}

func within(now, until time.Time) error {
	if now.Before(until) {
		return nil
	}
	return fosite.ErrTokenExpired
}

// idTokens is the engine's OpenIDConnectTokenStrategy. None of what the engine would fill in when
// it is missing (acr 0, auth_time now, rat) is taken from it (oauth.md F08).
type idTokens struct{}

// GenerateIDToken signs the ID token of the unit at hand.
func (idTokens) GenerateIDToken(ctx context.Context, _ time.Duration, _ fosite.Requester) (string, error) {
	u := unitOf(ctx)
	token, err := u.idToken()
	if err != nil {
		u.failure = err
		return "", fosite.ErrServerError.WithWrap(err)
	}
	return token, nil
}
