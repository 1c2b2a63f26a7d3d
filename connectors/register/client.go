package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// maxAnswer is the size of an answer in bytes; a person with everything is some 2 KiB.
const maxAnswer = 256 << 10

// Options say where the registers are and who asks.
type Options struct {
	ID      string // names the register as the source of attributes; "register" if empty
	BaseURL string // the paths of openapi.yaml are appended
	Token   identity.Secret
	HTTP    *http.Client // the outbound client: it holds allow-list, deadline and size
	Now     func() time.Time
	// Languages in which it tells names and the like, its own first (ParseLanguages). What it tells in others
	// is passed over.
	Languages []string
}

// Client asks one population register and the document register beside it.
type Client struct {
	options Options
	base    string
}

// New makes a client. Nothing is asked yet.
func New(o Options) *Client {
	if o.ID == "" {
		o.ID = "register"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{o, strings.TrimSuffix(o.BaseURL, "/")}
}

// Person asks for the person who has, or had, the identifier. Errors: ErrNotFound, ErrUnavailable.
func (c *Client) Person(ctx context.Context, id identity.Identifier) (Person, error) {
	var answer personAnswer
	if err := c.ask(ctx, "/v1/person", id, &answer); err != nil {
		return Person{}, fmt.Errorf("population register: %w", err)
	}
	person, err := answer.person(c.options.ID, c.options.Languages, id, c.options.Now())
	if err != nil {
		return Person{}, fmt.Errorf("population register: %w", err)
	}
	return person, nil
}

// Documents asks for the documents of the person who has, or had, the identifier; none is an empty
// list. Errors: ErrNotFound, ErrUnavailable.
func (c *Client) Documents(ctx context.Context, id identity.Identifier) ([]Document, error) {
	var answer documentsAnswer
	if err := c.ask(ctx, "/v1/documents", id, &answer); err != nil {
		return nil, fmt.Errorf("document register: %w", err)
	}
	documents, err := answer.documents(c.options.Languages, id, c.options.Now())
	if err != nil {
		return nil, fmt.Errorf("document register: %w", err)
	}
	return documents, nil
}

// ask sends the identifier in the body: a number in an address would stand in every log on the way.
func (c *Client) ask(ctx context.Context, path string, id identity.Identifier, answer any) error {
	question, err := json.Marshal(map[string]string{"identifier": id.Reveal()})
	if err != nil {
		return fmt.Errorf("%w: the question cannot be written", ErrUnavailable)
	}
	return c.post(ctx, path, question, answer)
}

func (c *Client) post(ctx context.Context, path string, question []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(question))
	if err != nil {
		return fmt.Errorf("%w: its address cannot be used", ErrUnavailable)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if !c.options.Token.IsZero() {
		r.Header.Set("Authorization", "Bearer "+c.options.Token.Reveal())
	}
	response, err := c.options.HTTP.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		return fmt.Errorf("%w: the answer breaks off or is too large", ErrUnavailable)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/json" {
		return fmt.Errorf("%w: status %d, and not JSON", ErrUnavailable, response.StatusCode)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return decode(body, answer)
	case http.StatusNotFound:
		return notFound(body)
	default:
		return fmt.Errorf("%w: status %d", ErrUnavailable, response.StatusCode)
	}
}

// decode is strict. What the decoder says can quote the answer, so it is not passed on.
func decode(body []byte, answer any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(answer) != nil {
		return fmt.Errorf("%w: the answer is not as described", ErrUnavailable)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the answer", ErrUnavailable)
	}
	return nil
}

// notFound tells the register's own "nobody" from a wrong address, which answers 404 as well: a slip
// in the settings must not look like a person who does not exist.
func notFound(body []byte) error {
	var answer struct {
		Error string `json:"error"`
	}
	if decode(body, &answer) != nil || answer.Error != "not_found" {
		return fmt.Errorf("%w: nothing of ours is at its address", ErrUnavailable)
	}
	return ErrNotFound
}
