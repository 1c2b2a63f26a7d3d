package enrolment

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/limit"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// Registers are asked about a citizen by number. Errors: register.ErrNotFound, register.ErrUnavailable.
type Registers interface {
	Person(context.Context, identity.Identifier) (register.Person, error)
	Documents(context.Context, identity.Identifier) ([]register.Document, error)
	// Photo gives the photo that the register keeps, or that came with an application for a document.
	Photo(context.Context, identity.Identifier) (register.Photo, error)
}

// Statuses tells how a document stands now, never from memory of more than a minute: register.Unknown
// where no register answers.
type Statuses interface {
	Standing(ctx context.Context, holder identity.Identifier, kind, number string) (status register.DocumentStatus, since time.Time)
	// Reported tells what is known against a document that may be in no register: document names it where
	// its country is known. Errors: register.ErrNotFound where nothing is, register.ErrUnavailable.
	Reported(ctx context.Context, document identity.Identifier, kind, number string) (status register.DocumentStatus, since time.Time, err error)
}

// People finds the person whom a register told about, or makes them.
type People interface {
	Enrol(context.Context, subject.Registered) (identity.Person, error)
	// Unregistered finds who has a document that no register answers about; EnrolUnregistered makes them
	// where nobody here has it.
	Unregistered(context.Context, subject.Read) (identity.Person, error)
	EnrolUnregistered(context.Context, subject.Read) (identity.Person, error)
	// Holder gives who has, or had, a number here, however they stand: subject.ErrNobody.
	Holder(context.Context, identity.Identifier) (identity.PersonID, error)
	// Reference is how the journal names a person.
	Reference(identity.PersonID) string
}

// Standing says how somebody stands beside what registers know of them.
type Standing interface {
	// WaysOf says whether somebody lets no further way to log in be added.
	WaysOf(context.Context, identity.PersonID) (closed bool, err error)
	// Found keeps what was found against somebody, up to a day.
	Found(context.Context, identity.PersonID, subject.Finding) error
	// Until says up to which day something was found against somebody; 0 for nothing.
	Until(context.Context, identity.PersonID, identity.Finding) (subject.Day, error)
	// Among reports whether somebody is one of others, as all of them are now.
	Among(ctx context.Context, who identity.PersonID, others ...identity.PersonID) (bool, error)
	// Became gives who somebody is now.
	Became(context.Context, identity.PersonID) (identity.PersonID, error)
}

// Changes says when a register last told that something of a person's data changed; zero for not since.
type Changes interface {
	ChangedSince(ctx context.Context, person identity.PersonID, since time.Time) (time.Time, error)
	// ChangedUnknown says it by number (kind ChangedNumber of the digests) of who was not known then.
	ChangedUnknown(ctx context.Context, numbers []Digest, since time.Time) (time.Time, error)
}

// ChangedNumber is the kind of digests under which it is kept for a week that a register told of a change of somebody
// whom nobody here knew.
const ChangedNumber = "changed number"

// Staff answers for colleagues.
type Staff interface {
	Member(context.Context, staff.ID) (staff.Member, error)
	Places(context.Context) (staff.Places, error)
	Count(ctx context.Context, m staff.Member, office staff.Office, act staff.Act, most int) error
	Exhausted(context.Context, staff.Member) error
}

// Recorder turns an entry into a row; the row commits with the change that it records.
type Recorder interface {
	Row(journal.Entry) (journal.Row, error)
}

// Notices tell people what happened, on every channel.
type Notices interface {
	// Enrolled says that a new way to log in works, with the reference that stops it.
	Enrolled(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) (int, error)
	// Meanwhile says it of an emergency, which put aside what is stronger.
	Meanwhile(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) (int, error)
	// Ward says to a guardian that one for a minor in their care does.
	Ward(ctx context.Context, guardian identity.PersonID, language, reference string, at time.Time) (int, error)
	// Stopped says that something that the person logs in with was stopped; they quote the reference.
	Stopped(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) error
	// WardStopped says it to the guardian of a minor.
	WardStopped(ctx context.Context, guardian identity.PersonID, language, reference string, at time.Time) error
}

// Signer signs the record of an enrolment: a JWS in compact form.
type Signer interface {
	Sign(payload []byte) (string, error)
}

// Policy is what an operator decides.
type Policy struct {
	LookUps    int // of a clerk in a day
	Enrolments int
	Age        int    // from which somebody under 18 enrols, together with a guardian
	Emergency  bool   // R-ENR-13: two clerks may go on while the registers do not answer
	Country    string // whose identity cards and passports the registers all know; "" where nobody says
	Levels     map[identity.Proofing]identity.Level
	Hours      staff.Hours   // of offices that have said none
	CapFlagged bool          // R-ENR-08
	Issuer     string        // that records name
	DeskTime   time.Duration // for which a code may be redeemed at the desk; 0: DeskTime
	HomeTime   time.Duration // and at home; 0: HomeTime
	PhoneFirst []string      // offices where a phone may come first; "*" stands for all
}

// Scans reports whether a phone may come first at an office.
func (p Policy) Scans(office string) bool {
	return slices.Contains(p.PhoneFirst, office) || slices.Contains(p.PhoneFirst, "*")
}

// Office runs enrolments. All fields are set by the wiring and never change.
type Office struct {
	Store     Store
	Requests  Requests
	Limit     *limit.Keeper // of phones that come first, and of tries to finish a case
	Registers Registers
	Statuses  Statuses
	Changes   Changes
	Relations Relations
	People    People
	Standing  Standing
	Homes     Homes
	Staff     Staff
	Keys      Keys
	Stops     Stops
	Ways      Ways
	Notices   Notices
	Contacts  Contacts
	Addressed ContactStore
	Signer    Signer
	Journal   Recorder
	Callbacks Callbacks // nil: there are no register systems
	Digests   seal.Digester
	Vault     seal.Vault
	Mint      seal.Mint
	Trails    Trails                              // for security officers; nil: there are none
	Searches  Searches                            // beside Trails
	Joinings  Joinings                            // beside Trails
	Names     func(...identity.PersonID) []string // all that the journal has for persons
	Records   Records
	Policy    Policy
	// Atomically runs writes to the identity database in one durable transaction.
	Atomically func(context.Context, func(context.Context) error) error
	Log        *slog.Logger
	Now        func() time.Time
}

// Callbacks tells a register system that a case of its own moved, in the transaction of the context.
type Callbacks interface {
	Moved(context.Context, Case) error
}

// Actor is who acts at a desk, as their login proved it.
type Actor struct {
	Member staff.Member
	Office staff.Office
	Proved time.Time // when they last proved who they are
	At     staff.At  // where they work

	Language string // that the desk's pages are read in
}

func (a Actor) stepUp(now time.Time) time.Duration {
	if a.Proved.IsZero() {
		return -1
	}
	return max(now.Sub(a.Proved), 0)
}

// may says whether the actor's appointment allows an act; staff.ErrNobody and staff.ErrLocked say no.
func (a Actor) may(act staff.Act) error { return staff.Usable(a.Member, act) }

// own is Case for somebody whose appointment allows an act: no caller is trusted to have looked.
func (o *Office) own(ctx context.Context, a Actor, act staff.Act, id seal.RowID) (Case, error) {
	c, err := o.Case(ctx, a, id)
	if err != nil {
		return Case{}, err
	}
	return c, a.may(act)
}

// Case gives a case of the actor's office; any case for who works for the whole installation.
func (o *Office) Case(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	c, err := o.load(ctx, Query{ID: id})
	if err != nil {
		return Case{}, err
	}
	if a.Member.Office != "" && c.Office != a.Member.Office { // attacks IN-05: another office's case is not there
		if ok, err := o.oversees(ctx, a, c.Office); err != nil || !ok {
			return Case{}, errors.Join(err, ErrNoCase)
		}
	}
	return o.settle(ctx, c)
}

// Desk gives the cases of an office that are open, or were decided today: the actor's own first, and last those
// that a register system opened and nobody took, so that a flood of those hides nothing. A case that cannot be
// opened is there without what it is about.
func (o *Office) Desk(ctx context.Context, a Actor) ([]Case, error) {
	now := o.Now().In(a.Office.Location())
	rows, err := o.Store.Cases(ctx, Query{Office: a.Office.ID, Clerk: a.Member.ID, Since: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())})
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	all := make([]Case, 0, len(rows))
	for _, row := range rows {
		c, err := o.open(row)
		if err != nil {
			o.Log.ErrorContext(ctx, "a case could not be opened", "case", CaseID(row.ID), "error", err)
			c = row.Case
		}
		all = append(all, c)
	}
	return all, nil
}

func (o *Office) load(ctx context.Context, q Query) (Case, error) {
	rows, err := o.Store.Cases(ctx, q)
	if err != nil {
		return Case{}, fmt.Errorf("load a case: %w", err)
	}
	if len(rows) == 0 {
		return Case{}, ErrNoCase
	}
	return o.open(rows[0])
}

func (o *Office) open(row Row) (Case, error) {
	c := row.Case
	if len(row.Sealed) == 0 {
		return c, nil
	}
	plain, err := o.Vault.Open(row.Sealed, workPlace(c.ID))
	if err != nil {
		return Case{}, fmt.Errorf("open a case: %w", err)
	}
	if err := json.Unmarshal(plain, &c.Work); err != nil {
		return Case{}, errors.New("open a case: not what was sealed")
	}
	return c, nil
}

func (o *Office) row(c Case) (Row, error) {
	plain, err := json.Marshal(c.Work)
	if err != nil {
		return Row{}, fmt.Errorf("seal a case: %w", err)
	}
	return Row{c, o.Vault.Seal(plain, workPlace(c.ID))}, nil
}

// write writes a case with what belongs to the change, and gives it as it is afterwards.
func (o *Office) write(ctx context.Context, c Case, change Change, entries ...journal.Entry) (Case, error) {
	c.Changed = o.Now()
	row, err := o.row(c)
	if err != nil {
		return Case{}, err
	}
	change.Row = &row
	if change.Entries, err = o.entries(c, entries...); err != nil {
		return Case{}, err
	}
	err = o.Atomically(ctx, func(ctx context.Context) error {
		if err := o.Store.WriteCase(ctx, change); err != nil {
			return err
		}
		return o.moved(ctx, c)
	})
	if err != nil {
		return Case{}, fmt.Errorf("write a case: %w", err)
	}
	c.Gen++
	return c, nil
}

// off reports whether an office is switched off: then its cases give nobody anything (attacks SE-12).
func (o *Office) off(ctx context.Context, office string) (bool, error) {
	places, err := o.Staff.Places(ctx)
	if err != nil {
		return false, fmt.Errorf("read offices: %w", err)
	}
	return places.Off(office), nil
}

// retries is how often a change begins again because desk and phone wrote at once.
const retries = 5

// again writes a change that holds whatever else moved the case meanwhile: where somebody was faster it
// is made anew from the case as it is then.
func (o *Office) again(ctx context.Context, c Case, change func(*Case) (Change, []journal.Entry, error)) (Case, error) {
	for try := 1; ; try++ {
		next := c
		what, entries, err := change(&next)
		if err != nil {
			return c, err
		}
		next, err = o.write(ctx, next, what, entries...)
		if !errors.Is(err, ErrConflict) || try == retries {
			return next, err
		}
		if c, err = o.load(ctx, Query{ID: c.ID}); err != nil {
			return c, err
		}
	}
}

// moved tells the register system that opened the case.
func (o *Office) moved(ctx context.Context, c Case) error {
	if o.Callbacks == nil || c.System == "" {
		return nil
	}
	return o.Callbacks.Moved(ctx, c)
}

func (o *Office) entries(c Case, entries ...journal.Entry) ([]journal.Row, error) {
	var rows []journal.Row
	for _, e := range entries {
		e.At, e.Ref = o.Now(), c.Number
		if e.Who == "" {
			e = o.whose(c, e)
		}
		row, err := o.Journal.Row(e)
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", e.Kind, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// step records an act on a case: means.md R-ENR-09. It holds no token, photo, name or address.
func step(act Act, from, to State, by staff.ID, more ...string) journal.Entry {
	fields := map[string]any{"act": string(act), "from": string(from), "to": string(to)}
	if by != (staff.ID{}) {
		fields["by"] = by.String()
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			fields[more[i]] = more[i+1]
		}
	}
	return journal.Entry{Kind: journal.CaseStep, Fields: fields}
}

// settle lets a case end whose time is over, and finishes one whose last act a crash cut short.
func (o *Office) settle(ctx context.Context, c Case) (Case, error) {
	if c.Late && c.State.Open() {
		from := c.State
		to, err := Move(c.State, Expire, Facts{})
		if err != nil { // a frozen case waits for the clerk
			return c, nil
		}
		c.State = to
		c, err = o.write(ctx, c, Change{Burn: true}, step(Expire, from, to, staff.ID{}))
		if errors.Is(err, ErrConflict) {
			return o.load(ctx, Query{ID: c.ID})
		}
		return c, err
	}
	if c.State == Confirmed {
		return o.finish(ctx, c)
	}
	return c, nil
}

func (o *Office) digest(kind, value string) Digest {
	return Digest{o.Digests.KeyID(), o.Digests.Digest(kind, value)}
}

// digests gives the digest under every key in use.
func (o *Office) digests(kind, value string) []Digest {
	all := make([]Digest, len(o.Digests.Keys))
	for i, sum := range o.Digests.All(kind, value) {
		all[i] = Digest{o.Digests.Keys[i].ID, sum}
	}
	return all
}

func workPlace(id seal.RowID) string { return "case " + hex.EncodeToString(id[:]) }
