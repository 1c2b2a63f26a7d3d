package register

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// photoAnswer is a photo as it travels; openapi.yaml describes it.
type photoAnswer struct {
	Identifiers []string  `json:"identifiers"`
	Type        string    `json:"type"`
	Image       string    `json:"image"`
	Application string    `json:"application"`
	AsOf        time.Time `json:"as_of"`
}

// Photo asks for the photo of the person who has, or had, the identifier: that of their document, or
// the one that came with an application for it. It is not looked into: it goes to a clerk's page as it
// is. Errors: ErrNotFound, ErrUnavailable.
func (c *Client) Photo(ctx context.Context, id identity.Identifier) (Photo, error) {
	var answer photoAnswer
	if err := c.ask(ctx, "/v1/photo", id, &answer); err != nil {
		return Photo{}, fmt.Errorf("document register: %w", err)
	}
	if _, err := identifiersOf(answer.Identifiers, id); err != nil {
		return Photo{}, fmt.Errorf("document register: %w", err)
	}
	if err := asOf(answer.AsOf, c.options.Now()); err != nil {
		return Photo{}, fmt.Errorf("document register: %w", err)
	}
	image, err := base64.StdEncoding.DecodeString(answer.Image)
	if err != nil || len(image) == 0 || !slices.Contains([]string{"image/png", "image/jpeg"}, answer.Type) || len(answer.Application) > maxText {
		return Photo{}, fmt.Errorf("document register: %w", unusable("the photo is not as described"))
	}
	return Photo{Type: answer.Type, Image: image, Application: answer.Application, AsOf: answer.AsOf}, nil
}
