package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
				s.say("WRONG  %s: %s", f.About, strings.ReplaceAll(f.Err.Error(), "\n", "\n       "))
			case f.Note != "":
				s.say("note   %s: %s", f.About, f.Note)
			default:
				s.say("good   %s", f.About)
			}
		}
		switch wrong {
		case 0:
			return nil
		case 1:
			return errors.New("one thing is wrong")
		default:
			return fmt.Errorf("%d things are wrong", wrong)
		}
	})
}
