package enrolled_test

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
)

func raw(changes map[string]any) map[string]any {
	all := map[string]any{"names": map[string]any{"en": "With my phone"}, "ceiling": "high", "authoritative_for": []string{"PNOPL"}}
	maps.Copy(all, changes)
	return all
}

func TestSettingsThatDoNotHold(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]any
		says    string
	}{
		"no name":                   {map[string]any{"names": map[string]any{}}, "names.en"},
		"no ceiling":                {map[string]any{"ceiling": "none"}, "ceiling"},
		"no numbers":                {map[string]any{"authoritative_for": []string{}}, "authoritative_for"},
		"a model that is none":      {map[string]any{"certified": []string{"yubikey"}, "attestation_roots": "x"}, "AAGUID"},
		"certified by nobody":       {map[string]any{"certified": []string{"01020304-0000-0000-0000-000000000000"}}, "attestation_roots"},
		"a setting that nobody has": {map[string]any{"rpid": "x"}, "rpid"},
	} {
		if _, err := enrolled.Decode("phone", raw(c.changes)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := enrolled.Decode("", raw(nil)); err == nil {
		t.Error("without an id")
	}
}

// Web Authentication Level 3 §5.1.2: the relying party's id is a domain, the origin's own or above it.
func TestWhomPasskeysAreMadeFor(t *testing.T) {
	for _, c := range []struct {
		issuer, rpID string
		fits         bool
	}{
		{"https://id.gov.example", "", true}, {"https://id.gov.example", "id.gov.example", true}, {"https://id.gov.example", "gov.example", true},
		{"http://localhost:8080", "", true}, {"http://hub.localhost:8080", "", true},
		{"https://192.0.2.1", "", false}, {"http://[::1]:8080", "", false}, {"https://id.gov.example", "other.example", false},
		{"https://id.gov.example", "example", false}, {"https://id.gov.example", "d.gov.example", false}, {"http://hub.localhost", "localhost", false},
		{"https://id.gov.example", "desk.id.gov.example", false}, {"none", "", false},
	} {
		s, err := enrolled.Decode("phone", raw(map[string]any{"rp_id": c.rpID}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enrolled.New(s, enrolled.Deps{Issuer: c.issuer, Log: slog.New(slog.DiscardHandler)}); (err == nil) != c.fits {
			t.Errorf("%s for %q: %v", c.issuer, c.rpID, err)
		}
	}
}

func TestManufacturersThatCannotBeRead(t *testing.T) {
	rubbish := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(rubbish, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{rubbish, empty, filepath.Join(t.TempDir(), "nowhere.pem")} {
		s := enrolled.Settings{
			ID: "phone", Offered: connectors.Offered{Names: map[string]string{"en": "x"}, Ceiling: identity.High, AuthoritativeFor: []string{"PNOPL"}}, AttestationRoots: file,
		}
		if _, err := enrolled.New(s, enrolled.Deps{Issuer: issuer}); err == nil || !strings.Contains(err.Error(), "attestation_roots") {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

// What no key here can give is not promised: without manufacturers that are trusted, and models that are
// certified, nobody reaches high, and with them only some do.
func TestTheCeilingIsWhatAKeyCanGive(t *testing.T) {
	for name, c := range map[string]struct {
		roots, certified bool
		most, mostly     identity.Level
	}{
		"nobody attests":        {false, false, identity.Substantial, identity.None},
		"attested, none so far": {true, false, identity.Substantial, identity.None},
		"one model certified":   {true, true, identity.High, identity.Substantial},
	} {
		w := newWorld(t)
		s := settings(t, w.maker)
		if !c.roots {
			s.AttestationRoots, s.Certified = "", nil
		}
		if !c.certified {
			s.Certified = nil
		}
		rules := assurance.Default()
		connector, err := enrolled.New(s, enrolled.Deps{Issuer: issuer, Now: w.now, Worth: func(k identity.EvidenceKind) identity.Level { return rules.Kinds[k].Ceiling }})
		if err != nil {
			t.Fatal(err)
		}
		if d := connector.Describe(); d.Ceiling != c.most || d.Mostly != c.mostly {
			t.Errorf("%s: %v, mostly %v", name, d.Ceiling, d.Mostly)
		}
	}
}
