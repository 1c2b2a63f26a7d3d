package identitydb

import (
	"context"
	"crypto/rand"
	"time"

	"symbolon/connectors/identity"
)

// Owed is that what a person holds elsewhere is to end, since something of theirs that they log in with was
// stopped. Mark tells one such stop from the next.
type Owed struct {
	Person identity.PersonID
	Mark   [16]byte
}

// Owe keeps it, in the transaction of the context: whoever dies before the end was done leaves it to others.
func (db *DB) Owe(ctx context.Context, person identity.PersonID) error {
	var mark [16]byte
	_, _ = rand.Read(mark[:])
	_, err := db.SQL(ctx).Exec("INSERT INTO owed_ends (person, mark, since) VALUES (?, ?, "+db.Now()+") ON CONFLICT (person) DO UPDATE SET mark = excluded.mark", person[:], mark[:])
	return wrap("keep what is to end", err)
}

// OwedOf gives what is owed of a person and of all who became them.
func (db *DB) OwedOf(ctx context.Context, person identity.PersonID) ([]Owed, error) {
	return db.owed(ctx, "person IN "+same, person[:])
}

// StillOwed reports whether something is owed of a person, of one who became them, or of whom they became: all of these log in
// as one.
func (db *DB) StillOwed(ctx context.Context, person identity.PersonID) (bool, error) {
	all, err := db.owed(ctx, "person IN ("+asOne+"SELECT id FROM same)", person[:])
	return len(all) > 0, err
}

// OwedSince gives some of what has been owed for so long, the oldest first.
func (db *DB) OwedSince(ctx context.Context, age time.Duration) ([]Owed, error) {
	return db.owed(ctx, "since <= "+db.Now()+" - ? ORDER BY since LIMIT 100", age.Microseconds())
}

func (db *DB) owed(ctx context.Context, where string, arg any) ([]Owed, error) {
	var all []Owed
	err := db.SQL(ctx).Each("SELECT person, mark FROM owed_ends WHERE "+where, []any{arg}, func(scan func(...any) error) error {
		var o Owed
		var person, mark []byte
		err := scan(&person, &mark)
		copy(o.Person[:], person)
		copy(o.Mark[:], mark)
		all = append(all, o)
		return err
	})
	return all, wrap("read what is to end", err)
}

// SettleOwed forgets what was owed when it was read. What was owed again since then stays.
func (db *DB) SettleOwed(ctx context.Context, done ...Owed) error {
	for _, o := range done {
		if _, err := db.LooseSQL(ctx).Exec("DELETE FROM owed_ends WHERE person = ? AND mark = ?", o.Person[:], o.Mark[:]); err != nil {
			return wrap("forget what has ended", err)
		}
	}
	return nil
}
