// Package cardtest logs people in with e-ID cards at a running hub, and attacks that: the rows XC of the
// attack catalogue. What is refused of certificates, answers of responders and tokens, and why, is told in
// connectors/pki and connectors/webeid; here it is shown that it holds through the whole hub.
package cardtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

const (
	high        = "http://eidas.europa.eu/LoA/high"
	substantial = "http://eidas.europa.eu/LoA/substantial"
)

func clinic() *hubtest.RP { return &hubtest.RP{ID: "clinic", Method: "client_secret_basic"} }

// atCard goes from the party to the page that asks for the card.
func atCard(b *hubtest.Browser, rp *hubtest.RP, changes ...string) *hubtest.Page {
	rp.Authorize(b, changes...)
	return b.Choose("card")
}

// in lets a person log in with the card and gives what the ID token says.
func in(t *testing.T, b *hubtest.Browser, w *hubtest.World, rp *hubtest.RP, person string, changes ...string) map[string]any {
	t.Helper()
	atCard(b, rp, changes...)
	page := b.Card(w, person)
	if !page.Has("approve") {
		t.Fatalf("%s is at %s, which says:\n%s", person, page.URL.Path, page.Text())
	}
	b.Click("approve")
	tokens := rp.Exchange(rp.Answered(b.Page).Code())
	if tokens.Status != 200 {
		t.Fatalf("no tokens: %d %s", tokens.Status, tokens.Body)
	}
	_, claims := hubtest.ReadJWT(t, tokens.Text("id_token"))
	return claims
}

// each runs a story on both databases, with a party that takes cards.
func each(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, append([]hubtest.With{hubtest.WithDialect(d), hubtest.WithCard(), hubtest.WithRPs(rp)}, with...)...)
			story(t, w, rp)
		})
	}
}

func TestACardLogsInAtHigh(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		claims := in(t, w.Browser(t), w, rp, "ordinary", "acr_values", high)
		if claims["acr"] != high {
			t.Errorf("acr %v", claims["acr"])
		}
		if amr := strings.Join(texts(claims["amr"]), " "); amr != "sc hwk pin mfa" {
			t.Errorf("amr %q", amr)
		}
	})
}

func texts(v any) []string {
	var all []string
	list, _ := v.([]any)
	for _, one := range list {
		all = append(all, one.(string))
	}
	return all
}
