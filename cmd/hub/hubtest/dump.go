package hubtest

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
	_ "modernc.org/sqlite"             // registers "sqlite"
)

// AddDatabase reads every row of every table, and the files of a SQLite database as they lie on
// the disk, the write-ahead log included.
func (d Dump) AddDatabase(t testing.TB, name, source string) {
	t.Helper()
	db := openRaw(t, source)
	defer db.Close() //nolint:errcheck // only read
	for _, table := range tables(t, db, source) {
		d.addTable(t, db, name, table)
	}
	if path, lite := strings.CutPrefix(source, "sqlite:"); lite {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			raw, err := os.ReadFile(path + suffix)
			if err != nil && !os.IsNotExist(err) {
				t.Fatalf("dump %s: %v", name, err)
			}
			d.Add(name+" file"+suffix, raw)
		}
	}
}

// Query reads rows of a database as text, as somebody with access to it could.
func Query(t testing.TB, source, query string) [][]string {
	t.Helper()
	db := openRaw(t, source)
	defer db.Close() //nolint:errcheck // only read
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	defer rows.Close() //nolint:errcheck // Err tells what went wrong
	columns, err := rows.Columns()
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	var all [][]string
	for rows.Next() {
		row, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("query: %v", err)
		}
		texts := make([]string, len(row))
		for i := range row {
			texts[i] = row[i].String
		}
		all = append(all, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("query: %v", err)
	}
	return all
}

// Number is Query for a single number.
func Number(t testing.TB, source, query string) int {
	t.Helper()
	rows := Query(t, source, query)
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%q gives no single value", query)
	}
	n, err := strconv.Atoi(rows[0][0])
	if err != nil {
		t.Fatalf("%q gives no number", query)
	}
	return n
}

func openRaw(t testing.TB, source string) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", source
	if path, lite := strings.CutPrefix(source, "sqlite:"); lite {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatalf("open for a dump: %v", err)
	}
	return db
}

func tables(t testing.TB, db *sql.DB, source string) []string {
	t.Helper()
	list := "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
	if strings.HasPrefix(source, "sqlite:") {
		list = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
	}
	rows, err := db.QueryContext(t.Context(), list)
	if err != nil {
		t.Fatalf("list tables: %v", err)
	}
	defer rows.Close() //nolint:errcheck // Err tells what went wrong
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatalf("list tables: %v", err)
		}
		names = append(names, name)
	}
	if rows.Err() != nil || len(names) == 0 {
		t.Fatalf("list tables: %d found, %v", len(names), rows.Err())
	}
	return names
}

func (d Dump) addTable(t testing.TB, db *sql.DB, name, table string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+table+`"`)
	if err != nil {
		t.Fatalf("dump %s: %v", table, err)
	}
	defer rows.Close() //nolint:errcheck // Err tells what went wrong
	columns, err := rows.Columns()
	if err != nil {
		t.Fatalf("dump %s: %v", table, err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("dump %s: %v", table, err)
		}
		for i, v := range values {
			place := name + "." + table + "." + columns[i]
			if raw, is := v.([]byte); is {
				d.Add(place, append(raw[:len(raw):len(raw)], '\n'))
			} else {
				d.Add(place, fmt.Appendf(nil, "%v\n", v))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("dump %s: %v", table, err)
	}
}

// Log keeps what is logged.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// Bytes gives all lines so far.
func (l *Log) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}

// String gives all lines so far.
func (l *Log) String() string { return string(l.Bytes()) }
