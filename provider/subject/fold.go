package subject

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folds gives the spellings under which a name counts as the same: the plain one without marks
// first, then those that ICAO 9303-3 §6 lets a machine-readable document use. Case, spaces,
// hyphens and apostrophes do not count. Folding only ever confirms what an identifier has said
// already; nobody is found by a name.
func folds(name string) []string {
	composed := strings.ToUpper(norm.NFC.String(name))
	var spellings []string
	for _, expand := range []*strings.Replacer{
		strings.NewReplacer(),
		strings.NewReplacer("Ä", "AE", "Ö", "OE", "Ü", "UE", "Å", "AA", "Ø", "OE", "Ñ", "NXX"),
		strings.NewReplacer("Ä", "AE", "Ö", "OE", "Ü", "UXX", "Å", "AA", "Ø", "OE", "Ñ", "N"),
	} {
		if s := plain(expand.Replace(composed)); s != "" && !slices.Contains(spellings, s) {
			spellings = append(spellings, s)
		}
	}
	return spellings
}

// plain drops marks and everything that is neither letter nor digit. Letters that do not fall
// apart into a letter and a mark are written as documents write them.
func plain(name string) string {
	letters := strings.NewReplacer("Ł", "L", "Ø", "O", "Đ", "D", "Ð", "D", "ẞ", "SS", "ß", "SS", "Æ", "AE", "Œ", "OE", "Þ", "TH", "ı", "I", "Ħ", "H", "Ŧ", "T")
	decomposed := norm.NFKD.String(strings.ToUpper(letters.Replace(name)))
	return letters.Replace(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, decomposed))
}

// sameName reports whether two names have a spelling in common. Nothing is like nothing only.
func sameName(a, b string) bool {
	left, right := folds(a), folds(b)
	if len(left) == 0 || len(right) == 0 {
		return len(left) == len(right)
	}
	return slices.ContainsFunc(left, func(s string) bool { return slices.Contains(right, s) })
}
