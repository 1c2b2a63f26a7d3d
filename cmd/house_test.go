// Package cmd holds the commands; here, at their root, only the rules of the house are tested. The
// tests open the files themselves: a version that asked `go list` would stay green from the cache.
package cmd

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// source is one Go file of the house.
type source struct {
	path  string // from the root, with slashes
	dir   string
	test  bool // ends in _test.go
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// house is every Go file of a tree, and the tree.
type house struct {
	root  fs.FS
	files []source
}

// module is the path before every import of our own.
const module = "symbolon/"

// TestHouse reads the whole checkout and holds it against every rule.
func TestHouse(t *testing.T) {
	h, err := read(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.files) < 50 {
		t.Fatalf("only %d Go files found: this is not the checkout", len(h.files))
	}
	for name, rule := range rules() {
		t.Run(name, func(t *testing.T) {
			problems := rule(h)
			slices.Sort(problems)
			for _, problem := range problems {
				t.Error(problem)
			}
		})
	}
}

// rules gives every rule by name; each says what breaks it, one line a place.
func rules() map[string]func(house) []string {
	return map[string]func(house) []string{
		"imports point left":         ownImports,
		"third parties stay fenced":  fences,
		"test code stays in tests":   testOnly,
		"files and functions small":  budgets,
		"interfaces small":           interfaces,
		"no state in packages":       packageState,
		"packages say what they do":  packageComments,
		"exported names documented":  documented,
		"folders":                    folders,
		"nothing left for later":     leftovers,
		"versions pinned":            pins,
		"languages complete":         languages,
		"every claim has its words":  claimTexts,
		"migrations in both tongues": migrations,
	}
}

// read parses the Go files of a tree. Hidden folders, bin and screenshots are not the house's.
func read(root fs.FS) (house, error) {
	h := house{root: root}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if name != "." && (strings.HasPrefix(base, ".") || name == "bin" || name == "screenshots" || base == "testdata" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f := source{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
		f.lines = strings.Count(string(text), "\n")
		if f.ast, err = parser.ParseFile(f.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		h.files = append(h.files, f)
		return nil
	})
	return h, err
}

// at names a place for whoever has to mend it.
func (f source) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// length is how many lines something takes.
func (f source) length(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

// imports gives what a file imports, with the place.
func (f source) imports() map[string]string {
	all := map[string]string{}
	for _, spec := range f.ast.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			all[name] = f.at(spec)
		}
	}
	return all
}

// sources gives the files that are not tests, nor packages made for tests.
func (h house) sources() []source {
	return slices.DeleteFunc(slices.Clone(h.files), func(f source) bool { return f.test })
}

// sound is a package with nothing wrong in it.
const sound = `// Package identity is sound.
package identity

import "errors"

// ErrNobody says so.
var ErrNobody = errors.New("nobody")

// Level is a level.
type Level int

var _ fmt = (*Level)(nil)

type fmt interface{ String() string }

// String names the level.
func (l *Level) String() string { return "" }
`

// TestHouseRulesCanFail plants one fault at a time in a sound little house.
func TestHouseRulesCanFail(t *testing.T) {
	tree := func(name, text string) house {
		h, err := read(fstest.MapFS{
			"connectors/identity/level.go": {Data: []byte(sound)},
			"web/locale/en.json":           {Data: []byte(`{"a": "one %[1]s", "n": {"one": "one", "other": "%[1]d"}}`)},
			"web/locale/pl.json":           {Data: []byte(`{"a": "raz %[1]s", "n": {"one": "raz", "few": "%[1]d", "other": "%[1]d"}}`)},
			"web/locale/hu.json":           {Data: []byte(`{"a": "egy %[1]s", "n": {"one": "egy", "other": "%[1]d"}}`)},
			"web/locale/fr.json":           {Data: []byte(`{"a": "%[1]s", "n": {"one": "%[1]d an", "other": "%[1]d ans"}}`)},
			"web/locale/ar.json":           {Data: []byte(`{"a": "%[1]s", "n": {"zero": "لا", "other": "%[1]d"}}`)},
			"go.mod":                       {Data: []byte("module symbolon\n")},
			name:                           {Data: []byte(text)},
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return h
	}
	many := strings.Repeat("\n", 401)
	long := "func long() {" + strings.Repeat("\n", 61) + "}\n"
	cases := []struct{ rule, file, text string }{
		{"imports point left", "consent/a.go", "package consent\nimport _ \"symbolon/provider/login\"\n"},
		{"imports point left", "connectors/oidc/a.go", "package oidc\nimport _ \"symbolon/connectors/saml\"\n"},
		{"imports point left", "web/citizen/a.go", "package citizen\nimport _ \"symbolon/provider/store\"\n"},
		{"imports point left", "web/a.go", "package web\nimport _ \"symbolon/config\"\n"},
		{"imports point left", "provider/oauth/a_test.go", "package oauth\nimport _ \"symbolon/web\"\n"},
		{"imports point left", "provider/novel/a.go", "package novel\n"},
		{"imports point left", "cmd/symbolon/a.go", "package main\nimport _ \"symbolon/cmd/demo/sim\"\n"},
		{"imports point left", "provider/oauth/a.go", "package oauth\nimport _ \"symbolon/provider\"\n"},
		{"imports point left", "provider/login/a.go", "package login\nimport _ \"symbolon/provider/store/storetest\"\n"},
		{"third parties stay fenced", "provider/login/a.go", "package login\nimport _ \"github.com/ory/fosite\"\n"},
		{"third parties stay fenced", "provider/oauth/a.go", "package oauth\nimport _ \"gorm.io/gorm\"\n"},
		{"third parties stay fenced", "consent/a.go", "package consent\nimport _ \"net/http\"\n"},
		{"third parties stay fenced", "web/a.go", "package web\nimport _ \"github.com/zitadel/oidc/v3/pkg/oidc\"\n"},
		{"test code stays in tests", "web/a.go", "package web\nimport _ \"testing\"\n"},
		{"test code stays in tests", "web/a.go", "package web\nimport _ \"github.com/google/go-cmp/cmp\"\n"},
		{"files and functions small", "web/a.go", "package web\n" + many},
		{"files and functions small", "web/a_test.go", "package web\n" + many + many},
		{"files and functions small", "web/a.go", "package web\n" + long},
		{"interfaces small", "web/a.go", "package web\ntype a interface { A(); B(); C() }\ntype b interface { a; D(); E(); F() }\n"},
		{"no state in packages", "web/a.go", "package web\nvar cache = map[string]string{}\n"},
		{"no state in packages", "web/a.go", "package web\nfunc init() {}\n"},
		{"no state in packages", "web/a.go", "package web\nimport \"errors\"\nvar broken, other = errors.New(\"a\"), 3\n"},
		{"packages say what they do", "web/a.go", "package web\n"},
		{"packages say what they do", "web/a.go", "// This is it.\npackage web\n"},
		{"exported names documented", "web/a.go", "package web\nfunc Serve() {}\n"},
		{"exported names documented", "web/a.go", "package web\ntype Page struct{}\n"},
		{"exported names documented", "web/a.go", "package web\n// A page.\ntype Page struct{}\nfunc (p *Page) Show() {}\n"},
		{"exported names documented", "web/a.go", "package web\nconst Most = 3\n"},
		{"folders", "main.go", "package main\n"},
		{"folders", "internal/a.go", "package internal\n"},
		{"folders", "web/utils/a.go", "package utils\n"},
		{"nothing left for later", "web/a.go", "package web\n// TO" + "DO: mend\n"},
		{"nothing left for later", "web/a.go", "package web\nfunc f() { panic(\"not " + "implemented\") }\n"},
		{"nothing left for later", "web/a_test.go", "package web\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"},
		{"versions pinned", "go.mod", "module symbolon\nrequire github.com/ory/fosite v0.49.0\n"},
		{"versions pinned", "go.mod", "module symbolon\nrequire modernc.org/sqlite v1.60.1\nrequire modernc.org/libc v1.0.0\n"},
		{"languages complete", "web/locale/pl.json", `{"a": "raz %[1]s"}`},
		{"languages complete", "web/locale/pl.json", `{"a": "raz %[1]s", "n": "%[1]d", "b": "x"}`},
		{"languages complete", "web/locale/pl.json", `{"a": " ", "n": "%[1]d"}`},
		{"languages complete", "web/locale/pl.json", `{"a": "raz", "n": "%[1]d"}`},
		{"languages complete", "web/locale/pl.json", `{"a": "raz %[1]s", "n": {"one": "raz"}}`},
		{"languages complete", "web/locale/pl.json", `[]`},
		{"every claim has its words", "web/locale/en.json", `{"a": "x"}`},
		{"migrations in both tongues", "provider/store/usagedb/migrations/sqlite/202611240000_a.sql", "-- +goose Up\n-- +goose Down\n"},
		{"migrations in both tongues", "provider/store/usagedb/migrations/sqlite/a.sql", ""},
	}
	tried := map[string]bool{}
	for _, c := range cases {
		tried[c.rule] = true
		if rule := rules()[c.rule]; rule == nil || len(rule(tree(c.file, c.text))) == 0 {
			t.Errorf("%s: finds nothing wrong with %s holding %q", c.rule, c.file, c.text[:min(len(c.text), 80)])
		}
	}
	soundHouse := tree("README.md", "")
	for name, rule := range rules() {
		if !tried[name] {
			t.Errorf("%s: no fault was planted for it", name)
		}
		if name == "every claim has its words" || name == "versions pinned" {
			continue // they need the real files
		}
		for _, problem := range rule(soundHouse) {
			t.Errorf("%s, of a sound house: %s", name, problem)
		}
	}
}
