package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// handle is one pool of connections with the durability of its commits.
type handle struct {
	sql     *sql.DB
	idle    int // how many unused connections are kept
	gorm    *gorm.DB
	prepare bool          // prepare each text once; pgx does so by itself
	turn    chan struct{} // held while writing: SQLite has one writer, and queueing here beats polling for its lock
	stmts   sync.Map      // text → *sql.Stmt
}

// endless is the age at which gorm keeps statements for good. For any other it starts a goroutine that looks for old
// ones and never ends, not even with the database.
const endless = 10 * 365 * 24 * time.Hour

func newHandle(pool *sql.DB, prepare bool, turn chan struct{}, dialect gorm.Dialector) (*handle, error) {
	g, err := gorm.Open(dialect, &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		PrepareStmtTTL:         endless,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard, // gorm's own logger writes values of rows
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open gorm: %w", Fault(err)), pool.Close())
	}
	return &handle{sql: pool, gorm: g, prepare: prepare, turn: turn}, nil
}

// dropIdle closes the connections that nobody uses. When one is found broken the others have most
// likely lost the same server, and each would fail one more request after it is back (attacks DB-02).
func (h *handle) dropIdle() {
	h.sql.SetMaxIdleConns(-1)
	h.sql.SetMaxIdleConns(h.idle)
}

func (h *handle) close() error {
	h.stmts.Range(func(_, stmt any) bool {
		_ = stmt.(*sql.Stmt).Close() // the connections are closed next in any case
		return true
	})
	if kept, ok := h.gorm.ConnPool.(*gorm.PreparedStmtDB); ok {
		kept.Close()
	}
	return h.sql.Close()
}

// enter waits for the writer's turn; leave must follow.
func (h *handle) enter(ctx context.Context) error {
	if h.turn == nil {
		return nil
	}
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *handle) leave() {
	if h.turn != nil {
		<-h.turn
	}
}

// prepared gives the statement of a text, prepared once for the life of the handle.
func (h *handle) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if known, ok := h.stmts.Load(text); ok {
		return known.(*sql.Stmt), nil
	}
	made, err := h.sql.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	known, loaded := h.stmts.LoadOrStore(text, made)
	if loaded {
		_ = made.Close() // somebody else prepared the same text first
	}
	return known.(*sql.Stmt), nil
}
