package enrolled

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/pquerna/otp"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// mostAnswers is how many answers of one leg may fail before it begins anew.
const mostAnswers = 5

// Continue takes what the page's forms send: a passkey's answer, an app's code, one of the last codes,
// or that the warning after one was read.
func (c *Connector) Continue(ctx context.Context, attempt connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Handle == "" || l.Handle != attempt.Handle || l.Ceremony == nil && l.Came == nil {
		return connectors.Failed{Code: connectors.InvalidAnswer}, nil, nil
	}
	if gaveUp(ctx) {
		return nil, nil, ctx.Err()
	}
	if l.Came != nil {
		return c.warned(ctx, attempt, *l.Came, in.Form)
	}
	if in.Form.Get("way") == wayPasskey {
		return c.byPasskey(ctx, attempt, l, in.Form)
	}
	if subtle.ConstantTimeCompare([]byte(in.Form.Get("turn")), []byte(l.Ceremony.Challenge)) == 1 {
		switch in.Form.Get("way") {
		case wayTOTP:
			return c.byTOTP(ctx, attempt, l, in.Form)
		case wayCode:
			return c.byCode(ctx, attempt, l, in.Form)
		}
	}
	return connectors.Failed{Code: connectors.InvalidAnswer, Retry: true}, nil, nil
}

func (c *Connector) byPasskey(ctx context.Context, attempt connectors.Attempt, l leg, form url.Values) (connectors.Step, connectors.State, error) {
	if form.Get("credential") == "" {
		return c.page(attempt, l, Shown{Wrong: wrongStopped, Way: wayPasskey})
	}
	answer, err := c.assert(ctx, *l.Ceremony, []byte(form.Get("credential")))
	if errors.Is(err, errReplayed) {
		return connectors.Failed{Code: connectors.StaleAnswer, Retry: true}, nil, nil
	}
	for _, row := range []struct {
		is error
		as connectors.FailureCode
	}{{ErrRefused, connectors.InvalidAnswer}, {errUnknown, connectors.KeyUnknown}, {errStopped, connectors.KeyStopped}} {
		if errors.Is(err, row.is) {
			c.deps.Log.InfoContext(ctx, "a passkey was refused", "why", err.Error())
			return connectors.Failed{Code: row.as, Retry: true}, nil, nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return c.done(ctx, attempt, answer.row, answer.digest[:], attempt.Now)
}

// byTOTP takes a login name, a PIN and an app's code. Who is not there, has no app, is locked out, or
// is wrong in whatever way gets one and the same answer, and takes as much work (attacks EN-01, EN-02).
func (c *Connector) byTOTP(ctx context.Context, attempt connectors.Attempt, l leg, form url.Values) (connectors.Step, connectors.State, error) {
	name, pin, code := form.Get("name"), form.Get("pin"), form.Get("code")
	if len(tidy(code)) == codeLength { // no app's, which has six digits: nothing is compared, and no code is lost
		if !c.takesCodes(attempt) {
			return c.again(ctx, attempt, l, Shown{Wrong: wrongPaperLow, Way: wayTOTP, Name: name})
		}
		return c.again(ctx, attempt, l, Shown{Wrong: wrongPaper, Way: wayCode, Name: name})
	}
	if name == "" || pin == "" || code == "" {
		return c.again(ctx, attempt, l, Shown{Wrong: wrongEmpty, Way: wayTOTP, Name: name})
	}
	apps, mayTry, err := c.typed(ctx, name, TOTP)
	if err != nil {
		return nil, nil, err
	}
	var row *Row
	var r record
	at := int64(0)
	for _, app := range padded(apps) {
		if !mayTry { // a name that is locked, whether it is one or not, costs no work
			break
		}
		step, right, err := checkTOTP(app.record, pin, code, attempt.Now)
		if err != nil {
			return nil, nil, err
		}
		if right && row == nil {
			row, r, at = app.row, app.record, step
		}
	}
	take := func() (bool, error) { return c.deps.Marks.Advance(ctx, r.Mark, at) }
	right, err := c.taken(ctx, l, row != nil, take)
	if errors.Is(err, errReplayed) {
		return connectors.Failed{Code: connectors.StaleAnswer, Retry: true}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !right {
		return c.again(ctx, attempt, l, Shown{Wrong: wrongCode, Way: wayTOTP, Name: name})
	}
	if err := c.deps.Marks.Forgive(ctx, c.triesOf(name)); err != nil {
		return nil, nil, fmt.Errorf("forgive earlier tries: %w", err)
	}
	return c.done(ctx, attempt, *row, digestOf(row.ID, strconv.FormatInt(at, 10)), attempt.Now)
}

// byCode takes a login name and one of the last codes, of either kind. Before they go on they are told
// what it means that one is gone.
func (c *Connector) byCode(ctx context.Context, attempt connectors.Attempt, l leg, form url.Values) (connectors.Step, connectors.State, error) {
	name, code := form.Get("name"), form.Get("code")
	if name == "" || code == "" {
		return c.again(ctx, attempt, l, Shown{Wrong: wrongEmpty, Way: wayCode, Name: name})
	}
	if len(identity.Digits(code)) == otp.DigitsSix.Length() {
		return c.again(ctx, attempt, l, Shown{Wrong: wrongApp, Way: wayTOTP, Name: name})
	}
	row, r, place, mayTry, err := c.typedCode(ctx, name, code)
	if err != nil {
		return nil, nil, err
	}
	take := func() (bool, error) { return c.deps.Marks.Spend(ctx, r.Mark, place) }
	right, err := c.taken(ctx, l, mayTry && row != nil, take)
	if errors.Is(err, errReplayed) {
		return connectors.Failed{Code: connectors.StaleAnswer, Retry: true}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !right {
		return c.again(ctx, attempt, l, Shown{Wrong: wrongCode, Way: wayCode, Name: name})
	}
	if err := c.deps.Marks.Forgive(ctx, c.triesOf(name)); err != nil {
		return nil, nil, fmt.Errorf("forgive earlier tries: %w", err)
	}
	left, err := c.left(ctx, *row)
	if err != nil {
		return nil, nil, err
	}
	digest := digestOf(row.ID, "code "+strconv.Itoa(place))
	if row.Type == Paper { // a list is there to be used up
		return c.done(ctx, attempt, *row, digest, attempt.Now)
	}
	if err := c.deps.Record.Record(ctx, actOf(*row, ActUsed, ByOwner)); err != nil {
		return nil, nil, fmt.Errorf("record a recovery: %w", err)
	}
	l = leg{Handle: attempt.Handle, Came: &came{Authenticator: row.ID, Name: name, Digest: digest, At: attempt.Now.Unix()}}
	return c.show(l, Shown{Warning: true, Way: wayCode, Left: strconv.Itoa(left)})
}

// taken spends the page that a right answer came from, and then what was typed. Who sends the same
// page twice is told so; of all others who bring the same code, one wins and the rest were wrong.
func (c *Connector) taken(ctx context.Context, l leg, right bool, take func() (bool, error)) (bool, error) {
	if !right {
		return false, nil
	}
	first, err := c.deps.Once(ctx, l.Ceremony.Challenge, c.deps.Now().Add(ceremonyLife))
	if err != nil {
		return false, fmt.Errorf("spend a page: %w", err)
	}
	if !first {
		return false, errReplayed
	}
	won, err := take()
	return won, wrap("take a code", err)
}

// warned goes on with somebody who has read the warning. In the meantime their codes may have been
// suspended.
func (c *Connector) warned(ctx context.Context, attempt connectors.Attempt, came came, form url.Values) (connectors.Step, connectors.State, error) {
	if form.Get("way") != "warned" {
		return connectors.Failed{Code: connectors.InvalidAnswer, Retry: true}, nil, nil
	}
	rows, err := c.deps.Finder.ByName(ctx, c.nameDigests(came.Name))
	if err != nil {
		return nil, nil, fmt.Errorf("find codes: %w", err)
	}
	for _, row := range rows {
		if row.ID == came.Authenticator && row.State == Active {
			return c.done(ctx, attempt, row, came.Digest, time.Unix(came.At, 0))
		}
	}
	return connectors.Failed{Code: connectors.InvalidAnswer}, nil, nil
}

// compared is what something typed is compared with; row is nil in a decoy.
type compared struct {
	row    *Row
	record record
}

// typed finds what is to be compared with what somebody typed, and takes one try of the name, whether
// it is one or not. Where there is nothing to compare with it gives a decoy.
func (c *Connector) typed(ctx context.Context, name string, kind Type) ([]compared, bool, error) {
	mayTry, err := c.mayTry(ctx, name)
	if err != nil {
		return nil, false, err
	}
	rows, err := c.deps.Finder.ByName(ctx, c.nameDigests(name))
	if err != nil {
		return nil, false, fmt.Errorf("find an account: %w", err)
	}
	var all []compared
	for _, row := range rows {
		if row.Type != kind || row.State != Active {
			continue
		}
		r, err := c.open(row)
		if err != nil {
			return nil, false, err
		}
		all = append(all, compared{&row, r})
	}
	return all, mayTry, nil
}

// usualApps is how many apps most people have at the most: a try takes as much work whether a name has none, one
// or so many (attacks EN-02).
const usualApps = 2

// padded fills up with what nothing is ever equal to.
func padded(apps []compared) []compared {
	for len(apps) < usualApps {
		apps = append(apps, compared{nil, decoy()})
	}
	return apps
}

// typedCode finds the list that a code is on.
func (c *Connector) typedCode(ctx context.Context, name, code string) (*Row, record, int, bool, error) {
	mayTry, err := c.mayTry(ctx, name)
	if err != nil {
		return nil, record{}, 0, false, err
	}
	rows, err := c.deps.Finder.ByName(ctx, c.nameDigests(name))
	if err != nil {
		return nil, record{}, 0, false, fmt.Errorf("find an account: %w", err)
	}
	var on *Row
	var with record
	place := 0
	for _, row := range rows {
		if row.Mechanism != Codes || row.State != Active {
			continue
		}
		r, err := c.open(row)
		if err != nil {
			return nil, record{}, 0, false, err
		}
		if at, found := which(r, code); found && !c.forgotten(r) {
			on, with, place = &row, r, at
		}
	}
	return on, with, place, mayTry, nil
}

// mayTry takes one try of a name. A locked one is for whoever watches the log, without the name.
func (c *Connector) mayTry(ctx context.Context, name string) (bool, error) {
	may, err := c.deps.Marks.Try(ctx, c.triesOf(name), tries())
	if err != nil {
		return false, fmt.Errorf("count a try: %w", err)
	}
	if !may {
		c.deps.Log.WarnContext(ctx, "a login name is locked for a while")
	}
	return may, nil
}

// triesOf is what tries of a name are counted under, whether there is such a name or not.
func (a *Authenticators) triesOf(name string) [32]byte {
	return a.deps.Digests.Digests("enrolled tries", tidy(name))[0].Sum
}

// longestShown bounds what is shown again of a typed name, in bytes.
const longestShown = 64

// again shows the page once more, or ends the leg when there were enough.
func (c *Connector) again(ctx context.Context, attempt connectors.Attempt, l leg, shown Shown) (connectors.Step, connectors.State, error) {
	c.deps.Log.InfoContext(ctx, "what was typed was refused", "way", shown.Way, "why", shown.Wrong)
	if l.Tries++; l.Tries >= mostAnswers {
		return connectors.Failed{Code: connectors.InvalidAnswer, Retry: true}, nil, nil
	}
	if len(shown.Name) > longestShown {
		shown.Name = ""
	}
	return c.page(attempt, l, shown)
}

// done says who it is. Names and dates come from the register, which is asked for the number that the
// office found the person under.
func (c *Connector) done(ctx context.Context, attempt connectors.Attempt, row Row, digest []byte, at time.Time) (connectors.Step, connectors.State, error) {
	numbers, err := c.deps.Persons.Numbers(ctx, row.Person)
	if err != nil {
		return nil, nil, fmt.Errorf("numbers of a person: %w", err)
	}
	amr := row.Mechanism.amr()
	return connectors.Done{Authentication: identity.Authentication{
		Means: c.settings.ID, Kind: Kind, Issuer: c.deps.Issuer, Subject: Account{Handle: row.Handle}.subject(), Identifiers: numbers,
		AMR: amr, AuthTime: at,
		Evidence: []identity.Evidence{{
			Kind: row.Mechanism.Evidence(), Means: c.settings.ID, Issuer: row.Office, Asserted: row.enrolment(DayOf(attempt.Now)), Ceiling: c.settings.Ceiling,
			AMR: amr, AuthTime: at, Checked: attempt.Now, Digest: digest, Resistant: !row.Mechanism.Phishable(), Seen: row.seen(),
		}},
	}}, nil, nil
}

// seen is the day on which the office saw the person; zero for what its owner added or got to work later.
func (r Row) seen() time.Time {
	if r.Via != ViaDesk {
		return time.Time{}
	}
	return time.Unix(int64(r.Since)*24*60*60, 0).UTC()
}

// amr names the methods (RFC 8176 §2); ofc is ours: enrolled in an office (levels.md §2).
func (m Mechanism) amr() []string {
	switch m {
	case Certified, Attested, Bound:
		return []string{"hwk", "user", "mfa", "ofc"}
	case Synced:
		return []string{"swk", "user", "mfa", "ofc"}
	case TOTPWithPIN:
		return []string{"otp", "pin", "mfa", "ofc"}
	default:
		return []string{"otp", "ofc"}
	}
}

func digestOf(id DeviceID, what string) []byte {
	sum := sha256.Sum256([]byte(id.String() + " " + what))
	return sum[:]
}
