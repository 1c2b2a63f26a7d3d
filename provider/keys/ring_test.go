package keys_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"symbolon/provider/keys"
)

func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// made makes a folder of keys.
func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := keys.Create(dir, start()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreMadeOnceForTheirOwnerOnly(t *testing.T) {
	dir := made(t)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(keys.Purposes())+1 {
		t.Fatalf("%d files (%v), want one for each purpose and a signing key", len(entries), err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", info.Mode())
	}
	before, err := keys.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Create(dir, start()); !errors.Is(err, keys.ErrNotEmpty) {
		t.Errorf("making keys again gave %v", err)
	}
	after, err := keys.Open(dir)
	if err != nil || !maps.Equal(before.Checks(), after.Checks()) {
		t.Errorf("making keys again changed them (%v)", err)
	}
}

func TestNoTwoPurposesShareAKey(t *testing.T) {
	ring, err := keys.Open(made(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]keys.Purpose{}
	for _, p := range keys.Purposes() {
		k := ring.Newest(p)
		if other, ok := seen[k.Key]; ok || k.ID != 1 {
			t.Errorf("%s: id %d, same key as %q", p, k.ID, other)
		}
		seen[k.Key] = p
	}
}

func TestTurnoverKeepsEveryVersionNewestFirst(t *testing.T) {
	dir := made(t)
	for range 11 { // past nine: ids are numbers, not text
		if err := keys.Add(dir, keys.Digest); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := keys.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range ring.Of(keys.Digest) {
		if int(k.ID) != 12-i {
			t.Errorf("version %d has id %d", i, k.ID)
		}
	}
	if ring.Newest(keys.Digest).ID != 12 || ring.Newest(keys.Tag).ID != 1 {
		t.Error("the newest is not the newest")
	}
}

func TestAttack_KR_04_WeakKeyFilesAreRefused(t *testing.T) {
	good := strings.Repeat("0123456789abcdeffedcba9876543210", 2)
	tests := []struct {
		name, want string
		spoil      func(t *testing.T, dir string)
	}{
		{"readable by the group", "mode 0640", func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, "tag-1.key"), 0o640) }},
		{"readable by everybody", "mode 0604", func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, "join-1.key"), 0o604) }},
		{"folder open to the group", "mode 0750", func(t *testing.T, dir string) { chmod(t, dir, 0o750) }},
		{"missing", "no join key", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "join-1.key")) }},
		{"empty", "not 32 bytes", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-1.key"), "", 0o600) }},
		{"short", "not 32 bytes", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-1.key"), good[:62]+"\n", 0o600) }},
		{"long", "not 32 bytes", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-1.key"), good+"00\n", 0o600) }},
		{"typed by hand", "not a random key", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "tag-1.key"), strings.Repeat("00", 32), 0o600)
		}},
		{"default text", "not 32 bytes", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-1.key"), "changeme", 0o600) }},
		{"id 0", "an id from 1 to 255", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-0.key"), good, 0o600) }},
		{"id 256", "an id from 1 to 255", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-256.key"), good, 0o600) }},
		{"the same id twice", "an id from 1 to 255", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tag-01.key"), good, 0o600) }},
		{"unknown purpose", "PURPOSE-ID", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "tags-1.key"), good, 0o600) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := made(t)
			test.spoil(t, dir)
			_, err := keys.Open(dir)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want it to say %q", err, test.want)
			}
			if strings.Contains(err.Error(), good[:16]) {
				t.Error("the error shows a key")
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func TestKeysNeverPrint(t *testing.T) {
	ring, err := keys.Open(made(t))
	if err != nil {
		t.Fatal(err)
	}
	k := ring.Newest(keys.Tag)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", k)
	text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k) + log.String()
	if raw := fmt.Sprint(k.Key[0], " ", k.Key[1]); strings.Contains(text, raw) || strings.Count(text, "[key]") != 5 {
		t.Errorf("printed as %s", text)
	}
}

func TestCheckValuesTellWhichKeyIsWrong(t *testing.T) {
	stored := map[string]string{"tag-1": "a", "join-1": "b", "digest-1": "c"}
	with := func(change map[string]string) map[string]string {
		all := maps.Clone(stored)
		maps.Copy(all, change)
		maps.DeleteFunc(all, func(_, v string) bool { return v == "" })
		return all
	}
	tests := []struct {
		name   string
		stored map[string]string
		ours   map[string]string
		empty  bool
		want   string
	}{
		{"the same keys", stored, stored, false, ""},
		{"an empty database takes any", nil, stored, true, ""},
		{"a database that lost its check values", nil, stored, false, "no check value of key digest-1"},
		{"another key", stored, with(map[string]string{"tag-1": "x"}), false, "key tag-1 is not the one"},
		{"no key", stored, with(map[string]string{"join-1": ""}), false, "key join-1, which this database was written with, is absent"},
		{"a new version", stored, with(map[string]string{"digest-2": "d"}), false, ""},
		{"a new version instead of the old", stored, with(map[string]string{"digest-1": "", "digest-2": "d"}), false, "digest-1"},
		{"a purpose from elsewhere", with(map[string]string{"tag-1": ""}), stored, false, "no check value of key tag-1"},
		{"evidence may come later", stored, with(map[string]string{"evidence-1": "e"}), false, ""},
		{"empty, but with values of other keys", stored, with(map[string]string{"tag-1": "x"}), true, "tag-1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := keys.Compare(test.stored, test.ours, test.empty)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestCheckValuesDifferByKeyAndPurpose(t *testing.T) {
	dir := made(t)
	content, err := os.ReadFile(filepath.Join(dir, "tag-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	remove(t, filepath.Join(dir, "join-1.key"))
	write(t, filepath.Join(dir, "join-1.key"), string(content), 0o600)
	ring, err := keys.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	checks := ring.Checks()
	if len(checks) != len(keys.Purposes()) || checks["tag-1"] == checks["join-1"] || strings.Contains(string(content), checks["tag-1"]) {
		t.Errorf("check values %v", checks)
	}
}
