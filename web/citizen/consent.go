package citizen

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/web/locale"
)

// Consent is the screen that puts a question to the citizen: every attribute with its value, what
// for and on what ground.
type Consent struct {
	Level
	Party    Party
	Purposes []string
	Told     []Ground // because of a law or a public task: no box
	Asked    []Row    // the citizen decides
	Missing  []Row    // nothing is known of what stood with it: no ground and no decision is to be told
	Empty    bool     // nothing is told but who they are to this party: nothing else is asked, or known
	NotTold  []string // what is known and stays here
	OnlyAge  bool     // an age is told and the birth date is not
	Evidence bool     // they learn how it was confirmed, too
	Offline  bool     // they may ask again without the citizen
	Remember int      // days; 0: no box
	Digest   string   // of what is shown; comes back with the answer
	For      Acting   // for whom the citizen acts
	Reused   bool     // a login of earlier is used: another account may be wanted
	News     *News    // a way to log in that an office added
}

// Ground is what is told because of one law or task.
type Ground struct {
	Law    string
	Public bool // a task in the public interest, not a law
	Rows   []Row
}

// Row is one attribute.
type Row struct {
	Name     string
	Label    string
	Value    string
	Digits   bool   // no letter says which way the value reads: from left to right in every language
	Masked   string // shown in place of the value until it is asked for; "" if it is no number
	Show     string // asks for it
	Lang     string // tag of the language of the value, where it is not the one of the page or the source's own
	Tongue   string // its name
	Forms    []Form // told besides, in other languages
	From     string // the further source that tells it; "" for means, registers and what is computed
	Known    bool
	Required bool
	Needed   bool   // they say they need it, but it may be refused
	Purpose  string // the registered purpose, where the page has more than one
	Why      string // the party's own words
}

// Reused says whether the login rests on one made before.
type Reused bool

// ConsentOf gives the screen for a question.
func ConsentOf(q consent.Question, party consent.RelyingParty, known identity.Attributes, reused Reused, w *locale.Words) Consent {
	c := Consent{
		Party: PartyOf(party, w), Offline: q.Offline, Remember: party.Remember, Reused: bool(reused),
		Digest: hex.EncodeToString(q.Digest[:]), Empty: true,
	}
	asked := map[identity.AttributeName]bool{}
	purposes := map[string]bool{}
	for _, item := range slices.Concat(q.Told, q.Asked) {
		asked[item.Name], purposes[item.Purpose] = true, true
		if of, beside := strings.CutPrefix(string(item.Name), claims.FromRegister); beside {
			asked[identity.AttributeName(of)] = true // whoever's word it is, it is told
		}
	}
	for _, item := range q.Told {
		c.tell(item, party, w)
	}
	for _, item := range q.Asked {
		c.Asked = append(c.Asked, rowOf(item, party, w))
	}
	c.eachRow(func(r *Row) { c.Empty = c.Empty && !r.Known })
	for _, p := range party.Purposes {
		if purposes[p.ID] {
			c.Purposes = append(c.Purposes, text(p.Texts, w))
		}
	}
	if len(c.Purposes) == 1 { // said once, above everything
		c.eachRow(func(r *Row) { r.Purpose = "" })
	}
	c.setAside()
	c.NotTold = notTold(asked, known, w)
	c.OnlyAge = !asked["birthdate"] && slices.ContainsFunc(slices.Concat(q.Told, q.Asked), func(i consent.Item) bool { return isAge(i.Name) })
	return c
}

func (c *Consent) eachRow(do func(*Row)) {
	for i := range c.Told {
		for j := range c.Told[i].Rows {
			do(&c.Told[i].Rows[j])
		}
	}
	for i := range c.Asked {
		do(&c.Asked[i])
	}
}

// setAside takes what nothing is known of from under headings that would say that it is told, or that somebody decides.
func (c *Consent) setAside() {
	none := func(rows []Row) bool { return !slices.ContainsFunc(rows, func(r Row) bool { return r.Known }) }
	c.Told = slices.DeleteFunc(c.Told, func(g Ground) bool {
		if none(g.Rows) {
			c.Missing = append(c.Missing, g.Rows...)
		}
		return none(g.Rows)
	})
	if none(c.Asked) {
		c.Missing, c.Asked = append(c.Missing, c.Asked...), nil
	}
}

func (c *Consent) tell(item consent.Item, party consent.RelyingParty, w *locale.Words) {
	law, public := text(item.Law, w), item.Basis == consent.ByPublicTask
	for i, g := range c.Told {
		if g.Law == law && g.Public == public {
			c.Told[i].Rows = append(g.Rows, rowOf(item, party, w))
			return
		}
	}
	c.Told = append(c.Told, Ground{law, public, []Row{rowOf(item, party, w)}})
}

func rowOf(item consent.Item, party consent.RelyingParty, w *locale.Words) Row {
	row := Row{Name: string(item.Name), Label: Label(item.Name, w), Known: item.Known, Required: item.Required, Why: item.Why}
	row.Needed = item.Essential && !item.Required
	if source, _, further := claims.Further(item.Name); further {
		row.From = w.Text("source." + source)
	}
	for _, p := range party.Purposes {
		if p.ID == item.Purpose {
			row.Purpose = text(p.Texts, w)
		}
	}
	if item.Known {
		row.Value = show(item.Name, item.Value, w)
		row.spoken(item, w)
		row.Digits = !strings.ContainsFunc(row.Value, unicode.IsLetter)
		row.Masked, row.Show = mask(item.Name, row.Value), w.Text("consent.show")
	}
	return row
}

// Form is an attribute's value in another language.
type Form struct {
	Value  string
	Lang   string // tag of the language; "" for the source's own
	Tongue string // its name
}

// spoken says in which languages a value is told.
func (r *Row) spoken(item consent.Item, w *locale.Words) {
	if r.Lang = item.Language; r.Lang != "" {
		r.Tongue = w.Tongue(r.Lang)
	}
	for _, f := range item.Forms {
		form := Form{Value: show(item.Name, f.Value, w), Lang: f.Language}
		if f.Language != "" {
			form.Tongue = w.Tongue(f.Language)
		}
		if form.Value != r.Value {
			r.Forms = append(r.Forms, form)
		}
	}
}

// notTold names the sensitive things that are known and stay here.
func notTold(asked map[identity.AttributeName]bool, known identity.Attributes, w *locale.Words) []string {
	var labels []string
	for _, name := range []identity.AttributeName{"national_identifier", "birthdate", "address", "email", "phone_number", "document_number", "gender"} {
		if _, have := known.Find(name); have && !asked[name] {
			labels = append(labels, Label(name, w))
		}
	}
	return labels
}
