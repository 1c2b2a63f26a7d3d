package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
)

func (s *session) doctor() *cobra.Command {
	return s.act("doctor", "Look at everything that this hub stands on", 0, func(ctx context.Context, c config.Config, _ []string) error {
		wrong := 0
		for _, f := range hub.Examine(ctx, c) {
			switch {
			case f.Err != nil:
				wrong++
				s.say("WRONG  %s: %v", f.About, f.Err)
			case f.Note != "":
				s.say("note   %s: %s", f.About, f.Note)
			default:
				s.say("good   %s", f.About)
			}
		}
		if wrong > 0 {
			return fmt.Errorf("%d things are wrong", wrong)
		}
		return nil
	})
}
