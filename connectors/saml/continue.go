package saml

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/url"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

// Continue takes what came back to the callback. Whatever is wrong with it is a Failed step; an
// error is a fault of ours.
func (c *Connector) Continue(ctx context.Context, a connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	l, err := c.leg(a, state)
	if err != nil {
		return c.step(err), nil, nil
	}
	said, err := c.receive(ctx, l, in, a.Now)
	if err != nil {
		return c.step(err), nil, nil
	}
	done, err := c.answer(l, said, a)
	if err != nil {
		return c.step(err), nil, nil
	}
	// R-SAML-15: which messages these were, and no more of them.
	c.deps.Log.Info("upstream's answer taken", "means", string(c.settings.ID), "request", l.Request, "answer", said.id,
		"level", c.settings.LoAMap[said.class].String())
	return done, nil, nil
}

// leg reads the state and checks that it belongs to this attempt: another login's state, or the
// state of another leg, fits no handle.
func (c *Connector) leg(a connectors.Attempt, state connectors.State) (leg, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Request == "" || l.Handle == "" {
		return leg{}, invalid("state_unreadable")
	}
	if subtle.ConstantTimeCompare([]byte(l.Handle), []byte(a.Handle)) != 1 || a.Choice != "" || l.Return != a.Return {
		return leg{}, invalid("state_of_another_leg")
	}
	return l, nil
}

// receive gets the response, by whichever binding was configured and by no other, and checks all of
// it. Nothing is sent anywhere before RelayState is known to be this leg's.
func (c *Connector) receive(ctx context.Context, l leg, in connectors.Input, now time.Time) (statement, error) {
	if ctx.Err() != nil { // the person has gone: nothing is to come of it
		return statement{}, unavailable("gone")
	}
	values := in.Form
	if values == nil {
		values = in.Query
	}
	relay, _ := sole(values, "RelayState")
	if subtle.ConstantTimeCompare([]byte(relay), []byte(l.Handle)) != 1 {
		return statement{}, invalid("relay_state")
	}
	if c.settings.ResponseBinding == "artifact" {
		artifact, there := sole(values, "SAMLart")
		if !there || values.Has("SAMLResponse") {
			return statement{}, invalid("artifact_missing")
		}
		return c.resolve(ctx, l, artifact, now)
	}
	return c.posted(ctx, l, in.Form, now)
}

// posted takes a response of the POST binding: a form, never a query.
func (c *Connector) posted(ctx context.Context, l leg, form url.Values, now time.Time) (statement, error) {
	text, there := sole(form, "SAMLResponse")
	if !there || form.Has("SAMLart") {
		return statement{}, invalid("response_missing")
	}
	raw, err := decodePosted(text)
	if err != nil {
		return statement{}, err
	}
	root, err := xmlsec.Parse(raw, xmlsec.Message())
	if err != nil {
		return statement{}, err
	}
	digest := sha256.Sum256(raw)
	return c.response(ctx, l, root, digest[:], now)
}

// answer is the authentication in the house's own words.
func (c *Connector) answer(l leg, said statement, a connectors.Attempt) (connectors.Done, error) {
	s := c.settings
	if err := c.fresh(l, said, a.Now); err != nil {
		return connectors.Done{}, err
	}
	level, known := s.LoAMap[said.class]
	if !known { // unknown_loa: reject
		return connectors.Done{}, invalid("level_unknown")
	}
	// R-SAML-09: what is lower goes on as it is, and leads back to the choice of means; what is high
	// enough and yet not what was asked for answers another question.
	if level >= a.Wanted && !s.satisfies(l.Asked, said.class) {
		return connectors.Done{}, invalid("level_not_asked")
	}
	subject := said.name.subject()
	if s.SubjectAttribute != "" {
		subject = said.attributes.first(s.SubjectAttribute)
	} else if said.name.format == formatTransient {
		subject = ""
	}
	if subject == "" || len(subject) > 1024 {
		return connectors.Done{}, refusal{connectors.SubjectMissing, "subject"}
	}
	identifiers, err := s.identifiers(said.attributes)
	if err != nil {
		return connectors.Done{}, err
	}
	session, err := said.session()
	if err != nil {
		return connectors.Done{}, err
	}
	return connectors.Done{
		Authentication: identity.Authentication{
			Means: s.ID, Kind: Kind, Issuer: s.IDPEntityID, Subject: identity.Hide(subject), Identifiers: identifiers,
			Attributes: c.attributes(said), AuthTime: said.acted, Session: session,
			Evidence: []identity.Evidence{{
				Kind: identity.UpstreamAssertion, Means: s.ID, Issuer: s.IDPEntityID, Asserted: level, Ceiling: s.Ceiling,
				AuthTime: said.acted, Checked: a.Now, Digest: said.digest,
			}},
		},
		Once: s.IDPEntityID + " " + said.id, Until: said.until.Add(s.ClockSkew + time.Second), // R-SAML-08
	}, nil
}

// fresh checks when the person acted, against what was asked.
func (c *Connector) fresh(l leg, said statement, now time.Time) error {
	skew := c.settings.ClockSkew
	switch {
	case said.acted.After(now.Add(skew)):
		return invalid("authn_instant")
	case l.Forced && said.acted.Before(time.Unix(l.Began, 0).Add(-skew)):
		return stale("not_forced")
	case !l.Forced && time.Unix(l.Began, 0).Sub(said.acted) > l.MaxAge+skew: // as old as it was when it was asked for
		return stale("authn_too_old")
	default:
		return nil
	}
}
