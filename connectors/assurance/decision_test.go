package assurance

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"symbolon/connectors/identity"
)

const (
	none        = identity.None
	low         = identity.Low
	substantial = identity.Substantial
	high        = identity.High
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// proof is what an upstream asserted, under a ceiling, just now.
func proof(asserted, ceiling identity.Level) identity.Evidence {
	return identity.Evidence{
		Kind: identity.UpstreamAssertion, Means: "bank", Asserted: asserted, Ceiling: ceiling, AuthTime: noon(), Checked: noon(),
	}
}

func aged(e identity.Evidence, age time.Duration) identity.Evidence {
	e.AuthTime = e.AuthTime.Add(-age)
	return e
}

func with(e identity.Evidence, findings ...identity.Finding) identity.Evidence {
	e.Findings = findings
	return e
}

func expiring(e identity.Evidence, at time.Time) identity.Evidence {
	e.Expires = at
	return e
}

// record is a register's word about the person.
func record(findings ...identity.Finding) identity.Evidence {
	return identity.Evidence{
		Kind: identity.RegisterRecord, Means: "register", Asserted: high, Ceiling: high, AuthTime: noon(), Checked: noon(), Findings: findings,
	}
}

func TestDecide(t *testing.T) {
	reused, now := Circumstance{Reused: true}, Circumstance{}
	unknownKind := proof(high, high)
	unknownKind.Kind = "rumour"
	nobodyKnowsWhen := proof(high, high)
	nobodyKnowsWhen.AuthTime = time.Time{}
	for _, c := range []struct {
		story    string
		evidence []identity.Evidence
		at       Circumstance
		want     identity.Level
		because  []string // the terms that limit, hardest first
		next     []string // what would reach the level above
	}{
		{"nothing was shown", nil, now, none, []string{"no_evidence"}, []string{"stronger_means"}},
		{"trusted profile, two factors", []identity.Evidence{proof(substantial, substantial)}, now, substantial,
			[]string{"ceiling", "upstream"}, []string{"stronger_means"}},
		{"trusted profile, password only", []identity.Evidence{proof(low, substantial)}, now, low,
			[]string{"upstream", "ceiling"}, []string{"stronger_means"}},
		{"a bank without a conformity statement says substantial", []identity.Evidence{proof(substantial, low)}, now, low,
			[]string{"ceiling", "upstream"}, []string{"stronger_means"}},
		{"a bank says high and may say substantial", []identity.Evidence{proof(high, substantial)}, now, substantial,
			[]string{"ceiling"}, []string{"stronger_means"}},
		{"the upstream says nothing known", []identity.Evidence{proof(none, high)}, now, none, []string{"upstream"}, []string{"stronger_means"}},
		{"the operator gave it no ceiling", []identity.Evidence{proof(high, none)}, now, none, []string{"ceiling"}, []string{"stronger_means"}},
		{"card and PIN now", []identity.Evidence{proof(high, high)}, now, high, nil, nil},
		{"card and PIN in another login", []identity.Evidence{proof(high, high)}, reused, substantial, []string{"session"}, []string{"log_in_again"}},
		{"a low login reused stays low", []identity.Evidence{proof(low, high)}, reused, low, []string{"upstream", "session"}, []string{"stronger_means"}},
		{"card and PIN an hour ago at the upstream", []identity.Evidence{aged(proof(high, high), time.Hour)}, now, substantial,
			[]string{"freshness"}, []string{"log_in_again"}},
		{"a login of yesterday morning", []identity.Evidence{aged(proof(high, high), 13*time.Hour)}, now, low, []string{"freshness"}, []string{"log_in_again"}},
		{"a login of last week", []identity.Evidence{aged(proof(high, high), 7*24*time.Hour)}, now, none, []string{"freshness"}, []string{"log_in_again"}},
		{"a login of tomorrow", []identity.Evidence{aged(proof(high, high), -time.Hour)}, now, none, []string{"freshness"}, []string{"log_in_again"}},
		{"the upstream's clock is half a minute ahead", []identity.Evidence{aged(proof(high, high), -30*time.Second)}, now, high, nil, nil},
		{"nobody knows when the person acted", []identity.Evidence{nobodyKnowsWhen}, now, none, []string{"freshness"}, []string{"log_in_again"}},
		{"the document expired this noon", []identity.Evidence{expiring(proof(high, high), noon())}, now, none, []string{"expiry"}, []string{"valid_proof"}},
		{"the document expires tomorrow", []identity.Evidence{expiring(proof(high, high), noon().AddDate(0, 0, 1))}, now, high, nil, nil},
		{"a device that looks odd", []identity.Evidence{with(proof(high, high), "suspicious_device")}, now, substantial, []string{"findings"}, []string{"clear_findings"}},
		{"the same oddity seen twice counts once", []identity.Evidence{with(proof(high, high), "suspicious_device", "suspicious_device")}, now, substantial,
			[]string{"findings"}, []string{"clear_findings"}},
		{"odd device and another name in the register", []identity.Evidence{with(proof(high, high), "suspicious_device"), record("register_mismatch")}, now, low,
			[]string{"findings"}, []string{"clear_findings"}},
		{"another document reported stolen lately", []identity.Evidence{with(proof(high, high), "document_reported")}, now, substantial, []string{"findings"}, []string{"clear_findings"}},
		{"a clerk's doubt", []identity.Evidence{with(proof(high, high), "clerk_flag")}, now, substantial, []string{"findings"}, []string{"clear_findings"}},
		{"a clerk's doubt, and a document reported", []identity.Evidence{with(proof(high, high), "clerk_flag", "document_reported")}, now, low, []string{"findings"}, []string{"clear_findings"}},
		{"a finding that the rules do not name weighs heavily", []identity.Evidence{with(proof(high, high), "never heard of")}, now, low,
			[]string{"findings"}, []string{"clear_findings"}},
		{"the register knows the person: that proves nobody is here", []identity.Evidence{record()}, now, none, []string{"no_evidence"}, []string{"stronger_means"}},
		{"the register's word raises nothing", []identity.Evidence{proof(low, low), record()}, now, low, []string{"ceiling", "upstream"}, []string{"stronger_means"}},
		{"two means: the better one counts", []identity.Evidence{proof(low, low), proof(substantial, high)}, now, substantial, []string{"upstream"}, []string{"stronger_means"}},
		{"evidence of a kind that the rules do not know", []identity.Evidence{unknownKind}, now, none, []string{"no_evidence"}, []string{"stronger_means"}},
		{"a level that does not exist", []identity.Evidence{proof(identity.Level(9), high)}, now, none, []string{"upstream"}, []string{"stronger_means"}},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := Decide(Default(), c.evidence, c.at, noon())
			if got.Level != c.want || got.Rules != Default().Version {
				t.Errorf("%s by %s, want %s", got.Level, got.Rules, c.want)
			}
			if diff := cmp.Diff(c.because, codes(got.Reasons)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.next, codes(got.NextReasons)); diff != "" {
				t.Errorf("next (-want +got):\n%s", diff)
			}
			if c.want == high && got.NextLevel != none || c.want < high && got.NextLevel != c.want+1 {
				t.Errorf("next level %s", got.NextLevel)
			}
		})
	}
}

func codes(reasons []Reason) []string {
	var all []string
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return all
}

func TestDecide_says_until_when(t *testing.T) {
	tomorrow := noon().AddDate(0, 0, 1)
	for _, c := range []struct {
		story    string
		evidence identity.Evidence
		want     time.Time
	}{
		{"high ages first", proof(high, high), noon().Add(30 * time.Minute)},
		{"substantial lives longer", proof(substantial, high), noon().Add(12 * time.Hour)},
		{"the document ends before", expiring(proof(substantial, high), noon().Add(time.Hour)), noon().Add(time.Hour)},
		{"the document ends after", expiring(proof(substantial, high), tomorrow.AddDate(1, 0, 0)), noon().Add(12 * time.Hour)},
		{"nothing was reached", proof(none, high), time.Time{}},
	} {
		got := Decide(Default(), []identity.Evidence{c.evidence}, Circumstance{}, noon())
		if !got.ValidUntil.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.story, got.ValidUntil, c.want)
		}
		if !c.want.IsZero() {
			later := Decide(Default(), []identity.Evidence{c.evidence}, Circumstance{}, c.want.Add(time.Microsecond))
			if later.Level >= got.Level {
				t.Errorf("%s: still %s after that", c.story, later.Level)
			}
		}
	}
}

func TestThe_zero_rules_let_nothing_count(t *testing.T) {
	if got := Decide(Rules{}, []identity.Evidence{proof(high, high)}, Circumstance{}, noon()); got.Level != none {
		t.Errorf("%s", got.Level)
	}
}

func TestDecide_never_raises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOfN(rapid.Custom(anyEvidence), 0, 4).Draw(t, "evidence")
		c := Circumstance{Reused: rapid.Bool().Draw(t, "reused")}
		got := Decide(Default(), evidence, c, noon())
		bound := none
		for _, e := range evidence {
			if e.Kind == identity.UpstreamAssertion && e.Asserted <= high {
				bound = max(bound, min(e.Asserted, e.Ceiling))
			}
		}
		if c.Reused {
			bound = min(bound, substantial)
		}
		if got.Level > bound {
			t.Fatalf("%s, above %s", got.Level, bound)
		}
		if got.Level < high && len(got.Reasons) == 0 {
			t.Fatal("no reason is given")
		}
		worse := slices.Clone(evidence)
		for i := range worse {
			worse[i].Findings = append(slices.Clone(worse[i].Findings), "clerk_flag")
		}
		if Decide(Default(), worse, c, noon()).Level > got.Level {
			t.Fatal("a finding raised the level")
		}
		again := Decide(Default(), evidence, c, noon())
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("the same twice differs: %s", diff)
		}
	})
}

func anyEvidence(t *rapid.T) identity.Evidence {
	level := rapid.SampledFrom([]identity.Level{none, low, substantial, high, 7})
	return identity.Evidence{
		Kind:     rapid.SampledFrom([]identity.EvidenceKind{identity.UpstreamAssertion, identity.RegisterRecord, "", "rumour"}).Draw(t, "kind"),
		Asserted: level.Draw(t, "asserted"), Ceiling: level.Draw(t, "ceiling"),
		AuthTime: noon().Add(time.Duration(rapid.Int64Range(-int64(48*time.Hour), int64(time.Hour)).Draw(t, "age"))),
		Findings: rapid.SliceOfN(rapid.SampledFrom([]identity.Finding{"suspicious_device", "register_mismatch", "x"}), 0, 3).Draw(t, "findings"),
	}
}

func BenchmarkDecide(b *testing.B) {
	rules, evidence := Default(), []identity.Evidence{proof(substantial, substantial), record("suspicious_device")}
	for b.Loop() {
		Decide(rules, evidence, Circumstance{Reused: true}, noon())
	}
}
