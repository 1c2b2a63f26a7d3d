package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"symbolon/cmd/hub"
	"symbolon/config"
)

// secretsFolder makes what deploy/README.md has an operator make.
func secretsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, db := range []string{"identity", "usage"} {
		dsn := "postgres://symbolon_" + db + ":of-" + db + "@postgres:5432/symbolon_" + db + "?sslmode=disable\n"
		if err := os.WriteFile(filepath.Join(dir, db+"_dsn"), []byte(dsn), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTheComposeFileSettlesTheExampleSettings lays the compose file's environment over the example
// settings, as a container would.
func TestTheComposeFileSettlesTheExampleSettings(t *testing.T) {
	text, err := os.ReadFile("../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	secrets := secretsFolder(t)
	environ := []string{"SYMBOLON_KEYS__DIR=" + filepath.Join(secrets, "keys")}
	for name, value := range compose.Services["hub"].Environment {
		environ = append(environ, name+"="+strings.ReplaceAll(value, "/run/secrets", secrets))
	}
	c, err := config.Load("../config/example.yaml", environ)
	if err != nil {
		t.Fatalf("the settings do not hold:\n%v", err)
	}
	if c.Listen.Public != "0.0.0.0:8080" || !strings.Contains(c.Databases.Usage.Source.Reveal(), "of-usage@postgres") || !c.Production {
		t.Errorf("listens on %s, production %t", c.Listen.Public, c.Production)
	}
}

func TestTheExamplePartiesHold(t *testing.T) {
	file, err := hub.ReadParties("../deploy/parties.example.yaml", hub.Registration(config.Default()))
	if err != nil {
		t.Fatalf("the file does not hold:\n%v", err)
	}
	if len(file.Parties) != 1 || len(file.Clients) != 1 || len(file.Parties[0].May) != 6 {
		t.Errorf("read %d parties and %d clients", len(file.Parties), len(file.Clients))
	}
}
