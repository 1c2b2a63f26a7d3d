package attacktest

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/keys"
)

// quickKeys lets signing keys turn over as fast as the settings permit: the next is published ten
// minutes before it signs, twice as long as verifiers may keep the list.
func quickKeys() hubtest.With {
	return hubtest.WithSettings(func(table map[string]any) {
		set := table["keys"].(map[string]any)
		set["publish_lead"], set["rotate_every"] = "10m", "20m"
	})
}

// keeper is a cache as RFC 9111 has it: what it was given is good for max-age by the world's clock,
// and until then it asks nobody, whatever the verifier behind it would like.
type keeper struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	held  []byte
	until time.Time
	asked int
}

func (k *keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.now().Before(k.until) {
		resp, err := k.next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close() //nolint:errcheck // read to its end
		_, age, _ := strings.Cut(resp.Header.Get("Cache-Control"), "max-age=")
		seconds, err := strconv.Atoi(age)
		if err != nil {
			return nil, err
		}
		if k.held, err = httputil.DumpResponse(resp, true); err != nil {
			return nil, err
		}
		k.until = k.now().Add(time.Duration(seconds) * time.Second)
		k.asked++
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(k.held)), r)
}

// verifier is an independent library with the hub's key set, read through a cache or not.
func (c *cast) verifier(t *testing.T, rp *hubtest.RP, through http.RoundTripper) *oidc.IDTokenVerifier {
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: through})
	return oidc.NewVerifier(c.Issuer, oidc.NewRemoteKeySet(ctx, c.Issuer+"/jwks"), &oidc.Config{ClientID: rp.ID, Now: c.Now, SupportedSigningAlgs: []string{"ES256"}})
}

// tend does a replica's work on its keys, as it does by itself every minute or so.
func (c *cast) tend(t *testing.T, replica int) {
	t.Helper()
	if known, err := c.Replicas[replica].Hub.Do(t.Context(), "signing keys"); err != nil || !known {
		t.Fatalf("replica %d does not look after its keys: %t %v", replica, known, err)
	}
}

// signed is an ID token that was given out.
type signed struct {
	token string
	at    time.Time
}

// KR-01: an hour and ten minutes under load, with signing keys that turn over every twenty minutes. A
// verifier that keeps the key set for as long as it may meets no ID token that it cannot check, nor
// does one that comes by late and reads the key set only then.
func TestAttack_KR_01_NoVerifierNoticesATurnover(t *testing.T) {
	from(t, "the practice of MOSIP and Hydra; OpenID Connect Core §10.1.1")
	each(t, func(t *testing.T, c *cast) {
		parties := []*hubtest.RP{c.through(t, c.rp2, 0), c.through(t, c.rp2, 1)}
		held := []hubtest.Reply{c.tokens(t, c.rp2), c.tokens(t, c.rp2)}
		cache := &keeper{next: parties[0].HTTP.Transport, now: c.Now}
		cached := c.verifier(t, c.rp2, cache)
		kids, recent := map[string]bool{}, []signed(nil)
		for minute := range 70 {
			c.Shift(time.Minute)
			if minute%3 == 0 { // each replica looks but every six minutes: far less often than it does
				c.tend(t, minute/3%2)
			}
			fresh := make([]hubtest.Reply, len(held))
			var all sync.WaitGroup
			for i := range held {
				all.Go(func() {
					fresh[i], _ = parties[(i+minute)%2].Try(parties[0].Prove(t.Context(), "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {held[i].Text("refresh_token")}}))
				})
			}
			all.Wait()
			held = fresh
			for _, reply := range fresh {
				token := reply.Text("id_token")
				if token == "" {
					t.Fatalf("minute %d: no ID token: %d %s", minute, reply.Status, reply.Body)
				}
				header, _ := hubtest.ReadJWT(t, token)
				kids[header["kid"].(string)] = true
				if _, err := cached.Verify(t.Context(), token); err != nil {
					t.Fatalf("minute %d: a verifier with a key set from before: %v", minute, err)
				}
				recent = append(recent, signed{token, c.Now()})
			}
			late := c.verifier(t, c.rp2, parties[minute%2].HTTP.Transport)
			for len(recent) > 0 && c.Now().Sub(recent[0].at) >= 4*time.Minute { // it expires at five
				if _, err := late.Verify(t.Context(), recent[0].token); err != nil {
					t.Fatalf("minute %d: a verifier that reads the key set late: %v", minute, err)
				}
				recent = recent[1:]
			}
		}
		if len(kids) < 3 || cache.asked > 15 {
			t.Errorf("%d keys signed in an hour and ten minutes; the cached verifier asked %d times", len(kids), cache.asked)
		}
	}, hubtest.WithReplicas(2), quickKeys(), crowd())
}

// F10, KR-01: an ID token comes back as a hint long after its key has left the key set. It is still
// known for ours, at the authorization endpoint and for logging out, and a forged one is not.
func TestAttack_KR_01_AHintByARetiredKey(t *testing.T) {
	from(t, "OpenID Connect Core §3.1.2.1; RP-Initiated Logout 1.0 §2; oauth.md F10")
	each(t, func(t *testing.T, c *cast) {
		rp := c.rp2.As(t)
		b := c.Watched(t)
		hint := rp.Exchange(rp.Login(b, "ordinary").Code()).Text("id_token")
		header, _ := hubtest.ReadJWT(t, hint)
		for range 12 {
			c.Shift(5 * time.Minute)
			c.tend(t, 0)
			c.tend(t, 1)
			rp.Authorize(b) // keeps the session
		}
		if c.lists(t, header["kid"].(string)) {
			t.Fatal("the key is still published: the story needs a retired one")
		}
		if page := rp.Authorize(b, "id_token_hint", hint); !page.Has("approve") {
			t.Errorf("a hint by a retired key leads to %s:\n%s", page.URL.Path, page.Text())
		}
		if got := rp.Answered(rp.Authorize(b, "id_token_hint", hint[:len(hint)-8]+"AAAAAAAA")); got.Get("error") != "invalid_request" {
			t.Errorf("a forged hint: %q", got.Get("error"))
		}
		c.Hop(1)
		page := b.Get(c.Issuer + "/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {rp.AfterLogout}, "state": {"s"}}.Encode())
		if !rp.Landed(page) || rp.Answered(page).Get("state") != "s" {
			t.Errorf("logging out with a hint by a retired key leads to %s", page.URL)
		}
		if got := rp.Answered(rp.Authorize(b, "prompt", "none")); got.Get("error") != "login_required" {
			t.Errorf("after logging out: %q", got.Get("error"))
		}
	}, hubtest.WithReplicas(2), quickKeys())
}

// KR-02: a key that may be in wrong hands is withdrawn: the next time a replica looks it is gone from the
// key set, what it signed is refused, and new tokens verify.
func TestAttack_KR_02_AStolenKeyIsWithdrawn(t *testing.T) {
	from(t, "attacks KR-02: emergency removal")
	each(t, func(t *testing.T, c *cast) {
		rp := c.rp2.As(t)
		b := c.Watched(t)
		hint := rp.Exchange(rp.Login(b, "ordinary").Code()).Text("id_token")
		header, _ := hubtest.ReadJWT(t, hint)
		signing, err := keys.OpenSigning(c.Config.Keys.Dir, hub.Schedule(c.Config))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signing.Withdraw(header["kid"].(string), c.Now()); err != nil {
			t.Fatal(err)
		}
		for i := range c.Replicas {
			c.tend(t, i)
			c.Hop(i)
			if c.lists(t, header["kid"].(string)) {
				t.Errorf("replica %d still publishes it", i)
			}
			if got := rp.Answered(rp.Authorize(b, "prompt", "none", "id_token_hint", hint)); got.Get("error") != "invalid_request" {
				t.Errorf("replica %d takes what it signed: %q", i, got.Get("error"))
			}
			token := rp.Exchange(rp.Login(b, "ordinary", "prompt", "consent").Code()).Text("id_token")
			if _, err := c.verifier(t, rp, rp.HTTP.Transport).Verify(t.Context(), token); err != nil {
				t.Errorf("replica %d: a new token: %v", i, err)
			}
		}
	}, hubtest.WithReplicas(2), quickKeys())
}

// lists reports whether the key set shows a key.
func (c *cast) lists(t *testing.T, kid string) bool {
	t.Helper()
	set := c.rp2.As(t).Do(c.Ask(http.MethodGet, "/jwks"))
	if set.Status != http.StatusOK || !strings.Contains(set.Body, `"kid"`) {
		t.Fatalf("key set: %d %s", set.Status, set.Body)
	}
	return strings.Contains(set.Body, kid)
}
