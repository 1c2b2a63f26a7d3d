package enrolled

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"symbolon/connectors/identity"
)

// Account is how a person is known at this means: to their devices by a handle, and by a name that is
// typed where there is no passkey. Both are drawn, and neither says who it is.
type Account struct {
	Handle [16]byte
	Name   string // "ABCD-EFGH-JK"
}

const (
	nameLength = 10 // characters of a login name: 50 bits, so that nobody guesses which names there are
	codeLength = 10 // characters of a recovery code: 50 bits (means.md §8)
)

// alphabet is of login names and of codes.
const alphabet = identity.CrockfordDigits

// NewAccount draws an account, for somebody who has none.
func NewAccount() Account {
	var a Account
	_, _ = rand.Read(a.Handle[:])
	a.Name = group(drawn(nameLength), 4)
	return a
}

// AccountOf gives the account of a person; false if there is none. Who has one keeps it.
func (a *Authenticators) AccountOf(ctx context.Context, person identity.PersonID) (Account, bool, error) {
	row, err := a.deps.Finder.Account(ctx, person)
	if err != nil || row == nil {
		return Account{}, false, wrap("find an account", err)
	}
	name, err := a.deps.Vault.Open(row.Name, accountPlace(row.Handle))
	if err != nil {
		return Account{}, false, fmt.Errorf("open an account's name: %w", err)
	}
	return Account{row.Handle, string(name)}, true, nil
}

// accountRow is what is kept of an account.
func (a *Authenticators) accountRow(account Account, person identity.PersonID) AccountRow {
	return AccountRow{
		Handle: account.Handle, Person: person, Since: DayOf(a.deps.Now()),
		Name: a.deps.Vault.Seal([]byte(account.Name), accountPlace(account.Handle)), Names: a.nameDigests(account.Name),
	}
}

func (a *Authenticators) nameDigests(name string) []Digest {
	return a.deps.Digests.Digests("enrolled name", tidy(name))
}

// subject is the person's name at this means: what ties an account to a person.
func (a Account) subject() identity.Secret {
	return identity.Hide(base64.RawURLEncoding.EncodeToString(a.Handle[:]))
}

func accountPlace(handle [16]byte) string { return "account " + hex.EncodeToString(handle[:]) }

// drawn gives so many random characters. The alphabet has 32, so that a byte falls on each alike
// (attacks OT-15).
func drawn(length int) string {
	random := make([]byte, length)
	_, _ = rand.Read(random)
	for i, b := range random {
		random[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(random)
}

// group puts a hyphen behind every so many characters, for reading.
func group(text string, every int) string {
	var out strings.Builder
	for i := range len(text) {
		if i > 0 && i%every == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// tidy reads what somebody typed as Crockford wants it read. Anything that is not of the alphabet gives "".
func tidy(typed string) string {
	plain := identity.Crockford(typed)
	if strings.Trim(plain, alphabet) != "" {
		return ""
	}
	return plain
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
