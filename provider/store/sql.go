package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// Statements runs statements written by hand, with ? for every argument on both databases. Texts
// must be constants (but for Now): each is prepared once and kept.
type Statements struct {
	db     *DB
	ctx    context.Context
	handle *handle // of a write outside any transaction
}

// SQL gives statements in the transaction of the context. Without one, Exec is one durable
// statement of its own and the rest reads.
func (db *DB) SQL(ctx context.Context) Statements { return Statements{db, ctx, db.durable} }

// LooseSQL is SQL whose Exec, outside a transaction, does not wait for the disk.
func (db *DB) LooseSQL(ctx context.Context) Statements { return Statements{db, ctx, db.loose} }

// Exec runs a statement and says how many rows it changed.
func (s Statements) Exec(text string, args ...any) (int64, error) {
	text = s.db.texts.of(s.db.dialect, text)
	if open := s.db.transaction(s.ctx); open != nil {
		return run(s.ctx, open.handle, open, text, args)
	}
	var changed int64
	err := s.db.attempt(s.ctx, again, func(ctx context.Context) error {
		if err := s.handle.enter(ctx); err != nil {
			return err
		}
		defer s.handle.leave()
		var err error
		changed, err = run(ctx, s.handle, nil, text, args)
		return err
	})
	return changed, err
}

func run(ctx context.Context, h *handle, open *transaction, text string, args []any) (int64, error) {
	var result sql.Result
	stmt, err := h.statement(ctx, open, text)
	switch {
	case err != nil:
		return 0, err
	case stmt != nil:
		result, err = stmt.ExecContext(ctx, args...)
	case open != nil:
		result, err = open.tx.ExecContext(ctx, text, args...)
	default:
		result, err = h.sql.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Returning runs a writing statement that gives back one row, and reads it.
func (s Statements) Returning(text string, args []any, into ...any) error {
	text = s.db.texts.of(s.db.dialect, text)
	first := func(scan func(...any) error) error { return scan(into...) }
	if open := s.db.transaction(s.ctx); open != nil {
		return each(s.ctx, open.handle, open, text, args, first)
	}
	return s.db.attempt(s.ctx, again, func(ctx context.Context) error {
		if err := s.handle.enter(ctx); err != nil {
			return err
		}
		defer s.handle.leave()
		return each(ctx, s.handle, nil, text, args, first)
	})
}

// Row reads one row into the destinations, or says sql.ErrNoRows.
func (s Statements) Row(text string, args []any, into ...any) error {
	found := false
	err := s.Each(text, args, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// Each calls row for every row found. Within it no other statement may run: there may be but one
// connection.
func (s Statements) Each(text string, args []any, row func(scan func(...any) error) error) error {
	text = s.db.texts.of(s.db.dialect, text)
	if open := s.db.transaction(s.ctx); open != nil {
		return each(s.ctx, open.handle, open, text, args, row)
	}
	given := false // once a row was handed out, reading again would hand it out twice
	once := func(scan func(...any) error) error {
		given = true
		return row(scan)
	}
	return s.db.attempt(s.ctx, func(err error) bool { return !given && again(err) }, func(ctx context.Context) error {
		return each(ctx, s.db.read, nil, text, args, once)
	})
}

func each(ctx context.Context, h *handle, open *transaction, text string, args []any, row func(func(...any) error) error) error {
	var rows *sql.Rows
	stmt, err := h.statement(ctx, open, text)
	switch {
	case err != nil:
		return err
	case stmt != nil:
		rows, err = stmt.QueryContext(ctx, args...)
	case open != nil:
		rows, err = open.tx.QueryContext(ctx, text, args...)
	default:
		rows, err = h.sql.QueryContext(ctx, text, args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err tells what went wrong
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// statement gives the prepared statement of a text in the transaction; nil where the driver
// prepares by itself, and for one that is new to a transaction: that has the only connection.
func (h *handle) statement(ctx context.Context, open *transaction, text string) (*sql.Stmt, error) {
	if !h.prepare {
		return nil, nil
	}
	if open == nil {
		return h.prepared(ctx, text)
	}
	if known, ok := h.stmts.Load(text); ok {
		return open.tx.StmtContext(ctx, known.(*sql.Stmt)), nil
	}
	open.fresh = append(open.fresh, text)
	return nil, nil
}

// texts keeps statements as the database wants them: PostgreSQL numbers its arguments.
type texts struct{ known sync.Map }

func (t *texts) of(dialect Dialect, text string) string {
	if dialect != PostgreSQL {
		return text
	}
	if done, ok := t.known.Load(text); ok {
		return done.(string)
	}
	var out strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			out.WriteString("$" + strconv.Itoa(i))
		}
		out.WriteString(part)
	}
	t.known.Store(text, out.String())
	return out.String()
}
