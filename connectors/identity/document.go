package identity

import (
	"errors"
	"strings"
)

var errDocument = errors.New("identity: not a document's key")

// Document names a document that a means rests on, or that lies on a desk.
type Document struct {
	Type   string     // as the document register says it: "idcard", "residence_permit", "passport"
	Number Identifier // IDCPL-…, PASPL-…; zero where the means does not tell it
	Holder Identifier // whose it is, by what the document says; zero where it says nothing
}

// IsZero reports whether no document is named.
func (d Document) IsZero() bool { return d.Number == (Identifier{}) && d.Holder == (Identifier{}) }

// Key writes a document so that two are the same exactly if their keys are. It holds numbers: it is
// for a digest, or for sealing. No document is "".
func (d Document) Key() string {
	if d.IsZero() {
		return ""
	}
	return strings.Join([]string{d.Type, revealed(d.Number), revealed(d.Holder)}, "\n")
}

// ParseDocument reads what Key wrote. "" is no document.
func ParseDocument(key string) (Document, error) {
	if key == "" {
		return Document{}, nil
	}
	parts := strings.Split(key, "\n")
	if len(parts) != 3 {
		return Document{}, errDocument
	}
	d := Document{Type: parts[0]}
	for i, to := range []*Identifier{&d.Number, &d.Holder} {
		if parts[i+1] == "" {
			continue
		}
		id, err := ParseIdentifier(parts[i+1])
		if err != nil {
			return Document{}, err
		}
		*to = id
	}
	return d, nil
}

func revealed(id Identifier) string {
	if id == (Identifier{}) {
		return ""
	}
	return id.Reveal()
}
