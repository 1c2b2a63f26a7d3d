package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"slices"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/login"
	"symbolon/web/citizen"
)

// step shows what comes next in the login, whatever the browser did before.
func (p *pages) step(v *visit) error {
	l := v.login
	last, _ := lastUsed(v)
	switch step := p.Logins.Next(l).(type) {
	case login.Choose:
		p.keepOnward(v, l)
		body := citizen.ChooseOf(step, l, last, v.words)
		body.Handed = body.ByKind() && p.handedMore(step, l)
		name := "choose"
		switch {
		case len(body.Means) == 0:
			name = "nothing"
		case body.Have != "":
			name = "weak"
		}
		p.show(v, http.StatusOK, name, body)
	case login.Stopped:
		p.show(v, http.StatusOK, "stopped", citizen.StoppedOf(step, l, last, v.words))
	case login.Confirm:
		p.show(v, http.StatusOK, "account", citizen.AccountOf(l.Party, l.Known, v.words))
	case login.Tie:
		p.show(v, http.StatusOK, "tie", citizen.TieOf(step, l, v.words))
	case login.Represent:
		return p.wards(v, step)
	case login.Consent:
		body := citizen.ConsentOf(step.Question, l.Party, l.Known, citizen.Reused(l.Reused()), v.words)
		body.Level = citizen.LevelOf(l, v.words)
		body.For = citizen.ActingOf(l)
		body.News = p.newsOf(v, l.Proof.Usage, l.Proof.Means)
		body.Evidence = !body.Empty && claims.WithEvidence(l.Request.Ask)
		p.show(v, http.StatusOK, "consent", body)
	case login.Deliver:
		if !p.tellNews(v, l) {
			return p.to(v, l, "leave")
		}
	default:
		return p.to(v, l, "leave")
	}
	return nil
}

// answer takes the citizen's answer to the question that was shown.
func (p *pages) answer(v *visit) error {
	form := v.r.PostForm
	switch form.Get("act") {
	case "decline":
		if err := p.Answers.Decline(v.r.Context(), v.login); err != nil {
			return p.again(v, err)
		}
	case "approve":
		shown, err := hex.DecodeString(form.Get("shown"))
		if err != nil || len(shown) != len(consent.Approval{}.Shown) {
			return errForm
		}
		approval := consent.Approval{Shown: [32]byte(shown), Remember: form.Get("remember") == "yes"}
		for _, name := range form["tell"] {
			approval.Approved = append(approval.Approved, identity.AttributeName(name))
		}
		answered, err := p.Answers.Approve(v.r.Context(), v.login, approval)
		if err != nil {
			return p.again(v, err)
		}
		if _, err := p.OAuth.Issue(v.r.Context(), v.login, answered); err != nil {
			return p.again(v, err)
		}
	default:
		return errForm
	}
	return p.to(v, v.login, "leave")
}

// account takes whose login it is to be.
func (p *pages) account(v *visit) error {
	var err error
	switch v.r.PostForm.Get("act") {
	case "confirm":
		err = p.Accounts.ConfirmAccount(v.r.Context(), v.login)
	case "switch":
		err = p.Accounts.SwitchAccount(v.r.Context(), v.login)
	default:
		return errForm
	}
	if err != nil {
		return p.again(v, err)
	}
	return p.to(v, v.login, "")
}

// tie takes whether the other login is the citizen's, too.
func (p *pages) tie(v *visit) error {
	var err error
	switch v.r.PostForm.Get("act") {
	case "tie":
		err = p.Ties.Tie(v.r.Context(), v.login)
	case "leave":
		err = p.Ties.LeaveUntied(v.r.Context(), v.login)
	default:
		return errForm
	}
	if err != nil {
		return p.again(v, err)
	}
	return p.to(v, v.login, "")
}

// ask has people look whose login it is.
func (p *pages) ask(v *visit) error {
	if err := p.Ties.AskWhose(v.r.Context(), v.login); err != nil {
		return p.again(v, err)
	}
	return p.to(v, v.login, "")
}

// cancel leads back to the party without an answer.
func (p *pages) cancel(v *visit) error {
	if err := p.Answers.GiveUp(v.r.Context(), v.login); err != nil {
		return p.again(v, err)
	}
	return p.to(v, v.login, "leave")
}

// again answers a form that came twice, or from a page of before, with the page of now: pressing
// twice gives one answer (attacks CN-12). Anything else stays an error.
func (p *pages) again(v *visit, err error) error {
	if errors.Is(err, login.ErrNotNow) || errors.Is(err, login.ErrConflict) {
		return p.to(v, v.login, "")
	}
	return err
}

// leave gives the login's answer to the party. It may be opened again: the answer is the same.
func (p *pages) leave(v *visit) error {
	l := v.login
	if l.Party.Own {
		target, err := p.backToDoor(v, l)
		if err != nil {
			return p.again(v, err)
		}
		return p.sendAway(v, target, away{To: l.Party.Name(v.words.Code), Domain: l.Party.Domain, Done: true})
	}
	response, err := p.conclude(v, l)
	if err != nil {
		return p.again(v, err)
	}
	p.dropOnward(v, l)
	if response.Mode == "form_post" {
		return p.postAway(v, response.Target.String(), response.Params)
	}
	return p.sendAway(v, response.URL(), away{To: l.Party.Name(v.words.Code), Domain: l.Party.Domain, Done: true})
}

// handedMore reports whether somebody came by what an office handed out and may go on with something else
// that it hands out.
func (p *pages) handedMore(step login.Choose, l *login.Login) bool {
	if l.Proof == nil || !slices.ContainsFunc(step.Offers, func(o connectors.Offer) bool { return o.ID == l.Proof.Means }) {
		return false
	}
	return slices.ContainsFunc(p.Means(), func(d connectors.Description) bool { return d.ID == l.Proof.Means && d.Kind == p.HandedOut })
}
