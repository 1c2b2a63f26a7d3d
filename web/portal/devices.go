package portal

import (
	"encoding/base64"
	"errors"
	"html/template"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// What keeps something from being done with a device, and what people can mend.
var (
	ErrNoDevice = errors.New("portal: there is no such device, or it does not stand so that this can be done")
	ErrTooWeak  = errors.New("portal: this takes a stronger login")
	ErrWrong    = errors.New("portal: not the code that the app shows")
	ErrWeakPIN  = errors.New("portal: the PIN is too easy")
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

// NewApp is the screen on which one is set up.
type NewApp struct {
	QR                     template.HTML
	Link                   template.URL // opens an app on this very device
	Secret, Account, Setup string
	Wrong                  string
}

// NewAppOf gives the screen.
func NewAppOf(a App, qr template.HTML, wrong string) NewApp {
	return NewApp{
		QR: qr, Link: template.URL(a.URI), Secret: a.Secret, Account: a.Account, Setup: base64.RawURLEncoding.EncodeToString(a.Setup), //nolint:gosec // otpauth:, of our own making
		Wrong: known(wrong, []string{"wrong_code", "weak_pin"}),
	}
}

// Held is one thing to log in with that an office handed out, or that was added to it.
type Held struct {
	ID        string
	Type      string // passkey, totp, recovery, paper
	Copied    bool   // a cloud account copies it
	Name      string // its owner's; "" for none
	State     string // active, suspended, doubted, lost, removed, superseded
	Since     time.Time
	Level     identity.Level // the most that it gives
	Phishable bool
	Left      int // codes that are left; -1 where there are none
}

// Devices is the screen of what somebody has to log in with.
type Devices struct {
	Done  string // what has just been done: end of a text key
	Wrong string // why it could not be done: end of a text key
	Live  []Device
	Gone  []Device
}

// Device is one of them on the screen.
type Device struct {
	ID, Type, Name, State, Level, Since string
	Copied, Phishable, Codes            bool
	Left                                int
	Live                                bool // it lets its owner in
}

// DevicesOf gives the screen. What cannot come back stands last.
func DevicesOf(all []Held, done, wrong string, l Look) Devices {
	d := Devices{Done: known(done, dones()), Wrong: known(wrong, wrongs())}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Held) int { return slices.Index(types(), a.Type) - slices.Index(types(), b.Type) })
	for _, held := range all {
		one := Device{
			ID: held.ID, Type: held.Type, Name: held.Name, State: held.State, Level: held.Level.String(), Since: l.day(held.Since),
			Copied: held.Copied, Phishable: held.Phishable, Codes: held.Left >= 0, Left: held.Left, Live: held.State == "active",
		}
		if slices.Contains([]string{"active", "suspended", "doubted"}, held.State) {
			d.Live = append(d.Live, one)
		} else {
			d.Gone = append(d.Gone, one)
		}
	}
	return d
}

// types are in the order in which people look for them.
func types() []string { return []string{"passkey", "totp", "recovery", "paper"} }

func dones() []string  { return []string{"renamed", "added", "resumed", "suspended", "lost"} }
func wrongs() []string { return []string{"none", "weak"} }

// known lets only what the page has words for through.
func known(word string, words []string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}
