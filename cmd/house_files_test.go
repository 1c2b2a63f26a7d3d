package cmd

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"symbolon/consent/claims"
)

// pinTable holds the versions that were chosen together and tried together. Another one is a
// change of its own, with its reason.
func pinTable() map[string]string {
	return map[string]string{
		"github.com/ory/fosite":                   "v0.49.1-0.20250703093431-a5f0b09bf31c",
		"github.com/go-jose/go-jose/v3":           "v3.0.5",
		"github.com/go-jose/go-jose/v4":           "v4.1.4",
		"github.com/zitadel/oidc/v3":              "v3.49.2",
		"gorm.io/gorm":                            "v1.31.2",
		"gorm.io/driver/sqlite":                   "v1.6.0",
		"gorm.io/driver/postgres":                 "v1.6.3",
		"modernc.org/sqlite":                      "v1.60.1",
		"github.com/jackc/pgx/v5":                 "v5.12.0",
		"github.com/pressly/goose/v3":             "v3.29.0",
		"github.com/gorilla/sessions":             "v1.4.0",
		"github.com/knadh/koanf/v2":               "v2.4.1",
		"github.com/knadh/koanf/parsers/yaml":     "v1.1.1",
		"github.com/knadh/koanf/providers/file":   "v1.2.1",
		"github.com/knadh/koanf/providers/env/v2": "v2.0.2",
		"github.com/spf13/cobra":                  "v1.10.2",
		"github.com/prometheus/client_golang":     "v1.25.0",
		"github.com/pquerna/otp":                  "v1.5.0",
		"github.com/makiuchi-d/gozxing":           "v0.1.1",
		"golang.org/x/text":                       "v0.43.0",
		"pgregory.net/rapid":                      "v1.3.0",
		"github.com/chromedp/chromedp":            "v0.23.0",
		"github.com/coreos/go-oidc/v3":            "v3.21.0",
	}
}

// pins holds go.mod against the table. `go mod tidy -e` quietly raises modernc.org/libc, and
// modernc.org/sqlite is tested against exactly the one that its own go.mod names.
func pins(h house) []string {
	text, err := fs.ReadFile(h.root, "go.mod")
	if err != nil {
		return []string{"go.mod: " + err.Error()}
	}
	required, replaced := requirements(string(text))
	var wrong []string
	for module, version := range pinTable() {
		if got, there := required[module]; there && got != version {
			wrong = append(wrong, fmt.Sprintf("go.mod: %s is at %s; it is pinned at %s", module, got, version))
		}
	}
	sqlite, there := required["modernc.org/sqlite"]
	if !there {
		return wrong
	}
	libc := required["modernc.org/libc"]
	if r, ok := replaced["modernc.org/libc"]; ok {
		libc = r
	}
	want, err := libcOf(sqlite)
	switch {
	case err != nil:
		wrong = append(wrong, "go.mod of modernc.org/sqlite: "+err.Error())
	case libc != want:
		wrong = append(wrong, fmt.Sprintf("go.mod: modernc.org/libc is at %s; modernc.org/sqlite %s is tested with %s", libc, sqlite, want))
	}
	return wrong
}

// requirements reads versions and replacements from a go.mod.
func requirements(text string) (required, replaced map[string]string) {
	required, replaced = map[string]string{}, map[string]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		fields := strings.Fields(line)
		if len(fields) > 0 && (fields[0] == "require" || fields[0] == "replace") {
			fields = fields[1:]
		}
		if i := slices.Index(fields, "=>"); i > 0 {
			replaced[fields[0]] = fields[len(fields)-1]
		} else if len(fields) == 2 && strings.HasPrefix(fields[1], "v") {
			required[fields[0]] = fields[1]
		}
	}
	return required, replaced
}

// libcOf reads the go.mod of modernc.org/sqlite in the module cache, where every build has put it.
func libcOf(version string) (string, error) {
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "cache/download/modernc.org/sqlite/@v", version+".mod"))
	if err != nil {
		return "", err
	}
	required, _ := requirements(string(text))
	return required["modernc.org/libc"], nil
}

// texts is one language's file: a text by key, or its plural forms.
type texts map[string]any

func locales(h house) (map[string]texts, []string) {
	names, err := fs.Glob(h.root, "web/locale/*.json")
	if err != nil || len(names) == 0 {
		return nil, []string{"web/locale: no language at all"}
	}
	all := map[string]texts{}
	for _, name := range names {
		raw, err := fs.ReadFile(h.root, name)
		var language texts
		if err == nil {
			err = json.Unmarshal(raw, &language)
		}
		if err != nil {
			return nil, []string{name + ": " + err.Error()}
		}
		all[strings.TrimSuffix(path.Base(name), ".json")] = language
	}
	return all, nil
}

// languages: each has the keys of the others, no text is empty, and each takes the same
// parameters as the English one.
func languages(h house) []string {
	all, wrong := locales(h)
	if wrong != nil {
		return wrong
	}
	for _, must := range []string{"en", "pl", "hu", "fr", "ar"} {
		if all[must] == nil {
			wrong = append(wrong, "web/locale: "+must+".json is missing")
		}
	}
	for _, code := range slices.Sorted(maps.Keys(all)) {
		for key := range all["en"] {
			if _, ok := all[code][key]; !ok {
				wrong = append(wrong, fmt.Sprintf("web/locale/%s.json: %s is missing", code, key))
			}
		}
		for key, text := range all[code] {
			if _, ok := all["en"][key]; !ok {
				wrong = append(wrong, fmt.Sprintf("web/locale/%s.json: %s is not in en.json", code, key))
				continue
			}
			wrong = append(wrong, textWrong("web/locale/"+code+".json: "+key, text, all["en"][key])...)
		}
	}
	return wrong
}

func textWrong(at string, text, english any) []string {
	forms := formsOf(text)
	if forms == nil || forms["other"] == "" {
		return []string{at + " is neither a text nor plural forms with \"other\""}
	}
	var wrong []string
	for form, t := range forms {
		if strings.TrimSpace(t) == "" {
			wrong = append(wrong, at+" is empty ("+form+")")
		}
	}
	if got, want := parameters(forms["other"]), parameters(formsOf(english)["other"]); !slices.Equal(got, want) {
		wrong = append(wrong, fmt.Sprintf("%s takes %v, the English text %v", at, got, want))
	}
	return wrong
}

// formsOf gives the plural forms of a text; a plain text is its only form.
func formsOf(text any) map[string]string {
	switch text := text.(type) {
	case string:
		return map[string]string{"other": text}
	case map[string]any:
		forms := map[string]string{}
		for form, t := range text {
			s, ok := t.(string)
			if !ok {
				return nil
			}
			forms[form] = s
		}
		return forms
	default:
		return nil
	}
}

func parameters(text string) []string {
	found := regexp.MustCompile(`%(\[\d+\])?[a-z]`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// claimTexts: whatever can be told has a name that people read.
func claimTexts(h house) []string {
	all, wrong := locales(h)
	for code, language := range all {
		for _, c := range claims.Catalogue() {
			if _, ok := language[c.TextKey()]; !ok && c.Of == "" {
				wrong = append(wrong, fmt.Sprintf("web/locale/%s.json: no text %s for the claim %s", code, c.TextKey(), c.Name))
			}
		}
	}
	return wrong
}

// migrations: one for each database has its twin for the other, both with a way back, and a name
// that two people who work at the same time will not both choose.
func migrations(h house) []string {
	named := regexp.MustCompile(`^\d{12}_[a-z0-9_]+\.sql$`)
	var wrong []string
	for _, database := range []string{"identitydb", "usagedb"} {
		folder := "provider/store/" + database + "/migrations/"
		for _, pair := range [][2]string{{"sqlite", "postgres"}, {"postgres", "sqlite"}} {
			names, err := fs.Glob(h.root, folder+pair[0]+"/*.sql")
			if err != nil {
				return []string{err.Error()}
			}
			taken := map[string]string{} // by version
			for _, name := range names {
				base := path.Base(name)
				version, _, _ := strings.Cut(base, "_")
				if other := taken[version]; other != "" {
					wrong = append(wrong, name+": has the version of "+other)
				}
				taken[version] = base
				if !named.MatchString(base) {
					wrong = append(wrong, name+": is not named YYYYMMDDHHMM_name.sql")
				}
				if _, err := fs.Stat(h.root, folder+pair[1]+"/"+base); err != nil {
					wrong = append(wrong, name+": has no twin for "+pair[1])
				}
				text, err := fs.ReadFile(h.root, name)
				if err != nil || !strings.Contains(string(text), "+goose Up") || !strings.Contains(string(text), "+goose Down") {
					wrong = append(wrong, name+": has no way up or no way down")
				}
			}
		}
	}
	return wrong
}
