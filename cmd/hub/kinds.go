package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"symbolon/config"
	"symbolon/connectors"
	"symbolon/connectors/eid"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/connectors/oidc"
	"symbolon/connectors/outbound"
	"symbolon/connectors/saml"
	"symbolon/connectors/webeid"
)

// Surroundings are what a connector gets of the installation.
type Surroundings struct {
	ID            identity.Means
	Settings      map[string]any // raw; the kind decodes them strictly
	Now           func() time.Time
	Log           *slog.Logger
	AllowLoopback bool          // the issuer is on loopback, so upstreams may be, too
	Enrolled      enrolled.Deps // for what an office handed out
	Card          eid.Deps      // for cards in browsers
	Callback      string        // our absolute address that takes the means' answers
	Logout        string        // and the one that takes its logouts
}

// Kind makes a connector of one kind.
type Kind func(Surroundings) (connectors.Connector, error)

// Kinds lists every kind of means that this program knows, a line each.
func Kinds() map[string]Kind {
	return map[string]Kind{
		oidc.Kind:     openIDConnect,
		enrolled.Kind: fromOffice,
		saml.Kind:     samlConnector,
		webeid.Kind:   webEID,
		eid.Kind:      tlsCards,
	}
}

// fromOffice makes the connector to what an office handed out.
func fromOffice(s Surroundings) (connectors.Connector, error) {
	settings, err := enrolled.Decode(s.ID, s.Settings)
	if err != nil {
		return nil, err
	}
	return enrolled.New(settings, s.Enrolled)
}

// openIDConnect makes a connector to an upstream OpenID provider. Its one HTTP client reaches the
// upstream's hosts and no others; ca_file names further certificate authorities for it.
func openIDConnect(s Surroundings) (connectors.Connector, error) {
	raw := maps.Clone(s.Settings)
	caFile, _ := raw["ca_file"].(string)
	delete(raw, "ca_file")
	settings, err := oidc.Decode(s.ID, raw)
	if err != nil {
		return nil, err
	}
	if settings.AllowLoopback && !s.AllowLoopback {
		return nil, errors.New("allow_loopback is only for a loopback issuer") // attacks SS-01
	}
	for _, file := range []struct{ setting, name string }{
		{"key_file", settings.ClientAuth.KeyFile}, {"secret_file", settings.ClientAuth.SecretFile},
	} {
		if file.name == "" {
			continue
		}
		if err := config.CheckPrivate(file.name); err != nil { // attacks KR-04
			return nil, fmt.Errorf("client_auth.%s %s: %w", file.setting, file.name, err)
		}
	}
	options := outbound.Options{AllowHosts: settings.OutboundHosts(), AllowLoopback: settings.AllowLoopback, Now: s.Now}
	if options.Roots, err = roots(caFile); err != nil {
		return nil, err
	}
	return oidc.New(settings, oidc.Deps{HTTP: outbound.New(options).HTTP(), Logout: s.Logout, Now: s.Now, Log: s.Log})
}

// connect makes every configured connector, in the order of the settings, or says what is wrong
// with each that cannot be made.
func (h *Hub) connect(kinds map[string]Kind) ([]connectors.Connector, error) {
	var all []connectors.Connector
	var wrong []error
	for i, one := range h.config.Connectors {
		c, err := h.connectOne(kinds, one)
		if office, ok := c.(*enrolled.Connector); ok && err == nil {
			if h.authenticators != nil {
				err = errors.New("is the second of its kind; people have one account with what an office handed out")
			}
			h.authenticators = office.Authenticators
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("connectors[%d] (%s): %w", i, one.ID, err))
		}
		all = append(all, c)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return all, nil
}

func (h *Hub) connectOne(kinds map[string]Kind, one config.Connector) (connectors.Connector, error) {
	kind, known := kinds[one.Kind]
	if !known {
		return nil, fmt.Errorf("there is no kind %q; there are %s", one.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	c, err := kind(Surroundings{
		ID: identity.Means(one.ID), Settings: one.Settings, Now: h.now, Log: h.log, AllowLoopback: loopbackIssuer(h.config), Enrolled: h.forOffice(), Card: h.cardDeps(one.ID),
		Callback: h.callback(identity.Means(one.ID)), Logout: h.config.Issuer + "/means/" + one.ID + "/logout",
	})
	if err != nil {
		return nil, err
	}
	if c.Describe().Simulated && !h.config.Demo {
		return nil, errors.New("is simulated, which is for the demo only")
	}
	return c, nil
}

// Diagnose asks every connector that can to check itself and its upstream.
func Diagnose(ctx context.Context, all []connectors.Connector) map[identity.Means]error {
	found := map[identity.Means]error{}
	for _, c := range all {
		if doctor, can := c.(connectors.Doctor); can {
			found[c.Describe().ID] = doctor.Diagnose(ctx)
		}
	}
	return found
}
