package hub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/seal"
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
	open := func(ctx context.Context) error { return d.letsIn(ctx, owner) }
	if err := d.keeper.Renew(ctx, person, enrolled.Proof{Level: shown, Stands: note.Stands}, list, open, d.tells(person, "message.codes", note)); err != nil {
		return portal.Codes{}, inPortalsWords(err)
	}
	return portal.Codes{Codes: codes, Account: account.Name}, nil
}

// BeginApp begins to set up an app; nothing is stored.
func (d ownDevices) BeginApp(ctx context.Context, owner identity.UsageID, language string) (portal.App, error) {
	_, account, err := d.account(ctx, owner)
	if err != nil {
		return portal.App{}, err
	}
	secret, setup, err := d.keeper.BeginTOTP(ctx, account, language)
	return portal.App{URI: secret.URI, Secret: secret.Secret, Account: account.Name, Setup: setup}, err
}

// AgainApp gives what was begun once more.
func (d ownDevices) AgainApp(ctx context.Context, owner identity.UsageID, language string, setup []byte) (portal.App, error) {
	_, account, err := d.account(ctx, owner)
	if err != nil {
		return portal.App{}, err
	}
	secret, err := d.keeper.AgainTOTP(setup, account, language)
	return portal.App{URI: secret.URI, Secret: secret.Secret, Account: account.Name, Setup: setup}, inPortalsWords(err)
}

// BeginKey begins a passkey; nothing is stored. One that its owner has already is not made again
// (Web Authentication Level 3 §5.4, excludeCredentials).
func (d ownDevices) BeginKey(ctx context.Context, owner identity.UsageID, portable bool) (portal.Key, error) {
	person, account, err := d.account(ctx, owner)
	if err != nil {
		return portal.Key{}, err
	}
	options, setup, err := d.keeper.BeginPasskey(ctx, account, enrolled.PasskeyWish{Person: person, Label: account.Name, Portable: portable})
	return portal.Key{Options: options, Setup: setup}, err
}

// Finish checks what was made and binds it on the word of the login at hand. What it replaces ends, and the
// person is told, in the same transaction.
func (d ownDevices) Finish(ctx context.Context, owner identity.UsageID, made portal.Made, note subject.Note) (string, error) {
	person, _, err := d.account(ctx, owner)
	if err != nil {
		return "", err
	}
	var c enrolled.Candidate
	if made.Credential != nil {
		c, err = d.keeper.FinishPasskey(ctx, made.Setup, made.Credential)
	} else {
		c, err = d.keeper.FinishTOTP(ctx, made.Setup, made.PIN, made.Code)
	}
	if err != nil {
		return "", inPortalsWords(err)
	}
	open := func(ctx context.Context) error { return d.letsIn(ctx, owner) }
	proof := enrolled.Proof{Level: made.Shown, Stands: note.Stands}
	var added enrolled.Device
	if made.Replaces == "" {
		added, err = d.keeper.Add(ctx, person, proof, c, open, d.tells(person, "message.linked", note))
		return added.ID.String(), inPortalsWords(err)
	}
	old, err := enrolled.ParseDeviceID(made.Replaces)
	if err == nil {
		added, err = d.keeper.Replace(ctx, person, old, proof, c, open, d.tells(person, "message.replaced", note))
	}
	return added.ID.String(), inPortalsWords(err)
}

// letsIn says portal.ErrClosed of who lets no new ways in.
func (d ownDevices) letsIn(ctx context.Context, owner identity.UsageID) error {
	closed, err := d.people.WaysClosed(ctx, owner, nil, subject.Note{})
	if err == nil && closed {
		err = portal.ErrClosed
	}
	return err
}

// errands seal what the portal sends a browser to the hub's pages with.
type errands struct {
	vault seal.Vault
	now   func() time.Time
}

const errandPlace = "portal errand"

// Seal seals an errand.
func (e errands) Seal(errand portal.Errand) string {
	plain, err := json.Marshal(errand)
	if err != nil {
		return "" // it always marshals; "" opens as nothing
	}
	return base64.RawURLEncoding.EncodeToString(e.vault.Seal(plain, errandPlace))
}

// Open opens what Seal sealed, while its time lasts.
func (e errands) Open(text string) (portal.Errand, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return portal.Errand{}, false
	}
	plain, err := e.vault.Open(sealed, errandPlace)
	var errand portal.Errand
	if err != nil || json.Unmarshal(plain, &errand) != nil {
		return portal.Errand{}, false
	}
	return errand, e.now().Before(errand.Until)
}
