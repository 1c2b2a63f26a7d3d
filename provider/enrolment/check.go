package enrolment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// Seen is what the clerk has looked at.
type Seen struct {
	Document string // type of the one shown; NoDocument for a first ID card
	Checks   []Check
	Mismatch bool   // document and register differ
	Doubt    string // why something else is wrong, of Doubts; "" if nothing is
	Helper   bool
	Retakes  bool   // what an emergency put aside is at hand, and is to count again
	TakesUp  bool   // the citizen wants what was suspended to work again, and nothing else
	Guardian string // type of the document that a minor's guardian showed
	Read     string // ReadMark of what was compared; "" where a register says who it is
}

// Evidence records what the clerk has seen, and whether a second one must decide.
func (o *Office) Evidence(ctx context.Context, a Actor, id seal.RowID, seen Seen) (Case, error) {
	c, err := o.own(ctx, a, staff.Draft, id)
	if err != nil {
		return Case{}, err
	}
	paper, have := c.Work.Snapshot.Paper(seen.Document)
	first := seen.Document == NoDocument && c.Work.Snapshot.Applied != ""
	if seen.Doubt != "" && !slices.Contains(c.Doubts(!first), seen.Doubt) {
		return c, &Refused{"doubt"}
	}
	if seen.Read != c.ReadMark() { // it was corrected since
		return c, ErrConflict
	}
	facts := Facts{OwnCase: c.Clerk == a.Member.ID, ChecksDone: seen.Done(c.Wanted(have)), DocumentValid: first || have, Guarded: true}
	if _, err := Move(c.State, Evidence, facts); err != nil { // where something else keeps it no register is asked
		return c, err
	}
	if have {
		paper.Status = o.stands(ctx, c, paper)
		facts.DocumentValid = paper.Status == register.Valid
	}
	c.Work.Guardian.Document = seen.Guardian
	guarded := o.guarded(ctx, c)
	if have && paper.Status == register.Unknown || guarded == register.Unknown {
		return c, ErrNoRegister // means.md R-ENR-13: no "trust me"
	}
	facts.Guarded = guarded == register.Valid
	to, err := Move(c.State, Evidence, facts)
	if err != nil {
		return c, err
	}
	if c.Work.Replaces, err = o.replaces(ctx, c); err != nil {
		return c, err
	}
	c.Work.Retakes = seen.Retakes && c.Work.Aside && c.Purpose != LostPhone
	if err := o.asksFor(ctx, a, &c, seen.TakesUp); err != nil {
		return c, err
	}
	from := c.State
	c.State, c.Document, c.Checks, c.Helper = to, seen.Document, seen.Checks, seen.Helper
	if c.Flags, err = o.flags(ctx, a, c, seen, paper); err != nil {
		return c, err
	}
	c.Work.Doubt, c.Work.Home = seen.Doubt, nil
	entries := []journal.Entry{step(Evidence, from, to, a.Member.ID, "document", c.Document, "checks", join(c.Checks), "doubt", seen.Doubt, "retakes", yes(c.Work.Retakes), "takes_up", only(c.Work.OnlyTakesUp))}
	next, err := Move(c.State, Flagged, Facts{Flags: len(c.Flags)})
	act := Flagged
	if err != nil {
		act = Approve
		if next, err = Move(c.State, Approve, Facts{Flags: len(c.Flags)}); err != nil {
			return c, err
		}
	}
	entries = append(entries, step(act, c.State, next, a.Member.ID, "flags", join(c.Flags)))
	c.State = next
	return o.doubted(ctx, c, doubtOpen, Change{}, entries...)
}

// stands asks how a document stands, of who is registered or of who is not.
func (o *Office) stands(ctx context.Context, c Case, paper SeenPaper) register.DocumentStatus {
	ask := o.standing
	if c.Basis != ByRegister {
		ask = o.readAlone
	}
	status, _ := ask(ctx, c, paper)
	return status
}

func (o *Office) standing(ctx context.Context, c Case, paper SeenPaper) (register.DocumentStatus, time.Time) {
	holder, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil || o.asks(ctx, c, c.Clerk, "documents") != nil {
		return register.Unknown, time.Time{}
	}
	return o.Statuses.Standing(ctx, holder, paper.Type, paper.Number)
}

// Hours are when an office works: as its administrator says, else as the operator does; where neither does, always.
func (o *Office) Hours(at staff.Office) staff.Hours {
	if at.Hours.Said() {
		return at.Hours
	}
	return o.Policy.Hours
}

func (o *Office) flags(ctx context.Context, a Actor, c Case, seen Seen, paper SeenPaper) ([]Flag, error) {
	now := o.Now()
	earlier, err := o.Store.Cases(ctx, Query{Person: c.Person, Since: now.Add(-recently)})
	if err != nil {
		return nil, err
	}
	closed, err := o.Standing.WaysOf(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	enrolled := 0
	for _, e := range earlier {
		if e.ID != c.ID && slices.Contains([]State{Active, Superseded, Suspended, Revoked}, e.State) {
			enrolled++
		}
	}
	home, err := o.sharesHome(ctx, a.Member.Person, c)
	if err != nil {
		return nil, err
	}
	changed, err := o.Changes.ChangedSince(ctx, c.Person, now.Add(-lately))
	if err != nil {
		return nil, err
	}
	if c.Work.Heard.After(changed) {
		changed = c.Work.Heard
	}
	reported, err := o.reportedAt(ctx, c, paper)
	if err != nil {
		return nil, err
	}
	return Flags(Signs{
		Basis: c.Basis, Document: seen.Document, Paper: paper, ReportedAt: reported, ChangedAt: changed, Restricted: c.Work.Snapshot.Restricted || c.Work.Guardian.Snapshot.Restricted,
		NoPhoto: c.Work.Snapshot.NoPhoto || c.Work.Guardian.Snapshot.NoPhoto, Doubt: seen.Doubt != "", Closed: closed, SameHome: home, Mismatch: seen.Mismatch, Earlier: enrolled,
		Age: c.Work.Snapshot.age(now), ClerkFamily: surnames(a.Member.Name.Reveal()), Family: c.Work.Snapshot.Family, Local: now.In(a.Office.Location()),
	}, o.Hours(a.Office)), nil
}

// Decide is the second clerk's decision about a flagged case. The second is neither the drafter nor
// the citizen; the database holds that, too (means.md R-ENR-03).
func (o *Office) Decide(ctx context.Context, a Actor, id seal.RowID, accept bool, why string) (Case, error) {
	c, err := o.own(ctx, a, staff.Approve, id)
	if err != nil {
		return Case{}, err
	}
	other, err := o.apart(ctx, c, a.Member.Person)
	if err != nil {
		return c, err
	}
	act := Accept
	switch {
	case accept:
		why = Deciding()[0]
	case why == Mistyped:
		act = Return
	default:
		act = Reject
	}
	to, err := Move(c.State, act, Facts{OtherClerk: other})
	if err != nil || !other {
		return c, errors.Join(err, refusedUnless(other, "other_clerk"))
	}
	if !accept && !slices.Contains(c.Declines(), why) { // what is said about somebody stays out of the journal
		return c, &Refused{"no_reason"}
	}
	from := c.State
	c.State, c.Approver, c.ApproverPerson = to, a.Member.ID, a.Member.Person
	decided := step(act, from, to, a.Member.ID, "why", why)
	if !accept {
		was := c.Work.Against
		c = c.over(to, why, o.Now())
		if act == Return { // nothing is said of the citizen
			return o.undoubted(ctx, c, was, decided)
		}
		return o.doubted(ctx, c, doubtRejected, Change{Burn: true}, decided)
	}
	written, err := o.agreed(ctx, a, c, decided)
	if err != nil {
		written.State = from
	}
	if errors.Is(err, ErrOpenCase) { // a second office had the same document at the same moment
		return o.other(ctx, a, written, from)
	}
	return written, err
}

// agreed approves a case that the second clerk agreed with. Who is nobody here yet is made with it or not at all. What it gives
// where that fails is not written.
func (o *Office) agreed(ctx context.Context, a Actor, c Case, decided journal.Entry) (Case, error) {
	next, err := Move(c.State, Approve, Facts{Flags: len(c.Flags)})
	if err == nil {
		err = o.anybody(ctx, c)
	}
	if err != nil {
		return c, err
	}
	written := c
	err = o.Atomically(ctx, func(ctx context.Context) error { // it may run again: c stays as it was read
		written = c
		if err := o.making(ctx, &written); err != nil {
			return err
		}
		self, err := o.Standing.Among(ctx, written.Person, a.Member.Person, c.ClerkPerson)
		if err := errors.Join(err, refusedUnless(!self, "self")); err != nil {
			return err
		}
		to := c.State
		written.State = next
		approved, err := o.doubted(ctx, written, doubtAccepted, Change{}, decided, step(Approve, to, next, a.Member.ID))
		if err == nil {
			written = approved
		}
		return err
	})
	return written, err
}

func refusedUnless(holds bool, code string) error {
	if holds {
		return nil
	}
	return &Refused{code}
}

// Print records that the application was printed, and what stood on it.
func (o *Office) Print(ctx context.Context, a Actor, id seal.RowID) (Case, error) {
	c, err := o.own(ctx, a, staff.Draft, id)
	if err != nil {
		return Case{}, err
	}
	to, err := Move(c.State, Print, Facts{OwnCase: c.Clerk == a.Member.ID})
	if err != nil {
		return c, err
	}
	from := c.State
	sum := hash(c.form())
	c.State, c.FormHash = to, sum[:]
	return o.write(ctx, c, Change{}, step(Print, from, to, a.Member.ID, "form", hex.EncodeToString(c.FormHash)))
}

// form is the text that the printed application consists of, for its hash.
func (c Case) form() []byte {
	s := c.Work.Snapshot
	lines := []string{c.Number, c.Office, string(c.Purpose), s.Identifier, s.Given, s.Family, s.Birth, c.Document}
	if g := c.Work.Guardian; c.Minor {
		lines = append(lines, g.Snapshot.Identifier, g.Snapshot.Given, g.Snapshot.Family, g.Document, string(g.Kind))
	}
	if c.Work.TakesUp {
		lines = append(lines, string(TakeUp), only(c.Work.OnlyTakesUp))
		lines = append(lines, c.Work.AsksFor...)
	}
	return []byte(strings.Join(lines, "\n"))
}

// Sign records that the citizen signed the form, and where it is filed (features S04).
func (o *Office) Sign(ctx context.Context, a Actor, id seal.RowID, filed string) (Case, error) {
	c, err := o.own(ctx, a, staff.Draft, id)
	if err != nil {
		return Case{}, err
	}
	filed = strings.TrimSpace(filed)
	fits := filed != "" && plainText(filed, 100)
	to, err := Move(c.State, Sign, Facts{OwnCase: c.Clerk == a.Member.ID, FormFiled: fits})
	if err != nil {
		return c, err
	}
	from := c.State
	c.State, c.Form = to, filed
	return o.write(ctx, c, Change{}, step(Sign, from, to, a.Member.ID))
}

// Cancel ends a case that is under way: the clerk's own for a reason of Endings, and for NotEnough or OtherTakesUp, or,
// where that clerk is not there, a local administrator for one of Relieving (means.md §4.2).
func (o *Office) Cancel(ctx context.Context, a Actor, id seal.RowID, why string) (Case, error) {
	c, err := o.Case(ctx, a, id)
	if err != nil {
		return Case{}, err
	}
	own := c.Clerk == a.Member.ID && a.may(staff.HandOver) == nil
	switch {
	case own && why == NotEnough && c.State != LookedUp:
		return c, &Refused{"not_now"}
	case own && why == OtherTakesUp && c.Work.TakenUp+c.Work.Stopped > 0:
		return c, &Refused{"reason"}
	case own && !slices.Contains(append(c.Endings(), OtherTakesUp, NotEnough), why):
		return c, &Refused{"reason"}
	case own:
	case a.may(staff.Relieve) != nil || a.Member.Office != c.Office:
		return c, &Refused{"own_case"}
	case !slices.Contains(c.Relieving(), why):
		return c, &Refused{"reason"}
	}
	return o.end(ctx, c, Cancel, a.Member.ID, why)
}

// NotEnough is the reason of a clerk who compared somebody and could not confirm who it is.
const NotEnough = "not_enough"

// Relieving are the reasons for which a local administrator ends a colleague's case. Each has a text under
// "desk.relieve.CODE".
func Relieving() []string {
	return []string{"clerk_away", "citizen_left", "complaint", "mistake"}
}

// Relieving are those of a case: what came to something already was no mistake.
func (c Case) Relieving() []string {
	if c.Work.TakenUp > 0 || c.Work.Stopped > 0 {
		return slices.DeleteFunc(Relieving(), func(why string) bool { return why == "mistake" })
	}
	return Relieving()
}

// OnlyTakenUp is the reason of a visit in which only what was suspended was taken up again.
const OnlyTakenUp = "taken_up"

// OnlyStopped is the reason of a visit in which what was given before was stopped, and nothing new was wanted yet.
const OnlyStopped = "only_stopped"

// OtherTakesUp is the reason of a visit whose clerk gave out what was stopped: another one takes it up, in another case.
const OtherTakesUp = "other_takes_up"

// Endings are the reasons for which its clerk ends the case, the likeliest first. Each has a text as those of
// Relieving. Where the visit came to something already it was no mistake.
func (c Case) Endings() []string {
	switch {
	case c.Work.TakenUp > 0 && c.Work.OnlyTakesUp:
		return []string{OnlyTakenUp}
	case c.Work.TakenUp > 0:
		return []string{OnlyTakenUp, "citizen_left"}
	case c.Work.Stopped > 0:
		return []string{OnlyStopped, "citizen_left"}
	default:
		return []string{"citizen_left", "mistake", "complaint"}
	}
}

func hash(b []byte) [32]byte { return sha256.Sum256(b) }

func join[T ~string](all []T) string {
	parts := make([]string, len(all))
	for i, t := range all {
		parts[i] = string(t)
	}
	return strings.Join(parts, " ")
}
