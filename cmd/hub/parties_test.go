package hub

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"symbolon/config"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/oauth"
)

const goodParties = `
parties:
  - id: city
    names: {en: City services, pl: Usługi miejskie}
    domain: nowawola.example
    sector: nowawola.example
    floor: low
    means:
      - {id: trusted-profile, up_to: high}
    purposes:
      - {id: permit, texts: {en: register your parking permit}}
    may:
      - {attributes: [given_name, family_name], basis: law, law: {en: City Parking Act}, purpose: permit, required: true}
      - {attributes: [email], basis: consent, purpose: permit}
    remember_days: 365
clients:
  - id: city-web
    party: city
    redirect_uris: ["https://nowawola.example/callback"]
    token_endpoint_auth_method: private_key_jwt
    jwks: {"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
`

func TestPartiesFile(t *testing.T) {
	file, err := ParseParties([]byte(goodParties), oauth.Registration{})
	if err != nil {
		t.Fatal(err)
	}
	city := file.Parties[0]
	if len(city.May) != 3 || city.May[1].Basis != consent.ByLaw || !city.May[1].Required || city.Floor != identity.Low ||
		city.Means[0] != (consent.PermittedMeans{Means: "trusted-profile", UpTo: identity.High}) || city.Version == "" {
		t.Errorf("the party did not arrive whole: %+v", city)
	}
	if c := file.Clients[0]; c.Party != "city" || c.JWKS == nil || len(c.JWKS.Keys) != 1 || c.AuthMethod != oauth.PrivateKeyJWT {
		t.Errorf("the client did not arrive whole: %+v", c)
	}
}

func TestPartiesFileSaysEverythingThatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		want           []string
	}{
		{"unknown keys", "floor: low", "flor: low\n    colour: red", []string{"flor", "colour"}},
		{"a level nobody knows", "up_to: high", "up_to: highest", []string{"trusted-profile"}},
		{"two faults in two places", "floor: low", "floor: lower", []string{"floor"}},
		{"a party twice", "clients:", "  - {id: city, names: {en: Other}, domain: o.example, sector: o.example, floor: low}\nclients:", []string{"twice"}},
		{"no key set", `jwks: {"keys":[{"kty":"EC"`, `jwks: {"keys":[{"kty":"XX"`, []string{"jwks"}},
		{"an attribute nobody knows", "[email]", "[shoe_size]", []string{"catalogue"}},
		{"wildcard redirect", "https://nowawola.example/callback", "https://*.example/callback", []string{"redirect_uris"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(goodParties, tt.from) {
				t.Fatalf("the good file has no %q", tt.from)
			}
			_, err := ParseParties([]byte(strings.Replace(goodParties, tt.from, tt.to, 1)), oauth.Registration{})
			if err == nil {
				t.Fatal("nothing was said")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("nothing is said about %s: %v", want, err)
				}
			}
		})
	}
}

// TestAttack_SS_01_PartyApplyTakesNoInternalAddress (ZITADEL CVE-2025-67494, RFC 9700 §4.11).
func TestAttack_SS_01_PartyApplyTakesNoInternalAddress(t *testing.T) {
	key := goodParties[strings.Index(goodParties, "    jwks:"):]
	for _, address := range []string{
		"http://169.254.169.254/latest", "https://169.254.169.254/keys", "http://127.0.0.1:5432/", "https://127.0.0.1/keys",
		"https://[::1]/keys", "https://[::ffff:127.0.0.1]/keys", "https://0x7f000001/keys", "https://2130706433/keys", "https://127.1/keys",
		"https://10.0.0.1/keys", "https://localhost/keys", "https://db.internal/keys", "file:///etc/passwd", "https://user@nowawola.example/keys",
	} {
		for _, field := range []string{"jwks_uri", "initiate_login_uri"} {
			if field == "initiate_login_uri" && strings.HasPrefix(address, "https://") && !strings.Contains(address, "@") {
				continue // only the citizen's browser goes there, and it may be anywhere on the public network or off it
			}
			text := strings.Replace(goodParties, key, "    "+field+": \""+address+"\"\n", 1)
			_, err := ParseParties([]byte(text), oauth.Registration{})
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %s was taken: %v", field, address, err)
			}
		}
	}
}

func TestSettingsAreCheckedWithTheirPartiesFile(t *testing.T) {
	c := config.Default()
	c.PartiesFile = filepath.Join(t.TempDir(), "parties.yaml")
	if err := CheckSettings(c); err == nil || !strings.Contains(err.Error(), "parties_file: ") {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(c.PartiesFile, []byte("parties: [{id: a, floor: top}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckSettings(c); err == nil || !strings.Contains(err.Error(), "party 1 (a)") {
		t.Errorf("a party that does not hold: %v", err)
	}
}

func TestMeansThatNobodyConfiguredAreNoticed(t *testing.T) {
	c := config.Config{Connectors: []config.Connector{{ID: "bank"}}}
	if got := notConfigured(c, []consent.PermittedMeans{{Means: "bank"}, {Means: "bnak"}}); !slices.Equal(got, []string{"bnak"}) {
		t.Errorf("noticed %v", got)
	}
}
