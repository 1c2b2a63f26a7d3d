package bench

import (
	"testing"

	"symbolon/provider/store"
)

// counted are the figures of PostgreSQL about what was written: rows of our tables in both
// databases, and how often its log was forced to the disk.
type counted struct{ rows, synced int64 }

func (p *place) written(b *testing.B) counted {
	b.Helper()
	const rows = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"
	return counted{
		ask[int64](b, p.Identity.Source, rows) + ask[int64](b, p.Usage.Source, rows),
		ask[int64](b, p.Usage.Source, "SELECT wal_sync FROM pg_stat_wal"),
	}
}

// writes counts the rows that a whole login writes, and how often the disk is waited for. The
// server's figures are complete once the connections are closed, so each round has a hub of its own;
// what a hub writes when it starts and stops is known from a round without logins.
func (p *place) writes(b *testing.B) {
	if p.Usage.Dialect != store.PostgreSQL {
		b.Skip("SQLite keeps no figures about itself; it gets the same statements")
	}
	const logins = 20
	round := func(logins int) counted {
		before := p.written(b)
		process := p.Spawn(b)
		for range logins {
			p.prove(p.city)
			p.redeem(b, p.city, p.approve(b))
		}
		process.Stop()
		after := p.written(b)
		return counted{after.rows - before.rows, after.synced - before.synced}
	}
	for b.Loop() {
		empty, full := round(0), round(logins)
		b.ReportMetric(float64(full.rows-empty.rows)/logins, "rows/login")
		b.ReportMetric(float64(full.synced-empty.synced)/logins, "syncs/login")
	}
	b.ReportMetric(0, "ns/op")
}
