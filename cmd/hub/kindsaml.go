package hub

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"

	"symbolon/config"
	"symbolon/connectors"
	"symbolon/connectors/outbound"
	"symbolon/connectors/saml"
)

// samlConnector makes a connector to an upstream SAML identity provider. Calls by its own protocol have
// a client of their own, with the certificate to show and, where artifact.ca_file says so, only the
// authorities named there: a slow upstream holds its own places and nobody else's.
func samlConnector(s Surroundings) (connectors.Connector, error) {
	raw := maps.Clone(s.Settings)
	caFile, _ := raw["ca_file"].(string)
	delete(raw, "ca_file")
	settings, err := saml.Decode(s.ID, raw)
	if err != nil {
		return nil, err
	}
	if settings.AllowLoopback && !s.AllowLoopback {
		return nil, errors.New("allow_loopback is only for a loopback issuer") // attacks SS-01
	}
	for setting, name := range settings.PrivateFiles() {
		if err := config.CheckPrivate(name); err != nil { // attacks KR-04
			return nil, fmt.Errorf("%s %s: %w", setting, name, err)
		}
	}
	options := outbound.Options{AllowHosts: settings.OutboundHosts(), AllowLoopback: settings.AllowLoopback, Now: s.Now}
	if options.Roots, err = roots(caFile); err != nil {
		return nil, err
	}
	calls := options
	calls.Timeout = settings.Artifact.Timeout
	if pinned := settings.Artifact.CAFile; pinned != "" {
		if calls.Roots, err = onlyRoots(pinned); err != nil {
			return nil, fmt.Errorf("artifact.ca_file: %w", err)
		}
	}
	if shown := settings.Artifact.MTLSCert; shown.KeyFile != "" {
		certificate, err := tls.LoadX509KeyPair(shown.CertFile, shown.KeyFile)
		if err != nil {
			return nil, errors.New("artifact.mtls_cert: certificate and key do not go together")
		}
		calls.Certificates = []tls.Certificate{certificate}
	}
	return saml.New(settings, saml.Deps{
		HTTP: outbound.New(options).HTTP(), SOAP: outbound.New(calls).HTTP(), Callback: s.Callback, Logout: s.Logout, Now: s.Now, Log: s.Log,
	})
}

// onlyRoots gives the certificate authorities of a file, and none of the system's.
func onlyRoots(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in the file")
	}
	return pool, nil
}
