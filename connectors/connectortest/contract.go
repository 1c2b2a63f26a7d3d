package connectortest

import (
	"bytes"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
)

// Told is what an upstream says of the citizen.
type Told struct{ Given, Family, Birthdate string }

// long is more than any answer lives.
const long = 25 * time.Hour

// tooLate: an answer is worth nothing for ever.
func tooLate(t *testing.T, r *Rig) {
	if r.Ageless {
		return
	}
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	r.Pass(long)
	a.Now = a.Now.Add(long)
	refused(t, r.Continue(t, a, state, in))
}

// wantsMore: what is wanted raises nothing. Whatever comes of it is worth no more than the ceiling.
func wantsMore(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	a.Wanted = identity.High
	step, state, err := r.Connector.Begin(t.Context(), a)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if _, failed := step.(connectors.Failed); failed {
		return
	}
	done, ok := r.Continue(t, a, state, r.Walk(t, step)).(connectors.Done)
	if !ok {
		return
	}
	ceiling := r.Connector.Describe().CeilingOf(a.Choice)
	if got := assurance.Decide(assurance.Default(), done.Authentication.Evidence, assurance.Circumstance{}, a.Now); got.Level > ceiling {
		t.Errorf("worth %s under a ceiling of %s", got.Level, ceiling)
	}
}

// nobodyAnswers: whoever is asked may be away. That is no fault of ours, lets nobody in who was not let in
// before, and does not sound like an attack.
func nobodyAnswers(t *testing.T, r *Rig) {
	if r.Down == nil {
		return // it asks nobody
	}
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	r.Down()
	away := func(step connectors.Step) {
		if failed, ok := step.(connectors.Failed); ok && failed.Code != connectors.Unavailable && failed.Code != connectors.CardUnchecked {
			t.Errorf("fails as %s", failed.Code)
		}
	}
	away(r.Continue(t, a, state, in))
	fresh := r.Replica() // which knows nothing of before
	step, _, err := fresh.Begin(t.Context(), r.Attempt("handle-2"))
	if err != nil {
		t.Errorf("begin: %v", err)
	}
	away(step)
}

// anotherReplica: what a connector must remember is in its state, and survives being stored.
func anotherReplica(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	kept := bytes.Clone(state)
	clear(state)
	got, _, err := r.Replica().Continue(t.Context(), a, kept, in)
	if err != nil {
		t.Fatalf("continue: %v", err)
	}
	MustBeDone(t, got)
}

// sameSubject: the same citizen is the same name at the same issuer at each login, or nobody is found again.
func sameSubject(t *testing.T, r *Rig) {
	first, second := MustBeDone(t, r.Login(t, "handle-1")), MustBeDone(t, r.Login(t, "handle-2"))
	if first.Subject.Reveal() != second.Subject.Reveal() || first.Issuer != second.Issuer || first.Means != second.Means {
		t.Error("another subject at the second login")
	}
}

// names: whatever script a name is written in, it is told as it is.
func names(t *testing.T, r *Rig) {
	if r.Tells == nil {
		return // its upstream says nothing of the citizen
	}
	for i, told := range []Told{
		{"Żaneta Bogumiła", "Gżegżółka-Święcicka", "1979-11-30"}, {"محمد عبد الله", "الأنصاري", "1979-11-30"}, {"Ἑλένη", "Παπαδοπούλου", "1979-11-30"},
		{"D’Arcy", "O’Neill", "1979-11-30"}, {"𠮷野", "家", "1979-11-30"},
	} {
		r.Tells(told)
		auth := MustBeDone(t, r.Login(t, "handle-"+string(rune('a'+i))))
		for name, want := range map[identity.AttributeName]string{"given_name": told.Given, "family_name": told.Family} {
			if got, _ := auth.Attributes.Find(name); got.Value.RevealText() != want {
				t.Errorf("%s %q is told as %q", name, want, got.Value.RevealText())
			}
		}
	}
}

// noBirthdate: what is not told is not made up. Where it must be told, nobody is let in.
func noBirthdate(t *testing.T, r *Rig) {
	if r.Tells == nil {
		return
	}
	r.Tells(Told{"Konstanty", "Brzeziński-Testowy", ""})
	step := r.Login(t, "handle-1")
	if done, ok := step.(connectors.Done); ok {
		if birth, there := done.Authentication.Attributes.Find("birthdate"); there {
			t.Errorf("a birth date %q that nobody told", birth.Value.RevealText())
		}
		return
	}
	refused(t, step)
}
