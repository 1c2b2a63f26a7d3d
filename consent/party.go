// Package consent decides what may be told to whom and remembers what was told.
// It does not know how people proved who they are, nor how the answer travels.
package consent

import (
	"symbolon/connectors/identity"
)

// PartyID names a relying party.
type PartyID string

// Basis is the legal ground on which an attribute is told (GDPR art. 6).
type Basis string

// The grounds known.
const (
	ByConsent    Basis = "consent"     // the citizen decides, and may take it back
	ByLaw        Basis = "law"         // a named law says so
	ByPublicTask Basis = "public_task" // a task in the public interest, named
)

// RelyingParty is the legal body that asks. It may have several technical clients; consent and
// the portal speak of the body. The zero value may ask for nothing.
type RelyingParty struct {
	ID       PartyID
	Names    map[string]string // verified legal name by language; "en" is always there
	Domain   string            // registered domain, ASCII
	Sector   string            // subjects are pairwise per sector
	Floor    identity.Level    // nothing below this is ever told
	Means    []PermittedMeans  // an empty list permits none
	Purposes []Purpose
	May      []Permission // what it may ask for at all
	// Represents lists the fields in which people may act for others here, by a mandate that reaches over
	// all of them. Empty: everybody acts for themselves.
	Represents []Field
	Remember   int    // days for which a citizen may have a decision remembered; 0 = always ask
	ACRMode    string // "" = known acr_values are a minimum; "soft" = voluntary (levels.md §2)
	Disabled   bool
	Version    string // digest of what a citizen is shown about the party; a change asks again

	// Own says that these are pages of our own: they are told nothing, so there is nothing to ask.
	// NoSession says that a login there neither uses nor leaves a session of the hub. Resistant says that
	// only what no false page could have asked for lets in. All are set by the wiring, never by a
	// registration.
	Own       bool `json:"-"`
	NoSession bool `json:"-"`
	Resistant bool `json:"-"`
}

// PermittedMeans says from which level down a means may be used for the party.
type PermittedMeans struct {
	Means identity.Means
	UpTo  identity.Level // the most it counts for here
}

// Purpose is what the party needs attributes for.
type Purpose struct {
	ID    string
	Texts map[string]string // by language
}

// Permission lets a party ask for one attribute.
type Permission struct {
	Attribute identity.AttributeName
	Basis     Basis
	Law       map[string]string // the law or task by language, where the basis is not consent
	Purpose   string            // id of one of the party's purposes
	Required  bool              // the service cannot be given without it
}

// Permits gives the permission for an attribute, if there is one.
func (p RelyingParty) Permits(name identity.AttributeName) (Permission, bool) {
	for _, m := range p.May {
		if m.Attribute == name {
			return m, true
		}
	}
	return Permission{}, false
}

// Name gives the party's legal name in the first of the languages that it has, else English.
func (p RelyingParty) Name(languages ...string) string { return pick(p.Names, languages) }

func pick(texts map[string]string, languages []string) string {
	for _, l := range languages {
		if t, ok := texts[l]; ok {
			return t
		}
	}
	return texts["en"]
}
