package consent

import (
	"time"

	"symbolon/connectors/identity"
)

// Plan is pure: it says what must still be put to the citizen, or, if nothing must, what may be
// told as it is. known holds the attributes with their values; they go into the question's items
// for the page, never into its digest or the release.
func Plan(ask Ask, party RelyingParty, usage identity.UsageID, known identity.Attributes, standing *Decision, now time.Time) (*Question, Release) {
	return nil, Release{}
}
