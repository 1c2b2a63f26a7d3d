package assurance

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"symbolon/connectors/identity"
)

func TestThe_two_axes_and_how_frameworks_name_them(t *testing.T) {
	office := Default()
	office.Kinds["office"] = Kind{Authenticates: true, Ceiling: high}
	row := nistScale().Row
	row.Identity = map[identity.Level]string{low: "IAL1", substantial: "IAL2", high: "IAL3"}
	office.Frameworks[NISTFramework] = Scale{nistScale().Row, map[identity.EvidenceKind]Row{"office": row}}
	desk := proof(high, high)
	desk.Kind = "office"
	stale := record()
	stale.Checked = noon().Add(-time.Hour)
	for _, c := range []struct {
		story                   string
		rules                   Rules
		evidence                []identity.Evidence
		at                      Circumstance
		proofed, here           identity.Level
		ial, aal, eidasIdentity string
	}{
		{"card and PIN from afar: eIDAS high, at most IAL2 and AAL3", Default(), []identity.Evidence{proof(high, high)}, Circumstance{}, high, high, "IAL2", "AAL3", "high"},
		{"proofed in person at a desk", office, []identity.Evidence{desk}, Circumstance{}, high, high, "IAL3", "AAL3", "high"},
		{"two factors", Default(), []identity.Evidence{proof(substantial, high)}, Circumstance{}, substantial, substantial, "IAL2", "AAL2", "substantial"},
		{"a session lowers that they are here, not who they are", Default(), []identity.Evidence{proof(high, high)}, Circumstance{Reused: true}, high, substantial, "IAL2", "AAL2", "high"},
		{"yesterday's login", Default(), []identity.Evidence{aged(proof(high, high), 13*time.Hour)}, Circumstance{}, high, low, "IAL2", "AAL1", "high"},
		{"an old word of a register lowers who they are", Default(), []identity.Evidence{proof(high, high), stale}, Circumstance{}, substantial, high, "IAL2", "AAL3", "substantial"},
		{"an expired document", Default(), []identity.Evidence{expiring(proof(high, high), noon())}, Circumstance{}, none, high, "", "AAL3", ""},
		{"a finding lowers both", Default(), []identity.Evidence{with(proof(high, high), "suspicious_device")}, Circumstance{}, substantial, substantial, "IAL2", "AAL2", "substantial"},
	} {
		d := Decide(c.rules, c.evidence, c.at, noon())
		if d.Identity != c.proofed || d.Authentication != c.here || d.Level != min(c.proofed, c.here) {
			t.Errorf("%s: identity %s, authentication %s, level %s", c.story, d.Identity, d.Authentication, d.Level)
		}
		if got := d.Grades[NISTFramework]; got != (Grade{c.ial, c.aal}) {
			t.Errorf("%s: NIST %v", c.story, got)
		}
		if got := d.Grades[EIDASFramework].Identity; got != c.eidasIdentity {
			t.Errorf("%s: eIDAS %s", c.story, got)
		}
	}
}

func TestFindings_and_what_makes_them_lighter(t *testing.T) {
	for _, c := range []struct {
		story string
		found []identity.Finding
		want  identity.Level
		cost  []Points
	}{
		{"another name in the register", []identity.Finding{"register_mismatch"}, substantial, []Points{{"register_mismatch", 40, false}}},
		{"another name, and the register tells of a change", []identity.Finding{"register_mismatch", "name_changed"}, high, []Points{{"register_mismatch", 0, true}, {"name_changed", 0, false}}},
		{"a change of name alone", []identity.Finding{"name_changed"}, high, []Points{{"name_changed", 0, false}}},
		{"a device never seen weighs nothing unless the operator says so", []identity.Finding{"unknown_device"}, high, []Points{{"unknown_device", 0, false}}},
		{"two that are light are heavy together", []identity.Finding{"suspicious_device", "register_mismatch"}, low, []Points{{"suspicious_device", 20, false}, {"register_mismatch", 40, false}}},
		{"never heard of", []identity.Finding{"moon"}, low, []Points{{"moon", 60, false}}},
	} {
		d := Decide(Default(), []identity.Evidence{with(proof(high, high), c.found...)}, Circumstance{}, noon())
		if diff := cmp.Diff(c.cost, d.Points); diff != "" || d.Level != c.want {
			t.Errorf("%s: %s %s", c.story, d.Level, diff)
		}
		situation := Decide(Default(), []identity.Evidence{proof(high, high)}, Circumstance{Findings: c.found}, noon())
		if situation.Level != d.Level {
			t.Errorf("%s: of the situation it gives %s", c.story, situation.Level)
		}
	}
}

func TestThe_service_limits_what_a_means_counts_for(t *testing.T) {
	for upTo, want := range map[identity.Level]identity.Level{none: none, low: low, substantial: substantial, high: high, 9: none} {
		c := Circumstance{UpTo: map[identity.Means]identity.Level{"bank": upTo}}
		if d := Decide(Default(), []identity.Evidence{proof(high, high)}, c, noon()); d.Level != want {
			t.Errorf("up to %s gives %s", upTo, d.Level)
		}
	}
	d := Decide(Default(), []identity.Evidence{proof(high, high)}, Circumstance{UpTo: map[identity.Means]identity.Level{"card": high}}, noon())
	if d.Level != none || d.Reasons[0].Code != string(Party) || d.NextReasons[0].Code != OtherMeans {
		t.Errorf("a means that it does not name: %s %v %v", d.Level, d.Reasons, d.NextReasons)
	}
}

// A chip that was read without a PIN is evidence of a document and no login (means.md §0): there is no kind of
// evidence for it that counts, so that nobody who asserts it reaches anything (attacks XC-17).
func TestAttack_XC_17_ReadingAChipIsNoLogin(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, kind := range []identity.EvidenceKind{"chip_read", "passive_authentication", "active_authentication"} {
		e := identity.Evidence{Kind: kind, Means: "phone", Asserted: identity.High, Ceiling: identity.High, AMR: []string{"hwk"}, AuthTime: now, Checked: now}
		if got := Decide(Default(), []identity.Evidence{e}, Circumstance{}, now); got.Level > identity.Low {
			t.Errorf("%s alone is worth %s", kind, got.Level)
		}
	}
}

func TestA_level_holds_until_the_first_of_its_ends(t *testing.T) {
	in := func(d time.Duration) time.Time { return noon().Add(d) }
	for _, c := range []struct {
		story           string
		expires, ends   time.Time
		want            time.Time
		statusCheckedAt time.Duration
	}{
		{"the age of what was proved", time.Time{}, time.Time{}, in(12 * time.Hour), 0},
		{"the session ends first", time.Time{}, in(8 * time.Hour), in(8 * time.Hour), 0},
		{"the document expires first", in(time.Hour), in(8 * time.Hour), in(time.Hour), 0},
		{"the age of a register's answer ends nothing that was decided", time.Time{}, in(8 * time.Hour), in(8 * time.Hour), 11 * time.Hour},
	} {
		evidence := []identity.Evidence{expiring(proof(substantial, high), c.expires), record()}
		evidence[1].Checked = noon().Add(-c.statusCheckedAt)
		if d := Decide(Default(), evidence, Circumstance{SessionEnds: c.ends}, noon()); !d.ValidUntil.Equal(c.want) || d.Level != substantial {
			t.Errorf("%s: %s until %s", c.story, d.Level, d.ValidUntil)
		}
	}
}

// What is kept gives the same decision again, whatever went in.
func TestA_decision_can_be_made_again_of_what_is_kept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOfN(rapid.Custom(anyEvidence), 0, 4).Draw(t, "evidence")
		for i := range evidence {
			evidence[i].Checked = noon().Add(-time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "checked")))
			if rapid.Bool().Draw(t, "expires") {
				evidence[i].Expires = noon().Add(time.Duration(rapid.Int64Range(-int64(72*time.Hour), int64(72*time.Hour)).Draw(t, "left")))
			}
		}
		c := Circumstance{Reused: rapid.Bool().Draw(t, "reused")}
		if rapid.Bool().Draw(t, "asked") {
			c.UpTo = map[identity.Means]identity.Level{"": rapid.SampledFrom([]identity.Level{none, low, substantial, high}).Draw(t, "up to")}
		}
		want := Decide(Default(), evidence, c, noon())
		kept, err := json.Marshal(Take(evidence, c, noon()))
		if err != nil {
			t.Fatal(err)
		}
		in, err := ReadInputs(kept)
		if err != nil {
			t.Fatal(err)
		}
		got := Default().Judge(in)
		want.ValidUntil = time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", kept, diff)
		}
	})
}

// The minute at which a level falls is the same for exact times and for what is kept.
func TestWhole_minutes_are_enough_to_decide_by(t *testing.T) {
	for age, want := range map[time.Duration]identity.Level{
		30 * time.Minute: high, 30*time.Minute - time.Nanosecond: high, 30*time.Minute + time.Nanosecond: substantial,
		24 * time.Hour: low, 24*time.Hour + time.Nanosecond: none, -time.Minute: high, -time.Minute - time.Nanosecond: none,
	} {
		if d := Decide(Default(), []identity.Evidence{aged(proof(high, high), age)}, Circumstance{}, noon()); d.Level != want {
			t.Errorf("%s: %s", age, d.Level)
		}
	}
}

func TestWhat_is_kept_names_nobody(t *testing.T) {
	e := proof(high, high)
	e.Issuer, e.Choice, e.Digest, e.AMR = "https://up.example/987", "bank-987", []byte("987"), []string{"pin"}
	kept, err := json.Marshal(Take([]identity.Evidence{e}, Circumstance{}, noon()))
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`987|up\.example|OTg3|2026|T1[0-9]:`).Match(kept) {
		t.Errorf("%s", kept)
	}
}

func TestOther_rules_are_tried_on_past_decisions(t *testing.T) {
	strict := Default()
	strict.Version, strict.SessionCap = "2026-12-01.1", low
	var trial, same Trial
	for ref, c := range map[string]struct {
		e      identity.Evidence
		reused bool
		needed identity.Level
	}{
		"AAAA-AAAA": {proof(high, high), true, substantial}, "BBBB-BBBB": {proof(high, high), true, low}, "CCCC-CCCC": {proof(high, high), false, high},
	} {
		in := Take([]identity.Evidence{c.e}, Circumstance{Reused: c.reused}, noon())
		past := Past{Ref: ref, Rules: Default().Version, Level: Default().Judge(in).Level, Needed: c.needed, Inputs: in}
		trial.Add(strict, past)
		same.Add(Default(), past)
	}
	if trial.Decisions != 3 || trial.Changed != 2 || trial.TooWeak != 1 || trial.Enough != 0 || len(trial.Moves) != 1 {
		t.Errorf("%+v", trial)
	}
	if m := trial.Moves[0]; m.Before != substantial || m.After != low || m.Count != 2 || len(m.Examples) != 2 {
		t.Errorf("%+v", m)
	}
	if same.Changed != 0 || same.Decisions != 3 {
		t.Errorf("the same rules: %+v", same)
	}
}
