// Command symbolon is the product: it serves a hub and looks after its databases, keys and
// parties. It leaves the wiring to cmd/hub and every rule to the packages below it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
)

// How a command ends.
const (
	done   = 0
	failed = 1 // something is wrong with the installation, or an act did not succeed
	misuse = 2 // the command line or the settings cannot be understood
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// session is one run of the command: where it writes, and what it was given.
type session struct {
	environ []string
	file    string
	in      io.Reader
	out     io.Writer
	errs    io.Writer
	who     func() (string, error) // who sits at the terminal; nil: as the machine knows them
}

// misused marks an error that is the caller's to mend.
type misused struct{ error }

func (m misused) Unwrap() error { return m.error }

func run(ctx context.Context, args, environ []string, in io.Reader, out, errs io.Writer) int {
	s := &session{environ: environ, in: in, out: out, errs: errs}
	root := s.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return done
	}
	_, _ = fmt.Fprintf(errs, "symbolon: %v\n", err)
	var m misused
	if errors.As(err, &m) {
		return misuse
	}
	return failed
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "symbolon",
		Short: "A federated OpenID Connect identity provider for a whole country",
		Long: "Symbolon serves one hub and looks after its databases, keys and parties.\n\n" +
			"Exit codes: 0 done, 1 something did not succeed, 2 the command line or the settings cannot be understood.",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&s.file, "config", "/etc/symbolon/symbolon.yaml", "settings file")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misused{err} })
	root.AddCommand(s.serve(), s.migrate(), s.party(), s.person(), s.registers(), s.review(), s.keys(), s.config(), s.assurance(), s.doctor())
	root.AddCommand(s.proof(), s.staff(), s.errors())
	return root
}

// act makes a command of a function that takes the settings. Without the right number of
// arguments, or with settings that do not hold, it is not called.
func (s *session) act(use, short string, args int, do func(context.Context, config.Config, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, given []string) error {
			if len(given) != args {
				return misused{fmt.Errorf("usage: %s", cmd.UseLine())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, given []string) error {
			c, err := s.load()
			if err != nil {
				return err
			}
			return do(cmd.Context(), c, given)
		},
	}
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused{fmt.Errorf("%s needs one of its commands; see %s --help", cmd.CommandPath(), cmd.CommandPath())}
			}
			return misused{fmt.Errorf("%s has no command %q", cmd.CommandPath(), args[0])}
		},
	}
	g.AddCommand(commands...)
	return g
}

func (s *session) doNotHold(err error) error {
	return fmt.Errorf("the settings in %s do not hold:\n%w", s.file, err)
}

func (s *session) load() (config.Config, error) {
	c, err := config.Load(s.file, s.environ)
	if err != nil {
		return c, misused{s.doNotHold(err)}
	}
	return c, nil
}

func (s *session) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *session) config() *cobra.Command {
	return group("config", "Look at the settings",
		s.act("check", "Say everything that is wrong with the settings", 0, func(_ context.Context, c config.Config, _ []string) error {
			if err := hub.CheckSettings(c); err != nil {
				return misused{s.doNotHold(err)}
			}
			s.say("The settings hold.")
			return nil
		}))
}
