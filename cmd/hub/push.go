package hub

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"symbolon/config"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/login"
)

var errNoRegisters = errors.New("registers.url is not set: there are no registers that could tell anything")

// Push takes events that the registers tell of their own accord (means R-STAT-04).
type Push struct {
	Hearing *Hearing
	Token   config.Secret
}

// Events answers 204 when all events that a request holds have had their effect. Whoever gets
// anything else tells them again.
func (p Push) Events(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if p.Hearing == nil || p.Token.IsZero() {
		word(w, http.StatusNotFound, "nothing is here")
		return nil
	}
	shown, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	mine, theirs := sha256.Sum256([]byte(p.Token.Reveal())), sha256.Sum256([]byte(shown))
	if !isBearer || subtle.ConstantTimeCompare(mine[:], theirs[:]) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		word(w, http.StatusUnauthorized, "the registers' token is wanted")
		return nil
	}
	body, err := io.ReadAll(r.Body) // the route bounds it
	var events []register.Event
	if err == nil {
		events, err = p.Hearing.Register.Pushed(body)
	}
	if err != nil {
		word(w, http.StatusBadRequest, "the events are not as described")
		return nil
	}
	if err := p.Hearing.Hear(r.Context(), events); err != nil {
		p.Hearing.Log.WarnContext(r.Context(), "events that the registers pushed had no effect yet", "error", err)
		word(w, http.StatusServiceUnavailable, "not now; tell them again")
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// OpenHearing opens what a command needs that hears events from a file. Other replicas notice by
// themselves.
func OpenHearing(ctx context.Context, c config.Config, stores *Stores, log *slog.Logger) (*Hearing, error) {
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return nil, err
	}
	h := &Hub{config: c, now: time.Now, log: log, identity: t.identity}
	all, err := h.connect(Kinds())
	if err != nil {
		return nil, err
	}
	h.keys = t.keys // by which it finds whom an event is about; means are connected for their names alone, without
	if _, err := h.registers(); err != nil {
		return nil, err
	}
	if h.hearing == nil {
		return nil, errNoRegisters
	}
	h.hearing.People, h.hearing.Resting = t.matcher(c, time.Now), resting(all)
	h.hearing.Ending = login.Ending{Store: t.usage, Journal: journal.Recorder{Vault: t.keys.sealing, Store: t.usage, Now: time.Now}, Now: time.Now}
	return h.hearing, nil
}
