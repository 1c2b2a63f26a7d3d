package desk

import (
	"net/url"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Asked is what a security officer looks for in the list of cases.
type Asked struct{ Office, Clerk, Day, Flag string }

// Filed is the list of cases of a security officer's offices.
type Filed struct {
	Asked   Asked
	Offices []staff.Office
	Clerks  []Colleague
	Flags   []string
	Cases   []Watched
	Next    string // address of the next page; "" for none
}

// FiledOf gives the screen; older is where its next page goes on, "" for none.
func FiledOf(cases []enrolment.Case, older string, asked Asked, clerks []staff.Member, v Viewer) Filed {
	f := Filed{Asked: asked, Offices: v.Places.Offices, Cases: watchedOf(cases, v)}
	for i, c := range cases { // when it was opened, not when it changed last
		office, _ := v.Places.Office(c.Office)
		f.Cases[i].At = c.Opened.In(office.Location()).Format(time.DateOnly + " 15:04")
	}
	for _, m := range clerks {
		if m.Role == staff.EnrolmentClerk {
			f.Clerks = append(f.Clerks, Colleague{ID: m.ID.String(), Pseudonym: m.ID.String()[:8], Name: m.Name.Reveal()})
		}
	}
	for _, flag := range enrolment.EveryFlag() {
		f.Flags = append(f.Flags, string(flag))
	}
	if older != "" {
		query := url.Values{"before": {older}}
		for name, value := range map[string]string{"office": asked.Office, "clerk": asked.Clerk, "day": asked.Day, "flag": asked.Flag} {
			if value != "" {
				query.Set(name, value)
			}
		}
		f.Next = "/security/cases?" + query.Encode()
	}
	return f
}

// Trail is what happened in one case, or the question why somebody wants to read it.
type Trail struct {
	Watched
	Opened   bool
	Events   []Event
	Reading  []string // why it may be read
	Judges   bool     // it was drawn, and waits for an outcome
	Outcomes []string
	Sampled  bool     // it was drawn
	Outcome  string   // and this was found
	Took     bool     // something was taken up in it and works still: a stop stops that
	Lets     bool     // another officer stopped it: this one may let it be taken up again
	Reasons  []string // for which it is stopped
	Refused  string
	Fresh    bool
}

// Event is one line of it, in words.
type Event struct {
	At, What, By string
	Why          []string
}

// TrailOf gives the screen.
func TrailOf(c enrolment.Case, events []enrolment.Event, opened, judges bool, v Viewer, w *locale.Words) Trail {
	t := Trail{
		Watched: watchedOf([]enrolment.Case{c}, v)[0], Opened: opened, Reading: enrolment.Inquiring(), Judges: judges, Reasons: enrolment.Stopping(),
		Refused: known(v.Refused, w), Fresh: v.Fresh,
	}
	for _, o := range enrolment.Outcomes() {
		t.Outcomes = append(t.Outcomes, string(o))
	}
	if !opened {
		return t
	}
	office, _ := v.Places.Office(c.Office)
	only, took := false, false // asked for was what was stopped alone, and some of it was taken up
	over := false              // what it rests on came to nothing
	for i, e := range events {
		over = over || e.Act == enrolment.Suspend && says(e, "ended", enrolment.NotGiven)
		only = only || says(e, "takes_up", "")
		took = took && !e.Act.StopsTaken()
		line := Event{At: e.At.In(office.Location()).Format(time.DateOnly + " 15:04:05"), What: begun(w.Text(happened(e, only, took, w)))}
		took = took || e.Act == enrolment.TakeUp
		for _, d := range e.Why {
			line.Why = append(line.Why, begun(detail(d, w)))
		}
		if key := again(e, over); key != "" {
			line.Why = append(line.Why, w.Text(key, w.Text("desk.let.button")))
		}
		by := staffOf(events[i:], c)
		line.By = by[:min(len(by), 8)]
		t.Events = append(t.Events, line)
	}
	return t
}

// staffOf gives whose act the first of some events was, the ones after it in order: an alarm does not say it itself. A case is
// stopped by whoever stops it next, and what is typed at the desk is typed by its clerk alone. "" for nobody of the staff.
func staffOf(events []enrolment.Event, c enrolment.Case) string {
	e := events[0]
	alarmed := func(code string) bool { return e.Kind == journal.CaseAlarm && says(e, "alarmed", code) }
	switch {
	case e.By != "":
		return e.By
	case alarmed(enrolment.ByOfficer) && len(events) > 1:
		return events[1].By
	case alarmed("match_failed"), alarmed(enrolment.WrongDigits), alarmed("contact"):
		return c.Clerk.String()
	default:
		return ""
	}
}

// says reports whether an event has a code of a list; "" stands for any.
func says(e enrolment.Event, list, code string) bool {
	return slices.ContainsFunc(e.Why, func(d enrolment.Detail) bool { return d.List == list && (code == "" || d.Code == code) })
}

// detail says one detail of an event in words.
func detail(d enrolment.Detail, w *locale.Words) string {
	key := "desk." + d.List + "." + d.Code
	switch {
	case d.List == "shown" && d.Code == enrolment.NoDocument:
		return w.Text("desk.decide.shown.none")
	case d.List == "shown":
		return w.Text("desk.trail.shown", w.Text("desk.document."+kindOf(d.Code)))
	case !w.Has(key): // of another version of this program
		return w.Text("desk.trail.other")
	case d.List == "check":
		return w.Text("desk.trail.ticked", w.Text(key))
	case d.List == "reading": // as they chose it
		return w.Text("desk.trail.because", w.Text(key))
	default:
		return w.Text(key)
	}
}

// again gives the key of who can let work again what an event stopped, and how; "" of what stopped nothing. Nobody can
// where what it rests on came to nothing, whoever stopped it besides.
func again(e enrolment.Event, over bool) string {
	stops := e.Act == enrolment.Suspend && (e.By != "" || e.From != e.To || over)
	switch {
	case e.Act == enrolment.Freeze && !says(e, "alarmed", enrolment.ClerkStopped):
		return "desk.trail.again.frozen"
	case !stops && e.Act != enrolment.Revoke:
		return ""
	case e.To == enrolment.Cancelled:
		return "desk.trail.again.underway"
	case e.Act == enrolment.Revoke, over:
		return "desk.trail.again.over"
	case e.By != "" && !says(e, "ended", enrolment.PhoneLost):
		return "desk.trail.again.officer"
	default:
		return "desk.trail.again.owner"
	}
}

// begun begins a line as sentences begin: some of its texts stand inside of others elsewhere.
func begun(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// happened gives the key of what an event was: of a step what it led to, or the act itself where that says more.
func happened(e enrolment.Event, only, took bool, w *locale.Words) string {
	key := "desk.trail." + string(e.Kind)
	switch {
	case e.Slip():
		key = "desk.trail.slip"
	case says(e, "joining", enrolment.ByHelpLine):
		key = "desk.trail.help_line"
	case e.Kind != journal.CaseStep:
	case e.To == enrolment.KeyBound && e.From != e.To: // whether the digits are missing is for the list of cases to say
		key = "desk.trail.bound"
	case e.From == e.To, slices.Contains(telling(), e.Act):
		key = "desk.trail.act." + string(e.Act)
	default:
		key = "desk.trail.to." + stateIn(e.To, e.Act == enrolment.Read, only, took)
	}
	if !w.Has(key) {
		return "desk.trail.other"
	}
	return key
}

// telling are the acts that say more than where they lead: two of them lead back to where it stood once, two give a code
// out anew, and one is what the clerk saw.
func telling() []enrolment.Act {
	return []enrolment.Act{enrolment.Lift, enrolment.Correct, enrolment.Reissue, enrolment.Rescan, enrolment.Evidence}
}

// Sampled is one case that was drawn by chance.
type Sampled struct {
	Watched
	Outcome string
}

func sampledOf(sample []enrolment.Sampled, v Viewer) []Sampled {
	all := make([]Sampled, len(sample))
	for i, s := range sample {
		all[i] = Sampled{watchedOf([]enrolment.Case{s.Case}, v)[0], string(s.Outcome)}
	}
	return all
}

// drawable reports whether the next sample may be drawn.
func drawable(sample []enrolment.Sampled) bool {
	return !slices.ContainsFunc(sample, func(s enrolment.Sampled) bool { return s.Outcome == "" })
}

// Last is the place of the line that says what was done last; -1 where there is none.
func (t Trail) Last() int { return len(t.Events) - 1 }
