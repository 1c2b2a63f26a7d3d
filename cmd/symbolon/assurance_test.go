package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

// past fills an installation with decisions: a card's now, one of a session, and a password's where
// more was needed.
func past(t *testing.T, dir string) (id string) {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, "symbolon.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	stores, err := hub.OpenStores(t.Context(), c.Databases, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stores.Close() }()
	db, err := usagedb.New(t.Context(), stores.Usage)
	if err != nil {
		t.Fatal(err)
	}
	rules, now := assurance.Default(), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	text, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.KeepRules(t.Context(), rules.Version, text); err != nil {
		t.Fatal(err)
	}
	for i, one := range []struct {
		ref           string
		means         identity.Means
		asserted      identity.Level
		reused        bool
		needed, level identity.Level
	}{
		{"AAAA-AAAA", "e-id-card", identity.High, false, identity.High, identity.High},
		{"BBBB-BBBB", "e-id-card", identity.High, true, identity.Substantial, identity.Substantial},
		{"CCCC-CCCC", "trusted-profile", identity.Low, false, identity.Substantial, identity.Low},
	} {
		at := now.Add(time.Duration(i) * time.Second) // the last is the last by the clock, not by the draw of its id
		proof := identity.Evidence{
			Kind: identity.UpstreamAssertion, Means: one.means, Asserted: one.asserted, Ceiling: identity.High, AuthTime: now.Add(-90 * time.Second), Checked: now,
		}
		inputs, err := json.Marshal(assurance.Take([]identity.Evidence{proof}, assurance.Circumstance{Reused: one.reused}, now))
		if err != nil {
			t.Fatal(err)
		}
		row := login.DecisionRow{
			ID: seal.NewRowID(at), Login: seal.NewRowID(at), Ref: one.ref, Party: "city", At: at, Level: one.level, Needed: one.needed,
			Rules: rules.Version, Inputs: inputs,
		}
		if err := db.AddDecision(context.Background(), row); err != nil {
			t.Fatal(err)
		}
		id = row.ID.String()
	}
	return id
}

func TestDecisionsAreExplainedMadeAgainAndTriedByOtherRules(t *testing.T) {
	dir, symbolon := installation(t)
	if code, said := symbolon("migrate", "up"); code != done {
		t.Fatal(said)
	}
	id := past(t, dir)
	write := func(name string, change func(*assurance.Rules)) string {
		t.Helper()
		rules := assurance.Default()
		change(&rules)
		text, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	strict := write("strict.json", func(r *assurance.Rules) { r.Version, r.SessionCap = "2026-12-01.1", identity.Low })
	broken := write("broken.json", func(r *assurance.Rules) { r.Version, r.SessionCap = "soon", identity.High })
	for _, step := range []struct {
		args string
		code int
		says []string
	}{
		{"assurance rules", done, []string{`"version": "2026-11-28.8"`, "suspicious_device"}},
		{"assurance explain AAAA-AAAA", done, []string{"Reached high, needed high: enough", "nist_800_63: IAL2, AAL3", "2026-11-24T12:00:00Z"}},
		{"assurance explain bbbbbbbb", done, []string{"Reached substantial", "session allows substantial (e-id-card): You logged in earlier", "What would reach high", "Log in once more"}},
		{"assurance explain " + id, done, []string{"reference CCCC-CCCC", "too weak", "upstream allows low (trusted-profile)", "Use a stronger way"}},
		{"assurance explain CCCC-CCCC --json", done, []string{`"level": "low"`, `"needed": "substantial"`, `"next_level": "substantial"`, `"acted": 2`}},
		{"assurance explain ZZZZ-ZZZZ", failed, []string{"no decision is kept"}},
		{"assurance explain", misuse, []string{"usage"}},
		{"assurance replay", done, []string{"3 decisions made again, 0 come out otherwise"}},
		{"assurance replay --last 1 --json", done, []string{`"decisions": 1`, `"changed": 0`}},
		{"assurance try " + strict, done, []string{"3 decisions made again, 1 come out otherwise", "1 that were enough would be too weak", "substantial  low    1      BBBB-BBBB"}},
		{"assurance try " + strict + " --last 1", done, []string{"1 decisions made again, 0"}},
		{"assurance try " + broken, misuse, []string{"begin with a day", "high is never reused"}},
		{"assurance try " + filepath.Join(dir, "nothing.json"), misuse, []string{"nothing.json"}},
	} {
		code, said := symbolon(strings.Fields(step.args)...)
		for _, want := range step.says {
			if code != step.code || !strings.Contains(said, want) {
				t.Errorf("symbolon %s: exit code %d, want %d and %q:\n%s", step.args, code, step.code, want, said)
			}
		}
	}
}

func TestRulesOfTheSettingsAreReadAndHeldAgainstTheDatabase(t *testing.T) {
	dir, symbolon := installation(t)
	file := filepath.Join(dir, "rules.json")
	settings, err := os.ReadFile(filepath.Join(dir, "symbolon.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	settings = append(settings, "assurance: {rules_file: "+file+"}\n"...)
	if err := os.WriteFile(filepath.Join(dir, "symbolon.yaml"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"migrate up", "keys create"} {
		if code, said := symbolon(strings.Fields(step)...); code != done {
			t.Fatalf("%s: %s", step, said)
		}
	}
	past(t, dir) // keeps the rules that ship
	changed, err := json.Marshal(assurance.Default())
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ rules, says string }{
		"slips are all said":             {`{"version":"soon","session_cap":"high"}`, "high is never reused"},
		"nothing that is not known":      {`{"verison":"2026-12-01"}`, "verison"},
		"other rules, the same version":  {strings.Replace(string(changed), `"unnamed_finding":60`, `"unnamed_finding":61`, 1), "give them a new version"},
		"a rule set that is not in JSON": {"version: 2026", "rules.json"},
	} {
		if err := os.WriteFile(file, []byte(c.rules), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, said := symbolon("serve"); code == done || !strings.Contains(said, c.says) || !strings.Contains(said, "rules") {
			t.Errorf("%s: exit code %d:\n%s", what, code, said)
		}
	}
}
