package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/ory/fosite"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// refreshTries bounds how often a refresh is computed again because another replica was first.
const refreshTries = 4

// refresh turns a refresh token into its one successor. Who loses a race runs again and finds
// itself in the grace, where the same answer is computed and nothing is written. The client was
// authenticated before, once.
func (p *Provider) refresh(ctx context.Context, client Client, form url.Values) (tokenResponse, error) {
	if !form.Has("refresh_token") {
		return tokenResponse{}, refused(codeInvalidRequest, "refresh_token is missing.")
	}
	for range refreshTries {
		u := p.newUnit(client)
		u.wanted = words(form.Get("scope"))
		u.present(seal.RefreshToken, form.Get("refresh_token"))
		answer, err := u.run(ctx, form)
		if err != nil {
			return tokenResponse{}, u.refuseRefresh(ctx, err)
		}
		if u.grace {
			return u.answer(answer), nil
		}
		won, err := p.grants.SaveGrant(ctx, u.rotated(), GrantLive, u.grant.Gen)
		if err != nil {
			return tokenResponse{}, err
		}
		if won {
			return u.answer(answer), nil
		}
	}
	return tokenResponse{}, unavailable(errors.New("refresh: the grant kept changing"))
}

// refuseRefresh ends the family of a refresh token that was spent before (RFC 9700 §4.14.2).
func (u *unit) refuseRefresh(ctx context.Context, err error) error {
	if errors.Is(err, ErrNoGrant) {
		return refused(codeInvalidGrant, "The refresh token is not valid any more.")
	}
	if u.reused && u.failure == nil {
		if err := u.end(ctx, journal.RefreshReused, "refresh token came again"); err != nil {
			return err
		}
	}
	var engine *fosite.RFC6749Error
	if errors.As(err, &engine) && engine.ErrorField == codeInvalidScope { // attacks TK-06
		return refused(codeInvalidGrant, "The client may not ask for this scope any more.")
	}
	return err
}

// rotated is the grant's row after a refresh. The access token before stays good until it expires;
// the refresh token before has a short grace, unless the client is public.
func (u *unit) rotated() Grant {
	g := u.grant
	g.Gen++
	g.PrevAccess, g.PrevWrap, g.PrevUntil = nil, nil, time.Time{}
	if u.now.Before(g.AccessUntil) && len(g.AccessDigest) > 0 {
		g.PrevAccess, g.PrevWrap, g.PrevUntil = g.AccessDigest, g.AccessWrap, g.AccessUntil
	}
	g.PrevRefresh, g.GraceUntil = nil, time.Time{}
	if !u.client.Public() {
		g.PrevRefresh, g.GraceUntil = g.RefreshDigest, u.now.Add(u.p.lifetimes.Grace)
	}
	g.RefreshSalt = u.salt
	u.setAccess(&g)
	u.setRefresh(&g)
	if u.key == nil { // the values have had their time: without a wrap nobody opens them again
		g.PrevWrap = nil
	}
	return g
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
