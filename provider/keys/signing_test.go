package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/provider/keys"
)

func schedule() keys.Schedule {
	return keys.Schedule{Life: 90 * 24 * time.Hour, Lead: 24 * time.Hour, Keep: 2 * time.Hour}
}

func signing(t *testing.T, dir string) *keys.Signing {
	t.Helper()
	s, err := keys.OpenSigning(dir, schedule())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func active(t *testing.T, s *keys.Signing, now time.Time) keys.SigningKey {
	t.Helper()
	k, ok := s.Active(keys.ES256, now)
	if !ok {
		t.Fatalf("nothing to sign with at %v", now)
	}
	return k
}

func ids(ks []keys.SigningKey) (all []string) {
	for _, k := range ks {
		all = append(all, k.ID)
	}
	return all
}

// A year with two replicas that rotate and reload every six hours, and a verifier that keeps what
// it was shown for as long as it may: it never meets a signature it cannot check, until the last
// token of a key is over.
func TestAttack_KR_01_NoVerifierNoticesATurnover(t *testing.T) {
	dir := made(t)
	replicas := []*keys.Signing{signing(t, dir), signing(t, dir)}
	known, read, made := []string(nil), time.Time{}, 0
	for now := start(); now.Before(start().AddDate(1, 0, 0)); now = now.Add(6 * time.Hour) {
		for i, r := range replicas {
			if now.Sub(read) >= 18*time.Hour { // longest cache plus the replicas' own delay stay within the lead
				known, read = ids(replicas[1-i].Published(now)), now
			}
			if k := active(t, r, now); !slices.Contains(known, k.ID) {
				t.Fatalf("at %v replica %d signs with a key that the verifier has not seen", now, i)
			}
		}
		rotated, err := replicas[made%2].Rotate(now)
		if err != nil {
			t.Fatal(err)
		}
		made += len(rotated)
		if err := replicas[(made+1)%2].Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if made != 4 {
		t.Errorf("made %d keys in a year of 90-day lives, want 4", made)
	}
	if all := replicas[0].History(); len(all) != 5 {
		t.Errorf("history has %d keys, want all 5", len(all))
	}
}

func TestARetiredKeyIsPublishedUntilItsTokensAreOver(t *testing.T) {
	dir := made(t)
	s := signing(t, dir)
	first := active(t, s, start())
	soon := start().Add(schedule().Life - schedule().Lead)
	if made, err := s.Rotate(soon.Add(-time.Minute)); err != nil || len(made) != 0 {
		t.Fatalf("a minute early: %v, %v", made, err)
	}
	made, err := s.Rotate(soon)
	if err != nil || len(made) != 1 {
		t.Fatalf("in time: %v, %v", made, err)
	}
	next := made[0]
	if got := ids(s.Published(soon)); !slices.Contains(got, next.ID) || active(t, s, soon).ID != first.ID {
		t.Error("the next key must be published and not yet used")
	}
	turn := next.Begin
	if active(t, s, turn.Add(-time.Second)).ID != first.ID || active(t, s, turn).ID != next.ID {
		t.Error("the turn is not at the next key's beginning")
	}
	if !slices.Contains(ids(s.Published(turn.Add(schedule().Keep-time.Second))), first.ID) {
		t.Error("the first key left while tokens of it may live")
	}
	if slices.Contains(ids(s.Published(turn.Add(schedule().Keep))), first.ID) {
		t.Error("the first key is still published")
	}
	if !slices.Contains(ids(s.History()), first.ID) {
		t.Error("the first key is forgotten")
	}
}

func TestOfARetiredKeyOnlyThePublicPartStays(t *testing.T) {
	dir := made(t)
	s := signing(t, dir)
	first := active(t, s, start())
	made, err := s.Replace(keys.ES256, start())
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	over := made[0].Begin.Add(schedule().Lead)
	for range 2 {
		if _, err := s.Rotate(over); err != nil {
			t.Fatal(err)
		}
	}
	private, err := filepath.Glob(filepath.Join(dir, "sign-*-*[0-9].pem"))
	if err != nil || len(private) != 1 {
		t.Errorf("private files: %v, %v; want that of the key in use", private, err)
	}
	again := signing(t, dir)
	i := slices.Index(ids(again.History()), first.ID)
	if i < 0 {
		t.Fatal("the first key is forgotten")
	}
	if _, err := again.History()[i].Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err == nil {
		t.Error("a retired key signs")
	}
}

// A hub that was off when a key's time came goes on with it until verifiers know the next.
func TestALateTurnoverStillPublishesFirst(t *testing.T) {
	s := signing(t, made(t))
	late := start().Add(2 * schedule().Life)
	first := active(t, s, late)
	made, err := s.Rotate(late)
	if err != nil || len(made) != 1 || made[0].Begin.Before(late.Add(schedule().Lead)) || active(t, s, late).ID != first.ID {
		t.Errorf("made %v, %v", made, err)
	}
}

func TestReplicasMakeOneKeyBetweenThem(t *testing.T) {
	dir := made(t)
	due := start().Add(schedule().Life - time.Hour)
	var all sync.WaitGroup
	for i := range 16 {
		s := signing(t, dir)
		all.Go(func() {
			if _, err := s.Rotate(due.Add(time.Duration(i) * time.Second)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if history := signing(t, dir).History(); len(history) != 2 {
		t.Errorf("%d keys, want 2", len(history))
	}
}

func TestAttack_KR_08_KeysHaveDifferentIDsAndVerify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if err := keys.Create(dir, start(), keys.ES256, keys.RS256); err != nil {
		t.Fatal(err)
	}
	s := signing(t, dir)
	if _, err := s.Replace(keys.ES256, start()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range s.Published(start()) {
		if seen[k.ID] || len(k.ID) != 43 {
			t.Errorf("id %q occurs twice or is no thumbprint", k.ID)
		}
		seen[k.ID] = true
		if _, secret := k.Public().(crypto.Signer); secret {
			t.Error("the public key is a private one")
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d keys published, want 3", len(seen))
	}
	k := active(t, s, start())
	digest := sha256.Sum256([]byte("story"))
	signature, err := k.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil || !ecdsa.VerifyASN1(k.Public().(*ecdsa.PublicKey), digest[:], signature) {
		t.Errorf("the signature does not verify: %v", err)
	}
}

func TestSigningKeysNeverPrint(t *testing.T) {
	dir := made(t)
	k := active(t, signing(t, dir), start())
	text := fmt.Sprintf("%v %+v %#v %s", k, k, k, []any{k})
	if strings.Count(text, k.ID) != 4 || len(text) > 4*(len(k.String())+2) {
		t.Errorf("printed as %s", text)
	}
}

func TestAttack_KR_04_WeakSigningKeysAreRefused(t *testing.T) {
	tests := map[string]func(t *testing.T, file string){
		"open to the group": func(t *testing.T, file string) { chmod(t, file, 0o640) },
		"not a key":         func(t *testing.T, file string) { write(t, file, "secret", 0o600) },
		"cut short":         func(t *testing.T, file string) { cut(t, file) },
		"another algorithm": func(t *testing.T, file string) {
			if err := os.Rename(file, strings.Replace(file, "ES256", "RS256", 1)); err != nil {
				t.Fatal(err)
			}
		},
		"missing": remove,
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			dir := made(t)
			files, err := filepath.Glob(filepath.Join(dir, "sign-*"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			spoil(t, files[0])
			if _, err := keys.OpenSigning(dir, schedule()); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func cut(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(content[:len(content)/2]), 0o600)
}

func TestABrokenFolderLeavesWhatWasRead(t *testing.T) {
	dir := made(t)
	s := signing(t, dir)
	chmod(t, dir, 0o755)
	if err := s.Reload(); err == nil {
		t.Error("an open folder was read")
	}
	active(t, s, start())
}

// RFC 7517 appendix A.1's EC key; its thumbprint, computed apart from this code.
func TestThumbprintFollowsRFC7638(t *testing.T) {
	x, y := "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
	point := []byte{4} // uncompressed: SEC 1 §2.3.3
	for _, text := range []string{x, y} {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, raw...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.Thumbprint(public)
	if want := "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

// KR-02: whichever key is withdrawn, at whatever moment, it is gone from all three lists and there is
// one to sign with at once.
func TestAttack_KR_02_AWithdrawnKeyIsGone(t *testing.T) {
	for name, at := range map[string]time.Duration{"in the second in which it began": 0, "in use": time.Hour, "before its time": -time.Hour, "after its time": 25 * time.Hour} {
		dir := made(t)
		s, other := signing(t, dir), signing(t, dir)
		key := active(t, s, start())
		if name == "before its time" || name == "after its time" {
			next, err := s.Replace(keys.ES256, start())
			if err != nil || len(next) != 1 {
				t.Fatal(next, err)
			}
			if name == "before its time" {
				key = next[0]
			}
		}
		now := start().Add(max(at, 0))
		if _, err := s.Withdraw(key.ID, now); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := other.Reload(); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*keys.Signing{s, other} {
			if slices.Contains(ids(r.History()), key.ID) || slices.Contains(ids(r.Published(now)), key.ID) || active(t, r, now).ID == key.ID {
				t.Errorf("%s: the key is still there", name)
			}
		}
		if _, err := s.Withdraw(key.ID, now); !errors.Is(err, keys.ErrNoKey) {
			t.Errorf("%s: a second time: %v", name, err)
		}
	}
}
