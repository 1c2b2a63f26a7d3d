package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
)

// tries is how often a transaction is begun before a conflict with others is reported.
const tries = 8

var errDurableInLoose = errors.New("store: a durable act inside a loose transaction")

// transaction travels in the context. A context carries at most one of each database.
type transaction struct {
	tx     *sql.Tx
	handle *handle
	fresh  []string // texts that were not prepared yet
}

type inTransaction struct{ db *DB }

func (db *DB) transaction(ctx context.Context) *transaction {
	t, _ := ctx.Value(inTransaction{db}).(*transaction)
	return t
}

// Atomically runs the act in one transaction that has reached the disk when it returns nil. The
// transaction travels in the context given to the act; a call inside another joins it. The act
// may run again after a conflict, so it must do nothing but work on the database.
func (db *DB) Atomically(ctx context.Context, act func(context.Context) error) error {
	return db.transact(ctx, db.durable, act)
}

// Loosely is Atomically without waiting for the disk: a crash may lose the last moments, never
// half of one. Inside Atomically it joins; Atomically inside of it is refused.
func (db *DB) Loosely(ctx context.Context, act func(context.Context) error) error {
	return db.transact(ctx, db.loose, act)
}

func (db *DB) transact(ctx context.Context, h *handle, act func(context.Context) error) error {
	if open := db.transaction(ctx); open != nil {
		if h == db.durable && open.handle == db.loose {
			return errDurableInLoose
		}
		return act(ctx)
	}
	return db.attempt(ctx, again, func(ctx context.Context) error { return db.once(ctx, h, act) })
}

// once runs the act in one transaction.
func (db *DB) once(ctx context.Context, h *handle, act func(context.Context) error) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	defer h.leave()
	tx, err := h.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; before it the act's error is the one to tell
	open := &transaction{tx: tx, handle: h}
	if err := act(context.WithValue(ctx, inTransaction{db}, open)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, text := range open.fresh { // for the next one; what fails here is tried again then
		_, _ = h.prepared(ctx, text)
	}
	return nil
}

// attempt runs the act until it succeeds, fails in a way that is not worth another try, or has
// failed often enough.
func (db *DB) attempt(ctx context.Context, worth func(error) bool, act func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, db.wait)
	defer cancel()
	for try := 1; ; try++ {
		err := act(ctx)
		if lost(err) {
			db.dropIdle()
		}
		if err == nil || !worth(err) || try == tries || !pause(ctx, try) {
			return Fault(err)
		}
	}
}

// pause waits for a random moment that grows with the tries, so that those who met do not meet
// again; false if there is no time left.
func pause(ctx context.Context, try int) bool {
	timer := time.NewTimer(rand.N(time.Duration(try) * 10 * time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Gorm gives gorm on the transaction of the context. Without one it is for reading only: on
// SQLite a write is refused there, and what it costs to wait for the disk is never left open.
func (db *DB) Gorm(ctx context.Context) *gorm.DB {
	open := db.transaction(ctx)
	if open == nil {
		ctx, cancel := context.WithTimeout(ctx, db.wait)
		context.AfterFunc(ctx, cancel) // gorm gives no moment at which it is done
		return db.read.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	}
	g := open.handle.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	g.Statement.ConnPool = open.tx
	if cache, ok := open.handle.gorm.ConnPool.(*gorm.PreparedStmtDB); ok {
		g.Statement.ConnPool = &gorm.PreparedStmtTX{Tx: open.tx, PreparedStmtDB: cache}
	}
	return g
}
