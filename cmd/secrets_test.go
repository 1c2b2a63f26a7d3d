package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// secretNames are how fields and variables are called that hold something that somebody might guess piece by piece.
var secretNames = regexp.MustCompile(`^(?i:secret|token|pin|password|ticket|match)$`)

// unequal are the places that compare something of such a name, or bytes, in another way than in constant time, and
// why nobody learns anything from how long that takes.
func unequal() map[string]string {
	return map[string]string{
		"provider/enrolment/handover.go":   "whether another phone has come since the digits were compared, in constant time",
		"provider/enrolment/phone.go":      "a digest of the cookie: a guess that begins like the cookie has a digest that does not",
		"connectors/pki/ocsp.go":           "what a responder sends, which we asked with the nonce that it echoes",
		"connectors/pki/crl.go":            "names of authorities, which are public",
		"connectors/saml/xmlsec/verify.go": "what was signed and what is read of it, both public",
		"connectors/enrolled/passkey.go":   "which account a key says it is of, after its signature was checked",
		"consent/claims/condition.go":      "values of attributes that a party asked for, with the citizen's own",
	}
}

// Attacks EN-04 (ASVS 11.2.4): what somebody might guess is compared in constant time, or by its digest; no length of
// a wrong beginning shows. Whoever writes another comparison names it here, with the reason why it may be one.
func TestAttack_EN_04_SecretsAreComparedInConstantTime(t *testing.T) {
	allowed, seen, constant := unequal(), map[string]bool{}, 0
	for _, folder := range []string{"provider", "connectors", "web", "consent"} {
		root := filepath.Join("..", folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			short := strings.TrimPrefix(filepath.ToSlash(path), "../")
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					switch called(n) {
					case "subtle.ConstantTimeCompare", "hmac.Equal":
						constant++
					case "bytes.Equal":
						seen[short] = true
						if allowed[short] == "" {
							t.Errorf("%s: compares bytes, and stops at the first that differs", files.Position(n.Pos()))
						}
					}
				case *ast.BinaryExpr:
					if n.Op != token.EQL && n.Op != token.NEQ || !guessed(n.X, n.Y) {
						return true
					}
					if seen[short] = true; allowed[short] == "" {
						t.Errorf("%s: compares what might be guessed, and stops at the first character that differs", files.Position(n.Pos()))
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for file := range allowed {
		if !seen[file] {
			t.Errorf("%s compares nothing any more: take it off the list", file)
		}
	}
	if constant < 20 {
		t.Errorf("%d comparisons in constant time were found; the test looks in the wrong place", constant)
	}
}

func called(call *ast.CallExpr) string {
	of, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	from, ok := of.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return from.Name + "." + of.Sel.Name
}

// guessed reports whether both sides are values, one of them with such a name: a comparison with what is written in
// the code (an empty text, a constant) tells nobody anything.
func guessed(x, y ast.Expr) bool {
	names := []string{nameOf(x), nameOf(y)}
	return !slices.Contains(names, "") && (secretNames.MatchString(names[0]) || secretNames.MatchString(names[1]))
}

// nameOf gives the last name of a variable or field; "" for anything else, and for constants of a package.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name == "nil" || e.Name == "true" || e.Name == "false" || ast.IsExported(e.Name) {
			return ""
		}
		return e.Name
	case *ast.SelectorExpr:
		if from, ok := e.X.(*ast.Ident); ok && from.Obj == nil { // of a package
			return ""
		}
		return e.Sel.Name
	default:
		return ""
	}
}
