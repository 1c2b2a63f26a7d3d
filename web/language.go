package web

import (
	"net/http"
	"net/url"
	"strings"

	"symbolon/web/locale"
)

// mostWishes bounds how many wishes of a request are looked at (attacks RU-28).
const mostWishes = 8

// wordsFor picks the language of an answer: chosen on the page, chosen before in this browser,
// wished by the party (ui_locales), wished by the browser. A choice on the page is kept.
func (p *pages) wordsFor(v *visit, party []string) *locale.Words {
	var wishes []string
	query := v.r.URL.Query()
	if chosen := query.Get("lang"); p.words.Speaks(chosen) {
		putCookie(v.w, langName, chosen, keepsake)
		wishes = append(wishes, chosen)
	}
	if kept := soleCookie(v.r, langName); p.words.Speaks(kept) {
		wishes = append(wishes, kept)
	}
	if party == nil {
		party = strings.SplitN(query.Get("ui_locales"), " ", mostWishes+1)
	}
	wishes = append(wishes, party[:min(len(party), mostWishes)]...)
	wishes = append(wishes, v.r.Header.Get("Accept-Language"))
	words := p.words.Words(p.words.Match(wishes...))
	return words
}

// langLink leads to this page in another language.
type langLink struct {
	locale.Language
	Href    string
	Current bool
}

// langLinks gives a link per language. Only what a GET may repeat keeps its address.
func (p *pages) langLinks(v *visit) []langLink {
	at := url.URL{Path: "/"}
	query := url.Values{}
	if v.r.Method == http.MethodGet && strings.HasPrefix(v.r.URL.Path, "/") && !strings.HasPrefix(v.r.URL.Path, "//") {
		at.Path = v.r.URL.Path
		query = v.r.URL.Query()
		query.Del("again") // who chooses a language is there
	}
	if strings.HasPrefix(at.Path, "/callback/") || at.Path == "/arrive" { // what works once
		at.Path, query = "/", url.Values{}
	}
	links := make([]langLink, 0, len(p.words.Languages()))
	for _, l := range p.words.Languages() {
		query.Set("lang", l.Code)
		at.RawQuery = query.Encode()
		links = append(links, langLink{l, at.String(), l.Code == v.words.Code})
	}
	return links
}
