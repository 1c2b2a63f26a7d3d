package enrolled_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// Web Authentication Level 3 §7.2: each step that refuses an answer.
func TestWebAuthn_7_2_AnswersThatDoNotHold(t *testing.T) {
	flip := func(part string) func(*world, []byte) []byte {
		return func(w *world, answer []byte) []byte {
			var whole map[string]any
			if err := json.Unmarshal(answer, &whole); err != nil {
				w.t.Fatal(err)
			}
			response := whole["response"].(map[string]any)
			text := []byte(response[part].(string))
			if text[8] == 'A' {
				text[8] = 'B'
			} else {
				text[8] = 'A'
			}
			response[part] = string(text)
			changed, err := json.Marshal(whole)
			if err != nil {
				w.t.Fatal(err)
			}
			return changed
		}
	}
	for name, c := range map[string]struct {
		device func(*enrolledtest.Device)
		answer func(*world, []byte) []byte
		unread bool // it is of no form that can be read
	}{
		"step 12: another origin":             {func(d *enrolledtest.Device) { d.Origin = "https://id.example.evil.example" }, nil, false},
		"step 12: the same name, not https":   {func(d *enrolledtest.Device) { d.Origin = "http://id.example" }, nil, false},
		"step 12: the same name, other port":  {func(d *enrolledtest.Device) { d.Origin = "https://id.example:8443" }, nil, false},
		"step 15: another relying party":      {func(d *enrolledtest.Device) { d.RPID = "evil.example" }, nil, false},
		"step 17: its owner was not checked":  {func(d *enrolledtest.Device) { d.Unverified = true }, nil, false},
		"step 18: it can be copied now":       {func(d *enrolledtest.Device) { d.Synced = true }, nil, false},
		"step 21: signature":                  {nil, flip("signature"), false},
		"step 21: authenticator data":         {nil, flip("authenticatorData"), false},
		"step 21: client data":                {nil, flip("clientDataJSON"), true},
		"step 6: another owner":               {nil, flip("userHandle"), false},
		"no JSON":                             {nil, func(*world, []byte) []byte { return []byte("x") }, true},
		"a list":                              {nil, func(*world, []byte) []byte { return []byte("[]") }, true},
		"nothing in it":                       {nil, func(*world, []byte) []byte { return []byte("{}") }, true},
		"null":                                {nil, func(*world, []byte) []byte { return []byte("null") }, true},
		"a new passkey instead of an old one": {nil, func(w *world, _ []byte) []byte { return created(w) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEnrolled(t)
			if c.device != nil {
				c.device(w.device)
			}
			a, state, page := w.begin("handle")
			answer := w.device.Get(t, []byte(page.Options))
			if c.answer != nil {
				answer = c.answer(w, answer)
			}
			step := w.send(a, state, form("passkey", "credential", string(answer)))
			want := connectors.KeyUnknown // as one that is none of ours: whoever guesses ids learns nothing
			if c.unread {
				want = connectors.InvalidAnswer
			}
			if failed, ok := step.(connectors.Failed); !ok || failed.Code != want {
				t.Errorf("taken as %s", connectortest.Outcome(step))
			}
		})
	}
}

// created is what a device answers that is asked to make a passkey.
func created(w *world) []byte {
	options, _, err := w.BeginPasskey(w.t.Context(), w.account, enrolled.PasskeyWish{})
	if err != nil {
		w.t.Fatal(err)
	}
	return enrolledtest.NewDevice().Create(w.t, options)
}

func TestAPasskeyOfSomebodyElseIsThemNotMe(t *testing.T) {
	w := newEnrolled(t)
	stranger := newEnrolled(t)
	if step := w.tap(stranger.device); connectortest.Outcome(step) != string(connectors.KeyUnknown) {
		t.Errorf("a passkey that nobody enrolled here is taken as %s", connectortest.Outcome(step))
	}
}

// Attacks EN-01: that a passkey is stopped is told to who has it, and to nobody who knows its id alone.
func TestWhoHasAStoppedPasskeyIsToldSo(t *testing.T) {
	for name, stop := range map[string]func(*world) error{
		"put aside": func(w *world) error {
			return w.Suspend(t.Context(), w.person, w.deviceOf(enrolled.Passkey).ID, enrolled.ByOwner)
		},
		"lost": func(w *world) error {
			return w.Lose(t.Context(), w.person, w.deviceOf(enrolled.Passkey).ID, enrolled.Proof{Level: identity.High})
		},
		"not me": func(w *world) error { _, err := w.SuspendAll(t.Context(), w.person, enrolled.NotMe); return err },
	} {
		w := newEnrolled(t)
		if err := stop(w); err != nil {
			t.Fatal(err)
		}
		if step := w.tap(w.device); connectortest.Outcome(step) != string(connectors.KeyStopped) {
			t.Errorf("%s: its owner is told %s", name, connectortest.Outcome(step))
		}
		w.device.Origin = "https://id.example.evil.example" // as one whose answer proves nothing
		if step := w.tap(w.device); connectortest.Outcome(step) != string(connectors.KeyUnknown) {
			t.Errorf("%s: who has not proved to have it is told %s", name, connectortest.Outcome(step))
		}
	}
}

// Web Authentication Level 3 §7.2 step 22, §6.1.1: a copy gives itself away.
func TestACopyOfAPasskeyIsNoticed(t *testing.T) {
	w := newEnrolled(t)
	if !done(w.tap(w.device)) {
		t.Fatal("the owner cannot log in")
	}
	clone := w.device.Clone()
	if !done(w.tap(w.device)) {
		t.Fatal("the owner cannot log in again")
	}
	if done(w.tap(clone)) {
		t.Fatal("§7.2 step 22: the copy logged in with a count that was there already")
	}
	if state := w.stateOf(enrolled.Passkey); state != enrolled.Doubted {
		t.Errorf("it stands as %q", state)
	}
	if done(w.tap(w.device)) {
		t.Error("it was put aside, and still logs in")
	}
	last := w.memory.Acts[len(w.memory.Acts)-1]
	if last.What != enrolled.ActSuspended || last.Why != enrolled.CountBack || last.Person != w.person {
		t.Errorf("recorded as %+v", last)
	}
	if err := w.Resume(t.Context(), w.person, w.deviceOf(enrolled.Passkey).ID, enrolled.Proof{Office: "office-7"}); err != nil {
		t.Fatal(err)
	}
	if !done(w.tap(w.device)) {
		t.Error("cleared up in the office, and refused")
	}
}

func TestCounts(t *testing.T) {
	for name, c := range map[string]struct {
		at, step uint32 // when it was enrolled, and by which it grows
		then     func(*enrolledtest.Device)
		want     bool
	}{
		"no count ever":                      {0, 0, nil, true},
		"a count that grows":                 {7, 3, nil, true},
		"it stopped counting":                {7, 3, func(d *enrolledtest.Device) { d.Count, d.Step = 0, 0 }, false},
		"it began to count":                  {0, 0, func(d *enrolledtest.Device) { d.Step = 1 }, true},
		"back to what it was when enrolled":  {7, 3, func(d *enrolledtest.Device) { d.Count, d.Step = 7, 0 }, false},
		"back to less than it was even then": {7, 3, func(d *enrolledtest.Device) { d.Count, d.Step = 2, 1 }, false},
		"the same again":                     {7, 3, func(d *enrolledtest.Device) { d.Step = 0 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.device = enrolledtest.NewDevice()
			w.device.Count, w.device.Step = c.at, c.step
			w.bind(identity.High, w.passkey(w.device))
			for range 2 {
				if !done(w.tap(w.device)) {
					t.Fatal("the owner cannot log in")
				}
			}
			if c.then != nil {
				c.then(w.device)
			}
			if got := done(w.tap(w.device)); got != c.want {
				t.Errorf("logged in: %t", got)
			}
		})
	}
}

// means.md §8, levels.md §1: what a passkey is, by what attests it and whether it is copied.
func TestWhatAPasskeyIs(t *testing.T) {
	certified, other := [16]byte{1, 2, 3, 4}, [16]byte{9}
	for name, c := range map[string]struct {
		device func(w *world, d *enrolledtest.Device)
		asked  bool
		want   enrolled.Mechanism
	}{
		"attested by a maker that is trusted, certified model": {func(w *world, d *enrolledtest.Device) { d.Maker = w.maker }, true, enrolled.Certified},
		"attested, another model":                              {func(w *world, d *enrolledtest.Device) { d.Maker, d.AAGUID = w.maker, other }, true, enrolled.Attested},
		"attested by somebody whom nobody knows":               {func(w *world, d *enrolledtest.Device) { d.Maker = enrolledtest.NewMaker(w.t) }, true, enrolled.Bound},
		"only claims to be a certified model":                  {func(_ *world, d *enrolledtest.Device) { d.AAGUID = certified }, true, enrolled.Bound},
		"not asked what it is":                                 {func(w *world, d *enrolledtest.Device) { d.Maker = w.maker }, false, enrolled.Bound},
		"attested, and a cloud account copies it":              {func(w *world, d *enrolledtest.Device) { d.Maker, d.Synced = w.maker, true }, true, enrolled.Synced},
		"copied by a cloud account":                            {func(_ *world, d *enrolledtest.Device) { d.Synced = true }, true, enrolled.Synced},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := enrolledtest.NewDevice()
			c.device(w, d)
			options, setup, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{Attested: c.asked})
			if err != nil {
				t.Fatal(err)
			}
			candidate, err := w.FinishPasskey(t.Context(), setup, d.Create(t, options))
			if err != nil {
				t.Fatal(err)
			}
			attested := c.want == enrolled.Certified || c.want == enrolled.Attested
			if candidate.Mechanism != c.want || candidate.Synced != d.Synced || !candidate.UserVerified || candidate.AAGUID == "" || len(candidate.Credential) != 64 ||
				attested && !candidate.Attested {
				t.Errorf("%+v", candidate)
			}
		})
	}
}

func TestPasskeysThatAreNotTaken(t *testing.T) {
	w := newEnrolled(t)
	for name, c := range map[string]struct {
		device func(*enrolledtest.Device)
		want   error
	}{
		"its owner was not checked": {func(d *enrolledtest.Device) { d.Unverified = true }, enrolled.ErrUnverified},
		"another origin":            {func(d *enrolledtest.Device) { d.Origin = "https://desk.example" }, enrolled.ErrRefused},
		"another relying party":     {func(d *enrolledtest.Device) { d.RPID = "desk.example" }, enrolled.ErrRefused},
	} {
		d := enrolledtest.NewDevice()
		c.device(d)
		options, setup, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{Attested: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.FinishPasskey(t.Context(), setup, d.Create(t, options)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	options, setup, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{})
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{})
	if err != nil {
		t.Fatal(err)
	}
	answer := enrolledtest.NewDevice().Create(t, options)
	if _, err := w.FinishPasskey(t.Context(), other, answer); !errors.Is(err, enrolled.ErrRefused) {
		t.Errorf("the answer to another challenge: %v", err)
	}
	first, err := w.FinishPasskey(t.Context(), setup, answer)
	if err != nil {
		t.Fatal(err)
	}
	w.bind(identity.High, first)
	if _, err := w.FinishPasskey(t.Context(), setup, answer); !errors.Is(err, enrolled.ErrKnownAlready) {
		t.Errorf("the same passkey again: %v", err)
	}
	if _, err := w.Bind(t.Context(), w.binding(identity.High), first); !errors.Is(err, enrolled.ErrKnownAlready) {
		t.Errorf("bound twice: %v", err)
	}
}

func TestThePageAsksForAnyPasskeyAndItsOwner(t *testing.T) {
	w := newEnrolled(t)
	_, _, page := w.begin("handle")
	var options struct {
		RPID             string `json:"rpId"`
		UserVerification string `json:"userVerification"`
		Allow            []any  `json:"allowCredentials"`
	}
	if err := json.Unmarshal([]byte(page.Options), &options); err != nil {
		t.Fatal(err)
	}
	if options.RPID != "id.example" || options.UserVerification != "required" || len(options.Allow) != 0 {
		t.Errorf("%+v", options)
	}
	made, _, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{Person: w.person, Attested: true, Portable: true})
	if err != nil {
		t.Fatal(err)
	}
	var creation struct {
		Attestation string `json:"attestation"`
		Exclude     []any  `json:"excludeCredentials"`
		Parameters  []struct {
			Alg int `json:"alg"`
		} `json:"pubKeyCredParams"`
		Selection struct {
			Attachment       string `json:"authenticatorAttachment"`
			ResidentKey      string `json:"residentKey"`
			UserVerification string `json:"userVerification"`
		} `json:"authenticatorSelection"`
		Timeout int `json:"timeout"`
	}
	if err := json.Unmarshal(made, &creation); err != nil {
		t.Fatal(err)
	}
	if creation.Attestation != "direct" || len(creation.Exclude) != 1 || creation.Selection.Attachment != "cross-platform" || creation.Selection.ResidentKey != "required" ||
		creation.Selection.UserVerification != "required" || creation.Timeout < 300_000 || len(creation.Parameters) != 3 {
		t.Errorf("%s", made)
	}
	for i, alg := range []int{-7, -8, -257} {
		if creation.Parameters[i].Alg != alg {
			t.Errorf("algorithm %d", creation.Parameters[i].Alg)
		}
	}
}

// Means.md R-ENR-11: who asks for a key of its own gets none of the device at hand, whatever made it.
func TestAKeyOfItsOwnIsNoneOfTheDeviceAtHand(t *testing.T) {
	w := newEnrolled(t)
	for _, row := range []struct {
		name      string
		portable  bool // was asked for
		device    bool // answered with a key that is plugged in
		cut, put  string
		wantTaken bool
	}{
		{"plugged in", true, true, "", "", true},
		{"the device's own", true, false, "", "", false},
		{"the device's own, where that may be", false, false, "", "", true},
		{"the device's own, by its way alone", true, false, `"authenticatorAttachment":"platform"`, `"authenticatorAttachment":""`, false},
		{"plugged in, by its way alone", true, true, `"authenticatorAttachment":"cross-platform"`, `"authenticatorAttachment":""`, true},
		{"a phone beside, which says both ways", true, true, `["usb"]`, `["hybrid","internal"]`, true},
	} {
		options, setup, err := w.BeginPasskey(t.Context(), w.account, enrolled.PasskeyWish{Person: w.person, Attested: true, Portable: row.portable})
		if err != nil {
			t.Fatal(err)
		}
		device := enrolledtest.NewDevice()
		device.Portable = row.device
		answer := string(device.Create(t, options))
		if row.cut != "" {
			if !strings.Contains(answer, row.cut) {
				t.Fatalf("%s: %s", row.name, answer)
			}
			answer = strings.Replace(answer, row.cut, row.put, 1)
		}
		if _, err := w.FinishPasskey(t.Context(), setup, []byte(answer)); errors.Is(err, enrolled.ErrRefused) == row.wantTaken || row.wantTaken && err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
