package sim

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
)

// registerClient is the hub's own client, asking the simulator.
func registerClient(t *testing.T, token string) (*register.Client, *Registers) {
	t.Helper()
	people, err := People()
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewRegisters("the-token", people)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g.Handler())
	t.Cleanup(server.Close)
	return register.New(register.Options{BaseURL: server.URL, Token: identity.Hide(token), HTTP: http.DefaultClient}), g
}

func number(t *testing.T, text string) identity.Identifier {
	t.Helper()
	id, err := identity.ParseIdentifier(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRegistersTellTheHubAboutEverybodyWithANumber(t *testing.T) {
	client, g := registerClient(t, "the-token")
	ctx := context.Background()
	for _, p := range g.People() {
		for _, text := range []string{p.Number, p.OldNumber} {
			if text == "" {
				continue
			}
			got, err := client.Person(ctx, number(t, text))
			if err != nil {
				t.Fatalf("%s: %v", p.Key, err)
			}
			given, _ := got.Attributes.Find("given_name")
			family, _ := got.Attributes.Find("family_name")
			if got.Identifiers[0].Reveal() != p.Number || given.Value.RevealText() != p.Given() || family.Value.RevealText() != p.FamilyName {
				t.Errorf("%s: told about somebody else", p.Key)
			}
			if got.Deceased != (p.Deceased != "") {
				t.Errorf("%s: deceased is %v", p.Key, got.Deceased)
			}
			documents, err := client.Documents(ctx, number(t, text))
			if err != nil || (len(documents) == 1) != (p.Document != nil) {
				t.Fatalf("%s: %d documents, %v", p.Key, len(documents), err)
			}
			if p.Document != nil && string(documents[0].Status) != p.Document.Status {
				t.Errorf("%s: the document is %s", p.Key, documents[0].Status)
			}
		}
	}
}

func TestRegistersAtTheirWorst(t *testing.T) {
	client, g := registerClient(t, "the-token")
	ordinary := number(t, "PNOPL-87022290019")
	ask := func() error { _, err := client.Person(context.Background(), ordinary); return err }
	for _, name := range []string{"down", "html", "huge", "cut", "wrong_person"} {
		g.Switches.turnOn(t, name, "all")
		if err := ask(); !errors.Is(err, register.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		g.Switches.turnOn(t, "all", "")
	}
	if err := ask(); err != nil {
		t.Errorf("with everything off: %v", err)
	}
	if _, err := client.Person(context.Background(), number(t, "PNOPL-44051401359")); !errors.Is(err, register.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	stranger, _ := registerClient(t, "another-token")
	if _, err := stranger.Person(context.Background(), ordinary); !errors.Is(err, register.ErrUnavailable) {
		t.Errorf("without the token: %v", err)
	}
}

func TestRegistersTakeReports(t *testing.T) {
	client, g := registerClient(t, "the-token")
	ordinary := number(t, "PNOPL-87022290019")
	report := func(form string) {
		req := httptest.NewRequest("POST", "http://127.0.0.1/?"+form, nil)
		req.PostForm = req.URL.Query()
		g.change(httptest.NewRecorder(), req)
	}
	report("person=ordinary&deceased=yes")
	report("person=ordinary&status=stolen")
	person, err := client.Person(context.Background(), ordinary)
	if err != nil || !person.Deceased {
		t.Errorf("reported dead: %v", err)
	}
	documents, err := client.Documents(context.Background(), ordinary)
	if err != nil || documents[0].Status != register.Stolen {
		t.Errorf("reported stolen: %v", err)
	}
	report("person=ordinary&deceased=no")
	if person, err = client.Person(context.Background(), ordinary); err != nil || person.Deceased {
		t.Errorf("reported alive: %v", err)
	}
}
