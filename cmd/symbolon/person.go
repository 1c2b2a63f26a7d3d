package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

func (s *session) person() *cobra.Command {
	return group("person", "Keep a person out, let them in again, put aside what they log in with; their number is read from standard input",
		s.stand("freeze", "Keep a person out everywhere and end what they hold", "The person is kept out.", hub.People.Freeze),
		s.stand("release", "Let a frozen person in again", "The person is let in again.", hub.People.Release),
		s.suspend())
}

// suspend is for the help line, where somebody lost their phone.
func (s *session) suspend() *cobra.Command {
	count, reason, by := 0, "", ""
	command := s.stand("suspend", "Put aside all that an office gave a person to log in with, and tell them", "", func(p hub.People, ctx context.Context, id identity.Identifier) error {
		var err error
		count, err = p.Suspend(ctx, id, by, reason)
		return err
	})
	run := command.RunE
	command.Flags().StringVar(&reason, "reason", "", "why they call: "+strings.Join(hub.Calling(), ", "))
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(hub.Calling(), reason) {
			return misused{hub.ErrCalling}
		}
		var err error
		if by, err = s.atTerminal(); err != nil {
			return err
		}
		if err = run(cmd, args); err == nil {
			s.say("%d ways to log in were put aside. Their owner can take them back by logging in with something as strong. Accounts that were tied by them log nobody in until they are tied anew.", count)
		}
		return err
	}
	return command
}

// stand makes a command that changes how a person stands. Their number comes in on standard input:
// in the arguments everybody on the machine could read it.
func (s *session) stand(use, short, done string, do func(hub.People, context.Context, identity.Identifier) error) *cobra.Command {
	return s.act(use, short, 0, func(ctx context.Context, c config.Config, _ []string) error {
		id, err := s.number()
		if err != nil {
			return misused{err}
		}
		stores, err := hub.OpenStores(ctx, c.Databases, nil)
		if err != nil {
			return err
		}
		people, err := hub.OpenPeople(ctx, c, stores)
		if err == nil {
			err = do(people, ctx, id)
		}
		switch {
		case errors.Is(err, subject.ErrNobody):
			err = errors.New("this installation knows nobody with this number")
		case errors.Is(err, subject.ErrState):
			err = errors.New("the person does not stand so that this can be done")
		case err == nil && done != "":
			s.say("%s", done)
		}
		return errors.Join(err, stores.Close())
	})
}

func (s *session) number() (identity.Identifier, error) {
	line, err := bufio.NewReader(s.in).ReadString('\n')
	line = strings.TrimSpace(line)
	if line == "" {
		return identity.Identifier{}, fmt.Errorf("no number on standard input; write it as PNOPL-…: %w", err)
	}
	return identity.ParseIdentifier(line)
}
