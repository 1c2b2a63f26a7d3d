// Package faulttest breaks what stands around a running hub: it kills the process, cuts databases,
// silences upstreams and registers, moves clocks and turns keys, and reads everything that was
// written. What people and parties can do to a hub that is well is told in logintest and attacktest.
package faulttest

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

// clinic is a party that may know everything and holds refresh tokens.
func clinic() *hubtest.RP {
	return &hubtest.RP{
		ID: "clinic", Method: "client_secret_basic",
		Client: map[string]any{"scopes": []string{"profile", "email", "address", "phone", "nid", "document"}},
		Party: map[string]any{"may": []any{
			map[string]any{"attributes": []string{"given_name", "family_name"}, "basis": "consent", "purpose": "service", "required": true},
			map[string]any{"attributes": []string{"name", "birthdate", "address", "email", "phone_number", "gender", "national_identifier", "document_number"}, "basis": "consent", "purpose": "service"},
		}},
	}
}

// asking writes a claims parameter for userinfo.
func asking(names ...string) string {
	return `{"userinfo":{"` + strings.Join(names, `":null,"`) + `":null}}`
}

// together does something many times at once and waits for all.
func together(times int, do func(i int)) {
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// sideBySide runs subtests at the same time that mostly wait; t.Parallel would take as many as there
// are processors, which do nothing meanwhile.
func sideBySide[K ~string, V any](t *testing.T, rows map[K]V, test func(*testing.T, V)) {
	t.Helper()
	var all sync.WaitGroup
	for name, row := range rows {
		all.Go(func() { t.Run(string(name), func(t *testing.T) { test(t, row) }) })
	}
	all.Wait()
}

// status asks the admin listener of the first replica.
func status(t *testing.T, w *hubtest.World, path string) int {
	t.Helper()
	resp, err := http.Get(w.Replicas[0].Admin + path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
