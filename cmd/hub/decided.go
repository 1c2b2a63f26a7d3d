package hub

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"symbolon/connectors/assurance"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

// Decided are the decisions about levels that an installation keeps, each with the rules that made
// it. It reads only.
type Decided struct {
	usage *usagedb.DB
	rules map[string]assurance.Rules
}

// OpenDecided opens them, for a program that serves nothing. No key is needed: nothing of a
// decision is sealed, and nothing of it names a person.
func OpenDecided(ctx context.Context, stores *Stores) (*Decided, error) {
	if err := stores.ready(ctx); err != nil {
		return nil, err
	}
	usage, err := usagedb.New(ctx, stores.Usage)
	if err != nil {
		return nil, fmt.Errorf("usage database: %w", err)
	}
	return &Decided{usage, map[string]assurance.Rules{}}, nil
}

// Find gives the decisions of a login by its reference, or one by its id. There may be none.
func (d *Decided) Find(ctx context.Context, text string) ([]login.DecisionRow, error) {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == len(seal.RowID{}) {
		return d.usage.Decision(ctx, seal.RowID(raw))
	}
	ref := strings.ToUpper(strings.ReplaceAll(text, "-", ""))
	if len(ref) == 8 {
		ref = ref[:4] + "-" + ref[4:]
	}
	return d.usage.DecisionsOf(ctx, ref)
}

// Again makes a decision again, by the rules that made it.
func (d *Decided) Again(ctx context.Context, row login.DecisionRow) (assurance.Decision, error) {
	past, err := pastOf(row)
	if err != nil {
		return assurance.Decision{}, err
	}
	rules, err := d.rulesOf(ctx, row.Rules)
	if err != nil {
		return assurance.Decision{}, err
	}
	return rules.Judge(past.Inputs), nil
}

// Replay makes the last decisions again, each by its own rules. What changed should be nothing.
func (d *Decided) Replay(ctx context.Context, last int) (assurance.Trial, error) {
	return d.run(ctx, last, assurance.Trial{}, func(version string) (assurance.Rules, error) { return d.rulesOf(ctx, version) })
}

// Try makes the last decisions again, all by the same rules.
func (d *Decided) Try(ctx context.Context, rules assurance.Rules, last int) (assurance.Trial, error) {
	return d.run(ctx, last, assurance.Trial{Rules: rules.Version}, func(string) (assurance.Rules, error) { return rules, nil })
}

// page is how many decisions are read at once.
const page = 1000

func (d *Decided) run(ctx context.Context, last int, trial assurance.Trial, by func(version string) (assurance.Rules, error)) (assurance.Trial, error) {
	var before seal.RowID
	for trial.Decisions < last {
		rows, err := d.usage.LastDecisions(ctx, before, min(page, last-trial.Decisions))
		if err != nil {
			return trial, err
		}
		for _, row := range rows {
			past, err := pastOf(row)
			if err != nil {
				return trial, err
			}
			rules, err := by(row.Rules)
			if err != nil {
				return trial, err
			}
			trial.Add(rules, past)
			before = row.ID
		}
		if len(rows) == 0 {
			break
		}
	}
	return trial, nil
}

func pastOf(row login.DecisionRow) (assurance.Past, error) {
	inputs, err := assurance.ReadInputs(row.Inputs)
	if err != nil {
		return assurance.Past{}, fmt.Errorf("decision %s: %w", row.ID, err)
	}
	return assurance.Past{Ref: row.Ref, Rules: row.Rules, Level: row.Level, Needed: row.Needed, Inputs: inputs}, nil
}

// rulesOf gives the rules of a version, which were kept when they came into force.
func (d *Decided) rulesOf(ctx context.Context, version string) (assurance.Rules, error) {
	if rules, read := d.rules[version]; read {
		return rules, nil
	}
	text, err := d.usage.Rules(ctx, version)
	if err != nil {
		return assurance.Rules{}, err
	}
	if text == nil {
		return assurance.Rules{}, fmt.Errorf("the rules of version %q are not known here", version)
	}
	rules, err := assurance.Parse(text)
	if err != nil {
		return rules, fmt.Errorf("the rules of version %q: %w", version, err)
	}
	d.rules[version] = rules
	return rules, nil
}
