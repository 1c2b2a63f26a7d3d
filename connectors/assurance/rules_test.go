package assurance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
)

func TestRules_read_and_write(t *testing.T) {
	text, err := json.MarshalIndent(Default(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(Default(), back); diff != "" {
		t.Error(diff)
	}
}

func TestRules_refuse_slips_of_the_pen(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Rules)
		says  string
	}{
		"no version":                     {func(r *Rules) { r.Version = "latest" }, "begin with a day"},
		"a version without end":          {func(r *Rules) { r.Version += strings.Repeat("1", 40) }, "40 characters"},
		"high reused":                    {func(r *Rules) { r.SessionCap = high }, "high is never reused"},
		"no age":                         {func(r *Rules) { delete(r.MaxAge, low) }, "max_age.low is missing"},
		"no age of a status":             {func(r *Rules) { delete(r.StatusAge, high) }, "status_age.high is missing"},
		"high lasts longer than low":     {func(r *Rules) { r.MaxAge[high] = r.MaxAge[low] + Age(time.Minute) }, "must not last longer"},
		"an age of none":                 {func(r *Rules) { r.MaxAge[none] = r.MaxAge[low] }, "nothing is asked of none"},
		"high bears more than low":       {func(r *Rules) { r.Thresholds[high] = 1000 }, "must not bear more"},
		"no threshold":                   {func(r *Rules) { delete(r.Thresholds, high) }, "thresholds.high is missing"},
		"a finding in favour":            {func(r *Rules) { r.Findings["charm"] = Weight{Points: -5} }, "findings.charm"},
		"an unnamed finding in favour":   {func(r *Rules) { r.Unnamed = -1 }, "unnamed_finding"},
		"mitigated by what is not named": {func(r *Rules) { r.Findings["x"] = Weight{5, []Mitigation{{"charm", 0}}} }, `"charm"`},
		"mitigated by itself":            {func(r *Rules) { r.Findings["x"] = Weight{5, []Mitigation{{"x", 0}}} }, "another finding"},
		"mitigated to more than it was":  {func(r *Rules) { r.Findings["x"] = Weight{5, []Mitigation{{"name_changed", 6}}} }, "between 0 and 5"},
		"findings do not count":          {func(r *Rules) { r.Kinds["card"] = Kind{LeftOut: []Term{Findings}} }, "cannot be left out"},
		"the operator's ceiling is gone": {func(r *Rules) { r.Kinds["card"] = Kind{LeftOut: []Term{Ceiling}} }, "cannot be left out"},
		"the service's limit is gone":    {func(r *Rules) { r.Kinds["card"] = Kind{LeftOut: []Term{Party}} }, "cannot be left out"},
		"a term that does not exist":     {func(r *Rules) { r.Kinds["card"] = Kind{LeftOut: []Term{"moon"}} }, `"moon"`},
		"a register proves who is here":  {func(r *Rules) { r.Kinds["card"] = Kind{Authenticates: true, Status: true} }, "proves nobody"},
		"no word on what one rests on":   {func(r *Rules) { delete(r.Proofing, identity.AtHome) }, "proofing.at_home is missing"},
		"a proofing nobody makes":        {func(r *Rules) { r.Proofing["charm"] = low }, "no such thing"},
		"no register, and yet sure":      {func(r *Rules) { r.Proofing[identity.WithoutRegister] = substantial }, "low at most"},
		"a framework without a name":     {func(r *Rules) { delete(r.Frameworks[NISTFramework].Identity, high) }, "frameworks.nist_800_63"},
		"a framework of an unknown kind": {func(r *Rules) {
			r.Frameworks["own"] = Scale{eidasScale().Row, map[identity.EvidenceKind]Row{"x": eidasScale().Row}}
		}, "no such kind"},
		"an exception without all levels": {func(r *Rules) {
			r.Frameworks["own"] = Scale{eidasScale().Row, map[identity.EvidenceKind]Row{identity.RegisterRecord: {}}}
		}, "need a name for"},
	} {
		r := Default()
		c.spoil(&r)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Parse(text); err == nil || !strings.Contains(err.Error(), c.says) || back.Version != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{
		`{"versoin":"2026-11-24"}`, `{} {}`, `[]`, ``, `{"max_age":{"high":"soon"}}`, `{"max_age":{"high":"90s"}}`, `{"max_age":{"top":"1h"}}`, `{}]`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: taken", text)
		}
	}
}

func TestRules_say_everything_that_is_wrong_at_once(t *testing.T) {
	_, err := Parse([]byte(`{}`))
	if err == nil {
		t.Fatal("an empty rule set is taken")
	}
	for _, want := range []string{"version", "max_age.low", "max_age.high", "status_age.substantial", "thresholds.high"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said about %s in:\n%v", want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, _ := json.Marshal(Default())
	f.Add(text)
	f.Add([]byte(`{"version":"2026-11-24"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Parse(text)
		if err != nil {
			return
		}
		if d := rules.Judge(Inputs{Reused: true, Proofs: []Seen{{Kind: "x", Asserted: high, Ceiling: high}}}); d.Level > rules.SessionCap {
			t.Errorf("a rule set that is taken gives %s to who was here before", d.Level)
		}
	})
}
