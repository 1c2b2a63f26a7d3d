package enrolment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// Basis is what says who the person of a case is.
type Basis string

// The bases. All but the first always take a second clerk.
const (
	ByRegister Basis = "register"
	ByDocument Basis = "document"  // a document that no register answers about, read by a clerk (means.md R-PER-09)
	Emergency  Basis = "emergency" // the registers do not answer, and the operator lets two clerks go on (R-ENR-13)
)

// Reading is what a clerk reads from a document, letter by letter, where no register says it.
type Reading struct {
	Given   string `json:"given,omitempty"`
	Family  string `json:"family,omitempty"`
	Birth   string `json:"birth,omitempty"`   // YYYY-MM-DD, unknown parts 00
	Type    string `json:"type,omitempty"`    // of the document
	Number  string `json:"number,omitempty"`  // its own, where the case is not about it
	Expires string `json:"expires,omitempty"` // YYYY-MM-DD
}

// String hides what was read.
func (Reading) String() string { return "[hidden]" }

// GoString hides what was read.
func (Reading) GoString() string { return "[hidden]" }

const longestName = 100

// MayRead says on what basis a clerk may go on with what they read; "" where the registers' answer is to be waited for.
func (o *Office) MayRead(c Case) Basis {
	asked, err := identity.ParseIdentifier(string(c.Work.Asked))
	switch {
	case c.State != Draft || err != nil:
		return ""
	case c.Work.Answer == "not_found" && o.foreign(asked, c.Work.Typed.Type):
		return ByDocument
	case c.Work.Answer == "no_answer" && o.Policy.Emergency:
		return Emergency
	default:
		return ""
	}
}

// foreign reports whether a document is of a kind that the registers here need not know: whoever has an identity
// card or a passport of this country has a number, and one that no register knows was never issued (attacks IN-01).
func (o *Office) foreign(id identity.Identifier, paper string) bool {
	own := id.Country == o.Policy.Country && (id.Scheme == identity.Passport || paper != permit)
	return isDocument(id) && !own
}

// permit is what a country gives to those who need not have a number.
const permit = "residence_permit"

func isDocument(id identity.Identifier) bool {
	return id.Scheme == identity.Passport || id.Scheme == identity.IdentityCard
}

// Read takes what a clerk reads from the document where the registers know nobody by it, or where they do not
// answer and the operator lets it be. Whether anybody here has the document already is looked up; nobody is
// made before a second clerk has decided.
func (o *Office) Read(ctx context.Context, a Actor, id seal.RowID, read Reading) (Case, error) {
	c, err := o.own(ctx, a, staff.LookUp, id)
	if err != nil {
		return Case{}, err
	}
	basis := o.MayRead(c)
	if basis == "" || c.Clerk != a.Member.ID {
		return c, &Refused{"not_now"}
	}
	asked, err := identity.ParseIdentifier(string(c.Work.Asked))
	if err != nil {
		return c, &Refused{"number"}
	}
	if isDocument(asked) { // what kind it is was said with its number
		read.Type = cmp.Or(c.Work.Typed.Type, read.Type)
	}
	now := o.Now()
	snapshot, err := read.snapshot(asked, now)
	if err != nil { // it stays in the form, to be mended
		c.Work.Typed = read.cut()
		c, kept := o.write(ctx, c, Change{})
		return c, errors.Join(err, kept)
	}
	if c, err = o.try(ctx, a, c, read); err != nil {
		return c, err
	}
	if basis == Emergency { // it may answer again by now: then nothing is typed that it says
		if err := o.back(ctx, a, c, asked); err != nil {
			return c, err
		}
	}
	c.Basis, c.Work.Snapshot, c.Work.Typed = basis, snapshot, Reading{}
	sum := hash(snapshot.bytes())
	c.SnapshotHash = sum[:]
	return o.readAs(ctx, a, c, asked)
}

// try takes note that a reading is going to be looked for, and a register asked, before it is: each more than the first of a look-up is one more
// look-up, also where many come at once, or one draft would try names and birth dates beside the day's cap (attacks IN-08).
func (o *Office) try(ctx context.Context, a Actor, c Case, read Reading) (Case, error) {
	if c.Work.Tried {
		if err := o.count(ctx, a, staff.LookUp, o.Policy.LookUps); err != nil {
			return c, err
		}
	}
	c.Work.Tried, c.Work.Typed = true, read.cut()
	return o.write(ctx, c, Change{})
}

// back refuses what was typed where the registers answer again. That they were asked is on record.
func (o *Office) back(ctx context.Context, a Actor, c Case, asked identity.Identifier) error {
	var err error
	if c.Holder, err = o.holder(ctx, asked); err != nil {
		return err
	}
	if err := o.asks(ctx, c, a.Member.ID, "person"); err != nil {
		return err
	}
	if _, err := o.Registers.Person(ctx, asked); !errors.Is(err, register.ErrUnavailable) {
		return &Refused{"register_is_back"}
	}
	return nil
}

// readAs looks whether somebody here has the number, and moves the case on.
func (o *Office) readAs(ctx context.Context, a Actor, c Case, asked identity.Identifier) (Case, error) {
	person, err := o.People.Unregistered(ctx, c.Work.Snapshot.read(asked))
	alive := !errors.Is(err, subject.ErrDeceased)
	switch {
	case errors.Is(err, subject.ErrFrozen), errors.Is(err, subject.ErrConflict):
		_, err = o.end(ctx, c, Cancel, a.Member.ID, "person")
		return c, errors.Join(&Refused{"person"}, err)
	case err != nil && alive:
		return c, fmt.Errorf("find the citizen: %w", err)
	}
	c.Person = person.ID
	to, err := Move(c.State, Read, Facts{
		OwnCase: true, Basis: c.Basis, Alive: alive, NotSelf: c.Person != c.ClerkPerson,
		OldEnough: c.Work.Snapshot.age(o.Now()) >= adult, // no register says who may come with a minor
	})
	if refused, ok := errors.AsType[*Refused](err); ok {
		return o.refuse(ctx, a, c, refused)
	}
	from := c.State
	c.State = to
	written, err := o.write(ctx, c, Change{}, step(Read, from, to, a.Member.ID, "basis", string(c.Basis)))
	if errors.Is(err, ErrOpenCase) {
		return o.other(ctx, a, c, from)
	}
	return written, err
}

// snapshot checks what was typed. What is wrong with it can be typed again.
func (r Reading) snapshot(asked identity.Identifier, now time.Time) (Snapshot, error) {
	r.Birth, r.Expires, r.Number = identity.Date(r.Birth), identity.Date(r.Expires), identity.Typed(r.Number)
	s := Snapshot{Identifier: asked.Reveal(), Given: strings.TrimSpace(r.Given), Family: strings.TrimSpace(r.Family), Birth: r.Birth, AsOf: now.UnixMicro()}
	paper := SeenPaper{Type: r.Type, Number: r.Number, Expires: r.Expires, Status: register.Unknown}
	if isDocument(asked) {
		paper.Number, paper.Issuer = asked.Value.Reveal(), asked.Country
		if asked.Scheme == identity.Passport {
			paper.Type = "passport"
		}
	}
	switch {
	case s.Name() == "" || !plainText(s.Given, longestName) || !plainText(s.Family, longestName):
		return s, &Refused{"reading_name"}
	case !isBirth(s.Birth, now):
		return s, &Refused{"reading_birth"}
	case !bornAs(asked, s.Birth):
		return s, &Refused{"born_as"}
	case len(paper.Number) < 4 || !plainText(paper.Number, 32) || !knownPaper(paper.Type):
		return s, &Refused{"reading_document"}
	}
	if until, err := time.Parse(time.DateOnly, r.Expires); err != nil || until.AddDate(0, 0, 1).Before(now) {
		return s, &Refused{"reading_expired"}
	}
	s.Documents = []SeenPaper{paper}
	return s, nil
}

// cut bounds what is kept of a form that does not fit.
func (r Reading) cut() Reading {
	for _, text := range []*string{&r.Given, &r.Family, &r.Birth, &r.Type, &r.Number, &r.Expires} {
		if len(*text) > 2*longestName || !utf8.ValidString(*text) {
			*text = ""
		}
	}
	return r
}

// Papers are the kinds of documents whose data a clerk may read.
func Papers() []string { return []string{"passport", permit, "idcard"} }

func knownPaper(kind string) bool {
	for _, k := range Papers() {
		if k == kind {
			return true
		}
	}
	return false
}

func plainText(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && identity.Printable(text)
}

// isBirth reports whether a text is a birth date that people can have; month and day may be 00.
func isBirth(text string, now time.Time) bool {
	if len(text) != len(time.DateOnly) {
		return false
	}
	whole := text
	if head, unknown := strings.CutSuffix(text, "-00-00"); unknown {
		whole = head + "-01-01"
	} else if head, unknown := strings.CutSuffix(text, "-00"); unknown {
		whole = head + "-01"
	}
	born, err := time.Parse(time.DateOnly, whole)
	return err == nil && !born.After(now) && born.Year() > now.Year()-130
}

// bornAs reports whether a national number says the same birth date, where it says one (means.md R-PER-05).
func bornAs(asked identity.Identifier, birth string) bool {
	if asked.Scheme != identity.NationalNumber || asked.Country != "PL" {
		return true
	}
	said, ok := identity.BirthInPESEL(asked.Value.Reveal())
	return ok && said == birth
}

// read is what a clerk read, as persons are found by it.
func (s Snapshot) read(number identity.Identifier) subject.Read {
	r := subject.Read{Number: number}
	for name, text := range map[identity.AttributeName]string{"given_name": s.Given, "family_name": s.Family, "birthdate": s.Birth} {
		if text != "" {
			r.Attributes = append(r.Attributes, identity.Attribute{Name: name, Value: identity.Text(text)})
		}
	}
	return r
}

// unanswered keeps in the case that the registers know nobody by its document, or did not answer at all.
func (o *Office) unanswered(ctx context.Context, a Actor, c Case, answer, outcome string) (Case, error) {
	c.Work.Answer = answer
	return o.write(ctx, c, Change{}, o.looked(c, a, outcome))
}

// anybody asks who the person of a case is whom nobody here was known to be: whom two operators must look at first waits for
// them from then on, whatever comes of the case.
func (o *Office) anybody(ctx context.Context, c Case) error {
	if !c.Person.IsZero() {
		return nil
	}
	asked, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil {
		return &Refused{"number"}
	}
	_, err = o.People.Unregistered(ctx, c.Work.Snapshot.read(asked))
	return unmade(err)
}

// making makes the person of a case that the second clerk agreed with, where nobody here was known by the
// document, in the transaction of the context.
func (o *Office) making(ctx context.Context, c *Case) error {
	if !c.Person.IsZero() {
		return nil
	}
	asked, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil {
		return &Refused{"number"}
	}
	person, err := o.People.EnrolUnregistered(ctx, c.Work.Snapshot.read(asked))
	if err == nil {
		c.Person = person.ID
	}
	return unmade(err)
}

// unmade says why nobody was made.
func unmade(err error) error {
	if errors.Is(err, subject.ErrFrozen) || errors.Is(err, subject.ErrDeceased) {
		return &Refused{"person"}
	}
	if err != nil {
		return fmt.Errorf("make a person: %w", err)
	}
	return nil
}

// readAlone asks how a document stands that no register answered for: what is reported stolen is stolen.
func (o *Office) readAlone(ctx context.Context, c Case, paper SeenPaper) (register.DocumentStatus, time.Time) {
	if o.asks(ctx, c, c.Clerk, "documents") != nil {
		return register.Unknown, time.Time{}
	}
	asked, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil {
		return register.Invalidated, time.Time{}
	}
	if !isDocument(asked) {
		asked = identity.Identifier{}
	}
	status, since, err := o.Statuses.Reported(ctx, asked, paper.Type, paper.Number)
	switch {
	case errors.Is(err, register.ErrNotFound): // nothing is known against it
		return register.Valid, time.Time{}
	case err != nil && c.Basis == Emergency:
		return register.Valid, time.Time{}
	case err != nil:
		return register.Unknown, time.Time{}
	default:
		return status, since
	}
}

// replaces reports whether the person has something from an emergency, which gives way to what a real check
// gives: nothing raises a level but that.
func (o *Office) replaces(ctx context.Context, c Case) (bool, error) {
	if c.Basis == Emergency || c.Person.IsZero() {
		return false, nil
	}
	earlier, err := o.Store.Cases(ctx, Query{Person: c.Person, Since: time.Unix(1, 0)})
	if err != nil {
		return false, fmt.Errorf("look for an emergency: %w", err)
	}
	for _, e := range earlier {
		if e.Basis == Emergency && e.State == Active {
			return true, nil
		}
	}
	return false, nil
}
