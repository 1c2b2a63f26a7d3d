package enrolment

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// What a phone may be told.
var (
	ErrVoucher = errors.New("enrolment: this code is not valid")
	ErrPhone   = errors.New("enrolment: this phone has no case under way")
	// ErrShape is for what cannot be the answer to anybody, by its length or its signs alone: it is no try, and tells
	// nothing that not everybody knows (attacks OT-17).
	ErrShape = errors.New("enrolment: no answer has this length or these signs")
	// ErrNumber is ErrShape for the number of a case.
	ErrNumber = fmt.Errorf("the number of a case: %w", ErrShape)
)

// phoneTime is what a phone gets with the claim, and again whenever it asks for more time (WCAG 2.2.1).
const phoneTime = 15 * time.Minute

// counterTime is how long a page of the counter's computer may lie there untouched before it asks anew who sits there.
// WCAG 2.2.1 wants five minutes at least; and nothing of what was done is lost but a key that was just being made.
const counterTime = 5 * time.Minute

// Phone is the citizen's device as it shows itself: its cookie and, where the page could make one, a
// public key that never leaves it.
type Phone struct {
	Cookie string
	Key    []byte // uncompressed P-256 point; nil where the page has no script

	Language string // that the page is read in
	Browser  string // family, of Browsers
	From     string // network address, counted and kept nowhere
	Counter  bool   // it is the office's own computer, at which somebody without a phone goes on
}

// Browsers are the families of browsers that are told apart (means.md R-ENR-09). Each has a text under
// "desk.browser.CODE".
func Browsers() []string { return []string{"chromium", "safari", "firefox", "other"} }

// ClaimToken redeems what the phone's camera read. The same phone may come again and goes on; another
// one freezes the case while it is under way, and afterwards raises an alarm alone (means.md §4.4).
// It gives the phone's cookie, "" where the phone keeps the one that it has.
func (o *Office) ClaimToken(ctx context.Context, fragment string, phone Phone) (Case, string, error) {
	token, ok := ParseFragment(fragment)
	if !ok {
		return Case{}, "", ErrVoucher
	}
	v, err := o.Store.Voucher(ctx, o.digests(tokenDigest, tokenValue(token)), seal.RowID{})
	if err != nil {
		return Case{}, "", fmt.Errorf("find a voucher: %w", err)
	}
	if v == nil {
		return Case{}, "", ErrVoucher
	}
	c, err := o.load(ctx, Query{ID: v.Case})
	if err != nil {
		return Case{}, "", err
	}
	return o.claim(ctx, c, *v, phone)
}

// ClaimCode redeems the typed code of who has no camera, together with the case's number from the
// form. A try is counted before anything is compared, and only while the code waits to be redeemed. ErrVoucher; ErrShape,
// ErrNumber for slips.
func (o *Office) ClaimCode(ctx context.Context, number, typed string, phone Phone) (Case, string, error) {
	number, okay := plainNumber(number)
	if !okay {
		return Case{}, "", ErrNumber
	}
	code, fits := ParseCode(typed)
	if !fits {
		return Case{}, "", ErrShape
	}
	c, err := o.load(ctx, Query{Number: number})
	if errors.Is(err, ErrNoCase) {
		return Case{}, "", ErrVoucher
	}
	if err != nil {
		return Case{}, "", err
	}
	v, err := o.Store.Voucher(ctx, nil, c.ID)
	if err != nil {
		return Case{}, "", fmt.Errorf("find a voucher: %w", err)
	}
	if c.State != QRIssued || v == nil {
		if v != nil && o.is(v.Code, codeDigest, codeValue(c.ID, code)) { // right, and used already
			return o.claim(ctx, c, *v, phone)
		}
		return Case{}, "", ErrVoucher
	}
	left, ok, err := o.Store.Try(ctx, c.ID, TriedCode)
	if err != nil {
		return Case{}, "", fmt.Errorf("count a try: %w", err)
	}
	if !ok {
		return Case{}, "", ErrVoucher
	}
	if !o.is(v.Code, codeDigest, codeValue(c.ID, code)) {
		if left == 0 {
			o.raise(ctx, c, "code_guessed")
		}
		return Case{}, "", ErrVoucher
	}
	return o.claim(ctx, c, *v, phone)
}

// is compares a value with a digest under whichever key made it, in constant time.
func (o *Office) is(have Digest, kind, value string) bool {
	return slices.ContainsFunc(o.digests(kind, value), func(d Digest) bool {
		return d.Key == have.Key && subtle.ConstantTimeCompare(d.Sum[:], have.Sum[:]) == 1
	})
}

func (o *Office) claim(ctx context.Context, c Case, v VoucherRow, phone Phone) (Case, string, error) {
	if o.holds(c, phone.Cookie) { // the same phone resumes
		return o.atCounter(ctx, c, phone)
	}
	if off, err := o.off(ctx, c.Office); err != nil || off { // nothing is burnt: the code waits as long as it lives
		return Case{}, "", errors.Join(err, ErrVoucher)
	}
	to, err := Move(c.State, Claim, Facts{InTime: !c.Late})
	if err != nil || v.State != "issued" {
		return o.second(ctx, c, v)
	}
	if _, gone, err := o.forsaken(ctx, c); err != nil || gone {
		return Case{}, "", errors.Join(err, ErrVoucher)
	}
	bearer := seal.NewBearer(seal.OneTimeHandle, c.ID, uint32(c.Reissues))
	digest := bearer.Digest()
	from := c.State
	c.State, c.Device, c.DeviceKey, c.Work.Match, c.Work.Language, c.Work.Counter = to, digest[:], phone.Key, digits(3), phone.Language, phone.Counter
	c.Work.Claimed, c.Work.Touched = o.Now(), o.Now()
	claimed, err := o.write(ctx, c, Change{Claim: &v.Digest, Extend: phoneTime}, step(Claim, from, to, staff.ID{}, "browser", phone.Browser, "place", placeOf(phone.Counter)))
	if errors.Is(err, ErrClaimed) || errors.Is(err, ErrConflict) { // somebody was a moment faster
		c, err := o.load(ctx, Query{ID: c.ID})
		if err != nil {
			return Case{}, "", err
		}
		if v.State = "issued"; c.State != QRIssued {
			v.State = "claimed"
		}
		return o.second(ctx, c, v)
	}
	if err != nil {
		return Case{}, "", err
	}
	return claimed, o.Mint.Encode(bearer), nil
}

// actCounter is in the journal that the phone of a case turned out to be the office's own computer.
const actCounter Act = "counter"

// atCounter takes note where it turns out only now that the phone of a case is the office's own computer: what was begun
// there is not gone on with.
func (o *Office) atCounter(ctx context.Context, c Case, phone Phone) (Case, string, error) {
	if !phone.Counter || c.Work.Counter || c.State != Claimed {
		return c, "", nil
	}
	c.Work.Counter, c.Work.Setup = true, nil
	_, err := o.write(ctx, c, Change{}, step(actCounter, c.State, c.State, staff.ID{}))
	return c, "", ignoreConflict(err)
}

// placeOf says in an entry that the phone of a case is the office's own computer.
func placeOf(counter bool) string {
	if counter {
		return "counter"
	}
	return ""
}

// mostAlarms is how many alarms a case gets for its code: whoever has one cannot fill the journal with it.
const mostAlarms = 20

// second is a scan by another phone, or of a code that is no longer worth anything. The answer is the
// same for both: a stranger learns nothing (attacks EN-01).
func (o *Office) second(ctx context.Context, c Case, v VoucherRow) (Case, string, error) {
	stops := c.State == Claimed || c.State == KeyBound // at the first one; what was confirmed only alarms, however long it waits
	if v.State != "claimed" && v.State != "spent" || c.Alarms >= mostAlarms && !stops {
		return Case{}, "", ErrVoucher
	}
	switch {
	case stops:
		_, err := o.freeze(ctx, c, "second_device")
		refused := (*Refused)(nil)
		switch {
		case !errors.As(err, &refused):
			return Case{}, "", err
		case refused.Code != "frozen": // the case moved on meanwhile
			o.raise(ctx, c, "second_device")
		}
	default:
		what := "second_device"
		if v.State == "spent" {
			what = "spent_code"
		}
		o.raise(ctx, c, what)
	}
	return Case{}, "", ErrVoucher
}

// failed records that something typed was wrong, whatever moves the case meanwhile (means.md R-ENR-09).
func (o *Office) failed(ctx context.Context, c Case, what string) error {
	rows, err := o.entries(c, alarm(what))
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}

// raise puts an alarm on a case without touching how it stands.
func (o *Office) raise(ctx context.Context, c Case, what string) {
	if err := o.alert(ctx, c, what, o.Now()); err != nil {
		o.Log.ErrorContext(ctx, "an alarm was not kept", "case", c.Number, "what", what, "cause", err)
	}
}

// holds reports whether a cookie is that of the phone that claimed the case, or came first and was taken.
func (o *Office) holds(c Case, cookie string) bool {
	bearer, err := o.Mint.Parse(seal.OneTimeHandle, cookie)
	if err != nil || len(c.Device) == 0 {
		return false
	}
	digest := bearer.Digest()
	return subtle.ConstantTimeCompare(digest[:], c.Device) == 1
}

// Resume gives the case of the phone with the cookie: closing the page loses nothing (features S05).
func (o *Office) Resume(ctx context.Context, cookie string) (Case, error) {
	bearer, err := o.Mint.Parse(seal.OneTimeHandle, cookie)
	if err != nil {
		return Case{}, ErrPhone
	}
	c, err := o.load(ctx, Query{ID: bearer.Row})
	if errors.Is(err, ErrNoCase) { // the cookie is from before there was a case
		c, err = o.taken(ctx, bearer.Row)
	}
	if errors.Is(err, ErrNoCase) || err == nil && (!o.holds(c, cookie) || o.left(c)) {
		return Case{}, ErrPhone
	}
	if err != nil {
		return Case{}, err
	}
	if o.untouched(c) {
		if c, err = o.MayBeAnother(ctx, c, false); err != nil {
			return c, err
		}
	}
	return o.settle(ctx, c)
}

// untouched reports whether whoever has the phone of a case has done nothing for so long that somebody else may sit at the
// counter's computer by now.
func (o *Office) untouched(c Case) bool {
	last := c.Work.Touched
	if last.IsZero() { // of a version that did not keep it
		last = c.Changed
	}
	return o.Now().Sub(last) > counterTime
}

// shared reports whether the phone of a case is a computer that others use, too: the office's own, or one on which somebody
// made what is for who has no phone.
func (c Case) shared() bool {
	return c.Work.Counter || c.Work.Shared || c.Work.With == Portable || c.Work.With == Paper
}

// left reports whether a citizen has long gone from a shared computer: who forgot their codes there leaves them to nobody
// who comes after (features H24).
func (o *Office) left(c Case) bool {
	return c.shared() && !c.Decided.IsZero() && o.Now().Sub(c.Decided) > phoneTime
}

// MayBeAnother takes note that somebody opened the page of a shared computer anew, or after a while, where a case goes on:
// it may be the next one. From there on it goes on, and its codes are shown, to who has the document at hand (features H24,
// attacks OT-06). Counter says that the page was the one for the office's own computer, however the case began.
func (o *Office) MayBeAnother(ctx context.Context, c Case, counter bool) (Case, error) {
	counter = counter && !c.shared() && c.State != Cancelled
	unsure := (c.shared() || counter) && !c.Work.Unsure && c.goesOn()
	if !counter && !unsure {
		return c, nil
	}
	return o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) {
		c.Work.Shared, c.Work.Unsure = c.Work.Shared || counter, c.Work.Unsure || unsure
		return Change{}, nil, nil
	})
}

// goesOn reports whether something is to be done, or seen, that only its citizen may who has proved that it is them.
func (c Case) goesOn() bool {
	return c.State == Claimed && c.Progress >= Proved || c.State == KeyBound || c.State == Confirmed || c.State == Active && len(c.Work.Codes) > 0
}

// visitTime is for how long a phone at the desk may ask for more time. The visit is over with the day's work: from then on
// no clerk is there whom an alarm would reach, whoever has the phone.
const visitTime = 8 * time.Hour

// Extend gives the phone more time; it may be asked for again and again within reason.
func (o *Office) Extend(ctx context.Context, c Case) error {
	if c.State != Claimed && c.State != KeyBound {
		return nil
	}
	since, most := c.Opened, 24*time.Hour+o.Policy.life(AtHome)
	if c.Mode == AtDesk {
		most = visitTime
		if !c.Work.Claimed.IsZero() { // a second clerk may have looked for longer than that
			since = c.Work.Claimed
		}
	}
	if o.Now().Sub(since) > most {
		return nil
	}
	c.Work.Touched = o.Now()
	_, err := o.write(ctx, c, Change{Extend: phoneTime})
	return ignoreConflict(err)
}

func ignoreConflict(err error) error {
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// plainNumber reads a case's number as people type it.
func plainNumber(text string) (string, bool) {
	plain, ok := onlyDigits(text, 12)
	if !ok {
		return "", false
	}
	return plain[:4] + "-" + plain[4:], true
}
