package store

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
)

// openPostgres opens two pools: one whose commits wait for the disk, one whose commits do not.
// A session setting costs nothing for each transaction, which SET LOCAL would.
func (db *DB) openPostgres(o options) (err error) {
	db.dialect = PostgreSQL
	db.now = "(extract(epoch from statement_timestamp()) * 1000000)::bigint" // stable, so an index on times is used
	if db.durable, err = postgresHandle(db.source, o, "on"); err != nil {
		return err
	}
	db.read = db.durable
	db.loose, err = postgresHandle(db.source, o, "off")
	return err
}

func postgresHandle(source string, o options, commit string) (*handle, error) {
	config, err := postgresConfig(source, o.wait)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["synchronous_commit"] = commit
	// The server gives up before the connection does, so that a slow statement leaves the
	// connection in order.
	config.RuntimeParams["statement_timeout"] = strconv.FormatInt((o.wait * 8 / 10).Milliseconds(), 10)
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "10000" // a replica that died holds no lock for long
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(o.pool)
	pool.SetMaxIdleConns(o.pool)
	pool.SetConnMaxLifetime(30 * time.Minute)
	h, err := newHandle(pool, false, nil, postgres.New(postgres.Config{Conn: pool}))
	if err == nil {
		h.idle = o.pool
	}
	return h, err
}

// postgresConfig reads a source. Connecting, reading and writing are bounded: a server that is
// gone, or behind a network that swallows packets, is noticed without the kernel's patience.
func postgresConfig(source string, wait time.Duration) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(source)
	if err != nil {
		return nil, fmt.Errorf("read the database source: %w", err) // pgx takes the password out
	}
	config.ConnectTimeout = wait
	if wait > 0 {
		dial := (&net.Dialer{Timeout: wait, KeepAlive: 5 * time.Second}).DialContext
		config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &boundedConn{Conn: conn, wait: wait}, nil
		}
	}
	return config, nil
}

// plain opens a source for migrations: one connection, no bounds on a statement.
func (db *DB) plain() (*sql.DB, error) {
	if db.dialect == SQLite {
		h, err := sqliteHandle(sqlitePath(db.source), 1, nil, "synchronous(FULL)", options{wait: 30 * time.Second})
		if err != nil {
			return nil, err
		}
		return h.sql, nil
	}
	config, err := postgresConfig(db.source, 0)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config), nil
}

// boundedConn gives every read and write a deadline of its own, never later than the one that
// the driver set for its context.
type boundedConn struct {
	net.Conn
	wait  time.Duration
	mu    sync.Mutex
	until time.Time // set by the driver; zero = none
}

// SetDeadline keeps the driver's deadline.
func (c *boundedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	return c.Conn.SetDeadline(t)
}

// Read reads within the bound.
func (c *boundedConn) Read(p []byte) (int, error) {
	if err := c.bound(c.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write writes within the bound.
func (c *boundedConn) Write(p []byte) (int, error) {
	if err := c.bound(c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *boundedConn) bound(set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now().Add(c.wait)
	if !c.until.IsZero() && c.until.Before(at) {
		at = c.until
	}
	return set(at)
}
