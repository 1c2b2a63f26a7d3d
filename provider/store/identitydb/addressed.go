package identitydb

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

var _ enrolment.ContactStore = (*DB)(nil)

// CaseContacts gives the addresses to which codes were sent from a case.
func (db *DB) CaseContacts(ctx context.Context, id seal.RowID) ([]enrolment.ContactRow, error) {
	var all []enrolment.ContactRow
	text := "SELECT channel, address, code, tries, sent, confirmed, CASE WHEN expires <= " + db.Now() + " THEN 1 ELSE 0 END FROM case_contacts WHERE case_id = ? ORDER BY channel"
	err := db.SQL(ctx).Each(text, []any{id[:]}, func(scan func(...any) error) error {
		r := enrolment.ContactRow{Case: id}
		var channel string
		var address, code []byte
		var confirmed, late int
		err := scan(&channel, &address, &code, &r.Tries, &r.Sent, &confirmed, &late)
		r.Channel, r.Address, r.Code = identity.AttributeName(channel), unkeyed(address), unkeyed(code)
		r.Confirmed, r.Late = confirmed == 1, late == 1
		all = append(all, r)
		return err
	})
	return all, wrap("find the contacts of a case", err)
}

// AskContact keeps a code that is sent to an address, for so long; false where so many were sent to the channel before.
func (db *DB) AskContact(ctx context.Context, r enrolment.ContactRow, life time.Duration, most int) (bool, error) {
	changed, err := db.SQL(ctx).Exec("INSERT INTO case_contacts (case_id, channel, address, code, tries, sent, expires, confirmed) VALUES (?, ?, ?, ?, ?, 1, "+db.Now()+" + ?, 0) "+
		"ON CONFLICT (case_id, channel) DO UPDATE SET address = excluded.address, code = excluded.code, tries = excluded.tries, sent = case_contacts.sent + 1, "+
		"expires = excluded.expires, confirmed = 0 WHERE case_contacts.sent < ?",
		r.Case[:], string(r.Channel), keyed(r.Address), keyed(r.Code), r.Tries, life.Microseconds(), most)
	return changed > 0, wrap("keep a code for a contact", err)
}

// TryContact takes one try of a code before anything is compared, and gives what it is a try of.
func (db *DB) TryContact(ctx context.Context, id seal.RowID, channel identity.AttributeName) (enrolment.ContactRow, bool, error) {
	r := enrolment.ContactRow{Case: id, Channel: channel, Tries: -1}
	var address, code []byte
	err := db.SQL(ctx).Returning("UPDATE case_contacts SET tries = tries - 1 WHERE case_id = ? AND channel = ? AND confirmed = 0 AND tries > 0 AND expires > "+db.Now()+" RETURNING tries, address, code",
		[]any{id[:], string(channel)}, &r.Tries, &address, &code)
	r.Address, r.Code = unkeyed(address), unkeyed(code)
	return r, r.Tries >= 0 && err == nil, wrap("take a try of a contact", err)
}

// ConfirmContact keeps that the code was read out; false where another was sent since.
func (db *DB) ConfirmContact(ctx context.Context, id seal.RowID, channel identity.AttributeName, code enrolment.Digest) (bool, error) {
	changed, err := db.SQL(ctx).Exec("UPDATE case_contacts SET confirmed = 1 WHERE case_id = ? AND channel = ? AND code = ? AND confirmed = 0", id[:], string(channel), keyed(code))
	return changed > 0, wrap("confirm a contact", err)
}

// forgetContacts takes away what was confirmed for a case that has ended for good. One whose time ran out may be gone on
// with, until its work is taken away.
func (db *DB) forgetContacts(ctx context.Context, c enrolment.Change) error {
	if c.Row == nil || c.Row.State.Open() || c.Row.State == enrolment.Expired && len(c.Row.Sealed) > 0 {
		return nil
	}
	_, err := db.SQL(ctx).Exec("DELETE FROM case_contacts WHERE case_id = ?", c.Row.ID[:])
	return wrap("forget the contacts of a case", err)
}
