package oidc

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
)

const loggedOut = "https://login.nowawola.example/means/profile/logout"

func loggingOut(t *testing.T) *rig {
	return rigged(t, func(raw map[string]any) { raw["logout"] = true })
}

// RP-Initiated Logout §2: the browser takes the ID token back to the upstream, and is to return to us.
func TestTheUpstreamsSessionIsEndedByItsIDToken(t *testing.T) {
	r := loggingOut(t)
	r.up.Claims = func(c claims) { c["sid"] = "session-1" }
	session := connectortest.MustBeDone(t, r.Login(t, "handle-1")).Session
	if session == nil || session.Index.Reveal() != "sid session-1" {
		t.Fatal("the upstream's session has no name")
	}
	if session.Whole.Reveal() != "sub upstream-subject-1" {
		t.Error("Back-Channel Logout §2.4: a logout that names the subject alone would end nothing")
	}
	step, err := r.oidc.EndSession(t.Context(), session.Resume)
	redirect, ok := step.(connectors.Redirect)
	if err != nil || !ok {
		t.Fatalf("%T %v", step, err)
	}
	to, err := url.Parse(redirect.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if !strings.HasPrefix(redirect.URL, r.up.Issuer+"/logout?") || q.Get("from") != "hub" || q.Get("client_id") != "hub" ||
		q.Get("post_logout_redirect_uri") != loggedOut || strings.Count(q.Get("id_token_hint"), ".") != 2 {
		t.Errorf("to %s with %d parameters", to.Path, len(q))
	}
}

func TestNothingIsEndedWhereNothingCanBe(t *testing.T) {
	plain := rigged(t, nil)
	if session := connectortest.MustBeDone(t, plain.Login(t, "handle-1")).Session; session != nil {
		t.Error("an ID token is kept though nothing is to be ended")
	}
	silent := loggingOut(t)
	silent.up.Metadata = func(m claims) { delete(m, "end_session_endpoint") }
	for name, r := range map[string]*rig{"not wanted": plain, "no address": silent} {
		if step, err := r.oidc.EndSession(t.Context(), identity.Hide("a.b.c")); step != nil || err != nil {
			t.Errorf("%s: %v %v", name, step, err)
		}
	}
}

// hear gives what a message about a logout ends.
func (r *rig) hear(t *testing.T, in connectors.Input) ([]string, connectors.Reply, error) {
	t.Helper()
	var ended []string
	reply, err := r.oidc.HearLogout(t.Context(), in, func(_ context.Context, index identity.Secret) error {
		ended = append(ended, index.Reveal())
		return nil
	})
	return ended, reply, err
}

func (r *rig) logoutToken(changes claims) string {
	now := r.up.clock()
	c := claims{
		"iss": r.up.Issuer, "aud": "hub", "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": "j1", "sid": "session-1",
		"sub": "upstream-subject-1", "events": claims{logoutEvent: claims{}},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return r.up.sign(c)
}

// Back-Channel Logout §2.6: what an upstream rightfully says ends the sessions that it names, again and
// again without harm; what it does not say, nothing.
func TestALogoutTokenEndsWhatItNames(t *testing.T) {
	r := loggingOut(t)
	for name, tt := range map[string]struct {
		changes claims
		ends    string
	}{
		"a session":                     {nil, "sid session-1"},
		"a session, without a subject":  {claims{"sub": nil}, "sid session-1"},
		"all sessions of a subject":     {claims{"sid": nil}, "sub upstream-subject-1"},
		"of several audiences":          {claims{"aud": []string{"hub", "x"}, "azp": "hub"}, "sid session-1"},
		"of nobody":                     {claims{"sid": nil, "sub": nil}, ""},
		"of another issuer":             {claims{"iss": "https://evil.example"}, ""},
		"for another client":            {claims{"aud": "another"}, ""},
		"expired":                       {claims{"exp": r.up.clock().Add(-2 * time.Minute).Unix()}, ""},
		"from the future":               {claims{"iat": r.up.clock().Add(5 * time.Minute).Unix()}, ""},
		"with a nonce, as ID tokens":    {claims{"nonce": "n"}, ""},
		"without the event":             {claims{"events": claims{"https://other.example": claims{}}}, ""},
		"with events that are no event": {claims{"events": "logout"}, ""},
		"without an id":                 {claims{"jti": nil}, ""},
	} {
		for range 2 {
			ended, reply, err := r.hear(t, connectors.Input{Form: url.Values{"logout_token": {r.logoutToken(tt.changes)}}})
			if tt.ends == "" {
				if !errors.Is(err, connectors.ErrLogoutRefused) || len(ended) != 0 {
					t.Errorf("%s: ended %v, %v", name, ended, err)
				}
				continue
			}
			if err != nil || len(ended) != 1 || ended[0] != tt.ends || reply.Document.Type == "" {
				t.Errorf("%s: ended %v, %v", name, ended, err)
			}
		}
	}
}

// JW-01, JW-02, JW-03, JW-16 for logout tokens: what this upstream did not sign ends nothing.
func TestAttack_JW_AForgedLogoutTokenEndsNothing(t *testing.T) {
	r := loggingOut(t)
	good := r.logoutToken(nil)
	head, rest, _ := strings.Cut(good, ".")
	body, _, _ := strings.Cut(rest, ".")
	var c = claims{"iss": r.up.Issuer, "aud": "hub", "iat": r.up.clock().Unix(), "exp": r.up.clock().Add(time.Minute).Unix(), "jti": "j", "sid": "session-1", "events": claims{logoutEvent: claims{}}}
	for name, form := range map[string]url.Values{
		"no token":          {},
		"two tokens":        {"logout_token": {good, good}},
		"rubbish":           {"logout_token": {"x.y.z"}},
		"unsigned":          {"logout_token": {"eyJhbGciOiJub25lIn0." + body + "."}},
		"a stranger's key":  {"logout_token": {signedBy(t, ecKey(t), jose.ES256, "k1", c)}},
		"a cut signature":   {"logout_token": {head + "." + body + ".AAAA"}},
		"an ID token of it": {"logout_token": {r.up.sign(claims{"iss": r.up.Issuer, "aud": "hub", "sub": "s", "iat": r.up.clock().Unix(), "exp": r.up.clock().Add(time.Minute).Unix()})}},
	} {
		if ended, _, err := r.hear(t, connectors.Input{Form: form}); !errors.Is(err, connectors.ErrLogoutRefused) || len(ended) != 0 {
			t.Errorf("%s: ended %v, %v", name, ended, err)
		}
	}
	if ended, reply, err := r.hear(t, connectors.Input{Query: url.Values{"state": {"x"}}}); err != nil || len(ended) != 0 || reply.Step != nil || reply.Document.Type != "" {
		t.Errorf("a browser that is back: %v %v", ended, err)
	}
	if _, _, err := rigged(t, nil).hear(t, connectors.Input{Form: url.Values{"logout_token": {good}}}); !errors.Is(err, connectors.ErrLogoutRefused) {
		t.Errorf("where it is not wanted: %v", err)
	}
}
