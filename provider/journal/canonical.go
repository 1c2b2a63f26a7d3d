package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// format is the version of the canonical form; it stands in every body.
const format = 1

// maxInt is the greatest integer that every reader of JSON understands alike (RFC 8785 §3.2.2.3).
const maxInt = 1<<53 - 1

var (
	errFieldName  = errors.New("field names are lower-case letters and underscores")
	errFieldValue = errors.New("a field is a string, bool, int or list of strings")
	errText       = errors.New("not UTF-8")
	errNumber     = errors.New("number too large")
)

// canonical writes an entry as the bytes that its leaf is made of: JSON with sorted keys, no
// spaces, no floats and the escapes of RFC 8785 §3.2.2.2, so that anybody can write the same
// bytes again. What is empty is left out.
func canonical(e Entry) ([]byte, error) {
	body := map[string]any{"at": int(e.At.UnixMicro()), "id": e.ID.String(), "kind": string(e.Kind), "v": format}
	for name, text := range map[string]string{"who": e.Who, "party": e.Party, "ref": e.Ref} {
		if text != "" {
			body[name] = text
		}
	}
	fields := ""
	if len(e.Fields) > 0 {
		object, err := appendObject(nil, e.Fields)
		if err != nil {
			return nil, err
		}
		fields = string(object)
	}
	return appendBody(body, fields)
}

// appendBody writes the outer object, with the fields, which are written already, in their place.
func appendBody(body map[string]any, fields string) ([]byte, error) {
	names := slices.Collect(maps.Keys(body))
	if fields != "" {
		names = append(names, "fields")
	}
	slices.Sort(names)
	out := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, name...)
		out = append(out, '"', ':')
		if name == "fields" {
			out = append(out, fields...)
			continue
		}
		var err error
		if out, err = appendValue(out, body[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return append(out, '}'), nil
}

func appendObject(out []byte, fields map[string]any) ([]byte, error) {
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return nil, errFieldName
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, name...)
		out = append(out, '"', ':')
		var err error
		if out, err = appendValue(out, fields[name]); err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
	}
	return append(out, '}'), nil
}

// appendValue knows the closed set of types. Anything else, a hidden value first of all, is
// refused and not guessed at; the error does not hold it.
func appendValue(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendString(out, v)
	case bool:
		return strconv.AppendBool(out, v), nil
	case int:
		if v > maxInt || v < -maxInt {
			return nil, errNumber
		}
		return strconv.AppendInt(out, int64(v), 10), nil
	case []string:
		out = append(out, '[')
		for i, text := range v {
			if i > 0 {
				out = append(out, ',')
			}
			var err error
			if out, err = appendString(out, text); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	default:
		return nil, errFieldValue
	}
}

func appendString(out []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, errText
	}
	const short = "\b\t\n\f\r\"\\" // RFC 8785 §3.2.2.2: these have escapes of two characters
	const letters = "btnfr\"\\"
	out = append(out, '"')
	for i := range len(text) {
		c := text[i]
		switch at := strings.IndexByte(short, c); {
		case at >= 0:
			out = append(out, '\\', letters[at])
		case c < 0x20:
			out = fmt.Appendf(out, `\u%04x`, c)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"'), nil
}
