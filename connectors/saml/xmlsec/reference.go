package xmlsec

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescape resolves references. White space in an attribute's value becomes spaces, unless it is
// written as a reference (XML 1.0 §3.3.3).
func unescape(raw []byte, attribute bool) (string, error) {
	var b strings.Builder
	for len(raw) > 0 {
		next := bytes.IndexByte(raw, '&')
		plain := raw
		if next >= 0 {
			plain = raw[:next]
		}
		text := string(plain)
		if err := checkChars(text); err != nil {
			return "", err
		}
		if attribute {
			text = strings.NewReplacer("\t", " ", "\n", " ").Replace(text)
		}
		b.WriteString(text)
		if next < 0 {
			break
		}
		raw = raw[next+1:]
		end := bytes.IndexByte(raw, ';')
		if end < 1 || end > 10 {
			return "", malformed{"a reference"}
		}
		r, ok := reference(string(raw[:end]))
		if !ok {
			return "", malformed{"a reference"}
		}
		b.WriteRune(r)
		raw = raw[end+1:]
	}
	return b.String(), nil
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := name, 0
	if hex, ok := strings.CutPrefix(name, "#x"); ok {
		digits, base = hex, 16
	} else if decimal, ok := strings.CutPrefix(name, "#"); ok {
		digits, base = decimal, 10
	}
	if base == 0 || strings.ContainsAny(digits, "+-_") {
		return 0, false
	}
	code, err := strconv.ParseUint(digits, base, 21)
	return rune(code), err == nil && utf8.ValidRune(rune(code)) && isChar(rune(code))
}

// isChar is production [2] of XML 1.0.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xfffe && r != 0xffff
}

func checkChars(s string) error {
	for _, r := range s {
		if !isChar(r) {
			return malformed{"a character that XML does not have"}
		}
	}
	return nil
}
