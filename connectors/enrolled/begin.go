package enrolled

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// leg is what the connector must remember of one leg. It is sealed into the login.
type leg struct {
	Handle   string                `json:"handle"`
	Ceremony *webauthn.SessionData `json:"ceremony"`
	Tries    int                   `json:"tries,omitempty"` // answers of this leg that did not hold
	Came     *came                 `json:"came,omitempty"`  // with a code, and was not yet warned
}

// came is somebody whom one of their last codes has let in, and who is told so before they go on.
type came struct {
	Authenticator DeviceID `json:"authenticator"`
	Name          string   `json:"name"` // the account's
	Digest        []byte   `json:"digest"`
	At            int64    `json:"at"`
}

// View is the page of this means.
const (
	view   = "enrolled"
	script = "passkey.js"
)

// Shown is what the page shows.
type Shown struct {
	Options string   `json:"options"` // JSON for navigator.credentials.get
	Turn    string   `json:"turn"`    // what a typed answer must bring back: it is for this very page
	Ways    []string `json:"ways"`    // what can reach what is needed, of those below; the page shows the fields of one
	Wrong   string   `json:"wrong"`   // code of what went wrong: texts "enrolled.wrong.CODE"; "" for nothing
	Way     string   `json:"way"`     // which form it was of, or is to be taken to, or has let them in
	Warning bool     `json:"warning"` // a code has let them in, and here is what that means
	Left    string   `json:"left"`    // how many codes are left
	Name    string   `json:"name"`    // as typed, to be corrected
}

// The ways to answer the page, as its forms name them.
const (
	wayPasskey = "passkey"
	wayTOTP    = "totp" // an app's code, with a PIN
	wayCode    = "code" // on paper: recovery codes and lists
)

// What can go wrong that the citizen can mend on the page.
const (
	wrongStopped = "stopped" // the device's window was closed, or took too long
	wrongCode    = "code"    // name, PIN or code; or too many tries: nobody is told which
	wrongEmpty   = "empty"

	wrongPaper    = "paper"     // a code from paper in the app's form
	wrongPaperLow = "paper_low" // where none is enough
	wrongApp      = "app"       // an app's code in the form for those on paper
)

// Begin shows the page, with a challenge for whatever passkey its owner picks: nobody has to type who
// they are.
func (c *Connector) Begin(_ context.Context, attempt connectors.Attempt) (connectors.Step, connectors.State, error) {
	if attempt.Choice != "" {
		return nil, nil, errors.New("this means has one door")
	}
	return c.page(attempt, leg{Handle: attempt.Handle}, Shown{})
}

// page shows the page with a new challenge: one that was answered is never asked again.
func (c *Connector) page(attempt connectors.Attempt, l leg, shown Shown) (connectors.Step, connectors.State, error) {
	assertion, ceremony, err := c.web.BeginDiscoverableLogin(webauthn.WithUserVerification(c.web.Config.AuthenticatorSelection.UserVerification))
	if err != nil {
		return nil, nil, fmt.Errorf("begin with a passkey: %w", err)
	}
	options, err := json.Marshal(assertion.Response)
	if err != nil {
		return nil, nil, fmt.Errorf("begin with a passkey: %w", err)
	}
	shown.Options = string(options)
	l.Ceremony, shown.Turn = ceremony, ceremony.Challenge
	shown.Ways = []string{wayPasskey}
	if !attempt.Resist && c.reaches(TOTPWithPIN, attempt.Wanted) {
		shown.Ways = append(shown.Ways, wayTOTP)
	}
	if c.takesCodes(attempt) {
		shown.Ways = append(shown.Ways, wayCode)
	}
	return c.show(l, shown)
}

// takesCodes reports whether recovery codes and paper lists are enough for what is wanted.
func (c *Connector) takesCodes(attempt connectors.Attempt) bool {
	return !attempt.Resist && c.reaches(Codes, attempt.Wanted)
}

func (c *Connector) show(l leg, shown Shown) (connectors.Step, connectors.State, error) {
	state, err := json.Marshal(l)
	if err != nil {
		return nil, nil, errors.New("a leg does not marshal")
	}
	return connectors.Page{View: view, Script: script, Data: shown}, state, nil
}

// reaches reports whether a mechanism can give what is needed at all.
func (c *Connector) reaches(m Mechanism, wanted identity.Level) bool {
	return identity.Least(c.deps.Worth(m.Evidence()), c.settings.Ceiling).Satisfies(max(wanted, identity.Low))
}
