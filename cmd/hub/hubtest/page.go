package hubtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an answer as a browser has it.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	Next   string // where a browser that was told to halt would have gone

	doc *html.Node
}

// Find gives the element with the id, nil if there is none.
func (p *Page) Find(id string) *html.Node {
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// Has reports whether an element has the id.
func (p *Page) Has(id string) bool { return p.Find(id) != nil }

// Need is Find that fails the test, showing the page.
func (p *Page) Need(t testing.TB, id string) *html.Node {
	t.Helper()
	n := p.Find(id)
	if n == nil {
		t.Fatalf("no #%s on %s (%d), which says:\n%s", id, p.URL.Path, p.Status, p.Text())
	}
	return n
}

// Text is what a reader sees, with single spaces.
func (p *Page) Text() string { return text(p.doc) }

// TextOf is what a reader sees in the element with the id, "" if there is none.
func (p *Page) TextOf(id string) string {
	if n := p.Find(id); n != nil {
		return text(n)
	}
	return ""
}

// IDs gives every id on the page that begins so.
func (p *Page) IDs(prefix string) []string {
	var ids []string
	for n := range p.doc.Descendants() {
		if id := attr(n, "id"); n.Type == html.ElementNode && id != "" && strings.HasPrefix(id, prefix) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Lines gives the text of each line of a list.
func (p *Page) Lines(id string) []string {
	var all []string
	for n := range p.Find(id).Descendants() {
		if n.Data == "li" {
			all = append(all, strings.TrimSpace(text(n)))
		}
	}
	return all
}

// Options gives the values of a list, in their order.
func (p *Page) Options(id string) []string {
	var all []string
	for n := range p.Find(id).Descendants() {
		if n.Data == "option" {
			all = append(all, attr(n, "value"))
		}
	}
	return all
}

// Query gives a parameter of the page's address.
func (p *Page) Query(name string) string { return p.URL.Query().Get(name) }

// Refused gives the code of what the desk says that it refused; "" if it says nothing of the kind.
func (p *Page) Refused() string {
	if n := p.Find("refused"); n != nil {
		return attr(n, "data-code")
	}
	return ""
}

func (p *Page) origin() string { return p.URL.Scheme + "://" + p.URL.Host }

func (p *Page) resolve(ref string) string {
	u, err := p.URL.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}

// leads gives where the page goes by itself (meta refresh 0), "" if it stands still.
func (p *Page) leads() string {
	for n := range p.doc.Descendants() {
		if n.Data != "meta" || !strings.EqualFold(attr(n, "http-equiv"), "refresh") {
			continue
		}
		after, target, ok := strings.Cut(attr(n, "content"), ";")
		_, target, named := strings.Cut(target, "=")
		if ok && named && strings.TrimSpace(after) == "0" {
			return strings.Trim(strings.TrimSpace(target), `"'`)
		}
	}
	return ""
}

// Posts gives the form that a page posts by its script, and where; "" for a page without one.
func (p *Page) Posts() (action string, values url.Values) {
	if !strings.Contains(p.Body, "<script>document.forms[0].submit()</script>") {
		return "", nil
	}
	for n := range p.doc.Descendants() {
		if n.Data == "form" {
			return p.resolve(attr(n, "action")), fields(n)
		}
	}
	return "", nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func set(n *html.Node, key, value string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func unset(n *html.Node, key string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func enclosing(n *html.Node, tag string) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Data == tag {
			return n
		}
	}
	return nil
}

// fields gives what a form sends, but for its buttons.
func fields(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch n.Data {
		case "input":
			switch attr(n, "type") {
			case "submit", "button", "image", "reset":
			case "checkbox", "radio":
				if has(n, "checked") {
					values.Add(name, orOn(attr(n, "value")))
				}
			default:
				values.Add(name, attr(n, "value"))
			}
		case "textarea":
			values.Add(name, text(n))
		case "select":
			for _, o := range chosen(n) {
				values.Add(name, attr(o, "value"))
			}
		}
	}
	return values
}

// chosen gives the options of a list that a browser sends: of a list that takes one, the first where
// none is marked.
func chosen(list *html.Node) []*html.Node {
	var first *html.Node
	var all []*html.Node
	for o := range list.Descendants() {
		if o.Data != "option" {
			continue
		}
		if first == nil {
			first = o
		}
		if has(o, "selected") {
			all = append(all, o)
		}
	}
	if len(all) == 0 && first != nil && !has(list, "multiple") {
		all = append(all, first)
	}
	return all
}

func orOn(value string) string {
	if value == "" {
		return "on"
	}
	return value
}

func text(n *html.Node) string {
	var words []string
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "style" && c.Parent.Data != "script" {
			words = append(words, strings.Fields(c.Data)...)
		}
	}
	return strings.Join(words, " ")
}
