package hubtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// Dump is a heap of bytes with the place that each piece came from: rows, files, log lines.
type Dump map[string][]byte

// Add puts bytes under a place's name.
func (d Dump) Add(place string, raw []byte) { d[place] = append(d[place], raw...) }

// Find gives the places that hold the text in any usual encoding, with the encoding's name.
func (d Dump) Find(text string) []string {
	var found []string
	for encoding, forms := range Encodings(text) {
		for _, form := range forms {
			for place, raw := range d {
				if bytes.Contains(raw, form) {
					found = append(found, fmt.Sprintf("%s (%s)", place, encoding))
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// HoldsNone fails the test if any of the texts is anywhere in the dump. The texts are named, so
// that the failure does not print them.
func (d Dump) HoldsNone(t testing.TB, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		if len(text) < 5 {
			t.Errorf("%s is too short to search for", name)
			continue
		}
		if places := d.Find(text); len(places) > 0 {
			t.Errorf("%s is found in %s", name, strings.Join(places, ", "))
		}
	}
}

// Encodings gives the byte forms in which a text might lie somewhere: UTF-8, hexadecimal, base64
// of both alphabets at its three alignments, percent, JSON's and HTML's escapes, UTF-16, and any
// of lower and upper case.
func Encodings(text string) map[string][][]byte {
	raw := []byte(text)
	forms := map[string][][]byte{
		"utf-8":      {raw, []byte(strings.ToLower(text)), []byte(strings.ToUpper(text))},
		"hex":        {[]byte(hex.EncodeToString(raw)), []byte(strings.ToUpper(hex.EncodeToString(raw)))},
		"percent":    {[]byte(url.QueryEscape(text)), []byte(url.PathEscape(text)), []byte(percentAll(raw))},
		"json":       {[]byte(escaped(text, "\\u%04x")), []byte(escaped(text, "\\u%04X"))},
		"html":       {[]byte(escapedRunes(text, "&#%d;")), []byte(escapedRunes(text, "&#x%x;"))},
		"utf-16le":   {wide(text, 0, 8)},
		"utf-16be":   {wide(text, 8, 0)},
		"base64":     aligned(raw, base64.RawStdEncoding),
		"base64url":  aligned(raw, base64.RawURLEncoding),
		"hex of hex": {[]byte(hex.EncodeToString([]byte(hex.EncodeToString(raw))))},
	}
	return forms
}

func percentAll(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// escaped writes all but ASCII as JSON escapes of UTF-16 units.
func escaped(text, form string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, form, unit)
		}
	}
	return b.String()
}

func escapedRunes(text, form string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}

func wide(text string, first, second uint) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>first), byte(unit>>second))
	}
	return out
}

// aligned gives what every encoding that holds the bytes at any offset must contain: the
// characters that depend on these bytes alone.
func aligned(raw []byte, enc *base64.Encoding) [][]byte {
	var forms [][]byte
	for offset := range 3 {
		padded := append(make([]byte, offset), raw...)
		encoded := enc.EncodeToString(padded)
		from := (offset*8 + 5) / 6   // characters that hold bits of what stands before
		until := len(padded) * 8 / 6 // whole characters of these bytes only
		if until-from >= 6 {         // fewer are found by chance
			forms = append(forms, []byte(encoded[from:until]))
		}
	}
	return forms
}
