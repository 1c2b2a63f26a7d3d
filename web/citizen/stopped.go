package citizen

import (
	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Stopped is the screen for somebody who proved who they are and is not let in.
type Stopped struct {
	Choose        // what may still be tried
	Code   string // also the end of the texts' keys
	Ref    string // to quote when asking for help
	Case   string // the number of the citizen's case; "" if there is none
	MayAsk bool   // whether they can have somebody look whose login it is
	Before bool   // a way that they have used before helps: it stands first, the way back last
}

// StoppedOf gives the screen for a step.
func StoppedOf(step login.Stopped, l *login.Login, last identity.Means, w *locale.Words) Stopped {
	return Stopped{ChooseOf(step.Choose, l, last, w), step.Code, step.Ref, step.Case, step.MayAsk, step.Code == login.StopUnlinked || step.Code == login.StopRemoved}
}
