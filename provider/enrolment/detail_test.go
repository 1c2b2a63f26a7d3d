package enrolment_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md R-ENR-09: whatever code this package writes about a case is on a closed list, so that a security officer
// reads words and nobody writes free text about somebody. The calls that write one are found in the source.
func TestEveryCodeOfTheJournalIsOnAList(t *testing.T) {
	lists := map[string][]string{}
	for _, d := range enrolment.EveryDetail() {
		lists[d.List] = append(lists[d.List], d.Code)
	}
	calls := map[string]struct { // by the function that is called
		at   int // argument
		list string
	}{
		"freeze": {2, "alarmed"}, "raise": {2, "alarmed"}, "alarm": {0, "alarmed"}, "end": {4, "ended"}, // Cancel asks a list itself
		"looked": {2, "answer"}, "unanswered": {3, "answer"}, "asks": {3, "asked"},
	}
	found := map[string]int{}
	look := func(name string) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			called := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				called = f.Name
			case *ast.SelectorExpr:
				called = f.Sel.Name
			}
			c, known := calls[called]
			if !known || len(call.Args) <= c.at {
				return true
			}
			if text, ok := call.Args[c.at].(*ast.BasicLit); ok {
				code, err := strconv.Unquote(text.Value)
				found[called]++
				if err != nil || !slices.Contains(lists[c.list], code) {
					t.Errorf("%s: %s writes %s, which is not on the list %q", name, called, text.Value, c.list)
				}
			}
			return true
		})
	}
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			look(name)
		}
	}
	for called := range calls {
		if found[called] == 0 {
			t.Errorf("no call of %s writes a code: the test looks for something else than the source has", called)
		}
	}
}
