package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// KeepUpstream and UpstreamSessions make the world what keeps sessions of upstreams.
func (w *world) KeepUpstream(_ context.Context, digest [32]byte, session seal.RowID, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.upstream == nil {
		w.upstream = map[[32]byte][]seal.RowID{}
	}
	w.upstream[digest] = append(w.upstream[digest], session)
	return nil
}

func (w *world) UpstreamSessions(_ context.Context, digest [32]byte) ([]seal.RowID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.upstream[digest]), nil
}

// talking is a means whose upstream takes metadata and logouts. A logout names its session in the
// parameter or body, and is signed by the word "signed" in front.
type talking struct {
	*fakeMeans
	session string
	subject string // what ends all of a person's; "" for nothing
	away    string // where the browser must go to log out there
	ended   []string
	err     error
}

func (m *talking) Continue(ctx context.Context, a connectors.Attempt, s connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	step, state, err := m.fakeMeans.Continue(ctx, a, s, in)
	if done, ok := step.(connectors.Done); ok {
		done.Authentication.Session = &identity.UpstreamSession{Index: identity.Hide(m.session), Whole: identity.Hide(m.subject), Resume: identity.Hide("resume " + m.session)}
		step = done
	}
	return step, state, err
}

func (m *talking) Metadata(context.Context) (connectors.Document, error) {
	return connectors.Document{Type: "application/samlmetadata+xml", Body: []byte("<x/>")}, nil
}

func (m *talking) EndSession(ctx context.Context, session identity.Secret) (connectors.Step, error) {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 3*time.Second {
		m.w.t.Error("R-SAML-14: an upstream may hold a logout for longer than 3 s")
	}
	m.ended = append(m.ended, session.Reveal())
	if m.away != "" {
		return connectors.Redirect{URL: m.away}, m.err
	}
	return nil, m.err
}

func (m *talking) HearLogout(ctx context.Context, in connectors.Input, end func(context.Context, identity.Secret) error) (connectors.Reply, error) {
	message := in.Query.Get("SAMLRequest") + in.Form.Get("SAMLRequest") + string(in.Body)
	if in.Query.Has("SAMLResponse") {
		return connectors.Reply{}, nil
	}
	index, signed := strings.CutPrefix(message, "signed ")
	if !signed {
		return connectors.Reply{}, connectors.ErrLogoutRefused
	}
	if err := end(ctx, identity.Hide(index)); err != nil {
		return connectors.Reply{}, err
	}
	if len(in.Body) > 0 {
		return connectors.Reply{Document: connectors.Document{Type: "text/xml", Body: []byte("<done/>")}}, nil
	}
	return connectors.Reply{Step: connectors.Redirect{URL: "https://up.example/done"}}, nil
}

// withTalking lets the trusted profile speak with its upstream.
func withTalking(t *testing.T) (*world, *talking) {
	w := newWorld(t)
	m := &talking{fakeMeans: w.profile, session: "session-1"}
	w.logins.Connectors[0] = m
	return w, m
}

// Attacks SE-02, OpenID Connect Back-Channel Logout 1.0 §2.4: a logout of the upstream that names the
// subject and no session ends every session of theirs, and of nobody else.
func TestAttack_SE_02_EverySessionOfASubject(t *testing.T) {
	w, m := withTalking(t)
	m.subject = "subject-1"
	one := w.browser(t)
	one.get(authorize()).prove("means-trusted-profile")
	m.session = "session-2"
	two := w.browser(t)
	two.get(authorize()).prove("means-trusted-profile")
	m.session, m.subject = "session-3", "subject-2"
	other := w.browser(t)
	other.get(authorize()).prove("means-trusted-profile")
	r := w.browser(t).fromHere("/means/trusted-profile/logout", nil)
	r.Body, r.Header = io.NopCloser(strings.NewReader("signed subject-1")), http.Header{"Content-Type": {"text/xml; charset=utf-8"}}
	if got := w.browser(t).send(r); got.status >= 400 || alive(one) || alive(two) || !alive(other) {
		t.Errorf("%d: one stands: %t, two: %t, another's: %t", got.status, alive(one), alive(two), alive(other))
	}
}

func TestAMeansPublishesItsMetadata(t *testing.T) {
	w, _ := withTalking(t)
	b := w.browser(t).get("/means/trusted-profile/metadata")
	if b.at.status != http.StatusOK || b.at.body != "<x/>" || b.at.header.Get("Content-Type") != "application/samlmetadata+xml" {
		t.Errorf("%d %q %s", b.at.status, b.at.body, b.at.header.Get("Content-Type"))
	}
	for _, none := range []string{"card", "nobody"} {
		if b.get("/means/" + none + "/metadata"); b.at.status != http.StatusBadRequest {
			t.Errorf("%s: %d", none, b.at.status)
		}
	}
}

// alive says whether the browser's session still stands.
func alive(b *browser) bool { return b.get("/logout").at.has(`id="logout-confirm"`) }

// R-SAML-14: a logout of the upstream ends the sessions that rest on it, by whichever way it comes, and
// no others; attacks SM-15: an unsigned one ends nothing.
func TestAttack_SM_15_ALogoutOfTheUpstream(t *testing.T) {
	for name, say := range map[string]func(*world, string) *http.Request{
		"program": func(w *world, message string) *http.Request {
			r := w.browser(t).fromHere("/means/trusted-profile/logout", nil)
			r.Body, r.Header = io.NopCloser(strings.NewReader(message)), http.Header{"Content-Type": {"text/xml; charset=utf-8"}}
			return r
		},
		"browser": func(w *world, message string) *http.Request {
			r := w.browser(t).fromHere("/means/trusted-profile/logout", nil)
			r.Method, r.Body = http.MethodGet, http.NoBody
			r.URL.RawQuery = url.Values{"SAMLRequest": {message}}.Encode()
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, m := withTalking(t)
			one := w.browser(t)
			one.get(authorize()).prove("means-trusted-profile")
			m.session = "session-2"
			two := w.browser(t)
			two.get(authorize()).prove("means-trusted-profile")
			if !alive(one) || !alive(two) {
				t.Fatal("nobody is logged in")
			}
			if got := w.browser(t).send(say(w, "session-1")); got.status != http.StatusBadRequest || !alive(one) {
				t.Errorf("SM-15 (gosaml2 GHSA-pcgw-qcv5-h8ch): an unsigned logout answers %d, and the session stands: %t", got.status, alive(one))
			}
			if got := w.browser(t).send(say(w, "signed session-1")); got.status >= 400 || alive(one) || !alive(two) {
				t.Errorf("%d: one stands: %t, the other: %t", got.status, alive(one), alive(two))
			}
		})
	}
}

func TestLogoutEndsTheUpstreamsSession(t *testing.T) {
	w, m := withTalking(t)
	b := w.browser(t)
	b.get(authorize()).prove("means-trusted-profile")
	if b.get("/logout").press("logout-confirm"); !b.at.has(`id="logged-out"`) || len(m.ended) != 1 || m.ended[0] != "resume session-1" {
		t.Errorf("ended %v:\n%s", m.ended, b.at.body)
	}
	m.err = errDown // best effort: ours ends all the same
	b.get(authorize()).prove("means-trusted-profile")
	if b.get("/logout").press("logout-confirm"); !b.at.has(`id="logged-out"`) || alive(b) {
		t.Errorf("an upstream that is down keeps the session:\n%s", b.at.body)
	}
}

// By the browser: it goes there, comes back, and the logout goes on to the party that asked for it.
func TestLogoutByWayOfTheUpstream(t *testing.T) {
	w, m := withTalking(t)
	m.away = "https://up.example/slo?SAMLRequest=x"
	b := w.browser(t)
	b.get(authorize()).prove("means-trusted-profile")
	b.get("/logout?client_id=city&state=s1&post_logout_redirect_uri=" + url.QueryEscape(goodbye)).press("logout-confirm")
	if to := b.leave(); to.String() != m.away {
		t.Fatalf("goes to %s", to)
	}
	if b.get("/means/trusted-profile/logout?SAMLResponse=y"); b.leave().String() != goodbye+"?state=s1" {
		t.Errorf("after the upstream: %s", b.leave())
	}
	if b.get("/means/trusted-profile/logout?SAMLResponse=y"); !b.at.has(`id="logged-out"`) {
		t.Errorf("a second time:\n%s", b.at.body)
	}
}
