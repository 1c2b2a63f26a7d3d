package login

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// world is a service over memory: everything that the package does not own is a small fake.
type world struct {
	*Service
	mu       sync.Mutex
	logins   map[seal.RowID]Row
	sessions map[seal.RowID]SessionRow
	entries  []journal.Row
	decided  []DecisionRow
	notices  int
	ended    int
	endedAt  time.Time // when what the person holds was ended last
	adding   func()    // comes between the look at the registers and the new session
	standing *consent.Decision
	person   identity.Person
	matchErr error
	now      time.Time
	bank     *fakeMeans
}

func (w *world) AddLogin(_ context.Context, r Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins[r.ID] = r
	return nil
}

func (w *world) LoadLogin(_ context.Context, id seal.RowID) (Row, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.logins[id]
	if !ok || !w.now.Before(r.Expires) {
		return Row{}, ErrGone
	}
	return r, nil
}

func (w *world) SaveLogin(_ context.Context, r Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.logins[r.ID].Gen != r.Gen {
		return ErrConflict
	}
	r.Gen++
	w.logins[r.ID] = r
	return nil
}

func (w *world) AddSession(_ context.Context, r SessionRow, since time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.adding != nil {
		w.adding()
	}
	if !w.endedAt.IsZero() && !w.endedAt.Before(since) {
		return Ended{w.endedAt}
	}
	w.sessions[r.ID] = r
	return nil
}

func (w *world) RenewSession(_ context.Context, r SessionRow, was [32]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	old, ok := w.sessions[r.ID]
	if !ok || old.Usage != r.Usage || old.Digest != was && old.Digest != r.Digest {
		return ErrGone
	}
	w.sessions[r.ID] = r
	return nil
}

func (w *world) LoadSession(_ context.Context, id seal.RowID) (SessionRow, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.sessions[id]
	if !ok || !w.now.Before(r.Idle) || !w.now.Before(r.Absolute) {
		return SessionRow{}, ErrGone
	}
	return r, nil
}

func (w *world) AddDecision(_ context.Context, r DecisionRow) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decided = append(w.decided, r)
	return nil
}

func (w *world) TouchSession(_ context.Context, id seal.RowID, idle time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.sessions[id]
	r.Idle = idle
	w.sessions[id] = r
	return nil
}

func (w *world) EndSession(_ context.Context, id seal.RowID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for each, r := range w.sessions {
		if each == id || r.Parent == id {
			delete(w.sessions, each)
		}
	}
	return nil
}

func (w *world) Row(e journal.Entry) (journal.Row, error) {
	return journal.Row{ID: e.ID, Kind: e.Kind, Who: e.Who, Party: e.Party}, nil
}

func (w *world) Append(_ context.Context, r journal.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries = append(w.entries, r)
	return nil
}

func (w *world) Note(ctx context.Context, r journal.Row) error { return w.Append(ctx, r) }

func (w *world) Match(context.Context, identity.Authentication, *subject.Registered) (identity.Person, error) {
	if w.matchErr != nil && !errors.Is(w.matchErr, subject.ErrDeceased) {
		return identity.Person{}, w.matchErr
	}
	return w.person, w.matchErr
}

func (w *world) EndSessions(context.Context, identity.UsageID, journal.Row) error {
	w.ended++
	return nil
}

func (w *world) EndBeyond(context.Context, identity.UsageID, identity.Means, journal.Row) error {
	return nil
}

func (w *world) EndRepresented(context.Context, identity.UsageID, journal.Row) error { return nil }

func (w *world) EndResting(context.Context, identity.UsageID, []identity.Means, journal.Row) error {
	w.ended++
	return nil
}

func (w *world) EndEverything(context.Context, identity.UsageID, journal.Row) error {
	w.ended++
	return nil
}

func (w *world) Subject(_ context.Context, sector string, usage identity.UsageID) (string, error) {
	return sector + usage.String(), nil
}

func (w *world) Merged(context.Context, string, identity.UsageID) ([]string, error) { return nil, nil }

func (w *world) Standing(context.Context, consent.PartyID, identity.UsageID, identity.UsageID) (*consent.Decision, error) {
	return w.standing, nil
}

func (w *world) Withdraw(context.Context, consent.PartyID, identity.UsageID, identity.UsageID) error {
	w.standing = nil
	return nil
}

func (w *world) LoggedIn(context.Context, identity.Person, identity.Attributes, string, time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices++
	return nil
}

func (w *world) Party(id consent.PartyID) (consent.RelyingParty, bool) {
	p := atParty(identity.Low).Party
	return p, p.ID == id
}

type noRegister struct{}

func (noRegister) Person(context.Context, identity.Identifier) (register.Person, error) {
	return register.Person{}, register.ErrUnavailable
}

func (noRegister) Documents(context.Context, identity.Identifier) ([]register.Document, error) {
	return nil, register.ErrUnavailable
}

// fakeMeans answers at once with what the test wants.
type fakeMeans struct {
	id    identity.Means
	off   bool
	calls int
	mu    sync.Mutex
	says  connectors.Step
	keeps connectors.State // beside what it says
}

func (f *fakeMeans) Describe() connectors.Description {
	return connectors.Description{ID: f.id, Kind: "fake", Ceiling: identity.Substantial, Disabled: f.off}
}

func (f *fakeMeans) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	return connectors.Redirect{URL: "https://up.example/?state=" + url.QueryEscape(a.Handle)}, connectors.State("private"), nil
}

func (f *fakeMeans) Continue(_ context.Context, _ connectors.Attempt, state connectors.State, _ connectors.Input) (connectors.Step, connectors.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if string(state) != "private" {
		return nil, nil, errors.New("state was not kept")
	}
	return f.says, f.keeps, nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		logins: map[seal.RowID]Row{}, sessions: map[seal.RowID]SessionRow{}, now: noon,
		person: identity.Person{ID: identity.PersonID{1}, Usage: identity.UsageID{7}, State: identity.Active},
	}
	w.bank = &fakeMeans{id: "bank", says: connectors.Done{Authentication: identity.Authentication{
		Means: "bank", Kind: "oidc", Issuer: "https://up.example", Subject: identity.Hide("s"), AuthTime: noon,
		Attributes: identity.Attributes{{Name: "given_name", Value: identity.Text("Konstanty"), Source: identity.Source{Kind: identity.FromMeans, ID: "bank"}}},
		Evidence: []identity.Evidence{{Kind: identity.UpstreamAssertion, Means: "bank", Asserted: identity.Substantial,
			Ceiling: identity.Substantial, AuthTime: noon, Checked: noon}},
	}}}
	w.Service = &Service{
		Connectors: []connectors.Connector{w.bank, &fakeMeans{id: "card"}}, Parties: w, Registers: noRegister{}, Matcher: w, Subjects: w,
		Ledger: w, Notifier: w, Journal: w, Logins: w, Sessions: w, Decisions: w, Ends: w, Once: used{},
		Loosely:  func(ctx context.Context, f func(context.Context) error) error { return f(ctx) },
		Mint:     seal.Mint{Keys: []seal.TagKey{{ID: 1, Key: [32]byte{1}}}},
		Rules:    assurance.Default(),
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:      func() time.Time { return w.now },
		Callback: func(m identity.Means) string { return "https://hub.example/callback/" + string(m) },
		Lifetimes: Lifetimes{
			Login: 30 * time.Minute, Leg: 10 * time.Minute, SessionIdle: 30 * time.Minute, SessionAbsolute: 8 * time.Hour,
		},
	}
	return w
}

func (w *world) begin(t *testing.T, session string) (*Login, string) {
	t.Helper()
	l, cookie, err := w.Begin(t.Context(), Request{
		Client: "c", Party: "city", Arrived: w.now, Ask: consent.Ask{Attributes: []consent.Wanted{{Name: "given_name"}}},
	}, session)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	return l, cookie
}

// What is answered at once leaves nothing that could be come back to; what is still asked, and what is
// answered on a page of ours, does.
func TestALoginThatIsAnsweredAtOnceIsNotStored(t *testing.T) {
	w := newWorld(t)
	_, session := w.logIn(t)
	if _, cookie := w.begin(t, session); cookie == "" {
		t.Error("a question has no cookie")
	}
	w.standing = atParty(identity.Low).proved("bank", identity.Substantial).standing().Standing
	before := len(w.logins)
	l, cookie := w.begin(t, session)
	if got := name(w.Next(l)); got != "deliver" || cookie != "" || len(w.logins) != before {
		t.Errorf("%s, cookie %q, %d rows more", got, cookie, len(w.logins)-before)
	}
	if row, err := l.Close(Receipt{}); err != nil || row.ID != (seal.RowID{}) {
		t.Errorf("closing it gives the row %s, %v", row.ID, err)
	}
}

func (w *world) start(t *testing.T, l *Login) string {
	t.Helper()
	if err := w.Start(t.Context(), l, "bank", ""); err != nil {
		t.Fatalf("start: %v", err)
	}
	return l.Leg.Handle
}

func (w *world) logIn(t *testing.T) (l *Login, session string) {
	t.Helper()
	l, _ = w.begin(t, "")
	session, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, "")
	if err != nil {
		t.Fatalf("finish: %v", err)
	}
	return l, session
}

func TestALoginFromStartToAnswer(t *testing.T) {
	w := newWorld(t)
	l, session := w.logIn(t)
	step, ok := w.Next(l).(Consent)
	if !ok {
		t.Fatalf("after logging in: %s", name(w.Next(l)))
	}
	answered, err := w.Approve(t.Context(), l, consent.Approval{Shown: step.Question.Digest, Approved: []identity.AttributeName{"given_name"}})
	if err != nil {
		t.Fatalf("approve: %v", err)
	}
	if v, ok := answered.Values.Find("given_name"); !ok || v.Value.RevealText() != "Konstanty" || len(answered.Values) != 1 {
		t.Errorf("released %d values, want the given name alone", len(answered.Values))
	}
	if answered.Level != identity.Substantial || w.notices != 1 || session == "" {
		t.Errorf("level %s, %d notices, session %t", answered.Level, w.notices, session != "")
	}
	row, err := l.Close(Receipt{Grant: seal.RowID{3}})
	if err != nil || !row.Done {
		t.Fatalf("close: %v", err)
	}
	if err := w.SaveLogin(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	again, err := w.Open(t.Context(), w.Cookie(l))
	if err != nil || again.Proof != nil || name(w.Next(again)) != "repeat" {
		t.Errorf("after the answer the login still holds a proof or does not repeat: %v", err)
	}
}

func TestAttack_SE_01_SessionFixation(t *testing.T) {
	w := newWorld(t)
	l, planted := w.begin(t, "")
	session, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Open(t.Context(), planted); !errors.Is(err, ErrGone) {
		t.Errorf("the cookie from before the login still opens it: %v", err)
	}
	if _, err := w.Open(t.Context(), w.Cookie(l)); err != nil {
		t.Errorf("the new cookie does not open it: %v", err)
	}
	second, _ := w.begin(t, session)
	stepped, err := w.Finish(t.Context(), second, "bank", w.forceStart(t, second), connectors.Input{}, session)
	if err != nil || stepped == session {
		t.Fatalf("the session cookie did not change: %v", err)
	}
	if view, _ := w.Session(t.Context(), session); view != nil {
		t.Error("the session from before is still alive")
	}
}

// forceStart switches the account, so that a login that a session would do for starts a leg.
func (w *world) forceStart(t *testing.T, l *Login) string {
	t.Helper()
	if err := w.SwitchAccount(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	return w.start(t, l)
}

func TestAttack_SE_02_LoggedOutInEveryTab(t *testing.T) {
	w := newWorld(t)
	_, session := w.logIn(t)
	other, cookie := w.begin(t, session)
	if name(w.Next(other)) != "consent" {
		t.Fatalf("single sign-on: %s", name(w.Next(other)))
	}
	if err := w.Service.EndSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	reopened, err := w.Open(t.Context(), cookie)
	if err != nil || name(w.Next(reopened)) != "choose" {
		t.Errorf("a login under way outlives the logout: %v", err)
	}
	if fresh, _ := w.begin(t, session); name(w.Next(fresh)) != "choose" {
		t.Error("a cookie from before the logout still logs in")
	}
}

func TestAttack_FO_05_AnAnswerCountsOnce(t *testing.T) {
	w := newWorld(t)
	l, _ := w.begin(t, "")
	early := w.start(t, l)
	handle := w.start(t, l) // the citizen went back and tried again
	if _, err := w.Finish(t.Context(), l, "bank", early, connectors.Input{}, ""); !errors.Is(err, ErrNotThisLeg) {
		t.Errorf("an earlier try's answer was taken: %v", err)
	}
	if _, err := w.Finish(t.Context(), l, "card", handle, connectors.Input{}, ""); !errors.Is(err, ErrNotThisLeg) {
		t.Errorf("FO-01: another means' callback was taken: %v", err)
	}
	tabs := make([]*Login, 16)
	for i := range tabs {
		tab, err := w.Open(t.Context(), w.Cookie(l))
		if err != nil {
			t.Fatal(err)
		}
		tabs[i] = tab
	}
	var wg sync.WaitGroup
	wins := make(chan string, len(tabs))
	for _, tab := range tabs {
		wg.Go(func() {
			if session, err := w.Finish(context.Background(), tab, "bank", handle, connectors.Input{}, ""); err == nil && session != "" {
				wins <- session
			}
		})
	}
	wg.Wait()
	if len(wins) != 1 || w.bank.calls != 1 {
		t.Errorf("%d parallel answers won, the means was asked %d times", len(wins), w.bank.calls)
	}
}

func TestAHandleIsOursFreshAndForOneMeans(t *testing.T) {
	w := newWorld(t)
	l, _ := w.begin(t, "")
	handle := w.start(t, l)
	if short, ok := w.HandleLogin("bank", handle); !ok || short != l.ID.Short() {
		t.Errorf("our handle is not recognised: %q %t", short, ok)
	}
	other := "A"
	if handle[:1] == other {
		other = "B"
	}
	for _, bad := range []string{"", handle + "A", handle[:len(handle)-2], other + handle[1:]} {
		if _, ok := w.HandleLogin("bank", bad); ok {
			t.Errorf("took a handle that is not ours")
		}
	}
	if _, ok := w.HandleLogin("card", handle); ok {
		t.Error("FO-01: took a handle of another means")
	}
	w.now = w.now.Add(11 * time.Minute)
	if _, ok := w.HandleLogin("bank", handle); ok {
		t.Error("took a handle after eleven minutes")
	}
	if _, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, ""); !errors.Is(err, ErrNotThisLeg) {
		t.Errorf("took an answer after eleven minutes: %v", err)
	}
}

func TestAttack_FO_11_AMeansSwitchedOffWhileAway(t *testing.T) {
	w := newWorld(t)
	l, _ := w.begin(t, "")
	handle := w.start(t, l)
	w.bank.off = true
	session, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, "")
	if err != nil || session != "" || w.bank.calls != 0 {
		t.Errorf("session %t, %d calls, error %v", session != "", w.bank.calls, err)
	}
	if err := w.Start(t.Context(), l, "bank", ""); !errors.Is(err, ErrNotOffered) {
		t.Errorf("a means that is off can be started: %v", err)
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	for err, code := range map[error]StopCode{
		subject.ErrDeceased: StopDeceased, subject.ErrFrozen: StopFrozen, subject.ErrConflict: StopConflict,
		subject.ErrUnlinked: StopUnlinked, subject.ErrNotInRegister: StopNotRegistered, subject.ErrNoRegister: StopNoRegister,
	} {
		w := newWorld(t)
		w.matchErr = err
		l, session := w.logIn(t)
		if session != "" || l.Proof != nil || name(w.Next(l)) != "stopped "+code {
			t.Errorf("%s: session %t, step %s", code, session != "", name(w.Next(l)))
		}
		if len(w.entries) != 1 || w.entries[0].Kind != journal.LoginRefused || w.entries[0].Who != "" {
			t.Errorf("%s: recorded %v", code, w.entries)
		}
		if died := code == StopDeceased; died != (w.ended == 1) {
			t.Errorf("%s: %d times everything was ended", code, w.ended)
		}
	}
}

func TestAttack_CN_03_ApprovalOfAnotherQuestion(t *testing.T) {
	w := newWorld(t)
	l, _ := w.logIn(t)
	if _, err := w.Approve(t.Context(), l, consent.Approval{Shown: [32]byte{1}, Approved: []identity.AttributeName{"given_name"}}); err == nil {
		t.Error("approved what was never shown")
	}
	if w.CheckForm(l, "answer", "") || w.CheckForm(l, "answer", w.FormToken(l, "cancel")) || !w.CheckForm(l, "answer", w.FormToken(l, "answer")) {
		t.Error("form tokens are not bound to their form")
	}
}

func TestAttack_CN_11_DecliningTellsNothing(t *testing.T) {
	w := newWorld(t)
	l, _ := w.logIn(t)
	if err := w.Decline(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	again, err := w.Open(t.Context(), w.Cookie(l))
	if err != nil || again.Proof != nil || again.Refused != AccessDenied {
		t.Errorf("after declining: proof kept, or not refused: %v", err)
	}
	if _, err := w.Approve(t.Context(), again, consent.Approval{}); !errors.Is(err, ErrNotNow) {
		t.Errorf("approved after declining: %v", err)
	}
}

func TestALoginExpires(t *testing.T) {
	w := newWorld(t)
	_, cookie := w.begin(t, "")
	w.now = w.now.Add(31 * time.Minute)
	if _, err := w.Open(t.Context(), cookie); !errors.Is(err, ErrGone) {
		t.Errorf("opened after 31 minutes: %v", err)
	}
	for _, bad := range []string{"", "x", cookie[:20]} {
		if _, err := w.Open(t.Context(), bad); !errors.Is(err, ErrGone) {
			t.Errorf("opened by rubbish: %v", err)
		}
	}
}

func TestAttack_CP_15_WhatAGrantRestsOn(t *testing.T) {
	w := newWorld(t)
	l, session := w.logIn(t)
	if err := w.Stands(t.Context(), "bank", "", l.Proof.Session); err != nil {
		t.Errorf("a live session does not stand: %v", err)
	}
	if err := w.Service.EndSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if err := w.Stands(t.Context(), "bank", "", l.Proof.Session); !errors.Is(err, ErrFallen) {
		t.Errorf("an ended session stands: %v", err)
	}
	if err := w.Stands(t.Context(), "bank", "", seal.RowID{}); err != nil {
		t.Errorf("what needs no session falls: %v", err)
	}
	w.bank.off = true
	if err := w.Stands(t.Context(), "bank", "", seal.RowID{}); !errors.Is(err, ErrFallen) {
		t.Errorf("a means switched off stands: %v", err)
	}
}
