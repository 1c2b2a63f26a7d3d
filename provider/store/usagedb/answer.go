package usagedb

import (
	"context"
	"encoding/json"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
)

const (
	insertRelease = "INSERT INTO releases (id, party, usage, items, declined, offline, shown, at, until, standing, mark, actor)"
	insertConsent = "INSERT INTO consents (party, usage, actor, release, items, declined, offline, mark, at, until)"
	newerConsent  = `ON CONFLICT (party, usage, actor) DO UPDATE SET release = excluded.release, items = excluded.items, declined = excluded.declined,
		offline = excluded.offline, mark = excluded.mark, at = excluded.at, until = excluded.until WHERE consents.at <= excluded.at`
	insertJournal  = "INSERT INTO journal (id, kind, at, who, party, ref, body, salt, leaf)"
	insertGrant    = "INSERT INTO grants (id, epoch, " + grantColumns + ")"
	insertProof    = "INSERT INTO proofs (id, client, party, usage, actor, txn, at, token, sealed)"
	insertDecision = "INSERT INTO decisions (id, login, ref, party, at, level, needed, rules, inputs)"
	nine           = "?, ?, ?, ?, ?, ?, ?, ?, ?"
	ten            = nine + ", ?"
	eleven         = nine + ", ?, ?"
	twelve         = nine + ", ?, ?, ?"
	thirtyFive     = twelve + ", " + twelve + ", " + nine + ", ?, ?"
)

// The statements of an answer on PostgreSQL. The first part is the login's end, on which all others
// depend; a login without a row has one that is always there.
const (
	savedLogin  = "WITH l AS (" + saveLogin + " RETURNING id)"
	noLogin     = "WITH l AS (SELECT 1)"
	answerParts = ", r AS (" + insertRelease + " SELECT " + twelve + " FROM l), j AS (" + insertJournal + " SELECT " + nine + " FROM l), d AS (" +
		insertDecision + " SELECT " + nine + " FROM l), p AS (" + insertProof + " SELECT " + nine + " FROM l)"
	actedPart      = ", a AS (" + insertJournal + " SELECT " + nine + " FROM l)"
	rememberedPart = ", c AS (" + insertConsent + " SELECT " + ten + " FROM l WHERE true " + newerConsent + ")"
	grantPart      = " " + insertGrant + " SELECT " + thirtyFive + " FROM l"
)

// Answer writes the end of a login, the release with its entry, and the grant, or nothing. A
// release that the citizen wants remembered also becomes the decision that stands. On PostgreSQL
// it is one statement: its parts fail together, and the server is asked once; but for an answer that holds only
// while something was not consumed.
func (db *DB) Answer(ctx context.Context, a oauth.Answer) error {
	release, err := releaseArgs(a.Release)
	if err != nil {
		return wrap("answer a login", err)
	}
	parts := answer{release: release, entry: entryArgs(a.Entry), decided: decisionArgs(a.Decided), proof: proofArgs(a.Proof), grant: db.grantArgs(a.Grant)}
	if a.Login.ID != (seal.RowID{}) {
		parts.login = db.loginArgs(a.Login)
	}
	if a.Acted != nil {
		parts.acted = entryArgs(*a.Acted)
	}
	if !a.Release.Until.IsZero() && !a.Release.Standing {
		parts.consent = consentArgs(a.Release, release)
	}
	if db.Dialect() == store.PostgreSQL && len(a.Unless) == 0 {
		return wrap("answer a login", db.answerOnce(ctx, parts))
	}
	return wrap("answer a login", db.Atomically(ctx, func(ctx context.Context) error {
		if err := db.unless(ctx, a); err != nil {
			return err
		}
		return db.answerInTurn(ctx, parts)
	}))
}

// unless refuses where one of the secrets was consumed. Whoever consumes one and then ends what the person
// holds waits for the answers that found none: nothing is left of those either.
func (db *DB) unless(ctx context.Context, a oauth.Answer) error {
	if len(a.Unless) == 0 {
		return nil
	}
	proved := decider(a.Grant.Usage, a.Grant.Actor) // whose secrets these are
	if err := db.holdPerson(ctx, proved, whileAdding); err != nil {
		return err
	}
	for _, s := range a.Unless {
		used, err := db.Used(ctx, s)
		if err != nil {
			return err
		}
		if used {
			return login.ErrConflict
		}
	}
	return nil
}

// answer holds the arguments of each part; without login it has no row, without acted nobody acted for
// anybody, without consent there is nothing to remember.
type answer struct{ login, release, entry, decided, proof, acted, consent, grant []any }

func (db *DB) answerOnce(ctx context.Context, a answer) error {
	end, acted, remembered := savedLogin, actedPart, rememberedPart
	if a.login == nil {
		end = noLogin
	}
	if a.acted == nil {
		acted = ""
	}
	if a.consent == nil {
		remembered = ""
	}
	args := slices.Concat(a.login, a.release, a.entry, a.decided, a.proof, a.acted, a.consent, a.grant)
	changed, err := db.SQL(ctx).Exec(end+answerParts+acted+remembered+grantPart, args...)
	if err == nil && changed == 0 {
		return login.ErrConflict
	}
	return err
}

func (db *DB) answerInTurn(ctx context.Context, a answer) error {
	statements := db.SQL(ctx)
	if a.login != nil {
		changed, err := statements.Exec(saveLogin, a.login...)
		if err != nil {
			return err
		}
		if changed == 0 {
			return login.ErrConflict
		}
	}
	if _, err := statements.Exec(insertRelease+" VALUES ("+twelve+")", a.release...); err != nil {
		return err
	}
	if _, err := statements.Exec(journalValues, a.entry...); err != nil {
		return err
	}
	if _, err := statements.Exec(insertDecision+" VALUES ("+nine+")", a.decided...); err != nil {
		return err
	}
	if _, err := statements.Exec(insertProof+" VALUES ("+nine+")", a.proof...); err != nil {
		return err
	}
	if a.acted != nil {
		if _, err := statements.Exec(journalValues, a.acted...); err != nil {
			return err
		}
	}
	if a.consent != nil {
		if _, err := statements.Exec(insertConsent+" VALUES ("+ten+") "+newerConsent, a.consent...); err != nil {
			return err
		}
	}
	_, err := statements.Exec(insertGrant+" VALUES ("+thirtyFive+")", a.grant...)
	return err
}

func releaseArgs(r consent.Release) ([]any, error) {
	items, err := json.Marshal(append([]consent.Released{}, r.Items...))
	if err != nil {
		return nil, err
	}
	declined, err := json.Marshal(append([]string{}, names(r)...))
	if err != nil {
		return nil, err
	}
	return []any{
		r.ID[:], string(r.Party), idBytes(r.Usage), string(items), string(declined), r.Offline, r.Shown[:],
		micro(r.At), micro(r.Until), r.Standing, r.PartyMark, id(r.By),
	}, nil
}

// decider is who decided about somebody: the person themselves where nobody acted for them.
func decider(about, by identity.UsageID) identity.UsageID {
	if by.IsZero() {
		return about
	}
	return by
}

func names(r consent.Release) []string {
	all := make([]string, len(r.Declined))
	for i, name := range r.Declined {
		all[i] = string(name)
	}
	return all
}

func consentArgs(r consent.Release, release []any) []any {
	return []any{string(r.Party), idBytes(r.Usage), idBytes(decider(r.Usage, r.By)), r.ID[:], release[3], release[4], r.Offline, r.PartyMark, micro(r.At), micro(r.Until)}
}
