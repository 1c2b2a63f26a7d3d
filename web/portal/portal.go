// Package portal says what each screen of the citizen's own pages shows: from what is recorded about
// somebody to plain values for a template, one file per screen. It is pure. Routes, forms and
// mark-up are left to package web; what is recorded, to the packages that record it.
package portal

import (
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/web/citizen"
	"symbolon/web/locale"
)

// Look is in which language and time zone somebody looks, and how means are called.
type Look struct {
	*locale.Words
	Zone   *time.Location
	Means  []connectors.Description // all that are configured
	Handed string                   // kind of the means of what offices hand out
}

// Start is the first page: who came in, and how.
type Start struct {
	Means string // by which means
	Level string // end of the level's text key
	News  *citizen.News
	Works bool // they have just tried what an office handed out
}

// StartOf gives the screen.
func StartOf(v *login.Visitor, l Look) Start {
	return Start{Means: l.means(v.Means), Level: v.Level.String()}
}

// moment writes a day and a time of day, with the zone's name.
func (l Look) moment(t time.Time) string {
	t = t.In(l.Zone)
	return l.Text("date.at", l.Date(t), t.Format("15:04 MST"))
}

func (l Look) day(t time.Time) string { return l.Date(t.In(l.Zone)) }

// means names a means for people; one that is not configured any more keeps its id.
func (l Look) means(id identity.Means) string {
	for _, d := range l.Means {
		if d.ID == id {
			return l.pick(d.Names)
		}
	}
	return string(id)
}

func (l Look) pick(texts map[string]string) string {
	if text, ok := texts[l.Code]; ok {
		return text
	}
	return texts["en"]
}

// party names a party; one that is not registered any more has only its id.
func (l Look) party(p consent.RelyingParty) citizen.Party {
	if p.Domain == "" {
		return citizen.Party{Name: l.Text("portal.unknown_party"), Domain: string(p.ID)}
	}
	return citizen.PartyOf(p, l.Words)
}

// Row is one attribute that a party was told or may be told.
type Row struct {
	Label   string
	Purpose string
	Why     string // the party's own words
	Basis   string // end of the basis' text key
	Law     string
	In      string // the languages in which it was told, but for the source's own
}

func (l Look) row(r consent.Released, p consent.RelyingParty) Row {
	row := Row{Label: citizen.Label(r.Name, l.Words), Why: r.Why, Basis: string(r.Basis)}
	for _, purpose := range p.Purposes {
		if purpose.ID == r.Purpose {
			row.Purpose = l.pick(purpose.Texts)
		}
	}
	tongues := make([]string, len(r.In))
	for i, tag := range r.In {
		tongues[i] = l.Tongue(tag)
	}
	row.In = strings.Join(tongues, l.Text("list.and"))
	if permission, ok := p.Permits(r.Name); ok && permission.Basis == r.Basis {
		row.Law = l.pick(permission.Law)
	}
	return row
}

func (l Look) rows(all []consent.Released, p consent.RelyingParty) []Row {
	rows := make([]Row, len(all))
	for i, r := range all {
		rows[i] = l.row(r, p)
	}
	return rows
}

// agreed lets rows say that somebody else agreed for the person.
func agreed(rows []Row, acts login.Acts) []Row {
	for i := range rows {
		if acts == login.ByAnother && rows[i].Basis == string(consent.ByConsent) {
			rows[i].Basis += "_by"
		}
	}
	return rows
}

func (l Look) labels(names []identity.AttributeName) []string {
	labels := make([]string, len(names))
	for i, name := range names {
		labels[i] = citizen.Label(name, l.Words)
	}
	return labels
}
