package oauth

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxForm  = 64 << 10 // of a request's parameters, all together
	maxState = 4096
	maxNonce = 1024
	maxScope = 2048
	maxJWT   = 8 << 10
	maxList  = 1024 // acr_values, ui_locales, claims_locales, prompt
	maxClaim = 16 << 10
)

// query reads parameters from the query alone.
func query(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxForm {
		return nil, refused(codeInvalidRequest, "The request is too long.")
	}
	return parseForm(r.URL.RawQuery)
}

// postForm reads parameters from a form body alone. Multipart and JSON bodies are refused
// (oauth.md F19), and parameters in the query are, too: they would stand in logs (attacks CP-10).
func postForm(r *http.Request) (url.Values, error) {
	if r.URL.RawQuery != "" {
		return nil, refused(codeInvalidRequest, "Parameters must be in the body, not in the query.")
	}
	return body(r)
}

func body(r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refused(codeInvalidRequest, "The body must be application/x-www-form-urlencoded.")
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, refused(codeInvalidRequest, "The body could not be read.")
	}
	if len(raw) > maxForm {
		return nil, refused(codeInvalidRequest, "The request is too long.")
	}
	return parseForm(string(raw))
}

// pageForm reads the parameters of a request that a browser makes, by GET or POST
// (OpenID Connect Core §3.1.2.1), from query and body together.
func pageForm(r *http.Request) (url.Values, error) {
	form, err := query(r)
	if err != nil {
		return nil, err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return form, nil
	case http.MethodPost:
	default:
		return nil, methodNotAllowed("GET, POST")
	}
	posted, err := body(r)
	if err != nil {
		return nil, err
	}
	for name, values := range posted {
		if _, twice := form[name]; twice {
			return nil, duplicate()
		}
		form[name] = values
	}
	return form, nil
}

// parseForm is strict where the standard library is not: a parameter occurs once (RFC 6749 §3.1),
// as text without control characters. Parameters without a value count as left out.
func parseForm(raw string) (url.Values, error) {
	form, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refused(codeInvalidRequest, "The parameters are not properly encoded.")
	}
	for name, values := range form {
		if len(values) != 1 {
			return nil, duplicate()
		}
		if !text(name) || !text(values[0]) {
			return nil, refused(codeInvalidRequest, "A parameter holds control characters or is not UTF-8.")
		}
		if values[0] == "" {
			delete(form, name)
		}
	}
	return form, nil
}

func duplicate() *Error {
	return refused(codeInvalidRequest, "A parameter was sent more than once.")
}

// text lets line breaks and tabs through: the claims parameter may be JSON set out in lines.
func text(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
	}) < 0
}

// words splits a list at spaces; a word that comes twice counts once.
func words(list string) []string {
	var unique []string
	for _, word := range strings.Fields(list) {
		if !slices.Contains(unique, word) {
			unique = append(unique, word)
		}
	}
	return unique
}
