// Package outbox tells people that something happened: a message is a text key with sealed
// parameters, kept in the identity database until it is sent and gone after. It never says to
// whom, what, how surely or by which means. It leaves words to the catalogue of texts and
// addresses to whoever keeps contacts.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Message is one message to one person, as stored. The address is looked up when it is sent, but for one that
// is to be the same whatever comes in between: that is sealed with the parameters.
type Message struct {
	ID       seal.RowID
	Person   identity.PersonID
	Channel  identity.AttributeName // the contact to use: "email", "phone_number"
	Text     string                 // key of the text: "message.login"
	Sealed   []byte                 // parameters, sealed to this row
	Created  time.Time
	Attempts int // how often sending was begun

	leased time.Time // when it was taken on here; not stored
}

// Store keeps messages in the identity database. What is due is decided by the database's time.
type Store interface {
	// AddMessage stores a message that is due after the wait, without waiting for the disk.
	AddMessage(ctx context.Context, m Message, wait time.Duration) error
	// Lease gives up to most messages of a channel that are due and puts off each for the duration, so that no
	// other replica is given them meanwhile.
	Lease(ctx context.Context, channel identity.AttributeName, most int, lease time.Duration) ([]Message, error)
	// Postpone makes a message due after the wait.
	Postpone(ctx context.Context, id seal.RowID, wait time.Duration) error
	// Remove takes a message away with its parameters.
	Remove(ctx context.Context, id seal.RowID) error
}

// Addresses knows how people can be reached.
type Addresses interface {
	Channels(context.Context, identity.PersonID) ([]identity.AttributeName, error) // best first
	// Address gives one contact, zero if the person has it no more.
	Address(context.Context, identity.PersonID, identity.AttributeName) (identity.Secret, error)
	// Former gives the addresses that newer ones have replaced not long ago, by channel.
	Former(context.Context, identity.PersonID) (identity.Attributes, error)
}

// parameters are what a text is filled with. None of them is personal, yet together with the
// person's row the reference would tie a login to a person: so they are sealed.
type parameters struct {
	Language string            `json:"lang"`
	Ref      string            `json:"ref"`
	Args     map[string]string `json:"args"`
	To       string            `json:"to,omitempty"` // this address; "": the one of then is looked up
}

func (p parameters) seal(vault seal.Vault, id seal.RowID) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return vault.Seal(plain, place(id)), nil
}

func open(vault seal.Vault, m Message) (parameters, error) {
	plain, err := vault.Open(m.Sealed, place(m.ID))
	if err != nil {
		return parameters{}, fmt.Errorf("open message: %w", err)
	}
	var p parameters
	if err := json.Unmarshal(plain, &p); err != nil {
		return parameters{}, fmt.Errorf("read message: %w", err)
	}
	return p, nil
}

func place(id seal.RowID) string { return "message " + id.String() }
