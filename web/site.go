// Package web shows the hub to people and hands machines on to the endpoints that serve them:
// routes and their guards, header and cookie policy, forms, pages and languages. What comes next in
// a login is decided by package login, what a party is told by package oauth; nothing is kept here.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/enrolment"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// HostName names one of the hosts that the installation answers as.
type HostName string

// Hub is the host of the issuer, where every login's pages are.
const Hub HostName = "hub"

// Metadata serves what describes the provider.
type Metadata interface {
	Discovery(http.ResponseWriter, *http.Request) error
	ServerMetadata(http.ResponseWriter, *http.Request) error
	JWKS(http.ResponseWriter, *http.Request) error
	KeyHistory(http.ResponseWriter, *http.Request) error
}

// Tokens serves the endpoints that programs of parties call, and answers what goes wrong there.
type Tokens interface {
	Token(http.ResponseWriter, *http.Request) error
	Userinfo(http.ResponseWriter, *http.Request) error
	Revoke(http.ResponseWriter, *http.Request) error
	Proof(http.ResponseWriter, *http.Request) error
	WriteError(http.ResponseWriter, *http.Request, error)
}

// Registers takes what registers tell of their own accord.
type Registers interface {
	Events(http.ResponseWriter, *http.Request) error
}

// Logins opens logins and finds them again. *login.Service is one, as of the next six.
type Logins interface {
	Begin(ctx context.Context, request login.Request, sessionCookie string) (*login.Login, string, error)
	Open(ctx context.Context, cookie string) (*login.Login, error)
	Next(*login.Login) login.Step
	Cookie(*login.Login) string
	HandleLogin(means identity.Means, handle string) (short string, ok bool)
}

// Legs runs one try at one means.
type Legs interface {
	Start(ctx context.Context, l *login.Login, means identity.Means, choice string) error
	Finish(ctx context.Context, l *login.Login, means identity.Means, handle string, in connectors.Input, sessionCookie string) (string, error)
}

// Answers takes what the citizen decides.
type Answers interface {
	Approve(context.Context, *login.Login, consent.Approval) (login.Answered, error)
	Deliver(context.Context, *login.Login) (login.Answered, error)
	Decline(context.Context, *login.Login) error
	GiveUp(context.Context, *login.Login) error
}

// Accounts says whose login it is to be.
type Accounts interface {
	ConfirmAccount(context.Context, *login.Login) error
	SwitchAccount(context.Context, *login.Login) error
	Session(ctx context.Context, cookie string) (*login.SessionView, error)
	EndSession(ctx context.Context, cookie string) error
}

// Upstreams speaks with the upstreams of means: what is published for them, and logouts both ways.
type Upstreams interface {
	Document(context.Context, identity.Means) (connectors.Document, error)
	HearLogout(context.Context, identity.Means, connectors.Input) (connectors.Reply, error)
	EndUpstream(ctx context.Context, cookie string) string
}

// Ties takes whether a means that nobody is known by is the citizen's.
type Ties interface {
	Tie(context.Context, *login.Login) error
	LeaveUntied(context.Context, *login.Login) error
	AskWhose(context.Context, *login.Login) error
}

// Represents takes for whom the person acts who logged in.
type Represents interface {
	Wards(context.Context, *login.Login) (login.Wards, error)
	Represent(ctx context.Context, l *login.Login, handle string) error
	ChooseAgain(context.Context, *login.Login) error
}

// Forms makes and checks the hidden token of a form, bound to a login's secret and to the form.
type Forms interface {
	FormToken(l *login.Login, form string) string
	CheckForm(l *login.Login, form, token string) bool
}

// Doors logs people in at our own hosts.
type Doors interface {
	Knock(ctx context.Context, k login.Knock, sessionCookie string) (*login.Login, error)
	Enter(context.Context, *login.Login) (login.Entry, error)
	Arrive(ctx context.Context, door, handle, secret string) (cookie, to string, err error)
	Visitor(ctx context.Context, door, cookie string, active bool) (*login.Visitor, error)
	Leave(ctx context.Context, door, cookie string) error
}

// Site is everything the pages stand on. All fields are set by the wiring and never change.
type Site struct {
	Issuer      string              // "https://id.example"
	Hosts       map[HostName]string // further hosts, as a browser writes them; Hub is the issuer's
	Brand       map[string]string   // what the installation calls itself, by language; "en" at least
	Logins      Logins
	Legs        Legs
	Answers     Answers
	Accounts    Accounts
	Upstreams   Upstreams
	Ties        Ties
	Represents  Represents
	Forms       Forms
	Doors       Doors
	Past        Past
	Lookers     Lookers
	Cursors     seal.Vault // seals where lists go on
	Links       Links
	Devices     Devices // nil: no office hands any out
	Further     Further
	Errands     Errands                                                                       // beside Further
	ProofOf     func(ctx context.Context, usage identity.UsageID, txn string) (string, error) // oauth.ErrNoProof
	Means       func() []connectors.Description                                               // all that are configured
	Initiates   func(client string) (party consent.RelyingParty, address string, ok bool)     // where a client's login begins
	Parties     func(consent.PartyID) (consent.RelyingParty, bool)                            // that are registered
	Kept        time.Duration                                                                 // how long decisions and refusals are
	HelpLine    string                                                                        // telephone number that pages send people to; "" for none
	Zone        *time.Location                                                                // whose time pages tell; nil: UTC
	OAuth       oauth.Web
	Cards       Cards             // what the card host hands over to; nil without one
	Simulators  bool              // a means may bring a simulator into its page: the demo alone
	Words       *locale.Catalogue // what the pages speak; nil: all that is built in
	Metadata    Metadata
	Tokens      Tokens
	Registers   Registers
	SessionID   func(session seal.RowID, client string) string // the sid that a client knows a session by
	Unavailable func(error) bool                               // whether an error says that a database does not answer
	Ref         func(context.Context) string                   // the reference of a request; nil: one is drawn here
	Log         *slog.Logger
	Now         func() time.Time
	Idle        time.Duration     // after which nobody is logged in at the desk any more
	Certified   bool              // computers of the desk may prove themselves by a certificate
	Office      *enrolment.Office // nil: nobody is enrolled here
	Staff       *staff.Registry
	Systems     Systems // nil: no register system opens cases here
	// Colleagues gives the person behind somebody who logged in at a door; Newcomer finds who is to be
	// appointed, with the name that the register knows.
	Colleagues    func(context.Context, identity.UsageID) (identity.PersonID, error)
	Newcomer      func(context.Context, staff.Member, identity.Identifier) (identity.PersonID, identity.Secret, error)
	HandedOut     string                         // kind of the means of what offices hand out
	NumberCountry string                         // whose national numbers are typed at desks: "PL"
	From          func(*http.Request) netip.Addr // the network address that a request comes from
	Limits        Limits                         // nil: nothing is too much
}

// pages is a Site with what was made of it at the start.
type pages struct {
	Site
	scheme   string // of every host
	loopback bool
	words    *locale.Catalogue
	looks    looks
	cross    *http.CrossOriginProtection
	opened   map[HostName]*http.ServeMux // the pages that a GET opens; their handlers count for nothing
}

// New makes the handler of the public listener.
func New(site Site) (http.Handler, error) {
	p, err := newPages(site)
	if err != nil {
		return nil, err
	}
	return p.serve(p.routes()), nil
}

func newPages(site Site) (*pages, error) {
	issuer, err := url.Parse(site.Issuer)
	if err != nil || issuer.Host == "" {
		return nil, fmt.Errorf("web: the issuer is not a URL: %q", site.Issuer)
	}
	if site.Words == nil {
		if site.Words, err = locale.Load(); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
	}
	looks, err := loadLooks()
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	hosts := map[HostName]string{Hub: strings.ToLower(issuer.Host)}
	for name, host := range site.Hosts {
		if name != Hub {
			hosts[name] = strings.ToLower(host)
		}
	}
	site.Hosts = hosts
	if site.Zone == nil {
		site.Zone = time.UTC
	}
	return &pages{
		Site: site, scheme: issuer.Scheme, loopback: isLoopback(issuer.Hostname()),
		words: site.Words, looks: looks, cross: http.NewCrossOriginProtection(), opened: map[HostName]*http.ServeMux{},
	}, nil
}

// origin gives scheme and host, as browsers write an Origin.
func (p *pages) origin(host HostName) string { return p.scheme + "://" + p.Hosts[host] }

// portalAddress is where people look after what was told of them and what they log in with; "" where there is none.
func (p *pages) portalAddress() string {
	if p.Hosts[Portal] == "" {
		return ""
	}
	return p.origin(Portal) + "/"
}

// doors are those of our own hosts that this installation has, in the order of their names.
func (p *pages) doors() []HostName {
	var all []HostName
	for _, host := range []HostName{Desk, Officer, Operator, Portal} {
		if p.Hosts[host] != "" {
			all = append(all, host)
		}
	}
	return all
}
