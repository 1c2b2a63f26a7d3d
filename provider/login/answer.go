package login

import (
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
)

// Answered is everything a channel needs in order to give a login's answer. Nothing of it is
// written yet: the channel writes release, entry, its own grant and the login's end in one
// transaction, and calls Login.Close for the last.
type Answered struct {
	Release consent.Release
	Entry   journal.Row
	Values  identity.Attributes // of the released attributes, and no others
	Level   identity.Level
}
