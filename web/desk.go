package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// handName is the cookie that carries a voucher from the form that made it to the page that shows it,
// sealed: the database keeps no code.
const (
	handName    = "__Host-hand"
	stationName = "__Host-station"
	handAge     = 15 * 60
)

func (p *pages) deskStart(v *visit) error { return p.startPage(v, "", desk.Typed{}) }

// startPage shows the first page; with what was typed in it, where that was refused.
func (p *pages) startPage(v *visit, refused string, typed desk.Typed) error {
	if v.works.undecided() {
		p.asksForOffice(v, http.StatusOK, "/")
		return nil
	}
	var cases []enrolment.Case
	if a, err := p.actor(v, sees()...); err == nil {
		if cases, err = p.Office.Desk(v.r.Context(), a); err != nil {
			return err
		}
	}
	body := desk.StartOf(v.works.here(), cases, soleCookie(v.r, stationName), desk.Viewer{
		Places: v.works.places, At: v.works.at, Now: p.Now(), Refused: cmp.Or(refused, v.r.URL.Query().Get("refused")), Typed: typed,
	}, v.words)
	body.Moves = len(v.works.offices()) > 1
	if a, err := p.actor(v, staff.Suspend); err == nil {
		watch, err := p.Office.Watch(v.r.Context(), a)
		if err != nil {
			return err
		}
		body.Watched = len(watch.Alarming)
	}
	s := p.deskScreen(v, body, body.Refused, typed)
	if body.Finds || body.Decides {
		p.looksAgain(v, s)
	}
	p.render(v, http.StatusOK, "desk_start", s)
	return nil
}

func (p *pages) handbook(v *visit) error {
	site := ""
	if len(p.Office.Policy.PhoneFirst) > 0 {
		site = p.Hosts[Hub] + "/c"
	}
	p.show(v, http.StatusOK, "desk_handbook", desk.HandbookOf(site))
	return nil
}

// openCase opens a case for a number and asks the registers about it.
func (p *pages) openCase(v *visit) error {
	a, err := p.actor(v, staff.LookUp)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	if was, asked := p.respoken(v); asked {
		return p.startPage(v, was, typedIn(form))
	}
	number, refused := p.wanted(v, form)
	if refused != "" {
		return p.startPage(v, refused, typedIn(form))
	}
	c, err := p.Office.Draft(v.r.Context(), a, enrolment.Order{
		Station: form.Get("station"), Purpose: enrolment.Purpose(form.Get("purpose")), Number: number, Paper: form.Get("paper"),
	})
	if err != nil {
		return p.startAgain(v, err)
	}
	putCookie(v.w, stationName, form.Get("station"), keepsake)
	_, err = p.Office.LookUp(v.r.Context(), a, c.ID)
	return p.lookedUp(v, c, err)
}

// lookedUp leads to where a look-up ended.
func (p *pages) lookedUp(v *visit, c enrolment.Case, err error) error {
	var open *enrolment.OtherCase
	switch {
	case errors.As(err, &open):
		return p.refused(v, "/", err)
	case errors.Is(err, enrolment.ErrNotFound):
		return p.startPage(v, "not_found", typedIn(v.r.PostForm))
	case errors.Is(err, enrolment.ErrNoRegister), err == nil, refusal(err) == "document": // how each document stands is said there
		return p.refused(v, "/cases/"+enrolment.CaseID(c.ID), err)
	default:
		return p.startAgain(v, err)
	}
}

// theCase finds the case in the address, for who may see it.
func (p *pages) theCase(v *visit, acts ...staff.Act) (enrolment.Case, enrolment.Actor, error) {
	c, a, err := p.caseIn(v, acts...)
	if err == nil && c.State == enrolment.ReviewRequired && c.ClerkPerson != v.works.person {
		if second, may := p.actorAt(v, c.Office, staff.Approve); may == nil {
			a = second
		}
	}
	return c, a, err
}

// caseIn finds the case in the office that it is of, whichever of theirs somebody has chosen.
func (p *pages) caseIn(v *visit, acts ...staff.Act) (enrolment.Case, enrolment.Actor, error) {
	offices := v.works.able(acts...)
	if len(offices) == 0 {
		offices = []string{""}
	}
	var c enrolment.Case
	var a enrolment.Actor
	var err error
	for _, office := range offices {
		if a, err = p.actorAt(v, office, acts...); err != nil {
			return c, a, err
		}
		id, ok := enrolment.ParseCaseID(v.r.PathValue("case"))
		if !ok {
			return c, a, errNotFound
		}
		if c, err = p.Office.Case(v.r.Context(), a, id); !errors.Is(err, enrolment.ErrNoCase) {
			return c, a, err
		}
	}
	return c, a, errNotFound
}

// casePhoto is the register's photo, while it is compared. It is not kept, here or in the browser.
func (p *pages) casePhoto(v *visit) error {
	c, a, err := p.theCase(v, sees()...)
	if err != nil {
		return err
	}
	photo, err := p.Office.Photo(v.r.Context(), a, c.ID, v.r.URL.Query().Get("of") == "guardian")
	if errors.Is(err, enrolment.ErrNoCase) || errors.Is(err, enrolment.ErrNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", photo.Type)
	v.w.Header().Set("Content-Security-Policy", apiPolicy)
	_, err = v.w.Write(photo.Image)
	return err
}

// caseState tells the page of the hand-over that something happened on the phone.
func (p *pages) caseState(v *visit) error {
	c, _, err := p.theCase(v, sees()...)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.w).Encode(map[string]any{"gen": c.Gen, "state": string(c.State)})
}

// onCase runs one act of the clerk on the case in the address and leads back to its page.
func (p *pages) onCase(act func(v *visit, c enrolment.Case, a enrolment.Actor) error) handler {
	return func(v *visit) error {
		c, a, err := p.theCase(v, sees()...)
		if err != nil {
			return err
		}
		return p.refused(v, "/cases/"+enrolment.CaseID(c.ID), act(v, c, a))
	}
}

func (p *pages) take(v *visit, c enrolment.Case, a enrolment.Actor) error {
	if !a.Member.Role.May(staff.LookUp) {
		return staff.ErrNobody
	}
	if _, err := p.Office.Take(v.r.Context(), a, c.ID, v.r.PostForm.Get("station")); err != nil {
		return err
	}
	_, err := p.Office.LookUp(v.r.Context(), a, c.ID)
	return err
}

func (p *pages) lookUp(v *visit, c enrolment.Case, a enrolment.Actor) error {
	_, err := p.Office.LookUp(v.r.Context(), a, c.ID)
	return err
}

// read takes what the clerk reads from a document that no register answers about.
func (p *pages) read(v *visit, c enrolment.Case, a enrolment.Actor) error {
	form := v.r.PostForm
	_, err := p.Office.Read(v.r.Context(), a, c.ID, enrolment.Reading{
		Given: form.Get("given"), Family: form.Get("family"), Birth: form.Get("birth"), Type: form.Get("paper"), Number: form.Get("document"), Expires: form.Get("expires"),
	})
	return err
}

// guard asks whether somebody acts by law for the minor of a case.
func (p *pages) guard(v *visit, c enrolment.Case, a enrolment.Actor) error {
	number, err := readNumber(v.r.PostForm.Get("number"), v.Country(p))
	if err != nil {
		return &enrolment.Refused{Code: "number"}
	}
	_, err = p.Office.Guard(v.r.Context(), a, c.ID, number)
	return err
}

func (p *pages) evidence(v *visit, c enrolment.Case, a enrolment.Actor) error {
	form := v.r.PostForm
	switch form.Get("act") {
	case "stop":
		_, err := p.Office.Cancel(v.r.Context(), a, c.ID, enrolment.NotEnough)
		return err
	case "correct":
		_, err := p.Office.Correct(v.r.Context(), a, c.ID)
		return err
	}
	typed := typedIn(form)
	seen := enrolment.Seen{Document: typed.Document, Mismatch: typed.Mismatch, Doubt: typed.Doubt, Helper: typed.Helper, Retakes: typed.Retakes, TakesUp: typed.TakesUp, Guardian: typed.GuardianDocument, Read: form.Get("read")}
	for _, check := range typed.Checks {
		if slices.Contains(slices.Concat(c.Wanted(true), c.Wanted(false)), enrolment.Check(check)) {
			seen.Checks = append(seen.Checks, enrolment.Check(check))
		}
	}
	_, err := p.Office.Evidence(v.r.Context(), a, c.ID, seen)
	return err
}

func (p *pages) decide(v *visit, c enrolment.Case, _ enrolment.Actor) error {
	a, err := p.actorAt(v, c.Office, staff.Approve)
	if err != nil {
		return err
	}
	accept, why := v.r.PostForm.Get("act") == "accept", v.r.PostForm.Get("why")
	if accept && why != "" { // one of the two is a slip, and only they know which
		return &enrolment.Refused{Code: "reason_given"}
	}
	_, err = p.Office.Decide(v.r.Context(), a, c.ID, accept, why)
	return err
}

// printed records the printing and shows the form.
func (p *pages) printed(v *visit) error {
	c, a, err := p.theCase(v, staff.LookUp)
	if err != nil {
		return err
	}
	at := "/cases/" + enrolment.CaseID(c.ID)
	if _, err := p.Office.Print(v.r.Context(), a, c.ID); err != nil {
		return p.refused(v, at, err)
	}
	return seeOther(v, at+"/form")
}

func (p *pages) signed(v *visit, c enrolment.Case, a enrolment.Actor) error {
	_, err := p.Office.Sign(v.r.Context(), a, c.ID, v.r.PostForm.Get("filed"))
	return err
}

func (p *pages) handOver(v *visit, c enrolment.Case, a enrolment.Actor) error {
	c, voucher, err := p.Office.HandOver(v.r.Context(), a, c.ID, enrolment.Mode(v.r.PostForm.Get("mode")))
	if err == nil {
		putCookie(v.w, handName, p.Office.Hold(c, voucher), handAge)
	}
	return err
}

// askContact sends a code to an address of the citizen, to be read out at the desk.
func (p *pages) askContact(v *visit, c enrolment.Case, a enrolment.Actor) error {
	if spoken := v.r.PostForm.Get("language"); p.words.Speaks(spoken) {
		a.Language = spoken
	}
	_, err := p.Office.AskContact(v.r.Context(), a, c.ID, identity.AttributeName(v.r.PostForm.Get("channel")))
	return err
}

// confirmContact takes the code that the citizen reads out.
func (p *pages) confirmContact(v *visit, c enrolment.Case, a enrolment.Actor) error {
	form := v.r.PostForm
	_, err := p.Office.ConfirmContact(v.r.Context(), a, c.ID, identity.AttributeName(form.Get("channel")), form.Get("code"))
	return err
}

func (p *pages) reissue(v *visit, c enrolment.Case, a enrolment.Actor) error {
	c, voucher, err := p.Office.Reissue(v.r.Context(), a, c.ID, enrolment.Mode(v.r.PostForm.Get("mode")))
	if err == nil {
		putCookie(v.w, handName, p.Office.Hold(c, voucher), handAge)
	}
	return err
}

// takeUp lets work again what the citizen has with them of what was suspended.
func (p *pages) takeUp(v *visit, c enrolment.Case, a enrolment.Actor) error {
	_, err := p.Office.TakeUp(v.r.Context(), a, c.ID, v.r.PostForm["way"])
	return err
}

// stopOld stops at once what the citizen was given before, and lost.
func (p *pages) stopOld(v *visit) error {
	c, a, err := p.theCase(v, sees()...)
	if err != nil {
		return err
	}
	at := "/cases/" + enrolment.CaseID(c.ID)
	if _, err = p.Office.StopOld(v.r.Context(), a, c.ID); err != nil {
		return p.refused(v, at, err)
	}
	return seeOther(v, at+"#old-stopped")
}

// scan takes what the clerk scanned from a phone that came first, or typed. A code that this browser was
// shown before is worth nothing from then on.
func (p *pages) scan(v *visit, c enrolment.Case, a enrolment.Actor) error {
	_, err := p.Office.Scan(v.r.Context(), a, c.ID, v.r.PostForm.Get("scanned"))
	if err == nil {
		dropCookie(v.w, handName)
	}
	return err
}

func (p *pages) match(v *visit, c enrolment.Case, a enrolment.Actor) error {
	c, err := p.Office.Match(v.r.Context(), a, c.ID, v.r.PostForm.Get("digits"))
	if err == nil && c.State == enrolment.Active {
		dropCookie(v.w, handName)
	}
	return err
}

func (p *pages) cancelCase(v *visit, c enrolment.Case, a enrolment.Actor) error {
	waiting, err := p.Office.Waiting(v.r.Context(), a, c)
	if err != nil {
		return err
	}
	why, page := v.r.PostForm.Get("ending"), desk.Case{Endings: c.Endings(), TakenUp: c.Work.TakenUp, StoppedOld: c.Work.Stopped > 0, Ways: desk.WaysOf(waiting)}
	if !slices.Contains(page.Reasons(), why) {
		return &enrolment.Refused{Code: "reason"}
	}
	dropCookie(v.w, handName)
	_, err = p.Office.Cancel(v.r.Context(), a, c.ID, why)
	return err
}
