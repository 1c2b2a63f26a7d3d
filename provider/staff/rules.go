package staff

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"symbolon/provider/journal"
)

// ErrQuota says that a quota is none, or more than the operator allows.
var ErrQuota = errors.New("staff: a quota is a number from 0 to what the operator allows")

// Rule decides what ties the people of an office to its positions, when it works, and what a clerk may do in a day:
// never more than most. Errors: ErrNoOffice, ErrQuota, ErrNobody for a binding that there is not, and ErrKeys for one that
// would let nobody work.
func (r *Registry) Rule(ctx context.Context, rules Rules, most Quotas, by string) error {
	if err := r.knows(ctx, rules.Office); err != nil {
		return err
	}
	within := func(n, most int) bool { return n >= 0 && n <= most }
	switch {
	case !slices.Contains(Bindings(), rules.Binding):
		return ErrNobody
	case !within(rules.Quotas.LookUps, most.LookUps) || !within(rules.Quotas.Enrolments, most.Enrolments):
		return ErrQuota
	}
	entry := journal.Entry{Kind: journal.OfficeChanged, Fields: map[string]any{
		"office": rules.Office, "binding": string(rules.Binding), "look_ups": strconv.Itoa(rules.Quotas.LookUps), "enrolments": strconv.Itoa(rules.Quotas.Enrolments), "hours": rules.Hours.String(), "by": by,
	}}
	return r.write(ctx, Change{Rules: &rules}, entry)
}

// Register makes a computer one of a position's. That it holds the key was proved. Errors: ErrNoOffice, ErrNoStation, ErrTaken.
func (r *Registry) Register(ctx context.Context, key StationKey) error {
	places, err := r.Places(ctx)
	if err != nil {
		return err
	}
	if _, known := places.Office(key.Office); !known {
		return ErrNoOffice
	}
	if !places.Has(key.Office, key.Station) {
		return ErrNoStation
	}
	key.Added = r.Now()
	return r.write(ctx, Change{AddKey: &key}, keyEntry("registered", key, key.By))
}

// Withdraw takes a computer away from an office: with its next request nobody works at it any more. Where
// computers are asked for, the last one stays until others are registered. Errors: ErrNobody, ErrKeys.
func (r *Registry) Withdraw(ctx context.Context, office string, thumb [32]byte, by string) error {
	key := StationKey{Office: office, Thumb: thumb}
	return r.write(ctx, Change{DropKey: &key}, keyEntry("withdrawn", key, by))
}

func keyEntry(act string, key StationKey, by string) journal.Entry {
	fields := map[string]any{"act": act, "office": key.Office, "key": hex.EncodeToString(key.Thumb[:]), "by": by}
	if key.Station != "" {
		fields["station"] = key.Station
	}
	return journal.Entry{Kind: journal.OfficeChanged, Fields: fields}
}
