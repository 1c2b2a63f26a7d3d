package subject

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"symbolon/connectors/identity"
)

// rankOfRegister is above every level of a means.
const rankOfRegister = 10

const longestContact = 254 // RFC 5321 §4.5.3.1.3

// channels are the attributes that a person can be reached by, the best first.
func channels() []identity.AttributeName { return []identity.AttributeName{"email", "phone_number"} }

// contacts gives the contacts of this login that are to be kept: new ones, changed ones from the
// same source, and those of a better source. A weaker source never overwrites (attacks LK-08), and
// one that is as good does not either, or two means would write in turn at every login.
func (m *Matcher) contacts(t told, known Known) []ContactRow {
	var kept []ContactRow
	for _, kind := range channels() {
		best, ok := t.contact(kind)
		if !ok {
			continue
		}
		if old := known.contact(kind); old != nil {
			if best.Rank < old.Rank || best.Rank == old.Rank && best.Source != old.Source {
				continue
			}
			plain, err := m.Vault.Open(old.Sealed, contactPlace(known.ID, kind))
			same := err == nil && string(plain) == best.address
			if same && best.Rank == old.Rank {
				continue
			}
			best.Moved = !same
		}
		best.Since = DayOf(m.Now())
		best.Sealed = m.Vault.Seal([]byte(best.address), contactPlace(known.ID, kind))
		kept = append(kept, best.ContactRow)
	}
	return kept
}

type toldContact struct {
	ContactRow
	address string
}

// contact gives what the best source of this login says.
func (t told) contact(kind identity.AttributeName) (toldContact, bool) {
	if t.register != nil && t.register.Found {
		if c, ok := contactIn(t.register.Attributes, kind, rankOfRegister); ok {
			return c, true
		}
	}
	return contactIn(t.auth.Attributes, kind, int(t.level()))
}

// contactIn finds a contact that its source does not call unverified.
func contactIn(attributes identity.Attributes, kind identity.AttributeName, rank int) (toldContact, bool) {
	a, ok := attributes.Find(kind)
	address := a.Value.RevealText()
	if !ok || address == "" || len(address) > longestContact || strings.ContainsFunc(address, unicode.IsControl) {
		return toldContact{}, false
	}
	if v, ok := attributes.Find(kind + "_verified"); ok {
		var verified bool
		if json.Unmarshal(v.Value.Reveal(), &verified) != nil || !verified {
			return toldContact{}, false
		}
	}
	return toldContact{ContactRow{Kind: kind, Source: a.Source, Rank: rank}, address}, true
}

func (k Known) contact(kind identity.AttributeName) *ContactRow {
	for i := range k.Contacts {
		if k.Contacts[i].Kind == kind {
			return &k.Contacts[i]
		}
	}
	return nil
}

// Channels says by which of their contacts a person can be told something, the best first. With
// Address it is what messages to people are addressed by.
func (m *Matcher) Channels(ctx context.Context, person identity.PersonID) ([]identity.AttributeName, error) {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	var all []identity.AttributeName
	for _, kind := range channels() {
		if known != nil && known.contact(kind) != nil {
			all = append(all, kind)
		}
	}
	return all, nil
}

// Address opens one contact, when a message is about to be sent; zero if the person has it no more.
func (m *Matcher) Address(ctx context.Context, person identity.PersonID, kind identity.AttributeName) (identity.Secret, error) {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return identity.Secret{}, fmt.Errorf("find contact: %w", err)
	}
	if known == nil || known.contact(kind) == nil {
		return identity.Secret{}, nil
	}
	plain, err := m.Vault.Open(known.contact(kind).Sealed, contactPlace(person, kind))
	if err != nil {
		return identity.Secret{}, fmt.Errorf("open contact: %w", err)
	}
	return identity.Hide(string(plain)), nil
}

// Replaced gives addresses at which people were told things before.
type Replaced interface {
	// FormerContacts gives the contacts of a person that newer ones have replaced, those replaced first first,
	// a few at most.
	FormerContacts(context.Context, identity.PersonID) ([]ContactRow, error)
}

// Former opens the addresses that newer ones have replaced, as long as they are kept, without those that
// are in use again. Whoever changed where somebody is told of something must not be the only one who is told
// (means.md R-ENR-07).
func (m *Matcher) Former(ctx context.Context, person identity.PersonID) (identity.Attributes, error) {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	if known == nil {
		return nil, nil
	}
	rows, err := m.Formers.FormerContacts(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find former contacts: %w", err)
	}
	told := map[string]bool{}
	for _, c := range known.Contacts {
		if plain, err := m.Vault.Open(c.Sealed, contactPlace(person, c.Kind)); err == nil {
			told[string(plain)] = true
		}
	}
	var all identity.Attributes
	for _, row := range rows {
		plain, err := m.Vault.Open(row.Sealed, contactPlace(person, row.Kind))
		if err != nil {
			return nil, fmt.Errorf("open a former contact: %w", err)
		}
		if !told[string(plain)] {
			told[string(plain)] = true
			all = append(all, identity.Attribute{Name: row.Kind, Value: identity.Text(string(plain))})
		}
	}
	return all, nil
}

func contactPlace(person identity.PersonID, kind identity.AttributeName) string {
	return "contact " + hex.EncodeToString(person[:]) + " " + string(kind)
}
