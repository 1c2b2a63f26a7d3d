package enrolled_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
)

// RFC 6238 §5.2; Keycloak #13607, ZITADEL #6452: a code counts once, whoever brings it again.
func TestAttack_OT_03_AnAppsCodeCountsOnce(t *testing.T) {
	t.Run("the first code of the setup", func(t *testing.T) {
		w := newWorld(t)
		w.bind(identity.High, w.app())
		if done(w.enterCode(pin, w.code())) {
			t.Error("Keycloak #13607: the code of the setup logged in")
		}
	})
	t.Run("one after the other", func(t *testing.T) {
		w := newEnrolled(t)
		code := w.code()
		if !done(w.enterCode(pin, code)) {
			t.Fatal("the owner cannot log in")
		}
		for range 2 {
			if done(w.enterCode(pin, code)) {
				t.Error("ZITADEL #6452: a code twice")
			}
			w.pass(30 * time.Second) // within the window that is taken
		}
	})
	t.Run("an earlier one after a later one", func(t *testing.T) {
		w := newEnrolled(t)
		early := w.code()
		w.pass(30 * time.Second)
		if !done(w.enterCode(pin, w.code())) {
			t.Fatal("the owner cannot log in")
		}
		if done(w.enterCode(pin, early)) {
			t.Error("RFC 6238 §5.2: a code of before logged in after a later one")
		}
	})
	t.Run("at once", func(t *testing.T) {
		w := newEnrolled(t)
		won := w.together(4, func() connectors.Step { return w.enterCode(pin, w.code()) })
		if won != 1 {
			t.Errorf("Keycloak #13607: %d of 4 logged in with one code", won)
		}
	})
	t.Run("too old, too new", func(t *testing.T) {
		for off, want := range map[time.Duration]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
			w := newEnrolled(t)
			w.pass(10 * time.Minute)
			w.pass(off * time.Second)
			code := w.code()
			w.pass(-off * time.Second)
			if got := done(w.enterCode(pin, code)); got != want {
				t.Errorf("RFC 6238 §5.2: %d s off: logged in %t", off, got)
			}
		}
	})
}

// together does something several times at once, and counts how often it let somebody in.
func (w *world) together(times int, do func() connectors.Step) int {
	steps := make([]connectors.Step, times)
	var all sync.WaitGroup
	for i := range steps {
		all.Go(func() { steps[i] = do() })
	}
	all.Wait()
	won := 0
	for _, step := range steps {
		if done(step) {
			won++
		}
	}
	return won
}

// NIST SP 800-63B §5.2.2: guesses are counted before they are looked at, and waits grow.
func TestAttack_OT_01_GuessesAreFew(t *testing.T) {
	w := newEnrolled(t)
	for range 5 {
		if done(w.enterCode(pin, "000000")) {
			t.Fatal("a guess was right")
		}
	}
	if done(w.enterCode(pin, w.code())) {
		t.Error("§5.2.2: looked at after five wrong ones")
	}
	w.pass(31 * time.Second)
	if !done(w.enterCode(pin, w.code())) {
		t.Error("who waited is refused")
	}
	if done(w.enterCode(pin, "000000")) || !done(w.tap(w.device)) {
		t.Error("a success does not begin the count anew")
	}
	for range 110 { // a hundred in a row at most, however long somebody waits
		w.pass(time.Hour + time.Second)
		w.enterCode(pin, "000000")
	}
	w.pass(24 * time.Hour)
	if done(w.enterCode(pin, w.code())) {
		t.Error("§5.2.2: looked at after a hundred wrong ones")
	}
}

// GHSA-cq42-vhv7-xr7p: who locks a name locks nobody out: passkeys are not counted, nor other names.
func TestAttack_OT_12_LockingANameLocksNobodyOut(t *testing.T) {
	w := newEnrolled(t)
	for range 10 {
		w.enterCode("000000", "000000")
	}
	if done(w.enter("code", "name", w.account.Name, "code", w.codes[0])) {
		t.Error("OT-11: the lock is passed by another form")
	}
	if !done(w.tap(w.device)) {
		t.Error("GHSA-cq42-vhv7-xr7p: a stranger locked the owner's passkey")
	}
}

// Devise CVE-2019-16109: blank, odd and huge input is wrong, and counted.
func TestAttack_OT_17_OddInputIsRefused(t *testing.T) {
	w := newEnrolled(t)
	bengali := inDigits('০', w.code())
	for name, f := range map[string][]string{
		"no code": {"pin", pin}, "no PIN": {"code", w.code()}, "nothing": nil, "digits of a third script": {"pin", pin, "code", bengali}, "a letter O": {"pin", pin, "code", "OOOOOO"},
		"huge": {"pin", pin, "code", strings.Repeat("1", 1<<20)}, "a huge PIN": {"pin", strings.Repeat("1", 1<<20), "code", w.code()}, "signs": {"pin", pin, "code", "+12345"},
		"a NUL": {"pin", pin, "code", w.code() + "\x00"}, "a sum": {"pin", pin, "code", "1e5"},
	} {
		w.pass(2 * time.Hour)
		if done(w.enter("totp", append(f, "name", w.account.Name)...)) {
			t.Errorf("CVE-2019-16109: %s logged in", name)
		}
	}
	a, state, page := w.begin("handle")
	twice := url.Values{"way": {"totp"}, "turn": {page.Turn}, "name": {w.account.Name}, "pin": {pin}, "code[]": {w.code()}}
	if done(w.send(a, state, connectors.Input{Form: twice})) {
		t.Error("CVE-2013-0233: a list for a code logged in")
	}
	w.pass(2 * time.Hour)
	if !done(w.enterCode(pin[:3]+" "+pin[3:], w.code()[:3]+" "+w.code()[3:])) {
		t.Error("a space between groups of digits is wrong")
	}
}

// inDigits writes digits as a keyboard of another script does, given its nought.
func inDigits(nought rune, digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + nought }, digits)
}

// A phone that is set to Arabic or Persian types its own digits into a field for numbers.
func TestDigitsOfAnotherKeyboard(t *testing.T) {
	for name, nought := range map[string]rune{"Arabic": '٠', "Persian": '۰'} {
		w := newEnrolled(t)
		code := inDigits(nought, w.code())
		if !done(w.enterCode(inDigits(nought, pin), code)) {
			t.Errorf("%s: the owner cannot log in", name)
		}
		if done(w.enterCode(pin, w.code())) {
			t.Errorf("OT-03: the code in %s digits counts as another", name)
		}
	}
}

// Keycloak CVE-2026-4633: one answer for whoever is not let in, to the last word.
func TestAttack_EN_01_NobodyLearnsWhichNamesThereAre(t *testing.T) {
	seen := map[string]enrolled.Shown{}
	for story, act := range map[string]func(*world) connectors.Step{
		"no such name": func(w *world) connectors.Step { return w.enterAs(enrolled.NewAccount().Name, pin, w.code()) },
		"not even one": func(w *world) connectors.Step { return w.enterAs("no-name!", pin, w.code()) },
		"wrong PIN":    func(w *world) connectors.Step { return w.enterCode("194639", w.code()) },
		"wrong code":   func(w *world) connectors.Step { return w.enterCode(pin, "123456") },
		"suspended":    func(w *world) connectors.Step { w.suspend(enrolled.TOTP); return w.enterCode(pin, w.code()) },
		"lost":         func(w *world) connectors.Step { w.lose(enrolled.TOTP); return w.enterCode(pin, w.code()) },
		"a code of before": func(w *world) connectors.Step {
			w.enterCode(pin, w.code())
			return w.enterCode(pin, w.code())
		},
		"locked": func(w *world) connectors.Step {
			for range 6 {
				w.enterCode(pin, "000000")
			}
			return w.enterCode(pin, w.code())
		},
		"a name that is none, locked": func(w *world) connectors.Step {
			name := enrolled.NewAccount().Name
			for range 6 {
				w.enterAs(name, pin, "000000")
			}
			return w.enterAs(name, pin, "000000")
		},
	} {
		s := shown(t, act(newEnrolled(t)))
		s.Options, s.Turn, s.Name = "", "", ""
		seen[story] = s
	}
	for story, s := range seen {
		if diff := cmp.Diff(seen["no such name"], s); diff != "" {
			t.Errorf("CVE-2026-4633: %s is told apart: %s", story, diff)
		}
	}
}

func (w *world) enterAs(name, pin, code string) connectors.Step {
	return w.enter("totp", "name", name, "pin", pin, "code", code)
}

// LK-11 (Authelia CVE-2026-47203, CVE-2025-24806): one name, however it is written, is one account with one
// count of tries; what cannot be one is nobody's.
func TestAttack_LK_11_OneNameOneCount(t *testing.T) {
	spelled := func(name string) []string {
		wide := strings.Map(func(r rune) rune { return r + 0xFEE0 }, strings.ReplaceAll(name, "-", ""))
		return []string{strings.ToLower(name), " " + name + " ", strings.ReplaceAll(name, "-", " "), strings.ReplaceAll(name, "-", ""), strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(name)), wide, name + "\u0301", name + "\x00"}
	}
	w := newEnrolled(t)
	for i, name := range spelled(w.account.Name) {
		w.pass(2 * time.Hour)
		if got := done(w.enterAs(name, pin, w.code())); got != (i < 5) {
			t.Errorf("spelling %d: let in: %v", i, got)
		}
	}
	w = newEnrolled(t)
	names := spelled(w.account.Name)
	for _, name := range names[:5] { // one wrong try each
		w.enterAs(name, pin, "000000")
	}
	if done(w.enterAs(w.account.Name, pin, w.code())) {
		t.Error("each spelling has tries of its own")
	}
}

// ZITADEL CVE-2025-64102, ASVS 6.6.2: what was set up for one account is not bound to another.
func TestAttack_OT_06_ASetupBelongsToItsAccount(t *testing.T) {
	w := newWorld(t)
	c := w.app()
	other := w.binding(identity.High)
	other.Person, other.Account = identity.PersonID{2}, enrolled.NewAccount()
	if _, err := w.Bind(t.Context(), other, c); !errors.Is(err, enrolled.ErrAccount) {
		t.Errorf("ASVS 6.6.2: bound to somebody else: %v", err)
	}
	w.bind(identity.High, c)
	moved := w.binding(identity.High)
	moved.Account = enrolled.NewAccount()
	if _, err := w.Bind(t.Context(), moved, c); !errors.Is(err, enrolled.ErrAccount) {
		t.Errorf("a second account: %v", err)
	}
	if len(w.memory.Acts) != 1 {
		t.Errorf("%d entries", len(w.memory.Acts))
	}
}

// authentik CVE-2025-64708: over is over.
func TestAttack_OT_07_ASetupEnds(t *testing.T) {
	w := newWorld(t)
	_, setup, err := w.BeginTOTP(t.Context(), w.account, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishPasskey(t.Context(), setup, []byte("{}")); !errors.Is(err, enrolled.ErrSetupOver) {
		t.Errorf("taken for another setup: %v", err)
	}
	w.pass(30 * time.Minute)
	for name, s := range map[string][]byte{"over": setup, "changed": append([]byte{1}, setup...), "none": nil} {
		if _, err := w.FinishTOTP(t.Context(), s, pin, "000000"); !errors.Is(err, enrolled.ErrSetupOver) {
			t.Errorf("CVE-2025-64708: %s: %v", name, err)
		}
	}
}

func TestAnAppIsSetUpWithAGoodPINAndARightCode(t *testing.T) {
	w := newWorld(t)
	secret, setup, err := w.BeginTOTP(t.Context(), w.account, "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(secret.URI)
	if err != nil || u.Scheme != "otpauth" || u.Query().Get("issuer") != "With my phone" || !strings.Contains(u.Path, w.account.Name) || strings.Contains(secret.URI, "87022290019") {
		t.Errorf("address %v", err)
	}
	if plain := strings.ReplaceAll(secret.Secret, " ", ""); plain != u.Query().Get("secret") || len(plain) != 32 { // 160 bits (RFC 4226 §4 R6)
		t.Error("another secret, or a shorter one, for who types it")
	}
	w.secret = u.Query().Get("secret")
	for _, weak := range []string{"", "1234", "123456", "987654", "890123", "111111", "121212", "123123", "12345a", "220287", "٢٢٠٢٨٧", "1234567890123"} {
		if _, err := w.FinishTOTP(t.Context(), setup, weak, w.code()); !errors.Is(err, enrolled.ErrWeakPIN) {
			t.Errorf("PIN %q: %v", weak, err)
		}
	}
	for range 5 {
		if _, err := w.FinishTOTP(t.Context(), setup, pin, "000000"); !errors.Is(err, enrolled.ErrWrongCode) {
			t.Errorf("wrong code: %v", err)
		}
	}
	if _, err := w.FinishTOTP(t.Context(), setup, pin, w.code()); !errors.Is(err, enrolled.ErrTooManyTries) {
		t.Errorf("a sixth try: %v", err)
	}
	if again, err := w.AgainTOTP(setup, w.account, ""); err != nil || again != secret {
		t.Errorf("the app's secret is another one the second time: %v", err)
	}
	w.pass(time.Minute)
	if _, err := w.FinishTOTP(t.Context(), setup, pin, w.code()); err != nil {
		t.Errorf("right, after a wait: %v", err)
	}
	for name, s := range map[string]struct {
		setup   []byte
		account enrolled.Account
	}{"another account": {setup, enrolled.NewAccount()}, "changed": {append([]byte{1}, setup...), w.account}, "none": {nil, w.account}} {
		if _, err := w.AgainTOTP(s.setup, s.account, ""); !errors.Is(err, enrolled.ErrSetupOver) {
			t.Errorf("again, %s: %v", name, err)
		}
	}
	w.pass(30 * time.Minute)
	if _, err := w.AgainTOTP(setup, w.account, ""); !errors.Is(err, enrolled.ErrSetupOver) {
		t.Errorf("again, over: %v", err)
	}
}

func TestRecoveryCodesAndPaperLists(t *testing.T) {
	w := newEnrolled(t)
	if len(w.codes) != 10 || len(w.paper) != 30 || len(w.codes[0]) != 11 {
		t.Fatalf("%d codes and %d on paper", len(w.codes), len(w.paper))
	}
	a, state, page := w.begin("handle")
	step, next, err := w.Continue(t.Context(), a, state, form("code", "name", strings.ToLower(w.account.Name), "code", strings.ReplaceAll(w.codes[4], "-", " "), "turn", page.Turn))
	if err != nil || !shown(t, step).Warning || shown(t, step).Left != "9" {
		t.Fatalf("no warning: %v", err)
	}
	if done(w.enter("code", "name", w.account.Name, "code", w.codes[4])) {
		t.Error("a code twice")
	}
	if done(w.send(a, next, form("passkey"))) {
		t.Error("the warning was passed over")
	}
	last := w.memory.Acts[len(w.memory.Acts)-1]
	if last.What != enrolled.ActUsed {
		t.Errorf("recorded as %s", last.What)
	}
	finished, ok := w.send(a, next, form("warned")).(connectors.Done)
	if !ok || finished.Authentication.Evidence[0].Kind != "enrolled_codes" || finished.Authentication.AMR[0] != "otp" {
		t.Errorf("who read the warning does not go on")
	}
	w.suspend(enrolled.Recovery)
	if done(w.send(a, next, form("warned"))) {
		t.Error("suspended in between, and let in")
	}
	if !done(w.enter("code", "name", w.account.Name, "code", w.paper[29])) || done(w.enter("code", "name", w.account.Name, "code", w.codes[0])) {
		t.Error("the paper list fell with the recovery codes, or they live on")
	}
	if left := w.deviceOf(enrolled.Paper).Left; left != 29 {
		t.Errorf("%d left on paper", left)
	}
}

// What cannot be enough is not offered, and would not be.
func TestWhatIsTooWeakIsNotOffered(t *testing.T) {
	w := newEnrolled(t)
	for level, want := range map[identity.Level][]string{identity.Low: {"passkey", "totp", "code"}, identity.Substantial: {"passkey", "totp"}, identity.High: {"passkey"}} {
		a := w.attempt("handle")
		a.Wanted = level
		step, _, err := w.Begin(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if s := shown(t, step); !slices.Equal(s.Ways, want) {
			t.Errorf("%s: %v", level, s.Ways)
		}
	}
}

func TestStoresThatFailLetNobodyIn(t *testing.T) {
	w := newEnrolled(t)
	a, state, page := w.begin("handle")
	answers := map[string]connectors.Input{
		"passkey": form("passkey", "credential", string(w.device.Get(t, []byte(page.Options)))),
		"totp":    form("totp", "name", w.account.Name, "pin", pin, "code", w.code(), "turn", page.Turn),
		"code":    form("code", "name", w.account.Name, "code", w.paper[0], "turn", page.Turn),
	}
	w.memory.Failing = errors.New("gone")
	for way, in := range answers {
		step, _, err := w.Continue(t.Context(), a, state, in)
		if err == nil || done(step) {
			t.Errorf("%s: %v", way, err)
		}
	}
}

func TestFiveWrongAnswersEndTheLeg(t *testing.T) {
	w := newEnrolled(t)
	a := w.attempt("handle")
	step, state, err := w.Begin(t.Context(), a)
	for range 4 {
		if err != nil {
			t.Fatal(err)
		}
		step, state, err = w.Continue(t.Context(), a, state, form("totp", "name", "x", "pin", "y", "code", "z", "turn", shown(t, step).Turn))
	}
	if step, _, err = w.Continue(t.Context(), a, state, form("totp", "name", "x", "pin", "y", "code", "z", "turn", shown(t, step).Turn)); err != nil {
		t.Fatal(err)
	}
	if failed, ok := step.(connectors.Failed); !ok || !failed.Retry {
		t.Errorf("%T", step)
	}
}

// Keycloak #12298: the time that an answer takes tells no name either. Where there is none the same
// work is done, which the ratio within one run shows: without it a name that is none is answered
// hundreds of times faster.
func TestAttack_EN_02_ANameThatIsNoneTakesAsLong(t *testing.T) {
	w := newEnrolled(t)
	var took [2][]time.Duration
	for range 15 {
		for i, name := range []string{w.account.Name, enrolled.NewAccount().Name} {
			w.pass(2 * time.Hour) // no name is locked
			began := time.Now()
			w.enterAs(name, pin, "000000")
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	if somebody, nobody := took[0][7], took[1][7]; nobody < somebody/3 || somebody < nobody/3 {
		t.Errorf("Keycloak #12298: half of the answers took less than %s for somebody and %s for nobody", somebody, nobody)
	}
}

// Whatever is sent is refused, and nothing falls over.
func FuzzAnswer(f *testing.F) {
	w := newEnrolled(f)
	a := w.attempt("handle")
	step, state, err := w.Begin(context.Background(), a)
	if err != nil {
		f.Fatal(err)
	}
	page := shown(f, step)
	f.Add("passkey", string(w.device.Get(f, []byte(page.Options)))[:200])
	f.Add("totp", "000000")
	f.Add("code", w.codes[0])
	f.Fuzz(func(t *testing.T, way, text string) {
		in := form(way, "credential", text, "name", text, "pin", text, "code", text, "turn", page.Turn)
		if step, _, err := w.Continue(t.Context(), a, state, in); err != nil || done(step) {
			t.Errorf("%q %q: %v", way, text, err)
		}
	})
}

// Who types an app's code among those on paper is led to the app's fields, and it costs no try: ten do not lock the name.
func TestAnAppsCodeInTheFormForPaper(t *testing.T) {
	for _, typed := range []string{"407312", "407 312", "٤٠٧٣١٢"} {
		w := newEnrolled(t)
		for range 10 {
			shown, ok := w.enter("code", "name", w.account.Name, "code", typed).(connectors.Page)
			if !ok {
				t.Fatal("no page again")
			}
			if got := shown.Data.(enrolled.Shown); got.Wrong != "app" || got.Way != "totp" || got.Name != w.account.Name {
				t.Errorf("%q: %q in the form of %q", typed, got.Wrong, got.Way)
			}
		}
		if !done(w.enter("code", "name", w.account.Name, "code", w.paper[3])) {
			t.Error("the name is locked")
		}
	}
}

// Who has a code on paper types it where a code is asked for first: they are led to the other form, or told that it is not enough
// here, before anything is compared. It is theirs to use still, and costs no try of their name.
func TestACodeFromPaperInTheAppsForm(t *testing.T) {
	for level, want := range map[identity.Level][2]string{identity.Low: {"paper", "code"}, identity.Substantial: {"paper_low", "totp"}} {
		w := newEnrolled(t)
		a, state, page := w.begin("handle")
		a.Wanted = level
		for range 3 {
			shown, ok := w.send(a, state, form("totp", "name", w.account.Name, "pin", "", "code", strings.ToLower(w.paper[3]), "turn", page.Turn)).(connectors.Page)
			if !ok {
				t.Fatal("no page again")
			}
			if got := shown.Data.(enrolled.Shown); got.Wrong != want[0] || got.Way != want[1] || got.Name != w.account.Name {
				t.Errorf("at %s: %q in the form of %q", level, got.Wrong, got.Way)
			}
		}
		if level == identity.Low && !done(w.enter("code", "name", w.account.Name, "code", w.paper[3])) {
			t.Error("the code lets nobody in any more")
		}
	}
}
