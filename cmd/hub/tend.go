package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// How often things beside the requests are done.
const (
	registryEvery = 2 * time.Second // a party or an office that was switched off is out everywhere by then
	sweepEvery    = time.Minute
	retainEvery   = time.Hour
	gaugesEvery   = 15 * time.Second
	owedEvery     = 5 * time.Second          // what was opened with a stopped device has ended a moment after owedFor
	keysEvery     = 50 * time.Second         // attacks KR-02: a key that was withdrawn is out everywhere within 60 s
	unknownFor    = 7 * 24 * time.Hour       // means.md §4.3: that data changed concerns a desk for a week
	eventsFor     = 2 * 365 * 24 * time.Hour // an event of a register that is told again after that counts as new
)

// How often what matching left to people is looked after.
const (
	casesEvery   = time.Minute
	nightlyEvery = 10 * time.Minute // a replica asks whether the night's work is its to do
	tiesEvery    = time.Hour
	undoFor      = 30 // days, means.md R-PER-02
)

// tend sets up what is done beside the requests.
func (h *Hub) tend() {
	h.chores = append(h.chores,
		chore{"registry", registryEvery, h.registry.Refresh},
		chore{"offices", registryEvery, h.offices.refresh},
		chore{"signing keys", min(h.config.Keys.PublishLead/4, keysEvery), h.turnKeys},
		chore{"what is off", sweepEvery, h.endOff},
		chore{"what is owed", owedEvery, h.endOwed},
		chore{"sweep", sweepEvery, h.usage.Sweep},
		chore{"retention", retainEvery, h.retain},
		chore{"gauges", gaugesEvery, h.gauge},
	)
	h.chores = append(h.chores,
		chore{"decided cases", casesEvery, h.CarryOut},
		chore{"duplicates", nightlyEvery, func(ctx context.Context) error { return h.nightly(ctx, "duplicates", h.findDuplicates) }},
		chore{"ended ties", tiesEvery, func(ctx context.Context) error { return h.identity.ForgetTies(ctx, h.now(), undoFor) }},
	)
	if h.hearing != nil {
		h.chores = append(h.chores,
			chore{"register events", h.config.Registers.Poll, h.hearing.follow},
			chore{"documents that changed", h.config.Registers.Poll, h.hearing.notice},
			chore{"old register events", retainEvery, func(ctx context.Context) error { return h.identity.SweepEvents(ctx, eventsFor) }},
			chore{"what was heard of people unknown", retainEvery, func(ctx context.Context) error { return h.identity.SweepUnknown(ctx, unknownFor) }})
	}
}

// retain takes away what is kept no longer.
func (h *Hub) retain(ctx context.Context) error {
	kept := h.config.Retention
	return errors.Join(h.usage.Retain(ctx, kept.Usage), h.identity.Retain(ctx, kept.Identity), h.identity.Sweep(ctx, kept.Messages), h.identity.SweepContacts(ctx, kept.Contacts),
		h.identity.SweepRecords(ctx, kept.Identity))
}

// endOff ends for good what rests on a means or an office that is switched off: nothing of it lets anybody
// in meanwhile, and nothing does when it comes back. It is done again and again, for what another replica
// opened before it knew.
func (h *Hub) endOff(ctx context.Context) error {
	var failed []error
	for _, office := range h.offices.closed() {
		failed = append(failed, h.Desks().endOffice(ctx, office))
	}
	for _, d := range h.logins.Descriptions() {
		if !d.Disabled {
			continue
		}
		row, err := h.usageJournal().Row(journal.Entry{Kind: journal.MeansEnded, Fields: map[string]any{"means": string(d.ID)}})
		if err == nil {
			err = h.usage.EndMeans(ctx, d.ID, row)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// turnKeys makes the signing keys that are due, reads those that another replica made, and
// records what was made here.
func (h *Hub) turnKeys(ctx context.Context) error {
	made, err := h.keys.signing.Rotate(h.now())
	for _, k := range made {
		h.log.InfoContext(ctx, "signing key made", "kid", k.ID, "alg", string(k.Algorithm), "begins", k.Begin)
		if err := RecordKey(ctx, h.usageJournal(), k.ID, string(k.Algorithm)); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("turn signing keys over: %w", err)
	}
	return h.keys.signing.Reload()
}

// RecordKey puts the making of a signing key into the journal.
func RecordKey(ctx context.Context, to journal.Recorder, id, algorithm string) error {
	return recordKey(ctx, to, journal.KeyRotated, map[string]any{"kid": id, "alg": algorithm})
}

// RecordWithdrawal puts the end of a signing key into the journal.
func RecordWithdrawal(ctx context.Context, to journal.Recorder, id string) error {
	return recordKey(ctx, to, journal.KeyWithdrawn, map[string]any{"kid": id})
}

func recordKey(ctx context.Context, to journal.Recorder, kind journal.Kind, fields map[string]any) error {
	row, err := to.Row(journal.Entry{ID: seal.NewRowID(to.Now()), Kind: kind, Fields: fields})
	if err != nil {
		return fmt.Errorf("record a signing key: %w", err)
	}
	return to.Append(ctx, row)
}

func (h *Hub) gauge(ctx context.Context) error {
	if k, ok := h.keys.signing.Active("ES256", h.now()); ok {
		h.metrics.keyAge.Set(h.now().Sub(k.Begin).Seconds())
	}
	waiting, err := h.identity.Waiting(ctx)
	if err != nil {
		return err
	}
	h.metrics.outbox.Set(float64(waiting))
	return nil
}

// message counts messages to people by what became of them and by channel.
func (m *metrics) message(outcome string) func(channel string) {
	return func(channel string) { m.messages.WithLabelValues(outcome, channel).Inc() }
}
