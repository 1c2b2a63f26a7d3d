package xmlsec

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// SS-05 (USENIX WOOT'17, the eIDAS nodes that fetched what a document named): a document that names another is
// refused, and the other is never fetched.
func TestAttack_SS_05_NothingThatADocumentNamesIsFetched(t *testing.T) {
	var fetched atomic.Int32
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer sink.Close()
	for _, document := range []string{
		`<!DOCTYPE a SYSTEM "` + sink.URL + `/dtd"><a/>`, `<!DOCTYPE a [<!ENTITY x SYSTEM "` + sink.URL + `/e">]><a>&x;</a>`,
		`<!DOCTYPE a [<!ENTITY % x SYSTEM "` + sink.URL + `/p"> %x;]><a/>`, `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
		`<?xml-stylesheet href="` + sink.URL + `/s"?><a/>`,
	} {
		if _, err := Parse([]byte(document), Limits{}); err == nil {
			t.Errorf("taken: %s", document)
		}
	}
	if n := fetched.Load(); n != 0 {
		t.Errorf("%d times something was fetched", n)
	}
}

// What is refused, and why somebody would send it.
func TestParse_Refuses(t *testing.T) {
	for why, document := range map[string]string{
		"R-SAML-01, attacks SM-17: internal entities":       `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
		"attacks SS-05: external entity":                    `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`,
		"an entity that is none of the five":                `<a>&nbsp;</a>`,
		"R-SAML-04: a comment":                              `<a>x<!-- -->y</a>`,
		"a comment around the root":                         `<!-- --><a/>`,
		"a processing instruction":                          `<a><?php echo 1 ?></a>`,
		"a processing instruction before the root":          `<?xml-stylesheet href="x"?><a/>`,
		"another encoding":                                  `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`,
		"XML 1.1":                                           `<?xml version="1.1"?><a/>`,
		"two roots":                                         `<a/><b/>`,
		"text after the root":                               `<a/>x`,
		"no root":                                           ``,
		"attacks SM-03: a name with two colons":             `<a:b:c xmlns:a="u"/>`,
		"attacks SM-03: a name that begins with a colon":    `<:a/>`,
		"attacks SM-03: a name that ends with a colon":      `<a: xmlns:a="u"/>`,
		"attacks SM-03: an attribute with two colons":       `<a xmlns:b="u" b:c:d="x"/>`,
		"attacks SM-03: a directive in an element":          `<a><!ELEMENT b></a>`,
		"attacks SM-02: an ID twice":                        `<a ID="x"><b ID="x"/></a>`,
		"attacks SM-02: an ID twice in other spelling":      `<a ID="x"><b Id="x"/></a>`,
		"attacks SM-02: an attribute twice":                 `<a b="1" b="2"/>`,
		"attacks SM-02: an attribute twice by two prefixes": `<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`,
		"a prefix that nobody declared":                     `<p:a/>`,
		"a prefix of an attribute that nobody declared":     `<a p:b="1"/>`,
		"a prefix declared as nothing":                      `<p:a xmlns:p=""/>`,
		"xml declared anew":                                 `<a xmlns:xml="u"/>`,
		"xmlns declared":                                    `<a xmlns:xmlns="u"/>`,
		"the namespace of xml under another prefix":         `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`,
		"the wrong end tag":                                 `<a><b></a></b>`,
		"the end tag of another prefix":                     `<p:a xmlns:p="u" xmlns:q="u"></q:a>`,
		"an end tag with more":                              `<a></a b="1">`,
		"an end tag whose name goes on":                     `<a></ab>`,
		"an attribute without quotes":                       `<a b=1/>`,
		"attributes without room between":                   `<a b="1"c="2"/>`,
		"a tag in a value":                                  `<a b="<"/>`,
		"a bare ampersand":                                  `<a>&</a>`,
		"the end of a section that did not begin":           `<a>]]></a>`,
		"a control character":                               "<a>\x01</a>",
		"a control character by reference":                  `<a>&#1;</a>`,
		"a reference to nothing":                            `<a>&#x110000;</a>`,
		"a reference to half a character":                   `<a>&#xD800;</a>`,
		"a reference with a sign":                           `<a>&#-65;</a>`,
		"bytes that are not UTF-8":                          "<a>\xff</a>",
		"an element that does not end":                      `<a>`,
		"a tag that does not end":                           `<a b="1"`,
		"depth":                                             strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33),
		"many elements":                                     "<a>" + strings.Repeat("<b/>", 5000) + "</a>",
		"many attributes":                                   "<a " + strings.Repeat(`x="1" `, 65) + "/>",
		"size":                                              "<a>" + strings.Repeat("x", 256<<10) + "</a>",
	} {
		if _, err := Parse([]byte(document), Message()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if _, err := Parse([]byte("<a/>"), Limits{}); err == nil {
		t.Error("without limits something is read")
	}
}

func TestCanonical(t *testing.T) {
	for name, c := range map[string]struct {
		in, out   string
		inclusive []string
	}{
		"attributes in order, empty elements written out": {in: `<a  c='2' b = "1" ><b/></a >`, out: `<a b="1" c="2"><b></b></a>`},
		"namespaces where they are used":                  {in: `<a xmlns:p="u" xmlns:q="v"><p:b/></a>`, out: `<a><p:b xmlns:p="u"></p:b></a>`},
		"not again where they are there":                  {in: `<p:a xmlns:p="u"><p:b xmlns:p="u"/></p:a>`, out: `<p:a xmlns:p="u"><p:b></p:b></p:a>`},
		"again where another was between":                 {in: `<p:a xmlns:p="u"><p:b xmlns:p="v"><p:c xmlns:p="u"/></p:b></p:a>`, out: `<p:a xmlns:p="u"><p:b xmlns:p="v"><p:c xmlns:p="u"></p:c></p:b></p:a>`},
		"no namespace in one":                             {in: `<a xmlns="u"><b xmlns=""/></a>`, out: `<a xmlns="u"><b xmlns=""></b></a>`},
		"no namespace where there was none":               {in: `<a xmlns=""><b xmlns=""/></a>`, out: `<a><b></b></a>`},
		"attributes by namespace, then name":              {in: `<a xmlns:z="a" xmlns:y="b" y:a="1" z:b="2" c="3"/>`, out: `<a xmlns:y="b" xmlns:z="a" c="3" z:b="2" y:a="1"></a>`},
		"xml:lang needs no declaration":                   {in: `<a xml:lang="pl"/>`, out: `<a xml:lang="pl"></a>`},
		"characters":                                      {in: "<a b=\"&lt;&#9;&#10;&#13;&quot;'>\">&lt;&gt;&amp;\"&#13;</a>", out: "<a b=\"&lt;&#x9;&#xA;&#xD;&quot;'>\">&lt;&gt;&amp;\"&#xD;</a>"},
		"line ends":                                       {in: "<a b=\"1\r\n2\t3\">x\r\ny\rz</a>", out: "<a b=\"1 2 3\">x\ny\nz</a>"},
		"sections":                                        {in: `<a>x<![CDATA[<&>]]>y</a>`, out: `<a>x&lt;&amp;&gt;y</a>`},
		"prefixes on the list, from further out":          {in: `<r xmlns:xs="s"><a/></r>`, out: `<r xmlns:xs="s"><a></a></r>`, inclusive: []string{"xs", "nobody"}},
		"the prefix without a name on the list":           {in: `<r xmlns="s" xmlns:p="u"><p:a/></r>`, out: `<r xmlns="s"><p:a xmlns:p="u"></p:a></r>`, inclusive: []string{"#default"}},
		"the declaration is not of the content":           {in: "<?xml version='1.0' encoding='utf-8'?>\n<a/>\n", out: `<a></a>`},
		"a mark of the byte order":                        {in: "\ufeff<a/>", out: `<a></a>`},
	} {
		n, err := Parse([]byte(c.in), Message())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(Canonical(n, c.inclusive, nil)); got != c.out {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.out)
		}
	}
}

func TestCanonical_OfAPart(t *testing.T) {
	n, err := Parse([]byte(`<r xmlns:xs="s" xmlns="d"><p:a xmlns:p="u" t="xs:string"><b/></p:a></r>`), Message())
	if err != nil {
		t.Fatal(err)
	}
	part := n.Children()[0]
	if got, want := string(Canonical(part, nil, nil)), `<p:a xmlns:p="u" t="xs:string"><b xmlns="d"></b></p:a>`; got != want {
		t.Errorf("%s", got)
	}
	if got, want := string(Canonical(part, []string{"xs"}, nil)), `<p:a xmlns:p="u" xmlns:xs="s" t="xs:string"><b xmlns="d"></b></p:a>`; got != want {
		t.Errorf("%s", got)
	}
	if got, want := string(Canonical(part, nil, part.Children()[0])), `<p:a xmlns:p="u" t="xs:string"></p:a>`; got != want {
		t.Errorf("%s", got)
	}
}

// Comments are skipped where they are allowed, and split no text (R-SAML-04).
func TestParse_CommentsInMetadata(t *testing.T) {
	n, err := Parse([]byte("<!-- a --><a>x<!-- b -->y</a><!-- c -->"), MetadataLimits())
	if err != nil || n.Text() != "xy" {
		t.Errorf("%v", err)
	}
}

// Whatever is taken is written in a form that is taken again and is the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`<a/>`, `<a b="1">x</a>`, `<p:a xmlns:p="u"><b xmlns=""/></p:a>`, "<a>\r\n&#13;<![CDATA[]]]]><![CDATA[>]]></a>", `<?xml version="1.0"?><a xml:lang="x"/>`,
		`<a>&#x1F600;</a>`, `<!DOCTYPE a><a/>`, `<a><!-- --></a>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		n, err := Parse(document, MetadataLimits())
		if err != nil {
			return
		}
		once := Canonical(n, nil, nil)
		again, err := Parse(once, MetadataLimits())
		if err != nil && len(once) <= MetadataLimits().Bytes {
			t.Fatalf("%q is taken, its canonical form is not: %v\n%q", document, err, once)
		}
		if err == nil && !bytes.Equal(Canonical(again, nil, nil), once) {
			t.Fatalf("%q is not stable:\n%q", document, once)
		}
	})
}
