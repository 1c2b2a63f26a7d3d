package login

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/subject"
)

// graves plays who tells a card's holder, and looks around while it does.
type graves struct {
	Ties
	person identity.Person
	told   int
	during func()
	fail   error
}

func (g *graves) Cancelled(context.Context, identity.Authentication, subject.Note) (identity.Person, error) {
	g.told++
	if g.during != nil {
		g.during()
	}
	return g.person, g.fail
}

// byCard makes what the world's bank says a card's word, with a certificate.
func (w *world) byCard(digest [32]byte) {
	done := w.bank.says.(connectors.Done)
	done.Authentication.Evidence[0].Certificate = &identity.Certificate{}
	done.Authentication.Evidence[0].Digest = digest[:]
	w.bank.says = done
}

// Means R-CARD-07: a card counts for nothing from before its holder is told to after all is ended:
// what is proved, opened or answered with it in between is refused. A burial that a crash cut short is finished.
func TestACancelledCardGivesNothingWhileItIsBuried(t *testing.T) {
	w, digest := newWorld(t), [32]byte{9}
	w.byCard(digest)
	l, session := w.logIn(t)
	cookie := w.Cookie(l)
	step, ok := w.Next(l).(Consent)
	if !ok {
		t.Fatalf("after logging in: %s", name(w.Next(l)))
	}
	dead := &identity.DeadCertificate{Issuer: "https://up.example", Subject: identity.Hide("s"), Digest: digest, Until: noon.AddDate(5, 0, 0)}
	during := 0
	g := &graves{person: w.person, fail: errors.New("test: a crash"), during: func() {
		during++
		again, err := w.Open(t.Context(), cookie)
		if err != nil || again.Proof != nil || again.Failure != string(connectors.CardRevoked) {
			t.Errorf("a login under way goes on: %v, %v", again, err)
		}
		fresh, _ := w.begin(t, "")
		if _, err := w.Finish(t.Context(), fresh, "bank", w.start(t, fresh), connectors.Input{}, ""); err != nil || fresh.Proof != nil || fresh.Failure != string(connectors.CardRevoked) {
			t.Errorf("somebody logs in with it: %v", err)
		}
		answered, err := w.Approve(t.Context(), l, consent.Approval{Shown: step.Question.Digest, Approved: []identity.AttributeName{"given_name"}})
		if err != nil || len(answered.Unless) != 1 {
			t.Fatalf("an answer that was opened before: %v, %d conditions", err, len(answered.Unless))
		}
		if spent, err := w.Once.Used(t.Context(), answered.Unless[0]); err != nil || !spent {
			t.Errorf("nothing keeps it from being written: %t, %v", spent, err)
		}
	}}
	w.Ties = g
	if err := w.bury(t.Context(), l, "bank", dead); err == nil {
		t.Fatal("a holder who could not be told")
	}
	g.fail = nil
	for range 2 {
		if err := w.bury(t.Context(), l, "bank", dead); err != nil {
			t.Fatal(err)
		}
	}
	if g.told != 2 || during != 2 {
		t.Errorf("told %d times: once more after the crash, and then no more", g.told)
	}
	if back, _ := w.begin(t, session); back.Proof != nil || back.Failure != string(connectors.CardRevoked) {
		t.Error("its session opens a login")
	}
}

// Attacks SE-12: what two offices handed out and was proved in one login rests on both, in either order: each of
// them that is switched off takes it away.
func TestAttack_SE_12_AProofOfTwoOfficesRestsOnBoth(t *testing.T) {
	of := func(w *world, l *Login, means identity.Means, office string, level identity.Level) *Proof {
		return &Proof{
			Usage: w.person.Usage, Means: means, Office: office, Login: l.ID, AuthTime: noon, Ends: noon.Add(time.Hour),
			Evidence: []identity.Evidence{{Kind: identity.UpstreamAssertion, Means: means, Asserted: level, Ceiling: level, AuthTime: noon, Checked: noon}},
		}
	}
	for name, c := range map[string]struct {
		first, second string
		levels        [2]identity.Level
		want          string
	}{
		"the better one first": {"room-14", "room-99", [2]identity.Level{identity.Substantial, identity.Low}, "room-14 room-99"},
		"the better one last":  {"room-14", "room-99", [2]identity.Level{identity.Low, identity.Substantial}, "room-14 room-99"},
		"one office twice":     {"room-14", "room-14", [2]identity.Level{identity.Low, identity.Low}, "room-14"},
		"one of no office":     {"", "room-99", [2]identity.Level{identity.Low, identity.Low}, "room-99"},
	} {
		w := newWorld(t)
		l, _ := w.begin(t, "")
		l.Proof = of(w, l, "bank", c.first, c.levels[0])
		before := l.Proof
		l.Proof = of(w, l, "card", c.second, c.levels[1])
		w.keepProved(l, before, noon)
		if l.Proof.Office != c.want {
			t.Errorf("%s: it rests on %q", name, l.Proof.Office)
		}
		for _, off := range []string{"room-14", "room-99", "room"} {
			w.Offices = only(off)
			rests := off == c.first || off == c.second
			if err := w.Stands(t.Context(), "bank", l.Proof.Office, [16]byte{}); errors.Is(err, ErrFallen) != rests {
				t.Errorf("%s: with %s switched off: %v", name, off, err)
			}
		}
	}
}

// only is one office that is switched off.
type only string

func (o only) Off(office string) bool { return office == string(o) }
func (o only) Named(string) string    { return "" }
