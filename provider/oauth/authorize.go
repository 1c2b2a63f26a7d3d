package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/login"
)

const (
	scopeOpenID  = "openid"
	scopeOffline = "offline_access" // OpenID Connect Core §11
	methodS256   = "S256"           // RFC 7636 §4.2
	acrClaim     = "acr"
)

// asked is an authorization request while it is read. Nothing is redirected to before client and
// target are known, in this order (attacks RU-02).
type asked struct {
	form   url.Values
	client Client
	party  consent.RelyingParty
	target RedirectTarget
	ch     channel
	claims claims.ClaimsRequest
	login  login.Request
}

// Authorize validates an authorization request (OpenID Connect Core §3.1.2.1) and turns it into one
// of package login. The engine sees nothing of it. Errors are *Error, with a Response once client
// and redirect URI are proved.
func (p *Provider) Authorize(r *http.Request) (login.Request, error) {
	form, err := pageForm(r)
	if err != nil {
		return login.Request{}, p.explain(r.Context(), err)
	}
	a := &asked{form: form}
	if err := p.findTarget(a); err != nil {
		return login.Request{}, p.explain(r.Context(), err)
	}
	for _, read := range []func(*asked) error{
		readMode, readUnsupported, readResponseType, readScope, readChallenge, readClaims, readPrompt, readLocales, p.readLevel, p.readHint, p.readAsk,
	} {
		if err := read(a); err != nil {
			told := p.explain(r.Context(), err)
			answer := p.errorResponse(a.target, a.ch.Mode, a.ch.State, told)
			told.Response = &answer
			return login.Request{}, told
		}
	}
	return p.request(a)
}

// unknownClient lets a page say to people that the service is not known; RFC 6749 §4.1.2.1 has no
// code for it.
func unknownClient() *Error {
	e := refused(codeInvalidRequest, "The client_id is not known.")
	e.cause = login.ErrNoParty
	return e
}

// findTarget proves client and redirect URI. Until then errors are told here, not to anybody else
// (RFC 6749 §4.1.2.1). The redirect URI must be there, however many are registered.
func (p *Provider) findTarget(a *asked) error {
	if len(a.form.Get("state")) > maxState {
		return refused(codeInvalidRequest, "state is longer than 4096 characters.")
	}
	var ok bool
	if a.client, ok = p.registry.Client(a.form.Get("client_id")); !ok {
		return unknownClient()
	}
	if a.party, ok = p.registry.Party(a.client.Party); !ok {
		return unknownClient()
	}
	if !a.form.Has("redirect_uri") {
		return refused(codeInvalidRequest, "redirect_uri is missing.")
	}
	if a.target, ok = a.client.target(a.form.Get("redirect_uri")); !ok {
		return refused(codeInvalidRequest, "The redirect_uri is not registered for this client.")
	}
	a.ch = channel{Redirect: a.target.uri, Mode: ModeQuery, State: a.form.Get("state")}
	return nil
}

// readMode settles how the answer travels; errors after this travel so, too.
func readMode(a *asked) error {
	switch mode := ResponseMode(a.form.Get("response_mode")); mode {
	case "":
	case ModeQuery, ModeFormPost:
		a.ch.Mode = mode
	default:
		return refused(codeInvalidRequest, "The response_mode must be query or form_post.")
	}
	return nil
}

// readUnsupported refuses what would replace or extend the request by what somebody else holds.
// Nothing of it is ever honoured (attacks RU-13).
func readUnsupported(a *asked) error {
	switch {
	case a.form.Has("request"):
		return refused(codeRequestObject, "Request objects are not offered.")
	case a.form.Has("request_uri"):
		return refused(codeRequestURI, "request_uri is not offered.")
	case a.form.Has("registration"):
		return refused(codeRegistrationParam, "Registration in a request is not offered.")
	default:
		return nil
	}
}

func readResponseType(a *asked) error {
	switch a.form.Get("response_type") {
	case "code":
		return nil
	case "":
		return refused(codeInvalidRequest, "response_type is missing.")
	default:
		return refused(codeUnsupportedResponse, "The response_type must be code.")
	}
}

// readScope takes known scopes that the client may ask for. Unknown ones are ignored, as are those
// of a client without refresh tokens to come back (OpenID Connect Core §3.1.2.1, §11).
func readScope(a *asked) error {
	list := a.form.Get("scope")
	if len(list) > maxScope {
		return refused(codeInvalidScope, "scope is too long.")
	}
	known := append(claims.Scopes(), scopeOpenID)
	for _, scope := range words(list) {
		switch {
		case scope == scopeOffline:
			if a.client.RefreshTokens {
				a.ch.Scopes = append(a.ch.Scopes, scope)
			}
		case !slices.Contains(known, scope):
		case !a.client.mayAsk(scope):
			return refused(codeInvalidScope, "The client is not registered for the scope "+plain(scope)+".")
		default:
			a.ch.Scopes = append(a.ch.Scopes, scope)
		}
	}
	if !slices.Contains(a.ch.Scopes, scopeOpenID) {
		return refused(codeInvalidScope, "scope must contain openid.")
	}
	return nil
}

// readChallenge holds PKCE and nonce against the client's registration (RFC 7636, RFC 9700 §2.1.1).
func readChallenge(a *asked) error {
	challenge, method, nonce := a.form.Get("code_challenge"), a.form.Get("code_challenge_method"), a.form.Get("nonce")
	switch {
	case len(nonce) > maxNonce:
		return refused(codeInvalidRequest, "nonce is longer than 1024 characters.")
	case challenge == "" && method != "":
		return refused(codeInvalidRequest, "code_challenge is missing.")
	case challenge != "" && method != methodS256: // attacks CP-06: plain, and so an omitted method, is never taken
		return refused(codeInvalidRequest, "code_challenge_method must be S256.")
	case challenge != "" && !isChallenge(challenge):
		return refused(codeInvalidRequest, "code_challenge must be 43 characters of base64url.")
	case challenge == "" && a.client.pkce() == PKCERequired:
		return refused(codeInvalidRequest, "code_challenge is missing: this client needs PKCE.")
	case challenge == "" && nonce == "" && a.client.pkce() == PKCENonce:
		return refused(codeInvalidRequest, "This client needs a code_challenge or a nonce.")
	}
	a.ch.Challenge, a.ch.Nonce = challenge, nonce
	return nil
}

func isChallenge(s string) bool {
	return len(s) == 43 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

func readClaims(a *asked) error {
	parameter := a.form.Get("claims")
	request, err := claims.ParseClaims(parameter)
	if errors.Is(err, claims.ErrRequest) {
		return refused(codeInvalidRequest, plain(err.Error()))
	}
	if err != nil {
		return err
	}
	a.claims = request
	if parameter != "" {
		a.ch.Claims, err = json.Marshal(request)
	}
	return err
}

// readPrompt reads prompt and max_age (OpenID Connect Core §3.1.2.1). What is not understood is an
// error, because leaving it out would weaken what the party asks (attacks LA-09).
func readPrompt(a *asked) error {
	prompts := a.form.Get("prompt")
	if len(prompts) > maxList {
		return refused(codeInvalidRequest, "prompt is too long.")
	}
	prompt := &a.login.Prompt
	for _, word := range words(prompts) {
		switch word {
		case "none":
			prompt.None = true
		case "login":
			prompt.Login = true
		case "consent":
			prompt.Consent = true
		case "select_account":
			prompt.SelectAccount = true
		default:
			return refused(codeInvalidRequest, "prompt must be none, login, consent or select_account.")
		}
	}
	if prompt.None && (prompt.Login || prompt.Consent || prompt.SelectAccount) {
		return refused(codeInvalidRequest, "prompt=none goes with no other prompt.")
	}
	if !a.form.Has("max_age") {
		return nil
	}
	text := a.form.Get("max_age")
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err != nil || strings.Trim(text, "0123456789") != "" {
		return refused(codeInvalidRequest, "max_age must be a whole number of seconds.")
	}
	age := time.Duration(seconds) * time.Second
	a.login.MaxAge = &age
	return nil
}

// readLocales takes a few languages of each list; what is not a language tag is ignored (attacks RU-28). What is
// wanted of the page is not bounded by what is wanted of claims. A login_hint is not used: people give numbers in
// it that must not travel so.
func readLocales(a *asked) error {
	for _, name := range []string{"ui_locales", "claims_locales"} {
		if len(a.form.Get(name)) > maxList {
			return refused(codeInvalidRequest, name+" is too long.")
		}
	}
	a.login.Languages = locales(a.form.Get("ui_locales"))
	a.claims.Locales = claims.Locales(words(a.form.Get("claims_locales")))
	if len(a.claims.Locales) == 0 {
		return nil
	}
	var err error
	a.ch.Claims, err = json.Marshal(a.claims)
	return err
}

const mostLocales = 8

func locales(list string) []string {
	var tags []string
	for _, tag := range words(list) {
		if len(tag) <= 35 && len(tags) < mostLocales && strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// readLevel turns acr_values and the acr claim into the least level that will do. Known values set
// a minimum, the lowest named, because parties take it so; a party may be registered for the
// specification's voluntary reading. An essential acr is a minimum for everybody (levels.md §2).
// Several values ask for the best that is there: the first is what the party would rather have
// (OpenID Connect Core §3.1.2.1: in order of preference), the lowest is what will do. A session
// that reaches the lowest is enough; whoever wants more of somebody logged in asks with prompt=login.
func (p *Provider) readLevel(a *asked) error {
	if len(a.form.Get("acr_values")) > maxList {
		return refused(codeInvalidRequest, "acr_values is too long.")
	}
	values := words(a.form.Get("acr_values"))
	claim := a.claims.IDToken[acrClaim]
	named := slices.Concat(values, claim.Texts())
	a.ch.ACR = known(p.acr, named)
	if len(a.ch.ACR) > 0 {
		a.login.Preferred, _ = p.acr.Parse(a.ch.ACR[0])
	}
	if level, ok := p.acr.Lowest(named); ok && a.party.ACRMode != acrSoft {
		a.login.Minimum = level
	}
	if !claim.Essential || len(claim.Values) == 0 {
		return nil
	}
	level, ok := p.acr.Lowest(claim.Texts())
	if !ok { // nothing that is named exists here
		return refused(string(login.UnmetLevel), "None of the essential acr values is known here.")
	}
	a.login.Minimum = max(a.login.Minimum, level)
	return nil
}

const acrSoft = "soft"

func known(names Levels, values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		_, ok := names.Parse(v)
		return !ok
	})
}

// readHint settles who must log in, if the party says so: by an ID token of ours, or by the sub
// claim (OpenID Connect Core §3.1.2.1, §5.5.1). A hint chooses no account; login compares.
func (p *Provider) readHint(a *asked) error {
	claim := a.claims.IDToken["sub"]
	if subs := claim.Texts(); len(claim.Values) == 1 && len(subs) == 1 && subs[0] != "" {
		a.login.Hint = subs[0]
	} else if len(claim.Values) > 0 { // one that is passed over would let anybody in
		return refused(codeInvalidRequest, "The sub claim can have one value, which is text.")
	}
	text := a.form.Get("id_token_hint")
	if text == "" {
		return nil
	}
	hint, err := p.readIDToken(text)
	if err != nil || hint.Audience != a.client.ID {
		return refused(codeInvalidRequest, "The id_token_hint is not an ID token of this client.")
	}
	if a.login.Hint != "" && a.login.Hint != hint.Subject {
		return refused(codeInvalidRequest, "id_token_hint and the sub claim name different people.")
	}
	a.login.Hint = hint.Subject
	return nil
}

// readAsk turns scopes and claims into what the citizen is asked, and refuses what the party may
// not ask at all.
func (p *Provider) readAsk(a *asked) error {
	ask, err := claims.AskFor(a.ch.Scopes, a.claims)
	if errors.Is(err, claims.ErrTwoPurposes) {
		return refused(codeInvalidRequest, "A claim is asked for with two purposes.")
	}
	if err != nil {
		return err
	}
	ask.Attributes = slices.DeleteFunc(ask.Attributes, func(w consent.Wanted) bool { // Core §5.5: unknown claims are passed over
		_, _, further := claims.Further(w.Name)
		return further && !slices.Contains(p.further, string(w.Name))
	})
	ask.Again = a.login.Prompt.Consent
	if a.login.Ask, err = consent.Check(ask, a.party); err != nil {
		var over *consent.OverAsked
		if errors.As(err, &over) {
			return refused(codeInvalidScope, plain(over.Error()))
		}
		return err
	}
	return nil
}

func (p *Provider) request(a *asked) (login.Request, error) {
	data, err := json.Marshal(a.ch)
	if err != nil {
		return login.Request{}, broken(err)
	}
	request := a.login
	request.Client, request.Party = a.client.ID, a.client.Party
	request.Arrived, request.Channel = p.now(), data
	return request, nil
}

// Levels translates between levels and the names that parties use for them.
type Levels interface {
	Parse(name string) (identity.Level, bool)
	Lowest(names []string) (identity.Level, bool)
	Report(reached identity.Level, requested []string) string
	Supported() []string
}
