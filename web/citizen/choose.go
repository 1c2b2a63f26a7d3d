package citizen

import (
	"sort"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Choose is the screen that puts the means to the citizen. With Have it says that what was proved
// is too weak; without Means it says that nothing here is enough.
type Choose struct {
	Party Party
	Level
	Failure string // why the last try gave nothing; "" if there was none
	Means   []Means
	Handed  bool // they came by what an office handed out, and something else from there may reach more
	Last    bool // one of the means stands first because it was used last in this browser
}

// Means is one button, or several where it has choices.
type Means struct {
	ID         string
	Name, Hint string
	Icon       string
	Last       bool
	Seldom     bool // only some people reach with it what is asked
	Choices    []Choice

	short bool // what they came by just now, which reaches no more or was not enough
}

// Choice is one door of a means, such as one bank.
type Choice struct{ ID, Name string }

// ChooseOf gives the screen for a step of the login. The means used last in this browser stands first, but
// for one that most people do not reach with what is asked. What they came by just now, if it
// cannot reach more whatever is done with it or could have been asked for by a false page, stands last.
func ChooseOf(step login.Choose, l *login.Login, last identity.Means, w *locale.Words) Choose {
	party := l.Party
	c := Choose{Party: PartyOf(party, w), Level: LevelOf(l, w), Failure: failureOf(step.Failure, w)}
	if c.Enough { // a choice is put all the same: what was proved is older than they want
		c.Enough, c.Have, c.Why, c.Next = false, "", []string{string(assurance.Freshness)}, []string{assurance.LogInAgain}
	}
	for _, offer := range step.Offers {
		m := meansOf(offer, w)
		m.short = (step.Failure == login.Phishable || c.Have != "" && c.AtItsEnd()) && offer.ID == l.Proof.Means
		m.Last = last != "" && offer.ID == last && !offer.Seldom && !m.short
		c.Last = c.Last || m.Last
		c.Means = append(c.Means, m)
	}
	sort.SliceStable(c.Means, func(i, j int) bool {
		a, b := c.Means[i], c.Means[j]
		return a.Last && !b.Last || !a.short && b.short
	})
	return c
}

func meansOf(offer connectors.Offer, w *locale.Words) Means {
	m := Means{ID: string(offer.ID), Seldom: offer.Seldom, Name: text(offer.Names, w), Hint: text(offer.Hints, w), Icon: offer.Icon}
	for _, choice := range offer.Choices {
		m.Choices = append(m.Choices, Choice{choice.ID, text(choice.Names, w)})
	}
	return m
}

// NameOf gives what a means is called in the language of the page.
func NameOf(d connectors.Description, w *locale.Words) string { return text(d.Names, w) }

// failureOf gives the key's end of a failure's text; a code that this version does not know reads
// as an answer that could not be used.
func failureOf(code string, w *locale.Words) string {
	if code == "" || w.Has("means.failed."+code) {
		return code
	}
	return string(connectors.InvalidAnswer)
}
