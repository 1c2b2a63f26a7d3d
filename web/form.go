package web

import (
	"net/http"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
	"symbolon/web/locale"
)

// caseForm is the application, to be printed by whose case it is, while it is under way: it says all about
// the citizen, and only what was asked for stands on record (attacks IN-05). In home mode the code stands
// on it, and not what the phone asks for.
func (p *pages) caseForm(v *visit) error {
	c, a, err := p.theCase(v, staff.LookUp)
	if err != nil {
		return err
	}
	if c.Clerk != a.Member.ID || len(c.FormHash) == 0 || !c.State.Open() {
		return errNotFound
	}
	voucher, home := p.Office.Held(c, a.Member.ID, soleCookie(v.r, handName))
	home = home && voucher.Mode == enrolment.AtHome
	words := p.wordsOfCitizen(v, c)
	body := desk.FormOf(c, a.Office, p.Now(), words)
	body.Site, body.HelpLine, body.Spoken = p.Hosts[Hub]+"/e", p.HelpLine, words
	contacts, err := p.Office.ContactsOf(v.r.Context(), a, c)
	if err != nil {
		return err
	}
	body.Unreached = len(contacts) == 0 && len(c.Work.Snapshot.MaskedChannels()) == 0
	if home {
		code, err := desk.QR(p.origin(Hub)+"/e#"+voucher.Fragment(), words.Text("desk.qr.label"))
		if err != nil {
			return err
		}
		body = body.TakenHome(code, voucher.Code)
	}
	p.show(v, http.StatusOK, "desk_form", body)
	return nil
}

// wordsOfCitizen are those of the paper, which the citizen reads and not the clerk: in the language that the clerk chose on
// the page, or that the citizen is known to read. The clerk's own pages stay as they are.
func (p *pages) wordsOfCitizen(v *visit, c enrolment.Case) *locale.Words {
	for _, code := range []string{v.r.URL.Query().Get("in"), c.Work.Language} {
		if p.words.Speaks(code) {
			return p.words.Words(code)
		}
	}
	return v.words
}
