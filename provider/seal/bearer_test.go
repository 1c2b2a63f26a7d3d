package seal_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"symbolon/provider/seal"
)

func mint() seal.Mint {
	return seal.Mint{Keys: []seal.TagKey{{ID: 2, Key: key(2)}, {ID: 1, Key: key(1)}}}
}

func TestABearerComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := seal.NewBearer(rapid.SampledFrom(kinds()).Draw(t, "kind"), row(), rapid.Uint32().Draw(t, "gen"))
		text := mint().Encode(b)
		if got, err := mint().Parse(b.Kind, text); err != nil || got != b || len(text) != 95 {
			t.Fatalf("%d characters came back as another bearer: %v", len(text), err)
		}
	})
}

func TestAttack_TK_08_NoKindIsTakenForAnother(t *testing.T) {
	for _, is := range kinds() {
		text := mint().Encode(seal.NewBearer(is, row(), 1))
		for _, wanted := range append(kinds(), 0, 7, 255) {
			if _, err := mint().Parse(wanted, text); (err == nil) != (is == wanted) {
				t.Errorf("a %s as kind %d: %v", is, wanted, err)
			}
		}
	}
}

func TestAttack_TK_09_ChangedTokensAreNotOurs(t *testing.T) {
	text := mint().Encode(seal.NewBearer(seal.AccessToken, row(), 1))
	swapped := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, text)
	tests := map[string]string{
		"empty": "", "other case": swapped, "padding": text + "=", "a line end": text + "\n", "a line end within": text[:40] + "\n" + text[40:],
		"a space before": " " + text, "a character more": text + "A", "four more": text + "AAAA", "twice": text + text,
		"a null byte": text[:94] + "\x00", "not ASCII": text[:93] + "é", "zeros": strings.Repeat("A", len(text)),
	}
	for n := 1; n < len(text); n++ {
		tests["without the last "+string(rune('0'+n%10))+strings.Repeat("+", n/10)] = text[:n]
	}
	for name, changed := range tests {
		if _, err := mint().Parse(seal.AccessToken, changed); !errors.Is(err, seal.ErrBearer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnyChangedCharacterMakesABearerRubbish(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	text := mint().Encode(seal.NewBearer(seal.RefreshToken, row(), 7))
	for i := range text {
		for _, c := range alphabet + "+/=. %" {
			if changed := text[:i] + string(c) + text[i+1:]; changed != text {
				if _, err := mint().Parse(seal.RefreshToken, changed); !errors.Is(err, seal.ErrBearer) {
					t.Fatalf("character %d as %q: %v", i, c, err)
				}
			}
		}
	}
}

func TestABearerOfAnEarlierKeyIsOursAndOfAnotherKeyIsNot(t *testing.T) {
	b := seal.NewBearer(seal.Code, row(), 1)
	earlier := seal.Mint{Keys: mint().Keys[1:]}
	if _, err := mint().Parse(seal.Code, earlier.Encode(b)); err != nil {
		t.Errorf("an earlier key: %v", err)
	}
	if _, err := earlier.Parse(seal.Code, mint().Encode(b)); !errors.Is(err, seal.ErrBearer) {
		t.Errorf("a key it does not have: %v", err)
	}
	elsewhere := seal.Mint{Keys: []seal.TagKey{{ID: 2, Key: key(9)}}}
	if _, err := mint().Parse(seal.Code, elsewhere.Encode(b)); !errors.Is(err, seal.ErrBearer) {
		t.Errorf("another key with the same id: %v", err)
	}
}

func TestRowIDsAreInOrderOfTime(t *testing.T) {
	before, now := "", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 1000 {
		now = now.Add(time.Millisecond)
		id := seal.NewRowID(now).String()
		if id <= before {
			t.Fatal("a later id is less")
		}
		before = id
	}
}

func FuzzParse(f *testing.F) {
	m := mint()
	for _, kind := range kinds() {
		f.Add(m.Encode(seal.Bearer{Kind: kind}))
	}
	f.Add("")
	f.Add(strings.Repeat("A", 95))
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range kinds() {
			b, err := m.Parse(kind, text)
			if err == nil {
				if !oneOf(m, b, text) {
					t.Errorf("%q is taken for a bearer and is not how one is written", text)
				}
			} else if !errors.Is(err, seal.ErrBearer) {
				t.Errorf("%q gives %v", text, err)
			}
		}
		if _, err := base64.RawURLEncoding.DecodeString(text); err != nil {
			if _, err := m.Parse(seal.Code, text); err == nil {
				t.Errorf("%q is no base64url and is taken", text)
			}
		}
	})
}

// oneOf says whether the text is how one of the mint's keys writes the bearer.
func oneOf(m seal.Mint, b seal.Bearer, text string) bool {
	for i := range m.Keys {
		if (seal.Mint{Keys: m.Keys[i:]}).Encode(b) == text {
			return true
		}
	}
	return false
}
