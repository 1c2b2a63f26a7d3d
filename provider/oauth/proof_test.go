package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors/identity"
	"symbolon/provider/limit"
	"symbolon/provider/seal"
)

func (m *memory) ClientProof(_ context.Context, client, txn string) (Proof, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.proofs {
		if p.Client == client && p.Txn == txn {
			return p, m.fail
		}
	}
	return Proof{}, errors.Join(ErrNoProof, m.fail)
}

func (m *memory) PersonProof(_ context.Context, usage identity.UsageID, txn string) (Proof, error) {
	return Proof{}, ErrNoProof
}

// counts counts without windows.
type counts map[[32]byte]int

func (c counts) Count(_ context.Context, rule limit.Rule, key [32]byte) (int, error) {
	c[key]++
	return c[key], nil
}

func (h *hub) proofSet(t testing.TB) (set jose.JSONWebKeySet) {
	t.Helper()
	if err := json.Unmarshal(h.get(h.KeyHistory).Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// One client that asks for records without end is told to slow down, and no other one is.
func TestRecordsWithoutEnd(t *testing.T) {
	var h *hub
	h = newHub(t, func(s *Settings) {
		s.Limit = &limit.Keeper{Store: counts{}, Now: func() time.Time { return h.clock }}
	})
	ask := func(client string) reply {
		return h.serve(h.Proof, post("/proof", h.as(client, url.Values{"txn": {"AAAA-AAAA"}})))
	}
	for n := range proofRule().Most {
		if got := ask("rp2"); got.status != http.StatusNotFound {
			t.Fatalf("question %d: %d %v", n, got.status, got.body)
		}
	}
	if got := ask("rp2"); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %v", got.status, got.body)
	}
	if got := ask("rp1"); got.status != http.StatusNotFound {
		t.Errorf("another client suffers: %d", got.status)
	}
}

// No record, no release: without a key to sign with there is no answer, and nothing is written.
func TestWithoutARecordThereIsNoAnswer(t *testing.T) {
	h := newHub(t)
	l := h.begun(request("rp1"))
	h.keys.now = nil
	if _, err := h.Issue(t.Context(), l, h.answered(l)); err == nil || len(h.grants.rows) != 0 || len(h.grants.proofs) != 0 {
		t.Errorf("%v, %d grants, %d records", err, len(h.grants.rows), len(h.grants.proofs))
	}
}

func TestWhenTheDatabaseIsGoneTheRecordIsUnavailable(t *testing.T) {
	h := newHub(t)
	h.grants.fail = gone{}
	if got := h.serve(h.Proof, post("/proof", h.as("rp2", url.Values{"txn": {"AAAA-AAAA"}}))); got.status != http.StatusServiceUnavailable && got.status != http.StatusNotFound {
		t.Errorf("%d %v", got.status, got.body)
	}
}

func FuzzVerifyProof(f *testing.F) {
	h := newHub(f)
	l := h.begun(request("rp1"))
	if _, err := h.Issue(f.Context(), l, h.answered(l)); err != nil {
		f.Fatal(err)
	}
	good, set := h.grants.proofs[0].Token, h.proofSet(f)
	f.Add(good)
	f.Add(h.tokens("rp1").text("id_token"))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if _, _, err := VerifyProof(token, set, issuer); err == nil && token != good {
			t.Fatalf("%q verifies", token)
		}
	})
}

func TestARecordSaysWhatTheIDTokenSays(t *testing.T) {
	h := newHub(t)
	l := h.begun(request("rp1"))
	answered := h.answered(l)
	answered.Record.ID = seal.RowID{5}
	if _, err := h.Issue(t.Context(), l, answered); err != nil {
		t.Fatal(err)
	}
	proof := h.grants.proofs[0]
	claims, kid, err := VerifyProof(proof.Token, h.proofSet(t), issuer)
	var said map[string]any
	if err := errors.Join(err, json.Unmarshal(claims, &said)); err != nil || kid == "" {
		t.Fatal(err)
	}
	if said["jti"] != proof.ID.String() || said["txn"] != l.Ref() || said["sub"] != "sub-of-the-person" || said["aud"] != "rp1" || said["level"] != "substantial" {
		t.Errorf("%v", said)
	}
}
