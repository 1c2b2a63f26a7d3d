package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// Diagnose asks the upstream for metadata and keys and says everything that does not fit the settings.
func (c *Connector) Diagnose(ctx context.Context) error {
	m, err := c.fetchMetadata(ctx)
	if err != nil {
		return fmt.Errorf("upstream %s: metadata: %w", c.settings.ID, err)
	}
	var wrong []error
	lacks := func(what string, announced []string, needed ...string) {
		fits := func(s string) bool { return slices.Contains(needed, s) }
		if len(announced) > 0 && !slices.ContainsFunc(announced, fits) {
			wrong = append(wrong, fmt.Errorf("upstream %s: it announces %s %q, we need one of %q", c.settings.ID, what, announced, needed))
		}
	}
	lacks("ID token algorithms", m.Algorithms, c.settings.Algorithms...)
	lacks("client authentication", m.AuthMethods, c.settings.ClientAuth.Method)
	lacks("PKCE", m.Challenges, "S256")
	if _, err := c.metadata.Get(ctx); err != nil {
		wrong = append(wrong, fmt.Errorf("upstream %s: metadata: %w", c.settings.ID, err))
	} else if _, err := c.fetchKeys(ctx); err != nil {
		wrong = append(wrong, fmt.Errorf("upstream %s: keys: %w", c.settings.ID, err))
	}
	return errors.Join(wrong...)
}

func withQuery(address string, parameters map[string]string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("address cannot be used")
	}
	query := u.Query()
	for name, value := range parameters {
		if value != "" {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}
