package sim

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
)

func TestRegistersTellWhoActsForWhomFromBothSidesAndOfNobodyElse(t *testing.T) {
	client, g := registerClient(t, "the-token")
	guardian, child, other := number(t, "PNOPL-84041990041"), number(t, "PNOPL-12310590043"), number(t, "PNOPL-87022290019")
	ask := func(of identity.Identifier, side register.Side, with identity.Identifier) (register.Relations, error) {
		return client.Relations(t.Context(), register.RelationQuestion{Of: of, Side: side, With: with, Purpose: register.ForEnrolment})
	}
	for _, row := range []struct {
		name     string
		of, with identity.Identifier
		side     register.Side
		tells    string
	}{
		{"the guardian's children", guardian, identity.Identifier{}, register.Represents, child.Reveal()},
		{"the child's guardians", child, identity.Identifier{}, register.Represented, guardian.Reveal()},
		{"these two", child, guardian, register.Represented, guardian.Reveal()},
		{"the child and a neighbour", child, other, register.Represented, ""},
		{"the child acts for nobody", child, identity.Identifier{}, register.Represents, ""},
		{"nobody acts for the guardian", guardian, identity.Identifier{}, register.Represented, ""},
	} {
		got, err := ask(row.of, row.side, row.with)
		if err != nil || (row.tells != "") != (len(got.List) == 1) || row.tells != "" && got.List[0].Other.Identifiers[0].Reveal() != row.tells {
			t.Errorf("%s: %v %v", row.name, got, err)
		}
	}
	g.Switches.turnOn(t, "down", "relations")
	if _, err := ask(child, register.Represented, guardian); !errors.Is(err, register.ErrUnavailable) {
		t.Errorf("a register that is down: %v", err)
	}
	g.Switches.turnOn(t, "all", "")
	g.Switches.turnOn(t, "wrong_person", "on")
	if _, err := ask(child, register.Represented, guardian); !errors.Is(err, register.ErrUnavailable) {
		t.Errorf("an answer about somebody else: %v", err)
	}
	g.Switches.turnOn(t, "all", "")

	g.EndRelation("relation-minor")
	if got, err := ask(child, register.Represented, guardian); err != nil || len(got.List) != 0 {
		t.Errorf("after its end: %v %v", got, err)
	}
	events, _, _, err := client.Events(t.Context(), "")
	if err != nil || len(events) != 1 || events[0].Kind != register.RelationEnded || events[0].Identifier != child || events[0].Relation.Reveal() != "relation-minor" {
		t.Errorf("the feed: %v %v", events, err)
	}
}

func TestRegistersTellOnlyRelationsInForceAndNoMoreThanFitAtOnce(t *testing.T) {
	client, g := registerClient(t, "the-token")
	now := time.Now()
	g.EndRelation("relation-minor")
	ask := func() register.Relations {
		t.Helper()
		got, err := client.Relations(t.Context(), register.RelationQuestion{Of: number(t, "PNOPL-84041990041"), Side: register.Represents, Purpose: register.ForLogin})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	relation := Relation{ID: "later", Kind: "legal_guardian", Scope: []string{"health"}, By: "guardian", For: "minor", Since: now.Add(time.Hour)}
	g.Relate(relation)
	if got := ask(); len(got.List) != 0 {
		t.Errorf("one that begins later: %v", got)
	}
	relation.Since, relation.Until = now.Add(-2*time.Hour), now.Add(-time.Hour)
	g.Relate(relation)
	if got := ask(); len(got.List) != 0 {
		t.Errorf("one that has ended: %v", got)
	}
	relation.Until = now.Add(time.Hour)
	for i := range 60 {
		relation.ID = fmt.Sprintf("many-%d", i)
		g.Relate(relation)
	}
	if got := ask(); len(got.List) != 50 || !got.More || got.List[0].Kind != register.LegalGuardian {
		t.Errorf("%d, more: %v", len(got.List), got.More)
	}
	g.Report("minor", "yes", "")
	if got := ask(); len(got.List) != 0 {
		t.Error("nobody acts for the dead")
	}
}
