package web

import (
	"net/http"
	"strings"
)

// counterName is the cookie of the language that is spoken by who sits at the counter's computer: it is gone with their
// visit, and the staff's own stands beside it.
const counterName = "__Host-counter"

// atTheCounter reports whether a page is part of somebody's visit at the counter's computer: its address says so, or did
// where they began. First is where somebody opens the first page anew, who may be the next one.
func atTheCounter(v *visit) (is, first bool) {
	at, query := v.r.URL.Path, v.r.URL.Query()
	switch {
	case v.host != Hub:
		return false, false
	case at == "/e/kept", at == "/e" && v.r.Method != http.MethodPost:
		return query.Get("at") == atCounter, at == "/e" && !query.Has("refused")
	case at == "/e", at == "/help", strings.HasPrefix(at, "/e/"):
		return soleCookie(v.r, counterName) != "", false
	default:
		return false, false
	}
}

// keepLanguage has the browser remember a language that somebody chose: at the counter for their visit.
func keepLanguage(v *visit, code string) {
	if is, _ := atTheCounter(v); is {
		putCookie(v.w, counterName, code, 0)
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
