package enrolment

import (
	"slices"
	"testing"
)

// Where no document was shown, nobody refuses for one.
func TestWithoutADocumentNoneIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		document, guardian string
		may                bool
	}{
		"a document":             {"idcard", "", true},
		"none yet":               {NoDocument, "", false},
		"none, but a guardian’s": {NoDocument, "passport", true},
	} {
		c := Case{Document: row.document, Work: Work{Guardian: Guardian{Document: row.guardian}}}
		if got := c.Declines(); slices.Contains(got, "document") != row.may || !slices.Contains(got, Mistyped) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
