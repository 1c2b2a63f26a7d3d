package hub

import (
	"context"
	"errors"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/subject"
)

// rehouse asks the register where those live now who work at desks, so that a second clerk decides about who lives
// with the first (means.md §4.3). Whom it does not answer about stays as they were.
func (h *Hub) rehouse(ctx context.Context) error {
	working, err := h.identity.Working(ctx)
	if err != nil {
		return err
	}
	numbers := subject.Numbers{Store: h.identity, Vault: h.keys.sealing}
	var failed []error
	for _, person := range working {
		all, err := numbers.Numbers(ctx, person)
		i := slices.IndexFunc(all, func(id identity.Identifier) bool { return id.Scheme == identity.NationalNumber })
		if err == nil && i >= 0 {
			err = h.rehouseOne(ctx, person, all[i])
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (h *Hub) rehouseOne(ctx context.Context, person identity.PersonID, number identity.Identifier) error {
	var told register.Person
	err := h.hearing.asking(ctx, func() (err error) {
		told, err = h.feed.Person(ctx, number)
		return err
	})
	switch {
	case errors.Is(err, register.ErrNotFound):
		return h.identity.KeepHome(ctx, person, nil)
	case err != nil:
		return err
	default:
		return h.identity.KeepHome(ctx, person, enrolment.HomeOf(h.keys.digest, told.Attributes))
	}
}
