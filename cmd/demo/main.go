// Command demo is a country on a laptop: the real hub, simulated means, registers, an inbox and a
// citizen's phone, three services that use it, and a tour of all that. It is for loopback only and everybody knows its passwords; what
// it wires differs from the product in its settings alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"symbolon/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

// options are the command line's.
type options struct {
	keep, listen, parties string
	identityDSN, usageDSN string
	tls, json             bool
	ports                 int
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.keep, "keep", "", "`folder` to keep everything in, so that the next run goes on; without it all is gone at the end")
	flags.StringVar(&o.listen, "listen", "localhost:8080", "`host:port` of the hub, loopback only")
	flags.BoolVar(&o.tls, "tls", false, "https everywhere, by a demo authority made for this run")
	flags.StringVar(&o.identityDSN, "identity-dsn", "", "identity database, postgres://… or sqlite:FILE; without it a file in the folder")
	flags.StringVar(&o.usageDSN, "usage-dsn", "", "usage database, likewise")
	flags.StringVar(&o.parties, "parties", "", "`file` with further parties and clients, as for symbolon party apply")
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of the table")
	flags.IntVar(&o.ports, "ports", 9100, "simulators and services listen from `base`+1 on; 0 takes any free ports")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("what is %q? all that can be said is said by flags; see --help", flags.Arg(0))
	}
	return o, o.check()
}

func (o options) check() error {
	host, _, err := net.SplitHostPort(o.listen)
	switch {
	case err != nil:
		return fmt.Errorf("--listen %s: must be host:port, such as localhost:8080", o.listen)
	case !config.Loopback(host):
		return fmt.Errorf("--listen %s: the demo is for this machine only, because everybody knows its passwords; use localhost or 127.0.0.1", o.listen)
	case o.ports != 0 && (o.ports < 1024 || o.ports > 65000):
		return fmt.Errorf("--ports %d: must be 0, or from 1024 to 65000", o.ports)
	}
	return nil
}

// run is the whole program: it returns when the context ends and everything has stopped.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	dir, discard, err := folder(o.keep)
	if err != nil {
		return err
	}
	defer discard()
	d, err := start(ctx, o, dir)
	if err != nil {
		return err
	}
	if err := d.report(o, stdout); err != nil {
		return errors.Join(fmt.Errorf("print the table: %w", err), d.stop())
	}
	return errors.Join(d.hub.Run(ctx), d.stop())
}

// folder gives the data folder and what is to be done with it at the end.
func folder(keep string) (dir string, discard func(), err error) {
	if keep != "" {
		if err := os.MkdirAll(keep, 0o700); err != nil {
			return "", nil, fmt.Errorf("--keep: %w", err)
		}
		return keep, func() {}, nil
	}
	dir, err = os.MkdirTemp("", "symbolon-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the demo: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // the system sweeps what stays
}
