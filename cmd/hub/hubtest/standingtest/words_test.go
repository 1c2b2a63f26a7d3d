// Package standingtest tells what becomes of an enrolment once it stands, through the whole hub: who logs in with it and
// who is told of it; how it is stopped, replaced, ended and taken up again, and what ends with it; what an officer and
// the citizen read of it afterwards; in requests. How one comes about is told in package officetest.
package standingtest

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
	agreed, agreedToSign         = visit.Agreed, visit.AgreedToSign
	enrol, finish, finishBy      = visit.Enrol, visit.FinishOrdinary, visit.Finish
	byDocument, readAs           = visit.ByDocument, visit.ReadAs
	mayKnowNumbers, told         = visit.MayKnowNumbers, visit.Told
)
