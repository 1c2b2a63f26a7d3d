package identitydb

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

const (
	passport   = "PASMA-AB1234567"
	renewed    = "PASMA-CD7654321"
	permit     = "IDCPL-ZZR200001"
	mariamBorn = "1990-06-21"
)

func mariam() enrolment.Reading {
	return enrolment.Reading{Given: "Mariam Salma", Family: "Benchekroun-Echouay", Birth: mariamBorn, Type: "passport", Expires: "2031-01-01"}
}

// towns runs a story in a settled town on both databases.
func towns(t *testing.T, story func(*testing.T, *town)) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) { story(t, found(t, open(t, d), nil).settle(t)) })
}

func refusedWith(err error, code string) bool {
	var refused *enrolment.Refused
	return errors.As(err, &refused) && refused.Code == code
}

// read opens a case about a document and types what stands there.
func (w *town) read(t *testing.T, document string, typed enrolment.Reading) (enrolment.Case, error) {
	t.Helper()
	c, err := w.Draft(t.Context(), w.clerk, w.order(document))
	must(t, err)
	c, err = w.LookUp(t.Context(), w.clerk, c.ID)
	must(t, err)
	if c.State != enrolment.Draft || w.MayRead(c) != enrolment.ByDocument {
		t.Fatalf("no register knows the document: %s, %q", c.State, w.MayRead(c))
	}
	return w.Read(t.Context(), w.clerk, c.ID, typed)
}

// shown records that the document was looked at.
func (w *town) shown(t *testing.T, c enrolment.Case) enrolment.Case {
	t.Helper()
	c, err := w.Evidence(t.Context(), w.clerk, c.ID, enrolment.Seen{Document: c.Work.Snapshot.Documents[0].Type, Checks: c.Wanted(true), Read: c.ReadMark()})
	must(t, err)
	return c
}

// foreigner enrols somebody by a document up to the second clerk's word.
func (w *town) foreigner(t *testing.T, document string) enrolment.Case {
	t.Helper()
	c, err := w.read(t, document, mariam())
	must(t, err)
	c, err = w.Decide(t.Context(), w.second, w.shown(t, c).ID, true, "agree")
	must(t, err)
	return c
}

// finished takes an approved case to a key that works.
func (w *town) finished(t *testing.T, c enrolment.Case, answer string) enrolment.Case {
	t.Helper()
	ctx := t.Context()
	_, err := w.Print(ctx, w.clerk, c.ID)
	must(t, err)
	_, err = w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/7")
	must(t, err)
	_, v, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
	must(t, err)
	c, _ = w.keyed(t, v, answer, enrolment.Passkey)
	c, err = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
	must(t, err)
	if c.State != enrolment.Active {
		t.Fatalf("the visit ends in %s", c.State)
	}
	return c
}

// numbersOf gives what somebody is known by, "SCHEMECC state" each.
func (w *town) numbersOf(t *testing.T, id identity.PersonID) []string {
	t.Helper()
	rows, err := w.db.SealedOf(t.Context(), id)
	must(t, err)
	var all []string
	for _, r := range rows {
		all = append(all, string(r.Scheme)+r.Country+" "+string(r.State))
	}
	slices.Sort(all)
	return all
}

// Attacks IN-01: an identity card or passport of this very country that its register does not know was never
// issued: nobody is read from it, whatever a clerk calls it later. A permit of a foreigner may be.
func TestAttack_IN_01_ADocumentOfThisCountryThatWasNeverIssued(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.Country = "PL"
		for document, paper := range map[string]string{"IDCPL-ZZX999999": "idcard", "PASPL-ZZ9999999": "passport", "PASPL-ZZ9999998": "residence_permit", "IDCPL-ZZX999998": ""} {
			order := w.order(document)
			order.Paper = paper
			c, err := w.Draft(ctx, w.clerk, order)
			must(t, err)
			c, err = w.LookUp(ctx, w.clerk, c.ID)
			if !errors.Is(err, enrolment.ErrNotFound) || w.MayRead(w.state(t, c)) != "" {
				t.Errorf("%s %s: %v, read on the basis of %q", document, paper, err, w.MayRead(w.state(t, c)))
			}
		}
		order := w.order(permit)
		order.Paper = "residence_permit"
		c, err := w.Draft(ctx, w.clerk, order)
		must(t, err)
		c, err = w.LookUp(ctx, w.clerk, c.ID)
		must(t, err)
		typed := mariam()
		typed.Type = "idcard"
		if c, err = w.Read(ctx, w.clerk, c.ID, typed); err != nil || c.Basis != enrolment.ByDocument || c.Work.Snapshot.Documents[0].Type != "residence_permit" {
			t.Errorf("a permit: %v, %s", err, c.Basis)
		}
	})
}

// Means.md R-PER-09: who has no national number is their document, read by one clerk and agreed on by
// another; they get a number of ours, and the same document is the same person again.
func TestR_PER_09_AForeignerIsEnrolledByTheDocument(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		before := counts(t, w.db)["persons"]
		slip := mariam()
		slip.Birth = "2990-06-21"
		c, err := w.read(t, passport, slip)
		if !refusedWith(err, "reading_birth") || c.State != enrolment.Draft || c.Work.Typed.Family != slip.Family {
			t.Fatalf("a slip of the finger: %v, %s, kept %q", err, c.State, c.Work.Typed.Family)
		}
		c, err = w.Read(t.Context(), w.clerk, c.ID, mariam())
		must(t, err)
		if c.State != enrolment.LookedUp || !c.Person.IsZero() || c.Work.Typed != (enrolment.Reading{}) {
			t.Fatalf("read: %s", c.State)
		}
		if _, err := w.Evidence(t.Context(), w.clerk, c.ID, enrolment.Seen{Document: "passport", Checks: enrolment.Case{}.Wanted(true), Read: c.ReadMark()}); !refusedWith(err, "checks") {
			t.Errorf("compared with a register's photo that there is not: %v", err)
		}
		c = w.shown(t, c)
		if c.State != enrolment.ReviewRequired || !slices.Contains(c.Flags, enrolment.DocumentAlone) || counts(t, w.db)["persons"] != before {
			t.Fatalf("one clerk's word: %s, %v, %d persons more", c.State, c.Flags, counts(t, w.db)["persons"]-before)
		}
		c, err = w.Decide(t.Context(), w.second, c.ID, true, "agree")
		must(t, err)
		if numbers := w.numbersOf(t, c.Person); !slices.Equal(numbers, []string{"LOCPL current", "PASMA current"}) {
			t.Errorf("known by %v", numbers)
		}
		done := w.finished(t, c, "4567")
		if done.Level != identity.Substantial {
			t.Errorf("level %s", done.Level)
		}
		if again := w.foreigner(t, passport); again.Person != c.Person || counts(t, w.db)["persons"] != before+1 {
			t.Error("the same document is somebody else")
		}
	})
}

// A second clerk who says no leaves nobody behind.
func TestR_PER_09_ARefusedForeignerIsNobody(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		before := counts(t, w.db)
		c, err := w.read(t, passport, mariam())
		must(t, err)
		c, err = w.Decide(t.Context(), w.second, w.shown(t, c).ID, false, "document")
		must(t, err)
		if after := counts(t, w.db); c.State != enrolment.Rejected || after["persons"] != before["persons"] || after["identifiers"] != before["identifiers"] {
			t.Errorf("%s, and rows %v", c.State, after)
		}
	})
}

// Means.md R-PER-01, R-PER-09: another document with the same name and birth date is for two operators to
// decide, whichever way; nobody is found by a name.
func TestR_PER_01_AnotherDocumentGoesToTheQueue(t *testing.T) {
	for _, verdict := range []subject.Verdict{subject.TieTo, subject.MakeNew} {
		t.Run(string(verdict), func(t *testing.T) {
			towns(t, func(t *testing.T, w *town) {
				first := w.finished(t, w.foreigner(t, passport), "4567")
				persons := counts(t, w.db)["persons"]
				c, err := w.read(t, renewed, mariam())
				if !refusedWith(err, "person") || counts(t, w.db)["persons"] != persons {
					t.Fatalf("the second document: %v", err)
				}
				if kept, err := w.Case(t.Context(), w.clerk, c.ID); err == nil && kept.State.Open() {
					t.Errorf("the case goes on as %s", kept.State)
				}
				queue, err := w.people.Queue(t.Context(), false)
				must(t, err)
				if len(queue) != 1 {
					t.Fatalf("%d cases are queued", len(queue))
				}
				view, err := w.people.View(t.Context(), queue[0].Number, "")
				must(t, err)
				if len(view.Alike) != 1 {
					t.Errorf("the operators see %d who look like it", len(view.Alike))
				}
				var target *identity.Identifier
				if verdict == subject.TieTo {
					id := parse(passport)
					target = &id
				}
				for _, by := range []string{"one", "two"} {
					if _, _, err := w.people.Decide(t.Context(), queue[0].Number, verdict, target, by); err != nil {
						t.Fatal(err)
					}
				}
				second := w.foreigner(t, renewed)
				if same := second.Person == first.Person; same != (verdict == subject.TieTo) {
					t.Errorf("the same person: %v", same)
				}
				if again := w.foreignerAgain(t, second, renewed); again.Person != second.Person {
					t.Error("the second document is somebody else the next time")
				}
			})
		})
	}
}

func (w *town) foreignerAgain(t *testing.T, open enrolment.Case, document string) enrolment.Case {
	t.Helper()
	_, err := w.Cancel(t.Context(), w.clerk, open.ID, "citizen_left")
	must(t, err)
	return w.foreigner(t, document)
}

// Means.md R-PER-09: when a national number is given to them, and the register keeps their document under
// it, they are the same person with another number.
func TestR_PER_09_ANationalNumberUpgrades(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		first := w.foreigner(t, permit)
		persons := counts(t, w.db)["persons"]
		h := human{given: "Mariam Salma", family: "Benchekroun-Echouay", birth: mariamBorn, number: "PNOPL-90062100007"}
		h.number = "PNOPL-" + pesel("9006210000")
		answer := *h.registered()
		answer.Documents = []identity.Identifier{parse(permit)}
		other := answer
		other.Attributes = human{given: "Ktoś", family: "Inny", birth: mariamBorn}.attributes(identity.Source{Kind: identity.FromRegister, ID: "population"})
		if _, err := w.people.Enrol(t.Context(), other); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("the register tells another name: %v", err)
		}
		same, err := w.people.Enrol(t.Context(), answer)
		must(t, err)
		if same.ID != first.Person || counts(t, w.db)["persons"] != persons {
			t.Error("somebody new")
		}
		if numbers := w.numbersOf(t, first.Person); !slices.Equal(numbers, []string{"IDCPL current", "LOCPL superseded", "PNOPL current"}) {
			t.Errorf("known by %v", numbers)
		}
	})
}

func pesel(start string) string {
	for _, last := range "0123456789" {
		if identity.ValidPESEL(start + string(last)) {
			return start + string(last)
		}
	}
	panic("some last digit always fits")
}

// A document that was reported stolen is stolen, although no register knows its holder; and where the
// register of documents does not answer, the case waits.
func TestR_STAT_01_AForeignersDocumentIsReported(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		c, err := w.read(t, permit, mariam())
		must(t, err)
		seen := enrolment.Seen{Document: c.Work.Snapshot.Documents[0].Type, Checks: c.Wanted(true), Read: c.ReadMark()}
		w.country.down = true
		if _, err := w.Evidence(t.Context(), w.clerk, c.ID, seen); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Errorf("without an answer: %v", err)
		}
		w.country.down, w.country.reported = false, register.Stolen
		if _, err := w.Evidence(t.Context(), w.clerk, c.ID, seen); !refusedWith(err, "document") {
			t.Errorf("stolen: %v", err)
		}
	})
}

// Means.md R-ENR-13: without a register the case waits. Only where the operator lets it two clerks go on,
// at level low; the register's own word is not typed over; and a real check is what raises the level.
func TestR_ENR_13_WithoutARegister(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		w.country.down = true
		c, err := w.Draft(ctx, w.clerk, w.order(number))
		must(t, err)
		read := ordinaryReading()
		if c, err = w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) || w.MayRead(c) != "" {
			t.Fatalf("it does not wait: %v, %q", err, w.MayRead(c))
		}
		if _, err := w.Read(ctx, w.clerk, c.ID, read); !refusedWith(err, "not_now") {
			t.Errorf("a clerk's word instead of the register's: %v", err)
		}
		w.Policy.Emergency = true
		w.country.down = false
		if _, err := w.Read(ctx, w.clerk, c.ID, read); !refusedWith(err, "register_is_back") {
			t.Errorf("typed although the register answers: %v", err)
		}
		w.country.down = true
		wrong := read
		wrong.Birth = "1988-02-22"
		if _, err := w.Read(ctx, w.clerk, c.ID, wrong); !refusedWith(err, "born_as") {
			t.Errorf("a birth date that the number denies: %v", err)
		}
		c, err = w.Read(ctx, w.clerk, c.ID, read)
		must(t, err)
		c = w.shown(t, c)
		if c.State != enrolment.ReviewRequired || !slices.Contains(c.Flags, enrolment.NoRegister) {
			t.Fatalf("one clerk alone: %s, %v", c.State, c.Flags)
		}
		if _, err := w.Decide(ctx, w.clerk, c.ID, true, "agree"); err == nil {
			t.Error("the drafter agrees with herself")
		}
		c, err = w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
		done := w.finished(t, c, "0001")
		if done.Level != identity.Low || !strings.Contains(recordOf(t, done), `"basis":"emergency"`) {
			t.Errorf("level %s, record %s", done.Level, recordOf(t, done))
		}
		w.country.down = false
		later := w.lookedUp(t, number)
		if later.Person != done.Person {
			t.Fatal("the register's person is somebody else")
		}
		later, err = w.Evidence(ctx, w.clerk, later.ID, everything())
		must(t, err)
		if raised := w.finished(t, later, "0001"); raised.Level != identity.High || !raised.Work.Replaces {
			t.Errorf("after a real check: %s, replaces %v", raised.Level, raised.Work.Replaces)
		}
	})
}

// recordOf opens what the town's signer only wrapped.
func recordOf(t *testing.T, c enrolment.Case) string {
	t.Helper()
	plain, err := hex.DecodeString(strings.TrimPrefix(c.Work.Record, "signed."))
	must(t, err)
	return string(plain)
}

// Attacks IN-01, LK-06: whoever was made in an emergency is compared with the register's first word, and a
// contradiction lets nobody in.
func TestR_ENR_13_TheRegisterContradictsLater(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx, h := t.Context(), people()["twin-a"]
		person, err := w.people.EnrolUnregistered(ctx, subject.Read{
			Number: parse(h.number), Attributes: human{given: "Podszywająca", family: "Się", birth: h.birth}.attributes(identity.Source{}),
		})
		must(t, err)
		if _, err := w.people.Enrol(ctx, *h.registered()); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("the register says that it is somebody else: %v", err)
		}
		other := people()["twin-b"]
		if _, err := w.people.EnrolUnregistered(ctx, subject.Read{Number: parse(other.number), Attributes: other.attributes(identity.Source{})}); err != nil {
			t.Fatal(err)
		}
		if p, err := w.people.Enrol(ctx, *other.registered()); err != nil || p.ID == person.ID {
			t.Errorf("the register confirms: %v", err)
		}
	})
}

// Means.md R-ENR-03, R-ENR-13: what the rules say the database holds, too.
func TestR_ENR_13_TheDatabaseHoldsIt(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		c := w.signed(t, people()["ordinary"].number)
		exec := func(text string, args ...any) error {
			_, err := w.db.SQL(t.Context()).Exec(text, append(args, c.ID[:])...)
			return err
		}
		for name, text := range map[string]string{
			"an emergency without a second person": "UPDATE cases SET basis = 'emergency' WHERE id = ?",
			"a document without a second person":   "UPDATE cases SET basis = 'document' WHERE id = ?",
			"an unknown basis":                     "UPDATE cases SET basis = 'charm' WHERE id = ?",
		} {
			if exec(text) == nil {
				t.Errorf("%s: taken", name)
			}
		}
		m := w.second.Member
		if err := exec("UPDATE cases SET basis = 'emergency', level = 'low', approver = ?, approver_person = ? WHERE id = ?", m.ID[:], m.Person[:]); err != nil {
			t.Errorf("with a second person: %v", err)
		}
		if exec("UPDATE cases SET level = 'substantial' WHERE id = ?") == nil {
			t.Error("an emergency above low: taken")
		}
	})
}

// Means.md §4.3: data that changed less than a week ago take a second clerk. The register's feed says so.
func TestReviewWhereTheRegistersDataChangedLately(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		number := people()["ordinary"].number
		person := w.human(t, number)
		flagged := func(class string, at time.Time) bool {
			t.Helper()
			_, err := w.db.Hear(t.Context(), Event{ID: [32]byte{1, byte(len(class)), byte(at.Day())}, Person: person, Class: class, At: at}, func(context.Context) error { return nil })
			must(t, err)
			c := w.lookedUp(t, number)
			c, err = w.Evidence(t.Context(), w.clerk, c.ID, everything())
			must(t, err)
			_, err = w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
			must(t, err)
			return slices.Contains(c.Flags, enrolment.ChangedLately)
		}
		if flagged("name_changed", w.now().AddDate(0, 0, -8)) {
			t.Error("eight days ago")
		}
		if flagged("document_changed", w.now().AddDate(0, 0, -1)) {
			t.Error("a document alone, which is asked about at each step")
		}
		if !flagged("name_changed", w.now().AddDate(0, 0, -6)) {
			t.Error("six days ago, and nobody else looks")
		}
	})
}
