package cmd

import (
	"fmt"
	"slices"
	"strings"
)

// room says which of our own packages a package may import. A name that ends in /* stands for
// whatever is under it. The first line that fits a package counts.
type room struct {
	name string
	may  string // names with spaces
}

// importTable is the rule that everything stands on: imports point left, in the order connectors,
// consent, provider, web, cmd; config is read by cmd alone.
func importTable() []room {
	return []room{
		{"connectors/identity", ""},
		{"connectors/assurance", "connectors/identity"},
		{"connectors", "connectors/identity connectors/assurance"},
		{"connectors/outbound", ""},
		{"connectors/pki", "connectors/identity connectors/outbound"},
		{"connectors/pki/specimen", ""},
		{"connectors/register", "connectors/identity connectors/outbound"},
		{"connectors/connectortest", "connectors connectors/*"},
		{"connectors/saml", "connectors connectors/identity connectors/outbound connectors/saml/xmlsec"},
		{"connectors/saml/xmlsec", ""},
		{"connectors/saml/idp", "connectors/saml/xmlsec"}, // for simulators and tests
		{"connectors/*", "connectors connectors/identity connectors/pki connectors/register connectors/outbound"},
		{"consent", "connectors/identity"},
		{"consent/claims", "connectors/identity consent"},
		{"provider/keys", ""},
		{"provider/seal", ""},
		{"provider/store", ""},
		{"provider/once", ""},
		{"provider/limit", ""},
		{"provider/lease", ""},
		{"provider/journal", "connectors/identity consent provider/keys provider/seal connectors/outbound"},
		{"provider/outbox", "connectors/identity consent provider/keys provider/seal provider/lease connectors/outbound"},
		{"provider/subject", "connectors/identity consent provider/keys provider/seal provider/journal provider/limit"},
		{"provider/staff", "connectors/identity consent provider/keys provider/seal provider/journal provider/limit"},
		{"provider/mandate", "connectors/identity connectors/register"},
		{"provider/login", "connectors connectors/assurance connectors/identity connectors/register consent consent/claims provider/mandate provider/subject " +
			"provider/staff provider/journal provider/outbox provider/seal provider/once provider/limit"},
		{"provider/oauth", "connectors/identity provider/login provider/mandate consent consent/claims provider/keys provider/seal provider/subject provider/journal " +
			"provider/outbox provider/once provider/limit connectors/outbound"},
		{"provider/enrolment", officeImports()},
		{"provider/intake", "connectors/identity provider/enrolment provider/lease provider/seal provider/staff"},
		{"provider/inspection", officeImports()},
		{"provider/store/storetest", "connectors/* consent consent/* provider/*"},
		{"provider/store/identitydb", storeImports()},
		{"provider/store/usagedb", storeImports()},
		{"provider", "connectors connectors/* consent consent/* provider/*"},
		{"web", webImports()},
		{"web/*", webImports()},
		{"config", ""},
		{"cmd/hub", "config connectors connectors/* consent consent/* provider provider/* web web/*"},
		{"cmd/symbolon", "cmd/hub config connectors connectors/* consent consent/* provider provider/* web web/*"},
		{"cmd/*", "cmd/* config connectors connectors/* consent consent/* provider provider/* web web/*"},
	}
}

func officeImports() string {
	return "connectors/identity connectors/register provider/subject provider/staff provider/journal consent provider/outbox provider/keys " +
		"provider/seal provider/once provider/limit connectors/enrolled"
}

// storeImports: a database satisfies interfaces that are declared where they are used.
func storeImports() string {
	return "connectors/identity connectors/enrolled consent provider/store provider/journal provider/keys provider/limit provider/login provider/oauth provider/once " +
		"provider/outbox provider/seal provider/subject provider/staff provider/enrolment provider/intake provider/inspection"
}

// webImports leaves the store out: a page never asks a database.
func webImports() string {
	return "connectors connectors/identity connectors/register connectors/assurance consent consent/claims provider provider/login provider/oauth " +
		"provider/subject provider/keys provider/seal provider/enrolment provider/intake provider/inspection provider/staff provider/journal provider/outbox " +
		"provider/once provider/limit web web/*"
}

// forTests are packages that only tests may import.
func forTests(name string) bool {
	return strings.HasSuffix(name, "test") || strings.HasPrefix(name, "cmd/hub/hubtest/")
}

func ownImports(h house) []string {
	var wrong []string
	for _, f := range h.files {
		row, known := roomOf(f.dir)
		if !known && !(f.test && f.dir == "cmd") {
			wrong = append(wrong, f.path+": the package is not in the import table; add it there, with what it may import")
			continue
		}
		for name, at := range f.imports() {
			name, own := strings.CutPrefix(name, module)
			switch {
			case !own || name == f.dir:
			case forTests(name) && !f.test && !forTests(f.dir):
				wrong = append(wrong, fmt.Sprintf("%s: %s is for tests only", at, name))
			case f.test && left(f.dir, name), forTests(f.dir) && left(f.dir, name):
			case !fits(strings.Fields(row.may), name):
				wrong = append(wrong, fmt.Sprintf("%s: %s may not import %s (it may import: %s)", at, f.dir, name, row.may))
			}
		}
	}
	return wrong
}

func roomOf(dir string) (room, bool) {
	table := importTable()
	i := slices.IndexFunc(table, func(r room) bool { return fits([]string{r.name}, dir) })
	if i < 0 {
		return room{}, false
	}
	return table[i], true
}

func fits(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		folder, deep := strings.CutSuffix(p, "*")
		return p == name || deep && strings.HasPrefix(name, folder)
	})
}

// left says whether a test in one folder may use a package: those of its own folder and of those
// to the left, and the packages made for tests.
func left(dir, name string) bool {
	order := []string{"connectors", "consent", "provider", "web", "cmd"}
	of := func(s string) int { return slices.Index(order, strings.Split(s, "/")[0]) }
	if strings.HasPrefix(dir, "cmd") {
		return true
	}
	return of(name) >= 0 && of(name) <= of(dir)
}

// fence keeps a third party inside some folders; where tests is set, tests may use it anywhere.
type fence struct {
	party string // import path or the beginning of one
	only  string
	tests bool
}

func fenceTable() []fence {
	return []fence{
		{"github.com/ory/", "provider/oauth", false},
		{"github.com/go-jose/go-jose/v3", "provider/oauth", false},
		{"gorm.io/", "provider/store provider/store/*", false},
		{"github.com/pressly/goose", "provider/store provider/store/*", false},
		{"github.com/gorilla/sessions", "web web/*", false},
		{"github.com/zitadel/", "connectors/oidc cmd/demo cmd/demo/* cmd/exampleparty cmd/exampleparty/*", true},
		{"github.com/pquerna/otp", "connectors/enrolled provider/inspection cmd/demo/sim cmd/hub/hubtest", true},
		{"github.com/makiuchi-d/gozxing", "cmd/demo/sim", true}, // the product draws QR codes and reads none
		{"github.com/crewjam/saml", "connectors/saml cmd/demo cmd/demo/*", false},
		{"github.com/russellhaering/goxmldsig", "connectors/saml cmd/demo cmd/demo/*", false},
		{"github.com/beevik/etree", "connectors/saml cmd/demo cmd/demo/*", false},
		{"github.com/coreos/go-oidc", "cmd/hub/hubtest cmd/hub/hubtest/*", true},
		{"github.com/santhosh-tekuri/jsonschema", "", true},
		{"software.sslmate.com/src/go-pkcs12", "cmd/demo/sim", true},
		{"github.com/knadh/koanf", "config", false},
		{module + "connectors/pki/specimen", "cmd/demo cmd/demo/* cmd/hub/hubtest cmd/hub/hubtest/*", true}, // cards that are worth nothing
		{"github.com/spf13/cobra", "cmd/*", false},
	}
}

// withoutHTTP are the packages that do not know that the web exists.
func withoutHTTP() []string {
	return []string{
		"connectors/identity", "connectors/assurance", "consent", "consent/*", "provider/subject", "provider/enrolment", "provider/journal",
	}
}

func fences(h house) []string {
	var wrong []string
	for _, f := range h.files {
		for name, at := range f.imports() {
			for _, fence := range fenceTable() {
				inside := fits(strings.Fields(fence.only), f.dir) || f.test && fence.tests
				if strings.HasPrefix(name, fence.party) && !inside {
					wrong = append(wrong, fmt.Sprintf("%s: %s is only for %s", at, name, fence.only))
				}
			}
			if name == "net/http" && !f.test && fits(withoutHTTP(), f.dir) {
				wrong = append(wrong, fmt.Sprintf("%s: %s does not know about HTTP", at, f.dir))
			}
			if name == "C" || name == "unsafe" {
				wrong = append(wrong, fmt.Sprintf("%s: %q has no place here", at, name))
			}
		}
	}
	return wrong
}

// testOnly keeps what is made for tests out of the product.
func testOnly(h house) []string {
	parties := []string{
		"testing", "testing/*", "net/http/httptest", "github.com/google/go-cmp/*", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/chromedp/*",
	}
	var wrong []string
	for _, f := range h.sources() {
		for name, at := range f.imports() {
			if fits(parties, name) && !forTests(f.dir) {
				wrong = append(wrong, fmt.Sprintf("%s: %s is for tests only", at, name))
			}
		}
	}
	return wrong
}
