package citizen

// Onward is where the login begins anew that somebody had before they came to an office.
type Onward struct {
	Party Party
	Href  string // the party's own address, as registered
}
