package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"symbolon/connectors/pki/specimen"
)

// asked is what the reader's frame shows: which cards there are, and for what page.
type asked struct {
	Origin, Challenge, Card, Problem string
	Cards                            []Card
	Message                          string // JSON for the page; "" while nothing was decided
}

// reader shows the frame that stands in for the window of the Web eID program.
func (e *EID) reader(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	e.frame(w, asked{Origin: q.Get("origin"), Challenge: q.Get("challenge")})
}

// frame writes the frame. Only the hub's own page may hold it.
func (e *EID) frame(w http.ResponseWriter, a asked) {
	if a.Origin != e.issuer || len(a.Challenge) < 44 || len(a.Challenge) > 128 {
		e.pages.problem(w, http.StatusBadRequest, "other_page", "The reader works on the hub’s page only.")
		return
	}
	a.Cards = e.Cards()
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+e.issuer)
	e.pages.show(w, http.StatusOK, "reader", "Virtual card reader", a)
}

// typed takes card and PIN. What comes of it is the message that the extension would send.
func (e *EID) typed(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	a := asked{Origin: r.PostFormValue("origin"), Challenge: r.PostFormValue("challenge"), Card: r.PostFormValue("card")}
	if r.PostFormValue("act") == "cancel" {
		a.Message = failure("ERR_WEBEID_USER_CANCELLED")
		e.frame(w, a)
		return
	}
	token, err := e.Sign(a.Card, r.PostFormValue("pin"), a.Origin, a.Challenge)
	switch {
	case errors.Is(err, ErrWrongPIN):
		a.Problem = "wrong_pin"
	case errors.Is(err, ErrBlocked):
		a.Problem = "blocked"
	case errors.Is(err, ErrNoCard):
		a.Problem = "no_card"
	case err != nil:
		a.Message = failure("ERR_WEBEID_NATIVE_FATAL")
	default:
		a.Message = success(token)
	}
	e.frame(w, a)
}

func failure(code string) string {
	return message(map[string]any{"action": "web-eid:authenticate-failure", "error": map[string]string{"code": code, "message": code}})
}

func success(t specimen.Token) string {
	return message(struct {
		Action string `json:"action"`
		specimen.Token
	}{"web-eid:authenticate-success", t})
}

func message(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// Left says how often a PIN may still be typed wrong on the card at hand.
func (a asked) Left() int {
	i := slices.IndexFunc(a.Cards, func(c Card) bool { return c.Key == a.Card })
	if i < 0 {
		return 0
	}
	return a.Cards[i].Left
}
