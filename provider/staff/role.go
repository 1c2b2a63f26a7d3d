package staff

import "slices"

// Role is what somebody is appointed to.
type Role string

// The roles (means.md §4.2).
const (
	EnrolmentClerk     Role = "enrolment_clerk"
	ApprovingClerk     Role = "approving_clerk"
	LocalAdministrator Role = "local_administrator"
	SecurityOfficer    Role = "security_officer"
)

// Act is something that takes a right.
type Act string

// The acts of people at desks.
const (
	LookUp    Act = "look_up"   // ask the registers about a citizen, in a case
	Draft     Act = "draft"     // open a case, check, print, confirm the signature
	HandOver  Act = "hand_over" // give out the one-time code, cancel and give out anew
	Approve   Act = "approve"   // the second decision about somebody else's case
	Appoint   Act = "appoint"   // name clerks and stations of the own office
	Lock      Act = "lock"      // lock and unlock colleagues
	Relieve   Act = "relieve"   // end a colleague's case that nobody goes on with
	Suspend   Act = "suspend"   // suspend an enrolment that is active
	ReadTrail Act = "read_trail"
)

// May says what a role allows. A role that is not known allows nothing.
func (r Role) May(act Act) bool {
	allowed := map[Role][]Act{
		EnrolmentClerk:     {LookUp, Draft, HandOver},
		ApprovingClerk:     {Approve},
		LocalAdministrator: {Appoint, Lock, Relieve},
		SecurityOfficer:    {Lock, Suspend, ReadTrail},
	}
	return slices.Contains(allowed[r], act)
}

// Known reports whether the role is one that there is.
func (r Role) Known() bool {
	return slices.Contains([]Role{EnrolmentClerk, ApprovingClerk, LocalAdministrator, SecurityOfficer}, r)
}

// namedByPage says which roles a local administrator may give to others. Who may appoint is named by
// two persons with the command, so that no single account makes its own kind.
func (r Role) namedByPage() bool { return r == EnrolmentClerk || r == ApprovingClerk }

// Beside reports whether one person may have two roles, in the same institution or in two: whoever looks people
// up or decides about them neither names and locks colleagues there nor watches over any (means.md §4.2).
func (r Role) Beside(other Role, sameInstitution bool) bool {
	works := func(r Role) bool { return r == EnrolmentClerk || r == ApprovingClerk }
	if works(r) == works(other) {
		return true
	}
	above := r
	if works(r) {
		above = other
	}
	return above == LocalAdministrator && !sameInstitution
}
