package citizen

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
	"symbolon/web/locale"
)

// Landing is the page that a code's address leads to.
type Landing struct {
	Refused      string // what of a code, and why: end of a text key; "" for nothing
	Stands       string // how what this phone began stands: end of a text key; "" where it began nothing
	Number, Code string // what was typed and refused
	Counter      bool   // it was opened at the office's own computer
	Next                // where it is done
}

// WrongCode reports whether it is the code that was refused, and not the number of the case.
func (l Landing) WrongCode() bool { return strings.HasPrefix(l.Refused, "code.") }

// Here gives the key of a text as it reads where the page is open.
func (l Landing) Here(key string) string { return here(l.Counter, key) }

// Here gives the key of a text as it reads where the page is open.
func (l Locked) Here(key string) string { return here(l.Counter, key) }

// Here gives the key of a text as it reads where the page is open.
func (p Phone) Here(key string) string { return here(p.Counter, key) }

func here(counter bool, key string) string {
	if counter {
		return key + ".counter"
	}
	return key
}

// StandsOf tells the phone that a case is on whether it is under way, done but for codes that were not seen, done or over,
// and nothing else of it: the cookie is enough.
func StandsOf(c enrolment.Case) string {
	switch enrolment.ScreenOf(c) {
	case enrolment.ShowDone:
		if len(c.Work.Codes) > 0 {
			return "codes"
		}
		return "done"
	case enrolment.ShowFrozen, enrolment.ShowExpired, enrolment.ShowEnded:
		return "over"
	default:
		return "begun"
	}
}

// String hides what was typed.
func (Landing) String() string { return "[hidden]" }

// GoString hides what was typed.
func (Landing) GoString() string { return "[hidden]" }

// Locked is the page that has the phone's key sign before it shows a step; the rest is what the step was asked for with.
type Locked struct {
	Counter             bool
	With, Refused, Left string
}

// NotMe is the page of "this was not me".
type NotMe struct {
	Refused, Done bool
	Reference     string // what was typed and refused
	Visit         bool   // or as the number of a visit
	Login         bool   // it is written as the reference of a login is
	Portal        string // where people look after what they log in with; "" for nowhere
}

// Phone is the citizen's phone in an enrolment, one question at a time.
type Phone struct {
	Screen     enrolment.Screen
	At, Of     int
	Office     string
	Station    string
	Home       bool   // nobody of the office is there
	Counter    bool   // this is the office's own computer: no word is of a phone, and nothing is kept in it
	Site       string // where a page that was closed is opened again
	Time       string // when the case was opened, at the office; at home with the day
	Day        string // on which it was done; "" before
	Initials   string
	Born       string
	Document   bool // asks for the document's last characters; else for the birth date
	Match      string
	Matched    bool // the clerk has typed the digits, or the second half was entered: nothing asks for them
	Confirmed  bool // only registers are waited for
	Ticks      enrolment.Ticks
	Codes      []string // in the one answer that gives them
	Portal     string   // where they are good for something; "" for nowhere
	Waiting    bool     // codes that were not given yet
	Devices    string   // where new ones are made; "" for nowhere
	With       enrolment.KeyKind
	Made       string // end of the key of what is true of the key that was made
	Account    string // what to type at a login with an app
	TOTP       bool
	Level      string // that they reach with it: end of a text key
	Next              // when all is done
	Emergency  bool   // no register was asked
	PutsAside  bool   // and what is stronger was put aside
	Replaces   bool   // all that an office gave before
	OldStopped bool   // that was stopped in this visit
	Nameless   bool   // a document alone named them: no register tells who they are
	Stopped    string // or ended, by what: end of a text key
	Refused    string
	Left       int
	Waits      bool   // for the desk: the page looks again by itself
	Looks      bool   // so it does, and nothing says so: the desk may end what is stopped, or begin anew
	Gen        int    // of the case that the page shows
	Shown      string // lets a phone that holds a key see this step another way
	Key        Key
	Apps       bool // an app can be set up
}

// Beside reports whether what was refused was typed into a field of the step, and is said there.
func (p Phone) Beside() bool {
	return p.Key.With == enrolment.TOTP && slices.Contains([]string{"weak_pin", "pin_differs", "wrong_code", "shape.code"}, p.Refused)
}

// Key is what the step that makes a key shows.
type Key struct {
	With    enrolment.KeyKind
	Options string // of a passkey, as JSON
	QR      template.HTML
	App     template.URL // opens an app on this very phone
	Secret  string
}

// PhoneOf gives the screen.
func PhoneOf(c enrolment.Case, places staff.Places, refused string, left int, w *locale.Words) Phone {
	s := c.Work.Snapshot
	p := Phone{
		Screen: enrolment.ScreenOf(c), Counter: c.Work.Counter, Of: 5, Initials: s.Initials(), Born: s.BirthYear(), Document: s.AsksDocument(c.Document), Match: c.Work.Match, Matched: c.Matched, Confirmed: c.State == enrolment.Confirmed,
		Ticks: enrolment.TicksOf(c), Waiting: len(c.Work.Codes) > 0, Account: c.Work.Account.Name, Left: left, Level: levelKey(c.Reaches()), Emergency: c.Basis == enrolment.Emergency, PutsAside: c.Replaces() == enrolment.PutsAside, Replaces: c.Replaces() == enrolment.ReplacesAll, OldStopped: c.Work.Stopped > 0, Nameless: c.Basis == enrolment.ByDocument,
	}
	if (refused == "wrong" || refused == "shape") && p.Screen == enrolment.AskProof && c.Tries.Check == 0 {
		refused = "none_left"
	}
	if refused == "shape" {
		refused += p.asked()
	}
	if w.Has("phone.refused." + refused) {
		p.Refused = heard(c, "phone.refused.", refused, w)
	}
	why := map[enrolment.Screen]string{enrolment.ShowFrozen: c.StoppedBy(), enrolment.ShowEnded: c.Work.Ended}[p.Screen]
	if c.State == enrolment.Suspended || c.State == enrolment.Revoked { // it was done, and is stopped since
		why = "stopped"
	}
	if p.Stopped = heard(c, "phone."+string(p.Screen)+".", "text", w); w.Has("phone." + string(p.Screen) + "." + why) {
		p.Stopped = heard(c, "phone."+string(p.Screen)+".", why, w)
	}
	if p.With, p.Made = c.Work.With, madeOf(c.Work.Made); p.With == enrolment.Portable && p.Made == "bound" {
		p.Made = "portable" // not on the device that shows this
	}
	office, _ := places.Office(c.Office)
	p.Office, p.Time = office.Name, c.Opened.In(office.Location()).Format("15:04")
	if !c.Decided.IsZero() {
		p.Day = c.Decided.In(office.Location()).Format("2006-01-02")
	}
	station, _ := places.Station(c.Office, c.Station)
	p.Station = station.Name
	p.At = map[enrolment.Screen]int{
		enrolment.AskIsItYou: 1, enrolment.AskProof: 2, enrolment.AskTerms: 3, enrolment.MakeKey: 4, enrolment.ShowMatch: 5, enrolment.AskSecond: 5,
	}[p.Screen]
	if p.Screen == enrolment.ShowDone && p.Waiting { // the codes are to be written down
		p.At = p.Of
	}
	p.Gen, p.Apps = c.Gen, c.AppsLeft()
	p.Waits = p.Screen == enrolment.ShowMatch
	p.Looks = p.Screen == enrolment.ShowFrozen && c.Mode != enrolment.AtHome
	if p.Level == "substantial" && p.With == enrolment.Portable {
		p.Level = "substantial.key" // theirs is no certified one
	}
	if c.Mode == enrolment.AtHome {
		p.Home, p.Match, p.Time = true, "", c.Opened.In(office.Location()).Format("2006-01-02 15:04")
	}
	return p
}

// asked names what a step asks to be typed: end of a text key; "" where it asks for nothing.
func (p Phone) asked() string {
	switch {
	case p.Screen == enrolment.AskSecond:
		return ".second"
	case p.Screen == enrolment.AskProof && p.Document:
		return ".document"
	case p.Screen == enrolment.AskProof:
		return ".birth"
	case p.Screen == enrolment.MakeKey:
		return ".code"
	default:
		return ""
	}
}

// heard is the end of a text's key: of the one that is for the counter's computer, or for who goes on at home, where there
// is one.
func heard(c enrolment.Case, start, end string, w *locale.Words) string {
	switch athome := end + ".home"; {
	case c.Work.Counter && w.Has(start+here(true, end)):
		return here(true, end)
	case c.Mode == enrolment.AtHome && w.Has(start+athome):
		return athome
	default:
		return end
	}
}

// madeOf names what is true of a key: not every one stays on the phone.
func madeOf(mechanism string) string {
	switch mechanism {
	case "synced", "totp", "codes":
		return mechanism
	default:
		return "bound"
	}
}

// KeyOf gives what the step that makes a key shows.
func KeyOf(with enrolment.KeyKind, offer enrolment.Offer, w *locale.Words) (Key, error) {
	k := Key{With: with, Options: string(offer.Options), Secret: offer.Secret}
	if len(offer.Options) > 0 && !json.Valid(offer.Options) {
		return Key{}, fmt.Errorf("make a key: options that are no JSON")
	}
	if offer.URI == "" {
		return k, nil
	}
	var err error
	k.App = template.URL(offer.URI) //nolint:gosec // otpauth:, of our own making
	k.QR, err = desk.QR(offer.URI, w.Text("phone.totp.qr"))
	return k, err
}
