package hubtest

import (
	"maps"
	"sync/atomic"

	"symbolon/cmd/hub"
	"symbolon/connectors"
)

// switched is a connector that can be switched off while the hub runs.
type switched struct {
	connectors.Connector
	off *atomic.Bool
}

func (s switched) Describe() connectors.Description {
	d := s.Connector.Describe()
	d.Disabled = d.Disabled || s.off.Load()
	return d
}

// WithSwitch lets the test switch every means of the kind off.
func WithSwitch(off *atomic.Bool, id string) With {
	kinds := maps.Clone(hub.Kinds())
	plain := kinds["oidc"]
	kinds["oidc"] = func(s hub.Surroundings) (connectors.Connector, error) {
		c, err := plain(s)
		if err != nil || string(s.ID) != id {
			return c, err
		}
		return switched{c, off}, nil
	}
	return WithKinds(kinds)
}
