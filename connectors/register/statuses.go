package register

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"time"

	"symbolon/connectors/identity"
)

// How old an answer may be when something is decided by it, by the level that is wanted (means
// R-STAT-01), and how many are kept.
const (
	freshest = time.Minute
	lowest   = 24 * time.Hour
	mostKept = 10_000
)

// Asked is a register that can be asked how a document stands. Errors: ErrNotFound, ErrUnavailable.
type Asked interface {
	Status(context.Context, identity.Document) (Status, error)
}

// Statuses asks how documents stand and keeps answers for as long as the level allows. What is not
// known is never kept. Each replica has its own; Forget empties it when a register tells of a
// document.
type Statuses struct {
	register Asked
	log      *slog.Logger
	now      func() time.Time

	mu   sync.Mutex
	gen  int // of what was forgotten: an answer asked for before is not kept after
	kept map[[sha256.Size]byte]Status
}

// NewStatuses makes an empty one. A nil register is one that never answers.
func NewStatuses(register Asked, log *slog.Logger, now func() time.Time) *Statuses {
	return &Statuses{register: register, log: log, now: now, kept: map[[sha256.Size]byte]Status{}}
}

// Status says how a document stands, for a login or an act that needs the level: from substantial
// up no older than a minute, else no older than a day. Not to know is a state, and always logged
// (means R-STAT-02).
func (s *Statuses) Status(ctx context.Context, doc identity.Document, need identity.Level) Status {
	key := sha256.Sum256([]byte(doc.Key()))
	status, gen, kept := s.look(key, need)
	if kept {
		return status
	}
	status = s.ask(ctx, doc)
	switch {
	case status.State != Unknown && s.now().Sub(status.CheckedAt) > longest(need):
		status = Status{State: Unknown, Reason: Stale, Source: status.Source}
	case status.State != Unknown && status.Reason != NotRegistered: // it may be registered the next moment
		s.keep(key, gen, status)
	}
	if status.State == Unknown {
		s.log.WarnContext(ctx, "the status of a document is not known", "reason", status.Reason, "register", status.Source, "level", need.String())
	}
	return status
}

// Kept gives what was answered before about how a document stands, where that is young enough for the
// level: then Status would ask nobody.
func (s *Statuses) Kept(doc identity.Document, need identity.Level) (Status, bool) {
	status, _, kept := s.look(sha256.Sum256([]byte(doc.Key())), need)
	return status, kept
}

func longest(need identity.Level) time.Duration {
	if need.Satisfies(identity.Substantial) {
		return freshest
	}
	return lowest
}

func (s *Statuses) ask(ctx context.Context, doc identity.Document) Status {
	if s.register == nil || doc.IsZero() {
		return Status{State: Unknown, Reason: NoRegister}
	}
	status, err := s.register.Status(ctx, doc)
	if err != nil {
		return unanswered(err, sourceOf(s.register), s.now())
	}
	return status
}

// sourceOf names a register that gave no answer.
func sourceOf(register Asked) string {
	if c, ok := register.(*Client); ok {
		return c.options.ID
	}
	return ""
}

func (s *Statuses) look(key [sha256.Size]byte, need identity.Level) (status Status, gen int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, ok = s.kept[key]
	return status, s.gen, ok && s.now().Sub(status.CheckedAt) <= longest(need)
}

// keep bounds what is kept: what has grown too old goes first, then anything.
func (s *Statuses) keep(key [sha256.Size]byte, gen int, status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gen != s.gen {
		return
	}
	if _, there := s.kept[key]; !there && len(s.kept) >= mostKept {
		s.makeRoom()
	}
	s.kept[key] = status
}

func (s *Statuses) makeRoom() {
	now := s.now()
	for key, status := range s.kept {
		if now.Sub(status.CheckedAt) > lowest {
			delete(s.kept, key)
		}
	}
	for key := range s.kept {
		if len(s.kept) < mostKept*9/10 {
			return
		}
		delete(s.kept, key)
	}
}

// Forget drops every answer, and those that are under way: a register has told of a document.
func (s *Statuses) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gen++
	clear(s.kept)
}
