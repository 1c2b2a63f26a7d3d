package sim

import (
	"fmt"
	"net/http"
	"strings"
)

// tour is the page on which a visitor begins: what there is to try, in which order, and who plays whom.
type tour struct {
	country *Country
	issuer  string
	pages   *pages
}

// The people of the tour.
const (
	tourCitizen = "ordinary"
	tourClerk   = "clerk-1"
	tourSecond  = "clerk-3" // takes up what the first one gave out
)

// sights are what the tour's page tells.
type sights struct {
	At           Addresses
	Portal, Desk string // "" where the hub has none
	First        string // address on the office's poster
	Citizen      Person
	Digits       string // of the citizen's number, as a clerk types them
	Ending       string // of the citizen's document
	Clerk        string
	Second       string // clerk of the same office
	CityName     string
	Cards        string // PIN 1 of every card
}

func newTour(c *Country, issuer string) (*tour, error) {
	pages, err := newPages("tour", "Tour of the demo")
	return &tour{c, issuer, pages}, err
}

// Handler serves the one page.
func (t *tour) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /style.css", style)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		v, err := t.sights()
		if err != nil {
			t.pages.problem(w, http.StatusInternalServerError, "no_people", err.Error())
			return
		}
		t.pages.show(w, http.StatusOK, "tour", "What there is to try", v)
	})
	return fence(mux)
}

func (t *tour) sights() (sights, error) {
	c := t.country
	p, known := find(c.People, tourCitizen)
	clerk, employed := find(everybody(nil, c.Staff), tourClerk)
	second, too := find(everybody(nil, c.Staff), tourSecond)
	if !known || !employed || !too || p.Document == nil {
		return sights{}, fmt.Errorf("%s, %s or %s is not among the people", tourCitizen, tourClerk, tourSecond)
	}
	_, digits, _ := strings.Cut(p.Number, "-")
	return sights{
		At: c.Addresses, Portal: ownHost(t.issuer, "portal"), Desk: ownHost(t.issuer, "desk"), First: t.issuer + phoneFirst, CityName: c.City.Name,
		Citizen: p, Digits: digits, Ending: p.Document.Number[max(0, len(p.Document.Number)-4):], Clerk: clerk.Name(), Second: second.Name(), Cards: PIN1,
	}, nil
}
