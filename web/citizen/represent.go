package citizen

import (
	"strconv"

	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Represent is the screen that asks for whom somebody acts.
type Represent struct {
	Party   Party
	Name    string // the given name of who logged in; "" if unknown
	Wards   []Ward
	More    bool   // the register tells of no more at once
	Silent  bool   // the register does not answer
	Failure string // why nothing came of what was chosen; "" for no reason
}

// Ward is somebody to act for.
type Ward struct {
	Handle string
	Name   string
	Born   string // year
	Kind   string // end of a text key
}

// RepresentOf gives the screen.
func RepresentOf(step login.Represent, wards login.Wards, l *login.Login, w *locale.Words) Represent {
	name, _ := l.Known.Find("given_name")
	r := Represent{Party: PartyOf(l.Party, w), Name: name.Value.RevealText(), More: wards.More, Silent: wards.NoAnswer, Failure: step.Failure}
	for _, ward := range wards.List {
		r.Wards = append(r.Wards, Ward{ward.Handle, ward.Name.Reveal(), strconv.Itoa(ward.Born), string(ward.Kind)})
	}
	return r
}

// Acting says for whom somebody acts, on the screens that follow.
type Acting struct {
	Choice bool   // they may act for others here
	Other  bool   // and do
	Name   string // the given name of whom they act for
}

// ActingOf says it of a login.
func ActingOf(l *login.Login) Acting {
	a := Acting{Choice: l.Request.Ask.Represents()}
	if _, a.Other = l.Acting(); a.Other {
		name, _ := l.Known.Find("given_name")
		a.Name = name.Value.RevealText()
	}
	return a
}
