package faulttest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
	"symbolon/provider/store/usagedb"
)

// facts gives everything about a person that must lie nowhere in the clear.
func facts(t *testing.T, people []sim.Person, key string) map[string]string {
	t.Helper()
	for _, p := range people {
		if p.Key != key {
			continue
		}
		all := map[string]string{
			"given name": p.GivenNames[0], "all given names": p.Given(), "family name": p.FamilyName, "name": p.Name(), "birth date": p.Birthdate,
			"national number": p.Number, "digits of the number": strings.TrimPrefix(p.Number, "PNOPL-"), "document": p.Document.Number,
			"e-mail": p.Email, "phone": p.Phone,
		}
		if p.OldNumber != "" {
			all["number of before"] = strings.TrimPrefix(p.OldNumber, "PNOPL-")
		}
		if p.Address != nil {
			all["street"], all["postal code"] = p.Address.Street, p.Address.PostalCode
		}
		return all
	}
	t.Fatalf("there is no person %q", key)
	return nil
}

// hoard gathers what must be found nowhere, each with a name that says nothing about it.
type hoard struct {
	mu      sync.Mutex
	secrets map[string]string
}

func (h *hoard) keep(of string, all map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, text := range all {
		if text != "" {
			h.secrets[of+": "+name] = text
		}
	}
}

// cookies keeps every cookie that a browser has now; they change on the way.
func (h *hoard) cookies(of string, b *hubtest.Browser) {
	for i, c := range b.Jar.All("localhost") {
		if !strings.HasPrefix(c.Name, "__Host-tx") && c.Name != "__Host-sid" {
			continue // the language and the means used last are nobody's secret
		}
		h.keep(of, map[string]string{fmt.Sprintf("cookie %d of step %d", i, len(b.Trail)): c.Value})
	}
}

// trail keeps every code and state that travelled in an address. A party's nonce and challenge are no
// secrets: a grant keeps them in clear.
func (h *hoard) trail(t *testing.T, of string, b *hubtest.Browser) {
	t.Helper()
	for i, address := range b.Trail {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"code", "state", "id_token_hint"} {
			h.keep(of, map[string]string{fmt.Sprintf("%s of step %d, %s", name, i, u.Path): u.Query().Get(name)})
		}
	}
}

// upstream keeps what goes between hub and providers.
func (h *hoard) upstream(endpoint string, r *http.Request) {
	if r.ParseForm() != nil {
		return
	}
	_, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	at := fmt.Sprintf("%s upstream %d", endpoint, time.Now().UnixNano())
	h.keep(at, map[string]string{"bearer": bearer})
	for _, name := range []string{"code", "state", "nonce", "code_verifier", "client_assertion"} {
		h.keep(at, map[string]string{name: r.Form.Get(name)})
	}
}

// After whole logins of several people by several means, with values told, declined, remembered,
// refreshed and logged out, nothing personal and nothing that opens anything lies in a row, a file,
// a write-ahead log, a log line or a figure, in any usual encoding; nor after everything has expired
// and was swept.
func TestNothingPersonalAtRest(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			rp.HTTP = &http.Client{Transport: w.Wire}
			from := place(t, w)
			h := &hoard{secrets: map[string]string{}}
			for _, s := range []*sim.Switches{w.Country.Profile.Switches, w.Country.Banks.Switches} {
				s.Watch(h.upstream)
			}
			sub := everythingPeopleDo(t, w, rp, h)
			h.keep("wire", w.Wire.Secrets())
			if len(h.secrets) < 150 {
				t.Fatalf("only %d things to search for", len(h.secrets))
			}
			search(t, w, h, from, sub)

			w.Shift(40 * 24 * time.Hour)
			sweep(t, w)
			for what, query := range map[string]string{
				"logins": "SELECT count(*) FROM logins", "sessions": "SELECT count(*) FROM sessions", "one-time secrets": "SELECT count(*) FROM once",
				"grants with values": "SELECT count(*) FROM grants WHERE sealed IS NOT NULL OR code_wrap IS NOT NULL OR access_wrap IS NOT NULL OR refresh_wrap IS NOT NULL",
			} {
				if n := hubtest.Number(t, w.Usage.Source, query); n != 0 {
					t.Errorf("after everything has expired there are %d %s", n, what)
				}
			}
			search(t, w, h, from, sub)
		})
	}
}

// everythingPeopleDo plays the logins, and gives a sub that must be found.
func everythingPeopleDo(t *testing.T, w *hubtest.World, rp *hubtest.RP, h *hoard) string {
	t.Helper()
	sub := ""
	for person, means := range map[string]string{"ordinary": "trusted-profile", "diacritics": "bank-one", "changed-number": "bank-two"} {
		h.keep(person, facts(t, w.Country.People, person))
		b := w.Browser(t)
		b.Prove(w.Country.Addresses.City, means, person)
		h.cookies(person, b)
		for _, id := range append(b.Page.IDs("attr-"), "remember") {
			b.Tick(id)
		}
		if sub = b.Click("approve").TextOf("sub"); sub == "" {
			t.Fatalf("no login at %s:\n%s", b.Page.URL.Path, b.Page.Text())
		}
		b.Begin(w.Country.Addresses.Library)
		h.cookies(person, b)
		b.Click("decline")
		rp.Authorize(b, "scope", "openid offline_access", "prompt", "consent",
			"claims", asking("given_name", "family_name", "birthdate", "address", "email", "phone_number", "national_identifier", "document_number"))
		h.cookies(person, b)
		for _, id := range b.Page.IDs("attr-") {
			b.Tick(id)
		}
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		next := rp.Refresh(tokens.Text("refresh_token"))
		if next.Status != http.StatusOK || rp.Userinfo(next.Text("access_token")).Text("given_name") == "" {
			t.Fatalf("no refresh: %s", next.Body)
		}
		rp.Authorize(b, "claims", asking("birthdate", "phone_number")) // left on the table
		h.cookies(person, b)
		h.trail(t, person, b)
		if person == "ordinary" {
			b.Get(w.Issuer + "/logout?" + url.Values{"id_token_hint": {next.Text("id_token")}}.Encode())
			rp.Revoke(next.Text("refresh_token"))
		}
	}
	stopped := w.Browser(t)
	h.keep("deceased", facts(t, w.Country.People, "deceased"))
	stopped.Prove(w.Country.Addresses.City, "trusted-profile", "deceased")
	h.cookies("deceased", stopped)
	return sub
}

// search reads everything and looks for all of it, and for what must be there.
func search(t *testing.T, w *hubtest.World, h *hoard, from int64, sub string) {
	t.Helper()
	dump := w.Dump()
	resp, err := http.Get(w.Replicas[0].Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	figures, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	dump.Add("figures", figures)
	addFiles(t, dump, w, from)
	if places := strings.Join(dump.Find(sub), " "); !strings.Contains(places, "usage.subjects.subject") {
		t.Errorf("the search does not find the stored sub where it must be, but in %q", places)
	}
	if w.Usage.Dialect == store.PostgreSQL && !strings.Contains(strings.Join(dump.Find(sub), " "), "usage wal") {
		t.Error("the search does not find the stored sub in the write-ahead log: it is not looking there")
	}
	if len(dump.Find("nowa-wola-city")) == 0 || len(dump.Find("symbolon_logins_total")) == 0 {
		t.Error("the search does not see parties or figures")
	}
	dump.HoldsNone(t, h.secrets)
}

// place gives where PostgreSQL's write-ahead log stands.
func place(t *testing.T, w *hubtest.World) int64 {
	t.Helper()
	if w.Usage.Dialect != store.PostgreSQL {
		return 0
	}
	n, err := strconv.ParseInt(hubtest.Query(t, w.Usage.Source, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")[0][0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// addFiles adds PostgreSQL's files of both databases, TOAST included, and its write-ahead log since
// the place. A server on another machine keeps its own files.
func addFiles(t *testing.T, dump hubtest.Dump, w *hubtest.World, from int64) {
	t.Helper()
	if w.Usage.Dialect != store.PostgreSQL {
		return
	}
	const files = `SELECT c.relname, pg_relation_filepath(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'i', 't') AND (n.nspname = 'public' OR n.nspname = 'pg_toast' AND c.oid IN
		(SELECT reltoastrelid FROM pg_class r JOIN pg_namespace s ON s.oid = r.relnamespace WHERE s.nspname = 'public'))`
	folder := hubtest.Query(t, w.Usage.Source, "SHOW data_directory")[0][0]
	if _, err := os.Stat(filepath.Join(folder, "PG_VERSION")); err != nil {
		t.Log("the server's files are out of reach; rows are searched, files are not")
		return
	}
	for name, source := range map[string]string{"identity": w.Identity.Source, "usage": w.Usage.Source} {
		hubtest.Query(t, source, "CHECKPOINT")
		for _, row := range hubtest.Query(t, source, files) {
			raw, err := os.ReadFile(filepath.Join(folder, row[1]))
			if err != nil {
				t.Fatal(err)
			}
			dump.Add(name+" file of "+row[0], raw)
		}
	}
	const segment = 16 << 20
	until := place(t, w)
	for at := from / segment * segment; at <= until; at += segment {
		name := hubtest.Query(t, w.Usage.Source, fmt.Sprintf("SELECT pg_walfile_name('0/0'::pg_lsn + %d)", at+1))[0][0]
		raw, err := os.ReadFile(filepath.Join(folder, "pg_wal", name))
		if err != nil {
			t.Logf("a segment of the write-ahead log is gone already: %v", os.IsNotExist(err))
			continue
		}
		dump.Add("usage wal", raw[max(0, from-at):min(int64(len(raw)), until-at)])
	}
}

// sweep does what the hub does once a minute.
func sweep(t *testing.T, w *hubtest.World) {
	t.Helper()
	handle := w.Usage.Open(t)
	handle.Shift = func() time.Duration { return time.Until(w.Now()) }
	db, err := usagedb.New(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// IN-18: with both databases and without the join key, nothing leads from one to the other: no id,
// digest or sealed value of one stands in the other, and no time in identity is finer than the day.
func TestAttack_IN_18_NothingJoinsUsageToIdentity(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		for person, means := range map[string]string{"ordinary": "trusted-profile", "diacritics": "bank-one"} {
			w.Browser(t).Login(w.Country.Addresses.City, means, person)
		}
		usage := hubtest.Dump{}
		usage.AddDatabase(t, "usage", w.Usage.Source)
		identity := hubtest.Dump{}
		identity.AddDatabase(t, "identity", w.Identity.Source)
		names := 0
		for _, query := range []string{
			"SELECT id, usage FROM persons", "SELECT person, digest FROM usage_digests", "SELECT id, person FROM identifiers", "SELECT identifier, digest FROM identifier_digests",
			"SELECT id, person FROM links", "SELECT link, digest FROM link_digests", "SELECT person, digest FROM comparisons",
		} {
			for _, row := range hubtest.Query(t, w.Identity.Source, query) {
				for _, value := range row {
					names++
					if places := usage.Find(value); len(places) > 0 {
						t.Errorf("a value of %q stands in %s", query, strings.Join(places, ", "))
					}
				}
			}
		}
		ids := hubtest.Query(t, w.Usage.Source, "SELECT DISTINCT usage FROM grants")
		if names < 20 || len(ids) != 2 {
			t.Fatalf("%d names and %d usage ids were looked for", names, len(ids))
		}
		for _, id := range ids {
			if places := identity.Find(id[0]); len(places) > 0 {
				t.Errorf("a usage id stands in %s", strings.Join(places, ", "))
			}
			if len(usage.Find(id[0])) == 0 {
				t.Error("the search does not find a usage id where it must be")
			}
		}
		for _, query := range []string{"SELECT created FROM persons", "SELECT since FROM identifiers", "SELECT since FROM links", "SELECT since FROM contacts"} {
			for _, row := range hubtest.Query(t, w.Identity.Source, query) {
				if days, err := strconv.Atoi(row[0]); err != nil || days > 100_000 {
					t.Errorf("%q is finer than a day", query)
				}
			}
		}
	})
}
