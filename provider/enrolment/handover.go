package enrolment

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// ErrWrong says that what was typed is not it; so many tries are left.
type ErrWrong struct{ Left int }

// Error tells how many tries are left.
func (e *ErrWrong) Error() string { return fmt.Sprintf("enrolment: not right; %d tries left", e.Left) }

// HandOver gives out the one-time code of a signed case. The voucher is given once: only its digests
// are kept.
func (o *Office) HandOver(ctx context.Context, a Actor, id seal.RowID, mode Mode) (Case, Voucher, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, Voucher{}, err
	}
	if mode != AtHome {
		mode = AtDesk
	}
	facts := Facts{OwnCase: c.Clerk == a.Member.ID, StepUp: a.stepUp(o.Now()), Applies: !c.Work.OnlyTakesUp}
	if err := o.goesTo(ctx, c, mode, &facts); err != nil {
		return c, Voucher{}, err
	}
	to, err := o.stillValid(ctx, c, HandOver, facts)
	if err != nil {
		return c, Voucher{}, err
	}
	if err := o.count(ctx, a, staff.HandOver, o.Policy.Enrolments); err != nil {
		return c, Voucher{}, err
	}
	return o.issue(ctx, a, c, HandOver, to, mode)
}

// Reissue takes the old code back and gives a new one, in one transaction, at most three times
// (means.md §4.5). What the phone had done is undone: another phone may begin.
func (o *Office) Reissue(ctx context.Context, a Actor, id seal.RowID, mode Mode) (Case, Voucher, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, Voucher{}, err
	}
	if mode != AtHome {
		mode = AtDesk
	}
	now := o.Now()
	facts := Facts{
		OwnCase: c.Clerk == a.Member.ID, StepUp: a.stepUp(now), Reissues: c.Reissues, SameDay: c.sameDay(a.Office, now),
		Applies: !c.Work.OnlyTakesUp,
	}
	if err := o.goesTo(ctx, c, mode, &facts); err != nil {
		return c, Voucher{}, err
	}
	to, err := o.stillValid(ctx, c, Reissue, facts)
	if err != nil {
		return c, Voucher{}, err
	}
	if c.Form == "" { // expired before it was signed
		return c, Voucher{}, &Refused{"not_now"}
	}
	c.Reissues++
	return o.issue(ctx, a, c, Reissue, to, mode)
}

// stillValid says where an act leads that rests on documents. They are asked about once more where nothing else keeps it
// from being done: no register is asked in the name of a clerk whose case it is not, or where the act has no place. While
// none answers, the case waits (means.md R-ENR-13).
func (o *Office) stillValid(ctx context.Context, c Case, act Act, facts Facts) (State, error) {
	facts.DocumentValid = true
	if to, err := Move(c.State, act, facts); err != nil {
		return to, err
	}
	status := o.paper(ctx, c)
	if status == register.Unknown {
		return c.State, ErrNoRegister
	}
	facts.DocumentValid = status == register.Valid
	return Move(c.State, act, facts)
}

// paper asks once more how the documents stand that a case rests on: a minor's guardian's, too.
func (o *Office) paper(ctx context.Context, c Case) register.DocumentStatus {
	if status := o.ownPaper(ctx, c); status != register.Valid {
		return status
	}
	return o.guarded(ctx, c)
}

// ownPaper asks once more how the document stands (means.md R-STAT-01: at each step).
func (o *Office) ownPaper(ctx context.Context, c Case) register.DocumentStatus {
	if c.Document == NoDocument {
		return o.application(ctx, c)
	}
	paper, ok := c.Work.Snapshot.Paper(c.Document)
	if !ok {
		return register.Invalidated
	}
	return o.stands(ctx, c, paper)
}

// application asks once more whether the application stands that somebody is enrolled on the word of. One
// that came to nothing leaves no photo; where the photo is a document's the document was made.
func (o *Office) application(ctx context.Context, c Case) register.DocumentStatus {
	asked, err := identity.ParseIdentifier(c.Work.Snapshot.Identifier)
	if err != nil {
		return register.Invalidated
	}
	if o.asks(ctx, c, c.Clerk, "application") != nil {
		return register.Unknown
	}
	photo, err := o.Registers.Photo(ctx, asked)
	switch {
	case errors.Is(err, register.ErrNotFound):
		return register.Invalidated
	case err != nil:
		return register.Unknown
	case photo.Application != "" && photo.Application != c.Work.Snapshot.Applied:
		return register.Invalidated
	default:
		return register.Valid
	}
}

func (o *Office) issue(ctx context.Context, a Actor, c Case, act Act, to State, mode Mode) (Case, Voucher, error) {
	v, life := draw(mode), o.Policy.life(mode)
	row := VoucherRow{Digest: o.digest(tokenDigest, tokenValue(v.Token)), Case: c.ID, Code: o.digest(codeDigest, codeValue(c.ID, plainCode(v.Code))), Life: life}
	if v.Second != "" {
		row.Second = o.digest(secondDigest, codeValue(c.ID, v.Second))
	}
	from, tries := c.State, c.again()
	o.blank(&c, mode)
	c.Work.Scanned = false
	c.State, c.Tries = to, tries
	var written Case
	err := o.Atomically(ctx, func(ctx context.Context) error {
		var err error
		written, err = o.write(ctx, c, Change{Burn: true, Issue: &row, Tries: &tries}, step(act, from, to, a.Member.ID, "mode", string(mode)))
		if err != nil || mode != AtHome {
			return err
		}
		return o.sendHalf(ctx, c, a.Language, v.Second)
	})
	if errors.Is(err, ErrOpenCase) { // this one expired, and another one was opened since
		err = o.underWay(ctx, a, c)
	}
	if err != nil {
		return c, Voucher{}, err
	}
	written.Until = o.Now().Add(life)
	return written, v, nil
}

// Match takes the three digits that the citizen read out from the phone. The desk never shows them
// first, so a bystander's phone does not become the citizen's (features N06). After two wrong tries
// the case is frozen; what is not three digits is a slip and no try.
func (o *Office) Match(ctx context.Context, a Actor, id seal.RowID, typed string) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	if c.Clerk != a.Member.ID || c.Mode != AtDesk || c.Matched || c.State != Claimed && c.State != KeyBound {
		return c, &Refused{"not_now"}
	}
	digits, fits := onlyDigits(typed, 3)
	if !fits {
		return c, &Refused{"digits"}
	}
	left, ok, err := o.Store.Try(ctx, c.ID, TriedMatch)
	if err != nil {
		return c, fmt.Errorf("count a try: %w", err)
	}
	if !ok {
		return o.freeze(ctx, c, WrongDigits)
	}
	if subtle.ConstantTimeCompare([]byte(digits), []byte(c.Work.Match)) != 1 {
		if left == 0 {
			return o.freeze(ctx, c, WrongDigits)
		}
		_, err := o.write(ctx, c, Change{}, alarm("match_failed"))
		return c, errors.Join(&ErrWrong{left}, err)
	}
	c, err = o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) { // the phone may go on meanwhile
		if !c.Matched && c.Work.Match != digits { // another phone has come meanwhile, with digits of its own
			return Change{}, nil, &Refused{"not_now"}
		}
		c.Matched = true
		return confirmed(c, Change{}, step("match", c.State, c.State, a.Member.ID))
	})
	if err != nil {
		return c, err
	}
	return o.settle(ctx, c)
}

// WrongDigits is why a case stops whose digits its clerk typed wrong too often.
const WrongDigits = "match"

// freeze stops a case; only the clerk can start over or end it.
func (o *Office) freeze(ctx context.Context, c Case, why string) (Case, error) {
	return o.freezeFor(ctx, c, why, Facts{})
}

// freezeFor stops a case as it is by now, unless another phone has it since. The alarm is raised first: from there on
// nobody else changes the case, so that no page that is kept busy is faster, however often it tries.
func (o *Office) freezeFor(ctx context.Context, c Case, why string, facts Facts) (Case, error) {
	frozen := c
	err := o.Atomically(ctx, func(ctx context.Context) error {
		now, err := o.hold(ctx, c, why)
		if err != nil {
			return err
		}
		if !bytes.Equal(now.Device, c.Device) {
			return &Refused{"not_now"}
		}
		from := now.State
		if now.State, err = Move(from, Freeze, facts); err != nil {
			return err
		}
		now.Work.Froze = append(now.Work.Froze, why)
		frozen, err = o.write(ctx, now, Change{Burn: true}, step(Freeze, from, now.State, staff.ID{}, "why", why))
		return err
	})
	if err != nil {
		return c, err
	}
	return frozen, &Refused{"frozen"}
}

// hold raises an alarm on a case and gives the case as it is by then: until the transaction is over nobody else changes it.
func (o *Office) hold(ctx context.Context, c Case, why string) (Case, error) {
	if err := o.alert(ctx, c, why, o.Now()); err != nil {
		return c, err
	}
	return o.load(ctx, Query{ID: c.ID})
}

// alert keeps an alarm of a case.
func (o *Office) alert(ctx context.Context, c Case, why string, at time.Time) error {
	rows, err := o.entries(c, alarm(why))
	if err != nil {
		return err
	}
	return o.Store.Alarm(ctx, c.ID, at, rows)
}

func alarm(what string) journal.Entry {
	return journal.Entry{Kind: journal.CaseAlarm, Fields: map[string]any{"what": what}}
}

// Stop is "this was not me": the reference of the notice suspends the enrolment. It only takes away,
// so it asks for nothing else, and it answers the same whether there was something to stop or not.
func (o *Office) Stop(ctx context.Context, reference string) error {
	code, ok := ParseCode(reference)
	if !ok {
		return nil
	}
	c, err := o.load(ctx, Query{Stop: o.digests(stopDigest, code)})
	if errors.Is(err, ErrNoCase) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.stop(ctx, c, Suspend, NotMe, staff.ID{})
}

// Suspend is a security officer's stop: what came of a case lets nobody in until its owner shows more and another officer
// lets it. It holds on top of anybody else's. What is under way ends with it: nothing comes of it.
func (o *Office) Suspend(ctx context.Context, a Actor, id seal.RowID, why string) error {
	return o.stopBy(ctx, a, id, Suspend, why)
}

// Revoke is a security officer's end: what came of a case never lets anybody in again. What is under way ends with it, too.
func (o *Office) Revoke(ctx context.Context, a Actor, id seal.RowID, why string) error {
	return o.stopBy(ctx, a, id, Revoke, why)
}

func (o *Office) stopBy(ctx context.Context, a Actor, id seal.RowID, act Act, why string) error {
	if err := a.may(staff.Suspend); err != nil {
		return err
	}
	if !slices.Contains(Stopping(), why) {
		return &Refused{"reason"}
	}
	if _, err := o.filedCase(ctx, a, id); err != nil { // as it is: what waits for a register is not finished first
		return err
	}
	c, err := o.load(ctx, Query{ID: id})
	if err != nil {
		return err
	}
	if c.State == Expired {
		if stops, err := o.Stoppable(ctx, c); err != nil || !stops {
			return err // nothing comes of it any more
		}
	}
	if c.State.MayGoOn() {
		if err := o.stopUnderWay(ctx, c, act, why, a.Member.ID); !errors.Is(err, ErrConflict) {
			return err
		}
		if c, err = o.load(ctx, Query{ID: id}); err != nil {
			return err
		}
	}
	if c.State == Cancelled || c.State == Superseded || c.State == Revoked {
		if done, err := o.stopTakenAfter(ctx, id, why, a.Member.ID); done || err != nil {
			return err
		}
	}
	if act == Suspend {
		if stops, err := o.Stoppable(ctx, c); err != nil || !stops {
			return err // nothing that could be stopped
		}
	}
	return o.stop(ctx, c, act, why, a.Member.ID)
}

// stop stops case and keys in one transaction, for a while (Suspend) or for good (Revoke), and then ends what was opened
// with them. Where that fails the keys are stopped all the same, and that the rest is to end was kept with them. What was
// stopped before ends once more for an officer alone: whoever has the reference of a notice logs nobody out with it again
// and again, who is there by another way by now. They are told, whoever stopped it.
func (o *Office) stop(ctx context.Context, c Case, act Act, why string, by staff.ID) error {
	keys, end := o.Stops.SuspendCase, Suspended
	if act == Revoke {
		keys, end = o.Stops.RevokeCase, Revoked
	}
	var stopped Case
	var taken []string
	err := o.Atomically(ctx, func(ctx context.Context) error { // it may run again: c stays as it was read
		var err error
		stopped, err = o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) {
			from := c.State
			to, err := Move(from, act, Facts{Officer: by != (staff.ID{})})
			c.State = to
			return Change{}, []journal.Entry{step(act, from, to, by, "why", why)}, err
		})
		if err == nil {
			err = keys(ctx, CaseID(c.ID), why)
		}
		if err == nil && (by != (staff.ID{}) || why == NotMe) {
			taken, err = o.stopTaken(ctx, c, why, by)
		}
		if err == nil {
			err = o.tellStopped(ctx, c)
		}
		return err
	})
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		if stopped.State == Suspended && by == (staff.ID{}) {
			return o.alsoSaid(ctx, stopped, why)
		}
		if stopped.State != end || by == (staff.ID{}) {
			return nil // nothing that could be stopped
		}
		err = nil
	}
	if err != nil {
		return fmt.Errorf("stop an enrolment: %w", err)
	}
	o.endGiven(ctx, c, taken)
	if err := o.Stops.EndOpened(ctx, CaseID(c.ID)); err != nil {
		return fmt.Errorf("end what an enrolment opened: %w", err)
	}
	return nil
}

// Stopped reports whether what came of a case was stopped: by "this was not me", or by an officer.
func (o *Office) Stopped(ctx context.Context, id seal.RowID) (bool, error) {
	c, err := o.load(ctx, Query{ID: id})
	if errors.Is(err, ErrNoCase) {
		return false, nil
	}
	return c.State == Suspended || c.State == Revoked, err
}
