package xmlsec

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a document. The zero value reads nothing.
type Limits struct {
	Bytes    int
	Depth    int  // of elements in one another
	Elements int  // in the whole document
	Comments bool // are skipped; otherwise a document that has one is refused
}

// Message are the limits of a SAML message, MetadataLimits those of a metadata document.
func Message() Limits { return Limits{Bytes: 256 << 10, Depth: 32, Elements: 5000} }

// MetadataLimits are wider: federations publish many entities, with remarks between them.
func MetadataLimits() Limits {
	return Limits{Bytes: 1 << 20, Depth: 32, Elements: 30_000, Comments: true}
}

// ErrMalformed says that a document is not taken. Its text says why, in fixed words.
var ErrMalformed = errors.New("xml refused")

type malformed struct{ why string }

func (m malformed) Error() string   { return "xml refused: " + m.why }
func (malformed) Is(err error) bool { return err == ErrMalformed }

const maxAttrs = 64

// Parse reads a document: UTF-8, no DOCTYPE and so no entities but the five of XML itself, no
// processing instruction but the XML declaration, ASCII names with at most one colon, every prefix
// declared, no attribute and no ID twice. Whatever is not plainly right is refused.
func Parse(document []byte, limits Limits) (*Node, error) {
	if len(document) > limits.Bytes {
		return nil, malformed{"too large"}
	}
	if !utf8.Valid(document) {
		return nil, malformed{"not UTF-8"}
	}
	document = bytes.TrimPrefix(document, []byte("\ufeff"))
	if bytes.IndexByte(document, '\r') >= 0 { // XML 1.0 §2.11
		document = bytes.ReplaceAll(bytes.ReplaceAll(document, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	p := &parser{in: document, limits: limits, ids: map[string]bool{}}
	if err := p.declaration(); err != nil {
		return nil, err
	}
	if err := p.between(); err != nil {
		return nil, err
	}
	root, err := p.element(nil, 1)
	if err != nil {
		return nil, err
	}
	if err := p.between(); err != nil {
		return nil, err
	}
	if p.at != len(p.in) {
		return nil, malformed{"something follows the root"}
	}
	return root, nil
}

type parser struct {
	in     []byte
	at     int
	limits Limits
	count  int
	ids    map[string]bool
}

func (p *parser) has(prefix string) bool { return bytes.HasPrefix(p.in[p.at:], []byte(prefix)) }

func (p *parser) take(prefix string) bool {
	if !p.has(prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

func (p *parser) space() bool {
	from := p.at
	for p.at < len(p.in) && isSpace(p.in[p.at]) {
		p.at++
	}
	return p.at > from
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// declaration takes an XML declaration of version 1.0 and UTF-8.
func (p *parser) declaration() error {
	if !p.take("<?xml") {
		return nil
	}
	end := bytes.Index(p.in[p.at:], []byte("?>"))
	if end < 0 || end > 100 {
		return malformed{"xml declaration"}
	}
	words := strings.Fields(strings.ReplaceAll(string(p.in[p.at:p.at+end]), "'", `"`))
	p.at += end + 2
	if len(words) == 0 || words[0] != `version="1.0"` {
		return malformed{"xml version"}
	}
	for _, word := range words[1:] {
		switch strings.ToLower(word) {
		case `encoding="utf-8"`, `standalone="yes"`, `standalone="no"`:
		default:
			return malformed{"xml declaration"}
		}
	}
	return nil
}

// between takes what may stand around the root.
func (p *parser) between() error {
	for {
		p.space()
		if !p.has("<!--") {
			return nil
		}
		if err := p.comment(); err != nil {
			return err
		}
	}
}

func (p *parser) comment() error {
	if !p.limits.Comments {
		return malformed{"a comment"} // attacks SM-03: text with a comment inside is read differently
	}
	if p.count++; p.count > p.limits.Elements {
		return malformed{"too many comments"}
	}
	end := bytes.Index(p.in[p.at+4:], []byte("--"))
	if end < 0 || !bytes.HasPrefix(p.in[p.at+4+end:], []byte("-->")) {
		return malformed{"a comment that does not end"}
	}
	p.at += 4 + end + 3
	return nil
}

// element reads one element. The cursor stands at its "<".
func (p *parser) element(parent *Node, depth int) (*Node, error) {
	if p.count++; depth > p.limits.Depth || p.count > p.limits.Elements {
		return nil, malformed{"too deep or too many elements"}
	}
	if !p.take("<") {
		return nil, malformed{"an element was expected"} // a DOCTYPE, too, ends here
	}
	n := &Node{parent: parent}
	tag := p.at
	var err error
	if n.Prefix, n.Local, err = p.name(); err != nil {
		return nil, err
	}
	name := string(p.in[tag:p.at])
	if err := p.attributes(n); err != nil {
		return nil, err
	}
	if err := p.bind(n); err != nil {
		return nil, err
	}
	if p.take("/>") {
		return n, nil
	}
	if !p.take(">") {
		return nil, malformed{"a tag that does not end"}
	}
	if err := p.inside(n, depth); err != nil {
		return nil, err
	}
	if !p.take("</" + name) {
		return nil, malformed{"end tag of another element"}
	}
	p.space()
	if !p.take(">") {
		return nil, malformed{"an end tag that does not end"}
	}
	return n, nil
}

// name reads an NCName, or two with a colon between.
func (p *parser) name() (prefix, local string, err error) {
	first, ok := p.ncname()
	if !ok {
		return "", "", malformed{"a name"}
	}
	if !p.take(":") {
		return "", first, nil
	}
	local, ok = p.ncname()
	if !ok || p.has(":") {
		return "", "", malformed{"a name with colons"}
	}
	return first, local, nil
}

func (p *parser) ncname() (string, bool) {
	from := p.at
	for p.at < len(p.in) {
		c := p.in[p.at]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (p.at == from || !(c >= '0' && c <= '9' || c == '-' || c == '.')) {
			break
		}
		p.at++
	}
	return string(p.in[from:p.at]), p.at > from
}

// attributes reads what stands in a start tag, up to its end.
func (p *parser) attributes(n *Node) error {
	for {
		spaced := p.space()
		if p.at >= len(p.in) {
			return malformed{"a tag that does not end"}
		}
		if c := p.in[p.at]; c == '>' || c == '/' {
			return nil
		}
		if !spaced || len(n.Attrs)+len(n.declares) >= maxAttrs {
			return malformed{"attributes"}
		}
		a, err := p.attribute()
		if err != nil {
			return err
		}
		switch {
		case a.Prefix == "" && a.Local == "xmlns":
			err = n.declare("", a.Value)
		case a.Prefix == "xmlns":
			err = n.declare(a.Local, a.Value)
		default:
			n.Attrs = append(n.Attrs, a)
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) attribute() (Attr, error) {
	var a Attr
	var err error
	if a.Prefix, a.Local, err = p.name(); err != nil {
		return a, err
	}
	p.space()
	if !p.take("=") {
		return a, malformed{"an attribute without a value"}
	}
	p.space()
	if p.at >= len(p.in) || p.in[p.at] != '"' && p.in[p.at] != '\'' {
		return a, malformed{"a value without quotes"}
	}
	quote := p.in[p.at]
	p.at++
	end := bytes.IndexByte(p.in[p.at:], quote)
	if end < 0 {
		return a, malformed{"a value that does not end"}
	}
	raw := p.in[p.at : p.at+end]
	p.at += end + 1
	if bytes.IndexByte(raw, '<') >= 0 {
		return a, malformed{"a value with a tag"}
	}
	a.Value, err = unescape(raw, true)
	return a, err
}

// declare keeps a namespace declaration (Namespaces in XML 1.0 §3).
func (n *Node) declare(prefix, space string) error {
	twice := slices.ContainsFunc(n.declares, func(d declaration) bool { return d.prefix == prefix })
	if twice || prefix == "xml" || prefix == "xmlns" || space == NSXML || space == nsXMLNS || prefix != "" && space == "" {
		return malformed{"a namespace declaration"}
	}
	n.declares = append(n.declares, declaration{prefix, space})
	return nil
}

// bind resolves the namespaces of an element, and looks for what is there twice.
func (p *parser) bind(n *Node) error {
	var known bool
	if n.Space, known = n.resolve(n.Prefix); !known || n.Prefix == "xml" || n.Prefix == "xmlns" {
		return malformed{"a prefix that is not declared"}
	}
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if a.Prefix != "" {
			if a.Space, known = n.resolve(a.Prefix); !known {
				return malformed{"a prefix that is not declared"}
			}
		}
		if slices.ContainsFunc(n.Attrs[:i], func(b Attr) bool { return b.Space == a.Space && b.Local == a.Local }) {
			return malformed{"an attribute twice"}
		}
		if strings.EqualFold(a.Local, "id") && (a.Space == "" || a.Space == NSXML) {
			if p.ids[a.Value] { // R-SAML-04
				return malformed{"an ID twice"}
			}
			p.ids[a.Value] = true
		}
	}
	return nil
}

// inside reads content up to the element's end tag.
func (p *parser) inside(n *Node, depth int) error {
	for {
		next := bytes.IndexByte(p.in[p.at:], '<')
		if next < 0 {
			return malformed{"an element that does not end"}
		}
		if next > 0 {
			raw := p.in[p.at : p.at+next]
			p.at += next
			if bytes.Contains(raw, []byte("]]>")) {
				return malformed{"the end of a section that did not begin"}
			}
			text, err := unescape(raw, false)
			if err != nil {
				return err
			}
			n.text(text)
		}
		switch {
		case p.has("</"):
			return nil
		case p.has("<!--"):
			if err := p.comment(); err != nil {
				return err
			}
		case p.take("<![CDATA["):
			end := bytes.Index(p.in[p.at:], []byte("]]>"))
			if p.count++; end < 0 || p.count > p.limits.Elements {
				return malformed{"a section that does not end, or too many"}
			}
			if err := checkChars(string(p.in[p.at : p.at+end])); err != nil {
				return err
			}
			n.text(string(p.in[p.at : p.at+end]))
			p.at += end + 3
		default:
			child, err := p.element(n, depth+1)
			if err != nil {
				return err
			}
			n.content = append(n.content, part{element: child})
		}
	}
}

// text adds text; pieces side by side become one, so that a comment or a section splits nothing.
func (n *Node) text(s string) {
	if last := len(n.content) - 1; last >= 0 && n.content[last].element == nil {
		n.content[last].text += s
		return
	}
	if s != "" {
		n.content = append(n.content, part{text: s})
	}
}
