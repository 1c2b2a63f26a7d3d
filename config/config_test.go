package config

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// small gives the least that an installation has to say, as paths and values.
func small(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"issuer":                 "https://login.nowawola.example",
		"listen.public":          "127.0.0.1:8080",
		"keys.dir":               dir,
		"databases.identity.dsn": "sqlite:identity.db",
		"databases.usage.dsn":    "sqlite:usage.db",
	}
}

func environ(settings map[string]string) []string {
	var env []string
	for path, value := range settings {
		env = append(env, Prefix+strings.ToUpper(strings.ReplaceAll(path, ".", "__"))+"="+value)
	}
	return env
}

func problems(err error) []string {
	var paths []string
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			var p Problem
			if errors.As(one, &p) {
				paths = append(paths, p.Path)
			}
		}
	}
	return paths
}

func TestTheSmallestConfigurationIsEnough(t *testing.T) {
	c, err := Load("", environ(small(t)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Lifetimes.Code != time.Minute || !c.Production || c.Demo || c.Databases.Usage.Source.Reveal() != "sqlite:usage.db" {
		t.Errorf("defaults are not those of the design: %+v", c)
	}
}

func TestExampleParses(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := Load("example.yaml", []string{Prefix + "KEYS__DIR=" + keys})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default().Lifetimes, c.Lifetimes); diff != "" {
		t.Errorf("the example shows other lifetimes than the defaults (-default +example):\n%s", diff)
	}
	if diff := cmp.Diff(Default().Limits, c.Limits); diff != "" {
		t.Errorf("the example shows other limits than the defaults:\n%s", diff)
	}
	if diff := cmp.Diff(Default().Retention, c.Retention); diff != "" {
		t.Errorf("the example keeps things for other times than the defaults:\n%s", diff)
	}
	if diff := cmp.Diff(Default().Keys, Keys{"", c.Keys.RotateEvery, c.Keys.PublishLead}); diff != "" {
		t.Errorf("the example shows other key times than the defaults:\n%s", diff)
	}
}

func TestEveryProblemIsSaidAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.yaml")
	text := "issuer: http://login.example/\nlistne: {}\nlimits: {requests: many, burst: 3}\nlifetimes: {code: 2m}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, nil)
	got := problems(err)
	for _, want := range []string{"listne", "limits.burst", "limits.requests", "issuer", "lifetimes.code", "keys.dir", "listen.public", "databases.identity.dsn"} {
		if !slices.Contains(got, want) {
			t.Errorf("nothing is said about %s, only about %q", want, got)
		}
	}
	if n := slices.Index(got, "issuer"); n < 0 || got[n+1] != "issuer" {
		t.Errorf("the issuer has two faults, http and the slash; said: %v", err)
	}
}

func TestKeysOfAnotherUserAreNamed(t *testing.T) {
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	me := os.Geteuid()
	if got := otherOwner(info, me); got != "" {
		t.Errorf("our own folder is said to be of %q", got)
	}
	if got := otherOwner(info, me+1); got == "" {
		t.Error("a folder of another user is taken for our own")
	}
}

// TestAttack_KR_05_WeakSettingsAreRefused also holds SS-01's rule about loopback addresses.
func TestAttack_KR_05_WeakSettingsAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, path, value, refusedAt string }{
		{"no TLS", "issuer", "http://login.example", "issuer"},
		{"slash at the end", "issuer", "https://login.example/", "issuer"},
		{"path", "issuer", "https://login.example/hub", "issuer"},
		{"query", "issuer", "https://login.example?x=1", "issuer"},
		{"empty query", "issuer", "https://login.example?", "issuer"},
		{"fragment", "issuer", "https://login.example#x", "issuer"},
		{"user", "issuer", "https://a@login.example", "issuer"},
		{"upper case", "issuer", "https://Login.example", "issuer"},
		{"wildcard issuer", "issuer", "https://*.example", "issuer"},
		{"loopback in production", "issuer", "http://localhost:8080", "issuer"},
		{"loopback IPv6 in production", "issuer", "http://[::1]:8080", "issuer"},
		{"not an address", "issuer", "login", "issuer"},
		{"other scheme", "issuer", "ftp://login.example", "issuer"},
		{"demo in production", "demo", "true", "demo"},
		{"other hub host", "hosts.hub", "other.example", "hosts.hub"},
		{"wildcard host", "hosts.portal", "*.nowawola.example", "hosts.portal"},
		{"host with port", "hosts.portal", "portal.example:8080", "hosts.portal"},
		{"host with scheme", "hosts.portal", "https://portal.example", "hosts.portal"},
		{"admin on the public listener", "listen.admin", "127.0.0.1:8080", "listen.admin"},
		{"plain http for the world", "listen.public", "0.0.0.0:8080", "listen.cert_file"},
		{"certificate without key", "listen.cert_file", "cert.pem", "listen.cert_file"},
		{"everybody is a proxy", "listen.trusted_proxies", "[0.0.0.0/0]", "listen.trusted_proxies[0]"},
		{"proxy is no network", "listen.trusted_proxies", "[10.0.0.1]", "listen.trusted_proxies[0]"},
		{"password in the file", "databases.usage.dsn", "postgres://u:hush@db/usage", "databases.usage.dsn"},
		{"password as a parameter", "databases.usage.dsn", "postgres://u@db/usage?password=hush", "databases.usage.dsn"},
		{"password in words", "databases.usage.dsn", "host=db password = hush", "databases.usage.dsn"},
		{"one database for both", "databases.usage.dsn", "sqlite:identity.db", "databases.usage.dsn"},
		{"no connections", "databases.usage.pool", "0", "databases.usage.pool"},
		{"no folder of keys", "keys.dir", "nowhere", "keys.dir"},
		{"used before it is known", "keys.publish_lead", "1m", "keys.publish_lead"},
		{"turns over too fast", "keys.rotate_every", "1h", "keys.rotate_every"},
		{"forgets what is in use", "retention.usage", "24h", "retention.usage"},
		{"forgets who did what first", "retention.identity", "800h", "retention.identity"},
		{"forgets a former address at once", "retention.contacts", "1h", "retention.contacts"},
		{"gives messages up at once", "retention.messages", "1m", "retention.messages"},
		{"a register's country in words", "registers.country", "Poland", "registers.country"},
		{"an unknown document counts in full", "registers.unknown_status", "high", "registers.unknown_status"},
		{"register without TLS", "registers.url", "http://register.example", "registers.url"},
		{"register on loopback", "registers.url", "http://127.0.0.1:9104", "registers.url"},
		{"loopback under a real issuer", "registers.allow_loopback", "true", ""},
		{"gateway without TLS", "messages.gateway", "http://sms.example", "messages.gateway"},
		{"gateway of mail without TLS", "messages.email.gateway", "http://mail.example", "messages.email.gateway"},
		{"token of no gateway", "messages.sms.ca_file", "ca.pem", "messages.sms.gateway"},
		{"level nobody knows", "assurance.aliases.top", "[x]", "assurance.aliases.top"},
		{"alias with a space", "assurance.aliases.low", "['a b']", "assurance.aliases.low"},
		{"code for longer", "lifetimes.code", "61s", "lifetimes.code"},
		{"session for longer", "lifetimes.session_absolute", "9h", "lifetimes.session_absolute"},
		{"no unit", "lifetimes.access", "600", "lifetimes.access"},
		{"negative", "lifetimes.access", "-1m", "lifetimes.access"},
		{"no limit", "limits.requests", "0", "limits.requests"},
		{"a language twice", "languages", "[pl, pl]", "languages[1]"},
		{"unknown", "shiny", "1", "shiny"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings := small(t)
			settings[tt.path] = tt.value
			_, err := Load("", environ(settings))
			got := problems(err)
			if tt.refusedAt != "" && !slices.Contains(got, tt.refusedAt) {
				t.Errorf("%s=%s: want a refusal at %s, got %v", tt.path, tt.value, tt.refusedAt, err)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the refusal repeats the password: %v", err)
			}
		})
	}
}

func TestAttack_SS_01_LoopbackNeighboursOnlyUnderALoopbackIssuer(t *testing.T) {
	settings := small(t)
	maps.Copy(settings, map[string]string{"registers.url": "http://127.0.0.1:9104", "registers.allow_loopback": "true"})
	if _, err := Load("", environ(settings)); !slices.Contains(problems(err), "registers.allow_loopback") {
		t.Errorf("allow_loopback under a public issuer: want a refusal, got %v", err)
	}
	maps.Copy(settings, map[string]string{"issuer": "http://localhost:8080", "production": "false"})
	if _, err := Load("", environ(settings)); err != nil {
		t.Errorf("allow_loopback under a loopback issuer: %v", err)
	}
}

// TestAttack_KR_04_SecretFiles holds that a secret that others may read is no secret.
func TestAttack_KR_04_SecretFiles(t *testing.T) {
	for _, tt := range []struct {
		name    string
		mode    os.FileMode
		text    string
		refused bool
	}{
		{"owner only", 0o600, "postgres://u:hush@db/usage\n", false},
		{"handed out by a service manager", 0o440, "postgres://u:hush@db/usage", false},
		{"world-readable", 0o604, "postgres://u:hush@db/usage", true},
		{"group-writable", 0o660, "postgres://u:hush@db/usage", true},
		{"empty", 0o600, " \n", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings := small(t)
			delete(settings, "databases.usage.dsn")
			file := filepath.Join(t.TempDir(), "dsn")
			if err := os.WriteFile(file, []byte(tt.text), tt.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, tt.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			settings["databases.usage.dsn_file"] = file
			c, err := Load("", environ(settings))
			if refused := slices.Contains(problems(err), "databases.usage.dsn_file"); refused != tt.refused {
				t.Errorf("refused = %v, want %v: %v", refused, tt.refused, err)
			}
			if !tt.refused && c.Databases.Usage.Source.Reveal() != strings.TrimSpace(tt.text) {
				t.Errorf("the file's text did not arrive")
			}
		})
	}
}

func TestSecretsHideThemselves(t *testing.T) {
	var out bytes.Buffer
	s := Hide("hush-hush")
	fmt.Fprintf(&out, "%v %+v %#v %s %+v", s, s, s, s, Database{Source: s})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "dsn", s, "all", Database{Source: s})
	if strings.Contains(out.String(), "hush-hush") {
		t.Errorf("a secret was printed: %s", out.String())
	}
}

func TestEnvironmentGoesBeforeTheFile(t *testing.T) {
	settings := small(t)
	file := filepath.Join(t.TempDir(), "symbolon.yaml")
	text := fmt.Sprintf("issuer: %s\nlog: {level: debug}\nlanguages: [pl]\n", settings["issuer"])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settings["log.level"], settings["languages"] = "warn", "[ar, en]"
	c, err := Load(file, environ(settings))
	if err != nil {
		t.Fatal(err)
	}
	if c.Log.Level != "warn" || !slices.Equal(c.Languages, []string{"ar", "en"}) {
		t.Errorf("level %s, languages %v: the file won", c.Log.Level, c.Languages)
	}
}
