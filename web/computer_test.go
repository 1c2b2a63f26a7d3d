package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"symbolon/provider/login"
)

// bound makes tokens that tell the form, and the session that they are of.
type bound struct{}

func (bound) FormToken(l *login.Login, form string) string {
	return string(l.Bearer.Secret[:]) + " " + form
}

func (b bound) CheckForm(l *login.Login, form, token string) bool {
	return token == b.FormToken(l, form)
}

// Means.md §4.2, attacks IN-05: what a computer signs is for one act in one session, and for two minutes; what it proved is
// for an hour. A moment that is ahead of us by more than clocks differ is none.
func TestAttack_IN_05_HowLongWhatAComputerSignedCounts(t *testing.T) {
	begun := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	now := begun
	p := &pages{Site: Site{Forms: bound{}, Now: func() time.Time { return now }}}
	by := func(session string) *visit {
		r := httptest.NewRequest(http.MethodPost, "https://desk.example/computer", nil)
		r.AddCookie(&http.Cookie{Name: staffName, Value: session})
		return &visit{r: r, host: Desk}
	}
	at, token, _ := strings.Cut(p.challenge(by("a session"), "prove"), ".")
	for name, c := range map[string]struct {
		session, act string
		after, most  time.Duration
		want         bool
	}{
		"at once":                      {"a session", "prove", 0, computerSaid, true},
		"two minutes later":            {"a session", "prove", 2 * time.Minute, computerSaid, true},
		"a second after that":          {"a session", "prove", 2*time.Minute + time.Second, computerSaid, false},
		"within the hour, as a proof":  {"a session", "prove", time.Hour, computerAge, true},
		"after the hour, as a proof":   {"a session", "prove", time.Hour + time.Second, computerAge, false},
		"by a clock that is behind":    {"a session", "prove", -2 * time.Minute, computerSaid, true},
		"from the future":              {"a session", "prove", -2*time.Minute - time.Second, computerSaid, false},
		"in another session":           {"another one", "prove", 0, computerSaid, false},
		"for another act":              {"a session", "register", 0, computerSaid, false},
		"as a proof of a certain key":  {"a session", "proved 07", 0, computerAge, false},
		"of whoever has no session":    {"", "prove", 0, computerSaid, false},
		"in another session, a moment": {"another one", "prove", time.Second, computerAge, false},
	} {
		now = begun.Add(c.after)
		if _, got := p.moment(by(c.session), c.act, at, token, c.most); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
