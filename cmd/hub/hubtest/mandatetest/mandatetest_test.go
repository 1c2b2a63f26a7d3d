// Package mandatetest lets people act for others at a running hub: parents for their children, curators
// within their scope. It attacks the choice, the answer and everything that was given by a mandate: the
// rows LK, CN, SE and TK of the attack catalogue, as far as they touch who acts and for whom.
package mandatetest

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
)

const (
	guardian = "PNOPL-84041990041"
	child    = "PNOPL-12310590043"
	relation = "relation-minor"
	asks     = `{"userinfo":{"given_name":null,"birthdate":null,"age_over_18":null}}`
)

// school is a party at which people act for others in matters of education.
func school() *hubtest.RP {
	law := map[string]any{"en": "Schools Act (invented), article 3"}
	return &hubtest.RP{
		ID: "school", Method: "client_secret_basic",
		Client: map[string]any{"scopes": []string{"delegation", "profile", "nid"}},
		Party: map[string]any{
			"represents": []string{"education"},
			"may": []any{
				map[string]any{"attributes": []string{"act", "rep_scope", "mandate_id", "mandate_expiry"}, "basis": "law", "law": law, "purpose": "service"},
				map[string]any{"attributes": []string{"given_name", "family_name"}, "basis": "consent", "purpose": "service", "required": true},
				map[string]any{"attributes": []string{"name", "birthdate", "age_over_18", "email", "national_identifier", "document_type"}, "basis": "consent", "purpose": "service"},
			},
		},
	}
}

// each runs a story on both databases: somebody who may act for a child, and a school.
func each(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := school()
			w := hubtest.New(t, append([]hubtest.With{hubtest.WithDialect(d), hubtest.WithRPs(rp)}, with...)...)
			story(t, w, rp.As(t))
		})
	}
}

// ask goes from a request for a mandate to whatever stands after the means.
func ask(b *hubtest.Browser, rp *hubtest.RP, person string, changes ...string) *hubtest.Page {
	page := rp.Authorize(b, append([]string{"scope", "openid delegation offline_access", "claims", asks}, changes...)...)
	if !page.Has("means-trusted-profile") {
		return page
	}
	b.Choose("trusted-profile")
	if b.Page.Has("other") {
		b.Click("other")
	}
	return b.Be(person)
}

// choose says for whom somebody acts.
func choose(b *hubtest.Browser, id string) *hubtest.Page {
	b.Tick(id)
	return b.Click("go-on")
}

// agree says yes to everything and gives what the party then holds.
func agree(b *hubtest.Browser, rp *hubtest.RP, ticked ...string) hubtest.Reply {
	for _, id := range append(b.Page.IDs("attr-"), ticked...) {
		b.Tick(id)
	}
	return rp.Exchange(rp.Answered(b.Click("approve")).Code())
}

// acted logs the guardian in for the child and gives what the party holds.
func acted(b *hubtest.Browser, rp *hubtest.RP, ticked ...string) hubtest.Reply {
	ask(b, rp, "guardian")
	choose(b, "for-0")
	return agree(b, rp, ticked...)
}

func claimsOf(t *testing.T, held hubtest.Reply) map[string]any {
	t.Helper()
	if held.Text("id_token") == "" {
		t.Fatalf("no ID token: %d %s", held.Status, held.Text("error"))
	}
	_, claims := hubtest.ReadJWT(t, held.Text("id_token"))
	return claims
}

func actorOf(claims map[string]any) string {
	act, _ := claims["act"].(map[string]any)
	sub, _ := act["sub"].(string)
	return sub
}

// The whole way: the page lists the child, everything told is the child's, and the party is told who acts.
func TestAParentActsForTheirChild(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := ask(b, rp, "guardian")
		if !page.Has("for-myself") || !page.Has("for-0") || page.Has("for-1") || !strings.Contains(page.Text(), "Jagoda") || !strings.Contains(page.Text(), "2012") || strings.Contains(page.Body, child[6:]) {
			t.Fatalf("the choice:\n%s", page.Text())
		}
		page = choose(b, "for-0")
		if text := page.Text(); !strings.Contains(text, "about Jagoda") || !strings.Contains(page.TextOf("attr-given_name"), "Jagoda") || !strings.Contains(page.TextOf("attr-rep_scope"), "school and education") ||
			strings.Contains(text, "Michalina") || !page.Has("attr-act") {
			t.Errorf("what is shown:\n%s", text)
		}
		held := agree(b, rp)
		said := claimsOf(t, held)
		mine, actor := said["sub"], actorOf(said)
		if actor == "" || mine == actor || said["acr"] != "http://eidas.europa.eu/LoA/substantial" {
			t.Errorf("the ID token says %v by %v at %v", mine, actor, said["acr"])
		}
		info := rp.Userinfo(held.Text("access_token")).JSON
		if info["given_name"] != "Jagoda" || info["birthdate"] != "2012-11-05" || info["age_over_18"] != false || info["sub"] != mine || actorOf(info) != actor ||
			info["mandate_expiry"] != "2030-11-05T00:00:00Z" && !strings.HasPrefix(info["mandate_expiry"].(string), "2030-11-0") {
			t.Errorf("userinfo: %v", info)
		}
		if fields, _ := info["rep_scope"].([]any); len(fields) != 1 || fields[0] != "education" || info["mandate_id"] == nil || info["mandate_id"] == relation {
			t.Errorf("the mandate: %v %v", info["rep_scope"], info["mandate_id"])
		}
		proof := rp.Post("/proof", "txn", said["txn"].(string))
		_, record := hubtest.ReadJWT(t, proof.Body)
		if record["sub"] != mine || actorOf(record) != actor || !strings.Contains(proofChecks(record), "representation_checked") {
			t.Errorf("the record of the login: %v", record)
		}

		ask(b, rp, "guardian")
		choose(b, "for-myself")
		own := claimsOf(t, agree(b, rp))
		if own["sub"] != actor || own["act"] != nil {
			t.Errorf("SE: for themselves they are %v, by %v, and not %v", own["sub"], own["act"], actor)
		}
		again := claimsOf(t, acted(w.Browser(t), rp))
		if again["sub"] != mine || actorOf(again) != actor {
			t.Error("the child or the parent has another name the second time")
		}
		if log := w.Log.String(); strings.Contains(log, "Jagoda") || strings.Contains(log, child[6:]) || strings.Contains(log, relation) {
			t.Error("PV: the log tells of the child")
		}
		dump := w.Dump()
		for _, private := range []string{"Jagoda", child[6:], guardian[6:], relation, "Michalina"} {
			for place, rows := range dump {
				if strings.Contains(string(rows), private) {
					t.Errorf("PV: %s holds %q", place, private)
				}
			}
		}
	})
}

func proofChecks(record map[string]any) string {
	var all []string
	checks, _ := record["checks"].([]any)
	for _, c := range checks {
		one, _ := c.(map[string]any)
		name, _ := one["check"].(string)
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// What the parent let be remembered for the child answers for this child alone and no question about the
// parent; the child has no session, and a silent request gets nobody.
func TestAttack_SE_17_CN_04_WhatIsRememberedForAChildIsTheChilds(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		held := acted(b, rp, "remember")
		if page := ask(b, rp, "guardian"); !page.Has("for-0") {
			t.Fatalf("whom it is for was not asked again:\n%s", page.Text())
		}
		if page := choose(b, "for-0"); !rp.Landed(page) || rp.Answered(page).Code() == "" {
			t.Errorf("the remembered yes does not answer:\n%s", page.Text())
		}
		ask(b, rp, "guardian")
		if page := choose(b, "for-myself"); !page.Has("approve") {
			t.Error("a yes for the child answered for the parent")
		}
		for _, hint := range []string{"", "hinted"} {
			changes := []string{"prompt", "none"}
			if hint != "" {
				changes = append(changes, "id_token_hint", held.Text("id_token"))
			}
			if got := rp.Answered(ask(b, rp, "guardian", changes...)); got.Get("error") != "login_required" {
				t.Errorf("prompt=none %s: %v", hint, got.Values)
			}
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(DISTINCT usage) FROM sessions"); n != 1 {
			t.Errorf("%d people have sessions, want the parent alone", n)
		}
		page := rp.Authorize(b, "scope", "openid", "claims", `{"userinfo":{"given_name":null}}`)
		if !page.Has("approve") || strings.Contains(page.Text(), "Jagoda") {
			t.Errorf("a request without delegation:\n%s", page.Text())
		}
	})
}

// id_token_hint names whom the party means: the child of before, or the parent.
func TestAttack_RU_AHintIsComparedWithWhomItIsFor(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		held := acted(b, rp)
		for id, works := range map[string]bool{"for-0": true, "for-myself": false} {
			ask(b, rp, "guardian", "id_token_hint", held.Text("id_token"), "prompt", "consent")
			page := choose(b, id)
			if page.Has("approve") != works {
				t.Errorf("%s with the child's ID token as a hint:\n%s", id, page.Text())
			}
		}
		if got := rp.Answered(ask(b, rp, "guardian", "scope", "openid", "claims", "", "id_token_hint", held.Text("id_token"))); got.Get("error") != "login_required" {
			t.Errorf("without delegation the child's hint lets the parent in: %v", got.Values)
		}
	})
}

// A party without delegation in its policy is refused when the request arrives; so is a scope that its
// client may not have.
func TestAttack_CN_OverAskedDelegation(t *testing.T) {
	t.Parallel()
	clinic := &hubtest.RP{ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"scopes": []string{"delegation", "profile"}}}
	w := hubtest.New(t, hubtest.WithRPs(clinic))
	for _, changes := range [][]string{{"scope", "openid delegation"}, {"claims", `{"userinfo":{"act":null}}`}, {"claims", `{"id_token":{"mandate_id":null}}`}} {
		if got := clinic.As(t).Answered(clinic.As(t).Authorize(w.Browser(t), changes...)); got.Get("error") != "invalid_scope" {
			t.Errorf("%v: %v", changes, got.Values)
		}
	}
}

// Nothing that was given by a mandate outlives it: the register is asked at each use, and its feed ends all.
func TestAMandateThatEndsTakesEverythingAlong(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		held := acted(b, rp, "remember")
		held = rp.Refresh(held.Text("refresh_token"))
		if held.Status != http.StatusOK || actorOf(claimsOf(t, held)) == "" {
			t.Fatalf("a refresh while it lasts: %d %s", held.Status, held.Text("error"))
		}
		w.Country.Registers.Switches.Set("down", "relations") //nolint:errcheck // there is such a switch
		if got := rp.Refresh(held.Text("refresh_token")); got.Status != http.StatusServiceUnavailable {
			t.Errorf("a refresh that nobody can be asked about: %d %s", got.Status, got.Text("error"))
		}
		if got := rp.Userinfo(held.Text("access_token")); got.Status != http.StatusServiceUnavailable || strings.Contains(got.Body, "Jagoda") {
			t.Errorf("userinfo that nobody can be asked about: %d", got.Status)
		}
		w.Country.Registers.Switches.Set("all", "") //nolint:errcheck // as above
		if got := rp.Userinfo(held.Text("access_token")); got.Status != http.StatusOK {
			t.Fatalf("not to know ended it: %d", got.Status)
		}
		ask(b, rp, "guardian")
		pending := rp.Answered(choose(b, "for-0")).Code()
		w.Country.Registers.EndRelation(relation)
		if got := rp.Exchange(pending); got.Text("error") != "invalid_grant" {
			t.Errorf("a code after the end: %d %s", got.Status, got.Text("error"))
		}
		if got := rp.Userinfo(held.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("userinfo after the end: %d", got.Status)
		}
		if got := rp.Refresh(held.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("a refresh after the end: %d %s", got.Status, got.Text("error"))
		}
		if page := ask(b, rp, "guardian"); page.Has("for-0") || !page.Has("nobody") {
			t.Errorf("the choice after the end:\n%s", page.Text())
		}
	})
}

// The feed alone ends what nobody uses, and what is remembered.
func TestTheRegistersFeedEndsMandates(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		acted(w.Browser(t), rp, "remember")
		living := func(table, where string) int {
			return hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM "+table+" WHERE actor IS NOT NULL AND actor <> usage AND "+where)
		}
		if living("grants", "state = 'live'") != 1 {
			t.Fatal("there is no grant by a mandate")
		}
		w.Country.Registers.EndRelation(relation)
		hubtest.Await(t, "the grant has ended", func() bool { return living("grants", "state = 'live'") == 0 })
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM consents WHERE actor <> usage AND until > at + 1000000000"); n != 0 {
			t.Errorf("%d remembered answers stand", n)
		}
	}, hubtest.WithSettings(func(s map[string]any) { s["registers"].(map[string]any)["poll"] = "50ms" }))
}

// relate registers a further relation of the guardian.
func relate(w *hubtest.World, id, kind, who string, scope ...string) {
	w.Country.Registers.Relate(sim.Relation{ID: id, Kind: kind, Scope: scope, By: "guardian", For: who, Since: time.Now().Add(-time.Hour)})
}

func usageOf(t *testing.T, text string) (usage identity.UsageID) {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(usage) {
		t.Fatalf("not a usage id: %v", err)
	}
	return identity.UsageID(raw)
}
