package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// positions is where a local administrator looks after the positions of the office, the computers at them, and
// how much a clerk may do in a day.
func (p *pages) positions(v *visit) error {
	return p.positionsPage(v, v.r.URL.Query().Get("refused"), desk.Typed{})
}

// positionsPage shows it, with what was typed in it, where that was refused.
func (p *pages) positionsPage(v *visit, refused string, typed desk.Typed) error {
	a, err := p.actor(v, staff.Appoint)
	if err != nil {
		return err
	}
	members, err := p.Staff.In(v.r.Context(), a.Member.Office)
	if err != nil {
		return err
	}
	_, certified := p.certificate(v)
	seen := p.viewer(v, a)
	seen.Refused, seen.Typed = refused, typed
	cases, err := p.Office.Desk(v.r.Context(), a)
	if err != nil {
		return err
	}
	body := desk.PositionsOf(members, p.quotas(), seen, v.words)
	body.Under(cases)
	body.Told(v.r.URL.Query(), seen)
	body.Operator = desk.OpenOf(p.Office.Policy.Hours)
	body.Challenge, body.Certified = p.challenge(v, "register"), certified
	body.Kept = refused == "" && v.r.URL.Query().Get("kept") == "rules"
	v.page = "/team/positions"
	s := p.deskScreen(v, body, body.Refused, typed)
	if body.Refused == "quota" {
		s.Wrong = body.WrongQuota()
	}
	s.runs(v, "heldkey.js", "computer.js")
	p.render(v, http.StatusOK, "desk_positions", s)
	return nil
}

// quotas are what the operator allows.
func (p *pages) quotas() staff.Quotas {
	return staff.Quotas{LookUps: p.Office.Policy.LookUps, Enrolments: p.Office.Policy.Enrolments}
}

// ruleOffice keeps what ties people to positions, the quotas, an empty one of which is the operator's, and the hours.
func (p *pages) ruleOffice(v *visit, by enrolment.Actor) error {
	rules := staff.Rules{Office: by.Member.Office, Binding: staff.Binding(v.r.PostForm.Get("binding"))}
	for field, into := range map[string]*int{"look_ups": &rules.Quotas.LookUps, "enrolments": &rules.Quotas.Enrolments} {
		text := identity.Typed(v.r.PostForm.Get(field))
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return staff.ErrQuota
		}
		*into = n
	}
	for day := range rules.Hours {
		from, to := hoursFields(day)
		var err error
		if rules.Hours[day], err = staff.NewSpan(strings.TrimSpace(v.r.PostForm.Get(from)), strings.TrimSpace(v.r.PostForm.Get(to))); err != nil {
			return err
		}
	}
	return p.Staff.Rule(v.r.Context(), rules, p.quotas(), by.Member.ID.String())
}

// hoursFields are the fields of a day of the week: 0 is Monday.
func hoursFields(day int) (from, to string) {
	return "from_" + strconv.Itoa(day+1), "to_" + strconv.Itoa(day+1)
}

// registerComputer makes the computer at which the administrator sits one of a position: by the key that its
// browser made and signs with, or by the certificate that it shows.
func (p *pages) registerComputer(v *visit, by enrolment.Actor) error {
	key := staff.StationKey{Office: by.Member.Office, Station: v.r.PostForm.Get("station"), By: by.Member.ID.String()}
	var has bool
	switch key.Kind = staff.KeyKind(v.r.PostForm.Get("kind")); key.Kind {
	case staff.ByCertificate:
		key.Thumb, has = p.certificate(v)
	case staff.InBrowser:
		key.Thumb, has = p.signedBy(v, "register")
	}
	if !has {
		return seeOther(v, "/team/positions?refused=no_key")
	}
	err := p.Staff.Register(v.r.Context(), key)
	if err == nil {
		v.onto = "/team/positions#position-" + key.Station
	}
	if errors.Is(err, staff.ErrNoOffice) {
		return errForm
	}
	return err
}

// withdrawComputer takes a computer away.
func (p *pages) withdrawComputer(v *visit, by enrolment.Actor) error {
	raw, err := hex.DecodeString(v.r.PostForm.Get("key"))
	if err != nil || len(raw) != 32 {
		return errForm
	}
	return p.Staff.Withdraw(v.r.Context(), by.Member.Office, [32]byte(raw), by.Member.ID.String())
}

// changeStation gives a position another name and other networks.
func (p *pages) changeStation(v *visit, by enrolment.Actor) error {
	now, _ := v.works.places.Station(by.Member.Office, v.r.PostForm.Get("position"))
	station, err := stationIn(v, now.ID)
	if err != nil {
		return err
	}
	station.Office = by.Member.Office
	if !slices.Equal(station.Networks, now.Networks) && !station.Admits(by.At.From) {
		return &enrolment.Refused{Code: "elsewhere"}
	}
	v.onto = "/team/positions?" + url.Values{"changed": {now.ID}}.Encode()
	return p.Staff.ChangeStation(v.r.Context(), station, by.Member.ID.String())
}

// removeStation takes a position away, with its computers. Cases that were opened at it go on.
func (p *pages) removeStation(v *visit, by enrolment.Actor) error {
	id := v.r.PostForm.Get("position")
	v.onto = "/team/positions?" + url.Values{"removed": {id}}.Encode()
	return p.Staff.RemoveStation(v.r.Context(), by.Member.Office, id, by.At.From, by.Member.ID.String())
}

// stationIn reads a position of a mark as it was typed.
func stationIn(v *visit, id string) (staff.Station, error) {
	name := strings.TrimSpace(v.r.PostForm.Get("name"))
	if !staff.IsStationName(name) {
		return staff.Station{}, &enrolment.Refused{Code: "position_name"}
	}
	networks, err := staff.ParseNetworks(v.r.PostForm.Get("networks"))
	if err != nil || len(networks) > 8 {
		return staff.Station{}, &enrolment.Refused{Code: "network"}
	}
	return staff.Station{ID: id, Name: name, Networks: networks}, nil
}
