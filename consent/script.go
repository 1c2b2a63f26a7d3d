package consent

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// scriptOf gives the script in which a language is written, if names in it may be registered.
func scriptOf(tag language.Tag) (*unicode.RangeTable, bool) {
	script, _ := tag.Script()
	switch script.String() {
	case "Latn":
		return unicode.Latin, true
	case "Grek":
		return unicode.Greek, true
	case "Cyrl":
		return unicode.Cyrillic, true
	case "Arab":
		return unicode.Arabic, true
	case "Hebr":
		return unicode.Hebrew, true
	case "Armn":
		return unicode.Armenian, true
	case "Geor":
		return unicode.Georgian, true
	default:
		return nil, false
	}
}

// honest says what a text that people will trust must not hold (attacks CN-06; Unicode Technical
// Standard 39 §5): characters that are not seen or that turn the direction, pictures, markup, and
// letters of another script that look like one's own. A word in Latin letters may stand in any
// language; a word of two scripts in none.
func honest(text string, tag language.Tag) error {
	script, ok := scriptOf(tag)
	switch {
	case !ok:
		return errors.New("is in a language whose script is not among those allowed")
	case text != strings.TrimSpace(text) || strings.Contains(text, "  "):
		return errors.New("has spaces at an end or twice in a row")
	}
	marks := 0
	for _, r := range text {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case marks > 2:
			return errors.New("heaps marks upon one letter")
		case !drawn(r):
			return fmt.Errorf("holds the character U+%04X, which is not allowed", r)
		}
	}
	if !unicode.IsLetter([]rune(text)[0]) && !unicode.IsDigit([]rune(text)[0]) {
		return errors.New("must begin with a letter or a digit")
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) }) {
		if !allIn(word, unicode.Latin) && !allIn(word, script) {
			return errors.New("mixes scripts in one word, or uses a script that is not the language's")
		}
	}
	return nil
}

// drawn holds for letters, their marks, digits, the space and the punctuation that names and
// sentences use.
func drawn(r rune) bool {
	switch {
	case unseen(r):
		return false
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Nd, r), r == ' ':
		return true
	default:
		return strings.ContainsRune(`.,:;!?'’‘"“”„«»()-–—/&+§№%·،؛؟׳״`, r)
	}
}

func allIn(word string, script *unicode.RangeTable) bool {
	for _, r := range word {
		if !unicode.In(r, script, unicode.Inherited) {
			return false
		}
	}
	return true
}
