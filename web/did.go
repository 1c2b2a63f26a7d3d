package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
)

// didName is the cookie by which a page knows that what its address says was done, in this browser, a moment ago: an
// address alone, which anybody may send, says nothing of the kind.
const (
	didName = "__Host-did"
	didAge  = 5 * 60
)

// notStopped is the page that says that "this was not me" was heard.
const notStopped = "/not-me/done"

// tells are the parameters of addresses by which a page says that something was done.
func tells() []string { return []string{"done", "kept", "over", "changed", "removed", "added"} }

// telling gives what an address says was done, as the cookie has it; "" for nothing.
func telling(u *url.URL) string {
	all, said := u.Query(), url.Values{}
	for _, name := range tells() {
		if all.Has(name) {
			said[name] = all[name]
		}
	}
	if len(said) == 0 && u.Path != notStopped {
		return ""
	}
	sum := sha256.Sum256([]byte(u.Path + "?" + said.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// did keeps for the page that follows a form what it may say was done.
func did(v *visit, target string) {
	u, err := url.Parse(target)
	if err != nil || v.r.Method != http.MethodPost {
		return
	}
	if told := telling(u); told != "" {
		setCookie(v.w, &http.Cookie{Name: didName, Value: told, MaxAge: didAge, SameSite: http.SameSiteStrictMode})
	}
}

// onlyDone takes out of the address that was asked for what it says was done, where nothing of it was, in this browser.
func onlyDone(v *visit) {
	told := telling(v.r.URL)
	if told == "" || v.r.Method == http.MethodPost || soleCookie(v.r, didName) == told {
		return
	}
	r, u, query := *v.r, *v.r.URL, v.r.URL.Query()
	for name := range query {
		if slices.Contains(tells(), name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	r.URL, v.r = &u, &r
}
