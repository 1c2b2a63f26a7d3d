package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/config"
	"symbolon/connectors/eid"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/connectors/oidc"
	"symbolon/connectors/saml"
	"symbolon/connectors/webeid"
)

func TestTheExampleConnectorsAreUnderstood(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("../../config/example.yaml", []string{config.Prefix + "KEYS__DIR=" + keys})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Connectors) == 0 {
		t.Fatal("the example shows no connector")
	}
	decoders := map[string]func(identity.Means, map[string]any) error{
		saml.Kind:     func(id identity.Means, raw map[string]any) error { _, err := saml.Decode(id, raw); return err },
		oidc.Kind:     func(id identity.Means, raw map[string]any) error { _, err := oidc.Decode(id, raw); return err },
		eid.Kind:      func(id identity.Means, raw map[string]any) error { _, err := eid.Decode(id, raw); return err },
		webeid.Kind:   func(id identity.Means, raw map[string]any) error { _, err := webeid.Decode(id, raw); return err },
		enrolled.Kind: func(id identity.Means, raw map[string]any) error { _, err := enrolled.Decode(id, raw); return err },
	}
	for _, one := range c.Connectors {
		decode := decoders[one.Kind]
		if decode == nil {
			t.Errorf("%s: no kind %q is tried here", one.ID, one.Kind)
			continue
		}
		if err := decode(identity.Means(one.ID), one.Settings); err != nil {
			t.Errorf("%s: %v", one.ID, err)
		}
	}
}

// upstream gives settings of a connector that would be taken, with the key file given.
func upstream(t *testing.T, mode os.FileMode) map[string]any {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(secret, mode); err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"names": map[string]any{"en": "Profile"}, "issuer": "https://profile.example", "client_id": "hub", "ceiling": "low",
		"client_auth": map[string]any{"method": "client_secret_basic", "secret_file": secret}, "acr_map": map[string]any{"x": "low"},
	}
}

func TestConnectorsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		issuer string
		kind   string
		mode   os.FileMode
		change func(map[string]any)
		want   string
	}{
		{"nothing is wrong", "https://login.example", "oidc", 0o600, func(map[string]any) {}, ""},
		{"a kind that nobody knows", "https://login.example", "odic", 0o600, func(map[string]any) {}, "no kind"},
		{"simulated, in production", "https://login.example", "oidc", 0o600, func(s map[string]any) { s["simulated"] = true }, "for the demo only"},
		{"loopback, under a real issuer", "https://login.example", "oidc", 0o600, func(s map[string]any) {
			s["issuer"], s["allow_loopback"] = "http://127.0.0.1:9101", true
		}, "loopback issuer"},
		{"a setting that nobody knows", "https://login.example", "oidc", 0o600, func(s map[string]any) { s["celing"] = "high" }, "celing"},
		{"a secret for everybody", "https://login.example", "oidc", 0o644, func(map[string]any) {}, "mode"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings := upstream(t, tt.mode)
			tt.change(settings)
			h := bare(t, nil)
			_, _ = h.listenAdmin.Close(), h.listenPublic.Close()
			h.config.Issuer = tt.issuer
			h.config.Connectors = []config.Connector{{ID: "profile", Kind: tt.kind, Settings: settings}}
			_, err := h.connect(Kinds())
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("connected with %v, want %q", err, tt.want)
			}
		})
	}
}
