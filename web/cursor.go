package web

import (
	"encoding/base64"
	"errors"

	"symbolon/provider/seal"
)

// errCursor says that a list does not go on where an address says: made by nobody here, or for another list.
var errCursor = errors.New("web: not a place in this list")

// list names one list of many pages, and whose it is: "asked", with a usage id; the cases of an officer, with what they
// look for. A cursor of one is worth nothing in another (attacks IN-17).
type list string

// cursor gives the place in a list where its next page goes on, sealed for the address of that page; "" where it
// ends.
func (p *pages) cursor(of list, more seal.RowID) string {
	if more == (seal.RowID{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p.Cursors.Seal(more[:], of.place()))
}

// before reads where a page of a list begins; the zero id where the address says nothing: with the newest. errCursor
// for whatever cursor did not make for this very list.
func (p *pages) before(v *visit, of list) (seal.RowID, error) {
	said := v.r.URL.Query()["before"]
	if len(said) == 0 {
		return seal.RowID{}, nil
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(said[0])
	if err != nil || len(said) > 1 {
		return seal.RowID{}, errCursor
	}
	id, err := p.Cursors.Open(sealed, of.place())
	if err != nil || len(id) != len(seal.RowID{}) {
		return seal.RowID{}, errCursor
	}
	return seal.RowID(id), nil
}

func (l list) place() string { return "cursor " + string(l) }
