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
	"symbolon/provider/staff"
)

// family is a minor with those who come along.
func family() map[string]human {
	return map[string]human{
		"minor":    {given: "Jagoda", family: "Małoletnia-Testowa", birth: "2012-11-05", number: "PNOPL-12310590043"},
		"guardian": {given: "Ludwika", family: "Opiekuńcza-Próbna", birth: "1984-04-19", number: "PNOPL-84041990041", email: "ludwika@mail.example"},
		"child":    {given: "Bożydar", family: "Malutki", birth: "2019-05-01", number: "PNOPL-" + pesel("1925010001")},
	}
}

// Relations are the minor's: the guardian's until it ends, and nobody else's.
func (c *country) Relations(_ context.Context, q register.RelationQuestion) (register.Relations, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return register.Relations{}, register.ErrUnavailable
	}
	told := register.Relations{AsOf: instantOfTests()}
	if c.asked = q; q.Of.Reveal() == family()["minor"].number && q.With.Reveal() == family()["guardian"].number && !c.parted {
		scope := register.Everything
		if c.scope != "" {
			scope = c.scope
		}
		told.List = []register.Relation{{ID: identity.Hide("r"), Kind: register.Parent, Scope: []register.RelationScope{scope}, Since: instantOfTests().AddDate(-14, 0, 0)}}
	}
	return told, nil
}

// Ward counts what guardians are told.
func (c *country) Ward(_ context.Context, _ identity.PersonID, _, reference string, _ time.Time) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent["ward"]++
	if reference != c.refCode {
		return 0, errors.New("another reference than the minor's")
	}
	return 1, nil
}

func beside() enrolment.Seen {
	return enrolment.Seen{Document: "idcard", Guardian: "idcard", Checks: enrolment.Case{Minor: true}.Wanted(true)}
}

// Means.md R-ENR-12: a minor comes with a guardian whom the register knows as one; both show documents, a second
// clerk decides, and the guardian is told, too.
func TestR_ENR_12_AMinorComesWithAGuardian(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx, kin := t.Context(), family()
		c := w.lookedUp(t, kin["minor"].number)
		if !c.Minor {
			t.Fatal("fourteen, and no minor")
		}
		if _, err := w.Evidence(ctx, w.clerk, c.ID, beside()); !refusedWith(err, "guardian") {
			t.Errorf("alone: %v", err)
		}
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(people()["ordinary"].number)); !refusedWith(err, "guardian") {
			t.Errorf("with a stranger: %v", err)
		}
		w.country.scope = register.Property
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(kin["guardian"].number)); !refusedWith(err, "guardian") {
			t.Errorf("with somebody who may act in money matters alone: %v", err)
		}
		w.country.scope, w.country.down = "", true
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(kin["guardian"].number)); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Errorf("without a register: %v", err)
		}
		w.country.down = false
		c, err := w.Guard(ctx, w.clerk, c.ID, parse(kin["guardian"].number))
		must(t, err)
		if w.country.asked.Purpose != register.ForEnrolment || w.country.asked.With != parse(kin["guardian"].number) {
			t.Error("the register is asked about more than these two")
		}
		half := beside()
		half.Checks = enrolment.Case{}.Wanted(true)
		if _, err := w.Evidence(ctx, w.clerk, c.ID, half); !refusedWith(err, "checks") {
			t.Errorf("nobody looked at the guardian: %v", err)
		}
		w.country.parted = true
		if _, err := w.Evidence(ctx, w.clerk, c.ID, beside()); !refusedWith(err, "guardian") {
			t.Errorf("a court decided otherwise meanwhile: %v", err)
		}
		w.country.parted = false
		c, err = w.Evidence(ctx, w.clerk, c.ID, beside())
		must(t, err)
		if c.State != enrolment.ReviewRequired || !slices.Contains(c.Flags, enrolment.Minor) {
			t.Fatalf("%s, %v", c.State, c.Flags)
		}
		c, err = w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
		done := w.finished(t, c, "0001")
		record := recordOf(t, done)
		if w.country.sent["ward"] != 1 || !strings.Contains(record, `"relation":"parent"`) || !strings.Contains(record, `"guardian_document":"idcard"`) ||
			!strings.Contains(record, w.people.Reference(done.Guardian)) || done.Person == done.Guardian {
			t.Errorf("told %v, record %s", w.country.sent, record)
		}
		must(t, w.Stop(ctx, w.country.refCode))
		if told := lines(t, w.db, "SELECT name FROM settings WHERE name LIKE 'ward stopped %' AND value = '"+done.Number+"'"); !slices.Equal(told, []string{"ward stopped " + hex.EncodeToString(done.Guardian[:])}) {
			t.Errorf("the guardian hears of the stop %d times", len(told))
		}
	})
}

// Means.md R-ENR-12: below the age there is no means, with whomever the child comes.
func TestR_ENR_12_BelowTheAge(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		c, err := w.Draft(t.Context(), w.clerk, w.order(family()["child"].number))
		must(t, err)
		if c, err = w.LookUp(t.Context(), w.clerk, c.ID); !refusedWith(err, "age") || c.State.Open() {
			t.Errorf("seven: %v, %s", err, c.State)
		}
	})
}

// Means.md R-ENR-03, R-ENR-12: guardian, child, clerk and the one who decides are four persons, and the database
// holds it.
func TestR_ENR_12_FourPersons(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx, kin := t.Context(), family()
		named := func(role staff.Role) enrolment.Actor {
			p, err := w.staff.Propose(ctx, staff.Newcomer{Person: w.human(t, kin["guardian"].number), Name: identity.Hide("Ludwika"), Office: "room-14", Role: role}, "root")
			must(t, err)
			m, err := w.staff.Confirm(ctx, p.ID, "other")
			must(t, err)
			return w.actor(t, m)
		}
		clerk, approver := named(staff.EnrolmentClerk), named(staff.ApprovingClerk)
		own, err := w.Draft(ctx, clerk, w.order(kin["minor"].number))
		must(t, err)
		own, err = w.LookUp(ctx, clerk, own.ID)
		must(t, err)
		if _, err := w.Guard(ctx, clerk, own.ID, parse(kin["guardian"].number)); !refusedWith(err, "self") {
			t.Errorf("a clerk with her own child: %v", err)
		}
		_, err = w.Cancel(ctx, clerk, own.ID, "citizen_left")
		must(t, err)
		c := w.lookedUp(t, kin["minor"].number)
		c, err = w.Guard(ctx, w.clerk, c.ID, parse(kin["guardian"].number))
		must(t, err)
		c, err = w.Evidence(ctx, w.clerk, c.ID, beside())
		must(t, err)
		if _, err := w.Decide(ctx, approver, c.ID, true, "agree"); err == nil {
			t.Error("the guardian decides about her child")
		}
		exec := func(text string, args ...any) error {
			_, err := w.db.SQL(ctx).Exec("UPDATE cases SET "+text+" WHERE id = ?", append(args, c.ID[:])...)
			return err
		}
		m := approver.Member
		for name, err := range map[string]error{
			"the guardian decides":             exec("approver = ?, approver_person = ?", m.ID[:], m.Person[:]),
			"the clerk is the guardian":        exec("guardian = clerk_person"),
			"the child is the guardian":        exec("guardian = person"),
			"no guardian":                      exec("guardian = NULL"),
			"nobody decides":                   exec("state = 'approved'"),
			"somebody who is nobody is beside": exec("guardian = ?", make([]byte, 16)),
		} {
			if err == nil {
				t.Errorf("%s: taken", name)
			}
		}
	})
}
