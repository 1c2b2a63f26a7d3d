package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/register"
	"symbolon/provider/staff"
)

func (s *session) staff() *cobra.Command {
	return group("staff", "Open offices and name who works there; a person's number is read from standard input",
		s.turnOffice("disable ID", "Switch an office off: nobody works there, and what it handed out lets nobody in", "off", false),
		s.turnOffice("enable ID", "Switch an office on again", "on", true),
		s.openOffice(), s.addStation(), s.bindOffice(), s.hoursOf(), s.proposeStaff(), s.confirmStaff(), s.listStaff())
}

// atTerminal says who sits there, as the machine knows them. Two persons are two accounts of the machine.
func (s *session) atTerminal() (string, error) {
	if s.who != nil {
		return s.who()
	}
	return thisMachine().person(s.environ)
}

// desks opens what staff commands work on, and closes it.
func (s *session) desks(ctx context.Context, c config.Config, do func(hub.Desks, string) error) error {
	by, err := s.atTerminal()
	if err != nil {
		return err
	}
	stores, err := hub.OpenStores(ctx, c.Databases, nil)
	if err != nil {
		return err
	}
	desks, err := hub.OpenDesks(ctx, c, stores)
	if err == nil {
		err = do(desks, by)
	}
	switch {
	case errors.Is(err, staff.ErrNoOffice):
		err = errors.New("there is no such office; open it with `symbolon staff office`")
	case errors.Is(err, staff.ErrCalled):
		err = errors.New("another position of this office has this name; citizens could not tell them apart")
	case errors.Is(err, staff.ErrSecond):
		err = errors.New("this takes another person than the one who proposed it, with an account of their own on this machine")
	case errors.Is(err, staff.ErrTaken):
		err = errors.New("this person has this role there already")
	case errors.Is(err, staff.ErrApart):
		err = errors.New("this person has a role that goes with no such one: whoever works on cases neither leads colleagues of the institution nor watches over any")
	case errors.Is(err, staff.ErrNobody):
		err = errors.New("there is no such proposal that waits (one does for seven days), or no such role; a role is one of enrolment_clerk, approving_clerk, local_administrator, security_officer")
	case errors.Is(err, register.ErrNotFound):
		err = errors.New("the register knows nobody with this number")
	}
	return errors.Join(err, stores.Close())
}

func (s *session) openOffice() *cobra.Command {
	var institution, body, name, zone string
	command := s.act("office ID", "Open an office of an institution, or rename it", 1, func(ctx context.Context, c config.Config, args []string) error {
		if institution == "" || body == "" || name == "" {
			return misused{errors.New("an office needs --institution, --institution-name and --name")}
		}
		if _, err := time.LoadLocation(zone); err != nil {
			return misused{fmt.Errorf("--zone: %w", err)}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			err := d.Staff.Open(ctx, staff.Institution{ID: institution, Name: body}, staff.Office{ID: args[0], Name: name, Zone: zone}, by)
			if err == nil {
				s.say("The office %s is open.", args[0])
			}
			return err
		})
	})
	command.Flags().StringVar(&institution, "institution", "", "short name of the body that the office belongs to")
	command.Flags().StringVar(&body, "institution-name", "", "its name for people")
	command.Flags().StringVar(&name, "name", "", "the office's name for people")
	command.Flags().StringVar(&zone, "zone", "Europe/Warsaw", "time zone; the day's counters begin at its midnight")
	return command
}

func (s *session) turnOffice(use, short, state string, on bool) *cobra.Command {
	var institution, system bool
	command := s.act(use, short, 1, func(ctx context.Context, c config.Config, args []string) error {
		if system && institution {
			return misused{errors.New("an ID is that of an institution or of a register system, not both")}
		}
		if system && !slices.ContainsFunc(c.Systems, func(one config.System) bool { return one.ID == args[0] }) {
			return misused{errors.New("the settings name no such register system under register_systems")}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			var err error
			if system {
				err = d.SwitchSystem(ctx, args[0], on, by)
			} else {
				err = d.Switch(ctx, args[0], institution, on, by)
			}
			if err == nil {
				s.say("%s is switched %s.", args[0], state)
			}
			return err
		})
	})
	command.Flags().BoolVar(&institution, "institution", false, "ID is an institution: all its offices")
	command.Flags().BoolVar(&system, "system", false, "ID is a register system: it may open and read no case, from its next request on")
	return command
}

func (s *session) addStation() *cobra.Command {
	var networks []string
	command := s.act("station OFFICE ID NAME", "Add a position to an office, or change the one of this mark", 3, func(ctx context.Context, c config.Config, args []string) error {
		from, err := staff.ParseNetworks(strings.Join(networks, " "))
		if err != nil {
			return misused{fmt.Errorf("--network: %w", err)}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			err := d.Staff.KeepStation(ctx, staff.Station{Office: args[0], ID: args[1], Name: args[2], Networks: from}, by)
			if err == nil {
				s.say("The position %s is there.", args[1])
			}
			return err
		})
	})
	command.Flags().StringArrayVar(&networks, "network", nil, "network from which it may be worked at, as 10.1.2.0/24; may be repeated; none: from everywhere")
	return command
}

// bindOffice is the way back where nobody of an office can work any more.
func (s *session) bindOffice() *cobra.Command {
	return s.act("positions OFFICE off|network|key|both", "Say what ties the people of an office to its positions; quotas stay", 2, func(ctx context.Context, c config.Config, args []string) error {
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			places, err := d.Staff.Places(ctx)
			if err != nil {
				return err
			}
			office, known := places.Office(args[0])
			if !known {
				return staff.ErrNoOffice
			}
			if !slices.Contains(staff.Bindings(), staff.Binding(args[1])) {
				return misused{errors.New("people are tied to positions by off, network, key or both")}
			}
			err = d.Staff.Rule(ctx, staff.Rules{Office: office.ID, Binding: staff.Binding(args[1]), Quotas: office.Quotas, Hours: office.Hours}, office.Quotas, by)
			if errors.Is(err, staff.ErrKeys) {
				return errors.New("no computer of this office is registered yet, so that nobody could work; a local administrator registers one at the desk")
			}
			if err == nil {
				s.say("The people of %s are tied to its positions by: %s.", args[0], args[1])
			}
			return err
		})
	})
}

// hoursOf is for who opens many offices; each administrator says it at the desk, too.
func (s *session) hoursOf() *cobra.Command {
	return s.act("hours OFFICE HOURS", "Say when an office works: 1-5=08:00-16:00,6=09:00-13:00 by its own clocks, 1 is Monday; \"\" is as the settings say", 2, func(ctx context.Context, c config.Config, args []string) error {
		hours, err := staff.ParseHours(args[1])
		if err != nil {
			return misused{err}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			places, err := d.Staff.Places(ctx)
			if err != nil {
				return err
			}
			office, known := places.Office(args[0])
			if !known {
				return staff.ErrNoOffice
			}
			err = d.Staff.Rule(ctx, staff.Rules{Office: office.ID, Binding: office.Binding, Quotas: office.Quotas, Hours: hours}, office.Quotas, by)
			if err == nil {
				s.say("The hours of %s: %s", args[0], cmp.Or(hours.String(), "as the settings say"))
			}
			return err
		})
	})
}

func (s *session) proposeStaff() *cobra.Command {
	var office string
	command := s.act("propose ROLE", "Propose somebody for a role; another person has to confirm it", 1, func(ctx context.Context, c config.Config, args []string) error {
		number, err := s.number()
		if err != nil {
			return misused{err}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			person, name, err := d.Find(ctx, number)
			if err != nil {
				return err
			}
			p, err := d.Staff.Propose(ctx, staff.Newcomer{Person: person, Name: name, Office: office, Role: staff.Role(args[0])}, by)
			if err == nil {
				s.say("%s proposes it. Another person confirms with: symbolon staff confirm %s", by, hex.EncodeToString(p.ID[:]))
			}
			return err
		})
	})
	command.Flags().StringVar(&office, "office", "", "where; only a security officer may be named for the whole installation")
	return command
}

func (s *session) confirmStaff() *cobra.Command {
	return s.act("confirm PROPOSAL", "Confirm what another person proposed", 1, func(ctx context.Context, c config.Config, args []string) error {
		id, err := hex.DecodeString(args[0])
		if err != nil || len(id) != len(staff.ID{}) {
			return misused{errors.New("a proposal is 32 hexadecimal digits, as the first command wrote it")}
		}
		return s.desks(ctx, c, func(d hub.Desks, by string) error {
			m, err := d.Staff.Confirm(ctx, [16]byte(id), by)
			if err == nil {
				s.say("Named as %s.", m.Role)
			}
			return err
		})
	})
}

func (s *session) listStaff() *cobra.Command {
	return s.act("list", "List offices and roles; names stay at the desk", 0, func(ctx context.Context, c config.Config, _ []string) error {
		return s.desks(ctx, c, func(d hub.Desks, _ string) error {
			places, err := d.Staff.Places(ctx)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
			for _, office := range places.Offices {
				members, err := d.Staff.In(ctx, office.ID)
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\t%d positions\t%s\n", office.ID, office.Name, len(places.StationsOf(office.ID)), state(places.Off(office.ID), ""))
				for _, m := range members {
					_, _ = fmt.Fprintf(w, "\t%s\t%s\n", m.Role, m.State)
				}
			}
			return w.Flush()
		})
	})
}
