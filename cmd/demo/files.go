package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub"
	"symbolon/config"
)

//go:embed config.yaml.tmpl
var files embed.FS

// settings is what the demo's config.yaml is filled with. Every file stands in the data folder.
type settings struct {
	Issuer, Public, Admin     string
	CertFile, KeyFile, CAFile string
	CardCert, CardKey         string // of the card host
	IdentityDSN, UsageDSN     string // a file's path if given on the command line
	IdentityFile, UsageFile   string
	Keys, Parties             string
	Profile, Banks            string
	Registers, RegisterToken  string
	Inbox, InboxToken         string
	Students, StudentToken    string
	Families, FamilyToken     string
	System, SystemKeys        string
	Office                    string
	ClientID, ClientKey       string
	EID, EIDIssuing, EIDRoot  string
	Named                     bool // the hub has a name and not only a number: passkeys need one
	SAML, SAMLPin             string
	NodeSign, NodeEnc         sim.Pair
	PlainSign                 sim.Pair
}

// writeConfig writes the hub's settings, so that people can look at them and run
// `symbolon serve` with them.
func writeConfig(path string, s settings) error {
	t, err := template.New("config.yaml.tmpl").Funcs(template.FuncMap{"q": quoted}).ParseFS(files, "config.yaml.tmpl")
	if err != nil {
		return fmt.Errorf("write the hub's settings: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, s); err != nil {
		return fmt.Errorf("write the hub's settings: %w", err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the hub's settings: %w", err)
	}
	return nil
}

// quoted writes a string for YAML: every JSON string is one.
func quoted(s string) (string, error) {
	raw, err := json.Marshal(s)
	return string(raw), err
}

// parties is a file of `symbolon party apply`, as far as the demo looks into it.
type parties struct {
	Parties []yaml.Node `yaml:"parties"`
	Clients []yaml.Node `yaml:"clients"`
}

// client is what the demo tells about a client of --parties.
type client struct {
	ID           string   `yaml:"id" json:"client_id"`
	AuthMethod   string   `yaml:"token_endpoint_auth_method" json:"token_endpoint_auth_method"`
	Secret       string   `yaml:"-" json:"client_secret,omitempty"`
	KeyFile      string   `yaml:"-" json:"key_file,omitempty"`
	RedirectURIs []string `yaml:"redirect_uris" json:"redirect_uris"`
	AfterLogout  []string `yaml:"post_logout_redirect_uris" json:"post_logout_redirect_uris,omitempty"`
}

// mergeParties writes the demo's own registrations and those of a further file, if any, into
// one. What is wrong in the further file the hub says.
func mergeParties(path string, own []byte, further string) ([]client, error) {
	var all parties
	if err := yaml.Unmarshal(own, &all); err != nil {
		return nil, fmt.Errorf("read the demo's own parties: %w", err)
	}
	if further == "" {
		return nil, os.WriteFile(path, own, 0o600)
	}
	raw, err := os.ReadFile(further)
	if err != nil {
		return nil, fmt.Errorf("--parties: %w", err)
	}
	var more parties
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&more); err != nil {
		return nil, fmt.Errorf("--parties %s: %w", filepath.Base(further), err)
	}
	listed := make([]client, len(more.Clients))
	for i := range more.Clients {
		if err := more.Clients[i].Decode(&listed[i]); err != nil {
			return nil, fmt.Errorf("--parties %s: client %d: %w", filepath.Base(further), i+1, err)
		}
	}
	all.Parties, all.Clients = append(all.Parties, more.Parties...), append(all.Clients, more.Clients...)
	merged, err := yaml.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("write parties: %w", err)
	}
	return listed, os.WriteFile(path, merged, 0o600)
}

// folderOf makes a folder that only its owner looks into.
func folderOf(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make the folder %s: %w", name, err)
	}
	return path, nil
}

// makeKeys makes the keys of a new demo, with one that full records are sealed to. Its two shares
// stay here: nobody else is at home.
func makeKeys(c config.Config, dir string) error {
	held, err := os.ReadDir(c.Keys.Dir)
	if err != nil || len(held) > 0 {
		return err
	}
	if err := hub.CreateKeys(c, time.Now()); err != nil {
		return fmt.Errorf("make the hub's keys: %w", err)
	}
	_, err = hub.CreateEvidence(c.Keys.Dir, [2]string{filepath.Join(dir, "secrets", "evidence-share-1"), filepath.Join(dir, "secrets", "evidence-share-2")})
	return err
}
