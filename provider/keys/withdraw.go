package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ErrNoKey says that no signing key has this id.
var ErrNoKey = errors.New("keys: no signing key has this id")

// withdrawnPrefix names what stays of a withdrawn key: its public part, which nothing reads any more.
const withdrawnPrefix = "withdrawn-"

// Withdraw takes a signing key away that may be in wrong hands, at once and whatever the schedule
// says (attacks KR-02): it signs no more, nobody is shown it, and what it signed is not accepted
// here. If it is the one that signs, another takes over this moment; verifiers that do not know
// that one ask for it (OpenID Connect Core §10.1.1). It says which keys it made.
func (s *Signing) Withdraw(id string, now time.Time) ([]SigningKey, error) {
	return s.change(func() error {
		all := *s.keys.Load()
		i := slices.IndexFunc(all, func(k SigningKey) bool { return k.ID == id })
		if i < 0 {
			return ErrNoKey
		}
		gone := all[i]
		if active, ok := s.Active(gone.Algorithm, now); ok && active.ID == id {
			begin := now.Truncate(time.Second)
			if begin.Equal(gone.Begin) { // a name holds one key for each second
				begin = begin.Add(-time.Second)
			}
			if err := makeSigning(s.dir, gone.Algorithm, begin); err != nil {
				return err
			}
		}
		return s.takeAway(gone)
	})
}

func (s *Signing) takeAway(k SigningKey) error {
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return fmt.Errorf("write a public key: %w", err)
	}
	name := signingName(k.Algorithm, k.Begin)
	content := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if err := writeOnce(filepath.Join(s.dir, withdrawnPrefix+name+publicSuffix), content); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	for _, suffix := range []string{privateSuffix, publicSuffix} {
		if err := os.Remove(filepath.Join(s.dir, name+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("take a key away: %w", err)
		}
	}
	return syncDir(s.dir)
}
