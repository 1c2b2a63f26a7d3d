package pki

import (
	"sync"
	"time"
)

// mostRecent bounds how many good answers are kept.
const mostRecent = 10_000

// recent keeps good answers for a moment, by the certificate's digest.
type recent struct {
	mu   sync.Mutex
	rows map[[32]byte]kept
}

type kept struct {
	proof Proof
	until time.Time
}

func newRecent() *recent { return &recent{rows: map[[32]byte]kept{}} }

func (r *recent) find(certificate [32]byte, now time.Time) (Proof, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row, ok := r.rows[certificate]
	return row.proof, ok && now.Before(row.until)
}

// keep adds an answer. Where there is no room, those that are over make some; if none is, nothing
// is kept: the next login asks again.
func (r *recent) keep(p Proof, now, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) >= mostRecent {
		for certificate, row := range r.rows {
			if !now.Before(row.until) {
				delete(r.rows, certificate)
			}
		}
	}
	if len(r.rows) < mostRecent {
		r.rows[p.Certificate] = kept{p, until}
	}
}
