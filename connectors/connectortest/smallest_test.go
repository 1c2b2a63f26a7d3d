package connectortest_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
)

// smallest is the least that a kind of means can be, to begin a new one from: a page of its own that
// believes whatever number is typed.
type smallest struct{ now func() time.Time }

// leg is what it remembers of one leg; it is sealed into the login.
type leg struct {
	Handle string `json:"handle"` // a state is for its own leg alone
	Nonce  string `json:"nonce"`  // what the page must bring back
}

func (c smallest) Describe() connectors.Description {
	return connectors.Description{
		ID: "typed", Kind: "typed", Names: map[string]string{"en": "Typed"}, Ceiling: identity.Low, Authoritative: []string{"PNOPL"}, Simulated: true,
	}
}

func (c smallest) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	if c.Describe().CeilingOf(a.Choice) == identity.None {
		return connectors.Failed{Code: connectors.InvalidAnswer}, nil, nil // it has one door
	}
	l := leg{Handle: a.Handle, Nonce: rand.Text()}
	state, err := json.Marshal(l)
	return connectors.Page{View: "typed", Data: map[string]string{"nonce": l.Nonce}}, state, err
}

// Continue fails for whatever others sent; an error is for what is wrong with us.
func (c smallest) Continue(ctx context.Context, a connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Nonce == "" || l.Handle != a.Handle || in.Form.Get("nonce") != l.Nonce || ctx.Err() != nil {
		return connectors.Failed{Code: connectors.InvalidAnswer}, nil, nil
	}
	number, err := identity.ParseIdentifier(in.Form.Get("number"))
	if err != nil {
		return connectors.Failed{Code: connectors.IdentifierBroken}, nil, nil
	}
	me, now := c.Describe(), c.now()
	digest := sha256.Sum256([]byte(l.Nonce + number.Reveal()))
	var told identity.Attributes // with a number alone nobody is found: names and birth date must agree with the register's
	for _, name := range []identity.AttributeName{"given_name", "family_name", "birthdate"} {
		if value := in.Form.Get(string(name)); value != "" {
			told = append(told, identity.Attribute{Name: name, Value: identity.Text(value), Source: identity.Source{Kind: identity.FromMeans, ID: string(me.ID)}, VerifiedAt: now})
		}
	}
	answer := identity.Authentication{
		Means: me.ID, Kind: me.Kind, Issuer: "typed", Subject: identity.Hide(number.Reveal()), AuthTime: now, AMR: []string{"user"},
		Identifiers: []identity.Identifier{number}, Attributes: told,
		Evidence: []identity.Evidence{{
			Kind: identity.UpstreamAssertion, Means: me.ID, Issuer: "typed", Asserted: identity.Low, Ceiling: me.Ceiling,
			AMR: []string{"user"}, AuthTime: now, Checked: now, Digest: digest[:],
		}},
	}
	return connectors.Done{Authentication: answer, Once: l.Nonce, Until: now.Add(10 * time.Minute)}, nil, nil
}

func TestTheSmallestMeans(t *testing.T) {
	typed := url.Values{"number": {"PNOPL-87022290019"}, "given_name": {"Konstanty"}, "family_name": {"Testowy"}, "birthdate": {"1987-02-22"}}
	connectortest.Run(t, func(*testing.T) *connectortest.Rig {
		return &connectortest.Rig{
			Connector: smallest{time.Now},
			Attempt:   func(handle string) connectors.Attempt { return connectors.Attempt{Handle: handle, Now: time.Now()} },
			Walk: func(t *testing.T, step connectors.Step) connectors.Input {
				page, ok := step.(connectors.Page)
				if !ok {
					t.Fatalf("no page: %s", connectortest.Outcome(step))
				}
				form := url.Values{"nonce": {page.Data.(map[string]string)["nonce"]}}
				for name, values := range typed {
					form[name] = values
				}
				return connectors.Input{Form: form}
			},
			Private: func() []string { return strings.Fields("87022290019 Konstanty Testowy 1987-02-22") },
			Logs:    &connectortest.Logs{}, Ageless: true, Replica: func() connectors.Connector { return smallest{time.Now} },
			Tells: func(t connectortest.Told) {
				for name, value := range map[string]string{"given_name": t.Given, "family_name": t.Family, "birthdate": t.Birthdate} {
					typed.Set(name, value)
				}
			},
		}
	})
}
