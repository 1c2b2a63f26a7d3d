package hub

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"symbolon/config"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/keys"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/usagedb"
	"symbolon/provider/subject"
)

// Staff names the people at desks, for the commands.
func (t tools) staff(now func() time.Time) *staff.Registry {
	return &staff.Registry{
		Store: t.identity, Vault: t.keys.sealing, Journal: journal.Recorder{Vault: t.keys.sealing, Store: t.identity, Now: now}, Now: now,
	}
}

// wireOffice puts together what enrols people at desks: where there is a desk, registers to ask, and a
// means that takes what desks hand out.
func (h *Hub) wireOffice(ctx context.Context, _ Options) error {
	if h.config.Hosts.Desk == "" {
		return nil
	}
	if h.feed == nil || h.authenticators == nil {
		if len(h.config.Systems) > 0 {
			return errors.New("register_systems: nobody can be enrolled here: a desk needs registers, and a connector of kind enrolled")
		}
		h.log.WarnContext(ctx, "nobody can be enrolled: a desk needs registers, and a connector of kind enrolled")
		return nil
	}
	h.staff = tools{h.identity, h.usage, h.keys}.staff(h.now)
	d := h.config.Desk
	if len(h.rules.Proofing) == 0 {
		return errors.New("assurance rules: proofing is missing: how far an enrolment in an office goes by what it rests on")
	}
	var notices interface {
		enrolment.Notices
		enrolment.Contacts
	} = noNotices{}
	if h.notices != nil {
		notices = deskNotices{*h.notices, siteOf(h.config.Issuer)}
	}
	h.office = &enrolment.Office{
		Store: h.identity, Trails: h.identity, Searches: h.identity, Joinings: h.identity, Names: h.people.References, Records: h.identity, Requests: h.identity, Limit: h.keeper(), Registers: h.feed, Statuses: papers{h.statuses, h.config.Registers.Country}, Changes: h.identity, Relations: h.feed, People: h.people, Standing: h.people, Homes: h.identity, Staff: h.staff, Keys: deskKeys{h.authenticators, h.people, h.logins, h.now},
		Stops: deskStops{h.authenticators}, Ways: deskWays{h.authenticators, h.notices}, Notices: notices, Contacts: notices, Addressed: h.identity, Signer: signer{h.keys.signing, h.now, enrolment.RecordType},
		Journal: journal.Recorder{Vault: h.keys.sealing, Store: h.identity, Now: h.now}, Digests: h.keys.digest, Vault: h.keys.sealing, Mint: h.keys.mint,
		Policy: enrolment.Policy{
			LookUps: d.LookUps, Enrolments: d.Enrolments, Age: max(d.Age, h.config.Matching.MinimumAge), Hours: staff.Weekdays(d.Opens, d.Closes), CapFlagged: d.CapFlagged,
			Issuer: h.config.Issuer, PhoneFirst: d.PhoneFirst, DeskTime: d.CodeTime, HomeTime: d.HomeTime, Emergency: d.Emergency, Country: h.config.Registers.Country, Levels: h.rules.Proofing,
		},
		Atomically: h.identity.Atomically, Log: h.log, Now: h.now,
	}
	if h.hearing != nil {
		h.hearing.NotGiven = h.office.NotGiven
	}
	h.chores = append(h.chores, chore{"cases", 10 * time.Minute, h.office.Sweep}, chore{"confirmed cases", 5 * time.Minute, h.office.FinishConfirmed},
		chore{"homes of staff", nightlyEvery, func(ctx context.Context) error { return h.nightly(ctx, "homes", h.rehouse) }})
	return h.wireSystems()
}

// siteOf writes our address as people type it.
func siteOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return issuer
	}
	return u.Host
}

// newcomer finds somebody who is to be appointed, by the register, and makes them known here. They can see that
// they were looked up, and by whom (means.md R-ENR-01).
func (h *Hub) newcomer(ctx context.Context, by staff.Member, number identity.Identifier) (identity.PersonID, identity.Secret, error) {
	person, name, err := h.Desks().Find(ctx, number)
	if err != nil && !errors.Is(err, staff.ErrAge) {
		return identity.PersonID{}, identity.Secret{}, err
	}
	if err := h.people.Enter(ctx, person, staff.NamingEntry(by, "found")); err != nil {
		return identity.PersonID{}, identity.Secret{}, fmt.Errorf("record who is to be named: %w", err)
	}
	return person, name, err
}

// Desks names the people who work at desks.
type Desks struct {
	Staff     *staff.Registry
	people    *subject.Matcher
	registers *register.Client
	usage     *usagedb.DB
	identity  *identitydb.DB
	journal   journal.Recorder
	digests   seal.Digester
}

// Desks gives what names the people at the desks of this hub.
func (h *Hub) Desks() Desks {
	return Desks{h.staff, h.people, h.feed, h.usage, h.identity, h.usageJournal(), h.keys.digest}
}

// Office gives what enrols people; nil where nobody is enrolled.
func (h *Hub) Office() *enrolment.Office { return h.office }

// OpenDesks opens what commands on staff work on.
func OpenDesks(ctx context.Context, c config.Config, stores *Stores) (Desks, error) {
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return Desks{}, err
	}
	d := Desks{Staff: t.staff(time.Now), people: t.matcher(c, time.Now), usage: t.usage, identity: t.identity, journal: t.usageJournal(time.Now), digests: t.keys.digest}
	if c.Registers.URL == "" {
		return d, nil
	}
	d.registers, err = registersOf(c, time.Now)
	return d, err
}

// Find gives the person whom the register knows under a number, with the name that it says. The person
// is made if this installation has not met them. staff.ErrAge, with no name, of who is not of age.
func (d Desks) Find(ctx context.Context, number identity.Identifier) (identity.PersonID, identity.Secret, error) {
	if d.registers == nil {
		return identity.PersonID{}, identity.Secret{}, errors.New("there are no registers to ask for the name; see registers in the settings")
	}
	p, err := d.registers.Person(ctx, number)
	if err != nil {
		return identity.PersonID{}, identity.Secret{}, err
	}
	if p.Deceased {
		return identity.PersonID{}, identity.Secret{}, subject.ErrDeceased
	}
	person, err := d.people.Enrol(ctx, subject.Registered{Found: true, Identifiers: p.Identifiers, Attributes: p.Attributes})
	if err != nil {
		return identity.PersonID{}, identity.Secret{}, err
	}
	if err := d.identity.KeepHome(ctx, person.ID, enrolment.HomeOf(d.digests, p.Attributes)); err != nil {
		return identity.PersonID{}, identity.Secret{}, err
	}
	if !enrolment.Grown(p.Attributes, d.Staff.Now()) {
		return person.ID, identity.Secret{}, staff.ErrAge
	}
	given, _ := p.Attributes.Find("given_name")
	family, _ := p.Attributes.Find("family_name")
	return person.ID, identity.Hide(given.Value.RevealText() + " " + family.Value.RevealText()), nil
}

// deskKeys lets a desk use the keeper of authenticators.
type deskKeys struct {
	keeper *enrolled.Authenticators
	people *subject.Matcher
	logins *login.Service
	now    func() time.Time
}

// Account gives the account that a person has, or a new one.
func (k deskKeys) Account(ctx context.Context, person identity.PersonID) (enrolment.Account, error) {
	account, has, err := k.keeper.AccountOf(ctx, person)
	if err != nil {
		return enrolment.Account{}, err
	}
	if !has {
		account = enrolled.NewAccount()
	}
	return enrolment.Account{Handle: account.Handle[:], Name: account.Name}, nil
}

func accountOf(a enrolment.Account) enrolled.Account {
	account := enrolled.Account{Name: a.Name}
	copy(account.Handle[:], a.Handle)
	return account
}

// Begin begins to make a key.
func (k deskKeys) Begin(ctx context.Context, w enrolment.Wish) (enrolment.Offer, error) {
	if len(w.Again) > 0 {
		secret, err := k.keeper.AgainTOTP(w.Again, accountOf(w.Account), w.Language)
		return enrolment.Offer{URI: secret.URI, Secret: secret.Secret, Name: w.Account.Name, Setup: w.Again}, mendable(err)
	}
	if w.Kind == enrolment.TOTP {
		secret, setup, err := k.keeper.BeginTOTP(ctx, accountOf(w.Account), w.Language)
		return enrolment.Offer{URI: secret.URI, Secret: secret.Secret, Name: w.Account.Name, Setup: setup}, err
	}
	if w.Kind == enrolment.Paper { // there is nothing to make
		return enrolment.Offer{Setup: []byte(enrolment.Paper)}, nil
	}
	options, setup, err := k.keeper.BeginPasskey(ctx, accountOf(w.Account), enrolled.PasskeyWish{
		Person: w.Person, Label: w.Label, Attested: true, Portable: w.Kind == enrolment.Portable, Replaces: w.Replaces,
	})
	return enrolment.Offer{Options: options, Setup: setup}, err
}

// Finish checks what the phone answered.
func (k deskKeys) Finish(ctx context.Context, kind enrolment.KeyKind, setup []byte, r enrolment.Response) (enrolment.Candidate, error) {
	var c enrolled.Candidate
	var err error
	if kind == enrolment.TOTP {
		c, err = k.keeper.FinishTOTP(ctx, setup, r.PIN, r.Code)
	} else {
		c, err = k.keeper.FinishPasskey(ctx, setup, r.Credential)
	}
	return candidate(c), mendable(err)
}

// mendable says in the desk's words what the citizen can do something about.
func mendable(err error) error {
	for _, row := range []struct{ is, as error }{
		{enrolled.ErrRefused, enrolment.ErrKeyRefused}, {enrolled.ErrSetupOver, enrolment.ErrKeyRefused}, {enrolled.ErrUnverified, enrolment.ErrUnverified},
		{enrolled.ErrKnownAlready, enrolment.ErrKnownKey}, {enrolled.ErrShape, enrolment.ErrShape}, {enrolled.ErrWrongCode, enrolment.ErrWrongCode}, {enrolled.ErrTooManyTries, enrolment.ErrLocked},
		{enrolled.ErrWeakPIN, enrolment.ErrWeakPIN},
	} {
		if errors.Is(err, row.is) {
			return row.as
		}
	}
	return err
}

func candidate(c enrolled.Candidate) enrolment.Candidate {
	return enrolment.Candidate{Kind: string(c.Type), Mechanism: string(c.Mechanism), Worth: c.Worth, AAGUID: c.AAGUID, Attested: c.Attestation, Credential: c.Credential, Sealed: c.Sealed}
}

// Codes draws recovery codes.
func (k deskKeys) Codes(_ context.Context, kind enrolment.KeyKind, account enrolment.Account) ([]string, enrolment.Candidate, error) {
	draw := k.keeper.NewRecoveryCodes
	if kind == enrolment.Paper {
		draw = k.keeper.NewPaperList
	}
	codes, c, err := draw(accountOf(account))
	return codes, candidate(c), err
}

// Bind puts keys to use and ties the person's account to them.
func (k deskKeys) Bind(ctx context.Context, b enrolment.Binding) error {
	number, err := identity.ParseIdentifier(b.Snapshot.Identifier)
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	seen := identity.Attributes{
		{Name: "given_name", Value: identity.Text(b.Snapshot.Given)}, {Name: "family_name", Value: identity.Text(b.Snapshot.Family)},
		{Name: "birthdate", Value: identity.Text(b.Snapshot.Birth)},
	}
	tie := k.keeper.Tie(accountOf(b.Account), b.Level, number, seen)
	var person identity.Person
	if number.Scheme == identity.NationalNumber {
		person, err = k.people.Match(ctx, tie, nil)
	} else { // no number that the means is trusted for names them: the clerks do
		person, err = k.people.Handed(ctx, tie, b.Person)
	}
	if changed(err) || err == nil && person.ID != b.Person {
		return errors.Join(enrolment.ErrPerson, err)
	}
	if err != nil {
		return fmt.Errorf("tie an account: %w", err)
	}
	if err := k.logins.Reproved(ctx, person.Usage); err != nil { // attacks LK-02: who was proofed anew is logged in nowhere
		return fmt.Errorf("end what was from before: %w", err)
	}
	bound := enrolled.Binding{Person: b.Person, Account: accountOf(b.Account), Level: b.Level, Case: b.Case, Office: b.Office, Via: enrolled.ViaDesk}
	if b.Home {
		bound.Via = enrolled.ViaHome
	}
	if b.Capped {
		bound.CapUntil = enrolled.Day(subject.DayOf(k.now())) + 1
	}
	candidates := make([]enrolled.Candidate, len(b.Keys))
	for i, key := range b.Keys {
		candidates[i] = enrolled.Candidate{Sealed: key.Sealed}
	}
	if earlier := earlierOf(b); earlier != nil {
		_, err = k.keeper.Supersede(ctx, bound, earlier, candidates...)
	} else {
		_, err = k.keeper.Bind(ctx, bound, candidates...)
	}
	if err == nil && b.Retakes {
		_, err = k.keeper.Retake(ctx, b.Person)
	}
	return err
}

// earlierOf says how what a person had before is to stand; nil for as it is.
func earlierOf(b enrolment.Binding) enrolled.Earlier {
	switch b.Replaces {
	case enrolment.ReplacesAll:
		return enrolled.AllEarlier
	case enrolment.ReplacesEmergencies:
		return enrolled.OfCases(b.Former...)
	case enrolment.PutsAside:
		return enrolled.NoStronger(b.Level)
	default:
		return nil
	}
}

// changed reports whether the person is not any more as a desk found them.
func changed(err error) bool {
	return errors.Is(err, subject.ErrFrozen) || errors.Is(err, subject.ErrDeceased) || errors.Is(err, subject.ErrConflict)
}

// deskStops stops what an enrolment gave.
type deskStops struct{ keeper *enrolled.Authenticators }

// Aside reports whether an emergency put something of a person's aside.
func (s deskStops) Aside(ctx context.Context, person identity.PersonID) (bool, error) {
	return s.keeper.AnyAside(ctx, person)
}

// CodesWork reports whether the codes of the case let somebody in.
func (s deskStops) CodesWork(ctx context.Context, caseID string) (bool, error) {
	return s.keeper.CodesWork(ctx, caseID)
}

// SuspendCase suspends every key of the case.
func (s deskStops) SuspendCase(ctx context.Context, caseID, why string) error {
	reason := enrolled.ByOffice
	switch why {
	case enrolment.NotMe:
		reason = enrolled.NotMe
	case enrolment.NotGiven:
		reason = enrolled.Refusal
	}
	return s.keeper.SuspendCase(ctx, caseID, reason)
}

// RevokeCase ends every key of the case for good.
func (s deskStops) RevokeCase(ctx context.Context, caseID, _ string) error {
	return s.keeper.RevokeCase(ctx, caseID, enrolled.ByOffice)
}

// EndOpened ends what the person holds.
func (s deskStops) EndOpened(ctx context.Context, caseID string) error {
	return s.keeper.EndCase(ctx, caseID)
}

// signer signs what is no token with the installation's signing key.
type signer struct {
	keys *keys.Signing
	now  func() time.Time
	typ  string // keeps it from being taken for a token (RFC 8725 §3.11)
}

// Sign makes a JWS in compact form.
func (s signer) Sign(payload []byte) (string, error) {
	key, ok := s.keys.Active(keys.ES256, s.now())
	if !ok {
		return "", errors.New("no signing key is active")
	}
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(s.typ)).WithHeader(jose.HeaderKey("kid"), key.ID)
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: cryptosigner.Opaque(key)}, options)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	signed, err := made.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

// lookers says to citizens who in an office looked at their data.
func (h *Hub) lookers() enrolment.Lookers {
	return enrolment.Lookers{
		Kept: h.identity, Names: h.people.References, Numbers: subject.Numbers{Store: h.identity, Vault: h.keys.sealing}.Numbers, Digests: h.keys.digest,
		Person: h.people.AtDesk, Places: h.identity,
	}
}
