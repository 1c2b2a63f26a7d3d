package desk

import (
	"html/template"

	"symbolon/connectors/identity"
)

// TakenHome is the paper with a code for home. It bears the code, and nothing that the phone then asks for: whoever finds
// it has not both. The application that was signed stays in the office, and says all.
func (f Form) TakenHome(code template.HTML, typed string) Form {
	f.Home, f.Code = code, typed
	f.Person = Person{Name: f.Person.Name}
	f.Paper.Number = begins(f.Paper.Number)
	f.Guardian = nil
	return f
}

// Untold reports whether nobody gets a message about it: neither the citizen nor, of a minor, their guardian.
func (f Form) Untold() bool { return f.Unreached && f.Guardian == nil }

// begins leaves two characters of a document's number, to tell one document from another, where at least six more hide
// the rest.
func begins(number string) string {
	plain := identity.LettersAndDigits(number)
	if len(plain) < 8 {
		return "…"
	}
	return plain[:2] + "…"
}
