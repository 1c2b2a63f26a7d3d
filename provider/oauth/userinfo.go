package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"symbolon/consent/claims"
	"symbolon/provider/seal"
)

// Userinfo is the userinfo endpoint (OpenID Connect Core §5.3): exactly the released claims, for an
// access token and nothing else (attacks TK-08).
func (p *Provider) Userinfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearerToken(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	u := p.newUnit(Client{})
	u.present(seal.AccessToken, token)
	if err := u.admit(ctx); errors.Is(err, ErrNoGrant) {
		return invalidToken()
	} else if err != nil {
		return err
	}
	told := u.told(claims.UserInfo)
	told["sub"] = u.kept.Subject
	u.tellActor(told)
	return writeJSON(w, told)
}

// admit finds the grant of an access token and opens its values, if the token is the current one
// or the one before, and everything behind it still stands.
func (u *unit) admit(ctx context.Context) error {
	for range refreshTries {
		if !u.genuine {
			return ErrNoGrant
		}
		g, err := u.p.grants.LoadGrant(ctx, u.presented.Row)
		if err != nil {
			return fmt.Errorf("load grant: %w", err)
		}
		client, known := u.p.registry.Client(g.Client)
		if !known || client.Party != g.Party || g.State != GrantLive || !u.now.Before(g.Ends) {
			return ErrNoGrant
		}
		if err := json.Unmarshal(g.Kept, &u.kept); err != nil {
			return fmt.Errorf("grant %s: %w", g.ID, err)
		}
		u.client, u.grant = client, g
		current := u.holds(g.AccessDigest) && u.now.Before(g.AccessUntil)
		if !current && !(u.holds(g.PrevAccess) && u.now.Before(g.PrevUntil)) {
			return ErrNoGrant
		}
		if err := u.alive(ctx); err != nil {
			return err
		}
		if settled, err := u.endGrace(ctx, current); err != nil {
			return err
		} else if settled {
			if err := u.openAccess(current); err != nil {
				return err
			}
			return u.borne(ctx)
		}
	}
	return unavailable(errors.New("userinfo: the grant kept changing"))
}

// endGrace closes the grace of the refresh token before, once the access token that its successor
// came with is used: the client has the answer, so whoever repeats the question is another. It
// reports whether the row is still the one that was read.
func (u *unit) endGrace(ctx context.Context, current bool) (bool, error) {
	if !current || len(u.grant.PrevRefresh) == 0 || !u.now.Before(u.grant.GraceUntil) {
		return true, nil
	}
	g := u.grant
	g.Gen++
	g.PrevRefresh, g.GraceUntil = nil, time.Time{}
	settled, err := u.p.grants.SaveGrant(ctx, g, GrantLive, u.grant.Gen)
	if err != nil {
		return false, fmt.Errorf("end grace: %w", err)
	}
	return settled, nil
}

func (u *unit) openAccess(current bool) error {
	box := u.grant.AccessWrap
	if !current {
		box = u.grant.PrevWrap
	}
	wrap, scopes := u.unpack(box)
	u.scopes = scopes
	return u.open(wrap, u.presented)
}

// bearerToken takes the token from the header, or from the form body of a POST (RFC 6750 §2.1,
// §2.2), never from the query, and from one place only.
func bearerToken(r *http.Request) (string, error) {
	if r.URL.Query().Has("access_token") {
		return "", badBearer("The access token must not be in the query.")
	}
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", badBearer("There is more than one Authorization header.")
	}
	posted := ""
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		if r.Header.Get("Content-Type") == "" && r.ContentLength == 0 {
			break
		}
		form, err := body(r)
		if err != nil {
			return "", err
		}
		posted = form.Get("access_token")
	default:
		return "", methodNotAllowed("GET, POST")
	}
	switch {
	case len(headers) == 1 && posted != "":
		return "", badBearer("The access token was sent twice.")
	case len(headers) == 0 && posted == "":
		// RFC 6750 §3.1: no error code for a request without any authentication.
		return "", &Error{Status: http.StatusUnauthorized, Code: codeInvalidToken, Description: "An access token is needed.", challenge: bearerRealm}
	case posted != "":
		return posted, nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", invalidToken()
	}
	return strings.TrimSpace(token), nil
}

func badBearer(description string) *Error {
	e := refused(codeInvalidRequest, description)
	e.challenge = bearerRealm + `, error="invalid_request"`
	return e
}

func invalidToken() *Error {
	const text = "The access token is not valid or has expired."
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidToken, Description: text,
		challenge: bearerRealm + `, error="invalid_token", error_description="` + text + `"`,
	}
}
