package officetest

import "symbolon/cmd/hub/hubtest/visit"

const (
	ordinary, ordinaryEnd     = visit.Ordinary, visit.OrdinaryEnd
	minor, minorEnd, guardian = visit.Minor, visit.MinorEnd, visit.Guardian
)

// The words in which the stories here are told.
var (
	clinic, each, eachWith, open = visit.Clinic, visit.Each, visit.EachWith, visit.Open
	emergencies, down            = visit.Emergencies, visit.Down
	desk, find, compared, reads  = visit.Desk, visit.Find, visit.Compared, visit.Reads
	signed, toSign, handed       = visit.Signed, visit.ToSign, visit.Handed
	agreed, claim                = visit.Agreed, visit.Claim
	finish, finishBy             = visit.FinishOrdinary, visit.Finish
	byDocument, readAs           = visit.ByDocument, visit.ReadAs
	mayKnowNumbers, told         = visit.MayKnowNumbers, visit.Told
)
