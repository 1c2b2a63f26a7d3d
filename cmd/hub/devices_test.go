package hub

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// oneCase is a store with one case.
type oneCase struct {
	enrolment.Store
	row enrolment.Row
}

func (s *oneCase) Cases(context.Context, enrolment.Query) ([]enrolment.Row, error) {
	return []enrolment.Row{s.row}, nil
}

// Attacks OT-11: an officer stops an enrolment between the form with which somebody takes a device of it back and the
// moment at which that is done: it stays stopped.
func TestAttack_OT_11_StoppedWhileItIsTakenBack(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) }
	memory := enrolledtest.NewMemory(now)
	settings, err := enrolled.Decode("phone", map[string]any{"names": map[string]any{"en": "Phone"}, "ceiling": "high", "authoritative_for": []string{"PNOPL"}})
	if err != nil {
		t.Fatal(err)
	}
	connector, err := enrolled.New(settings, enrolled.Deps{
		Issuer: "https://id.example", Finder: memory, Keeper: memory, Marks: memory, Epoch: 1, Vault: memory, Digests: memory, Record: memory, Persons: memory,
		Once: memory.Once, Hold: memory.Hold, Owes: memory.Owes, Owed: memory.StillOwed, Ended: memory.Ended, Worth: func(identity.EvidenceKind) identity.Level { return identity.High },
		Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	store := &oneCase{row: enrolment.Row{Case: enrolment.Case{ID: seal.RowID{1}, State: enrolment.Active}}}
	person, account := identity.PersonID{7}, enrolled.NewAccount()
	_, list, err := connector.NewPaperList(account)
	if err != nil {
		t.Fatal(err)
	}
	held, err := connector.Bind(t.Context(), enrolled.Binding{Person: person, Account: account, Level: identity.High, Case: enrolment.CaseID(store.row.ID), Via: enrolled.ViaDesk}, list)
	if err != nil {
		t.Fatal(err)
	}
	if err := connector.Suspend(t.Context(), person, held[0].ID, enrolled.ByOwner); err != nil {
		t.Fatal(err)
	}
	d := ownDevices{keeper: connector.Authenticators, office: &enrolment.Office{Store: store}}
	d.atomically = func(ctx context.Context, act func(context.Context) error) error {
		store.row.State = enrolment.Suspended
		return memory.Atomically(ctx, act)
	}
	err = d.resume(t.Context(), person, held[0].ID, enrolled.Proof{Level: identity.High}, subject.Note{})
	all, failed := connector.Devices(t.Context(), person)
	if !errors.Is(err, enrolled.ErrNoDevice) || failed != nil || all[0].State != enrolled.Suspended {
		t.Errorf("taken back: %v, %v, %v", err, all[0].State, failed)
	}
	d.atomically = memory.Atomically
	store.row.State = enrolment.Active
	if err := d.resume(t.Context(), person, held[0].ID, enrolled.Proof{Level: identity.High}, subject.Note{}); err != nil {
		t.Errorf("of an enrolment that stands: %v", err)
	}
}
