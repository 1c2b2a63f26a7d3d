package outbound

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// NoAnswer says why a call got none, for the operator, in fixed words.
func NoAnswer(err error) error {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var slow interface{ Timeout() bool }
	switch {
	case errors.As(err, &certificate):
		return errors.New("no answer: its certificate is not trusted; ca_file names further authorities")
	case errors.As(err, &name):
		return errors.New("no answer: its host name leads nowhere")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("no answer: nothing listens there")
	case errors.As(err, &slow) && slow.Timeout():
		return errors.New("no answer in time")
	default:
		return errors.New("no answer")
	}
}
