package hub

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/outbox"
)

// deskNotices tells people on every channel.
type deskNotices struct {
	notices outbox.Notices
	site    string
}

// Enrolled says that a new way to log in works.
func (n deskNotices) Enrolled(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) (int, error) {
	return n.notices.Enrolled(ctx, person, language, n.site, reference, at)
}

// Meanwhile says it where what is stronger was put aside.
func (n deskNotices) Meanwhile(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) (int, error) {
	return n.notices.Meanwhile(ctx, person, language, n.site, reference, at)
}

// Ward says to a guardian that one for a minor does.
func (n deskNotices) Ward(ctx context.Context, guardian identity.PersonID, language, reference string, at time.Time) (int, error) {
	return n.notices.Ward(ctx, guardian, language, n.site, reference, at)
}

// Stopped says that something was stopped.
func (n deskNotices) Stopped(ctx context.Context, person identity.PersonID, language, reference string, at time.Time) error {
	return n.notices.Told(ctx, person, "message.device_stopped", reference, language, at)
}

// WardStopped says it to a guardian.
func (n deskNotices) WardStopped(ctx context.Context, guardian identity.PersonID, language, reference string, at time.Time) error {
	return n.notices.Told(ctx, guardian, "message.ward_stopped", reference, language, at)
}

// Reachable gives where somebody can be sent a code.
func (n deskNotices) Reachable(ctx context.Context, person identity.PersonID) (identity.Attributes, error) {
	return n.notices.Reachable(ctx, person)
}

// ContactCode sends the code that the citizen reads out at the desk.
func (n deskNotices) ContactCode(ctx context.Context, person identity.PersonID, to identity.Attribute, language, code string, at time.Time) error {
	return n.notices.ContactCode(ctx, person, to, language, n.site, code, at)
}

// SecondHalf sends the second half of a code for home.
func (n deskNotices) SecondHalf(ctx context.Context, person identity.PersonID, to identity.Attributes, language, half string, at time.Time) error {
	return n.notices.SecondHalf(ctx, person, to, language, n.site, half, at)
}

// noNotices is for an installation without a gateway: nobody is told, and no code goes home.
type noNotices struct{}

// Enrolled tells nobody.
func (noNotices) Enrolled(context.Context, identity.PersonID, string, string, time.Time) (int, error) {
	return 0, nil
}

// Meanwhile tells nobody.
func (noNotices) Meanwhile(context.Context, identity.PersonID, string, string, time.Time) (int, error) {
	return 0, nil
}

// Ward tells nobody.
func (noNotices) Ward(context.Context, identity.PersonID, string, string, time.Time) (int, error) {
	return 0, nil
}

// Stopped tells nobody.
func (noNotices) Stopped(context.Context, identity.PersonID, string, string, time.Time) error {
	return nil
}

// WardStopped tells nobody.
func (noNotices) WardStopped(context.Context, identity.PersonID, string, string, time.Time) error {
	return nil
}

// Reachable gives nothing.
func (noNotices) Reachable(context.Context, identity.PersonID) (identity.Attributes, error) {
	return nil, nil
}

// ContactCode is not asked: nobody is reached.
func (noNotices) ContactCode(context.Context, identity.PersonID, identity.Attribute, string, string, time.Time) error {
	return enrolment.ErrNoCase
}

// SecondHalf is not asked: nobody is reached.
func (noNotices) SecondHalf(context.Context, identity.PersonID, identity.Attributes, string, string, time.Time) error {
	return enrolment.ErrNoCase
}
