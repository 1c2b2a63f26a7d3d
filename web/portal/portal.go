// Package portal says what each screen of the citizen's own pages shows: from what is recorded about
// somebody to plain values for a template, one file per screen. It is pure. Routes, forms and
// mark-up are left to package web; what is recorded, to the packages that record it.
package portal

import (
	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Start is the first page: who came in, and how.
type Start struct {
	Means string // by which means
	Level string // end of the level's text key
}

// StartOf gives the screen.
func StartOf(v *login.Visitor, all []connectors.Description, w *locale.Words) Start {
	return Start{Means: meansName(v.Means, all, w), Level: v.Level.String()}
}

// meansName names a means for people; one that is not configured any more keeps its id.
func meansName(id identity.Means, all []connectors.Description, w *locale.Words) string {
	for _, d := range all {
		if d.ID != id {
			continue
		}
		if name, ok := d.Names[w.Code]; ok {
			return name
		}
		return d.Names["en"]
	}
	return string(id)
}
