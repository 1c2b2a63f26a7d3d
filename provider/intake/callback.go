package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/lease"
)

// Callbacks notes, in the transaction in which a case moves, that its system is to be told.
type Callbacks struct {
	Store Store
	Told  map[string]bool // systems that have an address to be told at
	Now   func() time.Time
}

var _ enrolment.Callbacks = Callbacks{}

// Moved makes a call due, unless nothing has changed that is the system's business.
func (b Callbacks) Moved(ctx context.Context, c enrolment.Case) error {
	state := StateOf(c)
	if !b.Told[c.System] || state == Waiting { // it was told so when it opened the case
		return nil
	}
	return b.Store.Call(ctx, Call{Case: c.ID, System: c.System, Reference: c.Asked, State: state, Changed: b.Now()})
}

const (
	batch     = 8
	leaseTime = 2 * time.Minute // longer than a batch of calls may take: each has a deadline
	firstWait = 5 * time.Second
	longWait  = time.Hour
	pause     = 2 * time.Second // between two looks
	toldFor   = 72 * time.Hour  // a state that could not be told for so long is given up
	eventType = "/events/case"  // behind the issuer; names the event in the token
	eventMIME = "application/secevent+jwt"
)

// Courier tells one system what became of its cases: a security event token (RFC 8417) by POST to the
// address in the settings (RFC 8935 §2). Each system has a courier of its own, so that one that hangs
// keeps no other waiting. Several may run, one in each replica.
type Courier struct {
	Store  Store
	System string
	URL    string
	Issuer string
	Client *http.Client                         // with the rules for going outside: addresses, deadline, no redirects
	Sign   func(payload []byte) (string, error) // a JWS of type secevent+jwt
	Log    *slog.Logger
	Now    func() time.Time
}

// Run tells until the context ends.
func (c Courier) Run(ctx context.Context) { c.queue().Run(ctx) }

// Round makes the calls that are due, a batch at most, and says how many it took on.
func (c Courier) Round(ctx context.Context) (int, error) { return c.queue().Round(ctx) }

func (c Courier) queue() lease.Queue[Call] {
	return lease.Queue[Call]{
		Lease: func(ctx context.Context) ([]Call, error) {
			due, err := c.Store.Calls(ctx, c.System, batch, leaseTime)
			if err != nil {
				return nil, fmt.Errorf("lease calls: %w", err)
			}
			return due, nil
		},
		Do: c.deliver, Batch: batch, Pause: pause,
		Failed: func(ctx context.Context, err error) {
			c.Log.WarnContext(ctx, "calls to a register system cannot be read or written", "system", c.System, "error", err)
		},
	}
}

// deliver makes one call and settles its row, even if the program is asked to stop meanwhile.
func (c Courier) deliver(ctx context.Context, call Call) error {
	err := c.tell(ctx, call)
	again := time.Duration(0)
	switch {
	case err == nil:
	case c.Now().Sub(call.Changed) >= toldFor:
		c.Log.WarnContext(ctx, "a register system was not told of a case", "system", c.System, "state", string(call.State), "attempts", call.Attempts, "error", err)
	default:
		c.Log.InfoContext(ctx, "a register system is not told yet", "system", c.System, "state", string(call.State), "attempts", call.Attempts, "error", err)
		again = lease.Wait(call.Attempts, firstWait, longWait)
	}
	if err := c.Store.Settle(context.WithoutCancel(ctx), call, again); err != nil {
		return fmt.Errorf("settle a call: %w", err)
	}
	return nil
}

// Event is the payload of the token. It names the case by its id and the system's own reference, and
// nobody.
type Event struct {
	Issuer   string              `json:"iss"`
	Audience string              `json:"aud"`
	ID       string              `json:"jti"` // the same at every attempt
	IssuedAt int64               `json:"iat"`
	Events   map[string]Progress `json:"events"`
}

// Progress is what happened.
type Progress struct {
	Case      string `json:"case"`
	Reference string `json:"reference"`
	State     State  `json:"state"`
	Seq       int    `json:"seq"`
	Changed   int64  `json:"changed"` // seconds since 1970
}

// EventType names the event that tells of a case.
func EventType(issuer string) string { return issuer + eventType }

func (c Courier) tell(ctx context.Context, call Call) error {
	id := enrolment.CaseID(call.Case)
	payload, err := json.Marshal(Event{
		Issuer: c.Issuer, Audience: c.System, ID: fmt.Sprintf("%s.%d", id, call.Seq), IssuedAt: c.Now().Unix(),
		Events: map[string]Progress{EventType(c.Issuer): {id, call.Reference, call.State, call.Seq, call.Changed.Unix()}},
	})
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	token, err := c.Sign(payload)
	if err != nil {
		return fmt.Errorf("sign an event: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, strings.NewReader(token))
	if err != nil {
		return errors.New("its address is none")
	}
	r.Header.Set("Content-Type", eventMIME)
	r.Header.Set("Accept", "application/json")
	answer, err := c.Client.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address
		}
		return err
	}
	defer answer.Body.Close()                      //nolint:errcheck // nothing of it is used
	_, _ = io.CopyN(io.Discard, answer.Body, 4096) // so that the connection can be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("it answered %d", answer.StatusCode)
	}
	return nil
}
