package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/provider/keys"
)

func (s *session) keys() *cobra.Command {
	create := s.act("create", "Make every key of a new installation, in an empty folder", 0, func(_ context.Context, c config.Config, _ []string) error {
		if err := hub.CreateKeys(c, time.Now()); err != nil {
			return err
		}
		s.say("The keys are in %s. Keep a copy where the databases' backups are not: without them the databases cannot be read.", c.Keys.Dir)
		return nil
	})
	list := s.act("list", "List keys by name and age; no key is shown", 0, func(_ context.Context, c config.Config, _ []string) error {
		return s.listKeys(c, time.Now())
	})
	var algorithm string
	rotate := s.act("rotate", "Make a signing key that takes over as soon as everybody can know it", 0, func(ctx context.Context, c config.Config, _ []string) error {
		return s.rotateKey(ctx, c, keys.Algorithm(algorithm), time.Now())
	})
	rotate.Flags().StringVar(&algorithm, "alg", string(keys.ES256), "algorithm of the new key: ES256 or RS256")
	withdraw := s.act("withdraw ID", "Take away a signing key that may be in wrong hands, at once", 1, func(ctx context.Context, c config.Config, args []string) error {
		return s.withdrawKey(ctx, c, args[0], time.Now())
	})
	withdraw.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { // one name in 64 looks like an option
		return misused{fmt.Errorf("%w; a name that begins with a dash is typed so: keys withdraw -- ID", err)}
	})
	return group("keys", "Look after the keys", create, list, rotate, withdraw, s.makeEvidence())
}

func (s *session) listKeys(c config.Config, now time.Time) error {
	ring, err := keys.Open(c.Keys.Dir)
	if err != nil {
		return err
	}
	signing, err := keys.OpenSigning(c.Keys.Dir, hub.Schedule(c))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintf(table, "%v\t%v\t%v\n", cells...) }
	row("KEY", "STATE", "FROM")
	for _, purpose := range append(keys.Purposes(), keys.Evidence) {
		for i, version := range ring.Of(purpose) {
			row(fmt.Sprintf("%s-%d", purpose, version.ID), map[bool]string{true: "used", false: "accepted"}[i == 0], "")
		}
	}
	shown := map[string]bool{}
	for _, k := range signing.Published(now) {
		shown[k.ID] = true
	}
	for _, k := range signing.History() {
		active, _ := signing.Active(k.Algorithm, now)
		row(k.String(), signingState(k, active, shown[k.ID], now), k.Begin.UTC().Format(time.RFC3339))
	}
	return table.Flush()
}

func signingState(k, active keys.SigningKey, shown bool, now time.Time) string {
	switch {
	case k.ID == active.ID:
		return "signs"
	case k.Begin.After(now):
		return "published, signs later"
	case shown:
		return "published, signs no more"
	default:
		return "retired"
	}
}

func (s *session) withdrawKey(ctx context.Context, c config.Config, id string, now time.Time) error {
	signing, err := keys.OpenSigning(c.Keys.Dir, hub.Schedule(c))
	if err != nil {
		return err
	}
	made, err := signing.Withdraw(id, now)
	if err != nil {
		return err
	}
	s.say("Key %s is withdrawn. Every hub on this folder is without it within a minute; services keep what they read of it for up to five.", id)
	return s.roster(ctx, c, func(roster hub.Roster) error { // the act stands, whatever becomes of its record
		if err := hub.RecordWithdrawal(ctx, roster.Journal, id); err != nil {
			return err
		}
		for _, k := range made {
			if err := hub.RecordKey(ctx, roster.Journal, k.ID, string(k.Algorithm)); err != nil {
				return err
			}
			s.say("%s signs in its place.", k)
		}
		return nil
	})
}

func (s *session) rotateKey(ctx context.Context, c config.Config, algorithm keys.Algorithm, now time.Time) error {
	if algorithm != keys.ES256 && algorithm != keys.RS256 {
		return misused{errors.New("--alg must be ES256 or RS256")}
	}
	return s.roster(ctx, c, func(roster hub.Roster) error {
		signing, err := keys.OpenSigning(c.Keys.Dir, hub.Schedule(c))
		if err != nil {
			return err
		}
		made, err := signing.Replace(algorithm, now)
		if err != nil {
			return err
		}
		for _, k := range made {
			if err := hub.RecordKey(ctx, roster.Journal, k.ID, string(k.Algorithm)); err != nil {
				return err
			}
			s.say("%s is published now and signs from %s.", k, k.Begin.UTC().Format(time.RFC3339))
		}
		return nil
	})
}
