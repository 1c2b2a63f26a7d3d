package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// logoutEvent is what a logout token must say that happened (OpenID Connect Back-Channel Logout 1.0 §2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// session names the upstream's session, where the settings say that it is ended with ours. The ID
// token is what ends it there; it lies sealed with the person's own session and nowhere else.
func (c *Connector) session(t idToken) *identity.UpstreamSession {
	if !c.settings.Logout {
		return nil
	}
	sid, _ := text(t.claims["sid"])
	named := &identity.UpstreamSession{Index: sessionIndex(sid, t.subject), Resume: identity.Hide(t.raw)}
	if sid != "" { // Back-Channel Logout §2.4: a logout token may still name the subject alone, and then means every session
		named.Whole = sessionIndex("", t.subject)
	}
	return named
}

// sessionIndex is the session by its sid, or, of an upstream that tells none, all of the subject's.
func sessionIndex(sid, subject string) identity.Secret {
	if sid != "" {
		return identity.Hide("sid " + sid)
	}
	return identity.Hide("sub " + subject)
}

// EndSession sends the browser to end its session at the upstream (OpenID Connect RP-Initiated Logout
// 1.0 §2). With the ID token as a hint nobody has to be asked there. An upstream that names no address
// for it has nothing to do.
func (c *Connector) EndSession(ctx context.Context, session identity.Secret) (connectors.Step, error) {
	if !c.settings.Logout || session.IsZero() {
		return nil, nil
	}
	m, err := c.metadata.Get(ctx)
	if err != nil {
		return nil, fmt.Errorf("upstream %s: metadata: %w", c.settings.ID, err)
	}
	if m.EndSession == "" {
		return nil, nil
	}
	target, err := withQuery(m.EndSession, map[string]string{
		"id_token_hint": session.Reveal(), "client_id": c.settings.ClientID, "post_logout_redirect_uri": c.deps.Logout,
	})
	if err != nil {
		return nil, fmt.Errorf("upstream %s: log out: %w", c.settings.ID, err)
	}
	return connectors.Redirect{URL: target}, nil
}

// HearLogout takes a logout token of the upstream's (OpenID Connect Back-Channel Logout 1.0 §2.5) and
// ends the sessions that it names, or the browser that is back from a logout of ours, which names none.
func (c *Connector) HearLogout(ctx context.Context, in connectors.Input, end func(context.Context, identity.Secret) error) (connectors.Reply, error) {
	if !c.settings.Logout {
		return connectors.Reply{}, connectors.ErrLogoutRefused
	}
	if in.Form == nil && len(in.Body) == 0 {
		return connectors.Reply{}, nil
	}
	index, err := c.logoutToken(ctx, in.Form)
	if err != nil {
		var r refusal
		if errors.As(err, &r) {
			c.deps.Log.WarnContext(ctx, "logout of an upstream refused", "means", string(c.settings.ID), "reason", r.reason)
			err = connectors.ErrLogoutRefused
		}
		return connectors.Reply{}, err
	}
	if err := end(ctx, index); err != nil {
		return connectors.Reply{}, err
	}
	return connectors.Reply{Document: connectors.Document{Type: "application/json", Body: []byte("{}")}}, nil
}

// logoutToken validates a logout token (§2.6) and gives the session that it ends. Taking one twice ends
// nothing that has not ended, so none is remembered.
func (c *Connector) logoutToken(ctx context.Context, form url.Values) (identity.Secret, error) {
	if len(form["logout_token"]) != 1 {
		return identity.Secret{}, invalid("logout_token_missing")
	}
	payload, _, err := c.signed(ctx, form.Get("logout_token"), "logout+jwt", "JWT")
	if err != nil {
		return identity.Secret{}, err
	}
	claims, err := object(payload)
	if err != nil {
		return identity.Secret{}, invalid("claims_unreadable")
	}
	t := idToken{claims: claims}
	if err := c.checkAudience(&t); err != nil {
		return identity.Secret{}, err
	}
	if err := c.checkTimes(&t, leg{}, c.deps.Now()); err != nil {
		return identity.Secret{}, err
	}
	if err := saysLogout(claims); err != nil {
		return identity.Secret{}, err
	}
	sid, _ := text(claims["sid"])
	subject, _ := text(claims["sub"])
	if sid == "" && subject == "" { // §2.4: one of them must be there
		return identity.Secret{}, invalid("logout_of_nobody")
	}
	return sessionIndex(sid, subject), nil
}

// saysLogout tells a logout token from an ID token, which has a nonce and no such event (§2.6).
func saysLogout(claims map[string]json.RawMessage) error {
	if _, there := claims["nonce"]; there {
		return invalid("logout_nonce")
	}
	events, err := object(claims["events"])
	if err != nil {
		return invalid("logout_events")
	}
	if _, err := object(events[logoutEvent]); err != nil {
		return invalid("logout_event")
	}
	if id, ok := text(claims["jti"]); !ok || id == "" {
		return invalid("logout_jti")
	}
	return nil
}
