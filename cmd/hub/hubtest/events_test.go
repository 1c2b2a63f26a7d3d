package hubtest

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/provider/store"
)

const pushToken = "only-the-registers-know"

// pushed runs a story in which nothing is heard but what registers push.
func pushed(t *testing.T, story func(*testing.T, *World, *RP)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := &RP{ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"refresh_tokens": true}}
			file := t.TempDir() + "/push-token"
			if err := os.WriteFile(file, []byte(pushToken+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			w := New(t, WithDialect(d), WithRPs(rp), WithSettings(func(settings map[string]any) {
				settings["registers"].(table)["poll"], settings["registers"].(table)["push_token_file"] = "30s", file
			}))
			story(t, w, rp.As(t))
		})
	}
}

// push sends events as a register does, and gives the status.
func push(t *testing.T, w *World, rp *RP, token, body string) int {
	t.Helper()
	r := w.Ask(http.MethodPost, "/registers/events").WithContext(t.Context())
	r.Body = http.NoBody
	if body != "" {
		r, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer+"/registers/events", bytes.NewReader([]byte(body)))
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return rp.Do(r).Status
}

func event(id, kind, number, at string) string {
	return `{"id":"` + id + `","kind":"` + kind + `","identifier":"` + number + `","at":"` + at + `"}`
}

func events(all ...string) string { return `{"events":[` + strings.Join(all, ",") + `]}` }

const ordinary = "PNOPL-87022290019"

// R-STAT-04: a register may push; an event has its effect once, and of those that undo each other
// the latest counts, in whatever order they come.
func TestEventsPushed_R_STAT_04(t *testing.T) {
	pushed(t, func(t *testing.T, w *World, rp *RP) {
		alive := func() bool {
			return w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "ordinary").Has("approve")
		}
		b := w.Browser(t)
		token := rp.Exchange(rp.Login(b, "ordinary").Code()).Text("access_token")
		death, correction := event("d-1", "death", ordinary, "2026-11-20T08:00:00Z"), event("c-1", "death_corrected", ordinary, "2026-11-20T09:00:00Z")

		for what, c := range map[string]struct {
			token, body string
			status      int
		}{
			"no token": {"", events(death), http.StatusUnauthorized}, "a wrong token": {"x", events(death), http.StatusUnauthorized},
			"nothing": {pushToken, "", http.StatusBadRequest}, "no JSON": {pushToken, "<events/>", http.StatusBadRequest},
			"another member": {pushToken, `{"events":[],"next":"5"}`, http.StatusBadRequest}, "no identifier": {pushToken, events(event("d-1", "death", "", "2026-11-20T08:00:00Z")), http.StatusBadRequest},
			"a number that cannot be": {pushToken, events(death, event("d-2", "death", "PNOPL-87022290018", "2026-11-20T08:00:00Z")), http.StatusBadRequest},
			// Little more than is read: what lies unread when a server hangs up may cost the client the answer.
			"too much":              {pushToken, `{"events":[` + strings.Repeat(" ", 256<<10) + `]}`, http.StatusBadRequest},
			"a kind nobody knows":   {pushToken, events(event("x-1", "moved_to_the_moon", ordinary, "2026-11-20T08:00:00Z")), http.StatusNoContent},
			"somebody nobody knows": {pushToken, events(event("x-2", "death", "PNOPL-91050390124", "2026-11-20T08:00:00Z")), http.StatusNoContent},
		} {
			if got := push(t, w, rp, c.token, c.body); got != c.status {
				t.Errorf("%s: %d, want %d", what, got, c.status)
			}
		}
		if rp.Userinfo(token).Status != http.StatusOK {
			t.Fatal("something of that had an effect")
		}
		if got := push(t, w, rp, pushToken, events(death)); got != http.StatusNoContent {
			t.Fatalf("a death: %d", got)
		}
		if rp.Userinfo(token).Status != http.StatusUnauthorized || alive() {
			t.Error("a death that was pushed has no effect")
		}
		push(t, w, rp, pushToken, events(correction))
		if !alive() {
			t.Fatal("a correction that was pushed has no effect")
		}
		again := rp.Exchange(rp.Login(w.Browser(t), "ordinary").Code()).Text("access_token")
		for what, body := range map[string]string{
			"the same once more": events(death), "all at once, twice": events(death, correction, death, correction),
			"an older one under another id": events(event("d-0", "death", ordinary, "2026-11-20T08:30:00Z")),
		} {
			if got := push(t, w, rp, pushToken, body); got != http.StatusNoContent {
				t.Errorf("%s: %d", what, got)
			}
			if rp.Userinfo(again).Status != http.StatusOK || !alive() {
				t.Errorf("%s: has an effect", what)
			}
		}
		// the correction overtakes the death that it corrects
		push(t, w, rp, pushToken, events(event("c-9", "death_corrected", ordinary, "2026-11-21T09:00:00Z")))
		push(t, w, rp, pushToken, events(event("d-9", "death", ordinary, "2026-11-21T08:00:00Z")))
		if rp.Userinfo(again).Status != http.StatusOK || !alive() {
			t.Error("an event that comes late undoes what came after it")
		}
		// a register whose clock is ahead does not silence what comes next
		push(t, w, rp, pushToken, events(event("c-10", "death_corrected", ordinary, "2036-01-01T00:00:00Z")))
		w.Shift(60e9)
		push(t, w, rp, pushToken, events(event("d-10", "death", ordinary, w.Now().UTC().Format("2006-01-02T15:04:05Z07:00"))))
		if alive() {
			t.Error("an event of the year 2036 overtook a death of now")
		}
	})
}

// The same events lie in a file that a register delivered.
func TestEventsInAFile_R_STAT_04(t *testing.T) {
	pushed(t, func(t *testing.T, w *World, rp *RP) {
		token := rp.Exchange(rp.Login(w.Browser(t), "ordinary").Code()).Text("access_token")
		w.Country.Registers.Report("ordinary", "yes", "")
		body, err := w.Country.Registers.Events()
		if err != nil {
			t.Fatal(err)
		}
		stores := w.Stores(t)
		hearing, err := hub.OpenHearing(t.Context(), w.Config, stores, slog.New(slog.DiscardHandler)) // as the command does
		if err != nil {
			t.Fatal(err)
		}
		events, err := hearing.Register.Pushed(body)
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events: %v", len(events), err)
		}
		for range 2 {
			if err := hearing.Hear(t.Context(), events); err != nil {
				t.Fatal(err)
			}
		}
		if rp.Userinfo(token).Status != http.StatusUnauthorized {
			t.Error("a death in a file has no effect")
		}
	})
}

// R-PER-05: a number that changes becomes history, the new one is current before anybody logs in
// again, and the sub stays. A new name is told from the next login on.
func TestANumberAndANameThatChange(t *testing.T) {
	const renumbered = "PNOPL-87022291010"
	eachWithClinic(t, func(t *testing.T, w *World, rp *RP) {
		b, stores := w.Browser(t), w.Stores(t)
		before := rp.Exchange(rp.Login(b, "ordinary").Code())
		w.Country.Registers.Renumber("ordinary", renumbered)
		Await(t, "the session of the old number has ended", func() bool { return rp.Authorize(b).Has("means-trusted-profile") })
		if n := rows(t, stores, "SELECT COUNT(*) FROM identifiers WHERE state = 'superseded'"); n != 1 {
			t.Errorf("%d numbers are history, want 1", n)
		}
		if n := rows(t, stores, "SELECT COUNT(*) FROM identifiers WHERE state = 'current'"); n != 1 {
			t.Errorf("%d numbers are current, want 1", n)
		}
		after := rp.Exchange(rp.Login(w.Browser(t), "ordinary").Code())
		if sub(t, before) != sub(t, after) {
			t.Error("the sub changed with the number")
		}
		w.Country.Registers.Rename("ordinary", "Odnowiony-Testowy")
		Await(t, "the new name is told", func() bool {
			tokens := rp.Exchange(rp.Login(w.Browser(t), "ordinary", "claims", `{"userinfo":{"family_name":null}}`).Code())
			return rp.Userinfo(tokens.Text("access_token")).JSON["family_name"] == "Odnowiony-Testowy"
		})
		if rows(t, stores, "SELECT COUNT(*) FROM comparisons WHERE present = 0") == 0 {
			t.Error("the old name is not kept for comparison")
		}
	})
}

// rows counts in the identity database.
func rows(t *testing.T, stores *hub.Stores, query string) (n int) {
	t.Helper()
	if err := stores.Identity.SQL(t.Context()).Row(query, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func sub(t *testing.T, tokens Reply) any {
	t.Helper()
	_, claims := ReadJWT(t, tokens.Text("id_token"))
	return claims["sub"]
}
