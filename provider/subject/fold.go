package subject

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folds gives the spellings under which a name counts as the same: the plain one without marks
// first, then those that ICAO 9303-3 §6 lets a machine-readable document use, for names of other
// scripts, too. Case, spaces, hyphens and apostrophes do not count. Folding only ever confirms what an identifier has said
// already; nobody is found by a name.
func folds(name string) []string {
	composed := strings.ToUpper(norm.NFC.String(name))
	writings := latinised(composed)
	for style := range 3 {
		writings = slices.Insert(writings, style, expand(composed, style))
	}
	var spellings []string
	for _, writing := range writings {
		if s := plain(writing); s != "" && !slices.Contains(spellings, s) {
			spellings = append(spellings, s)
		}
	}
	return spellings
}

// expand writes the letters for which documents have several spellings: as they are (0), or in
// either of the ways of ICAO 9303-3 §6 table A.
func expand(upper string, style int) string {
	if style == 0 || !strings.ContainsAny(upper, "ÄÖÜÅØÑ") {
		return upper
	}
	var out strings.Builder
	for _, r := range upper {
		switch {
		case r == 'Ä':
			out.WriteString("AE")
		case r == 'Ö', r == 'Ø':
			out.WriteString("OE")
		case r == 'Å':
			out.WriteString("AA")
		case r == 'Ü' && style == 1:
			out.WriteString("UE")
		case r == 'Ü':
			out.WriteString("UXX")
		case r == 'Ñ' && style == 1:
			out.WriteString("NXX")
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// plain drops marks and everything that is neither letter nor digit.
func plain(name string) string {
	var out strings.Builder
	for _, r := range strings.ToUpper(norm.NFKD.String(strings.ToUpper(name))) {
		if unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r) { // Lm: raised letters, the Arabic stretch
			out.WriteString(whole(r))
		}
	}
	return out.String()
}

// whole writes a letter that does not fall apart into a letter and a mark as documents do.
func whole(r rune) string {
	switch r {
	case 'Ł':
		return "L"
	case 'Ø':
		return "O"
	case 'Đ', 'Ð':
		return "D"
	case 'ẞ', 'ß':
		return "SS"
	case 'Æ':
		return "AE"
	case 'Œ':
		return "OE"
	case 'Þ':
		return "TH"
	case 'ı':
		return "I"
	case 'Ħ':
		return "H"
	case 'Ŧ':
		return "T"
	default:
		return string(r)
	}
}

// sameName reports whether two names have a spelling in common. Nothing is like nothing only.
func sameName(a, b string) bool {
	left, right := folds(a), folds(b)
	if len(left) == 0 || len(right) == 0 {
		return len(left) == len(right)
	}
	return slices.ContainsFunc(left, func(s string) bool { return slices.Contains(right, s) })
}
