package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"symbolon/config"
	"symbolon/consent"
	"symbolon/provider/oauth"
	"symbolon/provider/store"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
	"symbolon/web/locale"
)

// Finding is one line of what Examine found.
type Finding struct {
	About string
	Err   error  // nil: nothing is wrong
	Note  string // worth knowing, but not wrong
}

// clockTolerance is how far this machine's clock and a database's may be apart.
const clockTolerance = 5 * time.Second

// Examine looks at everything that a hub of these settings stands on: keys, databases, clocks,
// connectors, registrations and listeners. It changes nothing.
func Examine(ctx context.Context, c config.Config) []Finding {
	found := []Finding{{About: "settings"}} // they were checked when they were read
	keys, err := openKeys(c)
	found = append(found, Finding{About: "keys", Err: err})
	found = append(found, examineDatabases(ctx, c, keys)...)
	found = append(found, examineConnectors(ctx, c)...)
	found = append(found, examineSystems(c)...)
	return append(found, examineListener("public listener", c.Listen.Public), examineListener("admin listener", c.Listen.Admin))
}

// examineDatabases looks at both databases and, if they can be read, at what they hold. A file that is
// not there is not made.
func examineDatabases(ctx context.Context, c config.Config, keys *keyring) []Finding {
	for _, d := range []config.Database{c.Databases.Identity, c.Databases.Usage} {
		if file, lite := strings.CutPrefix(d.Source.Reveal(), "sqlite:"); lite {
			if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
				return []Finding{{About: "databases", Err: errors.New("there are none yet; run `symbolon migrate up`")}}
			}
		}
	}
	stores, err := OpenStores(ctx, c.Databases, nil)
	if err != nil {
		return []Finding{{About: "databases", Err: err}}
	}
	defer stores.Close() //nolint:errcheck // nothing was written
	found := []Finding{{About: "databases", Err: stores.ready(ctx)}}
	for _, d := range []struct {
		name string
		db   *store.DB
	}{{"identity", stores.Identity}, {"usage", stores.Usage}} {
		found = append(found, Finding{About: "clock of the " + d.name + " database", Err: compareClock(ctx, d.db)})
	}
	if found[0].Err == nil {
		found = append(found, examineContents(ctx, c, stores, keys)...)
	}
	return found
}

func compareClock(ctx context.Context, db *store.DB) error {
	var micros int64
	before := time.Now()
	if err := db.SQL(ctx).Row("SELECT "+db.Now(), nil, &micros); err != nil {
		return fmt.Errorf("ask the time: %w", err)
	}
	apart := time.UnixMicro(micros).Sub(before).Abs()
	if apart > clockTolerance {
		return fmt.Errorf("differs from this machine's by %s; let both follow a time server", apart.Round(time.Second))
	}
	return nil
}

// examineContents holds the keys against both databases, and looks at who is registered.
func examineContents(ctx context.Context, c config.Config, stores *Stores, keys *keyring) []Finding {
	usage, err := usagedb.New(ctx, stores.Usage)
	if err != nil {
		return []Finding{{About: "usage database", Err: err}}
	}
	var found []Finding
	if keys != nil {
		both := map[string]checked{"identity": identitydb.New(stores.Identity), "usage": usage}
		found = append(found, Finding{About: "keys are those of the databases", Err: matchKeys(ctx, keys.ring.Checks(), both)})
	}
	all, err := Roster{Usage: usage}.All(ctx)
	if err != nil {
		return append(found, Finding{About: "parties", Err: err})
	}
	for _, line := range all {
		if line.Unusable != "" {
			found = append(found, Finding{About: "party " + string(line.Party.ID), Err: errors.New(line.Unusable)})
		} else if strange := notConfigured(c, line.Party.Means); len(strange) > 0 {
			found = append(found, Finding{About: "party " + string(line.Party.ID), Note: "permits what is not configured here: " + strings.Join(strange, ", ")})
		}
		for _, client := range line.Clients {
			f := Finding{About: "client " + client.ID, Err: errors.Join(Registration(c).Check(client)...)}
			if client.PKCE == oauth.PKCEOptional {
				f.Note = "may log in without PKCE; set pkce: required as soon as it can"
			}
			if f.Err != nil || f.Note != "" {
				found = append(found, f)
			}
		}
	}
	return found
}

// notConfigured names the means of a party that no connector stands for.
func notConfigured(c config.Config, permitted []consent.PermittedMeans) []string {
	var strange []string
	for _, m := range permitted {
		if !slices.ContainsFunc(c.Connectors, func(one config.Connector) bool { return one.ID == string(m.Means) }) {
			strange = append(strange, string(m.Means))
		}
	}
	return strange
}

// CheckSettings looks at what settings say to the parts that only a hub knows: its kinds of means,
// with the files that they name, its languages and its file of parties. Nothing is asked of anybody.
func CheckSettings(c config.Config) error {
	h := &Hub{config: c, now: time.Now, log: slog.New(slog.DiscardHandler)}
	_, connecting := h.connect(Kinds())
	_, speaking := locale.Load(c.Languages...)
	_, further := h.sources()
	var registering error
	if c.PartiesFile != "" {
		if _, err := ReadParties(c.PartiesFile, Registration(c)); err != nil {
			registering = fmt.Errorf("parties_file: %w", err)
		}
	}
	return errors.Join(connecting, speaking, further, registering)
}

func examineConnectors(ctx context.Context, c config.Config) []Finding {
	h := &Hub{config: c, now: time.Now, log: slog.New(slog.DiscardHandler)}
	all, err := h.connect(Kinds())
	if err != nil {
		return []Finding{{About: "connectors", Err: err}}
	}
	if len(all) == 0 {
		return []Finding{{About: "connectors", Note: "there are none, so nobody can log in"}}
	}
	var found []Finding
	for means, err := range Diagnose(ctx, all) {
		found = append(found, Finding{About: "connector " + string(means), Err: err})
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.About, b.About) })
	return found
}

// examineListener sees whether the address is this machine's. That a hub listens there already is
// worth knowing, and as it should be while it runs.
func examineListener(about, address string) Finding {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return Finding{About: about, Err: l.Close()}
	}
	if conn, dialled := net.DialTimeout("tcp", address, time.Second); dialled == nil {
		return Finding{About: about, Err: conn.Close(), Note: "something listens on " + address + " already: this hub, if it runs"}
	}
	return Finding{About: about, Err: err}
}
