package desk

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Positions is the page on which a local administrator looks after positions, computers and quotas.
type Positions struct {
	Office     string
	Stations   []Position
	Binding    string
	Bindings   []string
	LookUps    string // "" for the operator's
	Enrolments string
	Most       staff.Quotas // the operator's
	Hours      []Day        // from Monday on
	Operator   []Open       // days of the operator's, which hold where the office says none
	Challenge  string       // to be signed by a computer that is registered
	Certified  bool         // this computer shows a certificate
	Here       bool         // this computer is registered
	Kept       bool         // the rules, a moment ago
	Refused    string
	Fresh      bool
	Typed      Typed  // of a new position
	From       string // the address of who looks
	Done       *Done
}

// Position is one desk, with the networks from which it may be worked at ("" is from everywhere) and the
// computers that are registered for it.
type Position struct {
	ID, Name, Networks string
	Where              string // the end of a text key: from where it may be worked at, as the rule has it
	Keyless            bool   // the rule asks for a registered computer, and it has none
	Computers          []Computer
	Open               bool // its change was refused
	Typed              Typed
	Under              int // cases under way that were opened at it
}

// Computer is one registered computer: no more of its key than tells it from others.
type Computer struct {
	Key, Mark, Kind, Added, By string
	Here                       bool
}

// Day is when an office works on a day of the week, 1 to 7, as its administrator types it; "" is not at all.
type Day struct {
	N        int
	From, To string
}

// Near says in which part of this long page a field is, so that what was refused about it is said there: "quotas", "station",
// the number of a day, "position-" with the mark of one, or "" for the head of the page.
func (page Positions) Near(field string) string {
	kind, day, _ := strings.Cut(field, "-")
	switch {
	case !page.Fresh: // there are no forms
		return ""
	case field == "look-ups", field == "enrolments":
		return "quotas"
	case kind == "station":
		return "station"
	case kind == "name", kind == "networks":
		return "position-" + day
	case kind == "from", kind == "to":
		return day
	default:
		return ""
	}
}

// WrongQuota gives the id of the first quota that cannot be.
func (page Positions) WrongQuota() string {
	text := strings.TrimSpace(page.LookUps)
	if n, err := strconv.Atoi(text); text == "" || err == nil && n > 0 && n <= page.Most.LookUps {
		return "enrolments"
	}
	return "look-ups"
}

// number writes a quota; none is the operator's.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// PositionsOf gives the screen.
func PositionsOf(members []staff.Member, most staff.Quotas, v Viewer, w *locale.Words) Positions {
	page := Positions{
		Office: v.Office.Name, Binding: string(v.Office.Binding), Most: most, LookUps: number(v.Office.Quotas.LookUps), Enrolments: number(v.Office.Quotas.Enrolments),
		Refused: known(v.Refused, w), Fresh: v.Fresh, From: v.At.From.Unmap().String(),
	}
	if v.Typed.Position == "" {
		page.Typed = v.Typed
	}
	if v.Typed.Binding != "" { // the rules were refused
		page.Binding, page.LookUps, page.Enrolments = v.Typed.Binding, v.Typed.LookUps, v.Typed.Enrolments
	}
	for day, span := range v.Office.Hours {
		from, to := span.Texts()
		if v.Typed.Binding != "" {
			from, to = v.Typed.Hours[day][0], v.Typed.Hours[day][1]
		}
		page.Hours = append(page.Hours, Day{day + 1, from, to})
	}
	for _, b := range staff.Bindings() {
		page.Bindings = append(page.Bindings, string(b))
	}
	names := map[string]string{}
	for _, m := range members {
		names[m.ID.String()] = m.Name.Reveal()
	}
	keys := v.Places.KeysOf(v.Member.Office)
	for _, s := range v.Places.StationsOf(v.Member.Office) {
		position := Position{ID: s.ID, Name: s.Name, Networks: staff.FormatNetworks(s.Networks), Where: whereOf(v.Office.Binding, s)}
		position.Typed = Typed{Name: position.Name, Networks: position.Networks}
		if v.Typed.Position == s.ID {
			position.Open, position.Typed = true, v.Typed
		}
		for _, k := range keys {
			if k.Station != s.ID {
				continue
			}
			id := hex.EncodeToString(k.Thumb[:])
			c := Computer{Key: id, Mark: id[:8], Kind: string(k.Kind), Added: k.Added.In(v.Office.Location()).Format(time.DateOnly), By: names[k.By]}
			for _, own := range v.At.Keys {
				c.Here = c.Here || own == k.Thumb
			}
			page.Here = page.Here || c.Here
			position.Computers = append(position.Computers, c)
		}
		position.Keyless = v.Office.Binding.Keyed() && len(position.Computers) == 0
		page.Stations = append(page.Stations, position)
	}
	return page
}

// whereOf says from where a position may be worked at.
func whereOf(rule staff.Binding, s staff.Station) string {
	named := len(s.Networks) > 0
	switch {
	case rule.Keyed() && !named:
		return "keyed"
	case rule.Keyed() && rule.Networked():
		return "keyed.own"
	case rule.Keyed():
		return "keyed.unasked"
	case !named:
		return "everywhere"
	case rule.Networked():
		return "own"
	default:
		return "own.unasked"
	}
}

// Keyless names the positions at which nobody can work before a computer is registered there.
func (page Positions) Keyless() []string {
	var names []string
	for _, s := range page.Stations {
		if s.Keyless {
			names = append(names, s.Name)
		}
	}
	return names
}

// Under counts the cases under way by the position at which they were opened.
func (page *Positions) Under(cases []enrolment.Case) {
	for _, c := range cases {
		for i := range page.Stations {
			if s := &page.Stations[i]; s.ID == c.Station && c.State.Open() {
				s.Under++
			}
		}
	}
}

// Told says what was just done to a position that the address names, if it was.
func (page *Positions) Told(said url.Values, v Viewer) {
	for _, how := range []string{"added", "changed", "removed"} {
		id := said.Get(how)
		if s, known := v.Places.Station(v.Member.Office, id); known && (how != "removed") == v.Places.Has(v.Member.Office, id) {
			page.Done = &Done{"position_" + how, s.Name}
		}
	}
}
