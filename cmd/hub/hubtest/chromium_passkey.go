package hubtest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Passkeys is an authenticator of the browser's own, which asks nobody.
type Passkeys struct {
	c  *Chromium
	id webauthn.AuthenticatorID
}

// Passkeys gives the browser an authenticator that checks its owner and keeps passkeys; synced says
// that a cloud account copies them.
func (c *Chromium) Passkeys(synced bool) *Passkeys {
	c.t.Helper()
	return c.authenticator(webauthn.AuthenticatorTransportInternal, synced)
}

// SecurityKey gives the browser one that is plugged in.
func (c *Chromium) SecurityKey() *Passkeys {
	c.t.Helper()
	return c.authenticator(webauthn.AuthenticatorTransportUsb, false)
}

func (c *Chromium) authenticator(transport webauthn.AuthenticatorTransport, synced bool) *Passkeys {
	c.t.Helper()
	p := &Passkeys{c: c}
	c.do("add an authenticator", call(webauthn.Enable, webauthn.EnableParams{}),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			added, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: transport,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
				DefaultBackupEligibility: synced, DefaultBackupState: synced,
			}})
			p.id = added.AuthenticatorID
			return err
		}))
	return p
}

// Verifies says whether the authenticator's check of its owner succeeds.
func (p *Passkeys) Verifies(yes bool) {
	p.c.t.Helper()
	p.c.do("change the check of the owner", call(webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: p.id, IsUserVerified: yes}))
}

// Count sets the count of the last signature of the one passkey there is.
func (p *Passkeys) Count(count float64) {
	p.c.t.Helper()
	p.c.do("turn the count back", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		all, err := cdp.Call(ctx, target, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: p.id})
		if err != nil {
			return err
		}
		if len(all.Credentials) != 1 {
			return errors.New("there is not one passkey")
		}
		_, err = cdp.Call(ctx, target, webauthn.SetCredentialProperties, webauthn.SetCredentialPropertiesParams{
			AuthenticatorID: p.id, CredentialID: all.Credentials[0].CredentialID, SignCount: &count,
		})
		return err
	}))
}

// Make makes a passkey of options, on the page at hand, as a page of ours does with its script.
func (p *Passkeys) Make(options json.RawMessage) []byte {
	p.c.t.Helper()
	made, err := ask(p.c, chromedp.Evaluate[string](`(async () => {
		const options = PublicKeyCredential.parseCreationOptionsFromJSON(`+string(options)+`);
		return JSON.stringify((await navigator.credentials.create({ publicKey: options })).toJSON());
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.c.t.Fatalf("make a passkey at %s: %v", p.c.URL(), err)
	}
	return []byte(made)
}
