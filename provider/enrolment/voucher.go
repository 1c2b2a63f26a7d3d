package enrolment

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// How long a code may be redeemed where the operator does not say it (means.md §4.4).
const (
	DeskTime = 15 * time.Minute
	HomeTime = 72 * time.Hour
)

// life is how long a code may be redeemed.
func (p Policy) life(mode Mode) time.Duration {
	if mode == AtHome {
		return cmp.Or(p.HomeTime, HomeTime)
	}
	return cmp.Or(p.DeskTime, DeskTime)
}

// tokenBytes is 128 bits.
const tokenBytes = 16

// Voucher is what is handed over. Only its digests are kept.
type Voucher struct {
	Token  string // 22 characters of base64url; in the QR code, after the version
	Code   string // 10 Crockford characters and a check, 5-5-1, for who has no camera
	Second string // eight digits, sent to the citizen; "" at the desk
	Mode   Mode
}

// String hides the voucher.
func (Voucher) String() string { return "[voucher]" }

// GoString hides the voucher.
func (Voucher) GoString() string { return "[voucher]" }

// Fragment is what follows the # of the address: the version first, so that another kind can follow.
func (v Voucher) Fragment() string { return "1." + v.Token }

// draw makes a voucher of random numbers alone.
func draw(mode Mode) Voucher {
	var raw [tokenBytes]byte
	_, _ = rand.Read(raw[:])
	v := Voucher{Token: base64.RawURLEncoding.EncodeToString(raw[:]), Code: drawCode(), Mode: mode}
	if mode == AtHome {
		v.Second = digits(8)
	}
	return v
}

// ParseFragment reads what Fragment wrote; false for anything else.
func ParseFragment(text string) (token string, ok bool) {
	token, ok = strings.CutPrefix(text, "1.")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return token, ok && err == nil && len(raw) == tokenBytes
}

// crockford are the digits of base 32 without I, L, O and U; the last five are for checks only.
const crockford = identity.CrockfordDigits + "*~$=U"

const codeLength = 10

// drawCode draws codes until the check is one that is easy to type, too: of 37 codes five are passed
// over, which leaves 49.8 of the 50 bits.
func drawCode() string {
	for {
		var raw [codeLength]byte
		_, _ = rand.Read(raw[:])
		if code, ok := codeFrom(raw); ok {
			return code
		}
	}
}

// codeFrom writes random bytes as a code with its check; false if the check is hard to type.
func codeFrom(raw [codeLength]byte) (string, bool) {
	code := make([]byte, codeLength)
	for i, b := range raw {
		code[i] = crockford[b&31] // 256 is a multiple of 32: every digit is as likely
	}
	check := checksum(string(code))
	return string(code[:5]) + "-" + string(code[5:]) + "-" + string(crockford[check]), check < 32
}

// checksum is Crockford's: the number modulo 37.
func checksum(code string) int {
	rest := 0
	for _, c := range code {
		rest = (rest*32 + strings.IndexRune(crockford[:32], c)) % 37
	}
	return rest
}

// ParseCode reads a typed code as people write it: small letters, spaces, o for 0, i and l for 1.
// A code whose check does not fit is a slip of the finger and no try.
func ParseCode(text string) (string, bool) {
	plain := identity.Crockford(text)
	if len(plain) != codeLength+1 {
		return "", false
	}
	code, check := plain[:codeLength], plain[codeLength:]
	for _, c := range code {
		if !strings.ContainsRune(crockford[:32], c) {
			return "", false
		}
	}
	return code, strings.Index(crockford, check) == checksum(code)
}

// digits draws so many decimal digits, each as likely as the next (attacks OT-15).
func digits(n int) string {
	out := make([]byte, n)
	for i := range out {
		d, err := rand.Int(rand.Reader, big.NewInt(10))
		if err != nil {
			panic("crypto/rand does not fail: " + err.Error())
		}
		out[i] = '0' + byte(d.Int64())
	}
	return string(out)
}

// onlyDigits reads a number that somebody typed: exactly n digits, spaces aside.
func onlyDigits(text string, n int) (string, bool) {
	plain := identity.Digits(text)
	if len(plain) != n {
		return "", false
	}
	return plain, true
}

// The kinds of digests. A short one is bound to its case: looked up alone it would name none.
func tokenValue(token string) string { return token }

func codeValue(id seal.RowID, code string) string { return hex.EncodeToString(id[:]) + "\x00" + code }

const (
	tokenDigest       = "voucher"
	codeDigest        = "voucher code"
	secondDigest      = "voucher second half"
	stopDigest        = "enrolment stop"
	contactDigest     = "contact of a case"
	contactCodeDigest = "contact code"
	firstDigest       = "phone that came first" // names the phone alone: it knows no case yet
)

// plainCode takes the hyphens and the check out of a code as it is shown.
func plainCode(shown string) string {
	code, _ := ParseCode(shown)
	return code
}
