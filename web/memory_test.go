package web

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/once"
	"symbolon/provider/seal"
)

// The stores of a world: rows in memory, with the conditions that the databases have.

func (w *world) AddLogin(_ context.Context, r login.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[r.ID] = r
	return w.down
}

func (w *world) LoadLogin(_ context.Context, id seal.RowID) (login.Row, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.rows[id]
	if w.down == nil && (!ok || !w.now.Before(r.Expires)) {
		return login.Row{}, login.ErrGone
	}
	return r, w.down
}

func (w *world) SaveLogin(_ context.Context, r login.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.saveLogin(r)
}

func (w *world) saveLogin(r login.Row) error {
	if w.rows[r.ID].Gen != r.Gen {
		return login.ErrConflict
	}
	r.Gen++
	w.rows[r.ID] = r
	return w.down
}

func (w *world) AddSession(_ context.Context, r login.SessionRow, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[r.ID] = r
	return w.down
}

func (w *world) RenewSession(_ context.Context, r login.SessionRow, _ [32]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[r.ID] = r
	return w.down
}

func (w *world) LoadSession(_ context.Context, id seal.RowID) (login.SessionRow, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.sessions[id]
	if w.down == nil && (!ok || !w.now.Before(r.Idle) || !w.now.Before(r.Absolute)) {
		return login.SessionRow{}, login.ErrGone
	}
	return r, w.down
}

// AddDecision keeps nothing: no page shows it.
func (*world) AddDecision(context.Context, login.DecisionRow) error { return nil }

func (w *world) TouchSession(_ context.Context, id seal.RowID, idle time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.sessions[id]
	r.Idle = idle
	w.sessions[id] = r
	return w.down
}

func (w *world) EndSession(_ context.Context, id seal.RowID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for each, r := range w.sessions {
		if each == id || r.Parent == id {
			delete(w.sessions, each)
		}
	}
	return w.down
}

func (w *world) Answer(_ context.Context, a oauth.Answer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.saveLogin(a.Login); err != nil {
		return err
	}
	w.grants[a.Grant.ID] = a.Grant
	w.released = append(w.released, a.Release)
	return nil
}

func (w *world) LoadGrant(_ context.Context, id seal.RowID) (oauth.Grant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, ok := w.grants[id]
	if !ok {
		return oauth.Grant{}, oauth.ErrNoGrant
	}
	return g, w.down
}

func (w *world) SaveGrant(_ context.Context, g oauth.Grant, state oauth.GrantState, gen uint32) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.grants[g.ID]
	if now.State != state || now.Gen != gen {
		return false, w.down
	}
	g.Gen = gen + 1
	w.grants[g.ID] = g
	return true, w.down
}

func (w *world) EndGrant(_ context.Context, id seal.RowID, _ journal.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.grants[id]
	g.State, g.Gen = oauth.GrantEnded, g.Gen+1
	w.grants[id] = g
	return w.down
}

func (w *world) Consume(context.Context, once.Secret) error { return w.down }

func (w *world) Used(context.Context, once.Secret) (bool, error) { return false, w.down }

// answers is how many answers were given.
func (w *world) answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.released)
}

// ClientProof knows no records: programs ask for them, and no page here does.
func (*world) ClientProof(context.Context, string, string) (oauth.Proof, error) {
	return oauth.Proof{}, oauth.ErrNoProof
}

// PersonProof knows none either.
func (*world) PersonProof(context.Context, identity.UsageID, string) (oauth.Proof, error) {
	return oauth.Proof{}, oauth.ErrNoProof
}
