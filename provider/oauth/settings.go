package oauth

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/handler/pkce"

	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/limit"
	"symbolon/provider/login"
	"symbolon/provider/mandate"
	"symbolon/provider/once"
	"symbolon/provider/seal"
)

// Settings are what a Provider is made of.
type Settings struct {
	Issuer    string // an https origin; http on loopback for a demo; no path
	Registry  *Registry
	Grants    Grants
	Once      once.Store
	Proofs    Proofs
	Limit     *limit.Keeper // of what one client asks; nil: none
	Signing   Signing
	Mint      seal.Mint
	DeriveKey [32]byte // derives codes, successors and sid
	ACR       Levels
	Journal   login.Recorder
	Lifetimes Lifetimes
	HTTP      *http.Client // fetches jwks_uri; bounded, and kept from internal addresses
	Further   []string     // claims of further sources, for discovery
	Cards     bool         // whether people log in with e-ID cards, for discovery
	Languages []string     // of the pages, for discovery
	Spoken    []string     // languages in which names and the like can be told, for discovery
	// Gate says whether person, means and session behind a grant still stand. Its errors refuse the
	// grant, but for those of a store that does not answer. Nil lets everything through.
	Gate func(context.Context, Grant) error
	// Mandates says whether a mandate still holds by which somebody acted at a party, in the login of this
	// txn: mandate.ErrNone, login.ErrUnsure. Nil: none does.
	Mandates func(ctx context.Context, m mandate.Mandate, party consent.PartyID, txn string) error
	Log      *slog.Logger
	Now      func() time.Time
}

// Lifetimes are how long things that parties hold live.
type Lifetimes struct {
	Code    time.Duration // 60 seconds, the most that there may be
	Access  time.Duration // 10 minutes
	IDToken time.Duration // 5 minutes
	Refresh time.Duration // of the whole family, from the login; 30 days
	Values  time.Duration // how long after the login values are told; 24 hours
	Grace   time.Duration // in which a refresh may be repeated; 10 seconds
}

// DefaultLifetimes are the longest that there may be; settings only shorten them.
func DefaultLifetimes() Lifetimes {
	return Lifetimes{
		Code: time.Minute, Access: 10 * time.Minute, IDToken: 5 * time.Minute,
		Refresh: 30 * 24 * time.Hour, Values: 24 * time.Hour, Grace: 10 * time.Second,
	}
}

// Signing gives the keys of this installation.
type Signing interface {
	Active(alg string, now time.Time) (SigningKey, bool) // the one that signs now
	Published(now time.Time) []SigningKey                // those that verifiers must know now
	History() []SigningKey                               // all that ever signed
}

// SigningKey is one key. Signer is nil for one that only verifies.
type SigningKey struct {
	ID     string
	Alg    string
	Public crypto.PublicKey
	Signer crypto.Signer
}

// Provider is the OpenID provider towards parties. It satisfies Web for the pages and serves the
// endpoints that parties call themselves.
type Provider struct {
	issuer     string
	registry   *Registry
	grants     Grants
	once       once.Store
	proofs     Proofs
	limit      *limit.Keeper
	signing    Signing
	mint       seal.Mint
	deriveKey  [32]byte
	acr        Levels
	journal    login.Recorder
	lifetimes  Lifetimes
	languages  []string
	spoken     []string
	further    []string
	cards      bool
	gate       func(context.Context, Grant) error
	mandates   func(context.Context, mandate.Mandate, consent.PartyID, string) error
	log        *slog.Logger
	now        func() time.Time
	engine     *fosite.Fosite
	clientKeys *clientKeys
	document   atomic.Pointer[document] // of discovery
}

var _ Web = (*Provider)(nil)

// New puts a provider together, or says everything that is missing.
func New(s Settings) (*Provider, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return &Provider{
		issuer: s.Issuer, registry: s.Registry, grants: s.Grants, once: s.Once, proofs: s.Proofs, limit: s.Limit, signing: s.Signing, mint: s.Mint,
		deriveKey: s.DeriveKey, acr: s.ACR, journal: s.Journal, lifetimes: s.Lifetimes, languages: s.Languages, spoken: s.Spoken, further: s.Further, cards: s.Cards,
		gate: s.Gate, mandates: s.Mandates, log: s.Log, now: s.Now, engine: newEngine(s.Lifetimes),
		clientKeys: &clientKeys{client: s.HTTP, now: s.Now, sets: map[string]*fetchedSet{}},
	}, nil
}

func (s Settings) check() error {
	var problems []error
	demand := func(ok bool, text string) {
		if !ok {
			problems = append(problems, errors.New(text))
		}
	}
	u, err := url.Parse(s.Issuer)
	demand(err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) && u.Host != "" &&
		u.Scheme+"://"+u.Host == s.Issuer, "the issuer must be an https origin without a path or a slash at its end")
	demand(s.Registry != nil && s.Grants != nil && s.Once != nil && s.Proofs != nil && s.Signing != nil && s.ACR != nil && s.Journal != nil,
		"registry, grants, once, proofs, signing, levels and journal are needed")
	demand(len(s.Mint.Keys) > 0 && s.DeriveKey != [32]byte{}, "mint and derive key are needed")
	demand(s.HTTP != nil && s.Log != nil && s.Now != nil, "HTTP client, log and clock are needed")
	most := DefaultLifetimes()
	for _, l := range []struct {
		name      string
		set, most time.Duration
	}{
		{"code", s.Lifetimes.Code, most.Code}, {"access token", s.Lifetimes.Access, most.Access},
		{"ID token", s.Lifetimes.IDToken, most.IDToken}, {"refresh", s.Lifetimes.Refresh, most.Refresh},
		{"values", s.Lifetimes.Values, most.Values}, {"grace", s.Lifetimes.Grace, most.Grace},
	} {
		demand(l.set > 0 && l.set <= l.most, "lifetime of "+l.name+" must be more than nothing and at most "+l.most.String())
	}
	return errors.Join(problems...)
}

// newEngine composes the engine's handlers one by one, in the order that must hold: the code is
// made before OpenID Connect and PKCE look at it. Nothing that is not named here exists.
func newEngine(l Lifetimes) *fosite.Fosite {
	config := &fosite.Config{ // everything that has a default is set (oauth.md F25)
		AccessTokenLifespan: l.Access, RefreshTokenLifespan: l.Refresh, AuthorizeCodeLifespan: l.Code, IDTokenLifespan: l.IDToken,
		ScopeStrategy: fosite.ExactScopeStrategy, AudienceMatchingStrategy: fosite.ExactAudienceMatchingStrategy,
		EnforcePKCEForPublicClients: true, EnablePKCEPlainChallengeMethod: false,
		RefreshTokenScopes: []string{scopeOffline}, MinParameterEntropy: 1, OmitRedirectScopeParam: true,
		SendDebugMessagesToClients: false,
		RedirectSecureChecker:      func(context.Context, *url.URL) bool { return true }, // the registration was checked
		ClientAuthenticationStrategy: func(ctx context.Context, _ *http.Request, _ url.Values) (fosite.Client, error) {
			return engineClient{unitOf(ctx).client}, nil // it authenticated before, once
		},
	}
	engine := &fosite.Fosite{Store: engineStorage{}, Config: engineConfig{config}}
	code := &oauth2.AuthorizeExplicitGrantHandler{
		AccessTokenStrategy: strategy{}, RefreshTokenStrategy: strategy{}, AuthorizeCodeStrategy: strategy{},
		CoreStorage: engineStorage{}, TokenRevocationStorage: engineStorage{}, Config: engine.Config,
	}
	refresh := &oauth2.RefreshTokenGrantHandler{
		AccessTokenStrategy: strategy{}, RefreshTokenStrategy: strategy{}, TokenRevocationStorage: engineStorage{}, Config: engine.Config,
	}
	id := &openid.IDTokenHandleHelper{IDTokenStrategy: idTokens{}}
	connect := &openid.OpenIDConnectExplicitHandler{
		OpenIDConnectRequestStorage: engineStorage{}, IDTokenHandleHelper: id, Config: engine.Config,
		OpenIDConnectRequestValidator: openid.NewOpenIDConnectRequestValidator(nil, engine.Config),
	}
	connectRefresh := &openid.OpenIDConnectRefreshHandler{IDTokenHandleHelper: id, Config: engine.Config}
	proof := &pkce.Handler{AuthorizeCodeStrategy: strategy{}, Storage: engineStorage{}, Config: engine.Config}

	config.AuthorizeEndpointHandlers = fosite.AuthorizeEndpointHandlers{code, connect, proof}
	config.TokenEndpointHandlers = fosite.TokenEndpointHandlers{code, refresh, connect, connectRefresh, proof}
	config.RevocationHandlers = fosite.RevocationHandlers{&oauth2.TokenRevocationHandler{
		TokenRevocationStorage: engineStorage{}, RefreshTokenStrategy: strategy{}, AccessTokenStrategy: strategy{},
	}}
	return engine
}

// engineConfig asks the client's registration whether PKCE is enforced.
type engineConfig struct{ *fosite.Config }

// GetEnforcePKCE holds for the request at hand.
func (engineConfig) GetEnforcePKCE(ctx context.Context) bool {
	return unitOf(ctx).client.pkce() == PKCERequired
}

// supportedScopes are those that ask for something here.
func supportedScopes() []string {
	return append([]string{scopeOpenID, scopeOffline}, claims.Scopes()...)
}
