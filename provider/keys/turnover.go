package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Schedule says how signing keys follow each other.
type Schedule struct {
	Life time.Duration // how long one key signs
	Lead time.Duration // how long before its use the next is published: at least the longest time for which verifiers and replicas keep what they read
	Keep time.Duration // how long after its use one is still published: at least the longest life of a token, and that time again
}

// Signing holds the signing keys of a folder. It may be used by many at a time.
type Signing struct {
	dir      string
	schedule Schedule
	keys     atomic.Pointer[[]SigningKey] // oldest first
}

// OpenSigning reads the signing keys of a folder. There must be one to sign with.
func OpenSigning(dir string, schedule Schedule) (*Signing, error) {
	if schedule.Lead <= 0 || schedule.Keep <= 0 || schedule.Life <= schedule.Lead {
		return nil, errors.New("signing keys: lead and keep must be positive, and life longer than lead")
	}
	s := &Signing{dir: dir, schedule: schedule}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	if len(*s.keys.Load()) == 0 {
		return nil, fmt.Errorf("there is no signing key in %s", dir)
	}
	return s, nil
}

// Reload reads the folder again. Every replica does so well within the schedule's lead. If
// something is wrong there, what was read before stays.
func (s *Signing) Reload() error {
	keys, err := readSigning(s.dir)
	if err != nil {
		return err
	}
	s.keys.Store(&keys)
	return nil
}

// Active gives the key to sign with now; false if there is none of that algorithm.
func (s *Signing) Active(a Algorithm, now time.Time) (SigningKey, bool) {
	keys := *s.keys.Load()
	for i := len(keys) - 1; i >= 0; i-- {
		if k := keys[i]; k.Algorithm == a && k.signer != nil && !k.Begin.After(now) {
			return k, true
		}
	}
	return SigningKey{}, false
}

// Published gives the keys that verifiers are shown now: the one in use, the next one as soon as
// it is there, and earlier ones until nothing that they signed can still be valid.
func (s *Signing) Published(now time.Time) []SigningKey {
	var shown []SigningKey
	for _, k := range *s.keys.Load() {
		if end, ends := s.end(k); !ends || now.Before(end.Add(s.schedule.Keep)) {
			shown = append(shown, k)
		}
	}
	return shown
}

// History gives every key there ever was, for verifying what is accepted long after its time,
// such as an id_token_hint.
func (s *Signing) History() []SigningKey { return append([]SigningKey(nil), *s.keys.Load()...) }

// end gives the moment at which the next key of the same algorithm takes over.
func (s *Signing) end(key SigningKey) (time.Time, bool) {
	for _, k := range *s.keys.Load() {
		if k.Algorithm == key.Algorithm && k.Begin.After(key.Begin) {
			return k.Begin, true
		}
	}
	return time.Time{}, false
}

// Rotate does what the schedule wants done by now: makes the key that follows one whose end is
// near, and takes the private part of one that has had its time off the disk. It says which keys
// it made. Every replica may call it, at any time and as often as it likes.
func (s *Signing) Rotate(now time.Time) ([]SigningKey, error) {
	return s.change(func() error {
		for _, k := range *s.keys.Load() {
			if err := s.follow(k, now); err != nil {
				return err
			}
			if err := s.strip(k, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replace makes a key that takes over from the present one as soon as verifiers can know it,
// whatever the schedule says. For an algorithm without any key it makes the first.
func (s *Signing) Replace(a Algorithm, now time.Time) ([]SigningKey, error) {
	return s.change(func() error {
		begin := ceil(now.Add(s.schedule.Lead))
		if _, ok := s.Active(a, now); !ok {
			begin = now.Truncate(time.Second)
		}
		return makeSigning(s.dir, a, begin)
	})
}

// change makes keys while no other process does, and says which are new.
func (s *Signing) change(act func() error) ([]SigningKey, error) {
	unlock, err := lock(s.dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.Reload(); err != nil { // perhaps another replica has just done it
		return nil, err
	}
	had := map[string]bool{}
	for _, k := range *s.keys.Load() {
		had[k.ID] = true
	}
	if err := errors.Join(act(), s.Reload()); err != nil {
		return nil, err
	}
	var made []SigningKey
	for _, k := range *s.keys.Load() {
		if !had[k.ID] {
			made = append(made, k)
		}
	}
	return made, nil
}

// follow makes the key after the newest of an algorithm, once its end is no further than the lead.
func (s *Signing) follow(k SigningKey, now time.Time) error {
	if _, followed := s.end(k); followed {
		return nil
	}
	begin := k.Begin.Add(s.schedule.Life)
	earliest := ceil(now.Add(s.schedule.Lead))
	if begin.After(earliest) {
		return nil
	}
	return makeSigning(s.dir, k.Algorithm, earliest) // never sooner than verifiers can know it
}

// strip leaves of a key only the public part, once no replica can still be signing with it.
func (s *Signing) strip(k SigningKey, now time.Time) error {
	end, ends := s.end(k)
	if !ends || k.signer == nil || now.Before(end.Add(s.schedule.Lead)) {
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return fmt.Errorf("write a public key: %w", err)
	}
	path := filepath.Join(s.dir, signingName(k.Algorithm, k.Begin))
	content := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if err := writeOnce(path+publicSuffix, content); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := os.Remove(path + privateSuffix); err != nil {
		return fmt.Errorf("take a private key away: %w", err)
	}
	return syncDir(s.dir)
}

// ceil rounds up to a whole second, which is what a key file's name holds.
func ceil(t time.Time) time.Time {
	return t.Add(time.Second - time.Nanosecond).Truncate(time.Second)
}
