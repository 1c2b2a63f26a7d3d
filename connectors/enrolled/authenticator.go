package enrolled

import (
	"encoding/hex"
	"time"

	"symbolon/connectors/identity"
)

// DeviceID names one authenticator. It is random and says nothing about when.
type DeviceID [16]byte

// String gives the id in hexadecimal, for forms and entries.
func (id DeviceID) String() string { return hex.EncodeToString(id[:]) }

// ParseDeviceID reads what String wrote.
func ParseDeviceID(text string) (DeviceID, error) {
	var id DeviceID
	if n, err := hex.Decode(id[:], []byte(text[:min(len(text), 2*len(id))])); err != nil || n != len(id) || len(text) != 2*len(id) {
		return DeviceID{}, ErrNoDevice
	}
	return id, nil
}

// Type is what an authenticator is to its owner.
type Type string

// The types.
const (
	Passkey  Type = "passkey"
	TOTP     Type = "totp"     // six digits of an app, with a PIN
	Recovery Type = "recovery" // ten codes for the day on which the rest is lost
	Paper    Type = "paper"    // a list of codes, for who has no device at all
)

// Mechanism is how strong an authenticator is; there is a kind of evidence for each.
type Mechanism string

// The mechanisms (means.md §8).
const (
	Certified   Mechanism = "certified" // a passkey bound to hardware that is attested and certified
	Attested    Mechanism = "attested"  // bound to attested hardware
	Bound       Mechanism = "bound"     // bound to a device that only says so
	Synced      Mechanism = "synced"    // a passkey that a cloud account copies
	TOTPWithPIN Mechanism = "totp"
	Codes       Mechanism = "codes" // recovery codes and paper lists: one factor
)

// Evidence gives the kind of evidence that a mechanism makes.
func (m Mechanism) Evidence() identity.EvidenceKind {
	return identity.HandedOut(string(m))
}

// Phishable reports whether a false page could ask for what it says and use it.
func (m Mechanism) Phishable() bool { return m == TOTPWithPIN || m == Codes }

// State is how an authenticator stands. Only an active one lets anybody in.
type State string

// The states.
const (
	Active     State = "active"
	Suspended  State = "suspended" // until its owner shows more
	Doubted    State = "doubted"   // its count went back: there may be two of it
	Lost       State = "lost"
	Removed    State = "removed"
	Superseded State = "superseded" // by a new enrolment in the office
	Withheld   State = "withheld"   // stopped with its enrolment, which stands again for something else: an office alone lets it work
	Aside      State = "aside"      // by something weaker that an emergency gave: until its owner shows more, or an office lifts it
)

// Reason says why, as a code.
type Reason string

// Why something is suspended.
const (
	ByOwner    Reason = "owner"
	NotMe      Reason = "not_me"
	ByOffice   Reason = "office"
	HelpLine   Reason = "help_line"           // somebody called
	Refusal    Reason = "application_refused" // the first ID was refused or withdrawn
	CountBack  Reason = "count_went_back"
	NewOneMade Reason = "new_one_made"
	Weaker     Reason = "emergency" // something weaker was given out, so that this is only put aside
)

// Via says where something was redeemed.
type Via string

// Where something is redeemed.
const (
	ViaDesk   Via = "desk"   // in sight of the clerk
	ViaHome   Via = "home"   // later, with the second half of a split secret
	ViaDevice Via = "device" // added by its owner, who had logged in
)

// Day counts days since 1970, UTC.
type Day int32

// DayOf gives the day of a moment.
func DayOf(t time.Time) Day { return Day(t.Unix() / (24 * 60 * 60)) }

// AccountRow is an account as stored: its name is a digest, and sealed.
type AccountRow struct {
	Handle [16]byte
	Person identity.PersonID
	Name   []byte // sealed
	Names  []Digest
	Since  Day
}

// Row is one authenticator as stored.
type Row struct {
	ID         DeviceID
	Person     identity.PersonID // of the account
	Handle     [16]byte          // the account
	Type       Type
	Mechanism  Mechanism
	Level      identity.Level // of the enrolment
	CapUntil   Day            // through this day substantial at most
	Case       string
	Office     string
	Via        Via
	State      State
	Since      Day
	Label      []byte   // the owner's name for it, sealed; nil: none
	Sealed     []byte   // what checks it: public key, secret, digests of codes
	Credential []Digest // of a passkey's id
}

// enrolment is what the binding allows on a day (R-ENR-08).
func (r Row) enrolment(today Day) identity.Level {
	if today <= r.CapUntil {
		return identity.Least(r.Level, identity.Substantial)
	}
	return r.Level
}

// Device is an authenticator as its owner and a clerk see it.
type Device struct {
	ID        DeviceID
	Type      Type
	Form      Form // of what holds a passkey; "" where nobody said
	Mechanism Mechanism
	Name      string // its owner's; "" for none
	State     State
	Since     Day
	Level     identity.Level // the most that it gives
	Phishable bool
	Left      int    // codes not used yet; -1 where there are none
	Account   string // name that is typed with it: of two who became one each thing keeps its own; "" where none is
	Case      string
	Office    string
	Via       Via
}

func labelPlace(id DeviceID) string  { return "authenticator label " + id.String() }
func recordPlace(id DeviceID) string { return "authenticator " + id.String() }
