package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
)

func (s *session) serve() *cobra.Command {
	return s.act("serve", "Serve the hub until it is asked to stop", 0, func(ctx context.Context, c config.Config, _ []string) error {
		h, err := hub.New(ctx, c, hub.Options{Log: hub.NewLog(s.errs, c.Log)})
		if err != nil {
			return err
		}
		return errors.Join(h.Run(ctx), h.Close())
	})
}
