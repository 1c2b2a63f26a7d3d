package hub

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/once"
	"symbolon/provider/seal"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/subject"
)

// Authenticators gives what was handed out in offices, for whoever sets it up and looks after it; nil
// if no means is of that kind.
func (h *Hub) Authenticators() *enrolled.Authenticators { return h.authenticators }

// Persons gives what finds persons and makes them.
func (h *Hub) Persons() *subject.Matcher { return h.people }

// mostOf gives how much an account has of what offices hand out; nil where none does.
func mostOf(a *enrolled.Authenticators) subject.Most {
	if a == nil {
		return nil
	}
	return a.Most
}

// forOffice is what the connector to what an office handed out uses of the house.
func (h *Hub) forOffice() enrolled.Deps {
	if h.keys == nil { // the settings are being checked and nothing is opened
		return enrolled.Deps{Issuer: h.config.Issuer, Now: h.now, Log: h.log}
	}
	return enrolled.Deps{
		Issuer: h.config.Issuer, Site: h.config.Brand.Name, Finder: h.identity, Keeper: h.identity, Marks: h.usage, Epoch: h.usage.Epoch(), Vault: h.keys.sealing, Digests: officeDigests{h.keys.digest},
		Record: officeJournal{h.people}, Persons: subject.Numbers{Store: h.identity, Vault: h.keys.sealing}, Now: h.now, Log: h.log,
		Worth:    func(kind identity.EvidenceKind) identity.Level { return h.rules.Kinds[kind].Ceiling },
		Hold:     h.identity.Hold,
		Owes:     h.identity.Owe,
		Owed:     h.identity.StillOwed,
		Ended:    h.endDevice,
		Distrust: distrust(h.people),
		Copied: func(ctx context.Context, person identity.PersonID) error {
			if h.notices == nil {
				return nil
			}
			return h.notices.Told(ctx, person, "message.copied", "", "", h.now())
		},
		Once: func(ctx context.Context, secret string, until time.Time) (bool, error) {
			err := h.usage.Consume(ctx, once.Of(once.OneTimeHandle, secret, until, enrolled.Kind))
			if errors.Is(err, once.ErrUsed) {
				return false, nil
			}
			return err == nil, err
		},
	}
}

// distrust ends what was tied on the word of a means, in the matcher's words.
func distrust(m *subject.Matcher) func(context.Context, identity.PersonID, identity.Means, enrolled.Day) error {
	return func(ctx context.Context, person identity.PersonID, means identity.Means, since enrolled.Day) error {
		return m.Distrust(ctx, person, means, subject.Day(since))
	}
}

// deviceEnd ends what somebody holds after something that they log in with was stopped.
type deviceEnd struct {
	identity *identitydb.DB
	people   *subject.Matcher
	logins   func(context.Context, identity.UsageID, login.Cause) error
}

// end ends it. Going from the person to their name in the other database is a joining, and leaves its entry.
func (e deviceEnd) end(ctx context.Context, person identity.PersonID) error {
	owed, err := e.identity.OwedOf(ctx, person)
	if err != nil {
		return err
	}
	stopped, err := e.people.Stop(ctx, person, "device")
	if err != nil {
		return err
	}
	if err := e.logins(ctx, stopped.Usage, login.CauseStopped); err != nil {
		return err
	}
	return e.identity.SettleOwed(ctx, owed...)
}

func (h *Hub) endDevice(ctx context.Context, person identity.PersonID) error {
	return deviceEnd{h.identity, h.people, h.logins.End}.end(ctx, person)
}

// owedFor is how long whoever stopped something has for ending what was opened with it, before it is done for them.
const owedFor = 10 * time.Second

// endOwed ends what was still to end when a process died, or a database did not answer, in the middle.
func (h *Hub) endOwed(ctx context.Context) error {
	owed, err := h.identity.OwedSince(ctx, owedFor)
	if err != nil {
		return err
	}
	var failed []error
	for _, o := range owed {
		failed = append(failed, h.endDevice(ctx, o.Person))
	}
	return errors.Join(failed...)
}

// officeDigests digests under every key in use, so that a turnover loses nobody.
type officeDigests struct{ seal.Digester }

// Digests gives the digest under every key, newest first.
func (d officeDigests) Digests(kind, value string) []enrolled.Digest {
	all := make([]enrolled.Digest, len(d.Keys))
	for i, sum := range d.All(kind, value) {
		all[i] = enrolled.Digest{Key: d.Keys[i].ID, Sum: sum}
	}
	return all
}

// officeJournal puts what was done with an authenticator into the identity journal.
type officeJournal struct{ people *subject.Matcher }

// Record keeps one entry.
func (j officeJournal) Record(ctx context.Context, act enrolled.Act) error {
	fields := map[string]any{
		"what": string(act.What), "device": act.Device.String(), "mechanism": string(act.Mechanism), "level": act.Level.String(), "via": string(act.Via),
	}
	for name, value := range map[string]string{"case": act.Case, "office": act.Office, "why": string(act.Why)} {
		if value != "" {
			fields[name] = value
		}
	}
	return j.people.Enter(ctx, act.Person, journal.Entry{Kind: journal.Authenticator, Fields: fields})
}
