package enrolled

import (
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A security key that was handed over is not called a phone, and a phone that was reached by its camera is no such key.
func TestWhatHoldsAPasskey(t *testing.T) {
	for story, row := range map[string]struct {
		attachment protocol.AuthenticatorAttachment
		ways       []protocol.AuthenticatorTransport
		copied     bool
		want       string
	}{
		"plugged in":                 {protocol.CrossPlatform, []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC}, false, "passkey.key"},
		"by its way alone":           {"", []protocol.AuthenticatorTransport{protocol.NFC}, false, "passkey.key"},
		"apart, no way said":         {protocol.CrossPlatform, nil, false, "passkey.key"},
		"apart and copied":           {protocol.CrossPlatform, nil, true, "passkey"},
		"a phone, from a computer":   {protocol.CrossPlatform, []protocol.AuthenticatorTransport{protocol.Hybrid, protocol.Internal}, true, "passkey.device"},
		"the device's own":           {protocol.Platform, []protocol.AuthenticatorTransport{protocol.Internal}, false, "passkey.device"},
		"the device's, no way said":  {protocol.Platform, nil, false, "passkey.device"},
		"nothing said of it":         {"", nil, false, "passkey"},
		"a way that nobody has told": {"", []protocol.AuthenticatorTransport{"new"}, false, "passkey"},
	} {
		credential := &webauthn.Credential{Transport: row.ways, Flags: webauthn.CredentialFlags{BackupEligible: row.copied}, Authenticator: webauthn.Authenticator{Attachment: row.attachment}}
		if kind := (Device{Type: Passkey, Form: formOf(credential)}).Kind(); kind != row.want {
			t.Errorf("%s: %q, not %q", story, kind, row.want)
		}
	}
}
