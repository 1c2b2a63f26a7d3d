package enrolment

import (
	"context"
	"encoding/hex"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// Correct leads back to the form for what a clerk reads from a document, with what they typed, until it was compared
// with who stands there. Who it is, is found anew when it was read again: that is one more look-up, or a made-up document
// would try names and birth dates beside the day's cap (attacks IN-08).
func (o *Office) Correct(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	c, err := o.own(ctx, a, staff.LookUp, id)
	if err != nil {
		return Case{}, err
	}
	to, err := Move(c.State, Correct, Facts{OwnCase: c.Clerk == a.Member.ID, Basis: c.Basis})
	if err != nil {
		return c, err
	}
	if err := o.count(ctx, a, staff.LookUp, o.Policy.LookUps); err != nil {
		return c, err
	}
	corrected := step(Correct, c.State, to, a.Member.ID, "basis", string(c.Basis))
	if !c.Person.IsZero() { // the case forgets them for now
		corrected.Who = o.People.Reference(c.Person)
	}
	c.Work.Typed, c.Work.Snapshot, c.Work.Tried = c.Work.Snapshot.reading(), Snapshot{}, false
	c.State, c.Basis, c.Person, c.SnapshotHash = to, ByRegister, identity.PersonID{}, nil
	return o.write(ctx, c, Change{}, corrected)
}

// reading is what was typed, as the form has it.
func (s Snapshot) reading() Reading {
	r := Reading{Given: s.Given, Family: s.Family, Birth: s.Birth}
	asked, err := identity.ParseIdentifier(s.Identifier)
	for _, paper := range s.Documents {
		r.Type, r.Expires = paper.Type, paper.Expires
		if err != nil || !isDocument(asked) {
			r.Number = paper.Number
		}
	}
	return r
}

// ReadMark tells one reading of a document from the next; "" where a register says who it is.
func (c Case) ReadMark() string {
	if c.Basis == ByRegister || len(c.SnapshotHash) < readMark {
		return ""
	}
	return hex.EncodeToString(c.SnapshotHash[:readMark])
}

// readMark is how many bytes of a snapshot's hash tell it from another one of the same case.
const readMark = 8
