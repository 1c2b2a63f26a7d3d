package enrolled

import (
	"context"
	"crypto/sha256"

	"github.com/go-webauthn/webauthn/protocol"
)

// backedUp watches the backup state of a passkey (Web Authentication Level 3 §6.1.3, means.md §8). One that may be
// backed up counts as synced from its first day, so that its level cannot rise, whatever it says later; one that
// may not and says that it was is refused. The first time that a copy is reported of one that had none is recorded, and
// its owner is told: whoever gets into the account that keeps the copy gets in here, too.
func (a *Authenticators) backedUp(ctx context.Context, row Row, r record, flags protocol.AuthenticatorFlags) error {
	if !flags.HasBackupState() || r.Credential.Flags.BackupState {
		return nil
	}
	mark := sha256.Sum256(append([]byte("backed up"), r.Mark[:]...))
	known, err := a.deps.Marks.Mark(ctx, mark)
	if err != nil || known > 0 {
		return wrap("read a passkey's backup state", err)
	}
	err = a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		if err := a.deps.Record.Record(ctx, actOf(row, ActBackedUp, ByOwner)); err != nil || a.deps.Copied == nil {
			return err
		}
		return a.deps.Copied(ctx, row.Person)
	})
	if err == nil { // after it: a process that dies in between tells it twice, and never not at all
		_, err = a.deps.Marks.Advance(ctx, mark, 1)
	}
	return wrap("record a passkey's backup state", err)
}
