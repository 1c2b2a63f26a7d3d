package sim

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Handset plays the phone of a citizen, for somebody who tries the country with one computer: it reads QR codes
// and opens what they say in a window of a phone's size, and has an app with one-time codes. What makes a
// passkey is the browser itself.
type Handset struct {
	Switches *Switches
	Now      func() time.Time

	issuer  string // the hub's: its pages for phones alone are opened
	desk    string // where a clerk types what a phone shows; "" where there is none
	pages   *pages
	looking chan struct{} // one picture at a time
	drawers drawers
}

// handsetCookie tells whose codes are shown. Cookies ignore ports, so the name is the program's own.
const handsetCookie = "handset"

// NewHandset makes a phone for the hub with the issuer's address.
func NewHandset(issuer string) (*Handset, error) {
	pages, err := newPages("handset", "Phone")
	if err != nil {
		return nil, err
	}
	return &Handset{
		Now: time.Now, issuer: issuer, desk: ownHost(issuer, "desk"), pages: pages, looking: make(chan struct{}, 1),
		Switches: faults(Switch{Name: "clock", Offers: []string{"-120", "120"}, What: "the phone's clock is so many seconds fast, or slow with a minus"}),
	}, nil
}

// ownHost gives the address of one of the hub's own hosts, a name that only means this machine; "" where the hub
// stands under a number and has none.
func ownHost(issuer, name string) string {
	u, err := url.Parse(issuer)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	return u.Scheme + "://" + net.JoinHostPort(name+".localhost", u.Port())
}

// Handler serves the phone.
func (h *Handset) Handler() http.Handler {
	mux := http.NewServeMux()
	h.Switches.routes(mux, h.pages)
	mux.HandleFunc("GET /handset.js", script("static/handset.js"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		h.show(w, http.StatusOK, "handset", "What it can do", map[string]string{"First": h.issuer + phoneFirst, "Desk": h.desk})
	})
	mux.HandleFunc("GET /scan", func(w http.ResponseWriter, _ *http.Request) { h.show(w, http.StatusOK, "scan", "Camera", scan{}) })
	mux.HandleFunc("POST /scan", h.Switches.misbehave("scan", h.scanned))
	mux.HandleFunc("GET /codes", h.Switches.misbehave("codes", h.codes))
	mux.HandleFunc("GET /codes/now", h.codesNow)
	mux.HandleFunc("GET /codes/add", func(w http.ResponseWriter, _ *http.Request) { h.show(w, http.StatusOK, "add", "Add a code", scan{}) })
	mux.HandleFunc("POST /codes/add", h.add)
	mux.HandleFunc("POST /codes/remove", h.remove)
	return fence(mux)
}

// show lets a page run the phone's own script; each works without.
func (h *Handset) show(w http.ResponseWriter, status int, page, title string, data any) {
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.pages.show(w, status, page, title, data)
}

// now is what the phone's own clock says.
func (h *Handset) now() time.Time {
	off, err := strconv.Atoi(h.Switches.Value("clock"))
	if err != nil {
		off = 0
	}
	return h.Now().Add(time.Duration(off) * time.Second)
}
