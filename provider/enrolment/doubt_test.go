package enrolment_test

import (
	"slices"
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md §4.3: nobody has to tick what they doubt, and everything else has to be ticked.
func TestWhatIsDoubtedNeedsNoTick(t *testing.T) {
	plain := enrolment.Case{Basis: enrolment.ByRegister}
	blank, read := plain, enrolment.Case{Basis: enrolment.ByDocument}
	blank.Work.Snapshot.NoPhoto = true
	for _, row := range []struct {
		name    string
		of      enrolment.Case
		first   bool // no document yet
		doubt   string
		differs bool
		without []enrolment.Check // may stay without a tick
	}{
		{"no doubt", plain, false, "", false, nil},
		{"the face", plain, false, "photo", false, []enrolment.Check{enrolment.PhotoLikeness}},
		{"the face of an applicant", plain, true, "photo", false, []enrolment.Check{enrolment.ApplicationPhoto}},
		{"the face in the document", blank, false, "photo", false, []enrolment.Check{enrolment.DocumentLikeness}},
		{"the face of who is in no register", read, false, "photo", false, []enrolment.Check{enrolment.DocumentLikeness}},
		{"the document", plain, false, "document", false, []enrolment.Check{enrolment.SecurityFeatures}},
		{"a document read", read, false, "document", false, []enrolment.Check{enrolment.SecurityFeatures}},
		{"what they say", plain, false, "story", false, nil},
		{"pressure", plain, false, "pressure", false, nil},
		{"the data", plain, false, "", true, []enrolment.Check{enrolment.DataAgree}},
		{"face and data", plain, false, "photo", true, []enrolment.Check{enrolment.PhotoLikeness, enrolment.DataAgree}},
	} {
		wanted := row.of.Wanted(!row.first)
		if !(enrolment.Seen{Checks: wanted, Doubt: row.doubt, Mismatch: row.differs}).Done(wanted) {
			t.Errorf("%s: all is ticked, and it does not go on", row.name)
		}
		for _, check := range wanted {
			ticked := slices.DeleteFunc(slices.Clone(wanted), func(c enrolment.Check) bool { return c == check })
			seen := enrolment.Seen{Checks: ticked, Doubt: row.doubt, Mismatch: row.differs}
			if got := seen.Done(wanted); got != slices.Contains(row.without, check) {
				t.Errorf("%s, without %s: %v", row.name, check, got)
			}
		}
	}
}

// Who shows no document leaves none to be doubted, but a guardian's.
func TestADoubtOfADocumentNeedsOne(t *testing.T) {
	child := enrolment.Case{Basis: enrolment.ByRegister, Minor: true}
	for _, row := range []struct {
		of             enrolment.Case
		document, want bool
	}{{enrolment.Case{}, true, true}, {enrolment.Case{}, false, false}, {child, false, true}, {enrolment.Case{Basis: enrolment.ByDocument}, true, true}} {
		if got := row.of.Doubts(row.document); slices.Contains(got, "document") != row.want || !slices.Contains(got, "photo") {
			t.Errorf("%+v, %v: %v", row.of.Basis, row.document, got)
		}
	}
}
