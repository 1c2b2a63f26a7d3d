package claims

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// What a party may name of languages.
const (
	longestTag  = 35 // RFC 5646 §4.4.1
	mostLocales = 8
)

// tagSign stands between a claim's name and the language that it is wanted in: family_name#ar (OpenID
// Connect Core §5.2).
const tagSign = "#"

// Locales reads a list of language tags, in order of preference. What is no tag is passed over, and so is
// what comes after the first few: nothing is kept under what somebody sends (attacks RU-28).
func Locales(list []string) []string {
	var tags []string
	for _, text := range list {
		if tag, ok := tagOf(text); ok && len(tags) < mostLocales && !slices.Contains(tags, tag.String()) {
			tags = append(tags, tag.String())
		}
	}
	return tags
}

func tagOf(text string) (language.Tag, bool) {
	if text == "" || len(text) > longestTag {
		return language.Und, false
	}
	tag, err := language.Parse(text)
	return tag, err == nil && tag != language.Und
}

// hasLanguages lists the claims that can be told in several languages and scripts. What is the same in all,
// such as a number or a date, is not among them, and neither is what is computed.
func hasLanguages(name identity.AttributeName) bool {
	if _, _, ok := Further(name); ok {
		return true
	}
	return slices.Contains([]identity.AttributeName{
		"name", "given_name", "given_names", "family_name", "birth_family_name", "also_known_as", "place_of_birth", "address", "document_issuer",
	}, identity.AttributeName(strings.TrimPrefix(string(name), FromRegister)))
}

// tagged takes a name with a language apart. False: it has none.
func tagged(name string) (base, tag string, ok bool) {
	base, tag, ok = strings.Cut(name, tagSign)
	return base, tag, ok
}

// inLanguage is the row of a claim in one language: another form of that claim, permitted, shown and released
// with it.
func (all index) inLanguage(base, tag string) (Claim, bool) {
	c, ok := all.lookup(identity.AttributeName(base))
	if _, isTag := tagOf(tag); !ok || !isTag || !hasLanguages(c.Name) {
		return Claim{}, false
	}
	c.Alias, c.Scopes = c.Name, nil
	c.Name += identity.AttributeName(tagSign + tag)
	return c, true
}

// fitness says how well something in one language answers who wants another; 0 does not. A language is wanted
// in whatever region, and in whatever script unless one is named; what is wanted of a region is answered by
// what is of none (OpenID Connect Core §5.2: de by de-CH; RFC 4647 §3.4).
func fitness(have, want string) int {
	h, ok := tagOf(have)
	w, fine := tagOf(want)
	if !ok || !fine {
		return 0
	}
	hasBase, _, hasRegion := h.Raw()
	wantBase, wantScript, wantRegion := w.Raw()
	script, _ := h.Script()
	const any = "Zzzz"
	switch {
	case h == w:
		return 3
	case hasBase != wantBase, wantScript.String() != any && wantScript != script:
		return 0
	case hasRegion == wantRegion:
		return 2
	case hasRegion.String() == "ZZ" || wantRegion.String() == "ZZ":
		return 1
	}
	return 0
}

// in gives an attribute's form in a language, the attribute's own value if that is it.
func in(a identity.Attribute, tag string) (identity.Form, bool) {
	best, fits := identity.Form{}, 0
	for _, f := range append([]identity.Form{{Language: a.Language, Value: a.Value}}, a.Forms...) {
		if n := fitness(f.Language, tag); n > fits {
			best, fits = f, n
		}
	}
	return best, fits > 0
}

// Spoken leaves of what is known the languages that are asked for, and puts first what is told without a tag:
// what is shown is what is told. A party that wants one language gets that, without a tag, if it is there (OpenID
// Connect Core §5.2); one that wants several gets the register's own without, and the others with theirs.
func Spoken(known identity.Attributes, ask consent.Ask) identity.Attributes {
	var how form
	if len(ask.Form) > 0 && json.Unmarshal(ask.Form, &how) != nil {
		return nil
	}
	all := slices.Clone(known)
	for i, a := range all {
		all[i] = how.spoken(a)
	}
	return all
}

func (f form) spoken(a identity.Attribute) identity.Attribute {
	own := identity.Form{Language: "", Value: a.Value}
	told := a
	told.Language, told.Forms = "", nil
	if !hasLanguages(a.Name) {
		return told
	}
	plain, latin, tags := f.names(a.Name)
	want := f.Claims.Locales
	if plain && len(want) == 1 {
		if one, ok := in(a, want[0]); ok && one.Language != a.Language {
			told.Language, told.Value = one.Language, one.Value
			if latin { // is written from the register's own
				told.Forms = append(told.Forms, own)
			}
		}
	}
	add := func(one identity.Form) {
		known := func(f identity.Form) bool { return f.Language == one.Language }
		if one.Language != told.Language && !slices.ContainsFunc(told.Forms, known) {
			told.Forms = append(told.Forms, one)
		}
	}
	for _, tag := range tags {
		if one, ok := in(a, tag); ok {
			add(one)
		}
	}
	for _, tag := range want {
		if one, ok := in(a, tag); ok && plain && len(want) > 1 && one.Language != a.Language {
			add(one)
		}
	}
	if !plain && !latin && len(told.Forms) > 0 { // nobody asks for the register's own
		told.Language, told.Value, told.Forms = told.Forms[0].Language, told.Forms[0].Value, told.Forms[1:]
	}
	slices.SortFunc(told.Forms, func(a, b identity.Form) int { return cmp.Compare(a.Language, b.Language) })
	return told
}

// names says how a claim is asked for: without a language, as what is written of it in Latin letters, and in
// which languages.
func (f form) names(name identity.AttributeName) (plain, latin bool, tags []string) {
	catalogue := byName()
	scoped := func(c Claim) bool {
		return slices.ContainsFunc(c.Scopes, func(s string) bool { return slices.Contains(f.Scopes, s) })
	}
	row, _ := catalogue.row(string(name))
	plain = scoped(row) || strings.HasPrefix(string(name), FromRegister) && slices.Contains(f.Scopes, scopeRegister)
	for _, c := range catalogue.aliases() {
		latin = latin || c.Alias == name && scoped(c)
	}
	for _, place := range f.Claims.places() {
		for key := range place {
			base, tag, isTagged := tagged(key)
			switch {
			case catalogue.real(identity.AttributeName(base)) != name:
			case isTagged:
				tags = append(tags, tag)
			case base == string(name):
				plain = true
			default:
				latin = true
			}
		}
	}
	slices.Sort(tags)
	return plain, latin, tags
}

// beside gives under which names a claim is told in other languages where it is told without one, to a party
// that wants several.
func (r Record) beside(name identity.AttributeName) []identity.AttributeName {
	if len(r.Request.Locales) < 2 || !hasLanguages(name) || strings.Contains(string(name), tagSign) {
		return nil
	}
	attribute, _ := r.Values.Find(name)
	var names []identity.AttributeName
	for _, want := range r.Request.Locales {
		one, ok := in(attribute, want)
		if next := name + identity.AttributeName(tagSign+one.Language); ok && one.Language != attribute.Language && !slices.Contains(names, next) {
			names = append(names, next)
		}
	}
	return names
}

// spokenAs gives what a claim says, in the language that its name has: of one without, as it stands. What is
// written of it in Latin letters is written of the register's own.
func spokenAs(name identity.AttributeName, a identity.Attribute) (identity.Attribute, bool) {
	_, tag, isTagged := tagged(string(name))
	switch {
	case isTagged:
		one, ok := in(a, tag)
		a.Value = one.Value
		return a, ok
	case name == "name_transliterated" && a.Language != "":
		i := slices.IndexFunc(a.Forms, func(f identity.Form) bool { return f.Language == "" })
		if i < 0 {
			return a, false
		}
		a.Value = a.Forms[i].Value
	}
	return a, true
}

// tidyForms brings an attribute's forms into the form in which they are told, and leaves out those that are
// nothing.
func tidyForms(claim Claim, a identity.Attribute) []identity.Form {
	if !hasLanguages(a.Name) {
		return nil
	}
	var forms []identity.Form
	for _, f := range a.Forms {
		if value, ok := tidy(claim, f.Value); ok {
			forms = append(forms, identity.Form{Language: f.Language, Value: value})
		}
	}
	return forms
}

// together computes something of one or two attributes in every language that they have in common.
func together(write func(...identity.Value) any, of ...identity.Attribute) []identity.Form {
	var forms []identity.Form
	for _, f := range of[0].Forms {
		values := []identity.Value{f.Value}
		for _, other := range of[1:] {
			i := slices.IndexFunc(other.Forms, func(g identity.Form) bool { return g.Language == f.Language })
			if i >= 0 {
				values = append(values, other.Forms[i].Value)
			}
		}
		if len(values) < len(of) {
			continue
		}
		if value, err := identity.JSON(write(values...)); err == nil {
			forms = append(forms, identity.Form{Language: f.Language, Value: value})
		}
	}
	return forms
}

// completed adds to an attribute's forms those in languages that it lacks.
func completed(a identity.Attribute, computed []identity.Form) []identity.Form {
	forms := slices.Clone(a.Forms)
	for _, c := range computed {
		if !slices.ContainsFunc(a.Forms, func(f identity.Form) bool { return f.Language == c.Language }) {
			forms = append(forms, c)
		}
	}
	return forms
}
