package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"symbolon/config"
	"symbolon/provider/keys"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
)

// Schedule gives how signing keys follow each other. A key is still published twice as long as
// anything that it signed may be valid.
func Schedule(c config.Config) keys.Schedule {
	return keys.Schedule{Life: c.Keys.RotateEvery, Lead: c.Keys.PublishLead, Keep: 2 * max(c.Lifetimes.IDToken, c.Lifetimes.Access)}
}

// CreateKeys makes every key of an installation in its folder, which must be empty.
func CreateKeys(c config.Config, now time.Time) error {
	return keys.Create(c.Keys.Dir, now, keys.ES256, keys.RS256)
}

// keyring is every key that a hub uses, in the form in which it is used.
type keyring struct {
	ring    *keys.Ring
	signing *keys.Signing
	mint    seal.Mint
	sealing seal.Vault
	join    seal.Vault
	digest  seal.Digester
	limit   [32]byte
	derive  [32]byte
	handle  [32]byte
}

func openKeys(c config.Config) (*keyring, error) {
	ring, err := keys.Open(c.Keys.Dir)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	signing, err := keys.OpenSigning(c.Keys.Dir, Schedule(c))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	k := &keyring{
		ring: ring, signing: signing, sealing: seal.Vault{Keys: versions(ring, keys.Sealing)}, join: seal.Vault{Keys: versions(ring, keys.Join)},
		digest: seal.Digester{Keys: versions(ring, keys.Digest)},
		derive: ring.Newest(keys.Derive).Key, handle: ring.Newest(keys.Handle).Key,
		limit: ring.Newest(keys.Limit).Key,
	}
	for _, v := range ring.Of(keys.Tag) {
		k.mint.Keys = append(k.mint.Keys, seal.TagKey{ID: v.ID, Key: v.Key})
	}
	return k, nil
}

// evidence gives the key that full records are sealed to, nil if there is none.
func (k *keyring) evidence() *login.EvidenceKey {
	newest := k.ring.Newest(keys.Evidence)
	if newest.ID == 0 {
		return nil
	}
	return &login.EvidenceKey{ID: newest.ID, Public: newest.Key}
}

func versions(ring *keys.Ring, purpose keys.Purpose) []seal.VaultKey {
	var all []seal.VaultKey
	for _, v := range ring.Of(purpose) {
		all = append(all, seal.VaultKey{ID: v.ID, Key: v.Key})
	}
	return all
}

// checked is a database that keeps check values of keys.
type checked interface {
	Empty(context.Context) (bool, error)
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	Atomically(context.Context, func(context.Context) error) error
}

var (
	_ checked = (*identitydb.DB)(nil)
	_ checked = (*usagedb.DB)(nil)
)

const checksSetting = "key_checks"

// fresh reports whether neither database was ever used, so that keys may be made for them.
func fresh(ctx context.Context, databases ...checked) (bool, error) {
	for _, db := range databases {
		empty, err := db.Empty(ctx)
		if err != nil || !empty {
			return false, err
		}
		text, err := db.Setting(ctx, checksSetting)
		if err != nil || text != "" {
			return false, err
		}
	}
	return true, nil
}

// compareKeys holds the keys at hand against what both databases were written with, and refuses
// absence and difference. An empty database takes the keys as its own.
func compareKeys(ctx context.Context, ours map[string]string, named map[string]checked) error {
	var errs []error
	for name, db := range named {
		err := db.Atomically(ctx, func(ctx context.Context) error { return compareOne(ctx, ours, db) })
		if err != nil {
			errs = append(errs, fmt.Errorf("keys and the %s database: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func compareOne(ctx context.Context, ours map[string]string, db checked) error {
	text, err := matchOne(ctx, ours, db)
	if err != nil {
		return err
	}
	written, err := json.Marshal(ours)
	if err != nil {
		return fmt.Errorf("write check values: %w", err)
	}
	if string(written) == text {
		return nil
	}
	return db.SetSetting(ctx, checksSetting, string(written))
}

// matchKeys is compareKeys that changes nothing.
func matchKeys(ctx context.Context, ours map[string]string, named map[string]checked) error {
	var errs []error
	for name, db := range named {
		if _, err := matchOne(ctx, ours, db); err != nil {
			errs = append(errs, fmt.Errorf("keys and the %s database: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// matchOne gives the check values as the database keeps them, if the keys are those.
func matchOne(ctx context.Context, ours map[string]string, db checked) (string, error) {
	empty, err := db.Empty(ctx)
	if err != nil {
		return "", err
	}
	text, err := db.Setting(ctx, checksSetting)
	if err != nil {
		return "", err
	}
	stored := map[string]string{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &stored); err != nil {
			return "", errors.New("the check values that it keeps cannot be read")
		}
	}
	return text, keys.Compare(stored, ours, empty)
}

// noKeys reports whether the folder holds nothing at all.
func noKeys(dir string) bool {
	held, err := os.ReadDir(dir)
	return err == nil && len(held) == 0
}

// signing lets the provider use the installation's signing keys.
type signing struct{ keys *keys.Signing }

var _ oauth.Signing = signing{}

// Active gives the key that signs now.
func (s signing) Active(alg string, now time.Time) (oauth.SigningKey, bool) {
	k, ok := s.keys.Active(keys.Algorithm(alg), now)
	return signingKey(k), ok
}

// Published gives the keys that verifiers must know now.
func (s signing) Published(now time.Time) []oauth.SigningKey {
	return signingKeys(s.keys.Published(now))
}

// History gives every key that ever signed.
func (s signing) History() []oauth.SigningKey { return signingKeys(s.keys.History()) }

func signingKey(k keys.SigningKey) oauth.SigningKey {
	return oauth.SigningKey{ID: k.ID, Alg: string(k.Algorithm), Public: k.Public(), Signer: k}
}

func signingKeys(all []keys.SigningKey) []oauth.SigningKey {
	out := make([]oauth.SigningKey, len(all))
	for i, k := range all {
		out[i] = signingKey(k)
	}
	return out
}
