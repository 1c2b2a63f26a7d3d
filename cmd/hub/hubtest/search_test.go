package hubtest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"unicode/utf16"
)

// The search is what the promise about databases and logs rests on, so it must find things.
func TestDumpFindsATextInEveryUsualEncoding(t *testing.T) {
	const text = "Gżegżółka-Święcicka"
	utf16le := func(s string) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune(s)) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return string(out)
	}
	inJSON, err := json.Marshal(map[string]string{"name": text})
	if err != nil {
		t.Fatal(err)
	}
	ascii := strconv.QuoteToASCII(text)
	for name, form := range map[string]string{
		"plain":        "x" + text + "y",
		"upper hex":    "00" + hex.EncodeToString([]byte(text)),
		"base64 at 0":  base64.StdEncoding.EncodeToString([]byte(text)),
		"base64 at 1":  base64.StdEncoding.EncodeToString([]byte("a" + text + "tail")),
		"base64 at 2":  base64.StdEncoding.EncodeToString([]byte("ab" + text + "t")),
		"base64url":    base64.RawURLEncoding.EncodeToString(append([]byte{0xff, 0xfe, 0xfb}, text...)),
		"query":        url.Values{"q": {text}}.Encode(),
		"path":         url.PathEscape(text),
		"json":         string(inJSON),
		"json escaped": ascii[1 : len(ascii)-1],
		"utf-16":       utf16le(text),
	} {
		t.Run(name, func(t *testing.T) {
			d := Dump{}
			d.Add("place", []byte(form))
			if len(d.Find(text)) == 0 {
				t.Errorf("not found in %q", form)
			}
			if len(d.Find("Brzeziński-Testowy")) != 0 {
				t.Error("found what is not there")
			}
		})
	}
}
