package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Checks gives the check value of every key, by "PURPOSE-ID": it shows that a key is the same as
// before and nothing else about it. Both databases keep them.
func (r *Ring) Checks() map[string]string {
	checks := map[string]string{}
	for purpose, versions := range r.keys {
		for _, k := range versions {
			mac := hmac.New(sha256.New, k.Key[:])
			mac.Write([]byte("symbolon check value " + purpose))
			checks[fmt.Sprintf("%s-%d", purpose, k.ID)] = hex.EncodeToString(mac.Sum(nil)[:16])
		}
	}
	return checks
}

// Compare holds the check values that a database keeps against the keys at hand. An empty
// database takes any keys. Another one must find every key that it knows, unchanged, and may meet
// a new version of a purpose that it knows, but never a purpose that it does not.
func Compare(stored, ours map[string]string, empty bool) error {
	if empty && len(stored) == 0 {
		return nil
	}
	var errs []error
	known := map[string]bool{string(Evidence): true} // may come later
	for _, name := range slices.Sorted(maps.Keys(stored)) {
		known[purposeOf(name)] = true
		switch value, ok := ours[name]; {
		case !ok:
			errs = append(errs, fmt.Errorf("key %s, which this database was written with, is absent", name))
		case value != stored[name]:
			errs = append(errs, fmt.Errorf("key %s is not the one that this database was written with", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		if !known[purposeOf(name)] {
			errs = append(errs, fmt.Errorf("this database is not empty and keeps no check value of key %s", name))
		}
	}
	return errors.Join(errs...)
}

func purposeOf(name string) string {
	purpose, _, _ := strings.Cut(name, "-")
	return purpose
}
