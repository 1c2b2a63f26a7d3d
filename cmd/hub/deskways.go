package hub

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/outbox"
)

// deskWays is what people hold that was stopped, for a visit in which it is taken up again.
type deskWays struct {
	keeper  *enrolled.Authenticators
	notices *outbox.Notices // nil tells nobody
}

// Waiting gives what a person holds that was suspended or put in doubt.
func (d deskWays) Waiting(ctx context.Context, person identity.PersonID) ([]enrolment.Way, error) {
	all, err := d.keeper.Waiting(ctx, person)
	if err != nil {
		return nil, err
	}
	ways := make([]enrolment.Way, len(all))
	for i, one := range all {
		ways[i] = enrolment.Way{
			ID: one.ID.String(), Type: one.Kind(), Name: one.Name, Level: one.Level, Case: one.Case, Added: one.Via == enrolled.ViaDevice,
			Since: time.Unix(int64(one.Since)*24*60*60, 0).UTC(),
		}
	}
	return ways, nil
}

// Withhold leaves to an office what of some enrolments was not taken up.
func (d deskWays) Withhold(ctx context.Context, person identity.PersonID, cases []string) error {
	return d.keeper.Withhold(ctx, person, cases...)
}

// TakeUp lets some of it work again, and tells the person in the same transaction.
func (d deskWays) TakeUp(ctx context.Context, person identity.PersonID, language, reference string, at time.Time, ids []string) error {
	devices := make([]enrolled.DeviceID, len(ids))
	for i, id := range ids {
		var err error
		if devices[i], err = enrolled.ParseDeviceID(id); err != nil {
			return enrolment.ErrNoWay
		}
	}
	err := d.keeper.TakeUp(ctx, person, devices...)
	if errors.Is(err, enrolled.ErrNoDevice) {
		return enrolment.ErrNoWay
	}
	if err != nil || d.notices == nil {
		return err
	}
	return d.notices.Told(ctx, person, "message.relinked", reference, language, at)
}
