package officetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

// holder is a browser whose page made a key, which signs what its forms say, as its script does.
type holder struct {
	*hubtest.Browser
	t     *testing.T
	w     *hubtest.World
	key   *ecdsa.PrivateKey
	point string // the public key as forms carry it
}

func newHolder(t *testing.T, w *hubtest.World, b *hubtest.Browser) *holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return &holder{b, t, w, key, base64.RawURLEncoding.EncodeToString(point)}
}

// keyed claims the case at a desk with such a phone.
func keyed(t *testing.T, w *hubtest.World, at *hubtest.Browser) *holder {
	t.Helper()
	phone := newHolder(t, w, w.Browser(t))
	phone.Post(w.Issuer+"/e", url.Values{
		"number": {at.Page.TextOf("typed-number")}, "code": {at.Page.TextOf("typed-code")}, "key": {phone.point},
	}, w.Issuer)
	return phone
}

// form fills the form with a button, and signs it for an act.
func (h *holder) form(button, act string) (action string, form url.Values) {
	h.t.Helper()
	action, form = h.Form(button)
	form.Set("proof", h.proof(act, form.Get("token")))
	return action, form
}

func (h *holder) proof(act, token string) string {
	h.t.Helper()
	sum := sha256.Sum256([]byte(act + "\n" + token))
	r, s, err := ecdsa.Sign(rand.Reader, h.key, sum[:])
	if err != nil {
		h.t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return base64.RawURLEncoding.EncodeToString(signature)
}

// signed presses a button.
func (h *holder) signed(button, act string) *hubtest.Page {
	h.t.Helper()
	action, form := h.form(button, act)
	return h.Post(action, form, h.w.Issuer)
}

// finishOn takes a case whose phone has claimed it to a key that works.
func finishOn(t *testing.T, clerk *hubtest.Browser, phone *holder) {
	t.Helper()
	match := phone.Page.TextOf("match")
	clerk.Get(clerk.Page.URL.String())
	clerk.Fill("digits", match)
	clerk.Click("match")
	phone.signed("yes", "you")
	phone.Fill("answer", ordinaryEnd)
	phone.signed("go-on", "proof")
	phone.signed("accept", "terms")
	action, form := phone.Creation(enrolledtest.NewDevice())
	form.Set("proof", phone.proof("key", form.Get("token")))
	if page := phone.Post(action, form, phone.w.Issuer); !page.Has("show-codes") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
}
