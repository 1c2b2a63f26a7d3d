// Package xmlsec reads, writes, signs, verifies, encrypts and decrypts the XML of SAML messages:
// one strict parser, one canonical form, and only the algorithms of today. What was verified is
// handed back as a new tree, parsed from the very bytes that the signature covers. What a message
// means, and whose keys are trusted, is left to those who call.
//
// Nothing of encoding/xml is used: a parser that other implementations read differently is how
// signatures are wrapped (attacks SM-02, SM-03).
package xmlsec

import (
	"slices"
	"strings"
)

// Namespaces of XML Signature, XML Encryption and XML itself.
const (
	NSSignature    = "http://www.w3.org/2000/09/xmldsig#"
	NSEncryption   = "http://www.w3.org/2001/04/xmlenc#"
	NSEncryption11 = "http://www.w3.org/2009/xmlenc11#"
	NSSignature11  = "http://www.w3.org/2009/xmldsig11#"
	NSXML          = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS        = "http://www.w3.org/2000/xmlns/"
)

// Node is one element. Its namespace is resolved; comments and processing instructions do not exist.
type Node struct {
	Prefix, Local string
	Space         string // namespace, "" for none
	Attrs         []Attr // without namespace declarations

	parent   *Node
	declares []declaration
	content  []part
}

// Attr is one attribute.
type Attr struct {
	Prefix, Local, Space string
	Value                string
}

type declaration struct{ prefix, space string }

// part is a piece of an element's content: an element, or text.
type part struct {
	element *Node
	text    string
}

// Is says whether the element has that namespace and name.
func (n *Node) Is(space, local string) bool { return n != nil && n.Space == space && n.Local == local }

// Attr gives the value of an attribute without a namespace, "" where there is none.
func (n *Node) Attr(local string) string {
	value, _ := n.LookupAttr(local)
	return value
}

// LookupAttr is Attr, and says whether it is there.
func (n *Node) LookupAttr(local string) (string, bool) {
	for _, a := range n.Attrs {
		if a.Space == "" && a.Local == local {
			return a.Value, true
		}
	}
	return "", false
}

// Children gives the elements directly inside, in order.
func (n *Node) Children() []*Node {
	var all []*Node
	for _, p := range n.content {
		if p.element != nil {
			all = append(all, p.element)
		}
	}
	return all
}

// All gives the elements directly inside that have that namespace and name.
func (n *Node) All(space, local string) []*Node {
	return slices.DeleteFunc(n.Children(), func(c *Node) bool { return !c.Is(space, local) })
}

// Only gives the one element of that name directly inside; nil where there is none or several.
func (n *Node) Only(space, local string) *Node {
	if n == nil {
		return nil
	}
	if all := n.All(space, local); len(all) == 1 {
		return all[0]
	}
	return nil
}

// Path walks down by Only, all names in one namespace.
func (n *Node) Path(space string, locals ...string) *Node {
	for _, local := range locals {
		n = n.Only(space, local)
	}
	return n
}

// Text gives the text of an element that holds nothing else, with white space around it cut off;
// "" where elements are inside.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range n.content {
		if p.element != nil {
			return ""
		}
		b.WriteString(p.text)
	}
	return strings.Trim(b.String(), " \t\r\n")
}

// hasText says whether anything but white space stands between the elements inside.
func (n *Node) hasText() bool {
	return slices.ContainsFunc(n.content, func(p part) bool { return p.element == nil && strings.Trim(p.text, " \t\r\n") != "" })
}

// resolve gives the namespace of a prefix where this element stands.
func (n *Node) resolve(prefix string) (string, bool) {
	if prefix == "xml" {
		return NSXML, true
	}
	for at := n; at != nil; at = at.parent {
		for _, d := range at.declares {
			if d.prefix == prefix {
				return d.space, true
			}
		}
	}
	return "", prefix == ""
}

// New makes an element to be written. Its namespace is declared where it is needed.
func New(prefix, space, local string, inside ...any) *Node {
	n := &Node{Prefix: prefix, Local: local, Space: space}
	return n.Add(inside...)
}

// Add puts attributes (Attr), elements (*Node) and text (string) into an element; nil is left out.
func (n *Node) Add(inside ...any) *Node {
	for _, one := range inside {
		switch one := one.(type) {
		case Attr:
			n.Attrs = append(n.Attrs, one)
		case string:
			n.content = append(n.content, part{text: one})
		case *Node:
			if one != nil {
				one.parent = n
				n.content = append(n.content, part{element: one})
			}
		}
	}
	return n
}

// Insert puts an element in front of the child of that number.
func (n *Node) Insert(at int, child *Node) {
	child.parent = n
	seen := 0
	for i, p := range n.content {
		if p.element == nil {
			continue
		}
		if seen == at {
			n.content = slices.Insert(n.content, i, part{element: child})
			return
		}
		seen++
	}
	n.content = append(n.content, part{element: child})
}

// Set gives an attribute without a namespace a value, in place of the one it had.
func (n *Node) Set(local, value string) {
	for i, a := range n.Attrs {
		if a.Space == "" && a.Local == local {
			n.Attrs[i].Value = value
			return
		}
	}
	n.Attrs = append(n.Attrs, Attr{Local: local, Value: value})
}

// A makes an attribute without a namespace.
func A(local, value string) Attr { return Attr{Local: local, Value: value} }

// Remove takes an element out of this one.
func (n *Node) Remove(child *Node) {
	n.content = slices.DeleteFunc(n.content, func(p part) bool { return p.element != nil && p.element == child })
}

// Count says how many elements of that namespace and name there are, this one and all inside.
func (n *Node) Count(space, local string) int {
	count := 0
	if n.Is(space, local) {
		count++
	}
	for _, child := range n.Children() {
		count += child.Count(space, local)
	}
	return count
}
