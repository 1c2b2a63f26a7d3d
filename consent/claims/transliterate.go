package claims

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// transliterate writes a name in Latin letters as a travel document's machine-readable zone does
// (ICAO 9303-3 §6 table A, the first of several ways): A to Z, upper case, one space between
// words; hyphens stay, because families tell their names apart by them; apostrophes go. "" if the
// name holds letters of another script, whose tables differ by language, or none at all.
func transliterate(name string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(name) {
		switch {
		case r == '-', r == '‐', r == '‑', r == '–':
			out.WriteByte('-')
		case unicode.IsSpace(r), r == ',':
			out.WriteByte(' ')
		case unicode.IsLetter(r):
			latin := letter(unicode.ToUpper(r))
			if latin == "" {
				return ""
			}
			out.WriteString(latin)
		case unicode.IsDigit(r):
			return "" // no table knows what to do with it
		}
	}
	return strings.Trim(strings.Join(strings.Fields(out.String()), " "), "- ")
}

// letter writes one upper-case letter in A to Z; "" if it is not Latin.
func letter(r rune) string {
	if r >= 'A' && r <= 'Z' {
		return string(r)
	}
	switch r {
	case 'Ä', 'Æ', 'Ǽ':
		return "AE"
	case 'Å', 'Ǻ':
		return "AA"
	case 'Ö', 'Ø', 'Œ', 'Ǿ':
		return "OE"
	case 'Ü':
		return "UE"
	case 'ß', 'ẞ':
		return "SS"
	case 'Þ':
		return "TH"
	case 'Ĳ', 'ĳ':
		return "IJ"
	case 'Đ', 'Ð':
		return "D"
	case 'Ł':
		return "L"
	case 'Ħ':
		return "H"
	case 'Ŧ':
		return "T"
	case 'Ŋ', 'ŉ':
		return "N"
	case 'ĸ':
		return "Q"
	case 'ı':
		return "I"
	}
	base := []rune(norm.NFD.String(string(r)))
	if base[0] < 'A' || base[0] > 'Z' {
		return ""
	}
	return string(base[0])
}
