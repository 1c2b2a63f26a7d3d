// Package register asks population and document registers about one person by identifier: who
// the register says they are, whether they live, and how their documents stand. It searches for
// nobody by name.
package register

import (
	"errors"
	"time"

	"symbolon/connectors/identity"
)

// What asking a register may end in, beside an answer.
var (
	ErrNotFound    = errors.New("register: no such person")
	ErrUnavailable = errors.New("register: no answer that can be used")
)

// Person is a population register's answer about one identifier.
type Person struct {
	Identifiers []identity.Identifier // the current one first, superseded ones after it
	Attributes  identity.Attributes   // names, birth date, gender, nationalities, address, contacts
	Deceased    bool
	Restricted  bool // the national number: its holder wants nobody to take on obligations under it
	AsOf        time.Time
}

// DocumentStatus is how a document stands (lost, stolen, dead).
type DocumentStatus string

// The ways a document stands.
const (
	Valid          DocumentStatus = "valid"
	Suspended      DocumentStatus = "suspended"
	Lost           DocumentStatus = "lost"
	Stolen         DocumentStatus = "stolen"
	Invalidated    DocumentStatus = "invalidated"
	Expired        DocumentStatus = "expired"
	Replaced       DocumentStatus = "replaced"
	HolderDeceased DocumentStatus = "holder_deceased"
	Unknown        DocumentStatus = "unknown"
)

// Document is a document register's answer about one document.
type Document struct {
	Type    string // "idcard", "residence_permit"
	Number  identity.Secret
	Issuer  string // issuing authority
	Issued  time.Time
	Expires time.Time
	Status  DocumentStatus
	AsOf    time.Time

	Languages Languages // of the issuing authority
}

// Photo is a photo that a register keeps of a person, or that came with an application for a document.
type Photo struct {
	Type        string // "image/png", "image/jpeg"
	Image       []byte
	Application string // number of the application that it came with; "" if it is a document's
	AsOf        time.Time
}

// String hides the photo, so that no log can hold one by accident.
func (Photo) String() string { return "[photo]" }

// GoString hides the photo.
func (Photo) GoString() string { return "[photo]" }
