// Package party is the whole of what a relying party needs to log people in: begin, callback,
// who is here, log out. It leaves pages, storage and what the service is about to its caller,
// and keeps sessions in memory.
package party

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"golang.org/x/oauth2"
)

// Settings are what the provider's operator and this party agreed on.
type Settings struct {
	Issuer      string
	ClientID    string
	Secret      string           // client_secret_basic; or …
	Key         *jose.JSONWebKey // … the private ES256 key of private_key_jwt; neither: a public client
	RedirectURI string           // registered, exactly this
	AfterLogout string           // registered, exactly this
	Cookie      string           // this program's own: cookies ignore ports
	HTTP        *http.Client     // to reach the provider
}

// Ask is what one login is for. Claims go to the claims parameter (OpenID Connect Core §5.5).
type Ask struct {
	Scopes    []string // beside openid
	ACR       string   // level wanted; "" leaves it to the provider
	Essential bool     // no answer is better than a lower level
	Claims    map[string]Want
	Verified  *Verified // told with evidence; nil asks for none
	Prompt    string
	Languages string // ui_locales
}

// Want is one claim of the claims parameter.
type Want struct {
	Essential bool     `json:"essential,omitempty"`
	Purpose   string   `json:"purpose,omitempty"`
	Values    []string `json:"values,omitempty"`
}

// Verified asks for claims together with how they were verified (OpenID Connect for Identity Assurance 1.0 §5).
type Verified struct {
	Verification map[string]any  `json:"verification"`
	Claims       map[string]Want `json:"claims"`
}

// Session is somebody who is logged in here.
type Session struct {
	Subject  string
	ACR      string
	AMR      []string
	AuthTime time.Time
	Claims   map[string]any // of userinfo
	idToken  string
}

// Refused is an error code from the provider, or "invalid_answer" for an answer that does not
// hold. Only the code is for people to see.
type Refused struct {
	Code string
	err  error
}

// Error says that the login was refused, by the code only: descriptions are for developers.
func (r *Refused) Error() string { return "login refused: " + r.Code }

// Unwrap gives what went wrong, for the log.
func (r *Refused) Unwrap() error { return r.err }

// Party is one relying party with its sessions.
type Party struct {
	set      Settings
	mu       sync.Mutex
	provider rp.RelyingParty // found at first use, so that either side may start first
	begun    map[string]begun
	sessions map[string]Session
}

// begun is one login under way, found by its state.
type begun struct {
	browser, nonce, verifier string
	at                       time.Time
}

const (
	loginLife    = 30 * time.Minute
	begunAtMost  = 10_000
	cookieLength = 26 // what rand.Text gives
)

// New makes a party.
func New(set Settings) *Party {
	if set.HTTP == nil {
		set.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	return &Party{set: set, begun: map[string]begun{}, sessions: map[string]Session{}}
}

// skew is how far the provider's clock may be from ours (RFC 7519 §4.1.4). Who allows none takes an ID token
// of a provider whose clock is a second ahead for a forged one.
const skew = time.Minute

type nonceKey struct{}

func (p *Party) found(ctx context.Context) (rp.RelyingParty, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider != nil {
		return p.provider, nil
	}
	style := oauth2.AuthStyleInParams
	if p.set.Secret != "" {
		style = oauth2.AuthStyleInHeader
	}
	provider, err := rp.NewRelyingPartyOIDC(ctx, p.set.Issuer, p.set.ClientID, p.set.Secret, p.set.RedirectURI, []string{"openid"},
		rp.WithHTTPClient(p.set.HTTP), rp.WithAuthStyle(style), rp.WithVerifierOpts(
			rp.WithSupportedSigningAlgorithms("ES256"),
			rp.WithIssuedAtOffset(skew),
			rp.WithNonce(func(ctx context.Context) string { n, _ := ctx.Value(nonceKey{}).(string); return n }),
		))
	if err != nil {
		return nil, fmt.Errorf("find the provider: %w", err)
	}
	p.provider = provider
	return provider, nil
}

// Current says who is logged in with this browser, if anybody is.
func (p *Party) Current(r *http.Request) (Session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sessions[p.browser(r)]
	return s, ok
}

func (p *Party) browser(r *http.Request) string {
	c, err := r.Cookie(p.set.Cookie)
	if err != nil || len(c.Value) != cookieLength {
		return ""
	}
	return c.Value
}

func (p *Party) setCookie(w http.ResponseWriter, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: p.set.Cookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(p.set.RedirectURI, "https://"),
	})
}
