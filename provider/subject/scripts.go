package subject

import (
	"strings"
	"unicode"
)

// latinised writes a name of another script as machine-readable documents do, in every way that ICAO
// 9303-3 §6 tables B and C give for the languages that share the script. Nothing for a Latin name.
func latinised(upper string) []string {
	switch {
	case strings.ContainsFunc(upper, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }):
		var all []string
		for _, language := range cyrillicLanguages() {
			all = append(all, strings.Map(keep, transcribed(upper, func(r rune) (string, bool) { return cyrillic(r, language) })))
		}
		return all
	case strings.ContainsFunc(upper, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }):
		return []string{transcribed(upper, arabic)}
	default:
		return nil
	}
}

func keep(r rune) rune { return r }

func transcribed(text string, letter func(rune) (string, bool)) string {
	var out strings.Builder
	for _, r := range text {
		if latin, known := letter(r); known {
			out.WriteString(latin)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// cyrillicLanguages are those that table B has columns of their own for; the first is the rest.
func cyrillicLanguages() []map[rune]string {
	return []map[rune]string{
		nil,
		{'Г': "H", 'И': "Y"},            // Ukrainian
		{'Г': "H", 'Ё': "IO", 'Е': "E"}, // Belarusian
		{'Щ': "SHT"},                    // Bulgarian
		{'Ж': "Z", 'Х': "H", 'Ц': "C", 'Ч': "C", 'Ш': "S"}, // Serbian
		{'Х': "H", 'Ц': "C", 'Ѓ': "GJ", 'Ќ': "KJ"},         // Macedonian
	}
}

// cyrillic is ICAO 9303-3 §6 table B.
func cyrillic(r rune, language map[rune]string) (string, bool) {
	if latin, special := language[r]; special {
		return latin, true
	}
	latin, known := map[rune]string{
		'А': "A", 'Б': "B", 'В': "V", 'Г': "G", 'Д': "D", 'Е': "E", 'Ё': "E", 'Ж': "ZH", 'З': "Z", 'И': "I", 'І': "I", 'Ї': "I", 'Й': "I", 'К': "K",
		'Л': "L", 'М': "M", 'Н': "N", 'О': "O", 'П': "P", 'Р': "R", 'С': "S", 'Т': "T", 'У': "U", 'Ф': "F", 'Х': "KH", 'Ц': "TS", 'Ч': "CH", 'Ш': "SH",
		'Щ': "SHCH", 'Ъ': "IE", 'Ы': "Y", 'Ь': "", 'Э': "E", 'Ю': "IU", 'Я': "IA", 'Ѵ': "Y", 'Ґ': "G", 'Ў': "U", 'Ѫ': "U", 'Ѓ': "G", 'Ђ': "D",
		'Ѕ': "DZ", 'Ј': "J", 'Ќ': "K", 'Љ': "LJ", 'Њ': "NJ", 'Һ': "C", 'Ћ': "C", 'Џ': "DZ", 'Є': "IE",
	}[r]
	return latin, known
}

// arabic is ICAO 9303-3 §6 table C. Vowel signs and the stretch are left out: documents do not write
// them.
func arabic(r rune) (string, bool) {
	latin, known := map[rune]string{
		'ء': "XE", 'آ': "XAA", 'أ': "XAE", 'ؤ': "U", 'إ': "I", 'ئ': "XI", 'ا': "A", 'ب': "B", 'ة': "XTA", 'ت': "T", 'ث': "XTH", 'ج': "J", 'ح': "XH", 'خ': "XKH",
		'د': "D", 'ذ': "XDH", 'ر': "R", 'ز': "Z", 'س': "S", 'ش': "XSH", 'ص': "XSS", 'ض': "XDZ", 'ط': "XTT", 'ظ': "XZZ", 'ع': "E", 'غ': "G", 'ـ': "", 'ف': "F",
		'ق': "Q", 'ك': "K", 'ل': "L", 'م': "M", 'ن': "N", 'ه': "H", 'و': "W", 'ى': "XAY", 'ي': "Y", 'ٱ': "XXA", 'ٹ': "XXT", 'ټ': "XRT", 'پ': "P", 'ځ': "XKE",
		'څ': "XXH", 'چ': "XC", 'ڈ': "XXD", 'ډ': "XDR", 'ڑ': "XXR", 'ړ': "XRR", 'ږ': "XRX", 'ژ': "XJ", 'ښ': "XXS", 'ک': "XKK", 'ګ': "XXK", 'ڭ': "XNG",
		'گ': "XGG", 'ں': "XNN", 'ڼ': "XXN", 'ھ': "XDO", 'ۀ': "XYH", 'ہ': "XXG", 'ۂ': "XGE", 'ۃ': "XTG", 'ی': "XYA", 'ۍ': "XXY", 'ې': "Y", 'ے': "XYB", 'ۓ': "XBE",
	}[r]
	return latin, known
}
