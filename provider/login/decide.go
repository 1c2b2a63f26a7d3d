package login

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/seal"
)

// DecisionRow is one decision about a level as stored: enough to make it again and to explain it,
// and nothing that names the person.
type DecisionRow struct {
	ID     seal.RowID
	Login  seal.RowID
	Ref    string // what a citizen may quote
	Party  consent.PartyID
	At     time.Time
	Level  identity.Level // that was reached
	Needed identity.Level // that this login needs
	Rules  string         // version of the rule set that decided
	Inputs []byte         // JSON of assurance.Inputs
}

// Decisions keeps how levels were decided. A row is written in the transaction of what the
// decision led to: a session, or a grant.
type Decisions interface {
	AddDecision(context.Context, DecisionRow) error
}

// decide makes the decision over what was proved, as of now: with the means as they are configured
// now, and for the party of this login.
func (s *Service) decide(l *Login, now time.Time) {
	l.fallen = s.officeOff(l.Proof.Office)
	evidence := slices.Clone(l.Proof.Evidence)
	for i, e := range evidence {
		if e.Means == l.Proof.Means {
			evidence[i].Ceiling = identity.Least(e.Ceiling, l.ceiling(e.Means, l.Proof.Choice))
		}
	}
	c := assurance.Circumstance{Reused: l.Reused(), SessionEnds: l.Proof.Ends, Findings: l.situation(), UpTo: map[identity.Means]identity.Level{}}
	for _, m := range l.Party.Means {
		c.UpTo[m.Means] = m.UpTo
	}
	l.Decision, l.Inputs = assurance.Decide(s.Rules, evidence, c, now), assurance.Take(evidence, c, now)
}

// decision gives the row of what was decided last.
func (l *Login) decision(now time.Time) (DecisionRow, error) {
	inputs, err := json.Marshal(l.Inputs)
	if err != nil {
		return DecisionRow{}, errors.New("record decision: its inputs do not marshal")
	}
	return DecisionRow{
		ID: seal.NewRowID(now), Login: l.ID, Ref: l.Ref(), Party: l.Party.ID, At: now,
		Level: l.Level(), Needed: l.Needs(), Rules: l.Decision.Rules, Inputs: inputs,
	}, nil
}
