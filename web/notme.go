package web

import (
	"net/http"
	"regexp"
	"strings"

	"symbolon/provider/enrolment"
	"symbolon/web/citizen"
)

// loginRef is how the reference of a login is written in its message, by this version and by earlier ones.
var loginRef = regexp.MustCompile(`(?i)^[0-9A-Z]{4}[ -][0-9A-Z]{4}$`)

// visitNumber is how the number of a case is written, which messages about a stop quote.
var visitNumber = regexp.MustCompile(`^[0-9]{4}[ -]?[0-9]{8}$`)

// notMe is the page of "this was not me": the form acts, no link does.
func (p *pages) notMe(v *visit) error {
	if v.r.Method == http.MethodPost {
		return p.stopIt(v)
	}
	p.show(v, http.StatusOK, "not_me", citizen.NotMe{})
	return nil
}

// stopIt suspends what the reference belongs to. The answer is the same whether there was anything.
func (p *pages) stopIt(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	reference := v.r.PostForm.Get("reference")
	_, asked := p.respoken(v)
	if _, fits := enrolment.ParseCode(reference); !fits || asked {
		s := p.screen(v, citizen.NotMe{Refused: true, Reference: reference, Login: loginRef.MatchString(strings.TrimSpace(reference)), Visit: visitNumber.MatchString(strings.TrimSpace(reference)), Portal: p.portalAddress()})
		s.Wrong, s.Retold = "reference", retell(v)
		p.render(v, http.StatusOK, "not_me", s)
		return nil
	}
	if err := p.Office.Stop(v.r.Context(), reference); err != nil {
		return err
	}
	return seeOther(v, notStopped)
}

// stopped says that it was heard, to the browser that said it; any other is asked for the number.
func (p *pages) stopped(v *visit) error {
	if soleCookie(v.r, didName) != telling(v.r.URL) {
		return seeOther(v, "/not-me")
	}
	p.show(v, http.StatusOK, "not_me", citizen.NotMe{Done: true, Portal: p.portalAddress()})
	return nil
}
