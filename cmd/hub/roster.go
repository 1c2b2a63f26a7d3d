package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"symbolon/config"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/oauth"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
)

// ErrNoParty says that no party or client has the id.
var ErrNoParty = errors.New("there is no party or client with this id")

// Roster changes who may ask for logins. Every change is one transaction with its journal entry;
// hubs that run read it within seconds.
type Roster struct {
	Usage   *usagedb.DB
	Journal journal.Recorder
}

// Apply puts parties and clients in place as they are given. What is the same already is left
// alone and not recorded again; what is not named stays. What was switched off stays off, whatever
// the file says: it may be one that is applied at every start, and a restart must not undo what an
// operator did in an emergency; only Switch switches on. It gives the ids of what changed.
func (r Roster) Apply(ctx context.Context, file PartiesFile) ([]string, error) {
	_, parties, clients, err := r.Usage.Registry(ctx)
	if err != nil {
		return nil, err
	}
	change := usagedb.Change{Parties: map[string][]byte{}, Clients: map[string][]byte{}}
	var changed []string
	for _, p := range file.Parties {
		p.Disabled = p.Disabled || isOff(parties[string(p.ID)])
		document, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("party %s: %w", p.ID, err)
		}
		if bytes.Equal(document, parties[string(p.ID)]) {
			continue
		}
		change.Parties[string(p.ID)] = document
		if err := r.record(&change, string(p.ID), "", "applied", document); err != nil {
			return nil, err
		}
		changed = append(changed, "party "+string(p.ID))
	}
	for _, c := range file.Clients {
		if parties[string(c.Party)] == nil && change.Parties[string(c.Party)] == nil && !named(file, c.Party) {
			return nil, fmt.Errorf("client %s: party %s: %w", c.ID, c.Party, ErrNoParty)
		}
		c.Disabled = c.Disabled || isOff(clients[c.ID])
		document, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("client %s: %w", c.ID, err)
		}
		if bytes.Equal(document, clients[c.ID]) {
			continue
		}
		change.Clients[c.ID] = document
		if err := r.record(&change, string(c.Party), c.ID, "applied", document); err != nil {
			return nil, err
		}
		changed = append(changed, "client "+c.ID)
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return changed, r.Usage.Apply(ctx, change)
}

// isOff reports whether a stored document, of a party or a client, is one that was switched off.
func isOff(document []byte) bool {
	var off struct {
		Disabled bool // as RelyingParty writes it; matched without regard to case, as Client writes it, too
	}
	return json.Unmarshal(document, &off) == nil && off.Disabled
}

func named(file PartiesFile, id consent.PartyID) bool {
	return slices.ContainsFunc(file.Parties, func(p consent.RelyingParty) bool { return p.ID == id })
}

// record adds the journal's entry for one document; it keeps a digest of it, not the document.
func (r Roster) record(change *usagedb.Change, party, client, act string, document []byte) error {
	sum := sha256.Sum256(document)
	fields := map[string]any{"act": act, "digest": hex.EncodeToString(sum[:])}
	if client != "" {
		fields["client"] = client
	}
	row, err := r.Journal.Row(journal.Entry{Kind: journal.PartyChanged, Party: party, Fields: fields})
	if err != nil {
		return fmt.Errorf("record %s %s: %w", act, party, err)
	}
	change.Entries = append(change.Entries, row)
	return nil
}

// Switch turns a party, or one client, off or on.
func (r Roster) Switch(ctx context.Context, id string, on bool) error {
	_, parties, clients, err := r.Usage.Registry(ctx)
	if err != nil {
		return err
	}
	act := map[bool]string{true: "enabled", false: "disabled"}[on]
	change := usagedb.Change{Parties: map[string][]byte{}, Clients: map[string][]byte{}}
	switch {
	case parties[id] != nil:
		var p consent.RelyingParty
		if err := json.Unmarshal(parties[id], &p); err != nil {
			return fmt.Errorf("party %s: its document cannot be read: %w", id, err)
		}
		p.Disabled = !on
		if change.Parties[id], err = json.Marshal(p); err != nil {
			return fmt.Errorf("party %s: %w", id, err)
		}
		err = r.record(&change, id, "", act, change.Parties[id])
	case clients[id] != nil:
		var c oauth.Client
		if err := json.Unmarshal(clients[id], &c); err != nil {
			return fmt.Errorf("client %s: its document cannot be read: %w", id, err)
		}
		c.Disabled = !on
		if change.Clients[id], err = json.Marshal(c); err != nil {
			return fmt.Errorf("client %s: %w", id, err)
		}
		err = r.record(&change, string(c.Party), id, act, change.Clients[id])
	default:
		return fmt.Errorf("%s: %w", id, ErrNoParty)
	}
	if err != nil {
		return err
	}
	return r.Usage.Apply(ctx, change)
}

// Listed is one line of the roster.
type Listed struct {
	Party    consent.RelyingParty
	Clients  []oauth.Client
	Unusable string // why the documents cannot be read, "" if they can
}

// All gives every party with its clients, those switched off as well, in order of their ids.
func (r Roster) All(ctx context.Context) ([]Listed, error) {
	_, parties, clients, err := r.Usage.Registry(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Listed, 0, len(parties))
	for _, id := range slices.Sorted(maps.Keys(parties)) {
		line := Listed{Party: consent.RelyingParty{ID: consent.PartyID(id)}}
		if err := json.Unmarshal(parties[id], &line.Party); err != nil {
			line.Unusable = "the party's document cannot be read"
		}
		for _, client := range slices.Sorted(maps.Keys(clients)) {
			var c oauth.Client
			if err := json.Unmarshal(clients[client], &c); err != nil {
				line.Unusable = "the document of client " + client + " cannot be read"
				continue
			}
			if string(c.Party) == id {
				line.Clients = append(line.Clients, c)
			}
		}
		all = append(all, line)
	}
	return all, nil
}

// OpenRoster opens what commands on parties work on.
func OpenRoster(ctx context.Context, c config.Config, stores *Stores) (Roster, error) {
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return Roster{}, err
	}
	return Roster{t.usage, t.usageJournal(time.Now)}, nil
}

// tools are what commands beside a running hub work with: both databases, held against the keys.
type tools struct {
	identity *identitydb.DB
	usage    *usagedb.DB
	keys     *keyring
}

func (t tools) usageJournal(now func() time.Time) journal.Recorder {
	return journal.Recorder{Vault: t.keys.sealing, Store: t.usage, Now: now}
}

func openTools(ctx context.Context, c config.Config, stores *Stores) (tools, error) {
	if err := stores.ready(ctx); err != nil {
		return tools{}, err
	}
	usage, err := usagedb.New(ctx, stores.Usage)
	if err != nil {
		return tools{}, fmt.Errorf("usage database: %w", err)
	}
	keys, err := openKeys(c)
	if err != nil {
		return tools{}, err
	}
	t := tools{identitydb.New(stores.Identity), usage, keys}
	return t, compareKeys(ctx, keys.ring.Checks(), map[string]checked{"identity": t.identity, "usage": t.usage})
}
