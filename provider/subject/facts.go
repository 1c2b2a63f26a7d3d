package subject

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"symbolon/connectors/identity"
)

// facts are what one source says of a person's name and birth. They live for one call and are
// never stored; a keyed digest of them is.
type facts struct {
	given  string
	family string
	whole  string   // as written in one line
	former []string // former family names
	birth  string   // YYYY-MM-DD, unknown parts 00
}

// String hides the facts, so that no log can hold them by accident.
func (facts) String() string { return "[hidden]" }

// GoString hides the facts.
func (facts) GoString() string { return "[hidden]" }

// factsOf reads the facts out of attributes that come from one source.
func factsOf(attributes identity.Attributes) facts {
	text := func(name identity.AttributeName) string {
		a, _ := attributes.Find(name)
		return a.Value.RevealText()
	}
	f := facts{given: text("given_name"), family: text("family_name"), whole: text("name"), birth: fullDate(text("birthdate"))}
	if f.given != "" || f.family != "" {
		f.whole = f.given + " " + f.family
	}
	for _, name := range []identity.AttributeName{"birth_family_name", "also_known_as", "former_family_name"} {
		a, ok := attributes.Find(name)
		if !ok {
			continue
		}
		var several []string
		if json.Unmarshal(a.Value.Reveal(), &several) != nil {
			several = []string{a.Value.RevealText()}
		}
		for _, family := range several {
			if family != "" {
				f.former = append(f.former, family)
			}
		}
	}
	return f
}

// fullDate writes a date whose later parts are unknown with zeros in their place, so that 1975
// and 1975-00-00 are one.
func fullDate(date string) string {
	switch len(date) {
	case len("1975"):
		return date + "-00-00"
	case len("1975-06"):
		return date + "-00"
	default:
		return date
	}
}

// complete reports whether there is both a name and a birth date to compare.
func (f facts) complete() bool { return len(folds(f.whole)) > 0 && f.birth != "" }

// contradicts reports whether the register's facts say something else. What one of them does not
// say is no contradiction.
func (f facts) contradicts(register facts) bool {
	if f.birth != "" && register.birth != "" && f.birth != register.birth {
		return true
	}
	named := len(folds(f.whole)) > 0 && len(folds(register.whole)) > 0
	return named && !f.named(register)
}

// Differs reports whether a means names somebody, or their birth, otherwise than the register does now, and
// whether a former name that the register tells explains it.
func Differs(means, register identity.Attributes) (differs, explained bool) {
	said, ever := factsOf(means), factsOf(register)
	for _, spoken := range append([]identity.Attributes{register}, inOthers(register)...) {
		now := factsOf(spoken)
		now.former = nil
		if !said.contradicts(now) {
			return false, false
		}
	}
	return true, !said.contradicts(ever)
}

// inOthers gives what a register says in each other language that it has names in.
func inOthers(register identity.Attributes) []identity.Attributes {
	var all []identity.Attributes
	var tags []string
	for _, a := range register {
		for _, f := range a.Forms {
			if !slices.Contains(tags, f.Language) {
				tags = append(tags, f.Language)
			}
		}
	}
	for _, tag := range tags {
		other := slices.Clone(register)
		for i, a := range other {
			if at := slices.IndexFunc(a.Forms, func(f identity.Form) bool { return f.Language == tag }); at >= 0 {
				other[i].Value = a.Forms[at].Value
			}
		}
		all = append(all, other)
	}
	return all
}

// confirmedBy reports whether the register says the same name, or a former one, and the same
// birth date.
func (f facts) confirmedBy(register facts) bool {
	return f.complete() && register.complete() && !f.contradicts(register)
}

// named reports whether the name is one that the register knows the person by. A means may know
// only the first of several given names; it may still use a former family name.
func (f facts) named(register facts) bool {
	for _, family := range append([]string{register.family}, register.former...) {
		if sameName(f.whole, register.given+" "+family) {
			return true
		}
		if f.given != "" && sameName(f.family, family) && begins(register.given, f.given) {
			return true
		}
	}
	return sameName(f.whole, register.whole) || slices.ContainsFunc(folds(f.whole), func(s string) bool { return slices.Contains(register.cut(), s) })
}

// cut gives the name as machine-readable documents cut it that have no room for all of it: 30, 31 or
// 39 places for family name, two fillers and given names (ICAO 9303 parts 4 to 6, §4.2.2). Nothing
// for a name that fits.
func (f facts) cut() []string {
	var all []string
	for style := range 3 {
		written := func(name string) string {
			words := strings.FieldsFunc(strings.ToUpper(norm.NFC.String(name)), func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) })
			for i, word := range words {
				words[i] = plain(expand(word, style))
			}
			return strings.Join(words, "<")
		}
		zone := []rune(written(f.family) + "<<" + written(f.given))
		for _, room := range []int{30, 31, 39} {
			if len(zone) <= room || f.family == "" || f.given == "" {
				continue
			}
			family, given, _ := strings.Cut(string(zone[:room]), "<<")
			if s := strings.ReplaceAll(given+family, "<", ""); !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// begins reports whether some given names are the first of a longer list.
func begins(all, some string) bool {
	words := strings.Fields(all)
	for n := range words {
		if sameName(strings.Join(words[:n+1], " "), some) {
			return true
		}
	}
	return false
}

// spellings are the texts to digest for one way of writing the name, the plain one first. All
// carry the birth date.
func (f facts) spellings(whole string) []string {
	var all []string
	for _, s := range folds(whole) {
		all = append(all, s+"|"+f.birth)
	}
	return all
}

// all are the spellings of the present name, then those of former names.
func (f facts) all() []string {
	all := f.spellings(f.whole)
	for _, s := range f.cut() {
		all = append(all, s+"|"+f.birth)
	}
	for _, family := range f.former {
		all = append(all, f.spellings(f.given+" "+family)...)
	}
	return all
}
