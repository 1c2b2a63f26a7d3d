package login

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// ErrNotOffered says that a means, or a door of it, cannot be used in this login now.
var ErrNotOffered = errors.New("login: this means is not offered here")

// Start begins a leg at one means. Afterwards l.Leg says what the browser is to do, unless
// l.Failure says why the means cannot be used now. An earlier leg ends: its answer comes too late.
func (s *Service) Start(ctx context.Context, l *Login, means identity.Means, choice string) error {
	connector, err := s.offered(l, means, choice)
	if err != nil {
		return err
	}
	now := s.Now()
	handle := s.newHandle(l.ID, means, now)
	fresh := l.Request.Prompt.Login || l.Request.MaxAge != nil && *l.Request.MaxAge == 0
	step, state, err := connector.Begin(ctx, connectors.Attempt{
		Handle: handle, Choice: choice, Return: s.Callback(means), Wanted: l.Needs(), Resist: l.Party.Resistant, Fresh: fresh,
		MaxAge: l.Request.MaxAge, Locales: l.locales(), Now: now,
	})
	if err != nil {
		return fmt.Errorf("begin at %s: %w", means, err)
	}
	leg := Leg{Means: means, Choice: choice, Handle: handle, Began: now}
	goes, err := leg.do(step, state)
	if err != nil {
		return err
	}
	l.Leg, l.Failure, l.Stopped = nil, "", ""
	if failed, gaveUp := step.(connectors.Failed); gaveUp {
		l.Failure = string(failed.Code)
	} else if goes {
		l.Leg = &leg
	} else {
		return fmt.Errorf("begin at %s: a step of kind %T is not one to begin with", means, step)
	}
	return s.save(ctx, l)
}

// offered gives the connector if it is among those that the next step shows.
func (s *Service) offered(l *Login, means identity.Means, choice string) (connectors.Connector, error) {
	var offers []connectors.Offer
	switch step := s.Next(l).(type) {
	case Choose:
		offers = step.Offers
	case Stopped:
		offers = step.Offers
	}
	needs := l.Needs()
	if l.secondHelps() {
		needs = identity.Low
	}
	for _, o := range offers {
		if o.ID != means || !identity.Least(l.permits(means), o.CeilingOf(choice)).Satisfies(needs) {
			continue
		}
		return s.connector(means)
	}
	return nil, ErrNotOffered
}

func (s *Service) connector(means identity.Means) (connectors.Connector, error) {
	for _, c := range s.Connectors {
		if d := c.Describe(); d.ID == means && !d.Disabled {
			return c, nil
		}
	}
	return nil, ErrNotOffered
}
