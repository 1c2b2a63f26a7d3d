// Package subject finds the one person behind an authentication and gives persons their names
// elsewhere: a usage id in the usage database, a pairwise subject for each sector. Only a
// register identifier or proof of both ever ties two means together; never a name, birth date,
// e-mail or phone.
package subject

import (
	"errors"

	"symbolon/connectors/identity"
)

// Why a person is not matched. Each has a text for the citizen under "stopped.CODE" in web.
var (
	ErrDeceased      = errors.New("subject: the register says that this person has died")
	ErrFrozen        = errors.New("subject: this person is frozen")
	ErrConflict      = errors.New("subject: the data contradict what is known; queued for review")
	ErrUnlinked      = errors.New("subject: no identifier, and no tie to a person")
	ErrClosed        = errors.New("subject: this person lets no further means be tied to them")
	ErrRemoved       = errors.New("subject: this person took the tie to this means off")
	ErrNotInRegister = errors.New("subject: the register does not know this number")
	ErrNoRegister    = errors.New("subject: a person cannot be made while the register does not answer")
)

// Registered is what the population register said about the identifier that an authentication
// carried: never about anybody else. Nil in Match means that the register did not answer.
type Registered struct {
	Found       bool
	Identifiers []identity.Identifier // current first; superseded ones follow
	Attributes  identity.Attributes
	Deceased    bool
	Documents   []identity.Identifier // that the document register keeps under the same number; found by at a desk
}
