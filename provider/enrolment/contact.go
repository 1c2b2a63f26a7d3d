package enrolment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// The limits of the codes that show that a citizen reads what comes to an address.
const (
	contactTime  = 10 * time.Minute
	contactTries = 3 // of each code
	contactCodes = 3 // to one channel of a case
	contactLong  = 6 // digits
)

// Contacts are where people can be reached, and carry a code there. All of a person's addresses are text.
type Contacts interface {
	// Reachable gives the addresses of a person that a message can be carried to now, the best first: one a channel.
	Reachable(context.Context, identity.PersonID) (identity.Attributes, error)
	// ContactCode sends the code that the citizen reads out at the desk.
	ContactCode(ctx context.Context, person identity.PersonID, to identity.Attribute, language, code string, at time.Time) error
	// SecondHalf sends the second half of a code for home to these addresses, and to no other.
	SecondHalf(ctx context.Context, person identity.PersonID, to identity.Attributes, language, half string, at time.Time) error
}

// ContactRow is an address that a code was sent to from a case, as stored: no address and no code stands in it.
type ContactRow struct {
	Case      seal.RowID
	Channel   identity.AttributeName
	Address   Digest
	Code      Digest // the one sent last
	Tries     int    // left for it
	Sent      int    // codes to this channel, whatever the address
	Confirmed bool
	Late      bool // the code is too old, by the database's clock
}

// ContactStore keeps with a case which addresses its citizen has confirmed. What is too late is decided by the
// database's time.
type ContactStore interface {
	CaseContacts(context.Context, seal.RowID) ([]ContactRow, error)
	// AskContact keeps a code, with its tries, for so long; what was confirmed for the channel is not any more. False
	// where the channel was sent so many before.
	AskContact(ctx context.Context, row ContactRow, life time.Duration, most int) (ok bool, err error)
	// TryContact takes one try before anything is compared, and gives what it is a try of; false if there was none, or
	// it is too late.
	TryContact(context.Context, seal.RowID, identity.AttributeName) (row ContactRow, ok bool, err error)
	// ConfirmContact keeps that the code was read out; false where it is not the code any more.
	ConfirmContact(ctx context.Context, id seal.RowID, channel identity.AttributeName, code Digest) (ok bool, err error)
}

// Contact is an address of a case's citizen, as the desk may see it.
type Contact struct {
	Channel   identity.AttributeName
	Shown     string // masked
	Confirmed bool
	Asked     bool // a code was sent, and may still be typed
	Tries     int  // left for it
	Left      int  // codes that may yet be sent
}

// ContactsOf gives where the citizen of a case could be sent the second half of a code for home, to the clerk whose
// case it is; to others nothing.
func (o *Office) ContactsOf(ctx context.Context, a Actor, c Case) ([]Contact, error) {
	if c.Clerk != a.Member.ID || c.Person.IsZero() {
		return nil, nil
	}
	reached, rows, err := o.reach(ctx, c)
	if err != nil {
		return nil, err
	}
	all := make([]Contact, 0, len(reached))
	for _, to := range reached {
		row, same := o.known(c, to, rows)
		all = append(all, Contact{
			Channel: to.Name, Shown: maskContact(to.Value.RevealText()), Confirmed: same && row.Confirmed,
			Asked: same && !row.Confirmed && !row.Late && row.Tries > 0, Tries: row.Tries, Left: max(contactCodes-row.Sent, 0),
		})
	}
	return all, nil
}

// AskContact sends a code of six digits to an address of the citizen, which they read out from their own phone or
// mail: so the office knows that what is sent there reaches them (means.md §4.4). It is in the language that the actor
// names, which the clerk has asked them for; so is the second half.
func (o *Office) AskContact(ctx context.Context, a Actor, id seal.RowID, channel identity.AttributeName) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	reached, rows, err := o.reach(ctx, c)
	if err != nil {
		return c, err
	}
	to, known := reached.Find(channel)
	row, same := o.known(c, to, rows)
	if _, err := Move(c.State, AskContact, Facts{
		OwnCase: c.Clerk == a.Member.ID, Reached: known, Unconfirmed: !same || !row.Confirmed, ContactCodes: row.Sent,
	}); err != nil {
		return c, err
	}
	code := digits(contactLong)
	row = ContactRow{Case: c.ID, Channel: channel, Address: o.digest(contactDigest, contactValue(c.ID, to)), Tries: contactTries}
	row.Code = o.digest(contactCodeDigest, codeValue(c.ID, string(channel)+" "+code))
	written := c
	err = o.Atomically(ctx, func(ctx context.Context) error {
		ok, err := o.Addressed.AskContact(ctx, row, contactTime, contactCodes)
		if err == nil && !ok {
			err = &Refused{"contact_codes"}
		}
		if err == nil {
			err = o.Contacts.ContactCode(ctx, c.Person, to, a.Language, code, o.Now())
		}
		if err == nil {
			c.Work.Language = a.Language
			written, err = o.write(ctx, c, Change{}, step(AskContact, c.State, c.State, a.Member.ID, "channel", string(channel)))
		}
		return err
	})
	return written, err
}

// ConfirmContact takes the code that the citizen read out. It counts for the address that it was sent to, and for this
// case alone.
func (o *Office) ConfirmContact(ctx context.Context, a Actor, id seal.RowID, channel identity.AttributeName, typed string) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	facts := Facts{OwnCase: c.Clerk == a.Member.ID, ReadOut: true}
	if _, err := Move(c.State, ConfirmContact, facts); err != nil { // before a try is taken
		return c, err
	}
	code, fits := onlyDigits(typed, contactLong)
	if !fits { // a slip of the finger is no try
		return c, &Refused{"contact_code"}
	}
	row, ok, err := o.Addressed.TryContact(ctx, c.ID, channel)
	if err != nil {
		return c, fmt.Errorf("count a try: %w", err)
	}
	if !ok {
		return c, &Refused{"contact_late"}
	}
	reached, err := o.Contacts.Reachable(ctx, c.Person)
	if err != nil {
		return c, fmt.Errorf("find contacts: %w", err)
	}
	to, _ := reached.Find(channel)
	if _, same := o.known(c, to, []ContactRow{row}); !same {
		return c, &Refused{"contact_late"} // it was sent to an address that is the citizen's no more
	}
	facts.ReadOut = o.is(row.Code, contactCodeDigest, codeValue(c.ID, string(channel)+" "+code))
	if _, err := Move(c.State, ConfirmContact, facts); err != nil {
		_, err = o.write(ctx, c, Change{}, alarm("contact"))
		if row.Tries == 0 {
			return c, errors.Join(&Refused{"contact_late"}, ignoreConflict(err))
		}
		return c, errors.Join(&ErrWrong{row.Tries}, ignoreConflict(err))
	}
	written := c
	err = o.Atomically(ctx, func(ctx context.Context) error {
		ok, err := o.Addressed.ConfirmContact(ctx, c.ID, channel, row.Code)
		if err == nil && !ok { // another one was sent meanwhile
			err = &Refused{"contact_late"}
		}
		if err == nil {
			written, err = o.write(ctx, c, Change{}, step(ConfirmContact, c.State, c.State, a.Member.ID, "channel", string(channel)))
		}
		return err
	})
	return written, err
}

// confirmedContacts gives the addresses that the citizen has confirmed for a case and that are theirs still.
func (o *Office) confirmedContacts(ctx context.Context, c Case) (identity.Attributes, error) {
	reached, rows, err := o.reach(ctx, c)
	return slices.DeleteFunc(reached, func(to identity.Attribute) bool {
		row, same := o.known(c, to, rows)
		return !same || !row.Confirmed
	}), err
}

// sendHalf sends the second half to what was confirmed, in the transaction that issues the code.
func (o *Office) sendHalf(ctx context.Context, c Case, language, half string) error {
	to, err := o.confirmedContacts(ctx, c)
	if err == nil && len(to) == 0 {
		err = &Refused{"no_channel"}
	}
	if err != nil {
		return err
	}
	return o.Contacts.SecondHalf(ctx, c.Person, to, cmp.Or(c.Work.Language, language), half, o.Now())
}

// goesTo says in facts how many addresses a code for home can be sent to.
func (o *Office) goesTo(ctx context.Context, c Case, mode Mode, facts *Facts) error {
	if facts.AtHome = mode == AtHome; !facts.AtHome {
		return nil
	}
	to, err := o.confirmedContacts(ctx, c)
	facts.Contacts = len(to)
	return err
}

func (o *Office) reach(ctx context.Context, c Case) (identity.Attributes, []ContactRow, error) {
	reached, err := o.Contacts.Reachable(ctx, c.Person)
	if err != nil {
		return nil, nil, fmt.Errorf("find contacts: %w", err)
	}
	rows, err := o.Addressed.CaseContacts(ctx, c.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("find what was confirmed: %w", err)
	}
	return slices.Clone(reached), rows, nil
}

// known finds what is kept about the channel of an address, and whether it is about this very address.
func (o *Office) known(c Case, to identity.Attribute, rows []ContactRow) (row ContactRow, same bool) {
	i := slices.IndexFunc(rows, func(r ContactRow) bool { return r.Channel == to.Name })
	if i < 0 {
		return ContactRow{}, false
	}
	return rows[i], o.is(rows[i].Address, contactDigest, contactValue(c.ID, to))
}

func contactValue(id seal.RowID, to identity.Attribute) string {
	return codeValue(id, string(to.Name)+" "+to.Value.RevealText())
}

// channels are the channels that may stand in an entry about a case: their kinds alone.
func channels() []string { return []string{"email", "phone_number"} }
