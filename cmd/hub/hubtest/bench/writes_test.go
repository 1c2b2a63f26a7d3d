package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"symbolon/provider/store"
)

// counted are the figures of PostgreSQL about what was written: rows of our tables, by table, and how
// often its log was forced to the disk.
type counted struct {
	rows   map[string]int64
	synced int64
}

func (p *place) written(b *testing.B) counted {
	b.Helper()
	c := counted{map[string]int64{}, ask[int64](b, p.Usage.Source, "SELECT wal_sync FROM pg_stat_wal")}
	for name, source := range map[string]string{"identity": p.Identity.Source, "usage": p.Usage.Source} {
		conn, err := pgx.Connect(b.Context(), source)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close(b.Context()) }() // it was only asked
		rows, err := conn.Query(b.Context(), "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
		if err != nil {
			b.Fatal(err)
		}
		var table string
		var n int64
		if _, err := pgx.ForEachRow(rows, []any{&table, &n}, func() error { c.rows[name+"."+table] = n; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

func (c counted) minus(o counted) counted {
	d := counted{map[string]int64{}, c.synced - o.synced}
	for table, n := range c.rows {
		if n -= o.rows[table]; n != 0 {
			d.rows[table] = n
		}
	}
	return d
}

// report gives what one of so many logins wrote, and into which tables.
func (c counted) report(b *testing.B, logins int, unit string) {
	b.Helper()
	var sum int64
	var tables []string
	for table, n := range c.rows {
		sum += n
		tables = append(tables, fmt.Sprintf("%s %.1f", table, float64(n)/float64(logins)))
	}
	slices.Sort(tables)
	b.ReportMetric(float64(sum)/float64(logins), "rows/"+unit)
	b.ReportMetric(float64(c.synced)/float64(logins), "syncs/"+unit)
	b.Logf("rows a %s: %s", unit, strings.Join(tables, ", "))
}

// round counts what logins write. The server's figures are complete once the connections are closed,
// so each round has a hub of its own.
func (p *place) round(b *testing.B, persons ...string) counted {
	b.Helper()
	before := p.written(b)
	process := p.Spawn(b)
	for _, person := range persons {
		p.proveAs(p.city, person)
		p.redeem(b, p.city, p.approve(b))
	}
	process.Stop()
	return p.written(b).minus(before)
}

// writes counts the rows that a whole login writes, and how often the disk is waited for: that of
// somebody new, and that of somebody who has been here before. What a hub writes when it starts and
// stops is known from a round without logins.
func (p *place) writes(b *testing.B) {
	if p.Usage.Dialect != store.PostgreSQL {
		b.Skip("SQLite keeps no figures about itself; it gets the same statements")
	}
	newcomers := []string{"diacritics", "twin-b", "changed-name", "guardian", "stolen-card"}
	if p.first.rows == nil { // only once are they new, however often this runs
		p.first = p.round(b, newcomers...)
	}
	known := slices.Repeat([]string{"ordinary"}, 20)
	for b.Loop() {
		empty, again := p.round(b), p.round(b, known...)
		p.first.minus(empty).report(b, len(newcomers), "first")
		again.minus(empty).report(b, len(known), "login")
	}
	b.ReportMetric(0, "ns/op")
}
