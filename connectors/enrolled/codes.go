package enrolled

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

const (
	recoveryCodes = 10
	paperCodes    = 30 // fewer than the bits of a mark
)

// NewRecoveryCodes draws ten codes of 50 bits, for the day on which everything else is lost. They are
// shown once; what is kept of them finds one and tells none.
func (a *Authenticators) NewRecoveryCodes(account Account) ([]string, Candidate, error) {
	return a.newCodes(account, Recovery, recoveryCodes)
}

// NewPaperList draws a list of codes for somebody who has no device. It is worth low.
func (a *Authenticators) NewPaperList(account Account) ([]string, Candidate, error) {
	return a.newCodes(account, Paper, paperCodes)
}

func (a *Authenticators) newCodes(account Account, kind Type, count int) ([]string, Candidate, error) {
	k := newKept(account, kind)
	k.Mechanism = Codes
	k.Record.Epoch = a.deps.Epoch
	k.Record.Salt = make([]byte, 32)
	_, _ = rand.Read(k.Record.Salt)
	shown := make([]string, count)
	for i := range shown {
		code := drawn(codeLength)
		shown[i] = group(code, codeLength/2)
		k.Record.Codes = append(k.Record.Codes, codeDigest(k.Record.Salt, code))
	}
	c, err := a.candidate(k)
	return shown, c, err
}

// forgotten reports whether the database that remembers which codes were used was put back to an earlier
// state since a list was drawn. Then nobody knows any more which they are, and none counts: the list is
// as good as used up.
func (a *Authenticators) forgotten(r record) bool { return r.Epoch != a.deps.Epoch }

func codeDigest(salt []byte, code string) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(code))
	return mac.Sum(nil)
}

// which finds a code among those of a list. All are compared, whichever it is.
func which(r record, typed string) (place int, found bool) {
	code := tidy(typed)
	got := codeDigest(r.Salt, code)
	for i, want := range r.Codes {
		if subtle.ConstantTimeCompare(got, want) == 1 && len(code) == codeLength {
			place, found = i, true
		}
	}
	return place, found
}
