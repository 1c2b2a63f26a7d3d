package portal

// NewKey is the page on which somebody makes one more passkey.
type NewKey struct {
	Portable, Replaces          bool
	Options, Setup, Errand, Try string
	Wrong                       string // end of a text key
}

// NewKeyOf gives the screen; try names its form.
func NewKeyOf(e Errand, options, setup, try, wrong string) NewKey {
	if wrong != "unverified" && wrong != "known" && wrong != "key" {
		wrong = ""
	}
	return NewKey{Portable: e.Portable, Replaces: e.Replaces != "", Options: options, Setup: setup, Errand: e.Text, Try: try, Wrong: wrong}
}

// KeyDone is the page that says that it was made.
type KeyDone struct{ Done, Back string }
