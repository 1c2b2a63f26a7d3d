package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"symbolon/provider/seal"
)

func row() seal.RowID { return seal.NewRowID(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func key(id byte) [32]byte { return [32]byte(bytes.Repeat([]byte{id}, 32)) }

func kinds() []seal.Kind {
	return []seal.Kind{seal.LoginCookie, seal.SessionCookie, seal.Code, seal.AccessToken, seal.RefreshToken, seal.OneTimeHandle}
}

// openers are all the ways of this package to seal one text for one reader in one place: each
// seals, and gives what opens it again.
func openers(t testing.TB, plain []byte) map[string]struct {
	sealed []byte
	open   func([]byte) ([]byte, error)
} {
	t.Helper()
	type opener = struct {
		sealed []byte
		open   func([]byte) ([]byte, error)
	}
	data, bearer := seal.NewDataKey(), seal.NewBearer(seal.Code, row(), 1)
	vault := seal.Vault{Keys: []seal.VaultKey{{ID: 2, Key: key(2)}, {ID: 1, Key: key(1)}}}
	private, err := seal.PrivateKeyOf(bearer)
	if err != nil {
		t.Fatal(err)
	}
	toPublic, err := seal.SealTo(private.Public(), plain, "row")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]opener{
		"data key":   {data.Seal(plain, "row"), func(b []byte) ([]byte, error) { return data.Open(b, "row") }},
		"vault":      {vault.Seal(plain, "row"), func(b []byte) ([]byte, error) { return vault.Open(b, "row") }},
		"public key": {toPublic, func(b []byte) ([]byte, error) { return seal.OpenWith(private, b, "row") }},
		"wrap": {data.WrapFor(bearer), func(b []byte) ([]byte, error) {
			got, err := seal.Unwrap(b, bearer)
			if err == nil && got != data {
				return nil, errors.New("another key came out")
			}
			return plain, err
		}},
	}
}

func TestWhatIsSealedOpensForItsReader(t *testing.T) {
	for _, plain := range [][]byte{nil, []byte("a"), bytes.Repeat([]byte("portrait"), 4096)} {
		for name, o := range openers(t, plain) {
			got, err := o.open(o.sealed)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %d bytes: %v", name, len(plain), err)
			}
			if len(plain) > 8 && bytes.Contains(o.sealed, plain[:8]) {
				t.Errorf("%s: the text stands in it", name)
			}
		}
	}
}

func TestAnyChangedByteKeepsItShut(t *testing.T) {
	for name, o := range openers(t, []byte("Jan Przykład")) {
		for i := range o.sealed {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				changed := bytes.Clone(o.sealed)
				changed[i] ^= flip
				if _, err := o.open(changed); !errors.Is(err, seal.ErrOpen) {
					t.Fatalf("%s: byte %d xor %#x gave %v", name, i, flip, err)
				}
			}
			if _, err := o.open(o.sealed[:i]); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("%s: cut to %d bytes gave %v", name, i, err)
			}
		}
		if _, err := o.open(append(bytes.Clone(o.sealed), 0)); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: a byte more gave %v", name, err)
		}
	}
}

func TestBytesMovedToAnotherPlaceStayShut(t *testing.T) {
	plain, data := []byte("story"), seal.NewDataKey()
	if _, err := data.Open(data.Seal(plain, "login a"), "login b"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("data key: %v", err)
	}
	vault := seal.Vault{Keys: []seal.VaultKey{{ID: 1, Key: key(1)}}}
	if _, err := vault.Open(vault.Seal(plain, "person a"), "person b"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("vault: %v", err)
	}
	private, err := seal.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal.SealTo(private.Public(), plain, "grant a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.OpenWith(private, sealed, "grant b"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("public key: %v", err)
	}
}

func TestAWrapOpensForItsBearerOnly(t *testing.T) {
	data, bearer := seal.NewDataKey(), seal.NewBearer(seal.Code, row(), 1)
	wrap := data.WrapFor(bearer)
	if len(wrap) != 60 {
		t.Errorf("a wrap has %d bytes, want 60", len(wrap))
	}
	otherSecret, otherRow := bearer, bearer
	otherSecret.Secret[31] ^= 1
	otherRow.Row[0] ^= 1
	wrong := map[string]seal.Bearer{"another secret": otherSecret, "another row": otherRow, "the zero bearer": {}}
	for _, kind := range kinds() {
		if kind != bearer.Kind {
			other := bearer
			other.Kind = kind
			wrong[kind.String()] = other
		}
	}
	for name, b := range wrong {
		if _, err := seal.Unwrap(wrap, b); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s opened it: %v", name, err)
		}
	}
}

func TestAVaultOpensUnderEveryKeyItHas(t *testing.T) {
	first := seal.Vault{Keys: []seal.VaultKey{{ID: 1, Key: key(1)}}}
	both := seal.Vault{Keys: []seal.VaultKey{{ID: 2, Key: key(2)}, {ID: 1, Key: key(1)}}}
	old := first.Seal([]byte("story"), "row")
	if plain, err := both.Open(old, "row"); err != nil || string(plain) != "story" {
		t.Errorf("an earlier key's value: %v", err)
	}
	if _, err := first.Open(both.Seal([]byte("story"), "row"), "row"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestDigestsDependOnKeyKindAndValue(t *testing.T) {
	d := seal.Digester{Keys: []seal.VaultKey{{ID: 2, Key: key(2)}, {ID: 1, Key: key(1)}}}
	seen := map[[32]byte]string{}
	for _, kind := range []string{"PNO PL", "PNO P", "link"} {
		for _, value := range []string{"44051401359", "L44051401359", ""} {
			for i, sum := range d.All(kind, value) {
				name := fmt.Sprintf("%s %s under key %d", kind, value, i)
				if other, ok := seen[sum]; ok {
					t.Errorf("%s = %s", name, other)
				}
				seen[sum] = name
			}
		}
	}
	if d.Digest("link", "a") != d.All("link", "a")[0] || d.KeyID() != 2 {
		t.Error("the newest key does not come first")
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	bearer, data := seal.NewBearer(seal.Code, row(), 1), seal.NewDataKey()
	private, err := seal.PrivateKeyOf(bearer)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %s|%v %+v %s|%v %+v %#v", bearer, bearer, bearer, data, data, data, private, private, private)
	if strings.Trim(text, "[] |bearkyd") != "" {
		t.Errorf("printed as %s", text)
	}
}

// The public key in a row is of use only with the bearer's own secret.
func TestADeviceOpensWhatWasSealedToItsCode(t *testing.T) {
	device := seal.NewBearer(seal.OneTimeHandle, row(), 1)
	mine, err := seal.PrivateKeyOf(device)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal.SealTo(mine.Public(), []byte("data key"), "grant "+device.Row.String())
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.PrivateKeyOf(device)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := seal.OpenWith(again, sealed, "grant "+device.Row.String()); err != nil || string(plain) != "data key" {
		t.Errorf("its own secret: %v", err)
	}
	for name, change := range map[string]func(*seal.Bearer){
		"another secret": func(b *seal.Bearer) { b.Secret[0] ^= 1 },
		"another row":    func(b *seal.Bearer) { b.Row[0] ^= 1 },
		"another kind":   func(b *seal.Bearer) { b.Kind = seal.Code },
	} {
		other := device
		change(&other)
		private, err := seal.PrivateKeyOf(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenWith(private, sealed, "grant "+device.Row.String()); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPrivateKeyCanBeKeptElsewhere(t *testing.T) {
	private, err := seal.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := private.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	back, err := seal.ParsePrivateKey(raw)
	if err != nil || back.Public() != private.Public() {
		t.Errorf("it came back as another: %v", err)
	}
	if _, err := seal.ParsePrivateKey(raw[:31]); err == nil {
		t.Error("a short key was taken")
	}
}

// A small-order point would give every sender the same shared secret (RFC 9180 §7.1.4).
func TestAnInvalidPublicKeyIsRefused(t *testing.T) {
	if _, err := seal.SealTo(seal.PublicKey{}, []byte("story"), "row"); err == nil {
		t.Error("sealed to the zero point")
	}
}

func TestRepeatingGivesTheSameSuccessorAndNothingElseDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := seal.Bearer{Kind: seal.RefreshToken, Row: row(), Gen: rapid.Uint32().Draw(t, "gen")}
		copy(old.Secret[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret"))
		salt := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt")
		next := func(k [32]byte, kind seal.Kind, b seal.Bearer, salt []byte) [32]byte {
			return seal.Successor(k, kind, old.Gen+1, b, old.Row, salt).Secret
		}
		first := next(key(1), seal.RefreshToken, old, salt)
		if first != next(key(1), seal.RefreshToken, old, salt) {
			t.Fatal("a repeat gives another successor")
		}
		otherSecret, otherSalt := old, bytes.Clone(salt)
		otherSecret.Secret[rapid.IntRange(0, 31).Draw(t, "at")] ^= 1
		otherSalt[0] ^= 1
		for name, other := range map[string][32]byte{
			"key":    next(key(2), seal.RefreshToken, old, salt),
			"kind":   next(key(1), seal.AccessToken, old, salt),
			"secret": next(key(1), seal.RefreshToken, otherSecret, salt),
			"salt":   next(key(1), seal.RefreshToken, old, otherSalt),
		} {
			if other == first {
				t.Fatalf("another %s gives the same successor", name)
			}
		}
	})
}
