package web

import (
	"net/http"
	"strings"
)

// counterName is the cookie of the language that is spoken by who sits at the counter's computer: it lasts no longer than
// that of their case, and the staff's own stands beside it.
const counterName = "__Host-counter"

// atTheCounter reports whether a page is part of somebody's visit at the counter's computer: its address or its form says
// so, or did where they began. First is where somebody opens the first page anew, who may be the next one.
func atTheCounter(v *visit) (is, first bool) {
	at, query, known := v.r.URL.Path, v.r.URL.Query(), soleCookie(v.r, counterName) != ""
	switch {
	case v.host != Hub:
		return false, false
	case at == "/e/kept":
		return query.Get("at") == atCounter, false
	case at == "/e" && v.r.Method != http.MethodPost:
		return known || query.Get("at") == atCounter, !query.Has("refused")
	case at == "/e":
		return known || v.r.PostForm.Get("at") == atCounter, false
	case at == "/help", strings.HasPrefix(at, "/e/"):
		return known, false
	default:
		return false, false
	}
}

// mayHaveShown reports whether a list of codes may just have been shown to a visitor whose case is not at hand any more: at
// the counter's computer, or elsewhere on the page that shows it, loaded again.
func mayHaveShown(v *visit) bool {
	is, _ := atTheCounter(v)
	return is || v.host == Hub && v.r.URL.Path == "/e/now/codes"
}

// keepLanguage has the browser remember a language that somebody chose: at the counter for their visit.
func keepLanguage(v *visit, code string) {
	if is, _ := atTheCounter(v); is {
		putCookie(v.w, counterName, code, phoneAge)
		return
	}
	putCookie(v.w, langName, code, keepsake)
}

// keptLanguages gives what was chosen before in this browser, what counts most first; at the counter what somebody chose
// in another visit does not.
func keptLanguages(v *visit) []string {
	if is, first := atTheCounter(v); is && !first {
		return []string{soleCookie(v.r, counterName), soleCookie(v.r, langName)}
	}
	return []string{soleCookie(v.r, langName)}
}
