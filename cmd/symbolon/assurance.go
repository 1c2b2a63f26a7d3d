package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/assurance"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// lately is how many decisions are looked at when nothing is said.
const lately = 10_000

func (s *session) assurance() *cobra.Command {
	var asJSON bool
	explain := s.act("explain ID|REF", "Say why a login reached its level, and what would have reached the next", 1,
		s.decided(func(ctx context.Context, d *hub.Decided, args []string) error {
			return s.explain(ctx, d, args[0], asJSON)
		}))
	last := lately
	replay := s.act("replay", "Make past decisions again, each by its own rules; any difference is a fault", 0,
		s.decided(func(ctx context.Context, d *hub.Decided, _ []string) error { return s.replay(ctx, d, last, asJSON) }))
	try := s.act("try RULES.json", "Show what other rules would have done to past decisions", 1,
		s.decided(func(ctx context.Context, d *hub.Decided, args []string) error {
			return s.try(ctx, d, args[0], last, asJSON)
		}))
	rules := s.act("rules", "Print the rules in force", 0, func(_ context.Context, c config.Config, _ []string) error {
		rules, err := hub.Rules(c)
		if err != nil {
			return misused{err}
		}
		return s.json(rules)
	})
	for _, c := range []*cobra.Command{explain, replay, try} {
		c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	}
	for _, c := range []*cobra.Command{replay, try} {
		c.Flags().IntVar(&last, "last", lately, "how many decisions, from the newest")
	}
	return group("assurance", "Look at how levels are decided", explain, replay, try, rules)
}

// decided opens the decisions for a command, and closes them.
func (s *session) decided(do func(context.Context, *hub.Decided, []string) error) func(context.Context, config.Config, []string) error {
	return func(ctx context.Context, c config.Config, args []string) error {
		stores, err := hub.OpenStores(ctx, c.Databases, nil)
		if err != nil {
			return err
		}
		d, err := hub.OpenDecided(ctx, stores)
		if err == nil {
			err = do(ctx, d, args)
		}
		return errors.Join(err, stores.Close())
	}
}

func (s *session) json(v any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// explained is one decision for programs.
type explained struct {
	ID       string             `json:"id"`
	Ref      string             `json:"ref"`
	At       time.Time          `json:"at"`
	Party    string             `json:"party"`
	Level    string             `json:"level"`
	Needed   string             `json:"needed"`
	Inputs   json.RawMessage    `json:"inputs"`
	Decision assurance.Decision `json:"decision"` // made again, by the same rules
}

func (s *session) explain(ctx context.Context, d *hub.Decided, text string, asJSON bool) error {
	rows, err := d.Find(ctx, text)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("no decision is kept under %q", text)
	}
	languages, err := locale.Load()
	if err != nil {
		return err
	}
	all := make([]explained, len(rows))
	for i, row := range rows {
		decision, err := d.Again(ctx, row)
		if err != nil {
			return err
		}
		if asJSON {
			all[i] = explained{row.ID.String(), row.Ref, row.At, string(row.Party), row.Level.String(), row.Needed.String(), row.Inputs, decision}
			continue
		}
		s.sayWhy(row, decision, languages.Words("en"))
	}
	if asJSON {
		return s.json(all)
	}
	return nil
}

// sayWhy tells one decision in words.
func (s *session) sayWhy(row login.DecisionRow, d assurance.Decision, w *locale.Words) {
	enough := "enough"
	if !row.Level.Satisfies(row.Needed) {
		enough = "too weak"
	}
	s.say("%s  reference %s, for %s, decision %s", row.At.Format(time.RFC3339), row.Ref, row.Party, row.ID)
	s.say("  Reached %s, needed %s: %s. Decided by the rules %s.", row.Level, row.Needed, enough, row.Rules)
	if d.Level != row.Level {
		s.say("  FAULT: made again by the same rules it gives %s.", d.Level)
	}
	s.say("  Who it is: %s. That they are here: %s.", d.Identity, d.Authentication)
	if d.Phishable {
		s.say("  A false page could have asked for what proved it.")
	}
	for _, name := range slices.Sorted(maps.Keys(d.Grades)) {
		s.say("  In the words of %s: %s, %s.", name, orDash(d.Grades[name].Identity), orDash(d.Grades[name].Authentication))
	}
	for _, p := range d.Points {
		s.say("  Found: %s, %d points%s.", p.Finding, p.Points, map[bool]string{true: ", mitigated"}[p.Mitigated])
	}
	if len(d.Reasons) > 0 {
		s.say("  Why not more:")
		s.sayReasons(d.Reasons, w)
	}
	if len(d.NextReasons) > 0 {
		s.say("  What would reach %s:", d.NextLevel)
		s.sayReasons(d.NextReasons, w)
	}
}

func (s *session) sayReasons(reasons []assurance.Reason, w *locale.Words) {
	for _, r := range reasons {
		by := ""
		if r.Means != "" {
			by = " (" + string(r.Means) + ")"
		}
		s.say("    %s allows %s%s: %s", r.Code, r.Allows, by, w.Text("reason."+r.Code))
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (s *session) replay(ctx context.Context, d *hub.Decided, last int, asJSON bool) error {
	trial, err := d.Replay(ctx, last)
	if err != nil {
		return err
	}
	if err := s.sayTrial(trial, asJSON); err != nil {
		return err
	}
	if trial.Changed > 0 {
		return fmt.Errorf("%d of %d decisions come out otherwise by the rules that made them", trial.Changed, trial.Decisions)
	}
	return nil
}

func (s *session) try(ctx context.Context, d *hub.Decided, file string, last int, asJSON bool) error {
	rules, err := hub.ReadRules(file)
	if err != nil {
		return misused{err}
	}
	trial, err := d.Try(ctx, rules, last)
	if err != nil {
		return err
	}
	return s.sayTrial(trial, asJSON)
}

func (s *session) sayTrial(t assurance.Trial, asJSON bool) error {
	if asJSON {
		return s.json(t)
	}
	s.say("%d decisions made again, %d come out otherwise.", t.Decisions, t.Changed)
	if t.Changed == 0 {
		return nil
	}
	s.say("%d that were enough would be too weak; %d that were too weak would be enough.", t.TooWeak, t.Enough)
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "BEFORE\tAFTER\tCOUNT\tFOR EXAMPLE")
	for _, m := range t.Moves {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", m.Before, m.After, m.Count, strings.Join(m.Examples, " "))
	}
	return table.Flush()
}
