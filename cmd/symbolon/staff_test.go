package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
)

// The first administrator of an office is named by two persons, each at their own account of the
// machine (attacks IN-01, IN-14).
func TestTheFirstAdministratorIsNamedByTwoPersons(t *testing.T) {
	dir, symbolon := installation(t)
	country, err := sim.Start(sim.Options{Issuer: "http://localhost:1", Dir: t.TempDir(), Callback: func(string) string { return "http://localhost:1/callback" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := country.Close(t.Context()); err != nil {
			t.Log(err)
		}
	})
	settings := filepath.Join(dir, "symbolon.yaml")
	text := fmt.Sprintf(`issuer: http://localhost:1
demo: true
production: false
listen: {public: "127.0.0.1:0", admin: "127.0.0.1:0"}
databases: {identity: {dsn: "sqlite:%[1]s/identity.db"}, usage: {dsn: "sqlite:%[1]s/usage.db"}}
keys: {dir: %[1]s/keys}
registers: {url: %[2]q, token_file: %[3]q, allow_loopback: true}
`, dir, country.Addresses.Registers, country.RegisterToken)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	as := func(name string, args ...string) (int, string) {
		var out bytes.Buffer
		s := &session{in: strings.NewReader("PNOPL-64022890227\n"), out: &out, errs: &out, who: func() (string, error) { return name, nil }}
		root := s.root()
		root.SetArgs(append(args, "--config", settings))
		if err := root.ExecuteContext(t.Context()); err != nil {
			return failed, out.String() + err.Error()
		}
		return done, out.String()
	}
	for _, args := range []string{"migrate up", "keys create"} {
		if code, out := symbolon(strings.Fields(args)...); code != done {
			t.Fatalf("%s: %d\n%s", args, code, out)
		}
	}
	if code, out := as("ala", "staff", "propose", "local_administrator", "--office", "room-14"); code == done || !strings.Contains(out, "no such office") {
		t.Errorf("for an office that there is not: %s", out)
	}
	office := []string{"staff", "office", "room-14", "--institution", "city", "--institution-name", "Urząd Miasta", "--name", "Pokój 14"}
	if code, out := as("ala", office...); code != done {
		t.Fatal(out)
	}
	if code, out := as("ala", "staff", "station", "room-14", "7", "stanowisko 7"); code != done {
		t.Fatal(out)
	}
	if code, out := as("ala", "staff", "propose", "emperor", "--office", "room-14"); code == done {
		t.Errorf("a role that there is not: %s", out)
	}
	code, out := as("ala", "staff", "propose", "local_administrator", "--office", "room-14")
	if code != done {
		t.Fatal(out)
	}
	id := out[strings.LastIndex(strings.TrimSpace(out), " ")+1:]
	id = strings.TrimSpace(id)
	if code, out := as("ala", "person", "suspend", "--reason", "she called"); code == done || !strings.Contains(out, "one of: lost") {
		t.Errorf("put aside for no reason of the list: %s", out)
	}
	if code, out := as("ala", "person", "suspend", "--reason", "stolen"); code != done || !strings.Contains(out, "0 ways") {
		t.Errorf("put aside: %s", out)
	}
	var kept []byte
	for _, name := range []string{"identity.db", "identity.db-wal"} {
		part, _ := os.ReadFile(filepath.Join(dir, name)) // no second file where all is in the first
		kept = append(kept, part...)
	}
	for _, words := range []string{`"operator":"ala"`, `"reason":"stolen"`} {
		if !bytes.Contains(kept, []byte(words)) {
			t.Errorf("the journal does not say %s", words)
		}
	}
	if code, out := as("ala", "staff", "confirm", id); code == done || !strings.Contains(out, "another person") {
		t.Errorf("the same person confirms: %s", out)
	}
	if code, out := as("ola", "staff", "confirm", id); code != done {
		t.Errorf("another person: %s", out)
	}
	if code, out := as("ela", "staff", "confirm", id); code == done {
		t.Errorf("confirmed twice: %s", out)
	}
	for hours, want := range map[string]string{"1-5=08:00-16:00": "5=08:00-16:00", "": "as the settings say", "1=16:00-08:00": "1 is Monday"} {
		if code, out := as("ala", "staff", "hours", "room-14", hours); !strings.Contains(out, want) || (code == done) != (hours != "1=16:00-08:00") {
			t.Errorf("hours %q: %s", hours, out)
		}
	}
	for _, step := range [][]string{{"disable", "room-14", "off"}, {"enable", "room-14", "on"}, {"disable", "city", "off", "--institution"}, {"enable", "city", "on", "--institution"}} {
		code, out := as("ala", append([]string{"staff", step[0], step[1]}, step[3:]...)...)
		if _, list := as("ala", "staff", "list"); code != done || !strings.Contains(list, "1 positions  "+step[2]+"\n") {
			t.Errorf("%s: %s%s", step[0], out, list)
		}
	}
	if code, out := as("ala", "staff", "disable", "nowhere"); code == done || !strings.Contains(out, "no such office") {
		t.Errorf("an office that there is not goes off: %s", out)
	}
	code, out = as("ala", "staff", "list")
	if code != done || !strings.Contains(out, "local_administrator") || strings.Contains(out, "Nadzorcza") {
		t.Errorf("the list: %s", out)
	}
}
