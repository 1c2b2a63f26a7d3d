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

// SecondHalf sends the second half of a code for home.
func (n deskNotices) SecondHalf(ctx context.Context, person identity.PersonID, language, half string, confirmed enrolment.AskedAbout, at time.Time) (int, error) {
	return n.notices.SecondHalf(ctx, person, language, n.site, half, confirmed, at)
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

// SecondHalf sends nothing.
func (noNotices) SecondHalf(context.Context, identity.PersonID, string, string, enrolment.AskedAbout, time.Time) (int, error) {
	return 0, nil
}
