package hubtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"symbolon/cmd/hub"
	"symbolon/config"
)

// keyFolder is what a new installation's key folder holds, by name of file.
type keyFolder struct {
	files map[string][]byte
	err   error
}

// firstKeys are made once for all worlds of a process: an RSA key takes longer to make than a world with
// a login in it. Worlds share nothing else, and what is turned over later is of one world alone.
var firstKeys = sync.OnceValue(func() (k keyFolder) {
	dir, err := os.MkdirTemp("", "keys-*")
	if err != nil {
		return keyFolder{err: err}
	}
	defer func() { k.err = errors.Join(k.err, os.RemoveAll(dir)) }()
	if err := hub.CreateKeys(config.Config{Keys: config.Keys{Dir: dir}}, time.Now()); err != nil {
		return keyFolder{err: err}
	}
	k.files = map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		content, readErr := os.ReadFile(filepath.Join(dir, e.Name()))
		k.files[e.Name()], err = content, errors.Join(err, readErr)
	}
	k.err = err
	return k
})

// putKeys gives a world the keys of an installation.
func putKeys(dir string) error {
	k := firstKeys()
	if k.err != nil {
		return fmt.Errorf("make keys: %w", k.err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, content := range k.files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
