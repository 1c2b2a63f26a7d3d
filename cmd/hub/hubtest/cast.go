package hubtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.yaml.in/yaml/v3"

	"symbolon/provider/oauth"
)

// WithRPs registers relying parties for a test to play, each with a party of its own that may ask
// for everything: the names are required, all else is the citizen's to give.
func WithRPs(rps ...*RP) With {
	return func(s *setup) { s.rps = append(s.rps, rps...) }
}

// WithParties adds to the parties file, in its own words.
func WithParties(text string) With {
	return func(s *setup) { s.parties = append(s.parties, text) }
}

// land opens the one program that takes the answers of all played parties. It says what it got:
// the method, and the parameters of query or form.
func (w *World) land() {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(out, "<!doctype html><p>%s %s", r.Method, html.EscapeString(r.Form.Encode()))
	}))
	w.t.Cleanup(server.Close)
	w.landing = server.URL
}

// Landing is where played parties are, without a slash at its end.
func (w *World) Landing() string { return w.landing }

// cast completes the played parties and gives what is written about them in the parties file.
func (w *World) cast(rps []*RP) table {
	parties, clients := []any{}, []any{}
	for _, rp := range rps {
		w.dress(rp)
		party := table{
			"id": rp.ID, "names": table{"en": "Office " + rp.ID, "pl": "Urząd " + rp.ID, "hu": rp.ID + " hivatal", "fr": "Bureau " + rp.ID, "ar": "مكتب " + rp.ID}, "domain": rp.ID + ".example", "sector": rp.ID + ".example",
			"floor":    "low",
			"means":    []any{table{"id": "trusted-profile", "up_to": "high"}, table{"id": "bank", "up_to": "substantial"}, table{"id": "card", "up_to": "high"}, table{"id": MeansTLS, "up_to": "high"}},
			"purposes": []any{table{"id": "service", "texts": table{"en": "serve you", "pl": "obsłużyć Cię", "hu": "az Ön kiszolgálása", "fr": "vous rendre service", "ar": "خدمتك"}}},
			"may": []any{
				table{"attributes": []string{"given_name", "family_name"}, "basis": "consent", "purpose": "service", "required": true},
				table{"attributes": []string{"name", "birthdate", "address", "email", "phone_number", "age_over_18"}, "basis": "consent", "purpose": "service"},
			},
			"remember_days": 365,
		}
		maps.Copy(party, rp.Party)
		client := table{
			"id": rp.ID, "party": rp.ID, "redirect_uris": []string{rp.Redirect}, "post_logout_redirect_uris": []string{rp.AfterLogout},
			"token_endpoint_auth_method": rp.Method, "scopes": []string{"profile", "email", "address", "phone"}, "refresh_tokens": true,
		}
		if rp.Secret != "" {
			client["secret_digests"] = []string{oauth.DigestSecret(rp.Secret)}
		}
		if rp.Key != nil {
			client["jwks"] = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rp.Key.Public(), KeyID: rp.KeyID, Algorithm: "ES256", Use: "sig"}}}
		}
		maps.Copy(client, rp.Client)
		parties, clients = append(parties, party), append(clients, client)
	}
	return table{"parties": parties, "clients": clients}
}

// dress fills what a played party leaves open.
func (w *World) dress(rp *RP) {
	rp.w, rp.t = w, w.t
	if rp.Redirect == "" {
		rp.Redirect = w.landing + "/" + rp.ID + "/cb"
	}
	if rp.AfterLogout == "" {
		rp.AfterLogout = w.landing + "/" + rp.ID + "/bye"
	}
	switch {
	case rp.Method == "private_key_jwt" && rp.Key == nil:
		rp.Key, rp.KeyID = NewKey(w.t), rp.ID+"-1"
	case rp.Method != "none" && rp.Method != "private_key_jwt" && rp.Secret == "":
		rp.Secret, _ = oauth.NewSecret()
	}
	rp.Verifier = rand.Text() + rand.Text()
	rp.HTTP = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: w.trusting()}, // replicas come and go
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// register puts the country's parties, those that tests play and those of texts into one file.
func (w *World) register(s setup) []byte {
	own, err := w.Country.Parties()
	if err != nil {
		w.t.Fatal(err)
	}
	played, err := json.Marshal(w.cast(s.rps)) // JSON is YAML
	if err != nil {
		w.t.Fatal(err)
	}
	var all struct {
		Parties []any `yaml:"parties"`
		Clients []any `yaml:"clients"`
	}
	for _, text := range append([]string{string(own), string(played)}, s.parties...) {
		some := all
		some.Parties, some.Clients = nil, nil
		if err := yaml.Unmarshal([]byte(text), &some); err != nil {
			w.t.Fatalf("parties: %v", err)
		}
		all.Parties, all.Clients = append(all.Parties, some.Parties...), append(all.Clients, some.Clients...)
	}
	merged, err := yaml.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return merged
}
