package portal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// What keeps something from being done with a device, and what people can mend.
var (
	ErrNoDevice = errors.New("portal: there is no such device, or it does not stand so that this can be done")
	ErrTooWeak  = errors.New("portal: this takes a stronger login")
	ErrWrong    = errors.New("portal: not the code that the app shows")
	ErrShape    = errors.New("portal: no code of an app has this length or these signs") // no try
	ErrLocked   = errors.New("portal: not the code so often that none counts for a while")
	ErrWeakPIN  = errors.New("portal: the PIN is too easy")

	ErrUnverified = errors.New("portal: the key asked for no finger, face or PIN")
	ErrKnown      = errors.New("portal: this key is there already")
	ErrClosed     = errors.New("portal: its owner lets no new ways to log in in")
)

// Codes are recovery codes, in the one answer that gives them; none before.
type Codes struct {
	Codes   []string
	Account string // the name that is typed with them
}

// App is what an app with codes needs, once. Setup comes back with what it shows.
type App struct {
	URI, Secret, Account string
	Setup                []byte
}

// Key is what a browser needs to make a passkey. Setup comes back with what was made.
type Key struct {
	Options json.RawMessage // for navigator.credentials.create
	Setup   []byte
}

// Made is what somebody made to log in with: an app's PIN and code, or a passkey.
type Made struct {
	Setup      []byte
	Credential []byte // of a passkey
	PIN, Code  string // of an app
	Replaces   string // the device that ends with it; "" for none
	Shown      identity.Level
}

// Errand is what somebody who is logged in at the portal may do on the hub's pages.
type Errand struct {
	Owner    identity.UsageID
	Session  seal.RowID     // at the hub, of their login: with its end this is worth nothing any more
	Shown    identity.Level // by their login
	Portable bool
	Replaces string
	Until    time.Time
	Text     string `json:"-"` // as it was sealed
}

// Stop is the screen that says what is left when a device stops.
type Stop struct {
	Which  Device         // without an id: there is no such one
	Act    string         // suspend, lose
	Left   identity.Level // the most that the rest gives; none if there is no rest
	Weaker bool           // that is less than now
}

// StopOf says what is left of somebody's devices, and their other ways to log in, without one device. One
// that is not there, or has ended, has no id; without one that lets nobody in nothing is weaker.
func StopOf(held []Held, others []subject.Binding, id string, l Look) Stop {
	stop, worth := Stop{Left: subject.Strongest(others)}, identity.None
	for _, one := range held {
		switch {
		case one.ID == id && slices.Contains([]string{"active", "suspended", "doubted", "withheld"}, one.State):
			if stop.Which = l.device(one); stop.Which.Live {
				worth = one.Level
			}
		case one.State == "active":
			stop.Left = max(stop.Left, one.Level)
		}
	}
	stop.Weaker = worth > stop.Left
	return stop
}

// None reports whether nothing is left.
func (s Stop) None() bool { return s.Left == identity.None }

// NewApp is the screen on which one is set up.
type NewApp struct {
	QR                     template.HTML
	Link                   template.URL // opens an app on this very device
	Secret, Account, Setup string
	Replaces               string // id of what ends with it
	Wrong                  string
}

// NewAppOf gives the screen.
func NewAppOf(a App, qr template.HTML, replaces, wrong string) NewApp {
	return NewApp{
		QR: qr, Link: template.URL(a.URI), Secret: a.Secret, Account: a.Account, Setup: base64.RawURLEncoding.EncodeToString(a.Setup), //nolint:gosec // otpauth:, of our own making
		Replaces: replaces, Wrong: known(wrong, []string{"wrong_code", "shape.code", "weak_pin", "pin_differs", "locked"}),
	}
}

// Held is one thing to log in with that an office handed out, or that was added to it.
type Held struct {
	ID        string
	Type      string // passkey, totp, recovery, paper
	Kind      string // that, and what holds a passkey where it is known: end of a text key
	Copied    bool   // a cloud account copies it
	Name      string // its owner's; "" for none
	State     string // active, suspended, doubted, aside, lost, removed, superseded
	Since     time.Time
	Level     identity.Level // the most that it gives
	Phishable bool
	Left      int    // codes that are left; -1 where there are none
	Handed    bool   // in an office; else its owner added it
	Office    string // by which it was handed out, or the one that it was added with; "" where nobody knows any more
	Case      string // number of that visit, as on its papers; likewise
	Unseen    bool   // codes that were never shown
	Stopped   string // who stopped the enrolment that it came of, so that no login takes it back: end of a text key; "" for nobody
	StoppedAt time.Time
	Account   string // name that is typed with it; "" where none is
}

// Devices is the screen of what somebody has to log in with.
type Devices struct {
	Done  string // what has just been done: end of a text key
	Wrong string // why it could not be done: end of a text key
	Live  []Device
	Works bool // one of them lets its owner in
	Some  bool // and another does not
	Gone  []Device

	Closed bool // its owner lets no new ways in
}

// Device is one of them on the screen.
type Device struct {
	ID, Type, Kind, Name, State, Level, Since string
	Copied, Phishable, Codes                  bool
	Left                                      int
	Live                                      bool   // it lets its owner in
	Unseen                                    bool   // its codes were never shown
	ByOffice                                  bool   // an office alone lets it work again
	Office, Case                              string // from which visit it is; "" where its owner added it
	Own                                       bool   // its owner added it
	New                                       bool   // just now
	Account                                   string // name that is typed with it; "" where none is, or it lets nobody in
	Stopped, StoppedOn                        string // by whom, for good as far as the portal goes: end of a text key; "" for nobody
}

// device writes one of them.
func (l Look) device(held Held) Device {
	one := Device{
		ID: held.ID, Type: held.Type, Kind: held.Kind, Name: held.Name, State: held.State, Level: held.Level.String(), Since: l.day(held.Since),
		Copied: held.Copied, Phishable: held.Phishable, Codes: held.Left >= 0, Left: held.Left, Live: held.State == "active",
		Unseen: held.Unseen, Own: !held.Handed,
	}
	if held.Handed {
		one.Office, one.Case = held.Office, held.Case
	}
	if one.Live {
		one.Account = held.Account
	}
	if !one.Live && held.Stopped != "" {
		one.Stopped, one.StoppedOn = held.Stopped, l.day(held.StoppedAt)
	}
	one.ByOffice = one.Stopped != "" || held.State == "withheld"
	return one
}

// DevicesOf gives the screen, on which one of them may be marked as new. What cannot come back stands last.
func DevicesOf(all []Held, done, wrong, added string, l Look) Devices {
	d := Devices{Done: known(done, dones()), Wrong: known(wrong, wrongs())}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Held) int { return slices.Index(types(), a.Type) - slices.Index(types(), b.Type) })
	for _, held := range all {
		one := l.device(held)
		one.New = one.Own && one.Live && held.ID == added
		d.Works = d.Works || one.Live
		if slices.Contains([]string{"active", "suspended", "doubted", "withheld", "aside"}, held.State) {
			d.Live = append(d.Live, one)
		} else {
			d.Gone = append(d.Gone, one)
		}
	}
	d.Some = d.Works && slices.ContainsFunc(d.Live, func(one Device) bool { return !one.Live })
	return d
}

// types are in the order in which people look for them.
func types() []string { return []string{"passkey", "totp", "recovery", "paper"} }

func dones() []string  { return []string{"renamed", "added", "resumed", "suspended", "lost"} }
func wrongs() []string { return []string{"none", "weak", "closed"} }

// known lets only what the page has words for through.
func known(word string, words []string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}
