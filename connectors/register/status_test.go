package register

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
)

const standing = `{"number":"IDCPL-ZZP100001","identifiers":["PNOPL-87022290019"],"state":"valid","as_of":"2026-11-24T11:59:30Z"}`

func mine(t *testing.T) identity.Document {
	return identity.Document{Type: "idcard", Number: number(t, "IDCPL-ZZP100001"), Holder: number(t, "PNOPL-87022290019")}
}

func TestStatus_asks_in_the_body_and_takes_every_state(t *testing.T) {
	for _, state := range []DocumentStatus{Valid, Suspended, Lost, Stolen, Invalidated, Expired, Replaced, HolderDeceased, Unknown} {
		body := strings.Replace(standing, `"valid"`, `"`+string(state)+`","reason":"clerk_7","since":"2026-11-20T08:00:00Z"`, 1)
		c := asking(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.String() != "/v1/status" || r.Method != http.MethodPost {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			says(http.StatusOK, body)(w, r)
		})
		got, err := c.Status(t.Context(), mine(t))
		sum := sha256.Sum256([]byte(body))
		if err != nil || got.State != state || got.Reason != "clerk_7" || got.Since.IsZero() || got.Source != "register" ||
			got.CheckedAt.Format(time.TimeOnly) != "11:59:30" || !slices.Equal(got.Digest, sum[:]) {
			t.Errorf("%s: %+v %v", state, got, err)
		}
	}
}

func TestAttack_UF_05_a_status_of_another_document_is_no_answer(t *testing.T) {
	swap := func(old, new string) http.HandlerFunc {
		return says(http.StatusOK, strings.Replace(standing, old, new, 1))
	}
	for name, answer := range map[string]http.HandlerFunc{
		"another holder's":   swap("PNOPL-87022290019", "PNOPL-91050390124"),
		"another document's": swap("ZZP100001", "ZZP100002"),
		"nobody's":           swap(`"identifiers":["PNOPL-87022290019"],`, ``),
		"of no document":     swap(`"number":"IDCPL-ZZP100001",`, ``),
		"of tomorrow":        swap("2026-11-24T11", "2026-11-25T11"),
		"of no moment":       swap(`,"as_of":"2026-11-24T11:59:30Z"`, ``),
		"a reason in words":  swap(`"valid"`, `"valid","reason":"Because we say so"`),
		"of something else":  swap(`"valid"`, `"valid","colour":"red"`),
		"a page":             func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"another API's 404":  says(http.StatusNotFound, `{"message":"no route"}`),
	} {
		if got, err := asking(t, answer).Status(t.Context(), mine(t)); !errors.Is(err, ErrUnavailable) || got.State != "" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	strange := asking(t, swap(`"valid"`, `"validish"`))
	if got, err := strange.Status(t.Context(), mine(t)); err != nil || got.State != Unknown {
		t.Errorf("a state that nobody knows is unknown: %v %v", got, err)
	}
	nobody := asking(t, says(http.StatusNotFound, `{"error":"not_found"}`))
	if _, err := nobody.Status(t.Context(), mine(t)); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// oracle is a register that counts and says what it is told to.
type oracle struct {
	asked int
	says  Status
	err   error
	meet  func()
}

func (o *oracle) Status(context.Context, identity.Document) (Status, error) {
	o.asked++
	if o.meet != nil {
		o.meet()
	}
	return o.says, o.err
}

func TestStatuses_keep_an_answer_as_long_as_the_level_allows(t *testing.T) {
	now := noon()
	o := &oracle{says: Status{State: Valid, CheckedAt: now}}
	s := NewStatuses(o, slog.New(slog.DiscardHandler), func() time.Time { return now })
	for _, row := range []struct {
		after time.Duration // since the register answered first
		need  identity.Level
		asked int // how often by then
	}{
		{0, identity.High, 1}, {60 * time.Second, identity.High, 1}, {60 * time.Second, identity.Substantial, 1},
		{61 * time.Second, identity.Low, 1}, {24 * time.Hour, identity.Low, 1}, {24 * time.Hour, identity.None, 1},
		{61 * time.Second, identity.Substantial, 2}, {24*time.Hour + time.Second, identity.Low, 3},
	} {
		now = noon().Add(row.after)
		if row.asked > o.asked {
			o.says.CheckedAt = now
		}
		if got := s.Status(t.Context(), mine(t), row.need); got.State != Valid || o.asked != row.asked {
			t.Errorf("after %s for %s: %s, asked %d times, want %d", row.after, row.need, got.State, o.asked, row.asked)
		}
		if row.asked > 1 {
			s.Forget()
			o.asked = row.asked
		}
	}
}

func TestStatuses_never_use_an_answer_that_is_older_than_allowed_when_it_comes(t *testing.T) {
	o := &oracle{says: Status{State: Valid, CheckedAt: noon().Add(-2 * time.Minute)}}
	s := NewStatuses(o, slog.New(slog.DiscardHandler), noon)
	if got := s.Status(t.Context(), mine(t), identity.Substantial); got.State != Unknown || got.Reason != Stale {
		t.Errorf("%+v", got)
	}
	if got := s.Status(t.Context(), mine(t), identity.Low); got.State != Valid {
		t.Errorf("for low: %+v", got)
	}
	o.says.CheckedAt = noon().Add(-25 * time.Hour)
	s.Forget()
	if got := s.Status(t.Context(), mine(t), identity.Low); got.State != Unknown {
		t.Errorf("of yesterday, for low: %+v", got)
	}
}

func TestStatuses_keep_nothing_that_is_not_known_and_log_it(t *testing.T) {
	for what, o := range map[string]*oracle{
		NoAnswer: {err: ErrUnavailable}, "": {says: Status{State: Unknown, CheckedAt: noon()}}, NotRegistered: {err: ErrNotFound},
	} {
		var log strings.Builder
		s := NewStatuses(o, slog.New(slog.NewTextHandler(&log, nil)), noon)
		for range 2 {
			got := s.Status(t.Context(), mine(t), identity.Low)
			if want := map[bool]DocumentStatus{true: Invalidated, false: Unknown}[what == NotRegistered]; got.State != want || got.Reason != what {
				t.Errorf("%q: %+v", what, got)
			}
		}
		if o.asked != 2 {
			t.Errorf("%q: asked %d times", what, o.asked)
		}
		if what != NotRegistered && strings.Count(log.String(), "status of a document is not known") != 2 {
			t.Errorf("%q: logged %s", what, log.String())
		}
		if strings.Contains(log.String(), "87022290019") || strings.Contains(log.String(), "ZZP100001") {
			t.Errorf("the log tells whose: %s", log.String())
		}
	}
	none := NewStatuses(nil, slog.New(slog.DiscardHandler), noon)
	if got := none.Status(t.Context(), mine(t), identity.High); got.State != Unknown || got.Reason != NoRegister {
		t.Errorf("without a register: %+v", got)
	}
}

func TestStatuses_forget_what_was_asked_before_something_was_heard(t *testing.T) {
	o := &oracle{says: Status{State: Valid, CheckedAt: noon()}}
	s := NewStatuses(o, slog.New(slog.DiscardHandler), noon)
	o.meet = s.Forget // the event comes while the question is under way
	s.Status(t.Context(), mine(t), identity.Low)
	o.meet = nil
	if s.Status(t.Context(), mine(t), identity.Low); o.asked != 2 {
		t.Error("an answer from before the event was kept")
	}
}

func TestStatuses_are_bounded(t *testing.T) {
	s := NewStatuses(&oracle{says: Status{State: Valid, CheckedAt: noon()}}, slog.New(slog.DiscardHandler), noon)
	for i := range mostKept + 1000 {
		s.Status(t.Context(), identity.Document{Type: "idcard", Number: number(t, fmt.Sprintf("IDCPL-%d", i))}, identity.Low)
	}
	if len(s.kept) > mostKept || len(s.kept) < mostKept/2 {
		t.Errorf("%d are kept", len(s.kept))
	}
}
