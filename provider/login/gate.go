package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// ErrFallen says that what a grant rests on does not stand any more.
var ErrFallen = errors.New("login: what this rests on does not stand any more")

// Offices says which offices are switched off: what those handed out lets nobody in.
type Offices interface {
	Off(office string) bool
	// Named is what parties read of who answers for an office: its institution, and the office; "" if nobody
	// knows it any more.
	Named(office string) string
}

// Stands says whether what was proved still stands after the login: its means is switched on, so is
// the office that handed it out, if one did, and the session it came from, if one is named, has not
// ended. Everything that outlives a login asks it: codes, refresh tokens, userinfo (attacks CP-15,
// FO-11, LA-05, SE-12). ErrFallen if it does not.
func (s *Service) Stands(ctx context.Context, means identity.Means, office string, session seal.RowID) error {
	if _, err := s.connector(means); err != nil || s.officeOff(office) {
		return ErrFallen
	}
	if session == (seal.RowID{}) {
		return nil
	}
	_, err := s.Sessions.LoadSession(ctx, session)
	if errors.Is(err, ErrGone) {
		return ErrFallen
	}
	if err != nil {
		return fmt.Errorf("session behind a grant: %w", err)
	}
	return nil
}

// officeOff reports whether any of the offices that a proof rests on is switched off.
func (s *Service) officeOff(office string) bool {
	return s.Offices != nil && slices.ContainsFunc(strings.Fields(office), s.Offices.Off)
}

// offices joins the offices of two proofs, each once, with a space between.
func offices(a, b string) string {
	all := strings.Fields(a)
	for _, office := range strings.Fields(b) {
		if !slices.Contains(all, office) {
			all = append(all, office)
		}
	}
	return strings.Join(all, " ")
}

// handedOut reports whether an office handed out what somebody logged in with.
func handedOut(evidence []identity.Evidence) bool {
	return slices.ContainsFunc(evidence, func(e identity.Evidence) bool { return e.Kind.FromOffice() })
}

// officeOf gives the office that handed out what somebody logged in with; "" if none did.
func officeOf(evidence []identity.Evidence) string {
	for _, e := range evidence {
		if e.Kind.FromOffice() {
			return e.Issuer
		}
	}
	return ""
}
