package identity

import (
	"encoding/json"
	"slices"
)

// Form is an attribute's value in another language or script: a name as it is written in Arabic.
type Form struct {
	Language string // language tag (BCP 47), written as the registry of subtags has it
	Value    Value
}

// Languages lists the tags of an attribute's value and its forms, sorted, each once.
func (a Attribute) Languages() []string {
	var tags []string
	if a.Language != "" {
		tags = append(tags, a.Language)
	}
	for _, f := range a.Forms {
		if f.Language != "" {
			tags = append(tags, f.Language)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// sealableForm is a form as it is sealed.
type sealableForm struct {
	Language string          `json:"l"`
	Value    json.RawMessage `json:"v"`
}

func exposeForms(forms []Form) []sealableForm {
	var all []sealableForm
	for _, f := range forms {
		all = append(all, sealableForm{f.Language, f.Value.raw})
	}
	return all
}

func unsealForms(all []sealableForm) []Form {
	var forms []Form
	for _, f := range all {
		forms = append(forms, Form{f.Language, Value{f.Value}})
	}
	return forms
}
