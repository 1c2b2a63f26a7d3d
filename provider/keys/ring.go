// Package keys holds the keys that stand outside the databases: symmetric ones by purpose, and
// the signing keys with their turnover, each a file that only its owner can read. It gives keys
// out as they are; what is made with them belongs to seal and oauth.
package keys

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Purpose says what a symmetric key is for. No key serves two.
type Purpose string

// The purposes.
const (
	Sealing  Purpose = "sealing"  // seals values that this installation reads again
	Digest   Purpose = "digest"   // finds identifiers without keeping them
	Join     Purpose = "join"     // ties the two databases' names of a person
	Tag      Purpose = "tag"      // marks bearer strings as ours
	Derive   Purpose = "derive"   // derives the successors of tokens
	Handle   Purpose = "handle"   // marks states sent upstream
	Limit    Purpose = "limit"    // hides what limits are counted by
	Evidence Purpose = "evidence" // a public key (X25519); its private half is not on the machine
)

// Purposes lists every purpose that an installation must have a key for: all but Evidence.
func Purposes() []Purpose { return []Purpose{Sealing, Digest, Join, Tag, Derive, Handle, Limit} }

// Key is one version of a key. It never prints.
type Key struct {
	ID  byte // 1 to 255
	Key [32]byte
}

// String hides the key.
func (Key) String() string { return "[key]" }

// GoString hides the key.
func (Key) GoString() string { return "[key]" }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// MarshalText hides the key.
func (Key) MarshalText() ([]byte, error) { return []byte("[key]"), nil }

// Ring holds every symmetric key of an installation.
type Ring struct{ keys map[Purpose][]Key }

// Of gives the versions of a purpose's key, newest first. The newest is used, all are accepted.
func (r *Ring) Of(p Purpose) []Key { return slices.Clone(r.keys[p]) }

// Newest gives the version to use; the zero key for a purpose without any, which only Evidence
// can be.
func (r *Ring) Newest(p Purpose) Key {
	if len(r.keys[p]) == 0 {
		return Key{}
	}
	return r.keys[p][0]
}

const suffix = ".key"

// Open reads the keys of a folder. It refuses a folder or file that others can read, a key that
// is not 32 bytes or is plainly no secret, and a folder in which a purpose has no key.
func Open(dir string) (*Ring, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	ring := &Ring{map[Purpose][]Key{}}
	var errs []error
	for _, file := range files {
		purpose, key, err := readKey(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ring.keys[purpose] = append(ring.keys[purpose], key)
	}
	for _, p := range Purposes() {
		if len(ring.keys[p]) == 0 {
			errs = append(errs, fmt.Errorf("there is no %s key in %s", p, dir))
		}
	}
	for _, versions := range ring.keys {
		slices.SortFunc(versions, func(a, b Key) int { return int(b.ID) - int(a.ID) })
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ring, nil
}

// readKey reads PURPOSE-ID.key: 64 hexadecimal digits and a line end.
func readKey(path string) (Purpose, Key, error) {
	name := filepath.Base(path)
	word, number, _ := strings.Cut(strings.TrimSuffix(name, suffix), "-")
	id, err := strconv.ParseUint(number, 10, 8)
	known := append(Purposes(), Evidence)
	if err != nil || id == 0 || !slices.Contains(known, Purpose(word)) || keyName(Purpose(word), byte(id)) != name {
		return "", Key{}, fmt.Errorf("key file %s: the name is not PURPOSE-ID%s with an id from 1 to 255", name, suffix)
	}
	if err := private(path); err != nil {
		return "", Key{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", Key{}, fmt.Errorf("read key: %w", err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != 32 {
		return "", Key{}, fmt.Errorf("key file %s: not 32 bytes in hexadecimal", name)
	}
	if !varied(raw) {
		return "", Key{}, fmt.Errorf("key file %s: not a random key", name)
	}
	return Purpose(word), Key{byte(id), [32]byte(raw)}, nil
}

// varied tells random bytes from a pattern typed by hand: 32 random bytes with fewer than 16
// different ones do not occur.
func varied(raw []byte) bool {
	seen := map[byte]bool{}
	for _, b := range raw {
		seen[b] = true
	}
	return len(seen) >= 16
}

func keyName(p Purpose, id byte) string { return fmt.Sprintf("%s-%d%s", p, id, suffix) }
