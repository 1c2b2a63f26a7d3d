package hub

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/staff"
)

// offices knows from memory which offices are switched off, and what all are called. Other processes switch them, so it is read
// again every few seconds; a database that does not answer leaves standing what was read last.
type offices struct {
	places interface {
		Places(context.Context) (staff.Places, error)
	}
	off   atomic.Pointer[map[string]bool]
	named atomic.Pointer[map[string]string]
}

var _ login.Offices = (*offices)(nil)

func openOffices(ctx context.Context, places interface {
	Places(context.Context) (staff.Places, error)
}) (*offices, error) {
	o := &offices{places: places}
	return o, o.refresh(ctx)
}

// Off reports whether an office is switched off, by itself or with its institution.
func (o *offices) Off(office string) bool { return (*o.off.Load())[office] }

// Named gives the institution and the office.
func (o *offices) Named(office string) string { return (*o.named.Load())[office] }

// closed gives every office that is switched off.
func (o *offices) closed() []string {
	var all []string
	for office, off := range *o.off.Load() {
		if off {
			all = append(all, office)
		}
	}
	return all
}

func (o *offices) refresh(ctx context.Context) error {
	places, err := o.places.Places(ctx)
	if err != nil {
		return fmt.Errorf("read offices: %w", err)
	}
	off, named := map[string]bool{}, map[string]string{}
	for _, office := range places.Offices {
		off[office.ID], named[office.ID] = places.Off(office.ID), office.Name
		if institution, ok := places.Institution(office.Institution); ok && institution.Name != office.Name {
			named[office.ID] = institution.Name + ", " + office.Name
		}
	}
	o.named.Store(&named)
	o.off.Store(&off)
	return nil
}

// Switch turns an office, or an institution with all its offices, off or on. What was opened with
// something that it handed out ends for good when it goes off; what it handed out works again when it
// comes back.
func (d Desks) Switch(ctx context.Context, id string, institution, on bool, by string) error {
	if err := d.Staff.Turn(ctx, staff.Turn{ID: id, Institution: institution, Off: !on}, by); err != nil || on {
		return err
	}
	places, err := d.Staff.Places(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, office := range places.Offices {
		if institution && office.Institution == id || !institution && office.ID == id {
			failed = append(failed, d.endOffice(ctx, office.ID))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("it is switched off, but what rests on it has not ended; do it again: %w", err)
	}
	return nil
}

func (d Desks) endOffice(ctx context.Context, office string) error {
	row, err := d.journal.Row(journal.Entry{Kind: journal.OfficeEnded, Fields: map[string]any{"office": office}})
	if err != nil {
		return fmt.Errorf("record an office's end: %w", err)
	}
	return d.usage.EndOffice(ctx, office, row)
}
