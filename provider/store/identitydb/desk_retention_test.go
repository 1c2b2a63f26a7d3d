package identitydb

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"symbolon/provider/enrolment"
)

// Means.md R-ENR-10: what a register told stays with a case up to 30 days after the decision, of one that was agreed to
// and of one that was refused alike; the form's reference stays. The register's photo is in no row at any time: it is
// asked for by whoever compares, and nobody gets it once they have decided.
func TestR_ENR_10_WhatAnEnrolmentKeepsAndForHowLong(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		photoless := func(when string, cases ...enrolment.Case) {
			t.Helper()
			stored := dump(t, w.db, append(tables(), "cases", "case_samples", "case_requests", "case_calls", "enrolment_records", "vouchers", "settings")...)
			for _, c := range cases { // what is stored of it is sealed
				opened, err := w.Case(ctx, w.clerk, c.ID)
				must(t, err)
				work, err := json.Marshal(opened.Work)
				must(t, err)
				stored += string(work)
			}
			search(t, when+" a table", []byte(stored), map[string]string{"photo": string(w.country.picture)})
		}
		refused, agreed := w.lookedUp(t, people()["diacritics"].number), w.lookedUp(t, people()["ordinary"].number)
		for _, c := range []enrolment.Case{refused, agreed} {
			if photo, err := w.Photo(ctx, w.clerk, c.ID, false); err != nil || !bytes.Equal(photo.Image, w.country.picture) {
				t.Fatalf("no photo to compare with: %v", err)
			}
		}
		photoless("while it is compared", refused, agreed)
		doubted := everything()
		doubted.Doubt = enrolment.Doubts()[0]
		_, err := w.Evidence(ctx, w.clerk, refused.ID, doubted)
		must(t, err)
		_, err = w.Photo(ctx, w.second, refused.ID, false)
		must(t, err)
		_, err = w.Decide(ctx, w.second, refused.ID, false, "photo")
		must(t, err)
		_, err = w.Evidence(ctx, w.clerk, agreed.ID, everything())
		must(t, err)
		for _, c := range []enrolment.Case{refused, agreed} {
			for _, a := range []enrolment.Actor{w.clerk, w.second} {
				if _, err := w.Photo(ctx, a, c.ID, false); err == nil {
					t.Error("the photo is shown after the decision")
				}
			}
		}
		photoless("after the decision", refused, agreed)
		_, err = w.Print(ctx, w.clerk, agreed.ID)
		must(t, err)
		_, err = w.Sign(ctx, w.clerk, agreed.ID, "archiwum 2026/10")
		must(t, err)
		_, err = w.Cancel(ctx, w.clerk, agreed.ID, "citizen_left")
		must(t, err)
		for _, c := range []struct {
			after time.Duration
			kept  bool
		}{{29 * 24 * time.Hour, true}, {25 * time.Hour, false}} {
			wait(c.after)
			must(t, w.Sweep(ctx))
			for _, id := range []enrolment.Case{refused, agreed} {
				now, err := w.Case(ctx, w.clerk, id.ID)
				must(t, err)
				if kept := now.Work.Snapshot.Family != ""; kept != c.kept {
					t.Errorf("a case that is %s has what the register told: %t", now.State, kept)
				}
			}
			photoless("later", refused, agreed)
		}
		if c, err := w.Case(ctx, w.clerk, agreed.ID); err != nil || c.Form != "archiwum 2026/10" {
			t.Errorf("the form is filed as %q, %v", c.Form, err)
		}
	})
}
