package citizen

import (
	"strings"

	"symbolon/connectors"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Tie is the screen that asks whether another login is the citizen's, too, or says why it was not
// added.
type Tie struct {
	Party   Party
	Means   string // the name of the other login
	Holder  string // whom it names; "" if it names nobody
	Outcome string // why it was not added; "" while it is to be asked
	Need    string // the level that would be needed, as in text keys
	Case    string
}

// TieOf gives the screen for a step.
func TieOf(step login.Tie, l *login.Login, w *locale.Words) Tie {
	t := Tie{Party: PartyOf(l.Party, w), Outcome: string(step.Outcome), Need: levelKey(step.Need), Case: step.Case}
	for _, d := range l.Means {
		if d.ID == step.Means {
			t.Means = nameOf(d, step.Choice, w)
		}
	}
	whole, _ := step.Told.Find("name")
	given, _ := step.Told.Find("given_name")
	family, _ := step.Told.Find("family_name")
	t.Holder = strings.TrimSpace(given.Value.RevealText() + " " + family.Value.RevealText())
	if t.Holder == "" {
		t.Holder = whole.Value.RevealText()
	}
	return t
}

// nameOf gives the name of a means, or of one of its doors.
func nameOf(d connectors.Description, choice string, w *locale.Words) string {
	for _, c := range d.Choices {
		if c.ID == choice {
			return text(c.Names, w)
		}
	}
	return text(d.Names, w)
}
