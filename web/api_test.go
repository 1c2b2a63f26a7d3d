package web

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
)

// fakeSystems knows one register system by the assertion "good", and says what a test wants.
type fakeSystems struct {
	err    error
	opened []intake.Application
	stands enrolment.State
}

func (f *fakeSystems) Who(_ context.Context, assertion string, _ []*x509.Certificate) (intake.System, error) {
	if assertion != "good" {
		return intake.System{}, &intake.Unknown{Why: "The certificate is not a registered one."}
	}
	return intake.System{ID: "id-cards"}, nil
}

func (f *fakeSystems) Open(_ context.Context, _ intake.System, a intake.Application) (enrolment.Case, error) {
	f.opened = append(f.opened, a)
	return f.one(), f.err
}

func (f *fakeSystems) Of(context.Context, intake.System, seal.RowID) (enrolment.Case, error) {
	return f.one(), f.err
}

func (f *fakeSystems) one() enrolment.Case {
	return enrolment.Case{ID: seal.RowID{7}, Number: "2026-12345678", Asked: "A-1", Office: "room-14", Purpose: enrolment.ForHolder, State: f.stands}
}

const goodApplication = `{"reference":"A-1","office":"room-14","purpose":"holder","identifier":"PNOPL-87022290019"}`

// asked makes a request of the register system.
func asked(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "api.example"
	r.Header.Set("Authorization", "Bearer good")
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", "key-0001")
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (w *world) ask(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// description is openapi.yaml as JSON values.
func description(t *testing.T) map[string]any {
	t.Helper()
	raw, err := intake.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// described gives one schema of the description.
func described(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	raw, err := json.Marshal(description(t))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.yaml", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("openapi.yaml#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func fits(t *testing.T, schema *jsonschema.Schema, body string) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err == nil {
		err = schema.Validate(doc)
	}
	if err != nil {
		t.Errorf("not as described: %v", err)
	}
}

func at(doc any, path ...string) any {
	for _, step := range path {
		members, _ := doc.(map[string]any)
		doc = members[step]
	}
	return doc
}

// The description says what there is: addresses and methods, states, purposes, problems.
func TestTheDescriptionForRegisterSystemsHolds(t *testing.T) {
	w, doc := newWorld(t), description(t)
	var routed, told []string
	for _, rt := range routesOf(t, w) {
		if rt.host != API {
			continue
		}
		for _, method := range rt.methods {
			if method != http.MethodHead {
				routed = append(routed, strings.ToLower(method)+" "+rt.pattern)
			}
		}
	}
	for path, methods := range at(doc, "paths").(map[string]any) {
		for method := range methods.(map[string]any) {
			told = append(told, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(told)
	if !slices.Equal(routed, told) {
		t.Errorf("described: %v\nserved: %v", told, routed)
	}
	texts := func(values any) (all []string) {
		for _, v := range values.([]any) {
			all = append(all, v.(string))
		}
		slices.Sort(all)
		return all
	}
	var states, purposes []string
	for _, s := range intake.States() {
		states = append(states, string(s))
	}
	for _, p := range enrolment.Purposes() {
		purposes = append(purposes, string(p))
	}
	slices.Sort(states)
	slices.Sort(purposes)
	if got := texts(at(doc, "components", "schemas", "State", "enum")); !slices.Equal(got, states) {
		t.Errorf("states: %v, and there are %v", got, states)
	}
	for _, of := range []string{"Application", "Case"} {
		if got := texts(at(doc, "components", "schemas", of, "properties", "purpose", "enum")); !slices.Equal(got, purposes) {
			t.Errorf("purposes of %s: %v, and there are %v", of, got, purposes)
		}
	}
	problems, titles := slices.Sorted(maps.Keys(at(doc, "x-problems").(map[string]any))), slices.Sorted(maps.Keys(problemTitles()))
	if !slices.Equal(problems, titles) {
		t.Errorf("problems: %v, and there are %v", problems, titles)
	}
	for _, of := range []string{"Application", "Event"} { // its examples are what it describes
		raw, err := json.Marshal(at(doc, "components", "schemas", of, "examples").([]any)[0])
		if err != nil {
			t.Fatal(err)
		}
		fits(t, described(t, of), string(raw))
	}
	a := w.ask(asked(http.MethodGet, "/openapi.yaml", ""))
	if raw, err := intake.OpenAPI(); err != nil || a.Code != http.StatusOK || a.Body.String() != string(raw) || a.Header().Get("Content-Type") != "application/yaml" {
		t.Errorf("served with %d as %s, %v", a.Code, a.Header().Get("Content-Type"), err)
	}
}

func TestAnApplicationAndItsAnswer(t *testing.T) {
	w := newWorld(t)
	w.systems.stands = enrolment.Active
	schema := described(t, "Case")
	first := w.ask(asked(http.MethodPost, "/cases", goodApplication))
	id := "07" + strings.Repeat("0", 30)
	if first.Code != http.StatusCreated || first.Header().Get("Location") != "/cases/"+id || len(w.systems.opened) != 1 {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	if got := w.systems.opened[0]; got != (intake.Application{Key: "key-0001", Reference: "A-1", Office: "room-14", Purpose: enrolment.ForHolder, Number: "PNOPL-87022290019"}) {
		t.Errorf("it was read as %+v", got)
	}
	fits(t, schema, first.Body.String())
	if again := w.ask(asked(http.MethodPost, "/cases", goodApplication)); again.Body.String() != first.Body.String() || again.Code != first.Code {
		t.Errorf("a repeat is answered otherwise: %s", again.Body)
	}
	read := w.ask(asked(http.MethodGet, "/cases/"+id, ""))
	fits(t, schema, read.Body.String())
	for name, a := range map[string]*httptest.ResponseRecorder{`"state":"waiting"`: first, `"state":"active"`: read} {
		body := a.Body.String()
		if !strings.Contains(body, name) || !strings.Contains(body, `"desk":"https://desk.example/open/`+id+`"`) || strings.Contains(body, "87022290019") {
			t.Errorf("answer %s", body)
		}
	}
}

// Each thing that can go wrong is a problem of RFC 9457 that fits the description.
func TestProblemsForRegisterSystems(t *testing.T) {
	schema := described(t, "Problem")
	for name, c := range map[string]struct {
		change func(*http.Request)
		err    error
		status int
		code   string
	}{
		"nobody":              {change: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, code: "invalid_client"},
		"another scheme":      {change: func(r *http.Request) { r.Header.Set("Authorization", "Basic Z29vZA==") }, status: 401, code: "invalid_client"},
		"no token":            {change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, status: 401, code: "invalid_client"},
		"two headers":         {change: func(r *http.Request) { r.Header.Add("Authorization", "Bearer good") }, status: 401, code: "invalid_client"},
		"no key":              {change: func(r *http.Request) { r.Header.Del("Idempotency-Key") }, status: 400, code: "idempotency_key"},
		"two keys":            {change: func(r *http.Request) { r.Header.Add("Idempotency-Key", "key-0002") }, status: 400, code: "idempotency_key"},
		"a short key":         {change: func(r *http.Request) { r.Header.Set("Idempotency-Key", "1234567") }, status: 400, code: "idempotency_key"},
		"a key with a space":  {change: func(r *http.Request) { r.Header.Set("Idempotency-Key", "key 00001") }, status: 400, code: "idempotency_key"},
		"a form":              {change: func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, status: 415, code: "unsupported_media_type"},
		"plain text, as CORS": {change: func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, status: 415, code: "unsupported_media_type"},
		"a method":            {change: func(r *http.Request) { r.Method = http.MethodPut }, status: 405, code: "method_not_allowed"},
		"an address":          {change: func(r *http.Request) { r.URL.Path = "/nothing" }, status: 404, code: "not_found"},
		"another body":        {err: intake.ErrOtherBody, status: 422, code: "idempotency_key_reused"},
		"taken":               {err: &intake.Taken{Case: enrolment.Case{ID: seal.RowID{9}}}, status: 409, code: "reference_taken"},
		"faults":              {err: intake.Faults{{Member: "office", Must: "must be one"}}, status: 422, code: "invalid_application"},
		"too many wait":       {err: fmt.Errorf("open: %w", intake.ErrMany), status: 429, code: "too_many_waiting"},
		"no keys":             {err: &oauth.Error{Status: 503, Code: "temporarily_unavailable"}, status: 503, code: "unavailable"},
		"no case":             {err: enrolment.ErrNoCase, status: 404, code: "not_found"},
		"no database":         {err: errDown, status: 503, code: "unavailable"},
		"anything":            {err: errors.New("PNOPL-87022290019"), status: 500, code: "server_error"},
	} {
		w := newWorld(t)
		w.systems.err = c.err
		r := asked(http.MethodPost, "/cases", goodApplication)
		if c.change != nil {
			c.change(r)
		}
		a := w.ask(r)
		body := a.Body.String()
		if a.Code != c.status || !strings.Contains(body, `"code":"`+c.code+`"`) || a.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, a.Code, body)
			continue
		}
		fits(t, schema, body)
		if (a.Header().Get("Retry-After") != "") != (c.status == 429 || c.status == 503) {
			t.Errorf("%s: come again when? %v", name, a.Header())
		}
		if (a.Header().Get("WWW-Authenticate") != "") != (c.status == 401) || strings.Contains(body, "87022290019") || c.err == nil && len(w.systems.opened) > 0 {
			t.Errorf("%s: %v %s", name, a.Header(), body)
		}
	}
}

// RFC 6585 §4, RFC 9457: too many requests of one address are told before any page is reached, as everything else is.
func TestALimitIsToldToARegisterSystemAsAProblem(t *testing.T) {
	w := newWorld(t)
	w.limited(bounds{BySystem: 17 * time.Second})
	a := w.ask(asked(http.MethodPost, "/cases", goodApplication))
	fits(t, described(t, "Problem"), a.Body.String())
	if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "17" || a.Header().Get("Content-Type") != "application/problem+json" || len(w.systems.opened) != 0 {
		t.Errorf("%d %v", a.Code, a.Header())
	}
}

// Attacks JSON: two readers must not see two requests in one body, and a large one is not read.
func TestAttack_BodiesForRegisterSystems(t *testing.T) {
	w := newWorld(t)
	with := func(member string) string { return strings.Replace(goodApplication, `"office"`, member+`,"office"`, 1) }
	for name, c := range map[string]struct {
		body string
		code string
	}{
		"nothing": {"", "bad_json"}, "half an object": {goodApplication[:40], "bad_json"}, "a list": {"[" + goodApplication + "]", "bad_json"},
		"two objects": {goodApplication + goodApplication, "bad_json"}, "something behind": {goodApplication + "x", "bad_json"},
		"a member twice": {with(`"reference":"A-2"`), "bad_json"}, "twice, escaped": {with(`"\u0072eference":"A-2"`), "bad_json"},
		"a number": {with(`"x":1`), "bad_json"}, "null": {with(`"x":null`), "bad_json"}, "an object inside": {with(`"x":{"y":"z"}`), "bad_json"},
		"a list inside": {with(`"x":["y"]`), "bad_json"}, "not UTF-8": {with("\"x\":\"\xff\""), "bad_json"},
		"deep": {strings.Repeat(`{"a":`, 3000), "bad_json"}, "an unknown member": {with(`"admin":"yes"`), "invalid_application"},
		"another case": {with(`"Reference":"A-2"`), "invalid_application"}, "a prototype": {with(`"__proto__":"x"`), "invalid_application"},
		"huge": {with(`"x":"` + strings.Repeat("a", 17<<10) + `"`), "too_large"},
	} {
		a := w.ask(asked(http.MethodPost, "/cases", c.body))
		if !strings.Contains(a.Body.String(), `"code":"`+c.code+`"`) {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	if len(w.systems.opened) != 0 {
		t.Errorf("%d cases were opened", len(w.systems.opened))
	}
}

// Attacks IN-15 (Casdoor CVE-2025-4210): the interface is at its own host alone, and nothing else is there.
func TestAttack_IN_15_TheInterfaceIsNowhereElse(t *testing.T) {
	w := newWorld(t)
	for _, host := range []string{"id.example", "portal.example", "desk.example"} {
		r := asked(http.MethodPost, "/cases", goodApplication)
		r.Host = host
		if a := w.ask(r); a.Code != http.StatusNotFound && a.Code != http.StatusMethodNotAllowed {
			t.Errorf("at %s: %d", host, a.Code)
		}
	}
	for _, path := range []string{"/", "/authorize", "/token", "/login/AAAAAAAA", "/team", "/begin", "/registers/events"} {
		if a := w.ask(asked(http.MethodGet, path, "")); a.Code != http.StatusNotFound || a.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// What is taken is one object as every reader of JSON sees it.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{goodApplication, `{}`, `{"a":"b","a":"c"}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":"b"}{}`, " {\n} "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		texts, err := readTexts(strings.NewReader(body))
		if err != nil {
			return
		}
		var all map[string]string
		if err := json.Unmarshal([]byte(body), &all); err != nil || !maps.Equal(texts, all) {
			t.Errorf("%q is read as %q, elsewhere as %q (%v)", body, texts, all, err)
		}
	})
}
