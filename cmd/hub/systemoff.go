package hub

import (
	"context"
	"fmt"

	"symbolon/provider/journal"
)

// SystemOff says whether a register system was switched off by the command: what it was before may ask nothing
// from the next request on, on every replica.
func (d Desks) SystemOff(ctx context.Context, id string) (bool, error) {
	off, err := d.identity.Setting(ctx, systemSetting(id))
	if err != nil {
		return false, fmt.Errorf("is a register system switched off: %w", err)
	}
	return off != "", nil
}

// SwitchSystem turns a register system off or on, with a record. Its cases go on. One that the settings
// disable stays off.
func (d Desks) SwitchSystem(ctx context.Context, id string, on bool, by string) error {
	act, value := "disabled", "off"
	if on {
		act, value = "enabled", ""
	}
	row, err := d.Staff.Journal.Row(journal.Entry{Kind: journal.OfficeChanged, At: d.Staff.Now(), Fields: map[string]any{"act": act, "system": id, "by": by}})
	if err != nil {
		return fmt.Errorf("record a register system's switch: %w", err)
	}
	err = d.identity.Atomically(ctx, func(ctx context.Context) error {
		if err := d.identity.SetSetting(ctx, systemSetting(id), value); err != nil {
			return err
		}
		return d.identity.Append(ctx, row)
	})
	if err != nil {
		return fmt.Errorf("switch a register system: %w", err)
	}
	return nil
}

func systemSetting(id string) string { return "register system " + id }
