package register

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"symbolon/connectors/identity"
)

// EventKind says what happened to a person in a register.
type EventKind string

// What registers tell of their own accord. Of a kind that is not known the event is kept in order
// and otherwise passed over.
const (
	Died            EventKind = "death"
	DeathCorrected  EventKind = "death_corrected" // reported by mistake
	NumberChanged   EventKind = "number_changed"
	NameChanged     EventKind = "name_changed"
	DocumentChanged EventKind = "document_changed"       // lost, stolen, renewed …
	NotGiven        EventKind = "first_document_refused" // an application for a first identity card came to nothing
	RelationEnded   EventKind = "relation_ended"         // somebody no longer acts for this person
	Protected       EventKind = "address_protected"      // from now on the address may be told to nobody
)

// Event is one thing that a register tells. Its ID is the register's own and never given twice.
type Event struct {
	Source     string // id of the register
	ID         string
	Kind       EventKind
	Identifier identity.Identifier // the person's, present or past
	State      DocumentStatus      // of the document, where it is told; "" else
	Relation   identity.Secret     // id of the relation that ended; zero else
	At         time.Time
}

// maxEvents is how many events are asked for at once.
const maxEvents = 200

type eventsAnswer struct {
	Events []eventRow `json:"events"`
	Next   string     `json:"next"`
	More   bool       `json:"more"`
}

type eventRow struct {
	ID         string    `json:"id"`
	Kind       EventKind `json:"kind"`
	Identifier string    `json:"identifier"`
	State      string    `json:"state"`
	Relation   string    `json:"relation"`
	At         time.Time `json:"at"`
}

// Events gives what happened after a place in the feed ("" is its beginning), the place to ask from
// next time, and whether there is more. Asking again from the same place gives the same events.
// Errors: ErrUnavailable.
func (c *Client) Events(ctx context.Context, after string) (events []Event, next string, more bool, err error) {
	question, err := json.Marshal(map[string]any{"after": after, "most": maxEvents})
	if err != nil {
		return nil, "", false, fmt.Errorf("register events: %w: the question cannot be written", ErrUnavailable)
	}
	var answer eventsAnswer
	if err := c.post(ctx, "/v1/events", question, &answer); err != nil {
		return nil, "", false, fmt.Errorf("register events: %w", err)
	}
	if len(answer.Events) > maxEvents || len(answer.Next) > 200 || answer.Next == "" {
		return nil, "", false, fmt.Errorf("register events: %w: the answer is not as described", ErrUnavailable)
	}
	if events, err = c.events(answer.Events); err != nil {
		return nil, "", false, fmt.Errorf("register events: %w", err)
	}
	return events, answer.Next, answer.More, nil
}

// Pushed reads events that a register sends of its own accord, or that lie in a file: the same rows
// as in an answer of the feed. Errors: ErrUnavailable.
func (c *Client) Pushed(body []byte) ([]Event, error) {
	var pushed struct {
		Events []eventRow `json:"events"`
	}
	if err := decode(body, &pushed); err != nil {
		return nil, fmt.Errorf("pushed events: %w", err)
	}
	return c.events(pushed.Events)
}

func (c *Client) events(rows []eventRow) ([]Event, error) {
	events := make([]Event, len(rows))
	for i, row := range rows {
		id, err := identity.ParseIdentifier(row.Identifier)
		if err != nil || row.ID == "" || len(row.ID) > 200 || len(row.Relation) > 200 || row.At.IsZero() {
			return nil, unusable("an event is not as described")
		}
		events[i] = Event{Source: c.options.ID, ID: row.ID, Kind: row.Kind, Identifier: id, Relation: identity.Hide(row.Relation), At: row.At}
		if now := c.options.Now(); row.At.After(now) { // else it would overtake everything until then
			events[i].At = now
		}
		if row.State != "" {
			events[i].State = statusOf(DocumentStatus(row.State))
		}
	}
	return events, nil
}
