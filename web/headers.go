package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
)

// kind is what a route answers with. It decides the headers and how errors look.
type kind int

const (
	page     kind = iota // a page for people
	api                  // an answer for a program
	metadata             // what describes the provider: anybody may read it, scripts of any site too
	static               // a file of ours under a name with its hash
	service              // an answer for another system, which is told errors by RFC 9457
)

// The policies of attacks.md §H1.
const (
	beforeScripts  = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src "
	afterScripts   = "; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; report-uri /csp"
	pagePolicy     = beforeScripts + "'none'" + afterScripts
	scriptedPolicy = beforeScripts + "'self'" + afterScripts // of a page that runs scripts of ours, from our own files
	apiPolicy      = "default-src 'none'; frame-ancestors 'none'; sandbox"
	permissions    = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), " +
		"microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
	transport = "max-age=63072000; includeSubDomains; preload"
	forever   = "public, max-age=31536000, immutable"
	keySet    = "public, max-age=300"
)

// submitScript is the only script on any page here: it posts the one form of a form_post answer.
const submitScript = "document.forms[0].submit()"

// postPolicy allows that script and our style sheet. There is no form-action: browsers would apply it
// to the redirects that the party makes after the form.
func postPolicy() string {
	sum := sha256.Sum256([]byte(submitScript))
	return "default-src 'none'; style-src 'self'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'"
}

// setHeaders is the one place where the header policy stands. A handler may only make it stricter.
func (p *pages) setHeaders(h http.Header, k kind) {
	if !p.loopback {
		h.Set("Strict-Transport-Security", transport)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", apiPolicy)
	h.Set("Cache-Control", "no-store")
	switch k {
	case page:
		h.Set("Content-Security-Policy", pagePolicy)
		// no-referrer would make browsers send "Origin: null" with our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("X-DNS-Prefetch-Control", "off")
		h.Set("Content-Type", "text/html; charset=utf-8")
	case api:
		h.Set("Pragma", "no-cache") // OpenID Connect Core §3.1.3.3
	case metadata:
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cache-Control", keySet)
	case static:
		h.Set("Cache-Control", forever)
	}
}

// runs lets a page run some of our own scripts, in this order.
func (s *screen) runs(v *visit, scripts ...string) {
	s.Scripts = append(s.Scripts, scripts...)
	v.w.Header().Set("Content-Security-Policy", scriptedPolicy)
}

// leaving tightens the headers of a page that only sends the browser away.
func leaving(h http.Header) { h.Set("Referrer-Policy", "no-referrer") }

func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
