package login

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/once"
)

// used remembers one-time secrets.
type used map[[32]byte]bool

func (u used) Consume(_ context.Context, s once.Secret) error {
	if u[s.Digest] {
		return once.ErrUsed
	}
	u[s.Digest] = true
	return nil
}

func (u used) Used(_ context.Context, s once.Secret) (bool, error) { return u[s.Digest], nil }

func TestEveryStepIsKeptUntilTheBrowserHasDoneIt(t *testing.T) {
	for _, c := range []struct {
		name string
		step connectors.Step
		want Leg
	}{
		{"redirect", connectors.Redirect{URL: "https://up.example/"}, Leg{Target: "https://up.example/"}},
		{"form", connectors.PostForm{URL: "https://up.example/", Fields: url.Values{"a": {"1", "2"}}}, Leg{Target: "https://up.example/", Fields: url.Values{"a": {"1", "2"}}}},
		{"page", connectors.Page{View: "pin", Script: "pin.js", Data: map[string]int{"tries": 2}}, Leg{View: "pin", Script: "pin.js", Data: []byte(`{"tries":2}`)}},
		{"wait", connectors.Wait{After: 3 * time.Second}, Leg{After: 3 * time.Second}},
		{"wait no time at all", connectors.Wait{}, Leg{After: time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			l, cookie := w.begin(t, "")
			handle := w.start(t, l)
			done := w.bank.says
			w.bank.says, w.bank.keeps = c.step, connectors.State("private")
			began := l.Leg.Began
			w.now = w.now.Add(time.Minute)
			if _, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, ""); err != nil {
				t.Fatal(err)
			}
			again, err := w.Open(t.Context(), cookie)
			if err != nil {
				t.Fatal(err)
			}
			c.want.Means, c.want.Handle, c.want.Began, c.want.State = "bank", handle, began, connectors.State("private")
			if again.Leg == nil || !reflect.DeepEqual(*again.Leg, c.want) {
				t.Errorf("kept %+v, want %+v", again.Leg, c.want)
			}
			w.bank.says = done
			if session, err := w.Finish(t.Context(), again, "bank", handle, connectors.Input{}, ""); err != nil || session == "" {
				t.Errorf("it does not go on from there: %v", err)
			}
		})
	}
}

func TestALegIsOverTenMinutesAfterItBeganHoweverManyStepsItTook(t *testing.T) {
	w := newWorld(t)
	l, _ := w.begin(t, "")
	handle := w.start(t, l)
	w.bank.says, w.bank.keeps = connectors.Wait{After: time.Second}, connectors.State("private")
	for range 5 {
		w.now = w.now.Add(2 * time.Minute)
		if _, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(time.Second)
	if _, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, ""); !errors.Is(err, ErrNotThisLeg) {
		t.Errorf("it goes on: %v", err)
	}
}

func TestAPageWhoseDataCannotBeKeptIsAnErrorThatTellsNothing(t *testing.T) {
	w := newWorld(t)
	l, _ := w.begin(t, "")
	handle := w.start(t, l)
	w.bank.says = connectors.Page{View: "pin", Data: map[string]any{"Konstanty": func() {}}}
	_, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, "")
	if err == nil || err.Error() != "page of bank: its data do not marshal" {
		t.Errorf("%v", err)
	}
}

func TestAttack_SM_08_OneAnswerInTwoLoginsCountsOnce(t *testing.T) {
	w := newWorld(t)
	done, _ := w.bank.says.(connectors.Done)
	done.Once, done.Until = "assertion-1", w.now.Add(time.Hour)
	w.bank.says = done
	if _, session := w.logIn(t); session == "" {
		t.Fatal("the first does not count")
	}
	l, _ := w.begin(t, "")
	session, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, "")
	if err != nil || session != "" || l.Proof != nil || l.Failure != string(connectors.StaleAnswer) {
		t.Errorf("the second: session %t, failure %q, %v", session != "", l.Failure, err)
	}
	if level := l.Level(); level != identity.None {
		t.Errorf("level %s", level)
	}
	done.Once = "assertion-2"
	w.bank.says = done
	if _, session := w.logIn(t); session == "" {
		t.Error("another answer does not count")
	}
}
