package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"symbolon/cmd/demo/sim"
	"symbolon/provider/staff"
)

// simulator is one program of the country with its switches.
type simulator struct {
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Switch   string   `json:"switch"` // POST {"name":…,"value":…}; GET lists them
	Switches []string `json:"switches"`
}

type service struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Client  client `json:"client"`
}

type testPerson struct {
	Key      string     `json:"key"`
	Name     string     `json:"name"`
	Username string     `json:"username"`
	Password string     `json:"password"`
	Means    []sim.Held `json:"means"`
	Number   string     `json:"national_identifier,omitempty"`
	Expect   string     `json:"expect"`
}

// colleague is somebody who works for the hub or with it, and where they do.
type colleague struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Password string `json:"password"`
	Role     string `json:"role"`
	Where    string `json:"where"`
}

// whole is everything a tool needs to drive the demo.
type whole struct {
	Issuer     string       `json:"issuer"`
	Tour       string       `json:"tour"`   // for people: begin there
	Portal     string       `json:"portal"` // for browsers: they know what is under localhost
	Desk       string       `json:"desk"`
	Admin      string       `json:"admin"`
	Data       string       `json:"data"`
	Config     string       `json:"config"`
	Log        string       `json:"log"`
	Cards      string       `json:"cards"` // folder of PKCS #12 files
	CAFile     string       `json:"ca_file,omitempty"`
	Services   []service    `json:"services"`
	Clients    []client     `json:"clients"` // of --parties
	Simulators []simulator  `json:"simulators"`
	People     []testPerson `json:"people"`
	Staff      []colleague  `json:"staff"`
}

func (d *demo) whole() whole {
	at := d.country.Addresses
	w := whole{
		Issuer: d.issuer, Tour: at.Tour, Portal: d.own("portal"), Desk: d.own("desk"), Admin: d.admin, Data: d.dir, Config: d.config, Log: d.log, Cards: filepath.Join(d.dir, cardFiles), Clients: d.further,
		Services: []service{
			{d.country.City.Name, at.City, clientOf(d.country.CityClient)},
			{d.country.Library.Name, at.Library, clientOf(d.country.LibraryClient)},
			{d.country.School.Name, at.School, clientOf(d.country.SchoolClient)},
		},
		Simulators: []simulator{
			simulatorOf("trusted profile", at.Profile, d.country.Profile.Switches),
			simulatorOf("trusted profile by SAML", at.SAML, d.country.SAML.Switches),
			simulatorOf("banks", at.Banks, d.country.Banks.Switches),
			simulatorOf("registers", at.Registers, d.country.Registers.Switches),
			simulatorOf("student cards", at.Students, d.country.Students.Switches),
			simulatorOf("large-family cards", at.Families, d.country.Families.Switches),
			simulatorOf("system of the ID-card register, where a clerk opens a case", at.System, d.country.System.Switches),
			simulatorOf("inbox", at.Inbox, d.country.Inbox.Switches),
			simulatorOf("identity cards", at.EID, d.country.EID.Switches),
			simulatorOf("a citizen's phone, with camera and codes", at.Handset, d.country.Handset.Switches),
		},
	}
	if d.authority != nil {
		w.CAFile = d.authority.file
	}
	if w.Clients == nil {
		w.Clients = []client{}
	}
	for _, p := range d.country.People {
		if p.Means == nil {
			p.Means = []sim.Held{}
		}
		w.People = append(w.People, testPerson{p.Key, p.Name(), p.Key, sim.Password, p.Means, p.Number, p.Expect})
	}
	for _, m := range d.country.Staff {
		w.Staff = append(w.Staff, colleague{m.Key, m.Name(), m.Key, sim.Password, m.Role, d.workplace(m.Role)})
	}
	return w
}

// workplace says where somebody of a role works: who has no pages of their own logs in as a citizen only.
func (d *demo) workplace(role string) string {
	switch {
	case staff.Role(role).Known():
		return d.own("desk")
	case role == "operator":
		return "the command: symbolon --config " + d.config + " --help"
	default:
		return "has no pages; logs in like a citizen, at " + d.country.Addresses.City
	}
}

func clientOf(r sim.Registered) client {
	return client{r.ID, r.AuthMethod, r.Secret, r.KeyFile, []string{r.RedirectURI}, []string{r.AfterLogout}}
}

func simulatorOf(name, address string, s *sim.Switches) simulator {
	one := simulator{Name: name, Address: address, Switch: address + "/switch"}
	for _, row := range s.List() {
		one.Switches = append(one.Switches, row.Name)
	}
	return one
}

// report says on standard output what there is, in words or as one JSON object.
func (d *demo) report(o options, out io.Writer) error {
	w := d.whole()
	if o.json {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(w)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { _, _ = fmt.Fprintln(table, strings.Join(cells, "\t")) }
	line("Begin here: what there is to try, one part after the other:")
	line("  " + w.Tour)
	line("")
	line("Or open one of these in a browser and press the button to log in:")
	for _, s := range w.Services {
		line("  "+s.Address, s.Name)
	}
	line("")
	line("What is behind them:")
	line("  "+w.Issuer, "the hub")
	line("  "+w.Portal, "the portal, where people see who asked about them")
	line("  "+w.Desk, "the desk, where clerks enrol people; log in there as one of the staff below")
	for _, s := range w.Simulators {
		line("  "+s.Address, s.Name, "("+s.Switch+" makes it misbehave)")
	}
	if w.CAFile != "" {
		line("")
		line("To have no warnings, let the browser trust " + w.CAFile + " for as long as you try this.")
	}
	line("")
	line("People who can log in (user name is the first column, password is " + sim.Password + "):")
	if err := table.Flush(); err != nil {
		return err
	}
	d.people(line)
	line("")
	line("People who work with it (they log in with the trusted profile, same password), and where:")
	for _, m := range w.Staff {
		line("  "+m.Key, m.Name, strings.ReplaceAll(m.Role, "_", " "), m.Where)
	}
	line("")
	line("The e-ID card works without a reader: one is played on the page. PIN 1 is " + sim.PIN1 + "; whose cards there are: " + d.country.Addresses.EID)
	line("The same cards for a browser's own store, password " + sim.PIN1 + ": " + w.Cards)
	line("Settings, keys, databases and log: " + w.Data)
	line("Stop with Ctrl-C.")
	return table.Flush()
}

// people lists everybody with the means that the demo plays, and what each one shows. Who has none is enrolled
// at the desk, by the digits of the number.
func (d *demo) people(line func(...string)) {
	for _, p := range d.country.People {
		var ways, notes []string
		for _, held := range p.Means {
			ways = append(ways, held.Means)
			if held.Note != "" {
				notes = append(notes, held.Means+": "+held.Note)
			}
		}
		if len(ways) == 0 && p.Number != "" {
			ways = []string{"none yet: at the desk, number " + p.Number[len(p.Number)-11:]}
		}
		expect, _, _ := strings.Cut(p.Expect, ";")
		if len(notes) > 0 {
			expect += " (" + strings.Join(notes, "; ") + ")"
		}
		line("  "+p.Key, p.Name(), strings.Join(ways, ", "), expect)
	}
}
