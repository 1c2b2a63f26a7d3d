package hubtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/url"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub"
	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// MeansCard is a means of level high that rests on people's documents, with a door for everybody of
// the country who has one. It stands for what a reader, a card and a PIN prove.
const MeansCard = "reader"

// WithCards adds it, for parties that permit it.
func WithCards() With {
	return func(s *setup) {
		s.kinds = hub.Kinds()
		s.kinds["cards"] = func(around hub.Surroundings) (connectors.Connector, error) {
			people, err := sim.People()
			return cards{around, people}, err
		}
		s.settings = append(s.settings, func(settings map[string]any) {
			settings["connectors"] = append(settings["connectors"].([]any), table{"id": MeansCard, "kind": "cards", "settings": table{}})
		})
	}
}

type cards struct {
	hub.Surroundings
	people []sim.Person
}

// Describe names everybody's card.
func (c cards) Describe() connectors.Description {
	d := connectors.Description{
		ID: c.ID, Kind: "cards", Names: inAll("e-ID card", "Dowód osobisty", "بطاقة الهوية"), Icon: "card",
		Ceiling: identity.High, Authoritative: []string{"PNOPL"}, Document: true, Simulated: true,
	}
	for _, p := range c.people {
		if p.Document != nil && p.Number != "" {
			d.Choices = append(d.Choices, connectors.Choice{ID: p.Key, Names: inAll(p.Name(), p.Name(), p.Name()), Ceiling: identity.High})
		}
	}
	return d
}

func inAll(en, pl, ar string) map[string]string {
	return map[string]string{"en": en, "pl": pl, "ar": ar}
}

// Begin sends the browser straight back.
func (c cards) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	return connectors.Redirect{URL: a.Return + "?" + url.Values{"state": {a.Handle}}.Encode()}, connectors.State("card"), nil
}

// Continue reads the card of the door.
func (c cards) Continue(_ context.Context, a connectors.Attempt, _ connectors.State, _ connectors.Input) (connectors.Step, connectors.State, error) {
	for _, p := range c.people {
		if p.Key == a.Choice && p.Document != nil {
			return connectors.Done{Authentication: c.read(p, a)}, nil, nil
		}
	}
	return nil, nil, errors.New("no such card")
}

func (c cards) read(p sim.Person, a connectors.Attempt) identity.Authentication {
	holder, _ := identity.ParseIdentifier(p.Number) // the country's numbers are numbers
	number, _ := identity.ParseIdentifier(p.Document.ID())
	source := identity.Source{Kind: identity.FromMeans, ID: string(c.ID)}
	told := identity.Attributes{}
	for name, text := range map[identity.AttributeName]string{"given_name": p.Given(), "family_name": p.FamilyName, "birthdate": p.Birthdate} {
		if text != "" {
			told = append(told, identity.Attribute{Name: name, Value: identity.Text(text), Source: source, VerifiedAt: a.Now})
		}
	}
	sum := sha256.Sum256([]byte(a.Handle))
	return identity.Authentication{
		Means: c.ID, Kind: "cards", Choice: a.Choice, Issuer: "https://cards.example", Subject: identity.Hide(p.Document.ID()),
		Identifiers: []identity.Identifier{holder}, Document: identity.Document{Type: p.Document.Type, Number: number, Holder: holder},
		Attributes: told, AMR: []string{"hwk", "pin", "mfa"}, AuthTime: a.Now,
		Evidence: []identity.Evidence{{
			Kind: identity.UpstreamAssertion, Means: c.ID, Choice: a.Choice, Issuer: "https://cards.example", Asserted: identity.High,
			Ceiling: identity.High, AMR: []string{"hwk", "pin", "mfa"}, AuthTime: a.Now, Checked: a.Now, Digest: sum[:],
		}},
	}
}
