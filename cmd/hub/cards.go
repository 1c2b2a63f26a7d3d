package hub

import (
	"errors"
	"slices"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/eid"
	"symbolon/connectors/outbound"
	"symbolon/connectors/pki"
	"symbolon/connectors/webeid"
)

const (
	mostOCSP  = 64 << 10 // bytes of a responder's answer
	mostCRL   = 20 << 20 // bytes of a revocation list (attacks XC-07)
	forCRL    = 20 * time.Second
	moreCalls = 64 // to one responder at a time: each waiting login is one
)

// webEID makes a connector to e-ID cards through Web eID.
func webEID(s Surroundings) (connectors.Connector, error) {
	settings, err := webeid.Decode(s.ID, s.Settings)
	if err != nil {
		return nil, err
	}
	cards, err := certificates(s, settings.Issuers, settings.AllowLoopback, settings.CAFile)
	if err != nil {
		return nil, err
	}
	return webeid.New(settings, webeid.Deps{Cards: cards, Log: s.Log})
}

// tlsCards makes a connector to e-ID cards that browsers show in the handshake with the card host.
func tlsCards(s Surroundings) (connectors.Connector, error) {
	settings, err := eid.Decode(s.ID, s.Settings)
	if err != nil {
		return nil, err
	}
	deps := s.Card
	if deps.Cards, err = certificates(s, settings.Issuers, settings.AllowLoopback, settings.CAFile); err != nil {
		return nil, err
	}
	return eid.New(settings, deps)
}

// certificates makes what checks cards. Answers of responders and lists are signed themselves, so they
// are fetched by plain http as well, from the hosts that the profiles name and no others.
func certificates(s Surroundings, profiles []pki.Profile, loopback bool, caFile string) (*pki.Verifier, error) {
	if loopback && !s.AllowLoopback {
		return nil, errors.New("allow_loopback is only for a loopback issuer") // attacks SS-01
	}
	further, err := roots(caFile)
	if err != nil {
		return nil, err
	}
	ocsp, crl := pki.Hosts(profiles)
	options := outbound.Options{AllowHosts: ocsp, AllowLoopback: loopback, Plain: true, MaxBody: mostOCSP, PerHost: moreCalls, Roots: further, Now: s.Now}
	responders := outbound.New(options)
	options.AllowHosts, options.MaxBody, options.Timeout = crl, mostCRL, forCRL
	return pki.New(profiles, pki.Deps{OCSP: responders.HTTP(), CRL: outbound.New(options).HTTP(), Log: s.Log})
}

// withCards reports whether people log in with e-ID cards here.
func withCards(all []connectors.Connector) bool {
	return slices.ContainsFunc(all, func(c connectors.Connector) bool {
		kind := c.Describe().Kind
		return kind == webeid.Kind || kind == eid.Kind
	})
}
