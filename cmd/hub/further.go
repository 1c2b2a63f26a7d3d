package hub

import (
	"context"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
	"symbolon/web/portal"
)

// account gives the person behind a visitor and the account that an office gave them.
func (d ownDevices) account(ctx context.Context, owner identity.UsageID) (identity.PersonID, enrolled.Account, error) {
	person, err := d.people.AtDesk(ctx, owner)
	if err != nil {
		return identity.PersonID{}, enrolled.Account{}, err
	}
	account, has, err := d.keeper.AccountOf(ctx, person)
	if err == nil && !has {
		err = portal.ErrNoDevice
	}
	return person, account, err
}

// NewCodes makes the recovery codes anew; the old ones are taken off in the same transaction, and the
// person is told.
func (d ownDevices) NewCodes(ctx context.Context, owner identity.UsageID, shown identity.Level, note subject.Note) (portal.Codes, error) {
	person, account, err := d.account(ctx, owner)
	if err != nil {
		return portal.Codes{}, err
	}
	codes, list, err := d.keeper.NewRecoveryCodes(account)
	if err != nil {
		return portal.Codes{}, err
	}
	err = d.atomically(ctx, func(ctx context.Context) error {
		before, err := d.keeper.Devices(ctx, person)
		if err != nil {
			return err
		}
		if _, err := d.keeper.Add(ctx, person, enrolled.Proof{Level: shown}, list); err != nil {
			return err
		}
		for _, old := range before {
			if old.Type != enrolled.Recovery || old.State != enrolled.Active && old.State != enrolled.Suspended {
				continue
			}
			if err := d.keeper.Remove(ctx, person, old.ID); err != nil {
				return err
			}
		}
		return d.told(ctx, person, "message.codes", note)
	})
	if err != nil {
		return portal.Codes{}, inPortalsWords(err)
	}
	return portal.Codes{Codes: codes, Account: account.Name}, nil
}

// BeginApp begins to set up an app; nothing is stored.
func (d ownDevices) BeginApp(ctx context.Context, owner identity.UsageID) (portal.App, error) {
	_, account, err := d.account(ctx, owner)
	if err != nil {
		return portal.App{}, err
	}
	secret, setup, err := d.keeper.BeginTOTP(ctx, account, account.Name)
	return portal.App{URI: secret.URI, Secret: secret.Secret, Account: account.Name, Setup: setup}, err
}

// FinishApp binds an app on the word of the login at hand, and tells the person.
func (d ownDevices) FinishApp(ctx context.Context, owner identity.UsageID, setup []byte, pin, code string, shown identity.Level, note subject.Note) error {
	person, _, err := d.account(ctx, owner)
	if err != nil {
		return err
	}
	app, err := d.keeper.FinishTOTP(ctx, setup, pin, code)
	if err != nil {
		return inPortalsWords(err)
	}
	return inPortalsWords(d.atomically(ctx, func(ctx context.Context) error {
		if _, err := d.keeper.Add(ctx, person, enrolled.Proof{Level: shown}, app); err != nil {
			return err
		}
		return d.told(ctx, person, "message.linked", note)
	}))
}
