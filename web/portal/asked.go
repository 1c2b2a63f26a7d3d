package portal

import (
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/web/citizen"
)

// Asked is the screen of who asked about somebody.
type Asked struct {
	Leaf
	Times []Time
}

// Leaf is which page of many this is.
type Leaf struct {
	Older string // where the next page goes on, for its address; "" if this is the last
	First bool   // this is the page of the newest
}

// Time is one time that somebody asked.
type Time struct {
	ID       string
	Party    citizen.Party
	When     string
	Level    string // end of the level's text key; "" if they were told nothing
	Ref      string
	Declined bool // the citizen said no
	Standing bool // nothing was asked: it was allowed before
	Offline  bool // they may ask again by themselves
	Told     []Row
	Kept     []string // what the citizen kept back
	Acts     string   // who decided about whom: "for" somebody else, "by" somebody else; "" for oneself
	Proof    bool     // there is a signed record to keep
}

// AskedOf gives the screen for one page of what is recorded.
func AskedOf(all []login.Told, leaf Leaf, l Look) Asked {
	a := Asked{Leaf: leaf}
	for _, t := range all {
		one := Time{
			ID: t.Entry.ID.String(), Party: l.party(t.Party), When: l.moment(t.Entry.At), Ref: t.Entry.Ref,
			Declined: t.Entry.Kind == journal.Declined, Level: t.Entry.Text("level"), Proof: t.Entry.Kind == journal.Released, Acts: string(t.Acts),
		}
		if r := t.Release; r != nil {
			one.Standing, one.Offline, one.Told, one.Kept = r.Standing, r.Offline, agreed(l.rows(r.Items, t.Party), t.Acts), l.labels(r.Declined)
		}
		a.Times = append(a.Times, one)
	}
	return a
}
