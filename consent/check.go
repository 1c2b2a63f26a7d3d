package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"symbolon/connectors/identity"
)

// What a registration may hold at most.
const (
	longestName = 120 // characters
	longestText = 300
	longestID   = 64
	longestKept = 366 // days for which a decision may stand
)

// Mark is a digest of what a citizen is shown about the party: names, domain, purposes, and the
// ground for each attribute. Whoever registers a party sets Version to it, so that any change of
// these asks again.
func (p RelyingParty) Mark() string {
	canonical, err := json.Marshal(struct {
		Names    map[string]string
		Domain   string
		Purposes []Purpose
		May      []Permission
		In       []Field `json:",omitempty"`
	}{p.Names, p.Domain, p.Purposes, p.May, p.Represents})
	if err != nil {
		panic("consent: strings and booleans do not marshal: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16])
}

// CheckParty says everything that is wrong with a registration, in words for the operator, one
// error each; whose registration it is, the caller knows. exists reports whether an attribute is in the catalogue. That a name is the legal
// one ("Ministry of …") no program can check: registering a party is an operator's act.
func CheckParty(p RelyingParty, exists func(identity.AttributeName) bool) []error {
	c := &partyCheck{party: p}
	c.id("id", string(p.ID))
	c.id("sector", p.Sector)
	c.texts("names", p.Names, 2, longestName)
	if !isDomain(p.Domain) {
		c.wrong("domain", "must be a registered domain name in ASCII, lower case (punycode for others), without port or path")
	}
	if p.Remember < 0 || p.Remember > longestKept {
		c.wrong("remember_days", "must be between 0 and %d days", longestKept)
	}
	if p.ACRMode != "" && p.ACRMode != "soft" {
		c.wrong("acr_mode", `must be empty or "soft"`)
	}
	c.means()
	c.purposes()
	c.permissions(exists)
	c.represents()
	return c.errs
}

type partyCheck struct {
	party RelyingParty
	errs  []error
}

func (c *partyCheck) wrong(where, format string, values ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s %s", where, fmt.Sprintf(format, values...)))
}

func (c *partyCheck) id(where, id string) {
	if id == "" || len(id) > longestID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		c.wrong(where, "must be 1 to %d lower-case letters, digits, hyphens, dots and underscores", longestID)
	}
}

// texts checks one text in its languages: English always, each within its length and honest.
func (c *partyCheck) texts(where string, texts map[string]string, shortest, longest int) {
	if texts["en"] == "" {
		c.wrong(where, "must have a text in English (en)")
	}
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		at := where + "." + Display(lang, longestID)
		tag, err := language.Parse(lang)
		if err != nil {
			c.wrong(at, "is not under a language code")
			continue
		}
		text := texts[lang]
		if n := utf8.RuneCountInString(text); !utf8.ValidString(text) || n < shortest || n > longest {
			if lang != "en" || text != "" {
				c.wrong(at, "must have %d to %d characters", shortest, longest)
			}
			continue
		}
		if err := honest(text, tag); err != nil {
			c.wrong(at, "%v", err)
		}
	}
}

func (c *partyCheck) means() {
	p := c.party
	if p.Floor == identity.None || p.Floor > identity.High {
		c.wrong("floor", "must be low, substantial or high")
	}
	if len(p.Means) == 0 {
		c.wrong("means", "permits none, so nobody could log in")
		return
	}
	reaches := identity.None
	for i, m := range p.Means {
		reaches = max(reaches, m.UpTo)
		if m.Means == "" || m.UpTo == identity.None || m.UpTo > identity.High {
			c.wrong(fmt.Sprintf("means[%d]", i), "must name a means and the level up to which it counts")
		}
		if slices.ContainsFunc(p.Means[:i], func(o PermittedMeans) bool { return o.Means == m.Means }) {
			c.wrong(fmt.Sprintf("means[%d]", i), "is there twice")
		}
	}
	if !reaches.Satisfies(p.Floor) {
		c.wrong("means", "do not reach the floor, %s, so nobody could log in", p.Floor)
	}
}

func (c *partyCheck) purposes() {
	for i, purpose := range c.party.Purposes {
		at := fmt.Sprintf("purposes[%d]", i)
		c.id(at+".id", purpose.ID)
		c.texts(at+".texts", purpose.Texts, shortestWhy, longestText)
		if slices.ContainsFunc(c.party.Purposes[:i], func(o Purpose) bool { return o.ID == purpose.ID }) {
			c.wrong(at, "is there twice")
		}
	}
}

func (c *partyCheck) permissions(exists func(identity.AttributeName) bool) {
	for i, m := range c.party.May {
		at := "may " + Display(string(m.Attribute), longestID) // a file groups them, so that their place says nothing
		if !exists(m.Attribute) {
			c.wrong(at, "names the attribute %q, which is not in the catalogue", Display(string(m.Attribute), longestID))
		}
		if slices.ContainsFunc(c.party.May[:i], func(o Permission) bool { return o.Attribute == m.Attribute }) {
			c.wrong(at, "is there twice")
		}
		if !slices.ContainsFunc(c.party.Purposes, func(p Purpose) bool { return p.ID == m.Purpose }) {
			c.wrong(at, "names the purpose %q, which the party does not have", Display(m.Purpose, longestID))
		}
		switch m.Basis {
		case ByConsent:
			if byLawOnly(m.Attribute) {
				c.wrong(at, "needs a law or a public task as its basis: former names can disclose what a law protects")
			}
			if aboutMandate(m.Attribute) {
				c.wrong(at, "needs a law or a public task as its basis: who acts for somebody cannot be kept back")
			}
			if len(m.Law) != 0 {
				c.wrong(at, "names a law, though the citizen decides")
			}
		case ByLaw, ByPublicTask:
			c.texts(at+".law", m.Law, shortestWhy, longestText)
		default:
			c.wrong(at, "must have as its basis consent, law or public_task")
		}
	}
}

// byLawOnly says of what nobody may let a party ask the citizen alone.
func byLawOnly(name identity.AttributeName) bool {
	return name == "birth_family_name" || name == "also_known_as"
}

// isDomain checks a host name of at least two labels (RFC 1123 §2.1), as the page shows it.
func isDomain(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(l, "-") != l {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != "" // 127.0.0.1 is no name
}
