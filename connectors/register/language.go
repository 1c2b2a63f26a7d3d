package register

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/text/language"

	"symbolon/connectors/identity"
)

// mostLanguages is in how many languages a source may tell something.
const mostLanguages = 10

// Languages says in which language something is told, and gives its forms in others.
type Languages struct {
	Own   string // of the plain text, as a language tag (BCP 47); "" where nobody says
	Forms []identity.Form
}

// ParseLanguages reads the language tags (BCP 47) in which a source tells names and the like, its own first,
// and writes them as the registry of subtags has them.
func ParseLanguages(texts []string) ([]string, error) {
	if len(texts) > mostLanguages {
		return nil, fmt.Errorf("languages: more than %d", mostLanguages)
	}
	var tags []string
	for _, text := range texts {
		tag, ok := tagOf(text)
		if !ok || slices.Contains(tags, tag) {
			return nil, fmt.Errorf("languages: %q is no language tag, or is there twice", text)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

func tagOf(text string) (string, bool) {
	if len(text) > 35 { // RFC 5646 §4.4.1
		return "", false
	}
	tag, err := language.Parse(text)
	return tag.String(), err == nil && tag != language.Und
}

// localised is what a population register tells once more in another language or script.
type localised struct {
	GivenName   string   `json:"given_name"`
	GivenNames  []string `json:"given_names"`
	FamilyName  string   `json:"family_name"`
	Name        string   `json:"name"`
	BirthPlace  *place   `json:"place_of_birth"`
	BirthFamily string   `json:"birth_family_name"`
	KnownAs     string   `json:"also_known_as"`
	Address     *address `json:"address"`
}

// told gives what is there, under the names that the same has in the register's own language.
func (l localised) told() identity.Attributes {
	t := &told{}
	l.plain().gather(t)
	return t.list
}

func (l localised) plain() attributes {
	return attributes{
		GivenName: l.GivenName, GivenNames: l.GivenNames, FamilyName: l.FamilyName, Name: l.Name,
		BirthPlace: l.BirthPlace, BirthFamily: l.BirthFamily, KnownAs: l.KnownAs, Address: l.Address,
	}
}

// also adds to what was told its forms in other languages, of those that the operator named. Of what is not
// told in the register's own language there is no form.
func (t *told) also(languages []string, in map[string]localised) {
	forms := map[identity.AttributeName][]identity.Form{}
	for _, text := range slices.Sorted(maps.Keys(in)) {
		tag, ok := further(languages, text)
		if !ok {
			continue
		}
		for _, a := range in[text].told() {
			forms[a.Name] = append(forms[a.Name], identity.Form{Language: tag, Value: a.Value})
		}
	}
	for i, a := range t.list {
		if localisable(a.Name) && len(languages) > 0 {
			t.list[i].Language, t.list[i].Forms = languages[0], forms[a.Name]
		}
	}
}

// localisable says of what there can be forms in other languages.
func localisable(name identity.AttributeName) bool {
	return slices.Contains([]identity.AttributeName{
		"given_name", "given_names", "family_name", "name", "place_of_birth", "birth_family_name", "also_known_as", "address",
	}, name)
}

// issuers gives who issued a document in the languages that the operator named.
func (row documentRow) issuers(languages []string) (Languages, error) {
	if len(row.IssuerIn) > mostLanguages {
		return Languages{}, unusable("too many languages")
	}
	in := Languages{}
	for _, text := range slices.Sorted(maps.Keys(row.IssuerIn)) {
		if !decent(row.IssuerIn[text]) {
			return Languages{}, unusable("a text is empty, too long or holds control characters")
		}
		if tag, ok := further(languages, text); ok {
			in.Forms = append(in.Forms, identity.Form{Language: tag, Value: identity.Text(row.IssuerIn[text])})
		}
	}
	if len(languages) > 0 {
		in.Own = languages[0]
	}
	return in, nil
}

// further gives a tag as the registry of subtags has it, if the operator named it beside the source's own.
func further(languages []string, text string) (string, bool) {
	tag, ok := tagOf(text)
	return tag, ok && slices.Contains(languages[min(1, len(languages)):], tag)
}

// also adds to what a further source told its forms in other languages, of those that the operator named.
func (p *Partner) also(told identity.Attributes, answer partnerAnswer, wanted []string) error {
	languages := p.Client.options.Languages
	if len(answer.In) > mostLanguages {
		return unusable("too many languages")
	}
	for _, text := range slices.Sorted(maps.Keys(answer.In)) {
		tag, ours := further(languages, text)
		for own, raw := range answer.In[text] {
			a, has := p.attribute(own)
			if !has || !slices.Contains(wanted, own) {
				return unusable("it tells what was not asked")
			}
			if a.Type != "string" && a.Type != "array" && a.Type != "object" || !fits(a.Type, raw) {
				return errType()
			}
			i := slices.IndexFunc(told, func(one identity.Attribute) bool { return one.Name == identity.AttributeName(p.ID+":"+own) })
			if ours && i >= 0 {
				told[i].Forms = append(told[i].Forms, identity.Form{Language: tag, Value: identity.Raw(raw)})
			}
		}
	}
	for i := range told {
		if len(languages) > 0 {
			told[i].Language = languages[0]
		}
	}
	return nil
}

func errType() error { return unusable("an attribute is not of its type, or too large") }
