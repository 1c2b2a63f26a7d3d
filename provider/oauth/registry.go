package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"symbolon/consent"
	"symbolon/provider/login"
)

// Documents is where registrations are kept. The version rises with every change.
type Documents interface {
	Registry(context.Context) (version int64, parties, clients map[string][]byte, err error)
	RegistryVersion(context.Context) (int64, error)
}

// Registry gives parties and clients from memory. What is switched off, or belongs to a party that
// is, is not there at all, so that no path can forget to look (attacks CP-16, TK-06).
type Registry struct {
	documents Documents
	log       *slog.Logger
	now       atomic.Pointer[snapshot]
}

var _ login.Parties = (*Registry)(nil)

// snapshot is one version of the registry; it never changes.
type snapshot struct {
	version int64
	parties map[consent.PartyID]consent.RelyingParty
	clients map[string]Client
}

// OpenRegistry reads the registry for the first time.
func OpenRegistry(ctx context.Context, documents Documents, log *slog.Logger) (*Registry, error) {
	r := &Registry{documents: documents, log: log}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Refresh reads the registry again if it has changed.
func (r *Registry) Refresh(ctx context.Context) error {
	version, err := r.documents.RegistryVersion(ctx)
	if err != nil {
		return fmt.Errorf("registry version: %w", err)
	}
	if version == r.now.Load().version {
		return nil
	}
	return r.load(ctx)
}

// Watch refreshes until the context ends. A database that does not answer leaves the last version
// standing; nothing can be redeemed without the database anyway.
func (r *Registry) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.Refresh(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "registry not refreshed", "cause", err)
			}
		}
	}
}

// load replaces the snapshot. A document that cannot be read counts as not there: one bad party
// does not stop the others, and is not served with half its rules.
func (r *Registry) load(ctx context.Context) error {
	version, parties, clients, err := r.documents.Registry(ctx)
	if err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	s := &snapshot{version, map[consent.PartyID]consent.RelyingParty{}, map[string]Client{}}
	for id, document := range parties {
		var party consent.RelyingParty
		if err := json.Unmarshal(document, &party); err != nil || string(party.ID) != id {
			r.log.ErrorContext(ctx, "party left out: its document cannot be read", "party", id)
			continue
		}
		if !party.Disabled {
			s.parties[party.ID] = party
		}
	}
	for id, document := range clients {
		var client Client
		if err := json.Unmarshal(document, &client); err != nil || client.ID != id {
			r.log.ErrorContext(ctx, "client left out: its document cannot be read", "client", id)
			continue
		}
		if _, live := s.parties[client.Party]; live && !client.Disabled {
			s.clients[id] = client
		}
	}
	r.now.Store(s)
	return nil
}

// Party gives a relying party that is switched on.
func (r *Registry) Party(id consent.PartyID) (consent.RelyingParty, bool) {
	party, ok := r.now.Load().parties[id]
	return party, ok
}

// Client gives a client that is switched on, as is its party.
func (r *Registry) Client(id string) (Client, bool) {
	client, ok := r.now.Load().clients[id]
	return client, ok
}

// Clients gives all clients that are switched on, in no order.
func (r *Registry) Clients() []Client {
	all := make([]Client, 0, len(r.now.Load().clients))
	for _, c := range r.now.Load().clients {
		all = append(all, c)
	}
	return all
}
