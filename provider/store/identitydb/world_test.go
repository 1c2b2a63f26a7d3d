package identitydb

import (
	"context"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// human is an invented person as means and registers know them.
type human struct {
	given, family, birth, number, old, former string
	email, phone                              string
	dead                                      bool
}

func people() map[string]human {
	return map[string]human{
		"ordinary": {given: "Konstanty", family: "Brzeziński-Testowy", birth: "1987-02-22", number: "PNOPL-87022290019",
			email: "konstanty.testowy@mail.example", phone: "+48599100001"},
		"diacritics": {given: "Żaneta Bogumiła Łucja Śnieżka", family: "Gżegżółka-Święcicka", birth: "1979-11-30", number: "PNOPL-79113090127"},
		"twin-a":     {given: "Aleksandra", family: "Nowakowska-Próbna", birth: "1991-05-03", number: "PNOPL-91050390124"},
		"twin-b":     {given: "Aleksandra", family: "Nowakowska-Próbna", birth: "1991-05-03", number: "PNOPL-91050390247"},
		"changed-number": {given: "Wincenty", family: "Odmienny-Próbny", birth: "1980-03-09", number: "PNOPL-80030990173",
			old: "PNOPL-80030990012"},
		"changed-name": {given: "Seweryna", family: "Nowonazwana-Testowa", birth: "1993-08-17", number: "PNOPL-93081790265", former: "Dawna-Testowa"},
		"deceased":     {given: "Hieronim", family: "Niegdysiejszy-Próbny", birth: "1940-01-15", number: "PNOPL-40011590053", dead: true},
		"foreigner":    {given: "Mariam Salma", family: "Benchekroun-Echouay", birth: "1990-06-21"},
		"mononym":      {given: "Suryaningsih", birth: "1975"},
	}
}

// says is what a means tells of the person: everything it knows.
func (h human) says(means identity.Means, sub string) identity.Authentication {
	auth := identity.Authentication{
		Means: means, Kind: "oidc", Issuer: "https://" + string(means) + ".example", Subject: identity.Hide(sub),
		Attributes: h.attributes(identity.Source{Kind: identity.FromMeans, ID: string(means)}),
		Evidence:   []identity.Evidence{{Kind: identity.UpstreamAssertion, Means: means, Asserted: identity.Substantial, Ceiling: identity.Substantial}},
	}
	if h.number != "" {
		auth.Identifiers = []identity.Identifier{parse(h.number)}
	}
	return auth
}

// registered is what the population register answers about the person.
func (h human) registered() *subject.Registered {
	r := &subject.Registered{Found: true, Identifiers: []identity.Identifier{parse(h.number)}, Deceased: h.dead}
	if h.old != "" {
		r.Identifiers = append(r.Identifiers, parse(h.old))
	}
	r.Attributes = h.attributes(identity.Source{Kind: identity.FromRegister, ID: "population"})
	if h.former != "" {
		r.Attributes = append(r.Attributes, identity.Attribute{Name: "birth_family_name", Value: identity.Text(h.former)})
	}
	return r
}

func (h human) attributes(source identity.Source) identity.Attributes {
	var all identity.Attributes
	for _, a := range [][2]string{
		{"given_name", h.given}, {"family_name", h.family}, {"birthdate", h.birth}, {"email", h.email}, {"phone_number", h.phone},
	} {
		if a[1] != "" {
			all = append(all, identity.Attribute{Name: identity.AttributeName(a[0]), Value: identity.Text(a[1]), Source: source})
		}
	}
	return all
}

func parse(text string) identity.Identifier {
	id, err := identity.ParseIdentifier(text)
	if err != nil {
		panic(err)
	}
	return id
}

func moment() time.Time { return time.Date(2026, 11, 24, 9, 41, 7, 123456000, time.UTC) }

// open gives a migrated database; several handles on it are replicas.
// migrated makes databases that are up to date. What tests the migrations begins with empty ones.
var migrated = storetest.Copies(Migrate)

func open(t *testing.T, d storetest.Database, opts ...store.Option) *DB {
	t.Helper()
	db := New(d.Open(t, opts...))
	if err := Migrate(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	return db
}

func vault(id byte) seal.Vault { return seal.Vault{Keys: []seal.VaultKey{key(id)}} }

func key(id byte) seal.VaultKey { return seal.VaultKey{ID: id, Key: [32]byte{0: id, 31: 9}} }

// matcher trusts the trusted profile and the first bank for Polish numbers, and no other means.
func matcher(db *DB) *subject.Matcher {
	return &subject.Matcher{
		Store: db, Cases: db, Ties: db, Formers: db, Country: "PL", Digests: seal.Digester{Keys: []seal.VaultKey{key(3)}}, Vault: vault(1), JoinKey: vault(2),
		Journal:       journal.Recorder{Vault: vault(4), Store: db, Now: moment},
		Authoritative: map[identity.Means][]string{"trusted-profile": {"PNOPL"}, "bank-one": {"PNOPL"}},
		Now:           moment,
	}
}

// each runs a story on both databases.
func each(t *testing.T, story func(*testing.T, *DB, *subject.Matcher)) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		story(t, db, matcher(db))
	})
}

// enter matches and wants a person.
func enter(t *testing.T, m *subject.Matcher, auth identity.Authentication, r *subject.Registered) identity.Person {
	t.Helper()
	person, err := m.Match(t.Context(), auth, r)
	if err != nil {
		t.Fatalf("match: %v", err)
	}
	return person
}

// counts gives how many rows each table has, but for the journal.
func counts(t *testing.T, db *DB) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, table := range tables() {
		var n int
		if err := db.SQL(t.Context()).Row("SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
			t.Fatal(err)
		}
		all[table] = n
	}
	return all
}

func forget(t *testing.T, db *DB, names ...string) {
	t.Helper()
	for _, table := range names {
		if _, err := db.SQL(t.Context()).Exec("DELETE FROM " + table); err != nil {
			t.Fatal(err)
		}
	}
}

func tables() []string {
	return []string{"persons", "usage_digests", "identifiers", "identifier_digests", "links", "link_digests",
		"comparisons", "contacts", "former_contacts", "documents", "conflicts", "moved", "messages", "journal"}
}

// dump writes every row of the tables as text, bytes as they are, so that what is stored can be
// searched and compared.
func dump(t *testing.T, db *DB, names ...string) string {
	t.Helper()
	var out []byte
	for _, table := range names {
		rows, err := db.Gorm(context.WithoutCancel(t.Context())).Raw("SELECT * FROM " + table).Rows()
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for rows.Next() {
			cells, into := make([][]byte, len(columns)), make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := table
			for i, cell := range cells {
				line += " " + columns[i] + "=" + string(cell) + "/" + hex.EncodeToString(cell)
			}
			lines = append(lines, line)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		for _, line := range lines {
			out = append(out, line+"\n"...)
		}
	}
	return string(out)
}

func kinds(t *testing.T, db *DB) map[journal.Kind]int {
	t.Helper()
	all := map[journal.Kind]int{}
	err := db.SQL(t.Context()).Each("SELECT kind FROM journal", nil, func(scan func(...any) error) error {
		var kind string
		if err := scan(&kind); err != nil {
			return err
		}
		all[journal.Kind(kind)]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
