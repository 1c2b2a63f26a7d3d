package xmlsec

import (
	"cmp"
	"slices"
	"strings"
)

// Canonical writes an element in exclusive canonical form without comments (Exclusive XML
// Canonicalization 1.0). The prefixes of inclusive are treated as inclusive form does, "#default"
// meaning the one without a name. What is skipped is left out with all that is inside.
func Canonical(n *Node, inclusive []string, skip *Node) []byte {
	w := &writer{skip: skip, inclusive: slices.Clone(inclusive)}
	for i, prefix := range w.inclusive {
		if prefix == "#default" {
			w.inclusive[i] = ""
		}
	}
	w.element(n)
	return []byte(w.out.String())
}

// Bytes writes a whole document of an element that was made here or parsed.
func (n *Node) Bytes() []byte { return Canonical(n, nil, nil) }

type writer struct {
	out       strings.Builder
	skip      *Node
	inclusive []string
	rendered  []declaration // by the elements around, innermost last
}

func (w *writer) element(n *Node) {
	if n == w.skip {
		return
	}
	around := len(w.rendered)
	w.out.WriteByte('<')
	w.tag(n)
	w.namespaces(n, around)
	attrs := slices.Clone(n.Attrs)
	slices.SortFunc(attrs, func(a, b Attr) int {
		return cmp.Or(strings.Compare(a.Space, b.Space), strings.Compare(a.Local, b.Local))
	})
	for _, a := range attrs {
		w.out.WriteByte(' ')
		if a.Prefix != "" {
			w.out.WriteString(a.Prefix + ":")
		}
		w.out.WriteString(a.Local + `="`)
		w.escape(a.Value, true)
		w.out.WriteByte('"')
	}
	w.out.WriteByte('>')
	for _, p := range n.content {
		if p.element != nil {
			w.element(p.element)
			continue
		}
		w.escape(p.text, false)
	}
	w.out.WriteString("</")
	w.tag(n)
	w.out.WriteByte('>')
	w.rendered = w.rendered[:around]
}

func (w *writer) tag(n *Node) {
	if n.Prefix != "" {
		w.out.WriteString(n.Prefix + ":")
	}
	w.out.WriteString(n.Local)
}

// namespaces declares what the element and its attributes use, and what is in the inclusive list,
// unless an element around has declared the very same.
func (w *writer) namespaces(n *Node, around int) {
	w.need(n.Prefix, n.Space)
	for _, a := range n.Attrs {
		if a.Prefix != "" && a.Prefix != "xml" {
			w.need(a.Prefix, a.Space)
		}
	}
	for _, prefix := range w.inclusive {
		if space, known := n.resolve(prefix); known && prefix != "xml" {
			w.need(prefix, space)
		}
	}
	added := slices.Clone(w.rendered[around:])
	slices.SortFunc(added, func(a, b declaration) int { return strings.Compare(a.prefix, b.prefix) })
	for _, d := range added {
		w.out.WriteString(" xmlns")
		if d.prefix != "" {
			w.out.WriteString(":" + d.prefix)
		}
		w.out.WriteString(`="`)
		w.escape(d.space, true)
		w.out.WriteByte('"')
	}
}

func (w *writer) need(prefix, space string) {
	for i := len(w.rendered) - 1; i >= 0; i-- {
		if d := w.rendered[i]; d.prefix == prefix {
			if d.space != space {
				w.rendered = append(w.rendered, declaration{prefix, space})
			}
			return
		}
	}
	if prefix != "" || space != "" {
		w.rendered = append(w.rendered, declaration{prefix, space})
	}
}

// escape writes text as Canonical XML 1.0 §2.3 says.
func (w *writer) escape(s string, attribute bool) {
	from := 0
	for i := range len(s) {
		var as string
		switch c := s[i]; {
		case c == '&':
			as = "&amp;"
		case c == '<':
			as = "&lt;"
		case c == '\r':
			as = "&#xD;"
		case c == '>' && !attribute:
			as = "&gt;"
		case c == '"' && attribute:
			as = "&quot;"
		case c == '\t' && attribute:
			as = "&#x9;"
		case c == '\n' && attribute:
			as = "&#xA;"
		default:
			continue
		}
		w.out.WriteString(s[from:i])
		w.out.WriteString(as)
		from = i + 1
	}
	w.out.WriteString(s[from:])
}
