package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ory/fosite"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

// channel is what the answer to an authorization request needs of it. It travels inside the login,
// sealed to its cookie.
type channel struct {
	Redirect  string          `json:"redirect"`
	Mode      ResponseMode    `json:"mode"`
	State     string          `json:"state,omitempty"`
	Nonce     string          `json:"nonce,omitempty"`
	Challenge string          `json:"challenge,omitempty"`
	Scopes    []string        `json:"scopes"`
	Claims    json.RawMessage `json:"claims,omitempty"`
	ACR       []string        `json:"acr,omitempty"` // as the party named levels
}

// channelOf reads the channel back and looks the client up again: it may have been switched off
// meanwhile, or its redirect URI taken away.
func (p *Provider) channelOf(l *login.Login) (Client, channel, RedirectTarget, error) {
	var ch channel
	if err := json.Unmarshal(l.Request.Channel, &ch); err != nil {
		return Client{}, ch, RedirectTarget{}, broken(errors.New("login of another channel"))
	}
	client, ok := p.registry.Client(l.Request.Client)
	if !ok || client.Party != l.Request.Party { // what the citizen was shown was the party of then
		return Client{}, ch, RedirectTarget{}, refused(codeInvalidClient, "The client is not known any more.")
	}
	target, ok := client.target(ch.Redirect)
	if !ok {
		return Client{}, ch, RedirectTarget{}, refused(codeInvalidRequest, "The redirect_uri is not registered any more.")
	}
	return client, ch, target, nil
}

// Issue gives the answer to a party for a login whose next step is login.Deliver. Release, entry,
// grant and the login's end are written in one transaction after everything was computed: no
// record, no release. An error that is login.ErrConflict means that somebody else answered first:
// open the login again and repeat.
func (p *Provider) Issue(ctx context.Context, l *login.Login, answered login.Answered) (Response, error) {
	client, ch, target, err := p.channelOf(l)
	if err != nil {
		return Response{}, err
	}
	u := p.newUnit(client)
	if err := u.begin(l, ch, answered); err != nil {
		return Response{}, p.explain(ctx, err)
	}
	if err := u.authorize(ctx, ch); err != nil {
		return Response{}, p.explain(ctx, err)
	}
	proof, err := u.proof(l, answered)
	if err != nil {
		return Response{}, p.explain(ctx, err)
	}
	row, err := l.Close(login.Receipt{Grant: u.grant.ID, Release: seal.RowID(answered.Release.ID)})
	if err != nil {
		return Response{}, p.explain(ctx, err)
	}
	err = p.grants.Answer(ctx, Answer{
		Release: answered.Release, Entry: answered.Entry, Acted: answered.Acted, Decided: answered.Decided, Grant: u.grant, Proof: proof, Login: row, Unless: answered.Unless,
	})
	if errors.Is(err, login.ErrConflict) {
		return Response{}, fmt.Errorf("issue: %w", err)
	}
	if err != nil {
		return Response{}, p.explain(ctx, fmt.Errorf("write answer: %w", err))
	}
	return p.codeResponse(u.code, target, ch), nil
}

// begin makes the grant's row with everything that never changes, its values sealed to the code.
func (u *unit) begin(l *login.Login, ch channel, answered login.Answered) error {
	acr := u.p.acr.Report(answered.Level, ch.ACR)
	if l.Proof == nil || l.Subject() == "" || l.Proof.AuthTime.IsZero() || answered.Level == identity.None || acr == "" {
		return errors.New("issue: the login lacks a proof, subject, level or time")
	}
	u.kept = kept{
		Subject: l.Subject(), Merged: l.Merged(), Session: u.p.SessionID(l.Proof.Session, u.client.ID), Txn: l.Ref(),
		Scopes: released(ch.Scopes, answered.Release), ACR: acr, AMR: l.Proof.AMR, AuthTime: l.Proof.AuthTime.Unix(),
		Nonce: ch.Nonce, Challenge: ch.Challenge, Redirect: ch.Redirect,
	}
	if end := l.Decision.ValidUntil; !end.IsZero() {
		u.kept.LevelEnds = end.Unix()
	}
	u.scopes = u.kept.Scopes
	if _, acting := l.Acting(); acting {
		u.kept.Actor = l.Proof.Subject
	}
	row, err := json.Marshal(u.kept)
	if err != nil {
		return fmt.Errorf("issue: %w", err)
	}
	values, err := record(l, ch, answered)
	if err != nil {
		return fmt.Errorf("issue: %w", err)
	}
	id := seal.NewRowID(u.now)
	u.code = u.p.codeOf(l, id)
	key, digest := seal.NewDataKey(), u.code.Digest()
	u.grant = Grant{
		ID: id, Client: u.client.ID, Party: u.client.Party, Usage: answered.Release.Usage, Actor: answered.Release.By,
		Login: l.ID, Session: l.Proof.Session, Release: seal.RowID(answered.Release.ID),
		Means: l.Proof.Means, Issuer: l.Proof.Issuer, Office: l.Proof.Office, Rules: l.Decision.Rules,
		Created: u.now, CodeUntil: u.now.Add(u.p.lifetimes.Code), Ends: u.ends(l),
		Kept: row, Sealed: key.Seal(values, grantPlace(id)),
		State: GrantCode, CodeDigest: digest[:], CodeWrap: key.WrapFor(u.code),
	}
	if values := u.now.Add(u.p.lifetimes.Values); values.Before(u.grant.Ends) {
		u.grant.Values = values
	}
	return nil
}

// ends says when the family is over at the latest. What somebody got who acted for another ends with their
// right, and with the values: the register is asked at each use by what is sealed with them.
func (u *unit) ends(l *login.Login) time.Time {
	end := u.now.Add(u.p.lifetimes.Refresh)
	if !slices.Contains(u.kept.Scopes, scopeOffline) { // nothing outlives the one access token
		end = u.now.Add(u.p.lifetimes.Code).Add(u.p.lifetimes.Access)
	}
	right, acting := l.Acting()
	if !acting {
		return end
	}
	end = earlier(end, u.now.Add(u.p.lifetimes.Values))
	if !right.Until.IsZero() {
		end = earlier(end, right.Until)
	}
	return end
}

// record gathers what the claims of this grant will be written from, for sealing.
func record(l *login.Login, ch channel, answered login.Answered) ([]byte, error) {
	r := claims.Record{Values: answered.Values, Arrived: l.Request.Arrived, Backing: answered.Backing}
	if len(ch.Claims) > 0 {
		if err := json.Unmarshal(ch.Claims, &r.Request); err != nil {
			return nil, err
		}
	}
	if right, acting := l.Acting(); acting {
		return exposed(r, &right)
	}
	return exposed(r, nil)
}

// released drops offline_access from the scopes if the citizen did not agree to it. The other
// scopes stay: what they bring is what was released, attribute by attribute.
func released(scopes []string, release consent.Release) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == scopeOffline && !release.Offline })
}

// codeOf derives the code from the login's cookie, so that a repeat gives the same one.
func (p *Provider) codeOf(l *login.Login, grant seal.RowID) seal.Bearer {
	return seal.Successor(p.deriveKey, seal.Code, 0, l.Bearer, grant, nil)
}

// authorize lets the engine answer the authorization request, with what was validated before.
func (u *unit) authorize(ctx context.Context, ch channel) error {
	redirect, err := url.Parse(ch.Redirect)
	if err != nil {
		return fmt.Errorf("issue: %w", err)
	}
	request := fosite.NewAuthorizeRequest()
	request.ResponseTypes = fosite.Arguments{"code"}
	request.RedirectURI = redirect
	request.State = ch.State
	request.Request = *u.requester().(*fosite.Request)
	if _, err := u.p.engine.NewAuthorizeResponse(withUnit(ctx, u), request, newSession(u.kept.Subject)); err != nil {
		return err
	}
	if u.act != issue {
		return errors.New("issue: the engine made no code")
	}
	return nil
}

// codeResponse is OpenID Connect Core §3.1.2.5 with iss (RFC 9207 §2).
func (p *Provider) codeResponse(code seal.Bearer, target RedirectTarget, ch channel) Response {
	return p.response(target, ch.Mode, ch.State, url.Values{"code": {p.mint.Encode(code)}})
}

func (p *Provider) response(target RedirectTarget, mode ResponseMode, state string, params url.Values) Response {
	params.Set("iss", p.issuer)
	if state != "" {
		params.Set("state", state)
	}
	return Response{Target: target, Mode: mode, Params: params}
}

// Repeat gives the same answer again for a login whose next step is login.Repeat. It reads nothing
// and writes nothing.
func (p *Provider) Repeat(l *login.Login) (Response, error) {
	_, ch, target, err := p.channelOf(l)
	if err != nil {
		return Response{}, err
	}
	if l.Answered == nil {
		return Response{}, broken(errors.New("repeat of a login that was not answered"))
	}
	return p.codeResponse(p.codeOf(l, l.Answered.Grant), target, ch), nil
}

// Refuse gives the error for a login whose next step is login.Refuse (RFC 6749 §4.1.2.1).
func (p *Provider) Refuse(l *login.Login) (Response, error) {
	_, ch, target, err := p.channelOf(l)
	if err != nil {
		return Response{}, err
	}
	step, ok := login.Next(*l, p.now()).(login.Refuse)
	if !ok {
		return Response{}, broken(errors.New("refusal of a login that is not refused"))
	}
	return p.errorResponse(target, ch.Mode, ch.State, &Error{
		Status: http.StatusBadRequest, Code: string(step.Outcome), Description: outcomeText(step.Outcome),
	}), nil
}

func (p *Provider) errorResponse(target RedirectTarget, mode ResponseMode, state string, e *Error) Response {
	params := url.Values{"error": {e.Code}}
	if e.Description != "" {
		params.Set("error_description", e.Description)
	}
	return p.response(target, mode, state, params)
}
