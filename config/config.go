// Package config reads the installation's settings from one YAML file and the environment,
// refuses weak or unknown ones, and says everything that is wrong at once. It does not know what
// a connector's own settings mean: they stay raw and each kind decodes its own.
package config

import (
	"time"
	_ "time/tzdata" // a machine need not have the zones: the container has none
)

// Config is everything an operator decides. Secrets are never written in it: settings that end
// in _file name a file, and Load reads it.
type Config struct {
	Issuer      string      `koanf:"issuer"`
	Production  bool        `koanf:"production"` // false: loopback issuers are allowed
	Demo        bool        `koanf:"demo"`       // true: simulated connectors are allowed, keys are made by themselves
	Hosts       Hosts       `koanf:"hosts"`
	Doors       Doors       `koanf:"doors"`
	Desk        Desk        `koanf:"desk"`
	Listen      Listen      `koanf:"listen"`
	Databases   Databases   `koanf:"databases"`
	Keys        Keys        `koanf:"keys"`
	Connectors  []Connector `koanf:"connectors"`
	Registers   Registers   `koanf:"registers"`
	Matching    Matching    `koanf:"matching"`
	Sources     []Source    `koanf:"sources"`
	Systems     []System    `koanf:"register_systems"`
	Messages    Messages    `koanf:"messages"`
	Assurance   Assurance   `koanf:"assurance"`
	Lifetimes   Lifetimes   `koanf:"lifetimes"`
	Limits      Limits      `koanf:"limits"`
	TimeZone    string      `koanf:"time_zone"` // whose time pages and messages tell, such as Europe/Warsaw
	HelpLine    string      `koanf:"help_line"` // telephone number that pages and messages send people to; "" names none
	Retention   Retention   `koanf:"retention"`
	Languages   []string    `koanf:"languages"` // the first is used when nothing else is wanted; none: all that are built in
	Brand       Brand       `koanf:"brand"`
	Log         Log         `koanf:"log"`
	PartiesFile string      `koanf:"parties_file"` // applied at start; "" = only `symbolon party apply`
}

// Hosts is the table of the installation's host names; each has cookies of its own.
type Hosts struct {
	Hub      string `koanf:"hub"` // "" = the issuer's
	Portal   string `koanf:"portal"`
	Desk     string `koanf:"desk"`
	Officer  string `koanf:"officer"`
	Operator string `koanf:"operator"`
	Card     string `koanf:"card"`
	API      string `koanf:"api"`
}

// Doors say how people log in at our own hosts; a door is open when its host is set.
type Doors struct {
	Portal   Door `koanf:"portal"`
	Desk     Door `koanf:"desk"`
	Officer  Door `koanf:"officer"`
	Operator Door `koanf:"operator"`
}

// Door is how people log in at one of our own hosts.
type Door struct {
	Floor string   `koanf:"floor"` // the weakest level that lets in
	Means []string `koanf:"means"` // ids of connectors; none: all
}

// Desk says what clerks may do in a day, and when somebody else must look, too.
type Desk struct {
	LookUps    int           `koanf:"look_ups"`       // of one clerk in a day
	Enrolments int           `koanf:"enrolments"`     // of one clerk in a day
	Emergency  bool          `koanf:"emergency"`      // two clerks may go on, at the lowest level, while the registers do not answer
	Age        int           `koanf:"age"`            // from which somebody under 18 may be enrolled, with a guardian
	Opens      int           `koanf:"opens"`          // hour at the office; outside the hours a second clerk decides
	Closes     int           `koanf:"closes"`         // the same as opens: always open
	CapFlagged bool          `koanf:"cap_flagged"`    // what a second clerk had to decide reaches substantial at most for a day
	CodeTime   time.Duration `koanf:"code_time"`      // for which a code may be redeemed at the desk
	HomeTime   time.Duration `koanf:"home_code_time"` // and one at home
	// PhoneFirst are the offices where the citizen's phone may show a code, and the clerk scan it; "*": all.
	PhoneFirst []string `koanf:"phone_first"`
}

// Listen says where the two listeners are.
type Listen struct {
	Public         string   `koanf:"public"`          // for the world, host:port
	Admin          string   `koanf:"admin"`           // health and metrics, never for the world
	CertFile       string   `koanf:"cert_file"`       // "" = TLS ends at a trusted proxy in front
	KeyFile        string   `koanf:"key_file"`        //
	TrustedProxies []string `koanf:"trusted_proxies"` // networks whose X-Forwarded-For is believed
	// Card is where a proxy brings the requests of the hosts at which certificates are shown (card, api), with
	// the certificates that it saw: unix:PATH, or host:port with TLS in which the proxy proves itself. "" =
	// those hosts are on the public listener.
	Card            string `koanf:"card"`
	CardCertFile    string `koanf:"card_cert_file"` // the card host's own certificate, or the one that the proxy sees
	CardKeyFile     string `koanf:"card_key_file"`
	CardProxyCAFile string `koanf:"card_proxy_ca_file"` // who vouches for the proxy's certificate
	APICertFile     string `koanf:"api_cert_file"`      // the api host's own certificate; "" = cert_file, which then names that host
	APIKeyFile      string `koanf:"api_key_file"`
	DeskCertified   bool   `koanf:"desk_certificates"` // computers of the desk are asked for a certificate
	// Drain is how long requests are still taken after readiness has gone, so that what stands in
	// front has time to look.
	Drain time.Duration `koanf:"drain"`
}

// Databases are the two databases; nothing joins them but the join key.
type Databases struct {
	Identity Database `koanf:"identity"`
	Usage    Database `koanf:"usage"`
}

// Database is one of them. DSN and DSNFile exclude each other; Load reads the file into Source.
type Database struct {
	DSN     string `koanf:"dsn"`
	DSNFile string `koanf:"dsn_file"`
	Pool    int    `koanf:"pool"` // open connections at most, PostgreSQL only
	Source  Secret `koanf:"-"`
}

// Keys says where the keys lie and how signing keys turn over.
type Keys struct {
	Dir         string        `koanf:"dir"`
	RotateEvery time.Duration `koanf:"rotate_every"`
	PublishLead time.Duration `koanf:"publish_lead"` // how long a key is published before it signs
}

// Connector is one configured means. Its kind decodes the settings.
type Connector struct {
	ID       string         `koanf:"id"`
	Kind     string         `koanf:"kind"`
	Settings map[string]any `koanf:"settings"`
}

// Registers says where the population and document registers are asked; no URL = there are none.
type Registers struct {
	ID        string        `koanf:"id"`
	Name      string        `koanf:"name"`    // under which verified_claims tell of the population register
	Country   string        `koanf:"country"` // whose it is; ISO 3166-1 alpha-2
	URL       string        `koanf:"url"`
	TokenFile string        `koanf:"token_file"`
	CAFile    string        `koanf:"ca_file"`
	Languages []string      `koanf:"languages"` // tags of the languages in which it tells names and the like, its own first
	Timeout   time.Duration `koanf:"timeout"`
	Poll      time.Duration `koanf:"poll"` // how often their feed of events is read
	// UnknownStatus is the most that a document counts for while no register says how it stands: low
	// or substantial. High is never reached without.
	UnknownStatus string `koanf:"unknown_status"`
	// PushTokenFile names the token with which the registers tell events of their own accord; "" = they
	// do not.
	PushTokenFile string `koanf:"push_token_file"`
	AllowLoopback bool   `koanf:"allow_loopback"`
	Token         Secret `koanf:"-"`
	PushToken     Secret `koanf:"-"`
}

// Matching says how persons are told apart.
type Matching struct {
	Country    string            `koanf:"country"`     // of the local numbers given to who has no national one; "" = the registers'
	EIDAS      map[string]string `koanf:"eidas"`       // how long identifiers of a country last; "default" is for the rest
	MinimumAge int               `koanf:"minimum_age"` // at which somebody logs in by themselves; 0 = any
}

// Assurance names the levels as parties see them.
type Assurance struct {
	Base    string              `koanf:"base"`    // the levels' names are appended; eIDAS' own only where notified
	Aliases map[string][]string `koanf:"aliases"` // level → further acr values that mean it
	// RulesFile holds the rules by which evidence gives levels; "" are those that ship.
	RulesFile string `koanf:"rules_file"`
}

// Lifetimes say how long things live. The defaults are the longest allowed.
type Lifetimes struct {
	Login           time.Duration `koanf:"login"`
	Leg             time.Duration `koanf:"leg"`
	SessionIdle     time.Duration `koanf:"session_idle"`
	SessionAbsolute time.Duration `koanf:"session_absolute"`
	PortalIdle      time.Duration `koanf:"portal_idle"`
	PortalAbsolute  time.Duration `koanf:"portal_absolute"`
	StaffIdle       time.Duration `koanf:"staff_idle"` // at desk, officer and operator
	StaffAbsolute   time.Duration `koanf:"staff_absolute"`
	Code            time.Duration `koanf:"code"`
	Access          time.Duration `koanf:"access"`
	Refresh         time.Duration `koanf:"refresh"`
	Grace           time.Duration `koanf:"grace"`
	IDToken         time.Duration `koanf:"id_token"`
	Values          time.Duration `koanf:"values"` // how long after a login its values are told
}

// Limits say how much is too much.
type Limits struct {
	Requests       int           `koanf:"requests"`        // of people, from one source or one session, in requests_per
	PartyRequests  int           `koanf:"party_requests"`  // of relying parties' servers, from one source, in requests_per
	RequestsPer    time.Duration `koanf:"requests_per"`    //
	SystemRequests int           `koanf:"system_requests"` // at the api host, from one source, in requests_per
	SystemWaiting  int           `koanf:"system_waiting"`  // cases of one register system that wait for a clerk of one office
	TokenParallel  int           `koanf:"token_parallel"`  // token requests worked on at once
}

// Retention says how long things are kept.
type Retention struct {
	Usage    time.Duration `koanf:"usage"`    // what happened in use: releases, grants, decisions, their journal
	Identity time.Duration `koanf:"identity"` // the journal of persons and staff
	Messages time.Duration `koanf:"messages"` // to people, that could not be sent
	Contacts time.Duration `koanf:"contacts"` // addresses that newer ones replaced; notices go there, too
}

// Brand is what people read as the installation's name.
type Brand struct {
	Name map[string]string `koanf:"name"` // by language; "en" must be there
}

// Log says what is logged and how.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // json, text
}

const day = 24 * time.Hour

// Default gives the settings that hold when nothing is said. They are not complete: issuer,
// listeners, databases and the folder of keys are the operator's to name.
func Default() Config {
	return Config{
		Production: true,
		TimeZone:   "UTC",
		Desk:       Desk{LookUps: 60, Enrolments: 30, Age: 13, CapFlagged: true, CodeTime: 15 * time.Minute, HomeTime: 72 * time.Hour},
		Doors:      Doors{Portal: Door{Floor: "low"}, Desk: Door{Floor: "substantial"}, Officer: Door{Floor: "substantial"}, Operator: Door{Floor: "substantial"}},
		Listen:     Listen{Admin: "127.0.0.1:9090", Drain: 3 * time.Second},
		Databases:  Databases{Identity: Database{Pool: 10}, Usage: Database{Pool: 20}},
		Keys:       Keys{RotateEvery: 90 * 24 * time.Hour, PublishLead: 24 * time.Hour},
		Registers:  Registers{ID: "register", Timeout: 3 * time.Second, Poll: 10 * time.Second, UnknownStatus: "low"},
		Messages:   Messages{Timeout: 5 * time.Second},
		Assurance:  Assurance{Base: "http://eidas.europa.eu/LoA/"},
		Lifetimes:  longest(),
		Limits:     Limits{Requests: 3000, PartyRequests: 15_000, RequestsPer: 5 * time.Minute, SystemRequests: 6000, SystemWaiting: 100, TokenParallel: 64},
		Retention:  Retention{Usage: 730 * day, Identity: 5 * 365 * day, Messages: 7 * day, Contacts: 30 * day}, // 24 months, 5 years; later than a week a notice only worries people
		Brand:      Brand{Name: map[string]string{"en": "Symbolon"}},
		Log:        Log{Level: "info", Format: "json"},
	}
}

// longest gives the maxima: lifetimes may be set downward only.
func longest() Lifetimes {
	return Lifetimes{
		Login:           30 * time.Minute,
		Leg:             10 * time.Minute,
		SessionIdle:     30 * time.Minute,
		SessionAbsolute: 8 * time.Hour,
		PortalIdle:      15 * time.Minute,
		PortalAbsolute:  8 * time.Hour,
		StaffIdle:       5 * time.Minute,
		StaffAbsolute:   10 * time.Hour,
		Code:            60 * time.Second, // RFC 6749 §4.1.2 allows ten minutes; a browser needs seconds
		Access:          10 * time.Minute,
		Refresh:         30 * 24 * time.Hour,
		Grace:           10 * time.Second,
		IDToken:         5 * time.Minute,
		Values:          24 * time.Hour,
	}
}
