package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/ory/fosite"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Revoke is the revocation endpoint (RFC 7009). An access token ends alone; a refresh token, of
// whatever generation, ends the grant. What ends has ended durably before the answer.
func (p *Provider) Revoke(w http.ResponseWriter, r *http.Request) error {
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
	if !form.Has("token") {
		return refused(codeInvalidRequest, "token is missing.")
	}
	if err := p.revoke(ctx, client, form.Get("token")); err != nil {
		return err
	}
	noStore(w.Header())
	w.WriteHeader(http.StatusOK)
	return nil
}

// revoke tells the kind of a token by the token; a hint is not needed (RFC 7009 §2.1). A token that
// is not one of ours, or not alive, is as good as revoked (§2.2).
func (p *Provider) revoke(ctx context.Context, client Client, token string) error {
	for range refreshTries {
		u := p.newUnit(client)
		u.revoking = true
		u.present(seal.RefreshToken, token)
		if !u.genuine {
			u.present(seal.AccessToken, token)
		}
		form := url.Values{"token": {token}}
		request := &http.Request{Method: http.MethodPost, Header: http.Header{}, Form: form, PostForm: form, Body: http.NoBody}
		err := p.engine.NewRevocationRequest(withUnit(ctx, u), request)
		if err := u.cause(err); err != nil && !errors.Is(err, fosite.ErrNotFound) {
			return err
		}
		switch {
		case u.foreign: // RFC 7009 §2.1
			return refused(codeUnauthorizedClient, "The token belongs to another client.")
		case u.act != revoke || u.grant.State != GrantLive:
			return nil
		case u.kind == seal.RefreshToken:
			return u.end(ctx, journal.GrantRevoked, "revoked by the client")
		}
		settled, err := u.dropAccess(ctx)
		if err != nil || settled {
			return err
		}
	}
	return unavailable(errors.New("revoke: the grant kept changing"))
}

// dropAccess ends one access token; it reports whether the row was still the one that was read.
func (u *unit) dropAccess(ctx context.Context) (bool, error) {
	g := u.grant
	switch {
	case u.holds(g.AccessDigest):
		g.AccessDigest, g.AccessWrap, g.AccessUntil = nil, nil, time.Time{}
		g.PrevRefresh, g.GraceUntil = nil, time.Time{} // its refresh must not give it again
	case u.holds(g.PrevAccess):
		g.PrevAccess, g.PrevWrap, g.PrevUntil = nil, nil, time.Time{}
	default:
		return true, nil
	}
	g.Gen++
	settled, err := u.p.grants.SaveGrant(ctx, g, GrantLive, u.grant.Gen)
	if err != nil {
		return false, fmt.Errorf("revoke: %w", err)
	}
	return settled, nil
}
