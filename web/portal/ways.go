package portal

import (
	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

// Ways is the screen of the means that somebody logs in with.
type Ways struct {
	All     []Way
	Devices bool // offices hand something out, and there is a page for it
}

// Way is one means.
type Way struct {
	ID     string
	Name   string
	Icon   string
	Off    bool // it is switched off or not there any more
	Last   string
	Logins []Login
}

// Login is one login with it.
type Login struct {
	When, Ref string
	Level     string // end of the level's text key
}

// mostShown is how many logins of one means are shown.
const mostShown = 10

// WaysOf gives the screen.
func WaysOf(all []login.Way, l Look) Ways {
	var w Ways
	for _, way := range all {
		one := Way{ID: string(way.Means), Name: l.means(way.Means), Off: true}
		for _, d := range l.Means {
			if d.ID == way.Means {
				one.Icon, one.Off = d.Icon, d.Disabled
			}
		}
		for _, entry := range way.Logins[:min(len(way.Logins), mostShown)] {
			login := Login{When: l.moment(entry.At), Ref: entry.Ref, Level: entry.Text("level")}
			if _, err := identity.ParseLevel(login.Level); err != nil {
				login.Level = ""
			}
			one.Logins = append(one.Logins, login)
		}
		one.Last = one.Logins[0].When
		w.All = append(w.All, one)
	}
	return w
}
