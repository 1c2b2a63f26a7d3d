package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"symbolon/config"
	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/journal"
	"symbolon/provider/limit"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/subject"
	"symbolon/web"
)

func loopbackIssuer(c config.Config) bool {
	u, err := url.Parse(c.Issuer)
	return err == nil && config.Loopback(u.Hostname())
}

// openRegistry applies the parties file of the settings, if any, and reads the registry.
func (h *Hub) openRegistry(ctx context.Context, _ Options) error {
	if h.config.PartiesFile != "" {
		file, err := ReadParties(h.config.PartiesFile, Registration(h.config))
		if err != nil {
			return fmt.Errorf("parties_file: %w", err)
		}
		if _, err := h.Roster().Apply(ctx, file); err != nil {
			return fmt.Errorf("parties_file: %w", err)
		}
	}
	var err error
	h.registry, err = oauth.OpenRegistry(ctx, h.usage, h.log)
	return err
}

// Roster changes the parties of this hub.
func (h *Hub) Roster() Roster { return Roster{Usage: h.usage, Journal: h.usageJournal()} }

func (h *Hub) usageJournal() journal.Recorder {
	return journal.Recorder{Vault: h.keys.sealing, Store: h.usage, Now: h.now}
}

// wireLogins puts together what runs logins.
func (h *Hub) wireLogins(ctx context.Context, o Options) error {
	kinds := o.Kinds
	if kinds == nil {
		kinds = Kinds()
	}
	var err error
	if h.rules, err = Rules(h.config); err != nil {
		return err
	}
	if err := keepRules(ctx, h.usage, h.rules); err != nil {
		return err
	}
	matcher := tools{h.identity, h.usage, h.keys}.matcher(h.config, h.now)
	h.people = matcher
	if h.offices, err = openOffices(ctx, h.identity); err != nil {
		return err
	}
	all, err := h.connect(kinds)
	if err != nil {
		return err
	}
	registers, err := h.registers()
	if err != nil {
		return err
	}
	partners, err := h.sources()
	if err != nil {
		return err
	}
	matcher.Authoritative, matcher.Most = authoritative(all), mostOf(h.authenticators)
	notifier, err := h.messages(matcher)
	if err != nil {
		return err
	}
	if h.hearing != nil {
		h.hearing.People, h.hearing.Resting = matcher, resting(all)
		h.hearing.Ending = login.Ending{Store: h.usage, Journal: counted{h.usageJournal(), h.metrics}, Now: h.now}
	}
	h.logins = &login.Service{
		Connectors: all, Parties: h.registry, Doors: h.doors(all), Registers: registers,
		Register: claims.Register{Name: h.config.Registers.Name, Country: h.config.Registers.Country}, Matcher: matcher, Subjects: subject.Subjects{Names: h.usage},
		Partners: partners, PartnerNames: sourceNames(h.config), Statuses: h.statuses, UnknownStatus: unknownStatus(h.config), Deaths: matcher,
		Ledger: h.usage, Notifier: notifier, Journal: counted{h.usageJournal(), h.metrics}, Logins: h.usage, Sessions: h.usage, Upstreams: h.usage, Decisions: h.usage, Ends: h.usage, Past: h.usage, Devices: h.usage, Once: h.usage,
		Offices: h.offices, Loosely: h.usage.Loosely, Mint: h.keys.mint, HandleKey: h.keys.handle, Rules: h.rules, Evidence: h.keys.evidence(), Log: h.log, Now: h.now,
		Callback: h.callback, Turns: make(chan struct{}, turns),
		Lifetimes: login.Lifetimes{
			Login: h.config.Lifetimes.Login, Leg: h.config.Lifetimes.Leg,
			SessionIdle: h.config.Lifetimes.SessionIdle, SessionAbsolute: h.config.Lifetimes.SessionAbsolute,
		},
	}
	if r, ok := registers.(login.Relations); ok {
		h.logins.Relations = r
	}
	h.logins.Numbers = subject.Numbers{Store: h.identity, Vault: h.keys.sealing}
	h.logins.Ties, h.logins.Links, h.logins.Represented, h.logins.MinimumAge = matcher, matcher, matcher, h.config.Matching.MinimumAge
	return nil
}

// turns is how many answers of means are written at once: half of the connections to a database, so that there is
// always one for whoever does something else.
const turns = 4

// callback is where the answers of a means arrive.
func (h *Hub) callback(means identity.Means) string {
	return h.config.Issuer + "/callback/" + string(means)
}

func authoritative(all []connectors.Connector) map[identity.Means][]string {
	trusted := map[identity.Means][]string{}
	for _, c := range all {
		d := c.Describe()
		trusted[d.ID] = d.Authoritative
	}
	return trusted
}

// wireProvider puts the OpenID provider together.
func (h *Hub) wireProvider(context.Context, Options) error {
	l := h.config.Lifetimes
	names := assurance.Names{Base: h.config.Assurance.Base, Aliases: map[string]identity.Level{}}
	for level, aliases := range h.config.Assurance.Aliases {
		for _, alias := range aliases {
			names.Aliases[alias], _ = identity.ParseLevel(level) // the settings were checked
		}
	}
	var err error
	h.provider, err = oauth.New(oauth.Settings{
		Issuer: h.config.Issuer, Registry: h.registry, Grants: countedGrants{h.usage, h.metrics}, Once: h.usage, Proofs: h.usage, Limit: h.keeper(), Signing: signing{h.keys.signing},
		Mint: h.keys.mint, DeriveKey: h.keys.derive, ACR: names, Journal: counted{h.usageJournal(), h.metrics},
		Lifetimes: oauth.Lifetimes{Code: l.Code, Access: l.Access, IDToken: l.IDToken, Refresh: l.Refresh, Values: l.Values, Grace: l.Grace},
		HTTP:      &http.Client{Transport: newPartyHosts(h.registry, loopbackIssuer(h.config), h.now), CheckRedirect: noRedirect, Timeout: 5 * time.Second},
		Further:   further(h.config), Cards: withCards(h.logins.Connectors),
		Languages: h.words.Codes(), Spoken: spoken(h.config), Gate: h.gate, Mandates: h.logins.Borne, Log: h.log, Now: h.now,
	})
	return err
}

// initiates gives where the login of a client begins that says so and is switched on, with its party.
func (h *Hub) initiates(client string) (consent.RelyingParty, string, bool) {
	c, known := h.registry.Client(client)
	if !known || c.Disabled || c.InitiateLoginURI == "" {
		return consent.RelyingParty{}, "", false
	}
	party, known := h.registry.Party(c.Party)
	return party, c.InitiateLoginURI, known && !party.Disabled
}

// keeper counts what is limited, for all replicas together.
func (h *Hub) keeper() *limit.Keeper {
	return &limit.Keeper{Store: h.usage, Key: h.keys.limit, Now: h.now}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// gate says whether what a grant rests on still stands. That the client and its party are
// switched on, the registry says before. A code is worth nothing after its session has ended; what
// was redeemed before lives on by its own rules.
func (h *Hub) gate(ctx context.Context, g oauth.Grant) error {
	session := g.Session
	if g.State != oauth.GrantCode {
		session = seal.RowID{}
	}
	return h.logins.Stands(ctx, g.Means, g.Office, session)
}

// wirePages puts the public handler together: from outside in, the log, the pages
// with their limits.
func (h *Hub) wirePages(context.Context, Options) error {
	var trusted proxies
	for _, network := range h.config.Listen.TrustedProxies {
		p, err := netip.ParsePrefix(network)
		if err != nil {
			return fmt.Errorf("trusted_proxies: %w", err)
		}
		trusted = append(trusted, p)
	}
	site := web.Site{
		Issuer: h.config.Issuer, Hosts: h.hosts(), Brand: h.config.Brand.Name, Logins: h.logins, Legs: h.logins, Answers: h.logins,
		Accounts: h.logins, Upstreams: h.logins, Doors: h.logins, Means: h.logins.Descriptions, Past: h.logins, Parties: h.registry.Party, Initiates: h.initiates, Zone: h.config.Zone(), HelpLine: h.config.HelpLine, Kept: h.config.Retention.Usage, SessionID: h.provider.SessionID, Forms: h.logins, OAuth: h.provider, Metadata: h.provider, Tokens: h.few(h.provider, h.config.Limits.TokenParallel, time.Second),
		Idle:        h.config.Lifetimes.StaffIdle,
		Ties:        h.logins,
		Represents:  h.logins,
		Links:       h.logins,
		ProofOf:     h.provider.ProofOf,
		Lookers:     h.lookers(),
		Devices:     h.devices(),
		Further:     h.further(),
		Words:       h.words,
		Errands:     errands{h.keys.sealing, h.now},
		Cursors:     h.keys.sealing,
		Registers:   Push{h.hearing, h.config.Registers.PushToken},
		Unavailable: func(err error) bool { return errors.Is(err, store.ErrUnavailable) }, Ref: refOf, Log: h.log,
		Simulators: h.config.Demo, Cards: cards(h.logins.Connectors), Now: h.now,
		Certified: h.config.Listen.DeskCertified,
		Office:    h.office, Staff: h.staff, Colleagues: h.people.AtDesk, Newcomer: h.newcomer, NumberCountry: h.config.Registers.Country, From: trusted.source, HandedOut: enrolled.Kind,
		Limits: h.limits(trusted),
	}
	if h.systems != nil {
		site.Systems = h.systems
	}
	pages, err := web.New(site)
	if err != nil {
		return err
	}
	h.public = h.observed(pages)
	return nil
}
