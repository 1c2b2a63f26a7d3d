package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"symbolon/provider/login"
)

// ending is a door whose only session may be over.
type ending struct {
	Doors
	over bool
}

func (d *ending) Visitor(context.Context, string, string, bool) (*login.Visitor, error) {
	if d.over {
		return nil, nil
	}
	return &login.Visitor{}, nil
}

// slow is a form during whose arrival something happens.
type slow struct {
	io.Reader
	do func()
}

func (s slow) Read(b []byte) (int, error) {
	s.do()
	return s.Reader.Read(b)
}

// Attacks OT-11, SE-02: whoever sends a form drop by drop does not act for a session that was ended while it came: by
// "this was not me", by an officer, or by logging out everywhere.
func TestAttack_OT_11_AFormThatOutlivesItsSession(t *testing.T) {
	for _, ends := range []bool{false, true} {
		door := &ending{}
		p := &pages{Site: Site{Doors: door}}
		r := httptest.NewRequest(http.MethodPost, "/devices/codes/make", slow{strings.NewReader("token=x"), func() { door.over = ends }})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		err := p.signedInForm("devices")(&visit{w: &answerWriter{ResponseWriter: httptest.NewRecorder()}, r: r, host: Portal})
		if ends != errors.Is(err, errSignIn) || !ends && err != nil {
			t.Errorf("the session ended: %t, %v", ends, err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/devices/codes/make", strings.NewReader("token=%"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p := &pages{Site: Site{Doors: &ending{}}}
	if err := p.signedInForm("devices")(&visit{w: &answerWriter{ResponseWriter: httptest.NewRecorder()}, r: r, host: Portal}); !errors.Is(err, errBody) {
		t.Errorf("what is no form: %v", err)
	}
}
