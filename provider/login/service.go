package login

import (
	"context"
	"log/slog"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/journal"
	"symbolon/provider/once"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// Parties gives relying parties from memory.
type Parties interface {
	Party(consent.PartyID) (consent.RelyingParty, bool)
}

// Registers are asked about a person by identifier. Errors: register.ErrNotFound,
// register.ErrUnavailable.
type Registers interface {
	Person(context.Context, identity.Identifier) (register.Person, error)
	Documents(context.Context, identity.Identifier) ([]register.Document, error)
}

// Matcher finds the one person behind an authentication, or makes them. Its errors are
// sentinels of package subject.
type Matcher interface {
	Match(context.Context, identity.Authentication, *subject.Registered) (identity.Person, error)
}

// Ties ties a means that nobody is known by to the person who proves both.
type Ties interface {
	Account(context.Context, identity.UsageID) (subject.Account, error)
	Tie(ctx context.Context, usage identity.UsageID, auth identity.Authentication, ties uint32, by []identity.Means, note subject.Note) error
	Ask(context.Context, identity.Authentication) (string, error)
	// Cancelled tells the holder of a document that somebody came with it after it was cancelled, and
	// gives them; the zero person where nobody is known by it.
	Cancelled(context.Context, identity.Authentication, subject.Note) (identity.Person, error)
}

// Numbers gives the current numbers of a person who has just proved who they are.
type Numbers interface {
	Numbers(context.Context, identity.PersonID) ([]identity.Identifier, error)
}

// Links lists a person's ways to log in and changes them, at the person's own wish.
type Links interface {
	Bindings(context.Context, identity.UsageID) ([]subject.Binding, error)
	Unlink(context.Context, identity.UsageID, subject.BindingID, identity.Level, subject.Note) (subject.Binding, error)
	Relink(context.Context, identity.UsageID, subject.BindingID, identity.Level, subject.Note) error
	Reproved(context.Context, identity.UsageID) error
	// WaysClosed says whether further ways may be added by the person's number, and changes it if set says so.
	WaysClosed(ctx context.Context, usage identity.UsageID, set *bool, note subject.Note) (bool, error)
}

// Subjects gives the pairwise subject of a person in a sector, the same for ever.
type Subjects interface {
	Subject(ctx context.Context, sector string, usage identity.UsageID) (string, error)
	// Merged gives the person's further names there, if they were two persons here before.
	Merged(ctx context.Context, sector string, usage identity.UsageID) ([]string, error)
}

// Ledger keeps what citizens decided.
type Ledger interface {
	// Standing gives what stands about somebody by somebody's decision: their own, or who acts for them.
	Standing(ctx context.Context, party consent.PartyID, about, by identity.UsageID) (*consent.Decision, error)
	// Withdraw ends a decision that stands: from now on the citizen is asked again.
	Withdraw(ctx context.Context, party consent.PartyID, about, by identity.UsageID) error
}

// Notifier tells a person that something happened: never party, attribute, level or means.
type Notifier interface {
	LoggedIn(ctx context.Context, person identity.Person, contacts identity.Attributes, ref string, at time.Time) error
}

// Once is a store that also says whether something was consumed, as long as that matters.
type Once interface {
	once.Store
	Used(context.Context, once.Secret) (bool, error)
}

// Recorder turns an entry into a row for the journal and appends it. Note is for what happens
// outside the database: it does not wait for the disk.
type Recorder interface {
	Row(journal.Entry) (journal.Row, error)
	Append(context.Context, journal.Row) error
	Note(context.Context, journal.Row) error
}

// Service runs logins. All fields are set by the wiring and never change.
type Service struct {
	Connectors   []connectors.Connector // in the order in which they are shown
	Parties      Parties
	Doors        map[string]Door   // our own hosts, by name
	Registers    Registers         // nil: there are none
	Register     claims.Register   // how parties are told of the population register
	Relations    Relations         // nil: nobody acts for anybody
	Represented  Represented       // whom others act for
	Partners     Partners          // further sources of attributes; nil: there are none
	PartnerNames map[string]string // what each is called, for evidence
	Statuses     Statuses          // asked about documents that means rest on
	// UnknownStatus is the most that a document counts for while no register says how it stands;
	// substantial at most.
	UnknownStatus identity.Level
	Deaths        Deaths
	Matcher       Matcher
	Ties          Ties
	Numbers       Numbers // nil: nobody has a local one
	Links         Links
	MinimumAge    int // at which somebody logs in by themselves; 0: any
	Subjects      Subjects
	Ledger        Ledger
	Notifier      Notifier
	Journal       Recorder
	Logins        Logins
	Sessions      Sessions
	Upstreams     UpstreamSessions
	Decisions     Decisions
	Ends          Ends
	Past          Past
	Offices       Offices       // nil: none is ever switched off
	Devices       Devices       // nil: none is remembered, and none is asked about
	Once          Once          // of answers that could be presented to another leg, and of cancelled cards
	Turns         chan struct{} // as many answers of means are written at once as it holds; nil: any number
	// Loosely runs writes to the usage database in one transaction that need not wait for the disk.
	Loosely   func(context.Context, func(context.Context) error) error
	Mint      seal.Mint
	HandleKey [32]byte // MACs the state sent upstream and the tokens of forms
	Rules     assurance.Rules
	Evidence  *EvidenceKey // nil: no full records are kept
	Log       *slog.Logger
	Now       func() time.Time
	Callback  func(identity.Means) string // our absolute callback URL of a connector
	Lifetimes Lifetimes
}

// Lifetimes are how long things live.
type Lifetimes struct {
	Login           time.Duration // from the last step; 30 minutes
	Leg             time.Duration // one try at one means; 10 minutes
	SessionIdle     time.Duration // 30 minutes
	SessionAbsolute time.Duration // 8 hours
}
