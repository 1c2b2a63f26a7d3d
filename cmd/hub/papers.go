package hub

import (
	"cmp"
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
)

// papers tells a desk how documents stand as logins are told: never from memory of more than a minute,
// and anew once a register has told of a document (means R-STAT-01).
type papers struct {
	statuses *register.Statuses
	country  string // whose documents the register keeps; "": the holder's
}

// Standing says how a document stands now, and since when.
func (p papers) Standing(ctx context.Context, holder identity.Identifier, kind, number string) (register.DocumentStatus, time.Time) {
	document := p.named(kind, number, holder.Country)
	if holder.Scheme != identity.NationalNumber { // a register that knows a foreigner's document knows no holder's number
		document.Number, holder = holder, identity.Identifier{}
	}
	document.Holder = holder
	status := p.statuses.Status(ctx, document, identity.High)
	return status.State, status.Since
}

// Reported says what is known against a document that may stand in no register.
func (p papers) Reported(ctx context.Context, id identity.Identifier, kind, number string) (register.DocumentStatus, time.Time, error) {
	document := p.named(kind, number, p.country)
	if id != (identity.Identifier{}) {
		document.Number = id
	}
	switch status := p.statuses.Status(ctx, document, identity.High); {
	case status.Reason == register.NotRegistered:
		return "", time.Time{}, register.ErrNotFound
	case status.State == register.Unknown:
		return "", time.Time{}, register.ErrUnavailable
	default:
		return status.State, status.Since, nil
	}
}

func (p papers) named(kind, number, country string) identity.Document {
	scheme := identity.IdentityCard
	if kind == "passport" {
		scheme = identity.Passport
	}
	return identity.Document{Type: kind, Number: identity.Identifier{Scheme: scheme, Country: cmp.Or(p.country, country), Value: identity.Hide(number)}}
}
