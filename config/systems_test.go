package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a register system's block lacks, or has too much of, is said at its place.
func TestRegisterSystems(t *testing.T) {
	const good = `{id: id-cards, institutions: [city], jwks_file: /keys.json, callback_url: "https://register.example/events"}`
	hosts := "hosts: {desk: desk.example, api: api.example}\n"
	for name, c := range map[string]struct{ hosts, systems, want string }{
		"nothing is wrong":                 {hosts, "[" + good + "]", ""},
		"no api host":                      {"hosts: {desk: desk.example}\n", "[" + good + "]", "hosts.api"},
		"no desk":                          {"hosts: {api: api.example}\n", "[" + good + "]", "hosts.api"},
		"twice":                            {hosts, "[" + good + ", " + good + "]", "register_systems[1].id"},
		"a name that is none":              {hosts, "[" + strings.Replace(good, "id-cards", "ID cards", 1) + "]", "register_systems[0].id"},
		"no office":                        {hosts, "[" + strings.Replace(good, "institutions: [city], ", "", 1) + "]", "register_systems[0].offices"},
		"no proof":                         {hosts, "[" + strings.Replace(good, "jwks_file: /keys.json, ", "", 1) + "]", "register_systems[0].jwks_file"},
		"two proofs":                       {hosts, "[" + strings.Replace(good, "jwks_file", "certificate_file: /c.pem, jwks_file", 1) + "]", "register_systems[0].jwks_file"},
		"an authority for everybody":       {hosts, "[" + strings.Replace(good, "jwks_file: /keys.json", "certificate_ca_file: /ca.pem", 1) + "]", "register_systems[0].certificate_dns"},
		"a certificate where no TLS ends":  {hosts, "[" + strings.Replace(good, "jwks_file: /keys.json", "certificate_file: /c.pem", 1) + "]", "register_systems[0].jwks_file"},
		"called without TLS":               {hosts, "[" + strings.Replace(good, "https:", "http:", 1) + "]", "register_systems[0].callback_url"},
		"called at this machine":           {hosts, "[" + strings.Replace(good, "register.example", "127.0.0.1:9000", 1) + "]", "register_systems[0].callback_url"},
		"called with a password":           {hosts, "[" + strings.Replace(good, "//register", "//u:p@register", 1) + "]", "register_systems[0].callback_url"},
		"loopback under a public issuer":   {hosts, "[" + strings.Replace(good, "{id", "{allow_loopback: true, id", 1) + "]", "register_systems[0].allow_loopback"},
		"a timeout nobody waits for":       {hosts, "[" + strings.Replace(good, "{id", "{timeout: 1m, id", 1) + "]", "register_systems[0].timeout"},
		"keys at its address":              {hosts, "[" + strings.Replace(good, "jwks_file: /keys.json", "jwks_uri: https://register.example/keys", 1) + "]", ""},
		"keys in two places":               {hosts, "[" + strings.Replace(good, "jwks_file", "jwks_uri: https://register.example/keys, jwks_file", 1) + "]", "register_systems[0].jwks_file"},
		"keys without TLS":                 {hosts, "[" + strings.Replace(good, "jwks_file: /keys.json", "jwks_uri: http://register.example/keys", 1) + "]", "register_systems[0].jwks_uri"},
		"a list of no authority":           {hosts, "[" + strings.Replace(good, "{id", "{certificate_crl_url: http://crl.example/a.crl, id", 1) + "]", "register_systems[0].certificate_crl_url"},
		"a list at this machine":           {hosts, "[" + strings.Replace(good, "{id", "{certificate_crl_url: http://127.0.0.1/a.crl, id", 1) + "]", "register_systems[0].certificate_crl_url"},
		"a list that is a file":            {hosts, "[" + strings.Replace(good, "{id", "{certificate_crl_url: /a.crl, id", 1) + "]", "register_systems[0].certificate_crl_url"},
		"room for nobody":                  {"limits: {system_waiting: 0}\n" + hosts, "[" + good + "]", "limits.system_waiting"},
		"something unheard of":             {hosts, "[" + strings.Replace(good, "{id", "{secret: x, id", 1) + "]", "register_systems[0].secret"},
		"the certificate of no host":       {"listen: {api_cert_file: /a.pem}\n" + hosts, "[" + good + "]", "listen.api_cert_file"},
		"a host that is the desk, as well": {"hosts: {desk: api.example, api: api.example}\n", "[" + good + "]", "hosts.desk"},
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(c.hosts+"register_systems: "+c.systems+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(file, environ(small(t)))
		if found := problems(err); c.want == "" && err != nil || c.want != "" && !slices.Contains(found, c.want) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}
