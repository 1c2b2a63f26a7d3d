package identity

import (
	"encoding/base32"
	"strings"
)

// longestTyped bounds what is looked at of a number, a code or a date that somebody typed, in bytes (attacks OT-17).
const longestTyped = 128

// Typed reads a number or a code as people type it, on any keyboard: small letters are capital ones, Arabic and Persian
// digits those of ASCII, and spaces, hyphens and marks of direction do not count. All else stays. What is longer than
// anybody types is "".
func Typed(text string) string {
	if len(text) > longestTyped {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -\t\u00a0\u061c\u200e\u200f", r) {
			return -1
		}
		return r
	}, strings.ToUpper(latinDigits(text)))
}

// LettersAndDigits is Typed of what is printed with other signs between, which do not count either: only A to Z and 0 to
// 9 stay.
func LettersAndDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, Typed(text))
}

// Digits is Typed of what has nothing but digits; "" of anything else.
func Digits(text string) string {
	plain := Typed(text)
	if strings.Trim(plain, "0123456789") != "" {
		return ""
	}
	return plain
}

// CrockfordDigits are 32 of which none is taken for another one, read out or written by hand: no I, L, O or U.
const CrockfordDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Reference writes 40 bits as "ABCD-2345", for people to quote.
func Reference(bits [5]byte) string {
	text := base32.NewEncoding(CrockfordDigits).EncodeToString(bits[:])
	return text[:4] + "-" + text[4:]
}

// Crockford is Typed of what was written with 32 digits of which none is I, L or O: an I or an L is 1, an O is 0.
func Crockford(text string) string {
	return strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(Typed(text))
}

// Date reads a date as people write it, the year first or the day, and gives it as 2006-01-02; what is not known of it is
// 00. Where the one has its month, the other has the century, so that no date is read in two ways. What is no date stays
// as it is typed.
func Date(text string) string {
	if len(text) > longestTyped {
		return text
	}
	parts := strings.FieldsFunc(latinDigits(text), func(r rune) bool { return r < '0' || r > '9' })
	for i, part := range parts {
		if len(parts) == 3 && len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	plain := strings.Join(parts, "")
	if len(plain) != len("20060102") {
		return text
	}
	if plain[4:6] > "12" {
		plain = plain[4:] + plain[2:4] + plain[:2]
	}
	return plain[:4] + "-" + plain[4:6] + "-" + plain[6:]
}

func latinDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		default:
			return r
		}
	}, text)
}
