package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
)

func (s *session) registers() *cobra.Command {
	return group("registers", "What population and document registers tell", s.hear())
}

// hear lets the events of a file have their effect, for registers that deliver files and for what
// was lost on the way. Events that were heard before change nothing.
func (s *session) hear() *cobra.Command {
	return s.act("hear FILE", "Let events that a register delivered as a file have their effect", 1, func(ctx context.Context, c config.Config, args []string) error {
		body, err := os.ReadFile(args[0])
		if err != nil {
			return misused{fmt.Errorf("events: %w", err)}
		}
		stores, err := hub.OpenStores(ctx, c.Databases, nil)
		if err != nil {
			return err
		}
		err = s.heard(ctx, c, stores, body)
		return errors.Join(err, stores.Close())
	})
}

func (s *session) heard(ctx context.Context, c config.Config, stores *hub.Stores, body []byte) error {
	hearing, err := hub.OpenHearing(ctx, c, stores, slog.New(slog.NewTextHandler(s.errs, nil)))
	if err != nil {
		return err
	}
	events, err := hearing.Register.Pushed(body)
	if err != nil {
		return misused{err}
	}
	if err := hearing.Hear(ctx, events); err != nil {
		return err
	}
	s.say("%d events were heard.", len(events))
	return nil
}
