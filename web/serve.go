package web

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/login"
	"symbolon/web/locale"
	"symbolon/web/portal"
)

// visit is one request on its way through.
type visit struct {
	w     *answerWriter
	r     *http.Request
	ref   string // to quote when asking for help; also in the log
	words *locale.Words
	host  HostName
	login *login.Login // set by the guards that need one
	page  string       // path at which what is shown can be opened again; "" for the one that was asked for
	once  bool         // what is shown is shown once
	typed bool         // what is shown is what was typed and refused
	onto  string       // where a form that was taken leads, where that is not the same each time

	visitor *login.Visitor // at one of our own hosts, set by its guards
	need    identity.Level // why they must step up

	works   *works          // who works at the desk, set by its guard
	system  intake.System   // the register system that asks, set by its guard
	enrolee *enrolment.Case // of the phone at hand, set by its guards
	errand  *portal.Errand  // that the portal sent the browser with, set by its guards
}

type handler func(*visit) error

// longestURI is the most that a request line may hold. A challenge, claims and a request object fit
// many times over.
const longestURI = 32 << 10

// answerWriter remembers whether an answer was begun, so that no error is written into one.
type answerWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that the answer was begun.
func (w *answerWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// machine hands a request on to an endpoint that answers by itself.
func machine(serve func(http.ResponseWriter, *http.Request) error) handler {
	return func(v *visit) error { return serve(v.w, v.r) }
}

// events hands on what registers tell, where there are any.
func (p *pages) events(v *visit) error {
	if p.Registers == nil {
		return errNotFound
	}
	return p.Registers.Events(v.w, v.r)
}

// serve puts the routes behind one door.
func (p *pages) serve(routes []route) http.Handler {
	lost := map[HostName]http.Handler{}
	halls := map[HostName]*http.ServeMux{}
	for name := range p.Hosts {
		kind := page
		if name == API {
			kind = service
		}
		lost[name] = p.run(route{pattern: "/", host: name, kind: kind, guard: p.open, handle: func(*visit) error { return errNotFound }})
		halls[name], p.opened[name] = http.NewServeMux(), http.NewServeMux()
		halls[name].Handle("/", lost[name])
	}
	for _, rt := range routes {
		halls[rt.host].Handle(rt.pattern, p.run(rt))
		if rt.kind == page && slices.Contains(rt.methods, http.MethodGet) {
			p.opened[rt.host].Handle(rt.pattern, lost[rt.host])
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := p.hostOf(r)
		// The mux would redirect to a cleaned path and undo escapes: one address a page, no others.
		if r.URL.EscapedPath() != path.Clean("/"+r.URL.Path) && r.URL.Path != "/" {
			lost[host].ServeHTTP(w, r)
			return
		}
		halls[host].ServeHTTP(w, r)
	})
}

// hostOf says which of our hosts is asked; the hub's routes refuse what is none of them.
func (p *pages) hostOf(r *http.Request) HostName {
	for name, host := range p.Hosts {
		if strings.EqualFold(r.Host, host) {
			return name
		}
	}
	return Hub
}

// run admits, guards and answers a request of one route.
func (p *pages) run(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: &answerWriter{ResponseWriter: w}, r: r, ref: p.newRef(r), host: rt.host}
		defer p.recovered(rt, v)
		p.setHeaders(w.Header(), rt.kind)
		if rt.kind == page {
			onlyDone(v)
			v.words = p.wordsFor(v, nil)
		}
		err := p.admit(rt, v)
		if err == nil {
			err = rt.guard(v)
		}
		if err == nil {
			err = rt.handle(v)
		}
		if err != nil {
			p.fail(rt, v, err)
		}
	})
}

// admit checks what is true of every request, before anything is read.
func (p *pages) admit(rt route, v *visit) error {
	r := v.r
	if err := p.limited(rt, v); err != nil {
		return err
	}
	if !strings.EqualFold(r.Host, p.Hosts[rt.host]) {
		return errHost // RFC 9110 §15.5.20; attacks HH-01
	}
	if p.misdirected(rt.host, r) {
		return errHost
	}
	if len(rt.methods) > 0 && !slices.Contains(rt.methods, r.Method) {
		v.w.Header().Set("Allow", strings.Join(rt.methods, ", "))
		return errMethod // RFC 9110 §15.5.6
	}
	if len(r.RequestURI) > longestURI {
		return errTooLong
	}
	if !rt.elsewhere && r.Method == http.MethodPost {
		if err := p.sameOrigin(rt.host, r); err != nil {
			return err
		}
	}
	r.Body = http.MaxBytesReader(v.w, r.Body, rt.body)
	return nil
}

// sameOrigin refuses a POST that another site made. Beside the standard library's rule an Origin,
// where there is one, must be ours to the letter: another scheme or port is another site, and
// "null" is nobody (attacks CN-01).
func (p *pages) sameOrigin(host HostName, r *http.Request) error {
	if err := p.cross.Check(r); err != nil {
		return errElsewhere
	}
	if origins := r.Header.Values("Origin"); len(origins) > 1 || len(origins) == 1 && origins[0] != p.origin(host) {
		return errElsewhere
	}
	return nil
}

// recovered turns a panic into an answer. The log has the stack, the page a reference.
func (p *pages) recovered(rt route, v *visit) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http compares it
		panic(cause)
	}
	// What panicked could hold anything: its type is enough, the stack says where.
	p.Log.ErrorContext(v.r.Context(), "panic", "ref", v.ref, "route", rt.pattern, "kind", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
	if v.w.status == 0 {
		p.fail(rt, v, errPanic)
	}
}

// newRef gives the request's reference, or draws one: eight characters, with nothing in them about
// anybody.
func (p *pages) newRef(r *http.Request) string {
	if p.Ref != nil {
		if ref := p.Ref(r.Context()); ref != "" {
			return ref
		}
	}
	var b [5]byte
	_, _ = rand.Read(b[:])
	return identity.Reference(b)
}
