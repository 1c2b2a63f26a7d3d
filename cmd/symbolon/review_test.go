package main

import (
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/identity"
)

// asked opens a case in an installation: somebody without a number asked whose login it is.
func asked(t *testing.T, dir string) (number string) {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, "symbolon.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	stores, err := hub.OpenStores(t.Context(), c.Databases, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stores.Close() }()
	people, err := hub.OpenPeople(t.Context(), c, stores)
	if err != nil {
		t.Fatal(err)
	}
	auth := identity.Authentication{Means: "bank", Issuer: "https://bank.example", Subject: identity.Hide("unmistakable-subject")}
	for name, value := range map[identity.AttributeName]string{"given_name": "Mariam", "family_name": "Benchekroun-Echouay", "birthdate": "1990-06-21"} {
		auth.Attributes = append(auth.Attributes, identity.Attribute{Name: name, Value: identity.Text(value)})
	}
	if number, err = people.Matcher.Ask(t.Context(), auth); err != nil {
		t.Fatal(err)
	}
	return number
}

// A case on the command line, as the operator's guide tells it: seen, decided by two, and nothing of
// the citizen is shown.
func TestACaseIsDecidedOnTheCommandLine(t *testing.T) {
	dir, symbolon := installation(t)
	for _, step := range []string{"keys create", "migrate up"} {
		if code, said := symbolon(strings.Fields(step)...); code != done {
			t.Fatalf("symbolon %s: %s", step, said)
		}
	}
	if code, said := symbolon("review", "list"); code != done || !strings.Contains(said, "No case waits") {
		t.Fatalf("an empty queue: %d, %s", code, said)
	}
	number := asked(t, dir)
	for _, step := range []struct {
		args string
		code int
		says string
	}{
		{"review list", done, number},
		{"review list --json", done, `"case": "` + number + `"`},
		{"review show " + strings.ToLower(number), done, "have them before you"},
		{"review show C-AAAA-AAAA", failed, "no case of this number"},
		{"review show " + number + " --numbers", misuse, "--by"},
		{"review decide " + number + " new", misuse, "--by"},
		{"review decide " + number + " merge --by anna", failed, "cannot end so"},
		{"review decide " + number + " tie --by anna", failed, "knows nobody"}, // the number on standard input
		{"review decide " + number + " new --by anna", done, "Another operator"},
		{"review decide " + number + " new --by anna", failed, "nobody decides this alone"},
		{"review show " + number, done, "new, by anna"},
		{"review decide " + number + " new --by bartek", done, "Decided"},
		{"review decide " + number + " refuse --by bartek", failed, "cannot end so"},
		{"review list", done, "decided"},
		{"review report", misuse, "two numbers"},
	} {
		code, said := symbolon(strings.Fields(step.args)...)
		if code != step.code || !strings.Contains(said, step.says) {
			t.Fatalf("symbolon %s: exit code %d, want %d and %q:\n%s", step.args, code, step.code, step.says, said)
		}
		for _, private := range []string{"Mariam", "Benchekroun", "1990-06-21", "unmistakable", "87022290019"} {
			if strings.Contains(said, private) {
				t.Errorf("symbolon %s shows something of the citizen", step.args)
			}
		}
	}
}
