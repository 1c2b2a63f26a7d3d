package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"gorm.io/driver/sqlite"
	_ "modernc.org/sqlite" // registers "sqlite", the driver without cgo
)

// openSQLite opens three pools on one file: a durable writer, a loose writer and readers. Both
// writers take turns, so that only other processes are ever waited for inside SQLite.
func (db *DB) openSQLite(path string, o options) (err error) {
	db.dialect = SQLite
	db.now = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	if err := makeFile(path); err != nil {
		return err
	}
	turn := make(chan struct{}, 1)
	if db.durable, err = sqliteHandle(path, 1, turn, "synchronous(FULL)", o); err != nil {
		return err
	}
	if db.loose, err = sqliteHandle(path, 1, turn, "synchronous(NORMAL)", o); err != nil {
		return err
	}
	db.read, err = sqliteHandle(path, o.pool, nil, "query_only(1)", o)
	return err
}

// makeFile makes the file, so that neither it nor the -wal and -shm files, which take its mode,
// are ever readable by others. One that is there is not touched: closing it would give up the
// locks that SQLite holds on it in this process (POSIX, fcntl).
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return file.Close()
}

func sqliteHandle(path string, size int, turn chan struct{}, pragma string, o options) (*handle, error) {
	pool, err := sql.Open("sqlite", sqliteSource(path, pragma, o))
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return newHandle(pool, true, turn, sqlite.Dialector{Conn: pool})
}

func sqliteSource(path, pragma string, o options) string {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", o.wait.Milliseconds()), // first: the next one may meet a lock
		"journal_mode(WAL)", "foreign_keys(1)", "secure_delete(FAST)", pragma,
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}
