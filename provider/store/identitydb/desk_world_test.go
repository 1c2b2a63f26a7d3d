package identitydb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/limit"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// town is an office with its people on a real database. Registers, keys and notices are played.
type town struct {
	*enrolment.Office
	db      *DB
	staff   *staff.Registry
	people  *subject.Matcher
	clerk   enrolment.Actor
	second  enrolment.Actor
	boss    enrolment.Actor
	away    enrolment.Actor // a clerk of another office
	country *country
	now     func() time.Time
}

// country plays what is outside: registers, the keeper of keys, notices, the signing key.
type country struct {
	mu       sync.Mutex
	down     bool
	dark     bool                    // the register of photos alone does not answer
	faceless bool                    // it has no photo of anybody
	picture  []byte                  // everybody's
	barred   bool                    // everybody's national number is restricted
	former   register.DocumentStatus // of an earlier document that everybody had; "" for none
	formerAt time.Time               // since when it stands so
	asking   func()                  // runs when it is asked about a person; nil for nothing
	status   register.DocumentStatus
	reported register.DocumentStatus // of documents of people whom it does not know; "" for nothing
	since    time.Time
	db       *DB            // where it writes what it says in the caller's transaction
	sent     map[string]int // to guardians
	half     string
	halfTo   []string // where it was sent: "CHANNEL ADDRESS"
	book     *subject.Matcher
	code     string // the last one to an address that is to be confirmed
	codeFail error
	street   string          // where everybody lives; "" where nobody says
	kept     string          // the text of the last notice of an enrolment
	withheld []string        // enrolments whose rest is an office's alone
	waiting  []enrolment.Way // what people hold that was suspended
	aside    bool            // an emergency put something aside
	binding  enrolment.Binding
	bound    map[string]int // by case
	stopped  []string
	ended    []string
	stopFail error
	refCode  string
	bindFail error
	letters  *outbox.Notices // send the second half of a code; nil only keeps it
	refused  bool            // the application for a first document
	asked    register.RelationQuestion
	parted   bool                   // the guardian is one no more
	scope    register.RelationScope // in which the guardian may act; "" for all
}

func invented(n int) string { // a number that passes its checksum, of somebody born in the eighties
	for last := range 10 {
		text := fmt.Sprintf("8%d%02d%02d%04d%d", n%10, n/10%12+1, n/120%28+1, n, last)
		if identity.ValidPESEL(text) {
			return "PNOPL-" + text
		}
	}
	panic("some last digit always fits")
}

func (c *country) Person(_ context.Context, id identity.Identifier) (register.Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking != nil {
		c.asking()
	}
	if c.down {
		return register.Person{}, register.ErrUnavailable
	}
	human, known := humanOf(id)
	if !known {
		return register.Person{}, register.ErrNotFound
	}
	answer := human.registered()
	if c.street != "" {
		home, err := identity.JSON(map[string]string{"street_address": c.street, "postal_code": "00-999", "locality": "Nowa Wola", "country": "PL"})
		if err != nil {
			return register.Person{}, err
		}
		answer.Attributes = append(answer.Attributes, identity.Attribute{Name: "address", Value: home, Source: identity.Source{Kind: identity.FromRegister, ID: "population"}})
	}
	return register.Person{Identifiers: answer.Identifiers, Attributes: answer.Attributes, Deceased: answer.Deceased, Restricted: c.barred, AsOf: instantOfTests()}, nil
}

// humanOf gives one of the cast, or somebody invented whose number says nothing.
func humanOf(id identity.Identifier) (human, bool) {
	for _, all := range []map[string]human{people(), family()} {
		for _, h := range all {
			if h.number == id.Reveal() {
				return h, true
			}
		}
	}
	value := id.Value.Reveal()
	if value[0] != '8' {
		return human{}, false
	}
	return human{given: "Numer", family: "Zmyślony", birth: "1984-01-02", number: id.Reveal(), email: "n" + value + "@mail.example", phone: "+48599" + value[5:]}, true
}

func (c *country) Documents(_ context.Context, id identity.Identifier) ([]register.Document, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil, register.ErrUnavailable
	}
	if id.Reveal() == people()["twin-b"].number { // has only applied for one
		return nil, nil
	}
	all := []register.Document{{Type: "idcard", Number: identity.Hide("ZZP100001"), Issuer: "Prezydent Miasta", Expires: instantOfTests().AddDate(5, 0, 0), Status: c.status}}
	if c.former != "" {
		all = append(all, register.Document{Type: "passport", Number: identity.Hide(formerNumber), Issuer: "Wojewoda", Expires: instantOfTests().AddDate(2, 0, 0), Status: c.former})
	}
	return all, nil
}

func (c *country) Photo(_ context.Context, id identity.Identifier) (register.Photo, error) {
	if c.dark {
		return register.Photo{}, register.ErrUnavailable
	}
	if c.faceless {
		return register.Photo{}, register.ErrNotFound
	}
	photo := register.Photo{Type: "image/png", Image: c.picture}
	if id.Reveal() == people()["twin-b"].number {
		if c.refused {
			return register.Photo{}, register.ErrNotFound
		}
		photo.Application = "WNIOSEK-1"
	}
	return photo, nil
}

// formerNumber is an earlier document's.
const formerNumber = "ZZ1000009"

func (c *country) Standing(_ context.Context, _ identity.Identifier, _, number string) (register.DocumentStatus, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if number == formerNumber {
		return c.former, c.formerAt
	}
	return c.status, c.since
}

func (c *country) Reported(context.Context, identity.Identifier, string, string) (register.DocumentStatus, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.down:
		return "", time.Time{}, register.ErrUnavailable
	case c.reported == "":
		return "", time.Time{}, register.ErrNotFound
	default:
		return c.reported, c.since, nil
	}
}

func (c *country) Account(_ context.Context, p identity.PersonID) (enrolment.Account, error) {
	return enrolment.Account{Handle: p[:], Name: "ABCD"}, nil
}

func (c *country) Begin(context.Context, enrolment.Wish) (enrolment.Offer, error) {
	return enrolment.Offer{Setup: []byte("setup")}, nil
}

func (c *country) Finish(_ context.Context, _ enrolment.KeyKind, _ []byte, r enrolment.Response) (enrolment.Candidate, error) {
	if string(r.Credential) != "good" {
		return enrolment.Candidate{}, enrolment.ErrKeyRefused
	}
	return enrolment.Candidate{Kind: "passkey", Mechanism: "bound", AAGUID: "0", Attested: "packed", Credential: "c", Sealed: []byte("key")}, nil
}

func (c *country) Codes(context.Context, enrolment.KeyKind, enrolment.Account) ([]string, enrolment.Candidate, error) {
	return []string{"AAAAA-BBBBB"}, enrolment.Candidate{Kind: "recovery", Sealed: []byte("codes")}, nil
}

func (c *country) Bind(_ context.Context, b enrolment.Binding) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bindFail != nil {
		return c.bindFail
	}
	c.binding = b
	c.bound[b.Case]++
	return nil
}

func (c *country) Aside(context.Context, identity.PersonID) (bool, error) { return c.aside, nil }

func (c *country) Waiting(context.Context, identity.PersonID) ([]enrolment.Way, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.waiting), nil
}

func (c *country) TakeUp(ctx context.Context, _ identity.PersonID, _, reference string, _ time.Time, ids []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(c.waiting), func(w enrolment.Way) bool { return slices.Contains(ids, w.ID) })
	if len(left)+len(ids) != len(c.waiting) {
		return enrolment.ErrNoWay
	}
	c.waiting = left
	_, err := c.db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, ?)", "again "+rand.Text(), reference)
	return err
}

func (c *country) Withhold(_ context.Context, _ identity.PersonID, cases []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.withheld = append(c.withheld, cases...)
	return nil
}

func (c *country) SuspendCase(_ context.Context, id, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopFail != nil {
		return c.stopFail
	}
	c.stopped = append(c.stopped, id)
	return nil
}

func (c *country) CodesWork(_ context.Context, id string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !slices.Contains(c.stopped, id), nil
}

func (c *country) RevokeCase(ctx context.Context, id, why string) error {
	return c.SuspendCase(ctx, "for good "+id, why)
}

func (c *country) Stopped(ctx context.Context, _ identity.PersonID, _, reference string, _ time.Time) error {
	_, err := c.db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, ?)", "stopped "+rand.Text(), reference)
	return err
}

func (c *country) WardStopped(ctx context.Context, guardian identity.PersonID, _, reference string, _ time.Time) error {
	_, err := c.db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, ?)", "ward stopped "+hex.EncodeToString(guardian[:]), reference)
	return err
}

func (c *country) EndOpened(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopFail != nil {
		return c.stopFail
	}
	c.ended = append(c.ended, id)
	return nil
}

// Enrolled writes a row where a message would be one: it is there if the caller commits.
func (c *country) Enrolled(ctx context.Context, _ identity.PersonID, _, reference string, _ time.Time) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refCode, c.kept = reference, "enrolled"
	_, err := c.db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, '')", "told "+rand.Text())
	return 2, err
}

// Meanwhile is Enrolled in other words.
func (c *country) Meanwhile(ctx context.Context, p identity.PersonID, language, reference string, at time.Time) (int, error) {
	n, err := c.Enrolled(ctx, p, language, reference, at)
	c.kept = "meanwhile"
	return n, err
}

// told counts the enrolments that were told of.
func (w *town) told(t *testing.T) (n int) {
	t.Helper()
	must(t, w.db.SQL(t.Context()).Row("SELECT count(*) FROM settings WHERE name LIKE 'told %'", nil, &n))
	return n
}

func (*country) Sign(payload []byte) (string, error) {
	return "signed." + hex.EncodeToString(payload), nil
}

func instantOfTests() time.Time { return moment() }

// found makes a town whose clocks start at the tests' moment; shift moves all of them.
func found(t *testing.T, db *DB, shift func() time.Duration) *town {
	t.Helper()
	if shift == nil {
		shift = func() time.Duration { return 0 }
	}
	now := func() time.Time { return moment().Add(shift()) }
	began := time.Now()
	db.Shift = func() time.Duration { return moment().Sub(began) + shift() } // the database's clock goes on from the same moment
	m := matcher(db)
	m.Now = now
	record := journal.Recorder{Vault: vault(4), Store: db, Now: now}
	c := &country{db: db, book: m, status: register.Valid, sent: map[string]int{}, bound: map[string]int{}, picture: []byte("a portrait that is nowhere but in the register")}
	reg := &staff.Registry{Store: db, Vault: vault(5), Journal: record, Now: now}
	w := &town{db: db, staff: reg, people: m, country: c, now: now}
	w.Office = &enrolment.Office{
		Store: db, Trails: db, Searches: db, Joinings: db, Names: m.References, Records: db, Requests: db, Limit: &limit.Keeper{Store: &counters{}, Now: now}, Registers: c, Statuses: c, Changes: db, Relations: c, People: m, Standing: m, Homes: db, Staff: reg, Keys: c, Stops: c, Ways: c, Notices: c, Contacts: c, Addressed: db, Signer: c, Journal: record,
		Digests: seal.Digester{Keys: []seal.VaultKey{key(6)}}, Vault: vault(7), Mint: seal.Mint{Keys: []seal.TagKey{{ID: 1, Key: [32]byte{8}}}},
		Policy:     enrolment.Policy{LookUps: 60, Enrolments: 30, Age: 13, CapFlagged: true, PhoneFirst: []string{"room-14"}, Levels: assurance.Default().Proofing},
		Atomically: db.Atomically, Log: slog.New(slog.DiscardHandler), Now: now,
	}
	return w
}

// settle opens two offices and names their people, the first administrator by two persons.
func (w *town) settle(t *testing.T) *town {
	t.Helper()
	city := staff.Institution{ID: "city", Name: "Urząd Miasta Nowa Wola"}
	ctx := t.Context()
	for _, id := range []string{"room-14", "room-99"} {
		must(t, w.staff.Open(ctx, city, staff.Office{ID: id, Name: id, Zone: "Europe/Warsaw"}, "root"))
		must(t, w.staff.AddStation(ctx, staff.Station{ID: "7", Office: id, Name: "stanowisko 7"}, "root"))
	}
	w.boss = w.named(t, "Kazimiera Nadzorcza", 9001, "room-14", staff.LocalAdministrator)
	w.clerk = w.named(t, "Bożena Okienkowa", 9002, "room-14", staff.EnrolmentClerk)
	w.second = w.named(t, "Eugeniusz Stanowiskowy", 9003, "room-14", staff.ApprovingClerk)
	w.away = w.named(t, "Zdzisław Odległy", 9004, "room-99", staff.EnrolmentClerk)
	return w
}

// human makes a person as a desk does.
func (w *town) human(t *testing.T, number string) identity.PersonID {
	t.Helper()
	h, _ := humanOf(parse(number))
	p, err := w.people.Enrol(t.Context(), *h.registered())
	must(t, err)
	return p.ID
}

func (w *town) named(t *testing.T, name string, n int, office string, role staff.Role) enrolment.Actor {
	t.Helper()
	p, err := w.staff.Propose(t.Context(), staff.Newcomer{Person: w.human(t, invented(n)), Name: identity.Hide(name), Office: office, Role: role}, "root")
	must(t, err)
	m, err := w.staff.Confirm(t.Context(), p.ID, "other")
	must(t, err)
	return w.actor(t, m)
}

func (w *town) actor(t *testing.T, m staff.Member) enrolment.Actor {
	t.Helper()
	places, err := w.staff.Places(t.Context())
	must(t, err)
	office, _ := places.Office(m.Office)
	return enrolment.Actor{Member: m, Office: office, Proved: w.now()}
}

func (w *town) order(number string) enrolment.Order {
	return enrolment.Order{Station: "7", Purpose: enrolment.ForHolder, Number: parse(number)}
}

// lookedUp opens a case and asks the registers.
func (w *town) lookedUp(t *testing.T, number string) enrolment.Case {
	t.Helper()
	c, err := w.Draft(t.Context(), w.clerk, w.order(number))
	must(t, err)
	c, err = w.LookUp(t.Context(), w.clerk, c.ID)
	must(t, err)
	return c
}

func everything() enrolment.Seen {
	return enrolment.Seen{Document: "idcard", Checks: enrolment.Case{}.Wanted(true)}
}

// signed brings a case to the signature.
func (w *town) signed(t *testing.T, number string) enrolment.Case {
	t.Helper()
	c, err := w.sign(t.Context(), number)
	must(t, err)
	return c
}

func (w *town) sign(ctx context.Context, number string) (enrolment.Case, error) {
	c, err := w.Draft(ctx, w.clerk, w.order(number))
	for _, step := range []func() (enrolment.Case, error){
		func() (enrolment.Case, error) { return w.LookUp(ctx, w.clerk, c.ID) },
		func() (enrolment.Case, error) { return w.Evidence(ctx, w.clerk, c.ID, everything()) },
		func() (enrolment.Case, error) { return w.Print(ctx, w.clerk, c.ID) },
		func() (enrolment.Case, error) { return w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/7") },
	} {
		if err != nil {
			return c, err
		}
		c, err = step()
	}
	return c, err
}

// handed brings a case to the hand-over.
func (w *town) handed(t *testing.T, number string) (enrolment.Case, enrolment.Voucher) {
	t.Helper()
	c, v, err := w.HandOver(t.Context(), w.clerk, w.signed(t, number).ID, enrolment.AtDesk)
	must(t, err)
	return c, v
}

// phone does what the citizen does, up to the key.
func (w *town) phone(ctx context.Context, cookie string) error {
	return w.typed(ctx, cookie, "0001", enrolment.Passkey)
}

// typed is phone for who types another answer, or chooses another way to log in.
func (w *town) typed(ctx context.Context, cookie, answer string, kind enrolment.KeyKind) error {
	for _, do := range []func(enrolment.Case) error{
		func(c enrolment.Case) error { return w.Answer(ctx, c, true) },
		func(c enrolment.Case) error { return w.Prove(ctx, c, answer) },
		func(c enrolment.Case) error { return w.Accept(ctx, c) },
		func(c enrolment.Case) error { _, err := w.BeginKey(ctx, c, kind, ""); return err },
		func(c enrolment.Case) error {
			return w.FinishKey(ctx, c, kind, enrolment.Response{Credential: []byte("good")})
		},
	} {
		c, err := w.Resume(ctx, cookie)
		if err != nil {
			return err
		}
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

// keyed does what the citizen does with a code, up to the key. The case is as it was claimed, with its digits.
func (w *town) keyed(t *testing.T, v enrolment.Voucher, answer string, kind enrolment.KeyKind) (enrolment.Case, string) {
	t.Helper()
	c, cookie, err := w.ClaimToken(t.Context(), v.Fragment(), enrolment.Phone{})
	must(t, err)
	must(t, w.typed(t.Context(), cookie, answer, kind))
	return c, cookie
}

// redeemed is keyed up to the digits that the clerk types.
func (w *town) redeemed(t *testing.T, v enrolment.Voucher) (enrolment.Case, string) {
	t.Helper()
	c, cookie := w.keyed(t, v, "0001", enrolment.Passkey)
	c, err := w.Match(t.Context(), w.clerk, c.ID, c.Work.Match)
	must(t, err)
	return c, cookie
}

// visit is a whole visit, from the number to a key that works.
func (w *town) visit(ctx context.Context, number string) (enrolment.Case, error) {
	c, err := w.sign(ctx, number)
	if err != nil {
		return c, err
	}
	c, v, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
	if err != nil {
		return c, err
	}
	c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
	if err != nil {
		return c, err
	}
	match := c.Work.Match
	if err := w.phone(ctx, cookie); err != nil {
		return c, err
	}
	return w.Match(ctx, w.clerk, c.ID, match)
}

// offices runs a story on both databases.
func offices(t *testing.T, story func(*testing.T, *town)) {
	t.Parallel()
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		story(t, found(t, open(t, d), nil).settle(t))
	})
}

// later is offices with a clock that the story moves.
func later(t *testing.T, story func(t *testing.T, w *town, wait func(time.Duration))) {
	t.Parallel()
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		var gone time.Duration
		w := found(t, open(t, d), func() time.Duration { return gone }).settle(t)
		story(t, w, func(d time.Duration) { gone += d })
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refusedFor reports whether a guard of that code refused.
func refusedFor(err error, code string) bool {
	var r *enrolment.Refused
	return errors.As(err, &r) && r.Code == code
}

func other(digits string) string { // another number of as many digits
	n, _ := strconv.Atoi(digits)
	return fmt.Sprintf("%0*d", len(digits), (n+1)%1000)
}
