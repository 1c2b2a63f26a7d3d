package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/provider/oauth"
)

func (s *session) party() *cobra.Command {
	apply := s.act("apply FILE", "Put the parties and clients of a file in place", 1, func(ctx context.Context, c config.Config, args []string) error {
		file, err := hub.ReadParties(args[0], hub.Registration(c))
		if err != nil {
			return misused{fmt.Errorf("%s does not hold:\n%w", args[0], err)}
		}
		return s.roster(ctx, c, func(roster hub.Roster) error {
			changed, err := roster.Apply(ctx, file)
			if err != nil {
				return err
			}
			for _, what := range changed {
				s.say("applied %s", what)
			}
			if len(changed) == 0 {
				s.say("Everything stands as the file says already.")
			}
			return nil
		})
	})
	list := s.act("list", "List parties and their clients", 0, func(ctx context.Context, c config.Config, _ []string) error {
		return s.roster(ctx, c, func(roster hub.Roster) error { return s.listParties(ctx, roster) })
	})
	show := s.act("show ID", "Show a party with its clients", 1, func(ctx context.Context, c config.Config, args []string) error {
		return s.roster(ctx, c, func(roster hub.Roster) error { return s.showParty(ctx, roster, args[0]) })
	})
	return group("party", "Look after who may ask for logins", apply, list, show,
		s.turn("disable ID", "Switch a party or a client off: its logins, codes and tokens end", "switched off", false),
		s.turn("enable ID", "Switch a party or a client on again", "switched on", true))
}

func (s *session) turn(use, short, done string, on bool) *cobra.Command {
	return s.act(use, short, 1, func(ctx context.Context, c config.Config, args []string) error {
		return s.roster(ctx, c, func(roster hub.Roster) error {
			if err := roster.Switch(ctx, args[0], on); err != nil {
				return err
			}
			s.say("%s is %s.", args[0], done)
			return nil
		})
	})
}

// roster opens what party commands work on, and closes it.
func (s *session) roster(ctx context.Context, c config.Config, do func(hub.Roster) error) error {
	stores, err := hub.OpenStores(ctx, c.Databases, nil)
	if err != nil {
		return err
	}
	roster, err := hub.OpenRoster(ctx, c, stores)
	if err != nil {
		return errors.Join(err, stores.Close())
	}
	return errors.Join(do(roster), stores.Close())
}

func (s *session) listParties(ctx context.Context, roster hub.Roster) error {
	all, err := roster.All(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintf(table, "%v\t%v\t%v\t%v\n", cells...) }
	row("PARTY", "CLIENT", "STATE", "NAME")
	for _, line := range all {
		row(line.Party.ID, "", state(line.Party.Disabled, line.Unusable), line.Party.Name("en"))
		for _, c := range line.Clients {
			row("", c.ID, state(c.Disabled, ""), c.AuthMethod)
		}
	}
	return table.Flush()
}

func state(off bool, unusable string) string {
	switch {
	case unusable != "":
		return unusable
	case off:
		return "off"
	default:
		return "on"
	}
}

// showParty writes the documents as they stand. They hold no secret: of a client's secret only
// the digest is kept, and that is left out here.
func (s *session) showParty(ctx context.Context, roster hub.Roster, id string) error {
	all, err := roster.All(ctx)
	if err != nil {
		return err
	}
	for _, line := range all {
		if string(line.Party.ID) != id {
			continue
		}
		clients := make([]oauth.Client, len(line.Clients))
		for i, c := range line.Clients {
			c.SecretDigests = nil
			clients[i] = c
		}
		text, err := json.MarshalIndent(map[string]any{"party": line.Party, "clients": clients}, "", "  ")
		if err != nil {
			return fmt.Errorf("party %s: %w", id, err)
		}
		s.say("%s", text)
		return nil
	}
	return fmt.Errorf("%s: %w", id, hub.ErrNoParty)
}
