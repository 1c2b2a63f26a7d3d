package hub

import (
	"context"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/provider/subject"
)

// Decide lets an operator say how a case is to end, and carries out what was decided. done is false
// while somebody else must say the same.
func (p People) Decide(ctx context.Context, number string, v subject.Verdict, target *identity.Identifier, by string) (done bool, err error) {
	c, done, err := p.Matcher.Decide(ctx, number, v, target, by)
	if err != nil || !done {
		return false, err
	}
	if err := p.carryOut(ctx, c); err != nil {
		return true, fmt.Errorf("it is decided, and the hub will carry out the rest: %w", err)
	}
	return true, nil
}

// carryOut does in the usage database what follows from a decision. Every step can be repeated.
func (p People) carryOut(ctx context.Context, c subject.Case) error {
	switch c.Verdict {
	case subject.MergeTwo, subject.Undo:
		into, from, err := p.Matcher.Pair(ctx, c)
		if err != nil {
			return err
		}
		if c.Verdict == subject.MergeTwo {
			err = p.merged(ctx, into.Usage, from.Usage)
		} else {
			err = p.parted(ctx, into.Usage, from.Usage)
		}
		if err != nil {
			return err
		}
	case subject.Untie:
		person, err := p.Matcher.Person(ctx, c)
		if err != nil {
			return err
		}
		if err := p.Ending.Unlinked(ctx, person.Usage, c.Means); err != nil {
			return err
		}
	default: // takes effect at the next login, or has none
		return nil
	}
	return p.Matcher.Closed(ctx, c)
}

// merged ends what the person that is no more holds, and lets their subjects go to the other.
func (p People) merged(ctx context.Context, into, from identity.UsageID) error {
	if err := p.Ending.End(ctx, from, login.CauseMerged); err != nil {
		return err
	}
	return p.Heirs.Inherit(ctx, from, into)
}

// parted ends what may belong to either of the two, and gives the subjects back.
func (p People) parted(ctx context.Context, into, from identity.UsageID) error {
	if err := p.Ending.End(ctx, into, login.CauseMerged); err != nil {
		return err
	}
	return p.Heirs.Return(ctx, from, into)
}

// CarryOut finishes what was decided and interrupted.
func (h *Hub) CarryOut(ctx context.Context) error {
	cases, err := h.people.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("decided cases: %w", err)
	}
	people := People{Matcher: h.people, Heirs: h.usage, Ending: login.Ending{Store: h.usage, Journal: h.usageJournal(), Now: h.now}}
	for _, c := range cases {
		if err := people.carryOut(ctx, c); err != nil {
			return fmt.Errorf("decided case: %w", err)
		}
	}
	return nil
}

const (
	nightHour  = 2 // UTC: when few are up
	nightLease = 30 * time.Minute
)

// nightly does a work once a night, on whichever replica asks first. If that one dies meanwhile,
// another takes it over when the lease is over.
func (h *Hub) nightly(ctx context.Context, name string, work func(context.Context) error) error {
	mine, err := h.identity.Turn(ctx, name, nightLease)
	if err != nil || !mine {
		return err
	}
	if err := work(ctx); err != nil {
		return err
	}
	return h.identity.Done(ctx, name, untilNight(h.now()))
}

// untilNight is how long it is to the next night's work.
func untilNight(now time.Time) time.Duration {
	now = now.UTC()
	next := time.Date(now.Year(), now.Month(), now.Day(), nightHour, 0, 0, 0, time.UTC)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	return next.Sub(now)
}

func (h *Hub) findDuplicates(ctx context.Context) error {
	pairs, err := h.people.FindDuplicates(ctx)
	if err != nil {
		return err
	}
	if pairs > 0 {
		h.log.InfoContext(ctx, "persons that may be one wait for review", "pairs", pairs)
	}
	return nil
}
