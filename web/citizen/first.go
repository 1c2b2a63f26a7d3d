package citizen

import (
	"html/template"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/web/desk"
	"symbolon/web/locale"
)

// First is the page of a phone that comes first: the code for the clerk, or the offer to make one.
type First struct {
	QR         template.HTML // "" before there is a code
	Thumbprint string        // of the key that made it
	Code       string
	Until      string // time of day
	Refused    string // end of a text key
}

// FirstOf gives the screen; at is the address of the page.
func FirstOf(w enrolment.Waiting, at, refused string, zone *time.Location, words *locale.Words) (First, error) {
	if w.Fragment == "" {
		if !words.Has("phone.first.refused." + refused) {
			refused = ""
		}
		return First{Refused: refused}, nil
	}
	qr, err := desk.QR(at+"#"+w.Fragment, words.Text("phone.first.qr"))
	if zone == nil {
		zone = time.UTC
	}
	return First{QR: qr, Thumbprint: w.Thumbprint, Code: w.Code, Until: w.Until.In(zone).Format("15:04")}, err
}
