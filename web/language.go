package web

import (
	"maps"
	"net/http"
	"net/url"
	"path"
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
		keepLanguage(v, chosen)
		wishes = append(wishes, chosen)
	}
	for _, kept := range keptLanguages(v) {
		if p.words.Speaks(kept) {
			wishes = append(wishes, kept)
		}
	}
	if party == nil {
		party = strings.SplitN(query.Get("ui_locales"), " ", mostWishes+1)
	}
	wishes = append(wishes, party[:min(len(party), mostWishes)]...)
	wishes = append(wishes, v.r.Header.Get("Accept-Language"))
	words := p.words.Words(p.words.Match(wishes...))
	if is, _ := atTheCounter(v); is {
		keepLanguage(v, words.Code)
	}
	return words
}

// langLink leads to this page in another language.
type langLink struct {
	locale.Language
	Href    string
	Current bool
}

// langLinks gives a link per language, to the page that stands there: after a form that was refused to the one that
// the form is on. A page that is shown once has none: what it says would be gone.
func (p *pages) langLinks(v *visit) []langLink {
	if v.once {
		return nil
	}
	at, query := url.URL{Path: p.pageBehind(v)}, url.Values{}
	if at.Path == v.r.URL.Path {
		query = v.r.URL.Query()
		query.Del("again") // who chooses a language is there
	}
	links := make([]langLink, 0, len(p.words.Languages()))
	for _, l := range p.words.Languages() {
		query.Set("lang", l.Code)
		at.RawQuery = query.Encode()
		links = append(links, langLink{l, at.String(), l.Code == v.words.Code})
	}
	return links
}

// pageBehind gives the path of the page that an answer shows: that of a GET, and of a form the nearest one above that
// can be opened. What works once leads to the first page.
func (p *pages) pageBehind(v *visit) string {
	at := v.r.URL.Path
	switch {
	case v.page != "":
		return v.page
	case !strings.HasPrefix(at, "/"), strings.HasPrefix(at, "//"), strings.HasPrefix(at, "/callback/"), at == "/arrive", at == "/log-out":
		return "/"
	case v.r.Method != http.MethodPost:
		return at
	}
	for opened := p.opened[v.host]; opened != nil && at != "/"; at = path.Dir(at) {
		if _, pattern := opened.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: at}}); pattern != "" {
			return at
		}
	}
	return "/"
}

// retold is a form that was refused: to be sent again as it was, in another language.
type retold struct {
	Action string
	Fields url.Values
}

// retell keeps what the form of a request held, so that another language loses none of it. What a button said stays
// out: choosing a language does nothing else.
func retell(v *visit) *retold {
	fields := maps.Clone(v.r.PostForm)
	for _, name := range []string{"act", "lang", "was"} {
		delete(fields, name)
	}
	return &retold{v.r.URL.Path, fields}
}

// respoken reports whether somebody wants a refused form in another language, and gives the code of what was refused.
func (p *pages) respoken(v *visit) (was string, asked bool) {
	chosen := v.r.PostForm.Get("lang")
	if !p.words.Speaks(chosen) {
		return "", false
	}
	keepLanguage(v, chosen)
	v.words = p.words.Words(chosen)
	return v.r.PostForm.Get("was"), true
}
