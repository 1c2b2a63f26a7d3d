package oidc

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"symbolon/connectors/outbound"
)

func TestWhyThereWasNoAnswerIsSaidInFixedWords(t *testing.T) {
	for want, err := range map[string]error{
		"its certificate":   &tls.CertificateVerificationError{Err: errors.New("unknown authority")},
		"its host name":     &net.DNSError{Err: "no such host", Name: "profile.example"},
		"nothing listens":   &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"no answer in time": context.DeadlineExceeded,
		"no answer":         errors.New("something else"),
	} {
		said := outbound.NoAnswer(&url.Error{Op: "Get", URL: "https://profile.example/?who=ordinary", Err: err}).Error()
		if !strings.Contains(said, want) || strings.Contains(said, "profile.example") {
			t.Errorf("%q, want %q", said, want)
		}
	}
}
