package subject

import (
	"context"
	"encoding/base64"
	"errors"
	"sync"
	"testing"

	"symbolon/connectors/identity"
)

// book is a usage database's table of subjects: the first one stays.
type book struct {
	mu   sync.Mutex
	rows map[string]string
	err  error
}

func (b *book) Merged(context.Context, string, identity.UsageID) ([]string, error) { return nil, b.err }

func (b *book) Subject(_ context.Context, sector string, usage identity.UsageID, fresh string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return "", b.err
	}
	key := sector + " " + usage.String()
	if _, ok := b.rows[key]; !ok {
		b.rows[key] = fresh
	}
	return b.rows[key], nil
}

// OpenID Connect Core §8.1: another subject in each sector, the same at each login, and derived
// from nothing.
func TestAttack_TK_21_SubjectsDoNotCorrelate(t *testing.T) {
	s := Subjects{&book{rows: map[string]string{}}}
	subject := func(s Subjects, sector string, usage identity.UsageID) string {
		t.Helper()
		sub, err := s.Subject(t.Context(), sector, usage)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(sub); err != nil || len(raw) != 32 {
			t.Errorf("%d bytes, error %v: want 256 random bits", len(raw), err)
		}
		return sub
	}
	one, two := identity.UsageID{1}, identity.UsageID{2}
	first := subject(s, "city.example", one)
	if subject(s, "city.example", one) != first {
		t.Error("not stable over logins")
	}
	elsewhere := Subjects{&book{rows: map[string]string{}}} // the same person and sector in a database of its own
	for name, other := range map[string]string{
		"another sector": subject(s, "clinic.example", one), "another person": subject(s, "city.example", two),
		"derived from sector and usage id": subject(elsewhere, "city.example", one),
	} {
		if other == first {
			t.Errorf("%s: the same subject", name)
		}
	}
}

func TestNoSubjectWithoutTheDatabase(t *testing.T) {
	gone := errors.New("gone")
	if sub, err := (Subjects{&book{err: gone}}).Subject(t.Context(), "city.example", identity.UsageID{1}); sub != "" || !errors.Is(err, gone) {
		t.Errorf("subject %q, error %v", sub, err)
	}
}
