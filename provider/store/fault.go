package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnavailable says that the database is gone, full, or did not answer in time. Errors that
// are it also have a method Unavailable() bool, for those who may not import this package.
var ErrUnavailable = errors.New("store: the database does not answer")

type unavailable struct{ cause error }

func (u unavailable) Error() string     { return ErrUnavailable.Error() + ": " + u.cause.Error() }
func (u unavailable) Unwrap() error     { return u.cause }
func (u unavailable) Is(err error) bool { return err == ErrUnavailable }
func (u unavailable) Unavailable() bool { return true }

// Fault marks an error of the database with ErrUnavailable where trying later may help. Others,
// and nil, come back as they are. Everything but reading through Gorm does it by itself.
func Fault(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) || !gone(err) {
		return err
	}
	return unavailable{err}
}

func gone(err error) bool {
	if code, ok := sqliteCode(err); ok {
		switch code {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT:
			return true
		}
		return false
	}
	if code, ok := postgresCode(err); ok {
		switch {
		case strings.HasPrefix(code, "08"), // connection exceptions
			strings.HasPrefix(code, "53"), // insufficient resources: disk, memory, connections
			strings.HasPrefix(code, "57"), // operator intervention: shut down, statement timeout
			strings.HasPrefix(code, "58"), // system errors
			code == "55P03",               // lock not available
			code == "25006",               // read-only: a replica that was not promoted yet
			code == "25P03":               // idle in transaction for too long
			return true
		}
		return again(err)
	}
	var netErr net.Error
	return again(err) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &netErr)
}

// lost reports whether the connection to a server broke, or the server is going.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if _, lite := sqliteCode(err); lite {
		return false
	}
	if code, ok := postgresCode(err); ok {
		return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P")
	}
	var netErr net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &netErr)
}

// again reports whether the same transaction may succeed if it is tried again: it met another, or
// there was no connection to begin it on. It is false where it may have been done: a commit whose
// answer was lost is not repeated.
func again(err error) bool {
	if code, ok := sqliteCode(err); ok {
		return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
	}
	var connectErr *pgconn.ConnectError
	if pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.As(err, &connectErr) {
		return true // each says that nothing was sent
	}
	code, _ := postgresCode(err)
	return code == "40001" || code == "40P01" // serialization failure, deadlock
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code() & 0xff, true // the low byte is the primary result code
}

func postgresCode(err error) (string, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return "", false
	}
	return e.Code, true
}

// Duplicate reports whether a write was refused because something that must be unique is there
// already.
func Duplicate(err error) bool {
	if code, ok := postgresCode(err); ok {
		return code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
