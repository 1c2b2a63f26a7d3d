package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/subject"
	"symbolon/web"
	"symbolon/web/portal"
)

// devices gives what the portal looks after devices with; nil, of the interface's type, where no office
// hands any out.
func (h *Hub) devices() web.Devices {
	if h.authenticators == nil {
		return nil
	}
	return h.own()
}

// further gives what the portal adds devices with, likewise.
func (h *Hub) further() web.Further {
	if h.authenticators == nil {
		return nil
	}
	return h.own()
}

func (h *Hub) own() ownDevices {
	return ownDevices{h.authenticators, h.people, h.office, h.identity.Atomically, h.people.Tell}
}

// ownDevices are the devices of whoever is logged in at the portal.
type ownDevices struct {
	keeper *enrolled.Authenticators
	people *subject.Matcher
	office *enrolment.Office // nil: nobody is enrolled here
	// atomically runs writes to the identity database in one transaction; tell queues a notice in it.
	atomically func(context.Context, func(context.Context) error) error
	tell       subject.Told // nil tells nobody
}

func (d ownDevices) told(ctx context.Context, person identity.PersonID, text string, note subject.Note) error {
	if d.tell == nil {
		return nil
	}
	return d.tell(ctx, person, text, note)
}

// tells queues a notice where it commits with what it tells of.
func (d ownDevices) tells(person identity.PersonID, text string, note subject.Note) enrolled.Also {
	return func(ctx context.Context) error { return d.told(ctx, person, text, note) }
}

// Devices gives all that somebody ever had.
func (d ownDevices) Devices(ctx context.Context, owner identity.UsageID) ([]portal.Held, error) {
	person, err := d.people.AtDesk(ctx, owner)
	if err != nil {
		return nil, err
	}
	all, err := d.keeper.Devices(ctx, person)
	if err != nil {
		return nil, err
	}
	held, cases := make([]portal.Held, len(all)), map[string]enrolment.Owned{}
	for i, one := range all {
		if _, read := cases[one.Case]; !read {
			if cases[one.Case], err = d.owned(ctx, one.Case); err != nil {
				return nil, err
			}
		}
		of := cases[one.Case]
		held[i] = portal.Held{
			ID: one.ID.String(), Type: string(one.Type), Kind: one.Kind(), Copied: one.Mechanism == enrolled.Synced, Name: one.Name, State: string(one.State),
			Since: time.Unix(int64(one.Since)*24*60*60, 0).UTC(), Level: one.Level, Phishable: one.Phishable, Left: one.Left, Handed: one.Via != enrolled.ViaDevice,
			Account: one.Account, Case: of.Number, Office: of.Office,
			Stopped: of.Stopped, StoppedAt: of.StoppedAt, Unseen: of.Unseen && one.Mechanism == enrolled.Codes && one.Via != enrolled.ViaDevice,
		}
	}
	return held, nil
}

// owned gives what the holder of what came of a case is told of it.
func (d ownDevices) owned(ctx context.Context, id string) (enrolment.Owned, error) {
	visit, ok := enrolment.ParseCaseID(id)
	if !ok || d.office == nil {
		return enrolment.Owned{}, nil
	}
	return d.office.Owned(ctx, visit)
}

// Rename gives a device a name.
func (d ownDevices) Rename(ctx context.Context, owner identity.UsageID, id, name string) error {
	return d.with(ctx, owner, id, func(person identity.PersonID, device enrolled.DeviceID) error {
		return d.keeper.Rename(ctx, person, device, name)
	})
}

// Suspend puts a device aside, and tells its owner in the same transaction.
func (d ownDevices) Suspend(ctx context.Context, owner identity.UsageID, id string, note subject.Note) error {
	return d.with(ctx, owner, id, func(person identity.PersonID, device enrolled.DeviceID) error {
		return d.keeper.Suspend(ctx, person, device, enrolled.ByOwner, d.tells(person, "message.device_stopped", note))
	})
}

// Resume takes a device back, on the word of the login at hand. What was stopped with its enrolment only
// a new enrolment replaces: whoever stopped it said that the owner is not who they seem (attacks OT-11).
func (d ownDevices) Resume(ctx context.Context, owner identity.UsageID, id string, shown identity.Level, note subject.Note) error {
	return d.with(ctx, owner, id, func(person identity.PersonID, device enrolled.DeviceID) error {
		return d.resume(ctx, person, device, enrolled.Proof{Level: shown, Stands: note.Stands}, note)
	})
}

// resume asks whether the enrolment was stopped after it has taken the device back, in the same transaction: whoever
// stops it a moment later waits for that, and puts the device aside again.
func (d ownDevices) resume(ctx context.Context, person identity.PersonID, device enrolled.DeviceID, proof enrolled.Proof, note subject.Note) error {
	return d.atomically(ctx, func(ctx context.Context) error {
		if err := d.keeper.Resume(ctx, person, device, proof); err != nil {
			return err
		}
		stopped, err := d.stopped(ctx, person, device)
		if err != nil {
			return err
		}
		if stopped {
			return enrolled.ErrNoDevice
		}
		return d.told(ctx, person, "message.relinked", note)
	})
}

// stopped reports whether the enrolment that a device came of was stopped.
func (d ownDevices) stopped(ctx context.Context, person identity.PersonID, id enrolled.DeviceID) (bool, error) {
	all, err := d.keeper.Devices(ctx, person)
	i := slices.IndexFunc(all, func(one enrolled.Device) bool { return one.ID == id })
	if err != nil || i < 0 || d.office == nil {
		return false, err
	}
	visit, ok := enrolment.ParseCaseID(all[i].Case)
	if !ok {
		return false, nil
	}
	return d.office.Stopped(ctx, visit)
}

// Lose ends a device, and tells its owner in the same transaction.
func (d ownDevices) Lose(ctx context.Context, owner identity.UsageID, id string, shown identity.Level, note subject.Note) error {
	return d.with(ctx, owner, id, func(person identity.PersonID, device enrolled.DeviceID) error {
		return d.keeper.Lose(ctx, person, device, enrolled.Proof{Level: shown, Stands: note.Stands}, d.tells(person, "message.device_stopped", note))
	})
}

// with finds the person behind a visitor of their own portal, which is no joining, and says in the
// portal's words what they can do something about.
func (d ownDevices) with(ctx context.Context, owner identity.UsageID, id string, act func(identity.PersonID, enrolled.DeviceID) error) error {
	device, err := enrolled.ParseDeviceID(id)
	if err != nil {
		return portal.ErrNoDevice
	}
	person, err := d.people.AtDesk(ctx, owner)
	if err != nil {
		return err
	}
	return inPortalsWords(act(person, device))
}

// inPortalsWords says what a visitor can do something about.
func inPortalsWords(err error) error {
	for _, row := range []struct{ is, as error }{
		{enrolled.ErrNoDevice, portal.ErrNoDevice}, {enrolled.ErrAccount, portal.ErrNoDevice}, {enrolled.ErrTooWeak, portal.ErrTooWeak},
		{enrolled.ErrShape, portal.ErrShape}, {enrolled.ErrWrongCode, portal.ErrWrong}, {enrolled.ErrTooManyTries, portal.ErrLocked}, {enrolled.ErrSetupOver, portal.ErrWrong},
		{enrolled.ErrWeakPIN, portal.ErrWeakPIN}, {enrolled.ErrRefused, portal.ErrWrong}, {enrolled.ErrUnverified, portal.ErrUnverified},
		{enrolled.ErrKnownAlready, portal.ErrKnown},
	} {
		if errors.Is(err, row.is) {
			return row.as
		}
	}
	return err
}
