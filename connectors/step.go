package connectors

import (
	"net/url"
	"time"

	"symbolon/connectors/identity"
)

// Step is what to do next with the citizen's browser. The set is closed. All but Done may begin a
// leg; each of them but Failed may come again and again within its ten minutes.
type Step interface{ step() }

// Redirect sends the browser elsewhere.
type Redirect struct{ URL string }

// PostForm sends the browser elsewhere by a form that it posts. Without scripts the citizen presses
// the form's button.
type PostForm struct {
	URL    string
	Fields url.Values
}

// Page shows a page of the connector's own, at our own origin. What its form sends, less the fields
// that bind it to the leg, comes to Continue as Input.Form.
type Page struct {
	View   string // names web/templates/means/VIEW.html
	Script string // the one file of web/static that the page may run, as "webeid.js"; "" for none
	// Guest is the origin of a simulator whose script and frame the page may load, to stand in for a card
	// reader. Outside the demo there is none.
	Guest string
	Data  any // what the template shows; it is kept as JSON, sealed in the login
}

// Wait asks the browser to come again by itself. Until then a page says that we wait.
type Wait struct{ After time.Duration }

// Done ends the leg with an answer. A leg's answer is looked at once, whatever it is. Where the same
// answer could be presented to another leg, Once is what it is known by (an assertion's id, a nonce;
// kept as a digest): of all that name the same Once before Until, the first counts.
type Done struct {
	Authentication identity.Authentication
	Once           string
	Until          time.Time // from here on the connector itself refuses the answer as too old
}

// Failed ends the leg without one.
type Failed struct {
	Code  FailureCode
	Retry bool                      // the same means may work when tried again
	Dead  *identity.DeadCertificate // with CardRevoked: what is never to be taken again (means.md R-CARD-07)
}

func (Redirect) step() {}
func (PostForm) step() {}
func (Page) step()     {}
func (Wait) step()     {}
func (Done) step()     {}
func (Failed) step()   {}
