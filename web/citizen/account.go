package citizen

import (
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/web/locale"
)

// Account is the screen that asks whether the account at hand is the one meant.
type Account struct {
	Party Party
	Name  string // given name; "" if unknown
}

// AccountOf gives the screen.
func AccountOf(party consent.RelyingParty, known identity.Attributes, w *locale.Words) Account {
	name, _ := known.Find("given_name")
	return Account{PartyOf(party, w), name.Value.RevealText()}
}
