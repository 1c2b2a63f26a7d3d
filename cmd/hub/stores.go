package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/config"
	"symbolon/provider/store"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
)

// Stores are the two databases of an installation, opened and nothing else.
type Stores struct {
	Identity, Usage *store.DB
}

// OpenStores opens both databases, or neither; the options hold for both.
func OpenStores(ctx context.Context, d config.Databases, shift func() time.Duration, both ...store.Option) (*Stores, error) {
	identity, err := store.Open(ctx, d.Identity.Source.Reveal(), append([]store.Option{store.Pool(d.Identity.Pool)}, both...)...)
	if err != nil {
		return nil, fmt.Errorf("identity database: %w", err)
	}
	usage, err := store.Open(ctx, d.Usage.Source.Reveal(), append([]store.Option{store.Pool(d.Usage.Pool)}, both...)...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("usage database: %w", err), identity.Close())
	}
	identity.Shift, usage.Shift = shift, shift
	return &Stores{identity, usage}, nil
}

// Close closes both.
func (s *Stores) Close() error { return errors.Join(s.Identity.Close(), s.Usage.Close()) }

// Migrate brings both schemas up to date.
func (s *Stores) Migrate(ctx context.Context) error {
	return errors.Join(identitydb.Migrate(ctx, s.Identity), usagedb.Migrate(ctx, s.Usage))
}

// MigrateDown takes both schemas away with everything in them.
func (s *Stores) MigrateDown(ctx context.Context) error {
	return errors.Join(identitydb.MigrateDown(ctx, s.Identity), usagedb.MigrateDown(ctx, s.Usage))
}

// Migrated says of each database whether its schema is what this version wants.
func (s *Stores) Migrated(ctx context.Context) (identity, usage bool, err error) {
	identity, one := identitydb.Migrated(ctx, s.Identity)
	usage, two := usagedb.Migrated(ctx, s.Usage)
	return identity, usage, errors.Join(one, two)
}

// ready says whether both schemas are what this version wants.
func (s *Stores) ready(ctx context.Context) error {
	identity, usage, err := s.Migrated(ctx)
	switch {
	case err != nil:
		return err
	case !identity || !usage:
		return errors.New("the databases are not up to date; run `symbolon migrate up`")
	}
	return nil
}
