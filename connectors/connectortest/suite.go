// Package connectortest is the suite that every connector passes: whatever comes back, an answer is
// taken only once, only for the leg it belongs to, never above a ceiling, and nobody's data reach a
// log. What is special to one protocol is tested beside that connector.
package connectortest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
)

// Rig is one connector wired to an upstream that the test controls. The suite asks for a new one for
// every story.
type Rig struct {
	Connector connectors.Connector
	// Attempt makes an attempt under a handle, through a door that works.
	Attempt func(handle string) connectors.Attempt
	// Walk plays browser, citizen and upstream: it follows the step and gives what comes back.
	Walk func(*testing.T, connectors.Step) connectors.Input
	// Private are the values of the citizen and of the protocol that no log may hold.
	Private func() []string
	Logs    *Logs
	// Pass lets time go by at the upstream and for the connector.
	Pass func(time.Duration)
	// Ageless says that what comes back is made or checked anew when it comes: that a leg has ten minutes, the
	// login alone holds then.
	Ageless bool
	// Replica makes the connector once more, as another process has it.
	Replica func() connectors.Connector
	// Tells changes what the upstream says of the citizen; nil: it says nothing of them.
	Tells func(Told)
	// Down takes everybody away whom the connector asks; nil: it asks nobody.
	Down func()

	once sync.Map // what answers were known by, as a login keeps it
}

// Logs collects what is logged.
type Logs struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write adds to the logs.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// String gives everything logged.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// Logger gives a logger of every level that writes here.
func (l *Logs) Logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
}

// Run tells every story that holds for all connectors.
func Run(t *testing.T, rig func(*testing.T) *Rig) {
	t.Helper()
	for name, story := range map[string]func(*testing.T, *Rig){
		"a citizen logs in":                                     logsIn,
		"it says what it is":                                    describes,
		"the answer of another login is refused":                otherLogin,
		"the state of another leg is refused":                   otherState,
		"a state that is none is refused":                       noState,
		"an answer counts once":                                 replay,
		"of parallel answers at most one counts":                parallel,
		"nothing came back":                                     nothing,
		"a door that does not exist":                            noDoor,
		"who gave up waiting gets no answer":                    cancelled,
		"logs hold nobody's data":                               quiet,
		"an answer that comes too late is refused":              tooLate,
		"more than it can is wanted":                            wantsMore,
		"nobody answers":                                        nobodyAnswers,
		"another replica goes on":                               anotherReplica,
		"the same citizen is the same subject":                  sameSubject,
		"names of all scripts are told as they are":             names,
		"a birth date that is not told is not made up":          noBirthdate,
		"what is told about a person hides itself when printed": hidden,
	} {
		t.Run(name, func(t *testing.T) { story(t, rig(t)) })
	}
}

// Begin begins a leg and fails the test if there is none.
func (r *Rig) Begin(t *testing.T, a connectors.Attempt) (connectors.Step, connectors.State) {
	t.Helper()
	step, state, err := r.Connector.Begin(t.Context(), a)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if failed, ok := step.(connectors.Failed); ok {
		t.Fatalf("begin: failed as %s", failed.Code)
	}
	return step, state
}

// Login walks a whole leg and gives its last step.
func (r *Rig) Login(t *testing.T, handle string) connectors.Step {
	t.Helper()
	a := r.Attempt(handle)
	step, state := r.Begin(t, a)
	return r.Continue(t, a, state, r.Walk(t, step))
}

// Continue continues and fails the test on an error: what others did is never a fault of ours.
func (r *Rig) Continue(t *testing.T, a connectors.Attempt, state connectors.State, in connectors.Input) connectors.Step {
	t.Helper()
	step, _, err := r.Connector.Continue(t.Context(), a, state, in)
	if err != nil {
		t.Fatalf("continue: %v", err)
	}
	return r.counted(a, step)
}

// counted does as a login does with an answer that says what it is known by: the first counts.
func (r *Rig) counted(a connectors.Attempt, step connectors.Step) connectors.Step {
	done, ok := step.(connectors.Done)
	if !ok || done.Once == "" {
		return step
	}
	if _, used := r.once.LoadOrStore(done.Once, true); used || !done.Until.After(a.Now) {
		return connectors.Failed{Code: connectors.StaleAnswer}
	}
	return step
}

// MustBeDone gives the authentication of a step, or fails the test.
func MustBeDone(t *testing.T, step connectors.Step) identity.Authentication {
	t.Helper()
	done, ok := step.(connectors.Done)
	if !ok {
		t.Fatalf("not done: %s", Outcome(step))
	}
	return done.Authentication
}

// Outcome names a step: the code of a failure, or its kind.
func Outcome(step connectors.Step) string {
	if failed, ok := step.(connectors.Failed); ok {
		return string(failed.Code)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", step), "connectors.")
}

func logsIn(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	auth := MustBeDone(t, r.Login(t, "handle-1"))
	d := r.Connector.Describe()
	if auth.Means != d.ID || auth.Kind != d.Kind || auth.Choice != a.Choice || auth.Subject.IsZero() || auth.AuthTime.IsZero() {
		t.Errorf("means %q kind %q choice %q", auth.Means, auth.Kind, auth.Choice)
	}
	if len(auth.Evidence) == 0 {
		t.Fatal("no evidence")
	}
	for _, e := range auth.Evidence {
		if e.Means != d.ID || e.Choice != a.Choice || e.Kind == "" || e.Checked.IsZero() || e.AuthTime.IsZero() || len(e.Digest) != 32 {
			t.Errorf("evidence is not whole: %+v", e)
		}
		if _, known := assurance.Default().Kinds[e.Kind]; !known {
			t.Errorf("evidence of kind %q proves nothing by the rules that ship; it needs a line in package assurance", e.Kind)
		}
		if e.Resistant && !d.Resistant {
			t.Error("it is described as one whose answers a false page could always have asked for")
		}
		if e.Ceiling > d.CeilingOf(a.Choice) {
			t.Errorf("ceiling %s, described as %s", e.Ceiling, d.CeilingOf(a.Choice))
		}
	}
	if got := assurance.Decide(assurance.Default(), auth.Evidence, assurance.Circumstance{}, a.Now); got.Level == identity.None || got.Level > d.CeilingOf(a.Choice) {
		t.Errorf("worth %s under a ceiling of %s: %v", got.Level, d.CeilingOf(a.Choice), got.Reasons)
	}
	seen := map[identity.AttributeName]bool{}
	for _, told := range auth.Attributes {
		if told.Source != (identity.Source{Kind: identity.FromMeans, ID: string(d.ID)}) || told.VerifiedAt.IsZero() || seen[told.Name] || !json.Valid(told.Value.Reveal()) {
			t.Errorf("attribute %s: source %v, verified %s, twice %t", told.Name, told.Source, told.VerifiedAt, seen[told.Name])
		}
		seen[told.Name] = true
	}
}

func describes(t *testing.T, r *Rig) {
	d := r.Connector.Describe()
	if d.ID == "" || d.Kind == "" || d.Names["en"] == "" || d.Ceiling == identity.None {
		t.Errorf("%+v", d)
	}
	for _, c := range d.Choices {
		if c.ID == "" || c.Names["en"] == "" || d.CeilingOf(c.ID) == identity.None {
			t.Errorf("choice %+v", c)
		}
	}
}

func refused(t *testing.T, step connectors.Step) {
	t.Helper()
	failed, ok := step.(connectors.Failed)
	if !ok || failed.Code == "" {
		t.Errorf("taken as %s", Outcome(step))
	}
}

func otherLogin(t *testing.T, r *Rig) {
	attacker, victim := r.Attempt("handle-attacker"), r.Attempt("handle-victim")
	step, _ := r.Begin(t, attacker)
	_, state := r.Begin(t, victim)
	refused(t, r.Continue(t, victim, state, r.Walk(t, step)))
}

func otherState(t *testing.T, r *Rig) {
	first, second := r.Attempt("handle-1"), r.Attempt("handle-2")
	step, _ := r.Begin(t, first)
	_, state := r.Begin(t, second)
	refused(t, r.Continue(t, first, state, r.Walk(t, step)))
}

func noState(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	for _, broken := range []connectors.State{nil, {}, []byte("null"), []byte("{}"), []byte("[]"), state[:len(state)/2], []byte(strings.Repeat("x", 1<<16))} {
		refused(t, r.Continue(t, a, broken, in))
	}
}

func replay(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	MustBeDone(t, r.Continue(t, a, state, in))
	refused(t, r.Continue(t, a, state, in))
}

func parallel(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	steps := make([]connectors.Step, 8)
	var calls sync.WaitGroup
	for i := range steps {
		calls.Go(func() {
			step, _, _ := r.Connector.Continue(context.Background(), a, state, in)
			steps[i] = r.counted(a, step)
		})
	}
	calls.Wait()
	done := 0
	for _, step := range steps {
		if _, ok := step.(connectors.Done); ok {
			done++
		}
	}
	if done != 1 {
		t.Errorf("%d of %d counted", done, len(steps))
	}
}

func nothing(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	_, state := r.Begin(t, a)
	for _, in := range []connectors.Input{{}, {Query: url.Values{}}, {Query: url.Values{"state": {a.Handle}}, Form: url.Values{"state": {a.Handle}}}} {
		refused(t, r.Continue(t, a, state, in))
	}
}

func noDoor(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	a.Choice = "no-such-door"
	if step, _, err := r.Connector.Begin(t.Context(), a); err == nil {
		refused(t, step)
	}
}

func cancelled(t *testing.T, r *Rig) {
	a := r.Attempt("handle-1")
	step, state := r.Begin(t, a)
	in := r.Walk(t, step)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if step, _, err := r.Connector.Continue(ctx, a, state, in); err == nil {
		refused(t, step)
	}
}

func quiet(t *testing.T, r *Rig) {
	MustBeDone(t, r.Login(t, "handle-1"))
	otherLogin(t, r)
	r.MustBeQuiet(t)
}

// MustBeQuiet fails the test if a private value stands in the logs, in any usual encoding.
func (r *Rig) MustBeQuiet(t *testing.T) {
	t.Helper()
	logs := r.Logs.String()
	for _, private := range slices.DeleteFunc(r.Private(), func(s string) bool { return len(s) < 4 }) {
		for _, form := range []string{
			private, url.QueryEscape(private), hex.EncodeToString([]byte(private)),
			base64.RawStdEncoding.EncodeToString([]byte(private)), base64.RawURLEncoding.EncodeToString([]byte(private)),
		} {
			if strings.Contains(logs, form) {
				t.Errorf("the logs hold a private value of %d characters:\n%s", len(private), logs)
			}
		}
	}
}

func hidden(t *testing.T, r *Rig) {
	auth := MustBeDone(t, r.Login(t, "handle-1"))
	printed := fmt.Sprintf("%v %+v %#v %s", auth.Attributes, auth.Identifiers, auth.Subject, auth.Attributes)
	for _, a := range auth.Attributes {
		if s := a.Value.RevealText(); len(s) > 3 && strings.Contains(printed, s) {
			t.Errorf("%s prints its value", a.Name)
		}
	}
	for _, id := range auth.Identifiers {
		if strings.Contains(printed, id.Value.Reveal()) {
			t.Error("an identifier prints its value")
		}
	}
	if strings.Contains(printed, auth.Subject.Reveal()) {
		t.Error("the subject prints itself")
	}
}
