package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
)

func (s *session) migrate() *cobra.Command {
	up := s.stores("up", "Bring both databases up to date", func(ctx context.Context, stores *hub.Stores) error {
		if err := stores.Migrate(ctx); err != nil {
			return err
		}
		s.say("Both databases are up to date.")
		return nil
	})
	status := s.stores("status", "Say whether the databases are up to date", func(ctx context.Context, stores *hub.Stores) error {
		identity, usage, err := stores.Migrated(ctx)
		if err != nil {
			return err
		}
		s.say("identity: %s", upToDate(identity))
		s.say("usage:    %s", upToDate(usage))
		if !identity || !usage {
			return errors.New("run `symbolon migrate up`")
		}
		return nil
	})
	var sure bool
	down := s.stores("down", "Take both schemas away with everything in them", func(ctx context.Context, stores *hub.Stores) error {
		if !sure {
			return misused{errors.New("this erases every person, party and record; say --erase-everything if that is meant")}
		}
		if err := stores.MigrateDown(ctx); err != nil {
			return err
		}
		s.say("Both databases are empty.")
		return nil
	})
	down.Flags().BoolVar(&sure, "erase-everything", false, "yes, erase every person, party and record")
	return group("migrate", "Look after the schemas of the two databases", up, status, down)
}

func upToDate(yes bool) string {
	if yes {
		return "up to date"
	}
	return "not up to date"
}

// stores makes a command that works on the two databases.
func (s *session) stores(use, short string, do func(context.Context, *hub.Stores) error) *cobra.Command {
	return s.act(use, short, 0, func(ctx context.Context, c config.Config, _ []string) error {
		stores, err := hub.OpenStores(ctx, c.Databases, nil)
		if err != nil {
			return err
		}
		return errors.Join(do(ctx, stores), stores.Close())
	})
}
