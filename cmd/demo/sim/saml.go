package sim

import (
	"crypto"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// SAML is the trusted profile once more, as a SAML 2.0 identity provider in two profiles: that of a
// national node (artifacts, ECDSA, everything encrypted by key agreement, eIDAS names), and a plain one
// (POST, RSA). People, pages and levels are those of the OpenID provider.
type SAML struct {
	Base     string
	Switches *Switches
	Now      func() time.Time
	Node     *SAMLProfile // national node
	Plain    *SAMLProfile

	login    *Provider
	http     *http.Client // how the hub is told of logouts
	metadata keyPair      // signs metadata of both

	mu      sync.Mutex
	indexes map[string][]samlSession // what was opened, by the cookie of a session here
}

// SAMLProfile is one of the two ways to speak.
type SAMLProfile struct {
	Name     string
	EntityID string
	Hub      SAMLClient

	artifact  bool
	algorithm string
	key, next keyPair
	foreign   keyPair // is never published
	artifacts shelf[[]byte]
	last      shelf[[]byte] // for the switch that repeats it
}

// SAMLClient is the hub as a profile knows it.
type SAMLClient struct {
	EntityID, ACS, Logout string
	Signs                 []crypto.PublicKey
	Encrypts              crypto.PublicKey // nil: nothing is encrypted
}

// samlSession is one session that the hub was told of.
type samlSession struct {
	profile *SAMLProfile
	index   string
	name    idp.NameID
}

// NewSAML makes the provider. Its keys are drawn when they are first needed.
func NewSAML(base string, people []Person, node, plain SAMLClient, client *http.Client) (*SAML, error) {
	login, err := TrustedProfile(base, people)
	if err != nil {
		return nil, err
	}
	if login.pages, err = newPages("profile", "Trusted profile by SAML"); err != nil {
		return nil, err
	}
	login.cookie = "sim_saml"
	if client == nil {
		client = http.DefaultClient
	}
	s := &SAML{
		Base: base, Switches: samlSwitches(), Now: time.Now, login: login, http: client, metadata: newKeyPair(xmlsec.ECDSASHA256), indexes: map[string][]samlSession{},
		Node: &SAMLProfile{
			Name: "wk", EntityID: base + "/wk/metadata", Hub: node, artifact: true, algorithm: xmlsec.ECDSASHA256,
			key: newKeyPair(xmlsec.ECDSASHA256), next: newKeyPair(xmlsec.ECDSASHA256), foreign: newKeyPair(xmlsec.ECDSASHA256),
		},
		Plain: &SAMLProfile{
			Name: "plain", EntityID: base + "/plain/metadata", Hub: plain, algorithm: xmlsec.RSASHA256,
			key: newKeyPair(xmlsec.RSASHA256), next: newKeyPair(xmlsec.RSASHA256), foreign: newKeyPair(xmlsec.RSASHA256),
		},
	}
	return s, nil
}

// Handler serves both profiles.
func (s *SAML) Handler() http.Handler {
	mux := http.NewServeMux()
	s.Switches.routes(mux, s.login.pages)
	s.login.Now = func() time.Time { return s.Now() } // whoever moves our clock moves both
	for _, p := range []*SAMLProfile{s.Node, s.Plain} {
		at := func(pattern, endpoint string, serve func(*SAMLProfile, http.ResponseWriter, *http.Request)) {
			mux.HandleFunc(pattern, s.Switches.misbehave(endpoint, func(w http.ResponseWriter, r *http.Request) { serve(p, w, r) }))
		}
		at("GET /"+p.Name+"/metadata", "metadata", s.serveMetadata)
		at("/"+p.Name+"/sso", "sso", s.sso)
		at("POST /"+p.Name+"/soap", "soap", s.soap)
		at("GET /"+p.Name+"/slo", "slo", s.slo)
	}
	mux.HandleFunc("GET /login", s.login.loginPage)
	mux.HandleFunc("POST /login", s.login.loginAct)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, _ *http.Request) {
		s.login.pages.show(w, http.StatusOK, "logout", "Log out?", map[string]string{})
	})
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		s.login.pages.show(w, http.StatusOK, "saml", "Trusted profile by SAML", s)
	})
	return fence(mux, "/wk/sso", "/plain/sso") // posted to by the hub's page
}

// People are those who have an account here.
func (s *SAML) People() []Person { return s.login.People }

// MetadataCertificate is the certificate that metadata are signed by, for a pin.
func (s *SAML) MetadataCertificate() ([]byte, error) { return s.metadata.certificate() }

func (s *SAML) serveMetadata(p *SAMLProfile, w http.ResponseWriter, _ *http.Request) {
	document, err := s.describe(p)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = w.Write(document)
}

func (s *SAML) describe(p *SAMLProfile) ([]byte, error) {
	signer, err := s.metadata.signer(xmlsec.ECDSASHA256)
	if err != nil {
		return nil, err
	}
	m := idp.Metadata{
		EntityID: p.EntityID, Signer: &signer, Until: s.Now().Add(24 * time.Hour),
		SSO: map[string]string{idp.BindingRedirect: s.at(p, "sso"), idp.BindingPost: s.at(p, "sso")},
		SLO: map[string]string{idp.BindingRedirect: s.at(p, "slo"), idp.BindingSOAP: s.at(p, "soap")},
	}
	if p.artifact {
		m.Artifacts = []string{s.at(p, "soap")}
	}
	published := []keyPair{p.key, p.next}
	switch s.Switches.Value("metadata") {
	case "old-keys":
		published = []keyPair{p.key}
	case "no-keys":
		published = nil
	case "unsigned":
		m.Signer = nil
	case "over":
		m.Until = s.Now().Add(-time.Hour)
	}
	for _, one := range published {
		der, err := one.certificate()
		if err != nil {
			return nil, err
		}
		m.Certificates = append(m.Certificates, der)
	}
	n, err := m.Write()
	if err != nil {
		return nil, err
	}
	return n.Bytes(), nil
}

func (s *SAML) at(p *SAMLProfile, endpoint string) string {
	return s.Base + "/" + p.Name + "/" + endpoint
}

func samlSwitches() *Switches {
	return faults(
		Switch{Name: "level", Offers: []string{"low", "high", "unknown", "none"}, What: "asserts another level than was reached"},
		Switch{Name: "unsigned", Offers: []string{"all", "response", "assertion"}, What: "what is not signed"},
		Switch{Name: "wrapped", Offers: []string{"before", "around", "extensions", "object"}, What: "somebody else's assertion, unsigned, and where the signed one stands"},
		Switch{Name: "replay", Offers: []string{"on"}, What: "the last answer again, whoever logs in"},
		Switch{Name: "time", Offers: []string{"old", "over", "future", "no-end"}, What: "when the answer was made, and until when it is good"},
		Switch{Name: "audience", Offers: []string{"other", "none"}, What: "for another service provider"},
		Switch{Name: "recipient", Offers: []string{"other"}, What: "for another address"},
		Switch{Name: "request", Offers: []string{"other", "none"}, What: "answers another request, or nobody's"},
		Switch{Name: "issuer", Offers: []string{"other"}, What: "answer of another identity provider"},
		Switch{Name: "comment", Offers: []string{"on"}, What: "a comment in the name"},
		Switch{Name: "doctype", Offers: []string{"on"}, What: "a document type with an entity"},
		Switch{Name: "big", Offers: []string{"on"}, What: "an answer of 300 KiB"},
		Switch{Name: "signature", Offers: []string{"other-key", "broken"}, What: "how the answer is signed"},
		Switch{Name: "key", Offers: []string{"next"}, What: "signs by the newly published key"},
		Switch{Name: "plain", Offers: []string{"on"}, What: "does not encrypt what is to be encrypted"},
		Switch{Name: "status", Offers: []string{"AuthnFailed", "NoAuthnContext", "RequestDenied"}, What: "answers that it did not work, and why"},
		Switch{Name: "number", What: "a national number of your choice"},
		Switch{Name: "metadata", Offers: []string{"old-keys", "no-keys", "unsigned", "over"}, What: "what the metadata say"},
		Switch{Name: "slo_unsigned", Offers: []string{"on"}, What: "tells the hub of logouts without a signature"},
	)
}

// known says whether the hub of a profile has that public key among those it signs by.
func (c SAMLClient) known(n *xmlsec.Node) error {
	_, err := xmlsec.Verifier{Keys: slices.Clone(c.Signs), Algorithms: xmlsec.Algorithms()}.Verify(n)
	if err != nil {
		return fmt.Errorf("the hub's signature: %w", err)
	}
	return nil
}
