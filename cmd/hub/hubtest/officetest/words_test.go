package officetest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

const (
	ordinary, ordinaryEnd     = visit.Ordinary, visit.OrdinaryEnd
	minor, minorEnd, guardian = visit.Minor, visit.MinorEnd, visit.Guardian
)

// The words in which the stories here are told.
var (
	clinic, each, eachWith, open = visit.Clinic, visit.Each, visit.EachWith, visit.Open
	emergencies, down            = visit.Emergencies, visit.Down
	desk, find, compared         = visit.Desk, visit.Find, visit.Compared
	signed, toSign, handed       = visit.Signed, visit.ToSign, visit.Handed
	agreed, agreedToSign, claim  = visit.Agreed, visit.AgreedToSign, visit.Claim
	enrol, finishBy              = visit.Enrol, visit.Finish
)

// finish takes ordinary's code from the desk to a key that works.
func finish(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) *enrolledtest.Device {
	t.Helper()
	return visit.Finish(t, w, clerk, ordinaryEnd)
}
