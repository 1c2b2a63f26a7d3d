package login

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// FO-05: in two tabs of one browser a person logs in twice. What the first tab proved is not taken
// away by the second, one cookie is left, and it ends both.
func TestAttack_FO_05_ASecondTabTakesNothingFromTheFirst(t *testing.T) {
	w := newWorld(t)
	first, second := w.waiting(t), w.waiting(t)
	cookie := w.back(t, first, "")
	renewed := w.back(t, second, cookie)
	if renewed == cookie || renewed == "" {
		t.Fatal("SE-01: the session has the secret of before")
	}
	if first.Proof.Session != second.Proof.Session || len(w.sessions) != 1 {
		t.Fatalf("%d sessions in one browser", len(w.sessions))
	}
	if view, err := w.Session(t.Context(), cookie); view != nil || err != nil {
		t.Errorf("SE-01: the cookie from before still logs in: %v", err)
	}
	for tab, l := range map[string]*Login{"first": first, "second": second} {
		again, err := w.Open(t.Context(), w.Cookie(l))
		if err != nil || name(w.Next(again)) != "consent" {
			t.Errorf("in the %s tab comes %s: %v", tab, name(w.Next(again)), err)
		}
		if err := w.Stands(t.Context(), "bank", "", l.Proof.Session); err != nil {
			t.Errorf("a code of the %s tab is worth nothing: %v", tab, err)
		}
	}
	if err := w.Service.EndSession(t.Context(), renewed); err != nil {
		t.Fatal(err)
	}
	for tab, l := range map[string]*Login{"first": first, "second": second} {
		if again, err := w.Open(t.Context(), w.Cookie(l)); err != nil || name(w.Next(again)) != "choose" {
			t.Errorf("SE-02: the %s tab outlives the logout: %v", tab, err)
		}
	}
}

// FO-05: another person in the second tab ends what the first tab had, and gets a session of their own.
func TestAttack_FO_05_AnotherPersonInTheSecondTab(t *testing.T) {
	w := newWorld(t)
	first, second := w.waiting(t), w.waiting(t)
	cookie := w.back(t, first, "")
	w.person.Usage = identity.UsageID{8}
	w.back(t, second, cookie)
	if first.Proof.Session == second.Proof.Session {
		t.Fatal("two persons share a session")
	}
	if again, err := w.Open(t.Context(), w.Cookie(first)); err != nil || name(w.Next(again)) != "choose" {
		t.Errorf("the first person's tab goes on: %v", err)
	}
	if again, err := w.Open(t.Context(), w.Cookie(second)); err != nil || name(w.Next(again)) != "consent" {
		t.Errorf("the second person's tab does not go on: %v", err)
	}
}

// FO-05: two tabs come back with the same cookie, because neither has seen the other's answer. Both
// get the same new one, so whichever the browser keeps, it is logged in and can log out.
func TestAttack_FO_05_TwoTabsComeBackAtOnce(t *testing.T) {
	w := newWorld(t)
	first, second := w.waiting(t), w.waiting(t)
	_, cookie := w.logIn(t)
	one, other := w.back(t, first, cookie), w.back(t, second, cookie)
	if one != other || len(w.sessions) != 1 {
		t.Errorf("two tabs at once have %d sessions, the same cookie: %t", len(w.sessions), one == other)
	}
	if view, err := w.Session(t.Context(), one); view == nil || err != nil {
		t.Errorf("nobody is logged in: %v", err)
	}
	late := w.waiting(t)
	w.back(t, w.waiting(t), one) // the session moved on twice since the cookie
	if stale := w.back(t, late, cookie); stale == cookie || stale == one || late.Proof.Session == first.Proof.Session {
		t.Error("a cookie from before last goes on in the session")
	}
}

// A session that ends between the look at it and the new proof is not woken up by it.
func TestAttack_SE_02_AnEndedSessionIsNotRenewed(t *testing.T) {
	w := newWorld(t)
	_, cookie := w.logIn(t)
	old, err := w.Mint.Parse(seal.SessionCookie, cookie)
	if err != nil {
		t.Fatal(err)
	}
	w.Sessions, w.Loosely = endsBefore{w, old.Row}, w.allOrNothing
	l := w.waiting(t)
	if w.back(t, l, cookie) == "" || l.Proof.Session == old.Row {
		t.Error("the proof has no session of its own")
	}
	if _, err := w.LoadSession(t.Context(), old.Row); !errors.Is(err, ErrGone) {
		t.Errorf("the ended session lives: %v", err)
	}
}

// means R-STAT-03: a death that arrives after the registers were asked leaves no session behind, and the
// person is told as if it had been there before.
func TestADeathBetweenMatchAndSession(t *testing.T) {
	w := newWorld(t)
	w.Loosely = w.allOrNothing
	w.adding = func() {
		w.adding = nil
		w.matchErr, w.endedAt = subject.ErrDeceased, w.now
	}
	l, session := w.logIn(t)
	if session != "" || l.Proof != nil || len(w.sessions) != 0 || name(w.Next(l)) != "stopped "+StopDeceased {
		t.Errorf("%d sessions, next %s", len(w.sessions), name(w.Next(l)))
	}
	w = newWorld(t)
	w.Loosely = w.allOrNothing
	w.adding = func() { // sessions ended because a register changed: the login itself goes on, with what is true now
		w.adding = nil
		w.endedAt = w.now
	}
	if l, session := w.logIn(t); session == "" || name(w.Next(l)) != "consent" {
		t.Errorf("after a change the login ends with %s", name(w.Next(l)))
	}
	w = newWorld(t)
	w.Loosely = w.allOrNothing
	w.adding = func() { w.endedAt = w.endedAt.Add(time.Hour) }
	w.endedAt = w.now
	l, _ = w.begin(t, "")
	if _, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, ""); !errors.As(err, new(Ended)) || len(w.sessions) != 0 {
		t.Errorf("ended without end: %v", err)
	}
}

// endsBefore is a store in which a session ends just before it is renewed.
type endsBefore struct {
	*world
	row seal.RowID
}

func (e endsBefore) RenewSession(ctx context.Context, r SessionRow, was [32]byte) error {
	if err := e.world.EndSession(ctx, e.row); err != nil {
		return err
	}
	return e.world.RenewSession(ctx, r, was)
}

// allOrNothing takes back what an act wrote before it failed, as a transaction does.
func (w *world) allOrNothing(ctx context.Context, act func(context.Context) error) error {
	logins := maps.Clone(w.logins)
	err := act(ctx)
	if err != nil {
		w.logins = logins
	}
	return err
}

// waiting is a login that waits for the answer of its means.
func (w *world) waiting(t *testing.T) *Login {
	t.Helper()
	l, _ := w.begin(t, "")
	w.start(t, l)
	return l
}

// back lets the answer come, in a browser with this session, and gives the session's new cookie.
func (w *world) back(t *testing.T, l *Login, session string) string {
	t.Helper()
	cookie, err := w.Finish(t.Context(), l, "bank", l.Leg.Handle, connectors.Input{}, session)
	if err != nil {
		t.Fatalf("finish: %v", err)
	}
	return cookie
}

// SE-02, OT-11: what an office handed out opens nothing once something of the person's was ended while they logged in with it:
// it may be that very thing which was stopped. They show it again.
func TestAttack_SE_02_WhatWasStoppedWhileItLogsSomebodyIn(t *testing.T) {
	w := newWorld(t)
	w.Loosely = w.allOrNothing
	done := w.bank.says.(connectors.Done)
	done.Authentication.Evidence[0].Kind = identity.HandedOut("bound")
	w.bank.says = done
	w.adding = func() {
		w.adding = nil
		w.endedAt = w.now
	}
	l, session := w.logIn(t)
	if session != "" || l.Proof != nil || len(w.sessions) != 0 || l.Failure != string(connectors.StaleAnswer) {
		t.Errorf("%d sessions, failure %q, next %s", len(w.sessions), l.Failure, name(w.Next(l)))
	}
	w.now = w.now.Add(time.Second)
	if l, session := w.logIn(t); session == "" || l.Proof == nil {
		t.Errorf("shown again it logs nobody in: %q", l.Failure)
	}
}
