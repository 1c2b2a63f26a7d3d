package intake

import (
	"context"
	"crypto/x509"
	"slices"
	"time"
)

// Who says which system sent a request: by the assertion that it signed, or by the certificate that it
// showed in the handshake. An assertion goes before; none of both is nobody, and so is a system that is switched
// off. Errors: *Unknown, and those of Assertions.
func (i *Intake) Who(ctx context.Context, assertion string, shown []*x509.Certificate) (System, error) {
	s, err := i.proved(ctx, assertion, shown)
	if err != nil {
		return System{}, err
	}
	off := s.Off
	if !off && i.Off != nil {
		if off, err = i.Off(ctx, s.ID); err != nil {
			return System{}, err
		}
	}
	if off {
		return System{}, &Unknown{"This system is switched off here."}
	}
	return s, nil
}

func (i *Intake) proved(ctx context.Context, assertion string, shown []*x509.Certificate) (System, error) {
	if assertion != "" {
		id, err := i.Assertions.Check(ctx, assertion)
		if err != nil {
			return System{}, err
		}
		if s, known := i.system(id); known {
			return s, nil
		}
		return System{}, &Unknown{"The assertion is not a JWT signed by a registered key."}
	}
	if len(shown) == 0 {
		return System{}, &Unknown{"Send an assertion as the bearer token, or show a registered certificate in the TLS handshake."}
	}
	now := i.Now()
	if !proves(shown[0], now) {
		return System{}, &Unknown{"The certificate is not in force, or not for proving oneself as a client."}
	}
	for _, s := range i.Systems {
		authority, is := s.shows(shown, now)
		if !is {
			continue
		}
		if s.Revoked != nil && authority != nil && s.Revoked(ctx, shown[0], authority, now) != nil {
			return System{}, &Unknown{"The certificate was revoked, or its authority does not say now that it was not."}
		}
		return s, nil
	}
	return System{}, &Unknown{"The certificate is not a registered one."}
}

// proves reports whether a certificate is in force and may prove its holder in a handshake: one that is
// for signing documents alone may not.
func proves(c *x509.Certificate, now time.Time) bool {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) || c.IsCA {
		return false
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return false
	}
	free := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0
	return free || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// shows reports whether what was shown is this system's, and which authority issued it; nil where it is taken
// to the letter.
func (s System) shows(shown []*x509.Certificate, now time.Time) (*x509.Certificate, bool) {
	if slices.ContainsFunc(s.Certificates, shown[0].Equal) {
		return nil, true
	}
	if s.Authority == nil || s.Name == "" || !slices.Contains(shown[0].DNSNames, s.Name) {
		return nil, false
	}
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	chains, err := shown[0].Verify(x509.VerifyOptions{
		Roots: s.Authority, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || len(chains[0]) < 2 { // its own authority: no register system is one
		return nil, false
	}
	return chains[0][1], true
}
