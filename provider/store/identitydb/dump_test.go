package identitydb

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"symbolon/connectors/identity"
	"symbolon/provider/outbox"
	"symbolon/provider/store/storetest"
)

// encodings gives a value in every way in which it might lie about: as it is, in other cases and
// normal forms, escaped, in bases, and as a digest without a key.
func encodings(value string) [][]byte {
	var all [][]byte
	texts := []string{value, strings.ToUpper(value), strings.ToLower(value), norm.NFD.String(value)}
	for _, text := range texts {
		quoted, _ := json.Marshal(text)
		ascii := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
		utf := utf16.Encode([]rune(text))
		wide := make([]byte, 0, 2*len(utf))
		for _, u := range utf {
			wide = append(wide, byte(u), byte(u>>8))
		}
		all = append(all, []byte(text), quoted[1:len(quoted)-1], []byte(ascii), wide)
		all = append(all, digests(text)...)
		all = append(all, bases([]byte(text))...)
	}
	return all
}

func digests(text string) [][]byte {
	a, b, c, d := md5.Sum([]byte(text)), sha1.Sum([]byte(text)), sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text))
	var all [][]byte
	for _, sum := range [][]byte{a[:], b[:], c[:], d[:]} {
		all = append(all, sum, []byte(hex.EncodeToString(sum)))
	}
	return all
}

// bases gives the parts of base64 and base32 that do not depend on what stands before and behind.
func bases(text []byte) [][]byte {
	all := [][]byte{[]byte(hex.EncodeToString(text)), []byte(strings.ToUpper(hex.EncodeToString(text)))}
	for shift := range 3 {
		cut := (3 - shift) % 3
		inner := text[min(cut, len(text)):]
		inner = inner[:len(inner)/3*3]
		for _, base := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if len(inner) >= 6 {
				all = append(all, []byte(base.EncodeToString(inner)))
			}
		}
	}
	return append(all, []byte(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(text[:len(text)/5*5])))
}

func search(t *testing.T, where string, stored []byte, values map[string]string) {
	t.Helper()
	for what, value := range values {
		for i, form := range encodings(value) {
			if len(form) >= 5 && bytes.Contains(stored, form) {
				t.Errorf("%s holds the %s (encoding %d)", where, what, i)
			}
		}
	}
}

// liesOpen finds a secret of a few digits, too, which stands by chance in what is sealed or in a
// fraction of a second: it counts where nothing that could go on with it stands beside it, or in hex.
func liesOpen(rows, secret string) bool {
	alone := regexp.MustCompile(`(?:^|[^0-9A-Za-z.])` + regexp.QuoteMeta(secret) + `(?:[^0-9A-Za-z]|$)`)
	return strings.Contains(rows, hex.EncodeToString([]byte(secret))) || alone.MatchString(rows) ||
		strings.Trim(secret, "0123456789") != "" && strings.Contains(rows, secret)
}

// Six digits are found where they lie open, and not where chance put them.
func TestDigitsThatLieOpenAreFound(t *testing.T) {
	for rows, open := range map[string]bool{
		"messages code=407312/343037333132": true, "text=Your code is 407312./59": true, `body={"code":"407312"}/7b`: true, "sealed=\x00/ff343037333132ff": true,
		"at=2026-11-30T18:50:48.407312Z/32": false, "sealed=x/a9407312ff": false, "number=940731200017/39": false,
	} {
		if liesOpen(rows, "407312") != open {
			t.Errorf("%s: found %v", rows, !open)
		}
	}
	if !liesOpen("body=x+48599000001/78", "+48") {
		t.Error("what is more than digits is not found within a word")
	}
}

// A stolen copy of the identity database, keys not included, says nothing of anybody.
func TestDumpHoldsNothingPersonal(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		m := matcher(db)
		for name, h := range people() {
			if h.number == "" {
				continue
			}
			h.email, h.phone = name+".unmistakable@mail.example", "+48599"+h.number[6:12]
			auth := h.says("trusted-profile", "upstream-name-of-"+name)
			person, err := m.Match(t.Context(), auth, h.registered())
			if h.dead {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			wrong := h
			wrong.family = "Unbestätigt-Testowy"
			_, _ = m.Match(t.Context(), wrong.says("bank-one", "x"), h.registered()) // leaves a case
			if err := notices(db).LoggedIn(t.Context(), person, nil, "QRST-UVWX", moment()); err != nil {
				t.Fatal(err)
			}
			values := map[string]string{
				"given name": h.given, "family name": h.family, "former name": "Dawna-Testowa", "asserted name": wrong.family,
				"folded name": "NOWAKOWSKAPROBNA", "whole folded name": "KONSTANTYBRZEZINSKITESTOWY",
				"birth date": h.birth, "compact birth date": strings.ReplaceAll(h.birth, "-", ""),
				"number": h.number, "bare number": h.number[6:], "e-mail": h.email, "phone": h.phone,
				"upstream subject": auth.Subject.Reveal(), "usage id": person.Usage.String(), "raw usage id": string(person.Usage[:]),
				"reference of the login": "QRST-UVWX",
			}
			search(t, "a table", []byte(dump(t, db, append(tables(), "settings")...)), values)
			for _, file := range files(t, d) {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				search(t, filepath.Base(file), content, values)
			}
		}
		if c := counts(t, db); c["persons"] < 5 || c["conflicts"] == 0 || c["messages"] == 0 || c["contacts"] == 0 {
			t.Errorf("rows %v: too little was stored for this test to say anything", c)
		}
	})
}

// The search finds what it looks for: a message stored open is seen.
func TestDumpSearchFindsWhatLiesOpen(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		for _, open := range []string{h.given, base64.StdEncoding.EncodeToString([]byte("x" + h.given + "x")), strings.ToUpper(h.given)} {
			err := db.AddMessage(t.Context(), outbox.Message{ID: [16]byte{byte(len(open)), open[0]}, Person: person.ID, Text: "t", Sealed: []byte(open)}, 0)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, form := range encodings(h.given) {
				found = found || len(form) >= 5 && bytes.Contains([]byte(dump(t, db, "messages")), form)
			}
			if !found {
				t.Errorf("not found as %q", open)
			}
			if err := db.Remove(t.Context(), [16]byte{byte(len(open)), open[0]}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// files are those that a SQLite database lies in.
func files(t *testing.T, d storetest.Database) []string {
	t.Helper()
	path, ok := strings.CutPrefix(d.Source, "sqlite:")
	if !ok {
		return nil
	}
	found, err := filepath.Glob(path + "*")
	if err != nil || len(found) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	return found
}

func TestSettingsAndEmptiness(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		if empty, err := db.Empty(t.Context()); err != nil || !empty {
			t.Errorf("new: empty %v, error %v", empty, err)
		}
		if v, err := db.Setting(t.Context(), "check value of a key"); err != nil || v != "" {
			t.Errorf("unset: %q, error %v", v, err)
		}
		for _, want := range []string{"one", "two"} {
			if err := db.SetSetting(t.Context(), "check value of a key", want); err != nil {
				t.Fatal(err)
			}
			if v, err := db.Setting(t.Context(), "check value of a key"); err != nil || v != want {
				t.Errorf("%q, want %q, error %v", v, want, err)
			}
		}
		if v, err := db.Setting(t.Context(), "epoch"); err != nil || v != "1" {
			t.Errorf("epoch %q, error %v", v, err)
		}
		if empty, err := db.Empty(t.Context()); err != nil || !empty {
			t.Errorf("settings alone: empty %v, error %v", empty, err)
		}
		h := people()["ordinary"]
		enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if empty, err := db.Empty(t.Context()); err != nil || empty {
			t.Errorf("with a person: empty %v, error %v", empty, err)
		}
	})
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		for range 2 {
			if done, err := Migrated(t.Context(), db); err != nil || done {
				t.Errorf("before: migrated %v, error %v", done, err)
			}
			if err := Migrate(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if done, err := Migrated(t.Context(), db); err != nil || !done {
				t.Errorf("after: migrated %v, error %v", done, err)
			}
			if err := MigrateDown(t.Context(), db); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOnePersonHasOneCurrentNumberOfAKind(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["changed-number"]
		enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if _, err := db.SQL(t.Context()).Exec("UPDATE identifiers SET state = ?", string(identity.Active)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SQL(t.Context()).Exec("UPDATE identifiers SET state = 'current'"); err == nil {
			t.Error("two current numbers of one person")
		}
	})
}
