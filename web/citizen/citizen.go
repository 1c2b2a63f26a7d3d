// Package citizen says what each screen of a login shows: from the step that comes next and the
// chosen language to plain values for a template, one file per screen. It is pure. Routes, forms
// and mark-up are left to package web; what comes next is decided by package login.
package citizen

import (
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/web/locale"
)

// Party is who asks, as every screen names them: the verified legal name and the registered domain.
type Party struct{ Name, Domain string }

// PartyOf gives the party in the language.
func PartyOf(p consent.RelyingParty, w *locale.Words) Party { return Party{p.Name(w.Code), p.Domain} }

// text gives the entry in the language, else the English one.
func text(texts map[string]string, w *locale.Words) string {
	if t, ok := texts[w.Code]; ok {
		return t
	}
	return texts["en"]
}

// levelKey names a level in text keys; a level that is none has no text.
func levelKey(l identity.Level) string {
	if l == identity.None {
		return ""
	}
	return l.String()
}
