package enrolledtest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
)

// Memory is both databases, the vault, the digests, the journal and the register's numbers, in memory.
type Memory struct {
	Now     func() time.Time
	Number  identity.Identifier // of everybody
	Acts    []enrolled.Act
	Ends    int   // how often what somebody holds elsewhere was ended
	Owed    int   // how often that was kept to be done
	Owing   bool  // it is still to be done
	Failing error // of every call from now on

	mu       sync.Mutex
	accounts map[identity.PersonID]enrolled.AccountRow
	rows     []enrolled.Row
	marks    map[[32]byte]int64
	tried    map[[32]byte]tried
	used     map[string]bool
}

type tried struct {
	count int
	until time.Time
}

var (
	_ enrolled.Finder   = (*Memory)(nil)
	_ enrolled.Keeper   = (*Memory)(nil)
	_ enrolled.Marks    = (*Memory)(nil)
	_ enrolled.Vault    = (*Memory)(nil)
	_ enrolled.Digester = (*Memory)(nil)
	_ enrolled.Recorder = (*Memory)(nil)
	_ enrolled.Persons  = (*Memory)(nil)
)

// NewMemory makes empty stores.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		Now: now, accounts: map[identity.PersonID]enrolled.AccountRow{}, marks: map[[32]byte]int64{}, tried: map[[32]byte]tried{}, used: map[string]bool{},
		Number: identity.Identifier{Scheme: identity.NationalNumber, Country: "PL", Value: identity.Hide("87022290019")},
	}
}

type inTransaction struct{}

// Atomically takes everything back that an act did which fails.
func (m *Memory) Atomically(ctx context.Context, act func(context.Context) error) error {
	if ctx.Value(inTransaction{}) != nil {
		return act(ctx)
	}
	m.mu.Lock()
	accounts, rows, acts, owed := maps.Clone(m.accounts), slices.Clone(m.rows), slices.Clone(m.Acts), m.Owed
	m.mu.Unlock()
	err := act(context.WithValue(ctx, inTransaction{}, true))
	if err != nil {
		m.mu.Lock()
		m.accounts, m.rows, m.Acts, m.Owed = accounts, rows, acts, owed
		m.mu.Unlock()
	}
	return err
}

func (m *Memory) find(fits func(enrolled.Row) bool) []enrolled.Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []enrolled.Row
	for _, r := range m.rows {
		if fits(r) {
			found = append(found, r)
		}
	}
	return found
}

// ByCredential gives the authenticator with the digest.
func (m *Memory) ByCredential(_ context.Context, digests []enrolled.Digest) (*enrolled.Row, error) {
	found := m.find(func(r enrolled.Row) bool { return shares(r.Credential, digests) })
	if len(found) == 0 {
		return nil, m.Failing
	}
	return &found[0], m.Failing
}

// ByName gives the authenticators of the account with the digest.
func (m *Memory) ByName(_ context.Context, digests []enrolled.Digest) ([]enrolled.Row, error) {
	return m.find(func(r enrolled.Row) bool { return shares(m.accounts[r.Person].Names, digests) }), m.Failing
}

// ByPerson gives all of a person.
func (m *Memory) ByPerson(_ context.Context, person identity.PersonID) ([]enrolled.Row, error) {
	return m.find(func(r enrolled.Row) bool { return r.Person == person }), m.Failing
}

// ByCase gives all of a case.
func (m *Memory) ByCase(_ context.Context, caseID string) ([]enrolled.Row, error) {
	return m.find(func(r enrolled.Row) bool { return r.Case == caseID }), m.Failing
}

// Account gives a person's account.
func (m *Memory) Account(_ context.Context, person identity.PersonID) (*enrolled.AccountRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if row, ok := m.accounts[person]; ok {
		return &row, m.Failing
	}
	return nil, m.Failing
}

// AddAccount keeps an account.
func (m *Memory) AddAccount(_ context.Context, r enrolled.AccountRow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for person, other := range m.accounts {
		if person == r.Person || other.Handle == r.Handle {
			return enrolled.ErrAccount
		}
	}
	m.accounts[r.Person] = r
	return m.Failing
}

// AddAuthenticator keeps an authenticator.
func (m *Memory) AddAuthenticator(_ context.Context, r enrolled.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.rows {
		if other.ID == r.ID || shares(other.Credential, r.Credential) {
			return enrolled.ErrKnownAlready
		}
	}
	m.rows = append(m.rows, r)
	return m.Failing
}

// Restate changes a state.
func (m *Memory) Restate(_ context.Context, person identity.PersonID, id enrolled.DeviceID, from []enrolled.State, to enrolled.State) (bool, error) {
	return m.update(person, id, func(r *enrolled.Row) bool {
		fits := slices.Contains(from, r.State)
		if fits {
			r.State = to
		}
		return fits
	})
}

// Relabel changes a name.
func (m *Memory) Relabel(_ context.Context, person identity.PersonID, id enrolled.DeviceID, sealed []byte) (bool, error) {
	return m.update(person, id, func(r *enrolled.Row) bool { r.Label = sealed; return true })
}

func (m *Memory) update(person identity.PersonID, id enrolled.DeviceID, change func(*enrolled.Row) bool) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.rows {
		if m.rows[i].ID == id && m.rows[i].Person == person {
			return change(&m.rows[i]), m.Failing
		}
	}
	return false, m.Failing
}

// Advance raises a mark.
func (m *Memory) Advance(_ context.Context, key [32]byte, to int64) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.marks[key]; ok && last >= to {
		return false, m.Failing
	}
	m.marks[key] = to
	return true, m.Failing
}

// Mark gives a mark.
func (m *Memory) Mark(_ context.Context, key [32]byte) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.marks[key], m.Failing
}

// Spend sets a bit.
func (m *Memory) Spend(_ context.Context, key [32]byte, bit int) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.marks[key]&(1<<bit) != 0 {
		return false, m.Failing
	}
	m.marks[key] |= 1 << bit
	return true, m.Failing
}

// Forget takes every mark away, as putting the database back to an earlier state does.
func (m *Memory) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marks = map[[32]byte]int64{}
}

// Try takes a try.
func (m *Memory) Try(_ context.Context, key [32]byte, rule enrolled.Tries) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tried[key]
	if t.count >= rule.Most || m.Now().Before(t.until) {
		return false, m.Failing
	}
	if t.count++; t.count > rule.Free {
		t.until = m.Now().Add(min(rule.Wait<<(t.count-rule.Free-1), rule.Longest))
	}
	m.tried[key] = t
	return true, m.Failing
}

// Forgive forgets tries.
func (m *Memory) Forgive(_ context.Context, key [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tried, key)
	return m.Failing
}

// Once consumes a secret.
func (m *Memory) Once(_ context.Context, secret string, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used[secret] {
		return false, m.Failing
	}
	m.used[secret] = true
	return true, m.Failing
}

// Owes counts.
func (m *Memory) Owes(context.Context, identity.PersonID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Owed++
	return m.Failing
}

// StillOwed reports whether a test says so.
func (m *Memory) StillOwed(context.Context, identity.PersonID) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Owing, m.Failing
}

// Hold has nobody wait: two acts at once are for a database.
func (m *Memory) Hold(context.Context, identity.PersonID) error { return nil }

// Ended counts.
func (m *Memory) Ended(context.Context, identity.PersonID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Ends++
	return m.Failing
}

// Seal seals under a fixed key.
func (m *Memory) Seal(plain []byte, place string) []byte {
	return gcm().Seal(nil, nil, plain, []byte(place))
}

// Open undoes Seal.
func (m *Memory) Open(sealed []byte, place string) ([]byte, error) {
	plain, err := gcm().Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, errors.New("does not open")
	}
	return plain, nil
}

func gcm() cipher.AEAD {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// Digests makes one digest under a fixed key.
func (m *Memory) Digests(kind, value string) []enrolled.Digest {
	mac := hmac.New(sha256.New, []byte("a key"))
	mac.Write([]byte(kind + "\x00" + value))
	return []enrolled.Digest{{Key: 1, Sum: [32]byte(mac.Sum(nil))}}
}

// Record keeps an act.
func (m *Memory) Record(_ context.Context, a enrolled.Act) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Acts = append(m.Acts, a)
	return m.Failing
}

// Numbers gives everybody the same number.
func (m *Memory) Numbers(context.Context, identity.PersonID) ([]identity.Identifier, error) {
	return []identity.Identifier{m.Number}, m.Failing
}

func shares(a, b []enrolled.Digest) bool {
	return slices.ContainsFunc(a, func(d enrolled.Digest) bool { return slices.Contains(b, d) })
}
