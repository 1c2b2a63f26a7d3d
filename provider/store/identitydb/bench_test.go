package identitydb

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// BenchmarkMatch says what finding a person by identifier costs, with everything that a match compares,
// among ten thousand persons and among a million. A million is filled in a minute; -short leaves it out.
//
//	go test -run '^$' -bench Match ./provider/store/identitydb
func BenchmarkMatch(b *testing.B) {
	for _, dialect := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		for _, persons := range []int{10_000, 1_000_000} {
			if persons > 10_000 && testing.Short() {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", dialect, persons), func(b *testing.B) { benchmarkMatch(b, dialect, persons) })
		}
	}
}

func benchmarkMatch(b *testing.B, dialect store.Dialect, persons int) {
	empty := storetest.Empty(b, dialect)
	if err := Migrate(b.Context(), empty.Open(b)); err != nil {
		b.Fatal(err)
	}
	fill(b, empty, persons)
	db := New(empty.Open(b))
	m := matcher(db)
	m.Authoritative["trusted-profile"] = []string{"PNODE"}
	keys := make([][]subject.IdentifierKey, 200)
	for i := range keys { // people among all the others
		h := people()["ordinary"]
		h.number = "PNODE-" + fmt.Sprint(i)
		auth := h.says("trusted-profile", h.number)
		if _, err := m.Match(b.Context(), auth, h.registered()); err != nil {
			b.Fatal(err)
		}
		digest := subject.Digest{Key: m.Digests.KeyID(), Sum: m.Digests.Digest("identifier", "PNO\x00DE\x00"+fmt.Sprint(i))}
		keys[i] = []subject.IdentifierKey{{Scheme: identity.NationalNumber, Country: "DE", Digests: []subject.Digest{digest}}}
	}
	for i := 0; b.Loop(); i++ {
		if found, err := db.ByIdentifiers(b.Context(), keys[i%len(keys)]); err != nil || len(found) != 1 {
			b.Fatalf("%d found, %v", len(found), err)
		}
	}
}

// fill makes persons of noise: what a match by identifier reads of others is only their keys. Rows go
// in by the order of their keys and unchecked, on a connection of its own, which is quick.
func fill(b *testing.B, d storetest.Database, persons int) {
	b.Helper()
	driver, source := "pgx", d.Source
	key := func(size int) string { return fmt.Sprintf("convert_to(lpad(i::text, %d, '0'), 'UTF8')", size) }
	from := fmt.Sprintf(" FROM generate_series(1, %d) AS n(i)", persons)
	statements := []string{"SET session_replication_role = replica", "SET synchronous_commit = off"}
	if path, lite := strings.CutPrefix(d.Source, "sqlite:"); lite {
		driver, source = "sqlite", "file:"+path+"?_pragma=synchronous(0)&_pragma=cache_size(-200000)&_pragma=foreign_keys(0)"
		key = func(size int) string { return fmt.Sprintf("CAST(printf('%%0%dd', i) AS BLOB)", size) }
		from = fmt.Sprintf(" FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n)", persons)
		statements = nil
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	for _, s := range append(statements,
		"INSERT INTO persons (id, usage, created, state) SELECT "+key(16)+", "+key(16)+", 20000, 'active'"+from,
		"INSERT INTO identifiers (id, person, scheme, country, sealed, source_kind, source_id, since, state) SELECT "+key(16)+", "+key(16)+", 'PNO', 'DE', "+key(16)+", 'register', 'r', 20000, 'current'"+from,
		"INSERT INTO identifier_digests (key_id, scheme, country, digest, identifier) SELECT 3, 'PNO', 'DE', "+key(32)+", "+key(16)+from,
		"INSERT INTO comparisons (person, key_id, digest, present) SELECT "+key(16)+", 3, "+key(32)+", 1"+from,
		"ANALYZE",
	) {
		if _, err := raw.ExecContext(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		b.Fatal(err)
	}
}
