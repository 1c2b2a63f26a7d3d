// Package login runs one login: which means may be tried, who it turned out to be, what must be
// asked, and what may be answered. Next is the only place that decides what comes next. How a
// request arrived and how its answer travels is left to the channel, what people see to the pages.
package login

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/seal"
)

// Prompt is the set of prompts a request may name (OpenID Connect Core §3.1.2.1).
type Prompt struct {
	None          bool `json:"none,omitempty"`
	Login         bool `json:"login,omitempty"`
	Consent       bool `json:"consent,omitempty"`
	SelectAccount bool `json:"select_account,omitempty"`
}

// Request is what a channel (OpenID Connect, a desk of ours) asks of one login. It was validated
// by the channel; what the party may ask is checked here.
type Request struct {
	Client    string          `json:"client"`
	Party     consent.PartyID `json:"party"`
	Ask       consent.Ask     `json:"ask"`
	Minimum   identity.Level  `json:"minimum"`             // None: whatever the party's floor is
	Preferred identity.Level  `json:"preferred,omitempty"` // means that reach it are shown first; it demands nothing
	Prompt    Prompt          `json:"prompt"`
	MaxAge    *time.Duration  `json:"max_age,omitempty"`
	Hint      string          `json:"hint,omitempty"` // the subject that an id_token_hint names
	Languages []string        `json:"languages,omitempty"`
	Arrived   time.Time       `json:"arrived"`
	Channel   json.RawMessage `json:"channel"` // what the channel needs in order to answer; opaque here
}

// Login is one login under way, the only thing that travels the whole way. What is stored of it
// is sealed to its cookie. The second group of fields is filled when it is opened, never stored.
type Login struct {
	ID         seal.RowID
	Gen        uint32
	Created    time.Time
	Expires    time.Time
	Request    Request
	Leg        *Leg        // the means being tried now
	Proof      *Proof      // what has been proved
	Failure    string      // why the last leg gave nothing: a connectors.FailureCode
	Stopped    string      // why the person who logged in is not let in: a StopCode
	Case       string      // the number of the case that a human looks at; "" if there is none
	Untied     *Untied     // a means that is tied to nobody yet, and may be to whoever logs in next
	Account    bool        // the citizen said that this is the account they mean
	Represents *Represents // for whom they said that they act, where the party lets them; nil: nothing yet
	Refused    Outcome     // "" while the login is open
	Answered   *Receipt    // set once; from then on only the same answer can be given

	Bearer   seal.Bearer
	Language string // the language that the pages are shown in now; set by them
	Device   string // what the browser is known by; set by the pages, "" if it keeps nothing
	Party    consent.RelyingParty
	Standing *consent.Decision        // an earlier decision about this party that still stands
	Decision assurance.Decision       // over Proof, as of now
	Inputs   assurance.Inputs         // of the decision: all that is kept of what it was made of
	Means    []connectors.Description // all that are configured
	fallen   bool                     // the office behind the proof is switched off
	Known    identity.Attributes      // the proof's attributes and what can be computed from them
	key      seal.DataKey
	unkept   bool                      // it has no row
	opened   time.Time                 // by the database's clock
	upstream *identity.UpstreamSession // what the proof's session is called at the means; only while it is opened

	deviceSeen time.Time // the day on which the person last logged in with this browser; only while the session is opened
}

// Proof is what a person proved, in this login or in the one that made the session.
type Proof struct {
	Usage      identity.UsageID
	Subject    string   // sub at this login's party
	Merged     []string // further subs there of the same human, who was two persons here
	Means      identity.Means
	Choice     string
	Issuer     string
	Office     string            // that handed out what the person logged in with; several with a space between, "" for none
	Document   identity.Document // that the means rests on, where it is one
	Evidence   []identity.Evidence
	AMR        []string
	AuthTime   time.Time
	Login      seal.RowID // the login it was made in; it counts in full there
	Session    seal.RowID // zero: none
	Ends       time.Time  // when the session is over at the latest
	Attributes identity.Attributes
	Upstream   identity.Secret    // what ends the person's session at the means; empty: nothing
	Findings   []identity.Finding // of the situation: what speaks against the browser
	Also       []identity.Means   // further means by which the same person proved it in the same login
}

// Receipt is what a repeat of the answer needs.
type Receipt struct {
	Grant   seal.RowID `json:"grant"`
	Release seal.RowID `json:"release"`
}

// Outcome is how a login ends when it gives no grant: an error code of OAuth or OpenID Connect.
type Outcome string

// The ways to end without a grant.
const (
	AccessDenied  Outcome = "access_denied"                     // RFC 6749 §4.1.2.1
	LoginNeeded   Outcome = "login_required"                    // OpenID Connect Core §3.1.2.6
	ConsentNeeded Outcome = "consent_required"                  // same
	UnmetLevel    Outcome = "unmet_authentication_requirements" // OpenID Connect Unmet Authentication Requirements 1.0
)

// StopCode says why a person who proved who they are is not let in. The citizen is told on a page
// of its own (text "stopped.CODE"); the party never is.
type StopCode = string

// Why a person is not let in.
const (
	StopDeceased      StopCode = "deceased"
	StopFrozen        StopCode = "frozen"
	StopConflict      StopCode = "conflict" // data contradict what is known; a case was opened
	StopUnlinked      StopCode = "unlinked"
	StopRemoved       StopCode = "removed" // the person took this way off
	StopClosed        StopCode = "closed"  // the person lets no further way be added
	StopMinor         StopCode = "minor"   // below the age at which somebody logs in by themselves
	StopNotRegistered StopCode = "not_registered"
	StopNoRegister    StopCode = "no_register"
	StopOffice        StopCode = "office" // the office that handed out what they logged in with is switched off
)

// Needs is the weakest level that is enough for this login: the party's floor, or more if the
// request asked for more. Nothing in a request lowers the floor.
func (l Login) Needs() identity.Level {
	return max(l.Party.Floor, l.Request.Minimum, identity.Low)
}

// Level is what this login's proof is worth to its party now.
func (l Login) Level() identity.Level {
	if l.Proof == nil {
		return identity.None
	}
	if l.fallen || !l.resists() {
		return identity.None
	}
	return identity.Least(l.Decision.Level, l.permits(l.Proof.Means), l.ceiling(l.Proof.Means, l.Proof.Choice))
}

// resists reports whether what was proved is of the kind that the party asks for: at our own doors for
// staff, only what no false page could have asked for.
func (l Login) resists() bool {
	if !l.Party.Resistant {
		return true
	}
	found := false
	for _, e := range l.Proof.Evidence {
		if e.Means != l.Proof.Means { // a register's word, or an earlier means'
			continue
		}
		if !e.Resistant {
			return false
		}
		found = true
	}
	return found
}

// permits gives the most that a means counts for at this party; None if it is not permitted.
func (l Login) permits(means identity.Means) identity.Level {
	for _, m := range l.Party.Means {
		if m.Means == means {
			return m.UpTo
		}
	}
	return identity.None
}

// ceiling gives the most that a means can reach as it is configured now; None if it was switched
// off or taken away since.
func (l Login) ceiling(means identity.Means, choice string) identity.Level {
	for _, d := range l.Means {
		if d.ID == means && !d.Disabled {
			return d.CeilingOf(choice)
		}
	}
	return identity.None
}

// Reused reports whether the proof was made in another login.
func (l Login) Reused() bool { return l.Proof != nil && l.Proof.Login != l.ID }

// Ref is what a citizen may quote about this login: eight characters, also in the log and the
// journal. It says nothing about the person.
func (l Login) Ref() string {
	sum := sha256.Sum256(l.ID[:])
	return identity.Reference([5]byte(sum[:5]))
}

// locales are the languages to ask a means for: the one that the pages are shown in, then those of
// the request.
func (l Login) locales() []string {
	if l.Language == "" {
		return l.Request.Languages
	}
	return append([]string{l.Language}, l.Request.Languages...)
}
