package outbox

import (
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
	return n.widely(ctx, person, "message.meanwhile", at, parameters{
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

// Reachable gives the addresses of a person that a message can be carried to now, the best first.
func (n Notices) Reachable(ctx context.Context, person identity.PersonID) (identity.Attributes, error) {
	channels, err := n.channels(ctx, person)
	var all identity.Attributes
	for _, channel := range channels {
		to, missing := n.Addresses.Address(ctx, person, channel)
		if missing != nil {
			return nil, fmt.Errorf("find where a person is reached: %w", missing)
		}
		if address := to.Reveal(); address != "" {
			all = append(all, identity.Attribute{Name: channel, Value: identity.Text(address)})
		}
	}
	return all, err
}

// ContactCode queues to one address the code that shows at a desk that the person reads what comes there.
func (n Notices) ContactCode(ctx context.Context, person identity.PersonID, to identity.Attribute, language, site, code string, at time.Time) error {
	return n.exactly(ctx, person, identity.Attributes{to}, "message.contact_code", at, n.coded(language, site, code, at))
}

// SecondHalf queues the second half of a code for home, to these addresses and no other, whatever changes meanwhile.
func (n Notices) SecondHalf(ctx context.Context, person identity.PersonID, to identity.Attributes, language, site, half string, at time.Time) error {
	return n.exactly(ctx, person, to, "message.second_half", at, n.coded(language, site, half, at))
}

func (n Notices) coded(language, site, code string, at time.Time) parameters {
	return parameters{Language: language, Args: map[string]string{"ref": code, "time": n.timeOf(at), "host": site}}
}

func (n Notices) exactly(ctx context.Context, person identity.PersonID, to identity.Attributes, text string, at time.Time, p parameters) error {
	if p.Language == "" {
		p.Language = n.language(ctx, nil)
	}
	for _, address := range to {
		p.To = address.Value.RevealText()
		if err := n.queue(ctx, person, address.Name, text, at, p); err != nil {
			return err
		}
	}
	return nil
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
	return queued + len(former), n.exactly(ctx, person, former, text, at, p)
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
