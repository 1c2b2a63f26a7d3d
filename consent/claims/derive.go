package claims

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"symbolon/connectors/identity"
)

// Known gives what can be told about a person now: of what means and registers said, that which
// the catalogue believes from them, one value for each name, the register's before a means'; and
// what is computed from it here. What is malformed or empty is not known. now carries the zone
// whose calendar counts for ages.
func Known(attributes identity.Attributes, now time.Time) identity.Attributes {
	catalogue := byName()
	said := verified(unprotected(attributes))
	var known identity.Attributes
	for _, a := range oneSource(said) {
		claim, ok := catalogue.of(a)
		if !ok || claim.Of != "" {
			continue
		}
		if best, _ := said.Find(a.Name); best.Source != a.Source {
			continue
		}
		if value, ok := tidy(claim, a.Value); ok && !has(known, a.Name) {
			a.Value, a.Forms = presume(a, value, said), tidyForms(claim, a)
			known = append(known, a)
		}
	}
	known = addNames(known)
	for name, p := range holding(known, now) {
		known = append(known, p.attribute(name))
	}
	known = append(known, catalogue.companions(said)...)
	slices.SortStableFunc(known, func(a, b identity.Attribute) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return known
}

// unprotected leaves out everything about an address that a register protects, from whatever source
// (levels.md §3). It looks as if nobody knew it.
func unprotected(attributes identity.Attributes) identity.Attributes {
	protected := slices.ContainsFunc(attributes, func(a identity.Attribute) bool {
		return a.Name == identity.AddressProtected && a.Source.Kind == identity.FromRegister
	})
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool {
		return protected && strings.HasPrefix(string(a.Name), "address")
	})
}

func has(attributes identity.Attributes, name identity.AttributeName) bool {
	_, ok := attributes.Find(name)
	return ok
}

// predicate is something that holds or does not, by what an attribute says.
type predicate struct {
	holds bool
	by    identity.Attribute
}

// attribute is the predicate's own: as old as what it rests on. Its source names the kind of
// source that said that.
func (p predicate) attribute(name identity.AttributeName) identity.Attribute {
	value := identity.Raw([]byte("false"))
	if p.holds {
		value = identity.Raw([]byte("true"))
	}
	source := identity.Source{Kind: identity.FromHub, ID: string(p.by.Source.Kind)}
	return identity.Attribute{Name: name, Value: value, Source: source, VerifiedAt: p.by.VerifiedAt}
}

// oneSource takes a person's names from one source: a register's given name beside a bank's
// family name would be somebody who does not exist.
func oneSource(attributes identity.Attributes) identity.Attributes {
	isName := func(a identity.Attribute) bool {
		switch a.Name {
		case "name", "given_name", "given_names", "family_name":
			return true
		}
		return false
	}
	registered := slices.ContainsFunc(attributes, func(a identity.Attribute) bool {
		return isName(a) && a.Source.Kind == identity.FromRegister
	})
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool {
		return registered && isName(a) && a.Source.Kind != identity.FromRegister
	})
}

// verified carries the answer to "was this address verified?" in the address's own VerifiedAt:
// a register's is, a means' only where the means says so (email_verified). That is also what keeps
// the two from being released one without the other.
func verified(attributes identity.Attributes) identity.Attributes {
	out := slices.Clone(attributes)
	for i, a := range out {
		if a.Source.Kind == identity.FromRegister || a.Name != "email" && a.Name != "phone_number" {
			continue
		}
		says := slices.ContainsFunc(attributes, func(v identity.Attribute) bool {
			return v.Name == a.Name+"_verified" && v.Source == a.Source && string(v.Value.Reveal()) == "true"
		})
		if !says {
			out[i].VerifiedAt = time.Time{}
		}
	}
	return out
}

// addNames computes the forms of a name that are missing. Somebody with one name only keeps it as
// it is: nothing is filled in to look like a family name.
func addNames(known identity.Attributes) identity.Attributes {
	add := func(name identity.AttributeName, write func(...identity.Value) any, of ...identity.Attribute) {
		values := make([]identity.Value, len(of))
		for i, a := range of {
			values[i] = a.Value
		}
		if i := slices.IndexFunc(known, func(a identity.Attribute) bool { return a.Name == name }); i >= 0 {
			known[i].Forms = completed(known[i], together(write, of...))
		} else if v, err := identity.JSON(write(values...)); err == nil {
			known = append(known, identity.Attribute{
				Name: name, Value: v, Source: of[0].Source, VerifiedAt: of[0].VerifiedAt, Language: of[0].Language, Forms: together(write, of...),
			})
		}
	}
	if list, ok := known.Find("given_names"); ok {
		add("given_name", func(of ...identity.Value) any { return strings.Join(texts(of[0]), " ") }, list) // OpenID Connect Core §5.1: separated by spaces
	}
	given, hasGiven := known.Find("given_name")
	family, hasFamily := known.Find("family_name")
	if one := given.Value.RevealText(); hasGiven && !strings.Contains(one, " ") {
		add("given_names", func(of ...identity.Value) any { return []string{of[0].RevealText()} }, given)
	}
	same := func(of ...identity.Value) any { return of[0].RevealText() }
	switch {
	case hasGiven && hasFamily:
		add("name", func(of ...identity.Value) any { return of[0].RevealText() + " " + of[1].RevealText() }, given, family)
	case hasGiven:
		add("name", same, given)
	case hasFamily:
		add("name", same, family)
	}
	return known
}

// holding computes the predicates that are certain, one way or the other; what cannot be told for
// certain is left out, so that nobody takes "we do not know" for "no".
func holding(known identity.Attributes, now time.Time) map[identity.AttributeName]predicate {
	holds := map[identity.AttributeName]predicate{}
	given, hasGiven := known.Find("given_name")
	family, hasFamily := known.Find("family_name")
	if hasGiven && !hasFamily {
		holds["mononym"] = predicate{true, given}
	} else if hasFamily && !hasGiven {
		holds["mononym"] = predicate{true, family}
	}
	if birth, ok := known.Find("birthdate"); ok {
		for _, years := range ages() {
			if over, certain := ageOver(birth.Value.RevealText(), years, now); certain {
				holds[ageName(years)] = predicate{over, birth}
			}
		}
	}
	for _, a := range known { // the dead do not get this far; a register that knows the person has said that they live
		if a.Source.Kind == identity.FromRegister && !strings.HasPrefix(string(a.Name), "document_") {
			holds["is_alive"] = predicate{true, a}
		}
	}
	if status, ok := known.Find("document_status"); ok {
		if valid, certain := documentValid(known, now); certain {
			holds["document_valid"] = predicate{valid, status}
		}
	}
	if address, ok := known.Find("address"); ok {
		if country := residence(known); country != "" {
			holds[identity.AttributeName(ResidentIn+":"+country)] = predicate{true, address}
		}
	}
	if citizen, by, certain := isCitizen(known); certain {
		holds["is_citizen"] = predicate{citizen, by}
	}
	return holds
}

// isCitizen holds the nationalities against the country whose register gave the person their
// number: it keeps foreigners who live there, too. Only the register's word counts.
func isCitizen(known identity.Attributes) (citizen bool, by identity.Attribute, certain bool) {
	nationalities, has := known.Find("nationalities")
	number, hasNumber := known.Find("national_identifier")
	var id struct {
		Country string `json:"country"`
	}
	if !has || !hasNumber || nationalities.Source.Kind != identity.FromRegister || json.Unmarshal(number.Value.Reveal(), &id) != nil {
		return false, identity.Attribute{}, false
	}
	home, err := language.ParseRegion(id.Country)
	if err != nil {
		return false, identity.Attribute{}, false
	}
	return slices.ContainsFunc(texts(nationalities.Value), func(code string) bool { // ISO 3166-1 alpha-2 or alpha-3
		one, err := language.ParseRegion(code)
		return err == nil && one.ISO3() == home.ISO3()
	}), nationalities, true
}

// NotValid is the document_status of whoever has no valid document: what became of those they had, no
// party learns.
const NotValid = "not_valid"

// documentValid needs the register's word for the status; a date on a card proves nothing.
func documentValid(known identity.Attributes, now time.Time) (valid, certain bool) {
	status, ok := known.Find("document_status")
	if !ok || status.Value.RevealText() == "unknown" {
		return false, false
	}
	if expiry, ok := known.Find("document_date_of_expiry"); ok && expiry.Value.RevealText() < now.Format(time.DateOnly) {
		return false, true
	}
	return status.Value.RevealText() == "valid", true
}
