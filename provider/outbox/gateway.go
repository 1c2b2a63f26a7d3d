package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// HTTPGateway sends by posting JSON to a gateway: {channel, to, subject, body, ref}. Its client
// sets deadlines and where it may connect to.
type HTTPGateway struct {
	URL    string
	Client *http.Client
}

type posted struct {
	Channel string `json:"channel"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	Ref     string `json:"ref"`
}

// Send posts a message. The Idempotency-Key is the same at every attempt, and another one for every message: after
// a crash between sending and forgetting, or where an answer did not come in time, a message is posted again, and
// a gateway that has sent it answers 2xx once more without sending it.
func (g HTTPGateway) Send(ctx context.Context, m Outgoing) error {
	body, err := json.Marshal(posted{string(m.Channel), m.To.Reveal(), m.Subject, m.Body, m.Ref})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("message gateway: its address is none")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", m.ID.String())
	response, err := g.Client.Do(request)
	if err != nil {
		return fmt.Errorf("message gateway: %w", cause(err))
	}
	defer response.Body.Close()                      //nolint:errcheck // nothing of it is used
	_, _ = io.CopyN(io.Discard, response.Body, 4096) // so that the connection can be used again
	switch s := response.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusBadRequest, s == http.StatusNotFound, s == http.StatusGone, s == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: the message gateway answered %d", ErrUndeliverable, s)
	default: // also 401 and 403: those are the operator's to mend, not the message's fault
		return fmt.Errorf("message gateway: answered %d", s)
	}
}

// cause leaves out the URL, which may hold the gateway's credentials.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
