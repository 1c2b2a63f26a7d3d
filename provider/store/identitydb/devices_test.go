package identitydb

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// recorded puts what was done with an authenticator into the real journal.
type recorded struct{ m *subject.Matcher }

func (r recorded) Record(ctx context.Context, act enrolled.Act) error {
	return r.m.Enter(ctx, act.Person, journal.Entry{Kind: journal.Authenticator, Fields: map[string]any{"what": string(act.What)}})
}

// keeper is the keeper of authenticators on a real database. What only logins need is played.
func keeper(t *testing.T, db *DB, m *subject.Matcher) *enrolled.Authenticators {
	t.Helper()
	memory := enrolledtest.NewMemory(moment)
	settings, err := enrolled.Decode("phone", map[string]any{"names": map[string]any{"en": "Phone"}, "ceiling": "high", "authoritative_for": []string{"PNOPL"}})
	must(t, err)
	c, err := enrolled.New(settings, enrolled.Deps{
		Issuer: "https://id.example", Finder: db, Keeper: db, Marks: memory, Epoch: 1, Vault: memory, Digests: memory, Record: recorded{m}, Persons: memory,
		Once: memory.Once, Hold: db.Hold, Owes: db.Owe, Owed: db.StillOwed, Ended: memory.Ended, Distrust: func(ctx context.Context, person identity.PersonID, means identity.Means, since enrolled.Day) error {
			return m.Distrust(ctx, person, means, subject.Day(since))
		}, Worth: func(identity.EvidenceKind) identity.Level { return identity.High }, Now: moment, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return c.Authenticators
}

// threeLists gives a person three lists of codes on paper, of one case, and a way to make another one.
func threeLists(t *testing.T, k *enrolled.Authenticators, person identity.PersonID) ([]enrolled.Device, func() enrolled.Candidate) {
	t.Helper()
	account := enrolled.NewAccount()
	list := func() enrolled.Candidate {
		_, c, err := k.NewPaperList(account)
		must(t, err)
		return c
	}
	held, err := k.Bind(t.Context(), enrolled.Binding{Person: person, Account: account, Level: identity.High, Case: "case", Via: enrolled.ViaDesk}, list(), list(), list())
	must(t, err)
	return held, list
}

// What people log in with stands before the codes for the day on which it is lost, whatever was made first.
func TestRecoveryCodesStandLast(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		one := enter(t, m, h.says("trusted-profile", "a"), h.registered())
		k := keeper(t, db, m)
		account := enrolled.NewAccount()
		var made []enrolled.Candidate
		for range 6 {
			_, codes, err := k.NewRecoveryCodes(account)
			must(t, err)
			_, list, err := k.NewPaperList(account)
			must(t, err)
			made = append(made, codes, list)
		}
		_, err := k.Bind(t.Context(), enrolled.Binding{Person: one.ID, Account: account, Level: identity.High, Case: "case", Via: enrolled.ViaDesk}, made...)
		must(t, err)
		held, err := k.Devices(t.Context(), one.ID)
		must(t, err)
		for i, d := range held {
			if (d.Type == enrolled.Recovery) != (i >= len(held)/2) {
				t.Fatalf("%s is number %d of %d", d.Type, i+1, len(held))
			}
		}
	})
}

// A device stops, or is replaced, together with its notice and its entry, or not at all: whatever dies between
// them leaves none of the three.
func TestADeviceStopsWithItsNoticeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		ctx, killed := t.Context(), errors.New("killed")
		h := people()["ordinary"]
		one := enter(t, m, h.says("trusted-profile", "a"), h.registered())
		k := keeper(t, db, m)
		held, list := threeLists(t, k, one.ID)
		notice := func(ctx context.Context) error {
			id := seal.NewRowID(moment())
			return db.AddMessage(ctx, outbox.Message{ID: id, Person: one.ID, Channel: "email", Text: "message.device_stopped", Sealed: []byte("sealed"), Created: moment()}, 0)
		}
		dies := func(ctx context.Context) error { return errors.Join(notice(ctx), killed) }
		stand := func() (states [3]enrolled.State, devices, messages, entries int) {
			all, err := k.Devices(ctx, one.ID)
			must(t, err)
			for _, d := range all {
				for i := range held {
					if d.ID == held[i].ID {
						states[i] = d.State
					}
				}
			}
			must(t, db.SQL(ctx).Row("SELECT count(*) FROM messages WHERE text = 'message.device_stopped'", nil, &messages))
			return states, len(all), messages, kinds(t, db)[journal.Authenticator]
		}
		acts := []func(also enrolled.Also) error{
			func(also enrolled.Also) error { return k.Suspend(ctx, one.ID, held[0].ID, enrolled.ByOwner, also) },
			func(also enrolled.Also) error {
				return k.Lose(ctx, one.ID, held[1].ID, enrolled.Proof{Level: identity.High}, also)
			},
			func(also enrolled.Also) error {
				_, err := k.Replace(ctx, one.ID, held[2].ID, enrolled.Proof{Level: identity.High}, list(), also)
				return err
			},
		}
		for i, act := range acts {
			settled(t, db, one.ID)
			states, devices, messages, entries := stand()
			if err := act(dies); !errors.Is(err, killed) {
				t.Fatalf("act %d: %v", i, err)
			}
			if s, d, m, e := stand(); s != states || d != devices || m != messages || e != entries {
				t.Errorf("act %d died and leaves %v of %v, %d devices of %d, %d messages of %d, %d entries of %d", i, s, states, d, devices, m, messages, e, entries)
			}
			must(t, act(notice))
			if s, _, m, e := stand(); s[i] == enrolled.Active || m != messages+1 || e == entries {
				t.Errorf("act %d: %v, %d messages, %d entries", i, s, m, e)
			}
		}
	})
}

// Of two who became one each thing is typed with the name that it was set up for.
func TestEachThingKeepsItsLoginNameInAMerge(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		_, _, one, two, merge := couple(t, m)
		k := keeper(t, db, m)
		names := map[enrolled.DeviceID]string{}
		for _, who := range []identity.PersonID{one.ID, two.ID} {
			held, _ := threeLists(t, k, who)
			account, _, err := k.AccountOf(t.Context(), who)
			must(t, err)
			for _, d := range held {
				names[d.ID] = account.Name
			}
		}
		merge()
		all, err := k.Devices(t.Context(), one.ID)
		must(t, err)
		for _, d := range all {
			if d.Account == "" || d.Account != names[d.ID] {
				t.Errorf("one of %d things is typed with another one's name", len(all))
			}
		}
		if len(all) != 6 {
			t.Errorf("%d things", len(all))
		}
	})
}
