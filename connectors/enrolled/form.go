package enrolled

import (
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Form is what the thing that holds a passkey looks like to its owner, as far as the browser said.
type Form string

// The forms.
const (
	OnItsOwn  Form = "key"    // a security key, which is plugged in or held to a reader
	OfADevice Form = "device" // in a phone or a computer
)

// Kind names it for its owner: the type, and the form where that is known.
func (d Device) Kind() string {
	if d.Form == "" {
		return string(d.Type)
	}
	return string(d.Type) + "." + string(d.Form)
}

// formOf tells a security key from a phone that was reached from another device: both are apart from the browser, but one
// of them has ways of its own (Web Authentication Level 3 §5.8.4). Where no way was said, what can be copied is no such key.
func formOf(credential *webauthn.Credential) Form {
	has := func(ways ...protocol.AuthenticatorTransport) bool {
		return slices.ContainsFunc(credential.Transport, func(way protocol.AuthenticatorTransport) bool { return slices.Contains(ways, way) })
	}
	switch attachment := credential.Authenticator.Attachment; {
	case has(protocol.Internal, protocol.Hybrid):
		return OfADevice
	case has(protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard):
		return OnItsOwn
	case attachment == protocol.Platform:
		return OfADevice
	case attachment == protocol.CrossPlatform && !credential.Flags.BackupEligible:
		return OnItsOwn
	default:
		return ""
	}
}
