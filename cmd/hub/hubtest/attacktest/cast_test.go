// Package attacktest plays the rows of the catalogue of attacks, and the modules of the OpenID
// Foundation's certification plans, against the running hub over HTTP. It knows nothing of the
// hub's inside; what a row needs of a world stands in package hubtest.
package attacktest

import (
	"context"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

const (
	low         = "http://eidas.europa.eu/LoA/low"
	substantial = "http://eidas.europa.eu/LoA/substantial"
	high        = "http://eidas.europa.eu/LoA/high"
)

// cast is a world with the parties that the catalogue names, and a few more.
type cast struct {
	*hubtest.World
	rp1   *hubtest.RP // private_key_jwt
	rp2   *hubtest.RP // client_secret_basic
	rp3   *hubtest.RP // client_secret_post, of the same sector as rp2
	pub   *hubtest.RP // public
	nat   *hubtest.RP // public, native: on a loopback port of its own
	opt   *hubtest.RP // needs neither PKCE nor nonce, as in the certification plans
	old   *hubtest.RP // as opt, with its secret in the body and RS256 ID tokens
	grave *hubtest.RP // serves nobody below substantial
	all   []*hubtest.RP

	watches []*hubtest.Strict
}

// stage sets up a world with the cast. Everything that they are answered is held against the rules.
func stage(t *testing.T, with ...hubtest.With) *cast {
	t.Helper()
	c := &cast{
		rp1:   &hubtest.RP{ID: "rp1", Method: "private_key_jwt"},
		rp2:   &hubtest.RP{ID: "rp2", Method: "client_secret_basic"},
		rp3:   &hubtest.RP{ID: "rp3", Method: "client_secret_post", Party: map[string]any{"sector": "rp2.example"}},
		pub:   &hubtest.RP{ID: "pub", Method: "none"},
		nat:   &hubtest.RP{ID: "nat", Method: "none", Client: map[string]any{"native": true, "redirect_uris": []string{"http://127.0.0.1/nat/cb"}, "post_logout_redirect_uris": []string{}}},
		opt:   &hubtest.RP{ID: "opt", Method: "client_secret_basic", Client: map[string]any{"pkce": "optional"}},
		old:   &hubtest.RP{ID: "old", Method: "client_secret_post", Client: map[string]any{"pkce": "optional", "id_token_signed_response_alg": "RS256"}},
		grave: &hubtest.RP{ID: "grave", Method: "client_secret_basic", Party: map[string]any{"floor": "substantial"}},
	}
	c.all = []*hubtest.RP{c.rp1, c.rp2, c.rp3, c.pub, c.nat, c.opt, c.old, c.grave}
	c.World = hubtest.New(t, append([]hubtest.With{hubtest.WithRPs(c.all...)}, with...)...)
	for _, rp := range c.all {
		c.watches = append(c.watches, rp.Watch())
	}
	return c
}

// each plays a story on both databases.
func each(t *testing.T, story func(*testing.T, *cast), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel() // while one waits for its disk, the other computes
			story(t, stage(t, append(slices.Clone(with), hubtest.WithDialect(d))...))
		})
	}
}

// crowd lets the token endpoint take as many at once as a race needs.
func crowd() hubtest.With {
	return hubtest.WithSettings(func(table map[string]any) {
		table["limits"] = map[string]any{"requests": 1_000_000, "token_parallel": 1_000}
	})
}

// from names where a row comes from, for whoever reads a failure.
func from(t *testing.T, source string) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("this is known from: %s", source)
		}
	})
}

// tokens gives what a party holds after a whole login in a browser of its own.
func (c *cast) tokens(t *testing.T, rp *hubtest.RP, changes ...string) hubtest.Reply {
	t.Helper()
	rp = rp.As(t)
	reply := rp.Exchange(rp.Login(c.Watched(t), "ordinary", append([]string{"scope", "openid offline_access"}, changes...)...).Code())
	if reply.Status != http.StatusOK {
		t.Fatalf("no tokens: %d %s", reply.Status, reply.Body)
	}
	return reply
}

// wants holds a reply against a status and an error code.
func wants(t *testing.T, what string, reply hubtest.Reply, status int, code string) {
	t.Helper()
	if reply.Status != status || reply.Text("error") != code {
		t.Errorf("%s: %d %q, want %d %q: %s", what, reply.Status, reply.Text("error"), status, code, reply.Body)
	}
}

// alive and dead say whether an access token is taken.
func alive(t *testing.T, what string, rp *hubtest.RP, token string) {
	t.Helper()
	if reply := rp.As(t).Userinfo(token); reply.Status != http.StatusOK || reply.Text("sub") == "" {
		t.Errorf("%s: the access token is refused: %d %s", what, reply.Status, reply.Body)
	}
}

func dead(t *testing.T, what string, rp *hubtest.RP, token string) {
	t.Helper()
	wants(t, what, rp.As(t).Userinfo(token), http.StatusUnauthorized, "invalid_token")
}

// here says that a request ended on a page of the hub's own that says what is wrong.
func (c *cast) here(t *testing.T, what string, page *hubtest.Page) {
	t.Helper()
	if !strings.HasPrefix(page.URL.String(), c.Issuer+"/") || page.Status != http.StatusBadRequest || page.Header.Get("Location") != "" || !page.Has("error-code") {
		t.Errorf("%s: came to %s%s with %d:\n%s", what, page.URL.Host, page.URL.Path, page.Status, page.Text())
	}
}

// there says that the party was told an error, by whom, and for which request.
func there(t *testing.T, what string, rp *hubtest.RP, page *hubtest.Page, code, state string) {
	t.Helper()
	if !rp.Landed(page) {
		t.Errorf("%s: the party is told nothing; at %s (%d): %s", what, page.URL.Path, page.Status, page.Text())
		return
	}
	answer := rp.As(t).Answered(page)
	if answer.Get("error") != code || answer.Get("iss") == "" || answer.Get("state") != state || answer.Has("code") {
		t.Errorf("%s: the party is told %v, want %s", what, answer.Values, code)
	}
}

// through gives a party that speaks to one replica only.
func (c *cast) through(t *testing.T, rp *hubtest.RP, replica int) *hubtest.RP {
	t.Helper()
	direct := rp.As(t)
	address := c.Replicas[replica].Public
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	direct.HTTP = &http.Client{Transport: c.Strict(t, transport), Timeout: 30 * time.Second}
	return direct
}
