package journal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"symbolon/provider/seal"
)

// Sink is a database's journal table. Append adds a row in the transaction of the context if
// there is one, so that it commits with its act or not at all. Note is Append which, where there is
// none, does not wait for the disk.
type Sink interface {
	Append(context.Context, Row) error
	Note(context.Context, Row) error
}

// Recorder makes rows of entries. Each database has one of its own.
type Recorder struct {
	Vault seal.Vault // seals the salts
	Store Sink
	Now   func() time.Time
}

// Row writes an entry in its canonical form with the leaf that stands for it in the tree. An
// entry without an id or a time is given them.
func (r Recorder) Row(e Entry) (Row, error) {
	if e.At.IsZero() {
		e.At = r.Now()
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.ID == (seal.RowID{}) {
		e.ID = seal.NewRowID(e.At)
	}
	body, err := canonical(e)
	if err != nil {
		return Row{}, fmt.Errorf("journal entry %s: %w", e.Kind, err)
	}
	var salt [32]byte
	_, _ = rand.Read(salt[:]) // never fails: crypto/rand ends the program instead
	return Row{
		ID: e.ID, Kind: e.Kind, At: e.At, Who: e.Who, Party: e.Party, Ref: e.Ref,
		Body: body, Salt: r.Vault.Seal(salt[:], saltPlace(e.ID)), Leaf: Leaf(salt[:], body),
	}, nil
}

// Append stores a row.
func (r Recorder) Append(ctx context.Context, row Row) error {
	if err := r.Store.Append(ctx, row); err != nil {
		return fmt.Errorf("append journal entry %s: %w", row.Kind, err)
	}
	return nil
}

// Note stores a row that need not have reached the disk: one of what happens outside the database.
func (r Recorder) Note(ctx context.Context, row Row) error {
	if err := r.Store.Note(ctx, row); err != nil {
		return fmt.Errorf("note journal entry %s: %w", row.Kind, err)
	}
	return nil
}

// Salt opens a row's salt, for who may show that the leaf is the entry's.
func (r Recorder) Salt(row Row) ([]byte, error) { return r.Vault.Open(row.Salt, saltPlace(row.ID)) }

// Leaf is SHA-256 over salt and body. Without the salt a leaf tells nothing about its entry, so
// leaves may be handed to mirrors.
func Leaf(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

func saltPlace(id seal.RowID) string { return "journal salt " + id.String() }
