package cmd

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// The budgets: what is larger is hard to read in one sitting.
const (
	mostLines     = 400
	mostTestLines = 600
	mostFunction  = 60
	mostMethods   = 5
)

func budgets(h house) []string {
	var wrong []string
	for _, f := range h.files {
		most := mostLines
		if f.test {
			most = mostTestLines
		}
		if f.lines > most {
			wrong = append(wrong, fmt.Sprintf("%s: %d lines; at most %d", f.path, f.lines, most))
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && !f.test && f.length(fn) > mostFunction {
				wrong = append(wrong, fmt.Sprintf("%s: %s has %d lines; at most %d", f.at(fn), fn.Name.Name, f.length(fn), mostFunction))
			}
		}
	}
	return wrong
}

// interfaces counts methods, those of embedded interfaces of the same package with them.
func interfaces(h house) []string {
	type place struct {
		file  source
		iface *ast.InterfaceType
	}
	all := map[string]place{}
	for _, f := range h.sources() {
		for _, spec := range types(f) {
			if iface, ok := spec.Type.(*ast.InterfaceType); ok {
				all[f.dir+"."+spec.Name.Name] = place{f, iface}
			}
		}
	}
	var count func(dir string, iface *ast.InterfaceType) int
	count = func(dir string, iface *ast.InterfaceType) int {
		n := 0
		for _, m := range iface.Methods.List {
			n += len(m.Names)
			if id, ok := m.Type.(*ast.Ident); ok && len(m.Names) == 0 {
				if embedded, known := all[dir+"."+id.Name]; known {
					n += count(dir, embedded.iface)
				}
			}
		}
		return n
	}
	var wrong []string
	for name, p := range all {
		if n := count(p.file.dir, p.iface); n > mostMethods {
			wrong = append(wrong, fmt.Sprintf("%s: %s has %d methods; at most %d", p.file.at(p.iface), name, n, mostMethods))
		}
	}
	return wrong
}

func types(f source) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				if spec, ok := s.(*ast.TypeSpec); ok {
					specs = append(specs, spec)
				}
			}
		}
	}
	return specs
}

// packageState: no init, and of package-level variables only those that nobody changes: error
// sentinels, embedded files, compiled expressions, what is made once, and promises about interfaces.
func packageState(h house) []string {
	var wrong []string
	for _, f := range h.sources() {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					wrong = append(wrong, f.at(d)+": init: start-up is done by who starts up")
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR && !harmless(v) {
						wrong = append(wrong, fmt.Sprintf("%s: package variable %s: make it a field, an argument or a function", f.at(v), v.Names[0].Name))
					}
				}
			}
		}
	}
	return wrong
}

func harmless(v *ast.ValueSpec) bool {
	if written(v.Type) == "embed.FS" || v.Names[0].Name == "_" && v.Type != nil {
		return true
	}
	for i, name := range v.Names {
		if i >= len(v.Values) {
			return false
		}
		call, ok := v.Values[i].(*ast.CallExpr)
		if !ok {
			return false
		}
		switch written(call.Fun) {
		case "errors.New", "fmt.Errorf":
			if !strings.HasPrefix(strings.ToLower(name.Name), "err") {
				return false
			}
		case "regexp.MustCompile", "sync.OnceValue":
		default:
			return false
		}
	}
	return len(v.Values) > 0
}

func written(e ast.Expr) string {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		if id, ok := sel.X.(*ast.Ident); ok {
			return id.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

// packageComments: one file of each package begins with "Package NAME …", a command's with
// "Command NAME …" or the like.
func packageComments(h house) []string {
	said := map[string]bool{}
	for _, f := range h.sources() {
		text := f.ast.Doc.Text()
		ok := strings.HasPrefix(text, "Package "+f.ast.Name.Name+" ")
		if f.ast.Name.Name == "main" {
			ok = len(text) > 0
		}
		said[f.dir] = said[f.dir] || ok
	}
	var wrong []string
	for dir, ok := range said {
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: no file begins with a comment \"Package %s …\" that says what it does and what it leaves to others", dir, path.Base(dir)))
		}
	}
	return wrong
}

func documented(h house) []string {
	var wrong []string
	for _, f := range h.sources() {
		if f.ast.Name.Name == "main" {
			continue
		}
		for _, d := range f.ast.Decls {
			for _, name := range undocumented(d) {
				wrong = append(wrong, fmt.Sprintf("%s: %s is exported and has no comment", f.at(d), name))
			}
		}
	}
	return wrong
}

func undocumented(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Names[0].Name)
				}
			}
		}
		return names
	}
	return nil
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}

func folders(h house) []string {
	fixed := []string{"provider", "connectors", "consent", "web", "cmd", "config"}
	banned := []string{"internal", "pkg", "docs", "utils", "util", "common", "models", "types", "helpers", "base", "misc", "shared"}
	var wrong []string
	for _, f := range h.files {
		parts := strings.Split(f.path, "/")
		if len(parts) == 1 || !slices.Contains(fixed, parts[0]) {
			wrong = append(wrong, f.path+": Go files are in "+strings.Join(fixed, ", ")+" only")
		}
		for _, p := range parts[:len(parts)-1] {
			if slices.Contains(banned, p) {
				wrong = append(wrong, fmt.Sprintf("%s: a folder named %s says nothing about what is in it", f.path, p))
			}
		}
	}
	return wrong
}

// leftovers finds what was left for later, and tests that wait instead of watching.
func leftovers(h house) []string {
	words := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "not " + "implemented"}
	var wrong []string
	for _, f := range h.files {
		look := func(n ast.Node, text string) {
			for _, w := range words {
				if strings.Contains(text, w) {
					wrong = append(wrong, fmt.Sprintf("%s: %q", f.at(n), w))
				}
			}
		}
		for _, group := range f.ast.Comments {
			look(group, group.Text())
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				look(n, n.Value)
			case *ast.CallExpr:
				if f.test && written(n.Fun) == "time.Sleep" {
					wrong = append(wrong, f.at(n)+": a test that sleeps is slow on a good day and wrong on a bad one")
				}
			}
			return true
		})
	}
	return wrong
}
