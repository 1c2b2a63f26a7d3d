package login

import (
	"slices"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Step is what comes next in a login. The set is closed; Next is the only place that decides.
type Step interface{ step() }

// Choose puts the means to the citizen. Have is what is proved already; if it is not None the
// page says that this needs stronger proof. Offers may be empty: then nothing here can reach it.
type Choose struct {
	Have, Need identity.Level
	Offers     []connectors.Offer
	Failure    string
}

// Stopped tells a citizen who proved who they are why they are not let in. They may try another
// means, if there is one, or go back to the party.
type Stopped struct {
	Code   StopCode
	Ref    string // to quote when asking for help
	Case   string // the number of the case that was opened; "" if there is none
	MayAsk bool   // whether the citizen can have somebody look whose login this is
	Choose
}

// Tie asks whether the means that is tied to nobody yet is this person's, too. Both were proved in
// this login.
type Tie struct {
	Means   identity.Means
	Choice  string
	Told    identity.Attributes // what that means said of its holder
	Outcome TieOutcome
	Need    identity.Level // with TieWeak: how strong the other proof must be
	Case    string         // with TieConflict: the number to quote
}

// Confirm asks whether the account at hand is the one meant (prompt=select_account).
type Confirm struct{}

// Represent asks for whom the person acts: for themselves or for somebody whom the register lets them act for.
type Represent struct{ Failure string }

// Consent puts the question to the citizen.
type Consent struct{ Question consent.Question }

// Deliver gives the answer: everything asked is settled.
type Deliver struct{ Release consent.Release }

// Repeat gives the same answer again.
type Repeat struct{}

// Refuse ends the login without a grant.
type Refuse struct{ Outcome Outcome }

func (Choose) step()    {}
func (Confirm) step()   {}
func (Represent) step() {}
func (Stopped) step()   {}
func (Tie) step()       {}
func (Consent) step()   {}
func (Deliver) step()   {}
func (Repeat) step()    {}
func (Refuse) step()    {}

// Phishable is the failure of who proved who they are by something that a false page could have asked for,
// where that is not enough.
const Phishable = "phishable"

// Next decides the next step of a login. An authentication made in this login counts in full;
// the session's cap and max_age apply only to one made in another; prompt=login and max_age=0
// are met by an authentication that began after this request arrived.
func Next(l Login, now time.Time) Step {
	switch {
	case l.Answered != nil:
		return Repeat{}
	case l.Refused != "":
		return Refuse{l.Refused}
	case !l.proved(now):
		return l.prove()
	case !l.hinted():
		return Refuse{LoginNeeded} // OpenID Connect Core §3.1.2.1: id_token_hint names somebody else
	case l.tying(now):
		return l.tie()
	case l.Request.Prompt.SelectAccount && !l.Account && l.Reused():
		return Confirm{}
	case l.deciding() && l.Request.Prompt.None: // for whom somebody acts is never guessed
		return Refuse{LoginNeeded}
	case l.deciding():
		return Represent{l.failure()}
	}
	if l.Party.Own {
		return Deliver{}
	}
	question, release := consent.Plan(l.ask(), l.Party, l.usage(), l.Known, l.Standing, now)
	switch {
	case question == nil:
		return Deliver{release}
	case l.Request.Prompt.None && l.Standing == nil:
		// OpenID Connect Core §3.1.2.1 leaves the code open. A party that this person has let nothing be
		// remembered for must not find out that they are logged in, how surely and since when (attacks SE-17).
		return Refuse{LoginNeeded}
	case l.Request.Prompt.None:
		return Refuse{ConsentNeeded}
	default:
		return Consent{*question}
	}
}

// hinted reports whether who proved who they are is whom the party named, also by a name from before
// two persons became one. Who may act for others is compared once they have said for whom.
func (l Login) hinted() bool {
	return l.Request.Hint == "" || l.deciding() || l.Subject() == l.Request.Hint || slices.Contains(l.Merged(), l.Request.Hint)
}

// proved reports whether what was proved is enough, and fresh enough.
func (l Login) proved(now time.Time) bool {
	if !l.Level().Satisfies(l.Needs()) {
		return false
	}
	if !l.Reused() {
		return true
	}
	if l.Request.Prompt.Login {
		return false
	}
	age := max(now.Sub(l.Proof.AuthTime), 0) // a means whose clock is ahead makes nobody younger than now
	return l.Request.MaxAge == nil || age < *l.Request.MaxAge
}

// prove asks for a means, or says that none may be asked for.
func (l Login) prove() Step {
	if l.Request.Prompt.None {
		return Refuse{LoginNeeded}
	}
	choose := Choose{Need: l.Needs(), Failure: l.Failure, Offers: l.offers()}
	if l.Failure == "" && l.Proof != nil && !l.resists() {
		choose.Failure = Phishable
	}
	if l.Request.Preferred > l.Needs() { // as high as the citizen can: what reaches it leads, what is enough follows
		reaches := func(o connectors.Offer) bool { return o.Reaches.Satisfies(l.Request.Preferred) }
		slices.SortStableFunc(choose.Offers, func(a, b connectors.Offer) int { return order(reaches(a), reaches(b)) })
	}
	if level := l.Level(); !level.Satisfies(l.Needs()) {
		choose.Have = level
	}
	if l.Stopped != "" {
		return Stopped{Code: l.Stopped, Ref: l.Ref(), Case: l.Case, MayAsk: l.mayAsk(), Choose: choose}
	}
	return choose
}

// order puts what is true before what is not.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

func (l Login) permitted() []connectors.Use {
	uses := make([]connectors.Use, len(l.Party.Means))
	for i, m := range l.Party.Means {
		uses[i] = connectors.Use(m)
	}
	return uses
}
