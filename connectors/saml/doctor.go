package saml

import (
	"context"
	"errors"
	"fmt"
)

// Diagnose reads the upstream's metadata and says everything that does not fit the settings, and which
// of our certificates end soon.
func (c *Connector) Diagnose(ctx context.Context) error {
	var wrong []error
	for _, soon := range c.keys.ends(c.deps.Now()) {
		wrong = append(wrong, fmt.Errorf("upstream %s: %w", c.settings.ID, soon))
	}
	t, err := c.fetchTrust(ctx)
	if err != nil {
		return errors.Join(append(wrong, fmt.Errorf("upstream %s: metadata: %w", c.settings.ID, err))...)
	}
	lacks := func(what string) {
		wrong = append(wrong, fmt.Errorf("upstream %s: its metadata name no %s", c.settings.ID, what))
	}
	if binding := map[string]string{"redirect": bindingRedirect, "post": bindingPost}[c.settings.SSOBinding]; t.sso[binding] == "" {
		lacks("place to log in at by sso_binding " + c.settings.SSOBinding)
	}
	if c.settings.ResponseBinding == "artifact" && c.settings.Artifact.SOAPURL == "" && len(t.artifact) == 0 {
		lacks("place to resolve artifacts at")
	}
	if binding := sloBinding(c.settings.SLO.Binding); c.settings.SLO.Required {
		if _, there := t.slo[binding]; !there {
			lacks("place to log out at by slo.binding " + c.settings.SLO.Binding)
		}
	}
	return errors.Join(wrong...)
}
