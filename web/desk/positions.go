package desk

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

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
	Challenge  string       // to be signed by a computer that is registered
	Certified  bool         // this computer shows a certificate
	Here       bool         // this computer is registered
	Kept       bool         // the rules, a moment ago
	Refused    string
	Fresh      bool
	Typed      Typed // of a new position
}

// Position is one desk, with the networks from which it may be worked at ("" is from everywhere) and the
// computers that are registered for it.
type Position struct {
	ID, Name, Networks string
	Computers          []Computer
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
// the number of a day, or "" for the head of the page.
func (page Positions) Near(field string) string {
	kind, day, _ := strings.Cut(field, "-")
	switch {
	case !page.Fresh: // there are no forms
		return ""
	case field == "look-ups", field == "enrolments":
		return "quotas"
	case field == "station-id", field == "station-networks":
		return "station"
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
		Refused: known(v.Refused, w), Fresh: v.Fresh, Typed: v.Typed,
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
		position := Position{ID: s.ID, Name: s.Name, Networks: staff.FormatNetworks(s.Networks)}
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
		page.Stations = append(page.Stations, position)
	}
	return page
}
