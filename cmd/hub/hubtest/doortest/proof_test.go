package doortest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/keys"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
)

// proved is a world in which somebody has logged in at the clinic, beside an office and a public client.
type proved struct {
	*hubtest.World
	clinic, office, public *hubtest.RP
	browser                *hubtest.Browser
	held                   hubtest.Reply
	txn                    string
}

func eachProved(t *testing.T, story func(*testing.T, *proved), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			p := &proved{clinic: clinic(), office: &hubtest.RP{ID: "office", Method: "private_key_jwt"}, public: &hubtest.RP{ID: "public", Method: "none"}}
			p.World = hubtest.New(t, append(with, hubtest.WithDialect(d), hubtest.WithRPs(p.clinic, p.office, p.public))...)
			p.browser = p.Browser(t)
			p.held = tell(p.browser, p.clinic, "ordinary", nil)
			p.txn = p.ref(t, p.held)
			story(t, p)
		})
	}
}

func (p *proved) ref(t *testing.T, held hubtest.Reply) string {
	t.Helper()
	_, claims := hubtest.ReadJWT(t, held.Text("id_token"))
	txn, _ := claims["txn"].(string)
	if txn == "" {
		t.Fatal("the ID token names no txn")
	}
	return txn
}

// set reads a published set of keys, as anybody may.
func (p *proved) set(t *testing.T, path string) (set jose.JSONWebKeySet) {
	t.Helper()
	got := p.clinic.Do(p.Ask(http.MethodGet, path))
	if err := json.Unmarshal([]byte(got.Body), &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("%s: %d %v", path, got.Status, err)
	}
	return set
}

// genuine verifies a record offline and gives what it says.
func (p *proved) genuine(t *testing.T, token string, set jose.JSONWebKeySet) map[string]any {
	t.Helper()
	raw, _, err := oauth.VerifyProof(token, set, p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// S45: the service fetches the record of its login and the citizen has the same; both verify with
// nothing but the published keys, and neither says by which means.
func TestTheRecordOfALogin(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		got := p.clinic.Post("/proof", "txn", p.txn)
		if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/jwt" || got.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", got.Status, got.Header, got.Body)
		}
		said := p.genuine(t, got.Body, p.set(t, "/jwks/history"))
		_, idToken := hubtest.ReadJWT(t, p.held.Text("id_token"))
		for _, name := range []string{"iss", "sub", "txn", "acr", "auth_time", "aud"} {
			if said[name] != idToken[name] {
				t.Errorf("%s is %v, in the ID token %v", name, said[name], idToken[name])
			}
		}
		for _, name := range []string{"jti", "iat", "amr", "checks", "policy_version", "assurance_valid_until", "journal_receipt"} {
			if said[name] == nil {
				t.Errorf("%s is missing: %v", name, said)
			}
		}
		receipt, _ := said["journal_receipt"].(map[string]any) // architecture §8: what is promised is there
		leaf, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(receipt["leaf"]))
		if rows := hubtest.Query(t, p.Usage.Source, "SELECT leaf FROM journal WHERE kind = 'released'"); err != nil || len(rows) != 1 || rows[0][0] != string(leaf) {
			t.Errorf("the journal does not hold what is promised: %v, %v", receipt, err)
		}
		if said["level"] != "substantial" {
			t.Errorf("the level is %v", said["level"])
		}
		text, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"trusted-profile", p.Country.Addresses.Profile, "Konstanty", "87022290019", "upstream_assertion"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("it says %q: %s", secret, text)
			}
		}
		signIn(p.World, p.browser, "portal", "trusted-profile", "ordinary")
		page := p.browser.Click("asked")
		ids := page.IDs("proof-")
		if len(ids) != 1 {
			t.Fatalf("%d records in the portal:\n%s", len(ids), page.Text())
		}
		if mine := p.browser.Click(ids[0]); mine.Body != got.Body || !strings.HasPrefix(mine.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the citizen gets another record (%d)", mine.Status)
		}
		discovery := p.clinic.Do(p.Ask(http.MethodGet, "/.well-known/openid-configuration"))
		if discovery.JSON["authentication_proof_endpoint"] != p.Issuer+"/proof" || discovery.JSON["historical_jwks_uri"] != p.Issuer+"/jwks/history" {
			t.Errorf("discovery: %s", discovery.Body)
		}
	})
}

// Of somebody else's login nobody learns even that it was: another client, a client that
// cannot authenticate, nobody at all, another citizen.
func TestNobodyGetsSomebodyElsesRecord(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		other, unknown := p.office.Post("/proof", "txn", p.txn), p.office.Post("/proof", "txn", "AAAA-AAAA")
		if other.Status != http.StatusNotFound || other.Body != unknown.Body || other.Status != unknown.Status {
			t.Errorf("another client's: %d %s; unknown: %d %s", other.Status, other.Body, unknown.Status, unknown.Body)
		}
		if got := p.public.Post("/proof", "txn", p.txn); got.Text("error") != "unauthorized_client" {
			t.Errorf("a public client: %d %s", got.Status, got.Body)
		}
		if got := p.clinic.Post("/proof", "txn", p.txn, "txn", p.txn+"x"); got.Status == http.StatusOK && got.Body == "" {
			t.Errorf("an odd form: %d", got.Status)
		}
		for name, form := range map[string][]string{"none": nil, "empty": {"txn", ""}} {
			if got := p.clinic.Post("/proof", form...); got.Text("error") != "invalid_request" {
				t.Errorf("txn %s: %d %s", name, got.Status, got.Body)
			}
		}
		bare := p.Ask(http.MethodPost, "/proof")
		bare.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := p.clinic.Do(bare); got.Text("error") != "invalid_client" {
			t.Errorf("nobody: %d %s", got.Status, got.Body)
		}
		if got := p.clinic.Do(p.Ask(http.MethodGet, "/proof?txn="+p.txn)); got.Status != http.StatusMethodNotAllowed {
			t.Errorf("by GET: %d", got.Status)
		}
		stranger := p.Browser(t)
		signIn(p.World, stranger, "portal", "trusted-profile", "diacritics")
		theirs, none := stranger.Get(p.At("portal")+"/proofs/"+p.txn), stranger.Get(p.At("portal")+"/proofs/AAAA-AAAA")
		if theirs.Status != http.StatusNotFound || none.Status != http.StatusNotFound || strings.Contains(theirs.Body, "eyJ") {
			t.Errorf("another citizen: %d, unknown %d", theirs.Status, none.Status)
		}
		if page := p.Browser(t).Get(p.At("portal") + "/proofs/" + p.txn); page.Status != http.StatusUnauthorized {
			t.Errorf("who is not logged in: %d", page.Status)
		}
	})
}

// A record outlives what it is about: tokens that were revoked, consent that was taken back, a
// frozen person.
func TestARecordOutlivesTheGrant(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		before := p.clinic.Post("/proof", "txn", p.txn).Body
		p.clinic.Revoke(p.held.Text("refresh_token"))
		signIn(p.World, p.browser, "portal", "trusted-profile", "ordinary")
		p.browser.Click("log-out-everywhere")
		p.Shift(31 * 24 * time.Hour)
		if got := p.clinic.Post("/proof", "txn", p.txn); got.Body != before || got.Status != http.StatusOK {
			t.Errorf("afterwards: %d %s", got.Status, got.Body)
		}
	})
}

// A record verifies after its key has left the key set; one whose key was withdrawn is signed
// anew, with the same words, and the withdrawn key verifies nothing.
func TestARecordOutlivesItsKey(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		first := p.clinic.Post("/proof", "txn", p.txn).Body
		header, said := hubtest.ReadJWT(t, first)
		kid := header["kid"].(string)
		tend := func() {
			if _, err := p.Replicas[0].Hub.Do(t.Context(), "signing keys"); err != nil {
				t.Fatal(err)
			}
		}
		for range 30 {
			p.Shift(5 * time.Minute)
			tend()
		}
		if current := p.set(t, "/jwks"); len(current.Key(kid)) != 0 {
			t.Fatal("the key is still published: the story needs a retired one")
		}
		p.genuine(t, first, p.set(t, "/jwks/history"))
		if got := p.clinic.Post("/proof", "txn", p.txn); got.Body != first {
			t.Error("after the turnover it is another record")
		}
		signing, err := keys.OpenSigning(p.Config.Keys.Dir, hub.Schedule(p.Config))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signing.Withdraw(kid, p.Now()); err != nil {
			t.Fatal(err)
		}
		tend()
		anew := p.clinic.Post("/proof", "txn", p.txn).Body
		if _, again := hubtest.ReadJWT(t, anew); anew == first || again["jti"] != said["jti"] || again["iat"] != said["iat"] {
			t.Error("it is not the same record, signed anew")
		}
		p.genuine(t, anew, p.set(t, "/jwks/history"))
		if _, _, err := oauth.VerifyProof(first, p.set(t, "/jwks/history"), p.Issuer); err == nil {
			t.Error("what a withdrawn key signed verifies")
		}
	}, hubtest.WithSettings(func(s map[string]any) {
		s["keys"].(map[string]any)["rotate_every"], s["keys"].(map[string]any)["publish_lead"] = "20m", "10m"
	}))
}

// Nothing that is changed verifies, nothing else that is signed here passes for a record, and
// a record is no token of any sort.
func TestAForgedRecordIsNone(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		token, set := p.clinic.Post("/proof", "txn", p.txn).Body, p.set(t, "/jwks/history")
		parts := strings.Split(token, ".")
		_, said := hubtest.ReadJWT(t, token)
		forger := hubtest.NewKey(t)
		header, _ := hubtest.ReadJWT(t, token)
		none, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("k", 32))}, (&jose.SignerOptions{}).WithType(oauth.TypProof).WithHeader("kid", header["kid"]))
		if err != nil {
			t.Fatal(err)
		}
		symmetric, err := jwt.Signed(none).Claims(said).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		own := hubtest.Sign(t, forger, map[string]any{"typ": oauth.TypProof, "jwk": jose.JSONWebKey{Key: forger.Public()}}, said)
		for name, bad := range map[string]string{
			"empty": "", "two parts": parts[0] + "." + parts[1], "another payload": parts[0] + "." + parts[1][:len(parts[1])-4] + "AAAA." + parts[2],
			"another signature":    parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
			"no signature":         parts[0] + "." + parts[1] + ".",
			"signed by another":    hubtest.Sign(t, forger, map[string]any{"typ": oauth.TypProof, "kid": header["kid"]}, said),
			"its own key inside":   own,
			"symmetric":            symmetric,
			"an ID token":          p.held.Text("id_token"),
			"a client's assertion": p.office.Assertion(nil),
		} {
			if _, _, err := oauth.VerifyProof(bad, set, ""); err == nil {
				t.Errorf("%s verifies", name)
			}
		}
		if _, _, err := oauth.VerifyProof(token, set, "https://other.example"); err == nil {
			t.Error("it is of another issuer as well")
		}
		if _, _, err := oauth.VerifyProof(token, jose.JSONWebKeySet{}, ""); err == nil {
			t.Error("it verifies without keys")
		}
		if got := p.clinic.Userinfo(token); got.Status != http.StatusUnauthorized {
			t.Errorf("as an access token: %d", got.Status)
		}
		if got := p.clinic.Answered(p.clinic.Authorize(p.browser, "prompt", "none", "id_token_hint", token)); got.Get("error") != "invalid_request" {
			t.Errorf("as a hint: %q", got.Get("error"))
		}
		if got := p.clinic.Refresh(token); got.Text("error") != "invalid_grant" {
			t.Errorf("as a refresh token: %d", got.Status)
		}
	})
}

// The full record opens with both shares of the evidence key and with nothing else; the databases
// have no part of it in clear. Its opening is recorded, where the citizen's entries are.
func TestTheFullRecordTakesTwoPeople(t *testing.T) {
	t.Parallel()
	eachProved(t, func(t *testing.T, p *proved) {
		stores, err := hub.OpenStores(t.Context(), p.Config.Databases, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer stores.Close() //nolint:errcheck // opened for one act
		records, err := hub.OpenRecords(t.Context(), p.Config, stores, p.txn, p.Shares)
		if err != nil || len(records) != 1 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		if r := records[0]; r.Means != "trusted-profile" || r.Issuer != p.Country.Addresses.Profile || len(r.Evidence) == 0 || len(r.Evidence[0].Digest) == 0 || r.Ref != p.txn {
			t.Errorf("the full record is %+v", r)
		}
		if n := hubtest.Number(t, p.Usage.Source, "SELECT count(*) FROM journal WHERE kind = 'evidence_opened' AND who <> ''"); n != 1 {
			t.Errorf("%d openings are recorded", n)
		}
		other := [2]string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
		if _, err := hub.CreateEvidence(p.Config.Keys.Dir, other); err != nil {
			t.Fatal(err)
		}
		for name, shares := range map[string][2]string{
			"one share": {p.Shares[0], p.Shares[0]}, "two keys": {p.Shares[0], other[1]}, "another key": other, "no file": {p.Shares[0], filepath.Join(t.TempDir(), "none")},
		} {
			if records, err := hub.OpenRecords(t.Context(), p.Config, stores, p.txn, shares); err == nil {
				t.Errorf("%s opens %d records", name, len(records))
			}
		}
		if _, err := seal.ParsePrivateKey(make([]byte, 31)); err == nil {
			t.Error("a short key is one")
		}
	})
}
