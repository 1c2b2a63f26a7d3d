package hub

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
	"symbolon/web"
)

// TestAttack_UF_01_SlowSendersTakeNoSeatAtTheTokenEndpoint: a sender that stalls in its body (slow
// POST) keeps a connection, and never a place that parties need.
func TestAttack_UF_01_SlowSendersTakeNoSeatAtTheTokenEndpoint(t *testing.T) {
	const seats = 4
	var reading sync.WaitGroup
	reading.Add(seats)
	h := bare(t, nil)
	door := h.seats(seats, time.Millisecond, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "grant_type=x" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	var slow sync.WaitGroup
	ends := make([]*io.PipeWriter, seats)
	for i := range seats {
		body, end := io.Pipe()
		ends[i] = end
		slow.Go(func() {
			answer := httptest.NewRecorder()
			door.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/token", told{body, sync.OnceFunc(reading.Done)}))
			if answer.Code != http.StatusBadRequest {
				t.Errorf("a body that broke off was answered %d", answer.Code)
			}
		})
	}
	reading.Wait()
	answer := httptest.NewRecorder()
	door.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/token", strings.NewReader("grant_type=x")))
	if answer.Code != http.StatusOK {
		t.Errorf("a party was answered %d while %d senders do not send", answer.Code, seats)
	}
	for _, end := range ends {
		_ = end.CloseWithError(io.ErrUnexpectedEOF)
	}
	slow.Wait()
}

// redeemed are endpoints of which the token endpoint is a handler.
type redeemed struct {
	web.Tokens
	token http.Handler
}

func (r redeemed) Token(w http.ResponseWriter, q *http.Request) error {
	r.token.ServeHTTP(w, q)
	return nil
}

func (redeemed) Userinfo(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusOK)
	return nil
}

// seats gives the token endpoint in front of a handler, and /userinfo beside it.
func (h *Hub) seats(most int, patience time.Duration, token http.Handler) http.Handler {
	few := h.few(redeemed{token: token}, most, patience)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := few.Token
		if r.URL.Path == "/userinfo" {
			serve = few.Userinfo
		}
		if err := serve(w, r); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
}

// told says when somebody waits for a body.
type told struct {
	io.Reader
	waits func()
}

func (b told) Read(p []byte) (int, error) {
	b.waits()
	return b.Reader.Read(p)
}

// TestAttack_UF_02_ALongBodyIsCutOffBehindTheSeat: what is taken in before is no more than what is
// read behind, and the reader still sees that there is too much.
func TestAttack_UF_02_ALongBodyIsCutOffBehindTheSeat(t *testing.T) {
	h := bare(t, nil)
	for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		sent := strings.Repeat("a", size)
		h.seats(1, time.Second, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
			if (err != nil) != (size > 64<<10) || err == nil && string(got) != sent {
				t.Errorf("%d bytes: %d arrived, %v", size, len(got), err)
			}
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(sent)))
	}
}

// emptyRoster gives a roster over a database of its own.
func emptyRoster(t *testing.T) Roster {
	t.Helper()
	raw := storetest.Empty(t, store.SQLite).Open(t)
	if err := usagedb.Migrate(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	usage, err := usagedb.New(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return Roster{usage, journal.Recorder{Vault: seal.Vault{Keys: []seal.VaultKey{{ID: 1}}}, Store: usage, Now: time.Now}}
}

// TestAttack_CP_16_WhatWasSwitchedOffStaysOff: the parties file is applied at every start. A restart
// must not switch on again what an operator switched off in an emergency.
func TestAttack_CP_16_WhatWasSwitchedOffStaysOff(t *testing.T) {
	for document, off := range map[string]bool{
		`{"Disabled":true}`: true, `{"disabled":true}`: true, `{"Disabled":false}`: false, `{}`: false, ``: false, `rubbish`: false,
	} {
		if isOff([]byte(document)) != off {
			t.Errorf("%s: off %t", document, !off)
		}
	}
	file, err := ParseParties([]byte(goodParties), oauth.Registration{})
	if err != nil {
		t.Fatal(err)
	}
	roster := emptyRoster(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = roster.Apply(t.Context(), file)
	must(err)
	for _, id := range []string{"city", "city-web"} {
		must(roster.Switch(t.Context(), id, false))
		changed, err := roster.Apply(t.Context(), file)
		must(err)
		all, err := roster.All(t.Context())
		must(err)
		if len(changed) > 0 || id == "city" && !all[0].Party.Disabled || id == "city-web" && !all[0].Clients[0].Disabled {
			t.Errorf("%s is on again after the file was applied: %v", id, changed)
		}
		must(roster.Switch(t.Context(), id, true))
		if all, err = roster.All(t.Context()); err != nil || all[0].Party.Disabled || all[0].Clients[0].Disabled {
			t.Errorf("%s cannot be switched on: %v", id, err)
		}
	}
}

// TestAttack_UF_05_AnEventToldAgainHidesNoOther: of two events of documents the first comes again after the
// second; a replica that looks between the first and the last asks the register anew all the same.
func TestAttack_UF_05_AnEventToldAgainHidesNoOther(t *testing.T) {
	db := identitydb.New(storetest.Empty(t, store.SQLite).Open(t))
	if err := identitydb.Migrate(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	asked := 0
	here, there := &Hearing{Events: db}, &Hearing{Events: db, Forget: func() { asked++ }}
	for n := range 3 {
		if err := here.document(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := there.notice(t.Context()); err != nil || asked != n+1 {
				t.Errorf("forgotten %d times, %v", asked, err)
			}
		}
	}
}
