// Package hub wires one hub from its settings: databases, keys, connectors, logins, the OpenID
// provider, the pages, and the listeners they are served on. It holds no rule of its own; what
// the parts do is theirs, and this is the one place where all of them are known.
package hub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"symbolon/config"
	"symbolon/connectors/assurance"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/outbox"
	"symbolon/provider/staff"
	"symbolon/provider/store"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
	"symbolon/provider/subject"
	"symbolon/web/locale"
)

// Options are what a hub is given beside its settings. The zero value is the product.
type Options struct {
	Log     *slog.Logger         // nil: none
	Now     func() time.Time     // nil: the clock
	Shift   func() time.Duration // moves the databases' clocks, in tests; nil moves nothing
	Public  net.Listener         // nil: as the settings say
	Admin   net.Listener         // nil: as the settings say
	Migrate bool                 // bring the schemas up to date; the demo always does
	Kinds   map[string]Kind      // nil: Kinds()
	Answer  time.Duration        // within which every request, and every database, must answer; 0: answerFor, store.Open's own
}

// Hub is one running hub. Several of them may share the two databases and the folder of keys.
type Hub struct {
	config  config.Config
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics

	answerIn     time.Duration
	public       http.Handler
	listenPublic net.Listener
	listenAdmin  net.Listener
	listenCard   net.Listener            // where a proxy brings the card host's requests; nil: it is on the public listener, or there is none
	tls          *tls.Config             // of the public listener
	chores       []chore                 // done again and again
	runners      []func(context.Context) // run until the end
	pings        []ping
	closers      []func() error // in the order in which things were opened
	stopping     atomic.Bool
	hurry        chan struct{} // closed: the drain time is over; nil but in tests

	stores   *Stores
	identity *identitydb.DB
	usage    *usagedb.DB
	keys     *keyring
	registry *oauth.Registry
	rules    assurance.Rules
	people   *subject.Matcher
	feed     *register.Client // nil: there are no registers
	hearing  *Hearing         // nil: there are no registers
	statuses *register.Statuses
	logins   *login.Service
	provider *oauth.Provider
	words    *locale.Catalogue

	office         *enrolment.Office // nil: no desk enrols people here
	systems        *intake.Intake    // nil: no register system opens cases here
	staff          *staff.Registry
	offices        *offices
	notices        *outbox.Notices          // nil: there is no gateway for messages
	authenticators *enrolled.Authenticators // nil: no means is of that kind
}

// ping asks one database whether it is there.
type ping struct {
	name string
	ask  func(context.Context) error
}

// New opens everything that a hub stands on and wires it. What cannot be opened, or does not fit
// together, is an error, and what was open is closed again. Requests are served by Run.
func New(ctx context.Context, c config.Config, o Options) (*Hub, error) {
	h := &Hub{config: c, log: o.Log, now: o.Now, answerIn: cmp.Or(o.Answer, answerFor), metrics: newMetrics()}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	for _, step := range []func(context.Context, Options) error{
		h.openWords, h.openStores, h.openKeys, h.openRegistry, h.wireLogins, h.wireProvider, h.wireOffice, h.wirePages, h.listen,
	} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	h.tend()
	return h, nil
}

// Close closes what New opened, last first. It is to be called after Run, or instead of it.
func (h *Hub) Close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i]())
	}
	h.closers = nil
	return errors.Join(errs...)
}

// Registration says what clients of this installation may register.
func Registration(c config.Config) oauth.Registration {
	return oauth.Registration{AllowLoopback: loopbackIssuer(c), Further: Further(c)}
}

// Logins runs the logins of this hub, at services and at our own doors.
func (h *Hub) Logins() *login.Service { return h.logins }

// openWords reads the languages that the pages and messages speak, and the texts of settings.
func (h *Hub) openWords(context.Context, Options) error {
	var err error
	if h.words, err = locale.Load(h.config.Languages...); err != nil {
		return err
	}
	return h.words.Add(sourceTexts(h.config))
}

func (h *Hub) openStores(ctx context.Context, o Options) error {
	var err error
	var patience []store.Option
	if o.Answer > 0 {
		patience = append(patience, store.Patience(o.Answer))
	}
	if h.stores, err = OpenStores(ctx, h.config.Databases, o.Shift, patience...); err != nil {
		return err
	}
	h.closers = append(h.closers, h.stores.Close)
	h.pings = []ping{{"identity", h.stores.Identity.Ping}, {"usage", h.stores.Usage.Ping}}
	if o.Migrate || h.config.Demo {
		if err := h.stores.Migrate(ctx); err != nil {
			return err
		}
	}
	return h.stores.ready(ctx)
}

// openKeys opens the keys and holds them against both databases. Only the demo makes keys, and
// only when nothing was ever written: keys for a database in use would make it unreadable.
func (h *Hub) openKeys(ctx context.Context, _ Options) error {
	h.identity = identitydb.New(h.stores.Identity)
	var err error
	if h.usage, err = usagedb.New(ctx, h.stores.Usage); err != nil {
		return fmt.Errorf("usage database: %w", err)
	}
	h.usage.Log = h.log
	if h.config.Demo && noKeys(h.config.Keys.Dir) {
		unused, err := fresh(ctx, h.identity, h.usage)
		if err != nil {
			return err
		}
		if unused {
			if err := CreateKeys(h.config, h.now()); err != nil {
				return err
			}
		}
	}
	if h.keys, err = openKeys(h.config); err != nil {
		return err
	}
	return compareKeys(ctx, h.keys.ring.Checks(), map[string]checked{"identity": h.identity, "usage": h.usage})
}
