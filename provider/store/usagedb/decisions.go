package usagedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

var _ login.Decisions = (*DB)(nil)

const decisionColumns = "SELECT id, login, ref, party, at, level, needed, rules, inputs FROM decisions"

// AddDecision keeps a decision, in the transaction of what it led to.
func (db *DB) AddDecision(ctx context.Context, r login.DecisionRow) error {
	_, err := db.LooseSQL(ctx).Exec(insertDecision+" VALUES ("+nine+")", decisionArgs(r)...)
	return wrap("keep a decision", err)
}

func decisionArgs(r login.DecisionRow) []any {
	return []any{
		idBytes(r.ID), idBytes(r.Login), r.Ref, string(r.Party), micro(r.At), r.Level.String(), r.Needed.String(), r.Rules, string(r.Inputs),
	}
}

// DecisionsOf gives every decision with a reference, oldest first; none if it names none. A
// reference is short, so two logins may have the same.
func (db *DB) DecisionsOf(ctx context.Context, ref string) ([]login.DecisionRow, error) {
	return db.decisions(ctx, decisionColumns+" WHERE ref = ? ORDER BY id", ref)
}

// Decision gives the decision with this id, none if there is no such.
func (db *DB) Decision(ctx context.Context, row seal.RowID) ([]login.DecisionRow, error) {
	return db.decisions(ctx, decisionColumns+" WHERE id = ?", idBytes(row))
}

// LastDecisions gives at most so many of the newest decisions before one, the newest first. The
// zero id begins with the newest of all.
func (db *DB) LastDecisions(ctx context.Context, before seal.RowID, most int) ([]login.DecisionRow, error) {
	if before == (seal.RowID{}) {
		return db.decisions(ctx, decisionColumns+" ORDER BY id DESC LIMIT ?", most)
	}
	return db.decisions(ctx, decisionColumns+" WHERE id < ? ORDER BY id DESC LIMIT ?", idBytes(before), most)
}

func (db *DB) decisions(ctx context.Context, text string, args ...any) ([]login.DecisionRow, error) {
	var all []login.DecisionRow
	err := db.SQL(ctx).Each(text, args, func(scan func(...any) error) error {
		var r login.DecisionRow
		var id, loginID []byte
		var at int64
		var level, needed, inputs string
		err := scan(&id, &loginID, &r.Ref, &r.Party, &at, &level, &needed, &r.Rules, &inputs)
		if err != nil {
			return err
		}
		fixed(r.ID[:], id)
		fixed(r.Login[:], loginID)
		r.At, r.Inputs = fromMicro(at), []byte(inputs)
		if r.Level, err = identity.ParseLevel(level); err != nil {
			return err
		}
		r.Needed, err = identity.ParseLevel(needed)
		all = append(all, r)
		return err
	})
	return all, wrap("read decisions", err)
}

// ErrOtherRules says that a version names other rules already.
var ErrOtherRules = errors.New("usagedb: this version of the rules is known with other rules")

// KeepRules keeps a rule set for good, so that its decisions can be made again. A version that
// names other rules already is ErrOtherRules.
func (db *DB) KeepRules(ctx context.Context, version string, rules []byte) error {
	if _, err := db.SQL(ctx).Exec("INSERT INTO rule_sets (version, rules) VALUES (?, ?) ON CONFLICT (version) DO NOTHING", version, string(rules)); err != nil {
		return wrap("keep rules", err)
	}
	kept, err := db.Rules(ctx, version)
	if err == nil && !slices.Equal(kept, rules) {
		return fmt.Errorf("%w: %s", ErrOtherRules, version)
	}
	return err
}

// Rules gives the rule set of a version, nil if it is not known.
func (db *DB) Rules(ctx context.Context, version string) ([]byte, error) {
	var rules string
	err := db.SQL(ctx).Row("SELECT rules FROM rule_sets WHERE version = ?", []any{version}, &rules)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return []byte(rules), wrap("read rules", err)
}
