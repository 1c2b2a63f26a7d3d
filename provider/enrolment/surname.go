package enrolment

import "strings"

// surnames takes every word of a colleague's name but the first as what may be a surname; a single word is one.
func surnames(name string) string {
	words := strings.Fields(name)
	if len(words) > 1 {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// sharesSurname compares the parts of double-barrelled names, too, and takes what a family's men and women are
// called for one name (Kowalski, Kowalska).
func sharesSurname(a, b string) bool {
	parts := func(s string) []string {
		return strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return r == '-' || r == '‐' || r == '–' || r == ' ' })
	}
	for _, one := range parts(a) {
		for _, other := range parts(b) {
			if stem(one) == stem(other) {
				return true
			}
		}
	}
	return false
}

// stem cuts the ending that tells the gender of a Polish surname in capitals off: -ski and -ska, -cki and -cka,
// -dzki and -dzka.
func stem(surname string) string {
	for _, ending := range []string{"SK", "CK", "DZK"} {
		for _, vowel := range []string{"I", "A"} {
			if rest, ends := strings.CutSuffix(surname, ending+vowel); ends && rest != "" {
				return rest + ending
			}
		}
	}
	return surname
}
