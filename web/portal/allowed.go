package portal

import (
	"strconv"

	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/web/citizen"
)

// Allowed is the screen of what somebody allowed.
type Allowed struct {
	Parties []Allowing
	Done    string // the party that something was just taken back from; "" for none
}

// Allowing is what one party may learn without asking again.
type Allowing struct {
	ID      string
	Place   string // on the page: the party's id, and a number where it is there more than once
	Party   citizen.Party
	Since   string
	Until   string // "" if nothing is remembered
	Rows    []Row
	ByLaw   bool   // some of it a law lets them know, whatever is taken back
	Acts    string // who decided about whom, as on the screen of who asked
	Fetches string // until when they may fetch again by themselves; "" if they may not
}

// AllowedOf gives the screen; done is the party that something was just taken back from.
func AllowedOf(all []login.Allowing, done *consent.RelyingParty, l Look) Allowed {
	var a Allowed
	if done != nil {
		a.Done = l.party(*done).Name
	}
	times := map[consent.PartyID]int{}
	for _, one := range all {
		shown := Allowing{ID: string(one.Party.ID), Party: l.party(one.Party), Since: l.day(one.Since), Acts: string(one.Acts)}
		shown.Place = shown.ID
		if times[one.Party.ID]++; times[one.Party.ID] > 1 {
			shown.Place += "-" + strconv.Itoa(times[one.Party.ID])
		}
		if d := one.Decision; d != nil {
			shown.Since, shown.Until, shown.Rows = l.day(d.At), l.day(d.Until), agreed(l.rows(d.Allowed, one.Party), one.Acts)
			for _, r := range d.Allowed {
				shown.ByLaw = shown.ByLaw || r.Basis != consent.ByConsent
			}
		}
		if !one.Allowance.Until.IsZero() {
			shown.Fetches = l.day(one.Allowance.Until)
		}
		a.Parties = append(a.Parties, shown)
	}
	return a
}
