package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Enrolled queues the notice that a new way to log in was set up for a person, to every channel that
// is known or was not long ago: whoever set it up may hold one of them, or have put one of them in (means.md
// R-ENR-07). The reference stops it. It says how many were queued.
func (n Notices) Enrolled(ctx context.Context, person identity.PersonID, language, site, reference string, at time.Time) (int, error) {
	return n.widely(ctx, person, "message.enrolled", at, parameters{
		Language: language, Ref: reference, Args: map[string]string{"ref": reference, "time": n.timeOf(at), "host": site},
	})
}

// Meanwhile is Enrolled where what the person had before was put aside with it, to be taken back.
func (n Notices) Meanwhile(ctx context.Context, person identity.PersonID, language, site, reference string, at time.Time) (int, error) {
	return n.everywhere(ctx, person, "message.meanwhile", at, parameters{
		Language: language, Ref: reference, Args: map[string]string{"ref": reference, "time": n.timeOf(at), "host": site},
	})
}

// Ward queues to a guardian that a new way to log in works for a minor in their care, with the reference that
// stops it, as widely.
func (n Notices) Ward(ctx context.Context, guardian identity.PersonID, language, site, reference string, at time.Time) (int, error) {
	return n.widely(ctx, guardian, "message.enrolled_ward", at, parameters{
		Language: language, Ref: reference, Args: map[string]string{"ref": reference, "time": n.timeOf(at), "host": site},
	})
}

// SecondHalf queues the second half of a code for home, to those addresses that were confirmed at the desk and to no
// other, also if one changes before it is sent (means.md §4.4). It says how many were queued.
func (n Notices) SecondHalf(
	ctx context.Context, person identity.PersonID, language, site, half string, confirmed func(identity.AttributeName, identity.Secret) bool, at time.Time,
) (int, error) {
	channels, err := n.channels(ctx, person)
	queued := 0
	for _, channel := range channels {
		var to identity.Secret
		if to, err = n.Addresses.Address(ctx, person, channel); err != nil {
			break
		}
		if !confirmed(channel, to) {
			continue
		}
		p := parameters{Language: cmp.Or(language, n.language(ctx, nil)), To: to.Reveal(), Args: map[string]string{"ref": half, "time": n.timeOf(at), "host": site}}
		if err = n.queue(ctx, person, channel, "message.second_half", at, p); err != nil {
			return 0, err
		}
		queued++
	}
	if err != nil {
		return 0, fmt.Errorf("queue the second half of a code: %w", err)
	}
	return queued, nil
}

// widely queues a notice to every channel that is known, and to the addresses that those replaced not long ago.
func (n Notices) widely(ctx context.Context, person identity.PersonID, text string, at time.Time, p parameters) (int, error) {
	former, err := n.Addresses.Former(ctx, person)
	former = slices.DeleteFunc(former, func(a identity.Attribute) bool { return !n.carries(a.Name) })
	if err != nil {
		return 0, fmt.Errorf("queue a notice: %w", err)
	}
	queued, err := n.everywhere(ctx, person, text, at, p)
	if err != nil {
		return 0, err
	}
	if p.Language == "" {
		p.Language = n.language(ctx, nil)
	}
	for _, address := range former {
		p.To = address.Value.RevealText()
		if err := n.queue(ctx, person, address.Name, text, at, p); err != nil {
			return 0, err
		}
	}
	return queued + len(former), nil
}

func (n Notices) everywhere(ctx context.Context, person identity.PersonID, text string, at time.Time, p parameters) (int, error) {
	channels, err := n.channels(ctx, person)
	if err != nil {
		return 0, fmt.Errorf("queue a notice: %w", err)
	}
	if p.Language == "" {
		p.Language = n.language(ctx, nil)
	}
	for _, channel := range channels {
		if err := n.queue(ctx, person, channel, text, at, p); err != nil {
			return 0, err
		}
	}
	return len(channels), nil
}
