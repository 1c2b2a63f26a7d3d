package register

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// Status is how one document and its holder stand (means §3e).
type Status struct {
	State     DocumentStatus
	Reason    string    // a code: the register's own, or one of those below
	Since     time.Time // zero: not told
	Source    string    // id of the register
	CheckedAt time.Time // the moment for which it holds: never later than when it was asked
	Digest    []byte    // SHA-256 of the answer, for sealed evidence
}

// Why a state is not the register's own word.
const (
	NoAnswer      = "unavailable"    // it did not answer, or nothing that can be used
	Stale         = "stale"          // its answer is older than the level allows
	NoRegister    = "no_register"    // this installation has none
	NotRegistered = "not_registered" // it does not know the document: then it is not valid
)

// statusAnswer is an answer as it travels; openapi.yaml describes it.
type statusAnswer struct {
	Number      string         `json:"number"`
	Identifiers []string       `json:"identifiers"`
	State       DocumentStatus `json:"state"`
	Reason      string         `json:"reason"`
	Since       time.Time      `json:"since"`
	AsOf        time.Time      `json:"as_of"`
}

// Status asks how one document stands. Errors: ErrNotFound, ErrUnavailable.
func (c *Client) Status(ctx context.Context, doc identity.Document) (Status, error) {
	question := map[string]string{"type": doc.Type}
	for name, id := range map[string]identity.Identifier{"number": doc.Number, "holder": doc.Holder} {
		if id != (identity.Identifier{}) {
			question[name] = id.Reveal()
		}
	}
	body, err := json.Marshal(question)
	if err != nil {
		return Status{}, fmt.Errorf("document register: %w: the question cannot be written", ErrUnavailable)
	}
	asked := c.options.Now()
	var raw json.RawMessage
	if err := c.post(ctx, "/v1/status", body, &raw); err != nil {
		return Status{}, fmt.Errorf("document register: %w", err)
	}
	var answer statusAnswer
	if err := decode(raw, &answer); err != nil {
		return Status{}, fmt.Errorf("document register: %w", err)
	}
	status, err := answer.status(doc, asked)
	if err != nil {
		return Status{}, fmt.Errorf("document register: %w", err)
	}
	sum := sha256.Sum256(raw)
	status.Source, status.Digest = c.options.ID, sum[:]
	return status, nil
}

// status insists that the answer is about this document of this holder (attacks UF-05).
func (a statusAnswer) status(doc identity.Document, asked time.Time) (Status, error) {
	if doc.Holder != (identity.Identifier{}) {
		if _, err := identifiersOf(a.Identifiers, doc.Holder); err != nil {
			return Status{}, err
		}
	}
	if doc.Number != (identity.Identifier{}) && a.Number != doc.Number.Reveal() {
		return Status{}, unusable("the answer is about another document")
	}
	if err := asOf(a.AsOf, asked); err != nil {
		return Status{}, err
	}
	if len(a.Reason) > 64 || strings.Trim(a.Reason, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
		return Status{}, unusable("the reason is not a code")
	}
	checked := a.AsOf
	if checked.After(asked) {
		checked = asked
	}
	return Status{State: statusOf(a.State), Reason: a.Reason, Since: a.Since, CheckedAt: checked}, nil
}

// unanswered is what is known of a document when the register gave no status.
func unanswered(err error, source string, now time.Time) Status {
	if errors.Is(err, ErrNotFound) {
		return Status{State: Invalidated, Reason: NotRegistered, Source: source, CheckedAt: now}
	}
	return Status{State: Unknown, Reason: NoAnswer, Source: source}
}
