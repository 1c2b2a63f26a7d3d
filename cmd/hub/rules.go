package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"symbolon/config"
	"symbolon/connectors/assurance"
	"symbolon/provider/store/usagedb"
)

// Rules gives the rules by which this installation decides levels: those of the settings' file, or
// those that ship.
func Rules(c config.Config) (assurance.Rules, error) {
	if c.Assurance.RulesFile == "" {
		return assurance.Default(), nil
	}
	rules, err := ReadRules(c.Assurance.RulesFile)
	if err != nil {
		return rules, fmt.Errorf("assurance.rules_file: %w", err)
	}
	return rules, nil
}

// ReadRules reads a rule set from a file. The error says everything that is wrong with it.
func ReadRules(file string) (assurance.Rules, error) {
	text, err := os.ReadFile(file) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return assurance.Rules{}, err
	}
	rules, err := assurance.Parse(text)
	if err != nil {
		return assurance.Rules{}, fmt.Errorf("%s:\n%w", file, err)
	}
	return rules, nil
}

// keepRules keeps the rules with the decisions that they will make. A rule set that was changed
// without a new version would make past decisions look wrong, so it is refused.
func keepRules(ctx context.Context, usage *usagedb.DB, rules assurance.Rules) error {
	text, err := json.Marshal(rules)
	if err != nil {
		return fmt.Errorf("assurance rules: %w", err)
	}
	err = usage.KeepRules(ctx, rules.Version, text)
	if errors.Is(err, usagedb.ErrOtherRules) {
		return fmt.Errorf("assurance rules: they differ from those that decided here under version %s; give them a new version", rules.Version)
	}
	return err
}
