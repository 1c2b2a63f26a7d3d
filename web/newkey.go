package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"symbolon/provider/subject"
	"symbolon/web/portal"
)

// errandLife is how long somebody has from the portal to the key that is made.
const errandLife = 5 * time.Minute

// toNewKey sends the browser to the hub's pages, where a passkey is made: it belongs to their host. What may
// be done there goes along, sealed.
func (p *pages) toNewKey(kind string) handler {
	return func(v *visit) error {
		if closed, err := p.closed(v); err != nil || closed {
			return err
		}
		errand := p.Errands.Seal(portal.Errand{
			Owner: v.visitor.Usage, Session: v.visitor.Parent, Shown: v.visitor.Level, Portable: kind == "key", Replaces: v.r.PathValue("id"), Until: p.Now().Add(errandLife),
		})
		leaving(v.w.Header())
		return seeOther(v, p.origin(Hub)+"/new-key?"+url.Values{"errand": {errand}}.Encode())
	}
}

// onErrand takes what the portal sent along. It is worth something only in the browser in which its owner is
// logged in here, too, and by the same login: whoever else gets hold of the address can do nothing with it, nobody makes
// a key for somebody else's account by a link, and none is made on the word of a login that was ended, by whoever logs in
// after it with something weaker (attacks SE-01, OT-06, OT-11).
func (p *pages) onErrand(v *visit) error { return p.openErrand(v, v.r.URL.Query().Get("errand")) }

func (p *pages) openErrand(v *visit, text string) error {
	errand, ok := p.Errands.Open(text)
	if !ok {
		return errErrand
	}
	stands, err := p.errandStands(v, errand)(v.r.Context())
	if err != nil {
		return err
	}
	if !stands {
		return errErrand
	}
	errand.Text, v.errand = text, &errand
	return nil
}

// errandStands asks whether the login that an errand is on the word of stands still, in the browser at hand.
func (p *pages) errandStands(v *visit, errand portal.Errand) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		session, err := p.Accounts.Session(ctx, sessionCookie(v.r))
		return session != nil && session.ID == errand.Session && session.Usage == errand.Owner, err
	}
}

// onErrandForm is onErrand for the form that brings the key. It must be of this session, this errand and
// this try: another's half-made key is not taken.
func (p *pages) onErrandForm(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	form := v.r.PostForm
	if err := p.openErrand(v, form.Get("errand")); err != nil {
		return err
	}
	if !p.Forms.CheckForm(p.sessionSecret(sessionCookie(v.r)), tryOf(form.Get("errand"), form.Get("setup")), form.Get("token")) {
		return errForm
	}
	return nil
}

// tryOf names the form of one try to make a key.
func tryOf(errand, setup string) string {
	sum := sha256.Sum256([]byte(errand + "\n" + setup))
	return "new-key " + hex.EncodeToString(sum[:])
}

// newKey is the page that makes a passkey.
func (p *pages) newKey(v *visit) error {
	key, err := p.Further.BeginKey(v.r.Context(), v.errand.Owner, v.errand.Portable)
	if errors.Is(err, portal.ErrNoDevice) {
		return errErrand
	}
	if err != nil {
		return err
	}
	setup := base64.RawURLEncoding.EncodeToString(key.Setup)
	s := p.screen(v, portal.NewKeyOf(*v.errand, string(key.Options), setup, tryOf(v.errand.Text, setup), v.r.URL.Query().Get("wrong")))
	s.login = p.sessionSecret(sessionCookie(v.r))
	s.runs(v, "passkey.js")
	p.render(v, http.StatusOK, "new_key", s)
	return nil
}

// addKey takes the passkey. What is wrong begins anew, with another challenge.
func (p *pages) addKey(v *visit) error {
	form := v.r.PostForm
	setup, err := base64.RawURLEncoding.DecodeString(form.Get("setup"))
	if err != nil {
		return errForm
	}
	if form.Get("credential") == "" && form.Get("error") == "InvalidStateError" { // one of excludeCredentials is on it
		return seeOther(v, "/new-key?"+url.Values{"errand": {v.errand.Text}, "wrong": {"known"}}.Encode())
	}
	id, err := p.Further.Finish(v.r.Context(), v.errand.Owner, portal.Made{
		Setup: setup, Credential: []byte(form.Get("credential")), Replaces: v.errand.Replaces, Shown: v.errand.Shown,
	}, subject.Note{Ref: v.ref, Language: v.words.Code, Stands: p.errandStands(v, *v.errand)})
	for wrong, is := range map[string]error{"key": portal.ErrWrong, "unverified": portal.ErrUnverified, "known": portal.ErrKnown} {
		if errors.Is(err, is) {
			return seeOther(v, "/new-key?"+url.Values{"errand": {v.errand.Text}, "wrong": {wrong}}.Encode())
		}
	}
	done := url.Values{"done": {"added"}, "new": {id}}
	switch {
	case errors.Is(err, portal.ErrNoDevice), errors.Is(err, portal.ErrTooWeak), errors.Is(err, portal.ErrClosed):
		return errErrand
	case err != nil:
		return err
	case v.errand.Replaces != "":
		done = url.Values{"done": {"replaced"}}
	}
	return seeOther(v, "/new-key/done?"+done.Encode())
}

// keyAdded says what was done, and leads back to the portal.
func (p *pages) keyAdded(v *visit) error {
	done, query := portal.KeyDone{Done: "added", Back: p.origin(Portal) + "/devices/back"}, v.r.URL.Query()
	if query.Get("done") == "replaced" {
		done.Done = "replaced"
	} else if id := query.Get("new"); id != "" {
		done.Back += "?" + url.Values{"new": {id}}.Encode()
	}
	p.show(v, http.StatusOK, "new_key_done", done)
	return nil
}

// backToDevices is where the hub's pages lead back to: a browser that comes from another host brings no
// Strict cookie along; from this page of ours it does.
func (p *pages) backToDevices(v *visit) error {
	to := p.origin(Portal) + "/devices"
	if id := v.r.URL.Query().Get("new"); id != "" {
		to += "?" + url.Values{"new": {id}}.Encode()
	}
	return p.sendAway(v, to, away{Here: true})
}
