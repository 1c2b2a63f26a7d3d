package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authRequest is one authorization request that waits for its person.
type authRequest struct {
	Client    string
	Redirect  string
	State     string
	Nonce     string
	Challenge string
	Scopes    []string
	ACR       []string // wanted, most wanted first
	Fresh     bool     // prompt=login
	MaxAge    time.Duration
	HasMaxAge bool
	Silent    bool // prompt=none
	Door      string

	// Answer takes over when somebody has logged in, or, without a session, has given up: for what is no
	// OpenID Connect. The key is the session's.
	Answer func(w http.ResponseWriter, r *http.Request, found *session, key string)
}

// session is somebody who logged in at this provider with this browser.
type session struct {
	Person, Door string
	ACR          string
	AMR          []string
	At           time.Time
}

// grant is what a code and then an access token stand for.
type grant struct {
	Request authRequest
	Session session
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.pages.problem(w, http.StatusBadRequest, "invalid_request", "The request cannot be read.")
		return
	}
	if to := p.Switches.Value("mixup"); to != "" {
		http.Redirect(w, r, mixedUp(to, r.Form), http.StatusFound)
		return
	}
	req, client, ok := p.knownClient(r.Form)
	if !ok {
		// RFC 6749 §4.1.2.1: never redirect to an address that is not registered.
		p.pages.problem(w, http.StatusBadRequest, "invalid_request", "The client or its redirect address is not registered here.")
		return
	}
	if code := p.Switches.Value("error"); code != "" {
		p.refuse(w, r, req, code)
		return
	}
	if code := req.read(r.Form); code != "" {
		p.refuse(w, r, req, code)
		return
	}
	req.Client = client.ID
	p.greet(w, r, req)
}

// mixedUp is the attacker's redirect of RFC 9700 §4.4: the same request, for another provider.
func mixedUp(to string, form url.Values) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	q := u.Query()
	for name, values := range form {
		if !q.Has(name) {
			q[name] = values
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func (p *Provider) knownClient(form url.Values) (authRequest, Client, bool) {
	client, ok := p.clients[form.Get("client_id")]
	redirect := form.Get("redirect_uri")
	if !ok || !slices.Contains(client.RedirectURIs, redirect) {
		return authRequest{}, Client{}, false
	}
	return authRequest{Client: client.ID, Redirect: redirect, State: form.Get("state")}, client, true
}

// read takes the rest of the request; it returns an error code of RFC 6749 §4.1.2.1 or "".
func (q *authRequest) read(form url.Values) string {
	q.Scopes = strings.Fields(form.Get("scope"))
	switch {
	case form.Get("response_type") != "code":
		return "unsupported_response_type"
	case form.Has("request"):
		return "request_not_supported"
	case !slices.Contains(q.Scopes, "openid"):
		return "invalid_scope"
	case form.Get("code_challenge_method") != "S256" || len(form.Get("code_challenge")) != 43: // RFC 7636 §4.2
		return "invalid_request"
	}
	q.Nonce, q.Challenge = form.Get("nonce"), form.Get("code_challenge")
	q.ACR = strings.Fields(form.Get("acr_values"))
	prompts := strings.Fields(form.Get("prompt"))
	q.Silent, q.Fresh = slices.Contains(prompts, "none"), slices.Contains(prompts, "login")
	if age := form.Get("max_age"); age != "" {
		seconds, err := strconv.Atoi(age)
		if err != nil || seconds < 0 {
			return "invalid_request"
		}
		q.MaxAge, q.HasMaxAge = time.Duration(seconds)*time.Second, true
	}
	for _, hint := range []string{"bank", "idp_hint", "login_hint"} {
		if v := form.Get(hint); v != "" && q.Door == "" {
			q.Door = v
		}
	}
	return ""
}

// enough reports whether a session answers the request without a new act of the person.
func (q authRequest) enough(s session, now time.Time) bool {
	if q.Fresh || (q.HasMaxAge && now.Sub(s.At) > q.MaxAge) || (q.Door != "" && s.Door != q.Door) {
		return false
	}
	return len(q.ACR) == 0 || slices.Contains(q.ACR, s.ACR)
}

// greet decides what the person sees first: nothing, "continue as", or a login.
func (p *Provider) greet(w http.ResponseWriter, r *http.Request, req authRequest) {
	if _, known := p.door(req.Door); !known {
		req.Door = ""
	}
	if len(p.Doors) == 1 {
		req.Door = p.Doors[0].ID
	}
	if req.Silent {
		s, live := p.session(r)
		if !live || !req.enough(s, p.Now()) {
			p.refuse(w, r, req, "login_required")
			return
		}
		p.answer(w, r, grant{req, s})
		return
	}
	id := secret()
	p.asked.put(id, visit{Request: req}, p.Now(), loginLife)
	http.Redirect(w, r, "/login?id="+id, http.StatusSeeOther)
}

func (p *Provider) session(r *http.Request) (session, bool) {
	return p.sessions.get(cookie(r, p.cookie), p.Now())
}

// answer sends the browser back with a code.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, g grant) {
	code := secret()
	if last, ok := p.last.get("code", p.Now()); ok && p.Switches.Value("same_code") != "" {
		code = last
	}
	p.last.put("code", code, p.Now(), sessionLife)
	p.codes.put(code, g, p.Now(), codeLife)
	q := url.Values{"code": {code}}
	if e := p.Switches.Value("error_and_code"); e != "" {
		q.Set("error", e)
	}
	p.sendBack(w, r, g.Request, q)
}

func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, req authRequest, code string) {
	p.sendBack(w, r, req, url.Values{"error": {code}})
}

// sendBack adds state and RFC 9207's iss, as the switches let it, and redirects.
func (p *Provider) sendBack(w http.ResponseWriter, r *http.Request, req authRequest, q url.Values) {
	if v := twist(p.Switches.Value("state"), req.State); v != "" {
		q.Set("state", v)
	}
	if v := twist(p.Switches.Value("iss_param"), p.Issuer); v != "" {
		q.Set("iss", v)
	}
	u, err := url.Parse(req.Redirect)
	if err != nil {
		p.pages.problem(w, http.StatusBadRequest, "invalid_request", "The redirect address cannot be read.")
		return
	}
	for name, values := range u.Query() {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// twist gives the true text, another or none, as a switch says.
func twist(how, truth string) string {
	switch how {
	case "":
		return truth
	case "none":
		return ""
	case "other":
		return "https://somebody-else.example"
	default:
		return how
	}
}

// logout is OpenID Connect RP-Initiated Logout 1.0 §2. Without a hint that we signed, the person
// is asked first, as the specification wishes.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.pages.problem(w, http.StatusBadRequest, "invalid_request", "The request cannot be read.")
		return
	}
	clientID, hinted := p.ownHint(r.Form.Get("id_token_hint"))
	if !hinted {
		clientID = r.Form.Get("client_id")
	}
	back := r.Form.Get("post_logout_redirect_uri")
	if back != "" && !slices.Contains(p.clients[clientID].PostLogoutURIs, back) {
		p.pages.problem(w, http.StatusBadRequest, "invalid_request", "The address to return to is not registered here.")
		return
	}
	if !hinted && r.Method == http.MethodGet {
		p.pages.show(w, http.StatusOK, "logout", "Log out?", map[string]string{
			"Client": clientID, "Back": back, "State": r.Form.Get("state"),
		})
		return
	}
	p.sessions.take(cookie(r, p.cookie), p.Now())
	if back == "" {
		p.pages.show(w, http.StatusOK, "loggedout", "You are logged out", nil)
		return
	}
	u, _ := url.Parse(back) // registered, so it was read before
	q := u.Query()
	if s := r.Form.Get("state"); s != "" {
		q.Set("state", s)
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}
