package citizen

// Onward is where the login begins anew that somebody had before they came to an office.
type Onward struct {
	Party Party
	Href  string // the party's own address, as registered
}

// Next is what somebody can do who has just been given a way to log in.
type Next struct {
	Way    string  // what the means is called at a login
	Try    string  // address at which they log in with it as a test; "" where there is none
	Onward *Onward // nil where they came from no login

	Counter bool // this is the office's own computer: nothing is to be tried there
}
