package identitydb

import (
	"slices"
	"strings"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Means.md R-ENR-09: every event of a visit is on record, each with just its own fields, and in none of them stand a
// token, a number, a name or what a phone showed.
func TestR_ENR_09_EveryEventOfAVisitIsOnRecord(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.signed(t, people()["ordinary"].number)
		_, first, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		_, second, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		claimed, cookie, err := w.ClaimToken(ctx, second.Fragment(), enrolment.Phone{})
		must(t, err)
		match := claimed.Work.Match
		_, err = w.Match(ctx, w.clerk, c.ID, other(match))
		if err == nil {
			t.Fatal("wrong digits are taken")
		}
		must(t, w.phone(ctx, cookie))
		c, err = w.Match(ctx, w.clerk, c.ID, match)
		must(t, err)
		rows, err := w.db.Trail(ctx, c.Number)
		must(t, err)
		fields := map[string][]string{}
		for _, row := range rows {
			e, err := row.Entry()
			must(t, err)
			name := string(e.Kind) + " " + e.Text("act") + e.Text("what")
			for field := range e.Fields {
				if !slices.Contains(fields[name], field) {
					fields[name] = append(fields[name], field)
				}
			}
			for what, secret := range map[string]string{
				"a token": first.Fragment()[2:], "the second token": second.Fragment()[2:], "a code": first.Code, "the match number": `"` + match + `"`, "the cookie": cookie,
				"a number": strings.TrimPrefix(people()["ordinary"].number, "PNOPL-"), "a name": "Konstanty", "a document": "ZZP100001",
			} {
				if strings.Contains(string(row.Body), secret) {
					t.Errorf("%s holds %s", name, what)
				}
			}
		}
		for name, want := range map[string][]string{
			"case_step open": {"act", "by", "from", "position", "purpose", "station", "to"}, "looked_up ": {"by", "case", "fields", "office", "outcome", "position", "purpose", "station"},
			"case_step record_evidence": {"act", "by", "checks", "document", "from", "to"}, "case_step print": {"act", "by", "form", "from", "to"},
			"case_step sign": nil, "case_step hand_over": {"act", "by", "from", "mode", "to"}, "case_step reissue": {"act", "by", "from", "mode", "to"},
			"case_step claim": nil, "case_alarm match_failed": {"what"}, "case_step match": {"act", "by", "from", "to"}, "case_step bind_key": nil,
			"case_step confirm": {"act", "from", "to"}, "case_step activate": {"act", "from", "level", "record", "to"},
		} {
			got := slices.Clone(fields[name])
			slices.Sort(got)
			if len(got) == 0 || want != nil && !slices.Equal(got, want) {
				t.Errorf("%s has the fields %v", name, got)
			}
		}
		if _, there := fields[string(journal.CaseStep)+" approve"]; !there {
			t.Error("nobody approved")
		}
	})
}
