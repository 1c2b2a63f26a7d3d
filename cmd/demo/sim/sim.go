// Package sim plays the country around the hub: a trusted profile, a bank provider with two
// banks, population and document registers, an inbox, a citizen's phone and three services, each a plain
// HTTP handler with switches that make it misbehave, and a tour that says what to do with them. It knows nothing of how the hub works inside, nothing
// here is safe for real people, and the product never imports it.
package sim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net"
	"net/http"
)

//go:embed templates static people.json
var files embed.FS

// pages renders one program's pages. Every page says that nothing here is real.
type pages struct {
	look string // class on <body>: colours and mark
	name string // shown in the page's head
	all  *template.Template
}

func newPages(look, name string) (*pages, error) {
	all, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse the simulators' pages: %w", err)
	}
	return &pages{look, name, all}, nil
}

// frame is what every template gets: the page's own data stands in Data.
type frame struct {
	Look, Name, Title string
	Data              any
}

func (p *pages) show(w http.ResponseWriter, status int, page, title string, data any) {
	p.as(p.look, p.name).write(w, status, page, title, data)
}

// as gives the same pages under another name and look, for the banks.
func (p *pages) as(look, name string) *pages { return &pages{look, name, p.all} }

func (p *pages) write(w http.ResponseWriter, status int, page, title string, data any) {
	var body bytes.Buffer
	if err := p.all.ExecuteTemplate(&body, page, frame{p.look, p.name, title, data}); err != nil {
		http.Error(w, "this page could not be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader has gone; nobody is left to tell
}

// problem shows a plain error page with a stable id on its code.
func (p *pages) problem(w http.ResponseWriter, status int, code, text string) {
	p.show(w, status, "problem", "This did not work", map[string]string{"Code": code, "Text": text})
}

// fence stands before every simulator: loopback names only, so that no page of the web can reach
// one by a name of its own (DNS rebinding), no forms from other origins but at the open patterns, and
// quiet headers.
func fence(next http.Handler, open ...string) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, pattern := range open {
		protection.AddInsecureBypassPattern(pattern)
	}
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsLoopback(r.Host) {
			http.Error(w, "only for this machine", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// IsLoopback reports whether a host, with or without a port, can only be this machine.
func IsLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// submitting is the one script here: it posts the form that goes back to the hub.
const submitting = "document.forms[0].submit()"

func postingPolicy() string {
	sum := sha256.Sum256([]byte(submitting))
	return "default-src 'none'; style-src 'self'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
}

func style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "static/sim.css")
}

// secret is a fresh unguessable string: 26 letters and digits, 128 bits and more.
func secret() string { return rand.Text() }

func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true,
		Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
