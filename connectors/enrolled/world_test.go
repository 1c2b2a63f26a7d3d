package enrolled_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

const issuer = "https://id.example"

// world is the connector with its stores and one enrolled person.
type world struct {
	*enrolled.Connector
	t      testing.TB
	memory *enrolledtest.Memory
	logs   *connectortest.Logs
	maker  *enrolledtest.Maker
	person identity.PersonID
	offset atomic.Int64
	copied []identity.PersonID // who were told

	account enrolled.Account
	device  *enrolledtest.Device
	secret  string
	codes   []string
	paper   []string
}

func (w *world) now() time.Time {
	return time.Date(2026, 11, 28, 12, 0, 5, 0, time.UTC).Add(time.Duration(w.offset.Load()))
}

func (w *world) pass(d time.Duration) { w.offset.Add(int64(d)) }

const pin = "194638"

func settings(t testing.TB, maker *enrolledtest.Maker) enrolled.Settings {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: maker.Root.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := enrolled.Decode("phone", map[string]any{
		"names": map[string]any{"en": "With my phone"}, "ceiling": "high", "authoritative_for": []string{"PNOPL"}, "attestation_roots": roots,
		"certified": []string{"01020304-0000-0000-0000-000000000000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newWorld makes the connector with nobody enrolled.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, logs: &connectortest.Logs{}, maker: enrolledtest.NewMaker(t), person: identity.PersonID{1}, account: enrolled.NewAccount()}
	w.memory = enrolledtest.NewMemory(w.now)
	w.restart(1)
	return w
}

// restart makes the connector with what was kept, at another time and epoch of its database.
func (w *world) restart(epoch int64) {
	w.t.Helper()
	rules := assurance.Default()
	connector, err := enrolled.New(settings(w.t, w.maker), enrolled.Deps{
		Issuer: issuer, Finder: w.memory, Keeper: w.memory, Marks: w.memory, Epoch: epoch, Vault: w.memory, Digests: w.memory, Record: w.memory, Persons: w.memory,
		Once: w.memory.Once, Hold: w.memory.Hold, Owes: w.memory.Owes, Owed: w.memory.StillOwed, Ended: w.memory.Ended, Copied: func(_ context.Context, p identity.PersonID) error { w.copied = append(w.copied, p); return nil }, Worth: func(k identity.EvidenceKind) identity.Level { return rules.Kinds[k].Ceiling }, Now: w.now, Log: w.logs.Logger(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Connector = connector
}

// newEnrolled is newWorld with a person who has everything: a certified passkey, an app with a PIN,
// recovery codes and a paper list, redeemed at the desk.
func newEnrolled(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.device = enrolledtest.NewDevice()
	w.device.Maker = w.maker
	var recovery, paper enrolled.Candidate
	var err error
	if w.codes, recovery, err = w.NewRecoveryCodes(w.account); err != nil {
		t.Fatal(err)
	}
	if w.paper, paper, err = w.NewPaperList(w.account); err != nil {
		t.Fatal(err)
	}
	w.bind(identity.High, w.passkey(w.device), w.app(), recovery, paper)
	w.pass(time.Minute) // the app's first code is over
	return w
}

// passkey registers a device as the office does.
func (w *world) passkey(d *enrolledtest.Device) enrolled.Candidate {
	w.t.Helper()
	options, setup, err := w.BeginPasskey(w.t.Context(), w.account, enrolled.PasskeyWish{Person: w.person, Label: "K. B.", Attested: true})
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.FinishPasskey(w.t.Context(), setup, d.Create(w.t, options))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// app sets up an app with a PIN.
func (w *world) app() enrolled.Candidate {
	w.t.Helper()
	secret, setup, err := w.BeginTOTP(w.t.Context(), w.account, "")
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(secret.URI)
	if err != nil {
		w.t.Fatal(err)
	}
	w.secret = u.Query().Get("secret")
	c, err := w.FinishTOTP(w.t.Context(), setup, pin, w.code())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// code is what the app shows now.
func (w *world) code() string {
	w.t.Helper()
	code, err := totp.GenerateCode(w.secret, w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *world) bind(level identity.Level, candidates ...enrolled.Candidate) []enrolled.Device {
	w.t.Helper()
	devices, err := w.Bind(w.t.Context(), w.binding(level), candidates...)
	if err != nil {
		w.t.Fatal(err)
	}
	return devices
}

func (w *world) binding(level identity.Level) enrolled.Binding {
	return enrolled.Binding{Person: w.person, Account: w.account, Level: level, Case: "case-1", Office: "office-7", Via: enrolled.ViaDesk}
}

func (w *world) attempt(handle string) connectors.Attempt {
	return connectors.Attempt{Handle: handle, Return: issuer + "/callback/phone", Wanted: identity.Low, Now: w.now()}
}

// begin begins a leg and gives the options that its page holds.
func (w *world) begin(handle string) (connectors.Attempt, connectors.State, enrolled.Shown) {
	w.t.Helper()
	a := w.attempt(handle)
	step, state, err := w.Begin(w.t.Context(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	return a, state, shown(w.t, step)
}

// shown is what the page of a step shows.
func shown(t testing.TB, step connectors.Step) enrolled.Shown {
	t.Helper()
	page, ok := step.(connectors.Page)
	if !ok {
		t.Fatalf("no page but %s", connectortest.Outcome(step))
	}
	text, err := json.Marshal(page.Data)
	if err != nil {
		t.Fatal(err)
	}
	var s enrolled.Shown
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// tap logs in with a device.
func (w *world) tap(d *enrolledtest.Device) connectors.Step {
	w.t.Helper()
	a, state, page := w.begin("handle")
	return w.send(a, state, form("passkey", "credential", string(d.Get(w.t, []byte(page.Options)))))
}

func (w *world) send(a connectors.Attempt, state connectors.State, in connectors.Input) connectors.Step {
	w.t.Helper()
	step, _, err := w.Continue(w.t.Context(), a, state, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return step
}

// enter types into a form of a new leg.
func (w *world) enter(way string, fields ...string) connectors.Step {
	w.t.Helper()
	a, state, page := w.begin("handle")
	return w.send(a, state, form(way, append(fields, "turn", page.Turn)...))
}

func (w *world) enterCode(pin, code string) connectors.Step {
	return w.enter("totp", "name", w.account.Name, "pin", pin, "code", code)
}

func form(way string, fields ...string) connectors.Input {
	values := url.Values{"way": {way}}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return connectors.Input{Form: values}
}

func done(step connectors.Step) bool {
	_, ok := step.(connectors.Done)
	return ok
}
