package keys

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrNotEmpty says that a folder already holds something.
var ErrNotEmpty = errors.New("keys: the folder is not empty")

// Create makes a key for every purpose and a first signing key for each algorithm (ES256 if none
// is named) in a folder that is empty or not there. It never touches a key that exists.
func Create(dir string, now time.Time, algorithms ...Algorithm) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the key folder: %w", err)
	}
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	held, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the key folder: %w", err)
	}
	if len(held) > 0 {
		return fmt.Errorf("%w: %s", ErrNotEmpty, dir)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close the key folder to others: %w", err)
	}
	for _, p := range Purposes() {
		if err := makeKey(dir, p, 1); err != nil {
			return err
		}
	}
	if len(algorithms) == 0 {
		algorithms = []Algorithm{ES256}
	}
	for _, a := range algorithms {
		if err := makeSigning(dir, a, now.Truncate(time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// Add makes the next version of a purpose's key: the first step of its turnover.
func Add(dir string, p Purpose) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	ring, err := Open(dir)
	if err != nil {
		return err
	}
	newest := ring.Newest(p).ID
	if newest == 255 {
		return fmt.Errorf("there are 255 versions of the %s key", p)
	}
	return makeKey(dir, p, newest+1)
}

// PutEvidence keeps the public key that evidence is sealed to.
func PutEvidence(dir string, id byte, public [32]byte) error {
	return writeOnce(filepath.Join(dir, keyName(Evidence, id)), []byte(hex.EncodeToString(public[:])+"\n"))
}

func makeKey(dir string, p Purpose, id byte) error {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return writeOnce(filepath.Join(dir, keyName(p, id)), []byte(hex.EncodeToString(raw[:])+"\n"))
}

// writeOnce writes a file that must not be there yet: whole under another name first, then linked,
// so that nobody ever reads half a key and of two who make it one fails.
func writeOnce(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".making-*") // mode 0600
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Link(temp.Name(), path)
	}
	if err = errors.Join(err, os.Remove(temp.Name())); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes sure that the name of a file survives a crash, as its content does.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the key folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write the key folder: %w", err)
	}
	return nil
}

// lock keeps other processes from making keys in the folder meanwhile.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the key folder: %w", err)
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the key folder: %w", err), d.Close())
	}
	return func() { _ = d.Close() }, nil // closing gives the lock back
}

// private refuses what somebody but the owner may read or change.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o: keys must be closed to group and others", path, mode)
	}
	return nil
}
