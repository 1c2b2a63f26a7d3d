package identitydb

import (
	"errors"
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// lookers says to citizens of the town who looked at their data.
func (w *town) lookers() enrolment.Lookers {
	return enrolment.Lookers{
		Kept: w.db, Names: w.people.References, Numbers: subject.Numbers{Store: w.db, Vault: vault(1)}.Numbers, Digests: w.Digests, Person: w.people.AtDesk, Places: w.db,
	}
}

// known makes a person as a desk does, and gives the name by which their portal knows them.
func (w *town) known(t *testing.T, number string) identity.Person {
	t.Helper()
	h, _ := humanOf(parse(number))
	p, err := w.people.Enrol(t.Context(), *h.registered())
	must(t, err)
	return p
}

// looksAt gives all that somebody reads on the first page.
func (w *town) looksAt(t *testing.T, usage identity.UsageID) []enrolment.Look {
	t.Helper()
	all, more, err := w.lookers().Looks(t.Context(), usage, seal.RowID{})
	if err != nil || more != (seal.RowID{}) {
		t.Fatalf("looks: more %v, %v", more, err)
	}
	return all
}

func isJoining(k enrolment.LookKind) bool { return k == enrolment.Joining }

func looksOf(all []enrolment.Look) []enrolment.LookKind {
	var kinds []enrolment.LookKind
	for _, look := range all {
		kinds = append(kinds, look.Kind)
	}
	slices.Sort(kinds) // things that happen at one moment have no order
	return kinds
}

// Means.md R-ENR-01: a look-up carries clerk, position, case and purpose for the citizen, also where the case came
// to nothing; a photo that was seen, a second clerk's word and an officer's reading with its reason stand beside it.
// Attacks PV-04: nobody reads of another's.
func TestR_ENR_01_WhoLookedAtMyData(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		officer := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		me, other := w.known(t, people()["ordinary"].number), w.known(t, people()["diacritics"].number)
		if all := w.looksAt(t, me.Usage); len(all) != 0 {
			t.Fatalf("before anybody looked: %v", looksOf(all))
		}
		c := w.lookedUp(t, people()["ordinary"].number)
		wait(time.Minute)
		_, err := w.Photo(ctx, w.clerk, c.ID, false)
		must(t, err)
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		wait(time.Minute)
		must(t, w.OpenTrail(ctx, officer, c.ID, "complaint"))

		all := w.looksAt(t, me.Usage)
		if len(all) != 3 || all[0].Kind != enrolment.OfficerLook || all[1].Kind != enrolment.PictureLook || all[2].Kind != enrolment.RegisterLook {
			t.Fatalf("looks %v", looksOf(all))
		}
		read, looked := all[0], all[2]
		if read.Why != "complaint" || read.Case != c.Number || read.By != officer.Member.ID.String()[:8] || read.Office.ID != "room-14" {
			t.Errorf("an officer's reading: %+v", read)
		}
		if looked.Why != "holder" || looked.Case != c.Number || looked.By != w.clerk.Member.ID.String()[:8] || looked.Office.Name != "room-14" ||
			looked.Station != "stanowisko 7" || !looked.At.Equal(instantOfTests()) || looked.Unanswered || looked.Unknown {
			t.Errorf("a look-up: %+v", looked)
		}
		if theirs := w.looksAt(t, other.Usage); len(theirs) != 0 {
			t.Errorf("somebody else reads of mine: %v", looksOf(theirs))
		}
		if theirs, _, err := w.lookers().Looks(ctx, other.Usage, read.ID); err != nil || len(theirs) != 0 {
			t.Errorf("with a place on my page: %v, %v", looksOf(theirs), err)
		}
		if _, _, err := w.lookers().Looks(ctx, identity.UsageID{9}, seal.RowID{}); !errors.Is(err, subject.ErrNobody) {
			t.Errorf("nobody reads: %v", err)
		}
	})
}

// A second clerk's word stands there, a yes as well as a no; the first clerk's own steps are no looks.
func TestR_ENR_01_TheSecondClerk(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		me := w.known(t, people()["twin-b"].number)
		for _, accept := range []bool{true, false} {
			c := w.lookedUp(t, people()["twin-b"].number)
			_, err := w.Evidence(ctx, w.clerk, c.ID, enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)})
			must(t, err)
			why, want := "agree", enrolment.SecondYes
			if !accept {
				why, want = "photo", enrolment.SecondNo
			}
			_, err = w.Decide(ctx, w.second, c.ID, accept, why)
			must(t, err)
			all := slices.DeleteFunc(w.looksAt(t, me.Usage), func(l enrolment.Look) bool {
				return l.Case != c.Number || l.Kind == enrolment.RegisterLook || l.Kind == enrolment.AgainLook
			})
			if len(all) != 1 || all[0].Kind != want || all[0].By != w.second.Member.ID.String()[:8] || all[0].Office.Name != "room-14" {
				t.Errorf("accepted %t: %v", accept, all)
			}
			if accept {
				_, err := w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
				must(t, err)
			}
		}
	})
}

// A second clerk who opens a case and decides nothing has looked at it all the same; who looks again in a while has looked
// twice.
func TestR_ENR_01_TheSecondClerkDecidesNothing(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		me := w.known(t, people()["twin-b"].number)
		c := w.lookedUp(t, people()["twin-b"].number)
		c, err := w.Evidence(t.Context(), w.clerk, c.ID, enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)})
		must(t, err)
		for _, times := range []int{1, 1, 2} {
			if times == 2 {
				later := w.now().Add(16 * time.Minute)
				w.Now = func() time.Time { return later }
			}
			must(t, w.Shown(t.Context(), w.second, c))
			looks := slices.DeleteFunc(w.looksAt(t, me.Usage), func(l enrolment.Look) bool { return l.Kind != enrolment.SecondLook })
			if len(looks) != times || looks[0].By != w.second.Member.ID.String()[:8] || looks[0].Case != c.Number || looks[0].Office.Name == "" {
				t.Errorf("%d looks, not %d: %+v", len(looks), times, looks)
			}
		}
	})
}

// What the registers were asked and came to nothing is told to whom it was about, if they are known here: no answer,
// a frozen person, the clerk's own number, and an officer's reading of a case that has no person.
func TestR_ENR_01_ALookUpThatLedToNothing(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		silent, frozen := w.known(t, people()["ordinary"].number), w.known(t, people()["diacritics"].number)
		self := w.known(t, invented(9002))

		c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		w.country.down = true
		if _, err := w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatalf("without a register: %v", err)
		}
		w.country.down = false
		if all := w.looksAt(t, silent.Usage); len(all) != 1 || !all[0].Unanswered || all[0].Case != c.Number {
			t.Errorf("no answer: %+v", all)
		}

		freeze := subject.StateChange{From: []identity.PersonState{identity.Active}, To: identity.Frozen, Why: "test"}
		thaw := subject.StateChange{From: []identity.PersonState{identity.Frozen}, To: identity.Active, Why: "test"}
		for who, act := range map[string]struct {
			number string
			reader identity.Person
			around func(subject.StateChange)
			code   string
		}{
			"frozen": {people()["diacritics"].number, frozen, func(s subject.StateChange) {
				_, err := w.people.SetState(ctx, parse(people()["diacritics"].number), s)
				must(t, err)
			}, "person"},
			"self": {invented(9002), self, func(subject.StateChange) {}, "self"},
		} {
			c, err := w.Draft(ctx, w.clerk, w.order(act.number))
			must(t, err)
			act.around(freeze)
			if _, err := w.LookUp(ctx, w.clerk, c.ID); !refusedFor(err, act.code) {
				t.Errorf("%s: %v", who, err)
			}
			must(t, w.OpenTrail(ctx, officer, c.ID, "clerk"))
			act.around(thaw)
			want := []enrolment.LookKind{enrolment.OfficerLook, enrolment.RegisterLook}
			if got := slices.DeleteFunc(looksOf(w.looksAt(t, act.reader.Usage)), isJoining); !slices.Equal(got, want) {
				t.Errorf("%s reads %v", who, got)
			}
		}
	})
}

// Somebody whom the case made known only later reads of the look-ups before that, too; a guardian of what was asked
// about them, and of nothing that was asked about the child.
func TestR_ENR_01_KnownOnlyLater(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c := w.foreigner(t, passport)
		c, err := w.Case(t.Context(), w.clerk, c.ID)
		must(t, err)
		person, err := w.people.Stop(t.Context(), c.Person, "test")
		must(t, err)
		all := w.looksAt(t, person.Usage)
		at := slices.IndexFunc(all, func(l enrolment.Look) bool { return l.Kind == enrolment.RegisterLook })
		if at < 0 || !all[at].Unknown || all[at].Case != c.Number || all[at].By != w.clerk.Member.ID.String()[:8] {
			t.Errorf("looks %+v", all)
		}
		if !slices.Contains(looksOf(all), enrolment.SecondYes) {
			t.Errorf("looks %v", looksOf(all))
		}
	})
}

// Means.md R-ENR-12, R-ENR-01: of a visit with a guardian each of the two reads their own.
func TestR_ENR_01_GuardianAndChild(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		child, guardian := w.known(t, family()["minor"].number), w.known(t, family()["guardian"].number)
		c := w.lookedUp(t, family()["minor"].number)
		_, err := w.Guard(ctx, w.clerk, c.ID, parse(family()["guardian"].number))
		must(t, err)
		_, err = w.Photo(ctx, w.clerk, c.ID, true)
		must(t, err)
		if got, want := looksOf(w.looksAt(t, guardian.Usage)), []enrolment.LookKind{enrolment.GuardianLook, enrolment.PictureLook}; !slices.Equal(got, want) {
			t.Errorf("the guardian reads %v", got)
		}
		if got, want := looksOf(w.looksAt(t, child.Usage)), []enrolment.LookKind{enrolment.AgainLook, enrolment.RegisterLook}; !slices.Equal(got, want) {
			t.Errorf("the child reads %v", got)
		}
	})
}

// Means.md R-PER-04: who was two here reads of both, and of one again when they are parted. What the operators read
// on the way is there, without their names.
func TestR_ENR_01_WhoWasTwo(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		a, b := people()["changed-name"], people()["diacritics"]
		one, two := w.known(t, a.number), w.known(t, b.number)
		w.Policy.LookUps = 1000
		first, second := w.lookedUp(t, a.number), w.lookedUp(t, b.number)
		for _, c := range []enrolment.Case{first, second} {
			_, err := w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
			must(t, err)
		}
		number, err := w.people.Report(t.Context(), parse(a.number), parse(b.number))
		must(t, err)
		_, err = w.people.View(t.Context(), number, "anna")
		must(t, err)
		decide(t, w.people, number, subject.MergeTwo)
		var cases []string
		for _, l := range w.looksAt(t, one.Usage) {
			if l.Kind == enrolment.RegisterLook {
				cases = append(cases, l.Case)
			}
			if l.Kind == enrolment.OperatorsLook && (l.By != "" || l.Case != number) {
				t.Errorf("an operator: %+v", l)
			}
		}
		if len(cases) != 2 || !slices.Contains(cases, first.Number) || !slices.Contains(cases, second.Number) {
			t.Errorf("reads of %v, not of %s and %s", cases, first.Number, second.Number)
		}
		if !slices.Contains(looksOf(w.looksAt(t, one.Usage)), enrolment.OperatorsLook) {
			t.Error("nobody is told what the operators read")
		}
		if _, err := w.people.AtDesk(t.Context(), two.Usage); !errors.Is(err, subject.ErrNobody) {
			t.Errorf("who is no more comes in: %v", err)
		}
	})
}

// A page has its end and goes on where it stopped, whatever else was written at the same moment; and what is older
// than it is kept is gone (means.md R-ENR-10, architecture §7).
func TestR_ENR_01_PageByPage(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		w.Policy.LookUps = 1000
		me := w.known(t, people()["ordinary"].number)
		w.lookedUp(t, people()["ordinary"].number)
		for range 44 {
			c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
			must(t, err)
			var other *enrolment.OtherCase
			if _, err := w.LookUp(ctx, w.clerk, c.ID); !errors.As(err, &other) {
				t.Fatalf("a second case: %v", err)
			}
		}
		seen, sizes := map[seal.RowID]bool{}, []int{}
		for before, more := (seal.RowID{}), true; more; {
			all, next, err := w.lookers().Looks(ctx, me.Usage, before)
			must(t, err)
			for _, look := range all {
				seen[look.ID] = true
			}
			sizes = append(sizes, len(all))
			before, more = next, next != (seal.RowID{})
		}
		if len(seen) != 45 || !slices.Equal(sizes, []int{20, 20, 5}) {
			t.Errorf("%d looks on pages of %v", len(seen), sizes)
		}
		wait(365 * 24 * time.Hour)
		must(t, w.db.Retain(ctx, 300*24*time.Hour))
		if all := w.looksAt(t, me.Usage); len(all) != 0 {
			t.Errorf("%d looks are kept too long", len(all))
		}
	})
}

// What is asked of the registers in somebody's own login is no look of an office.
func TestALoginIsNoLook(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		me := w.known(t, people()["ordinary"].number)
		must(t, w.people.Enter(t.Context(), me.ID, journal.Entry{Kind: journal.RegisterAsked, Fields: map[string]any{"register": "persons"}}))
		if all := w.looksAt(t, me.Usage); len(all) != 0 {
			t.Errorf("looks %v", looksOf(all))
		}
	})
}

// Means.md R-ENR-01: who was asked about as a guardian reads it, whatever the registers said; of a number that nobody
// here has it stands at the child.
func TestR_ENR_01_AGuardianWhoIsNone(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		child, guardian := w.known(t, family()["minor"].number), w.known(t, family()["guardian"].number)
		c := w.lookedUp(t, family()["minor"].number)
		read := func(usage identity.UsageID) (n, unanswered int) {
			for _, l := range w.looksAt(t, usage) {
				if l.Kind == enrolment.GuardianLook {
					n++
					if l.Unanswered {
						unanswered++
					}
				}
			}
			return n, unanswered
		}
		w.country.down = true
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(family()["guardian"].number)); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Errorf("without a register: %v", err)
		}
		w.country.down, w.country.parted = false, true
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(family()["guardian"].number)); !refusedFor(err, "guardian") {
			t.Errorf("nobody's guardian: %v", err)
		}
		if n, unanswered := read(guardian.Usage); n != 2 || unanswered != 1 {
			t.Errorf("the guardian reads %d, %d of them without an answer", n, unanswered)
		}
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(invented(4711))); !refusedFor(err, "guardian") {
			t.Errorf("a stranger: %v", err)
		}
		if n, _ := read(child.Usage); n != 1 {
			t.Errorf("the child reads %d", n)
		}
	})
}

// Architecture §7: any use of the tie between the two databases leaves an entry that the citizen sees.
func TestR_ENR_01_AJoiningIsTold(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		me := w.known(t, people()["ordinary"].number)
		for _, why := range []string{"device", "merge", "document_changed", "untie"} {
			_, err := w.people.Stop(t.Context(), me.ID, why)
			must(t, err)
		}
		var told []string
		for _, l := range w.looksAt(t, me.Usage) {
			if l.Kind == enrolment.Joining && l.By == "" {
				told = append(told, l.Why)
			}
		}
		slices.Sort(told) // all at one moment
		if want := []string{"joined_decided", "joined_device", "joined_merge", "joined_register"}; !slices.Equal(told, want) {
			t.Errorf("told %v", told)
		}
	})
}
