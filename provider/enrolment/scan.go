package enrolment

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// Scan takes a phone into a signed case that came first: the clerk scanned or typed what it shows. From
// there on everything is as after a claim. A case that has a phone, or was given out, takes another one at
// most three times, as with a reissue; what the phone before had done is undone (means.md §4.4, §4.5).
func (o *Office) Scan(ctx context.Context, a Actor, id seal.RowID, text string) (Case, error) {
	c, err := o.own(ctx, a, staff.HandOver, id)
	if err != nil {
		return Case{}, err
	}
	act, to, err := o.mayScan(ctx, a, c)
	if err != nil {
		return c, err
	}
	r, err := o.scanned(ctx, c, text)
	if err != nil {
		return c, err
	}
	if r.Case != (seal.RowID{}) && r.Case != c.ID {
		return c, o.elsewhere(ctx, c, r.Case)
	}
	switch {
	case r.Case == c.ID && subtle.ConstantTimeCompare(r.Secret[:], c.Device) == 1:
		return c, nil // scanned twice
	case r.Case == c.ID, r.Late: // this case gave it up, or its time is over
		return c, &Refused{"phone_late"}
	}
	if act == Scan {
		if err := o.count(ctx, a, staff.HandOver, o.Policy.Enrolments); err != nil {
			return c, err
		}
	}
	taken, err := o.take(ctx, a, c, act, to, r)
	if !errors.Is(err, ErrClaimed) {
		return taken, err
	}
	again, err := o.Requests.Request(ctx, r.ID, nil) // another desk was a moment faster, or time ran out
	if err != nil {
		return c, fmt.Errorf("find a phone: %w", err)
	}
	if again == nil || again.Case == (seal.RowID{}) || again.Case == c.ID {
		return c, &Refused{"phone_late"}
	}
	return c, o.elsewhere(ctx, c, again.Case)
}

// mayScan says by which act a case takes a phone now, and where that leads.
func (o *Office) mayScan(ctx context.Context, a Actor, c Case) (Act, State, error) {
	act := Scan
	if c.State != Signed {
		act = Rescan
	}
	if !o.Policy.Scans(c.Office) || c.Form == "" {
		return act, c.State, &Refused{"not_now"}
	}
	if off, err := o.off(ctx, c.Office); err != nil || off {
		return act, c.State, errors.Join(err, &Refused{"not_now"})
	}
	now := o.Now()
	to, err := o.stillValid(ctx, c, act, Facts{
		OwnCase: c.Clerk == a.Member.ID, StepUp: a.stepUp(now), Reissues: c.Reissues, SameDay: c.sameDay(a.Office, now),
		Applies: !c.Work.OnlyTakesUp,
	})
	return act, to, err
}

// scanned finds the phone that shows this. A typed code costs a try before anything is compared.
func (o *Office) scanned(ctx context.Context, c Case, text string) (Request, error) {
	s, ok := parseShown(text)
	if !ok {
		return Request{}, &Refused{"phone_unread"}
	}
	var codes []Digest
	if s.code != "" {
		if _, ok, err := o.Store.Try(ctx, c.ID, TriedCode); err != nil {
			return Request{}, fmt.Errorf("count a try: %w", err)
		} else if !ok {
			return Request{}, &Refused{"phone_tries"}
		}
		codes = o.digests(firstDigest, s.code)
	}
	r, err := o.Requests.Request(ctx, s.id, codes)
	switch {
	case err != nil:
		return Request{}, fmt.Errorf("find a phone: %w", err)
	case r == nil:
		return Request{}, &Refused{"phone_unknown"}
	case s.code == "" && subtle.ConstantTimeCompare([]byte(s.thumbprint), []byte(r.thumbprint())) != 1:
		o.raise(ctx, c, "phone_key") // what the phone shows is not of the key that answers for it
		return Request{}, &Refused{"phone_key"}
	}
	return *r, nil
}

// take binds phone and case in one transaction: of those who come at once, one does.
func (o *Office) take(ctx context.Context, a Actor, c Case, act Act, to State, r Request) (Case, error) {
	from, tries := c.State, c.again()
	if act == Rescan {
		c.Reissues++
	}
	c.Work.Scanned = c.Work.Scanned || act == Scan
	o.blank(&c, AtDesk)
	c.State, c.Tries, c.Device, c.DeviceKey, c.Work.Match, c.Work.Language = to, tries, r.Secret[:], r.Key, digits(3), r.Language
	c.Work.Claimed = o.Now()
	written, err := o.write(ctx, c, Change{Burn: true, Take: &r.ID, Tries: &tries, Extend: phoneTime}, step(act, from, to, a.Member.ID, "mode", string(AtDesk), "browser", r.Browser))
	if errors.Is(err, ErrOpenCase) {
		err = o.underWay(ctx, a, c)
	}
	return written, err
}

// blank takes away what a phone had done in a case, before another one begins.
func (o *Office) blank(c *Case, mode Mode) {
	c.Mode, c.Progress, c.Matched, c.Device, c.DeviceKey = mode, Opened, false, nil, nil
	c.Work.Match, c.Work.Setup, c.Work.Apps, c.Work.Key, c.Work.Spare, c.Work.Codes = "", nil, 0, Candidate{}, Candidate{}, nil
	c.Work.Counter, c.Work.Shared, c.Work.Unsure, c.Work.With, c.Work.Touched = false, false, false, "", time.Time{}
	c.Level = o.level(*c, mode)
}

// elsewhere is a phone that another case has taken: one of the two who show it is not its owner. Both cases
// get an alarm, and the other one stops, as after a second scan.
func (o *Office) elsewhere(ctx context.Context, c Case, by seal.RowID) error {
	o.raise(ctx, c, "phone_used")
	other, err := o.load(ctx, Query{ID: by})
	if err != nil {
		return err
	}
	if _, _, err := o.second(ctx, other, VoucherRow{State: "claimed"}); !errors.Is(err, ErrVoucher) {
		return err
	}
	return &Refused{"phone_used"}
}
