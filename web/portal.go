package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/enrolment"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/web/portal"
)

// Past is what people look back at and take back. *login.Service is one.
type Past interface {
	WhoAsked(ctx context.Context, usage identity.UsageID, before seal.RowID) ([]login.Told, seal.RowID, error)
	WhatIsAllowed(context.Context, identity.UsageID) ([]login.Allowing, error)
	Ways(context.Context, identity.UsageID) ([]login.Way, error)
	Withdraw(context.Context, identity.UsageID, consent.PartyID) error
	LogOutEverywhere(context.Context, identity.UsageID) error
}

// Lookers says who in an office looked at somebody's data. enrolment.Lookers is one.
type Lookers interface {
	Looks(ctx context.Context, usage identity.UsageID, before seal.RowID) ([]enrolment.Look, seal.RowID, error)
}

// portalRoutes are the citizen's own pages.
func (p *pages) portalRoutes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	return append(append(p.deviceRoutes(), p.wayRoutes()...), []route{
		{get, "/{$}", Portal, p.signedIn, ours, noBody, page, p.portal},
		{get, "/works", Portal, p.signedIn, ours, noBody, page, p.works},
		{get, "/asked", Portal, p.signedIn, ours, noBody, page, p.asked},
		{get, "/looked", Portal, p.signedIn, ours, noBody, page, p.looked},
		{get, "/proofs/{txn}", Portal, p.signedIn, ours, noBody, page, p.proof},
		{get, "/allowed", Portal, p.signedIn, ours, noBody, page, p.allowed},
		{post, "/allowed/{party}/withdraw", Portal, p.signedInForm("withdraw"), ours, formBody, page, p.withdraw},
		{post, "/log-out-everywhere", Portal, p.signedInForm("log-out-everywhere"), ours, formBody, page, p.logOutEverywhere},
	}...)
}

func (p *pages) look(v *visit) portal.Look {
	return portal.Look{Words: v.words, Zone: p.Zone, Means: p.Means(), Handed: p.HandedOut}
}

// portal is the citizen's start page.
func (p *pages) portal(v *visit) error {
	p.show(v, http.StatusOK, "portal", p.startOf(v))
	return nil
}

func (p *pages) startOf(v *visit) portal.Start {
	body := portal.StartOf(v.visitor, p.look(v))
	body.News = p.newsOf(v, v.visitor.Usage, v.visitor.Means)
	return body
}

// asked shows who asked about the citizen, a page at a time.
func (p *pages) asked(v *visit) error {
	of := list("asked " + v.visitor.Usage.String())
	from, err := p.before(v, of)
	if err != nil {
		return err
	}
	all, more, err := p.Past.WhoAsked(v.r.Context(), v.visitor.Usage, from)
	if err != nil {
		return err
	}
	p.show(v, http.StatusOK, "asked", portal.AskedOf(all, portal.Leaf{Older: p.cursor(of, more), First: from == seal.RowID{}}, p.look(v)))
	return nil
}

// looked shows who in an office looked at the citizen's data, a page at a time (means.md R-ENR-01).
func (p *pages) looked(v *visit) error {
	of := list("looked " + v.visitor.Usage.String())
	from, err := p.before(v, of)
	if err != nil {
		return err
	}
	all, more, err := p.Lookers.Looks(v.r.Context(), v.visitor.Usage, from)
	if err != nil {
		return err
	}
	p.show(v, http.StatusOK, "looked", portal.LookedOf(all, portal.Leaf{Older: p.cursor(of, more), First: from == seal.RowID{}}, p.look(v)))
	return nil
}

var reference = regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}$`)

// proof gives the citizen the signed record of one of their logins, to keep.
func (p *pages) proof(v *visit) error {
	txn := v.r.PathValue("txn")
	if !reference.MatchString(txn) {
		return errNotFound
	}
	token, err := p.ProofOf(v.r.Context(), v.visitor.Usage, txn)
	if errors.Is(err, oauth.ErrNoProof) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/jwt")
	h.Set("Content-Disposition", `attachment; filename="proof-`+txn+`.jwt"`)
	h.Set("Content-Security-Policy", apiPolicy)
	_, _ = v.w.Write([]byte(token)) // the browser is gone if this fails
	return nil
}

// allowed shows what parties may learn without asking again.
func (p *pages) allowed(v *visit) error {
	all, err := p.Past.WhatIsAllowed(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return err
	}
	var done *consent.RelyingParty
	if party, ok := p.Parties(consent.PartyID(v.r.URL.Query().Get("done"))); ok {
		done = &party
	}
	p.show(v, http.StatusOK, "allowed", portal.AllowedOf(all, done, p.look(v)))
	return nil
}

// withdraw takes back what a party may learn. A second time there is nothing to take back, and the
// answer is the same.
func (p *pages) withdraw(v *visit) error {
	party := v.r.PathValue("party")
	if err := p.Past.Withdraw(v.r.Context(), v.visitor.Usage, consent.PartyID(party)); err != nil {
		return err
	}
	return seeOther(v, "/allowed?"+url.Values{"done": {party}}.Encode())
}

// logOutEverywhere ends every session and everything that services hold of the citizen.
func (p *pages) logOutEverywhere(v *visit) error {
	if err := p.Past.LogOutEverywhere(v.r.Context(), v.visitor.Usage); err != nil {
		return err
	}
	return p.endedHere(v, "everywhere")
}
