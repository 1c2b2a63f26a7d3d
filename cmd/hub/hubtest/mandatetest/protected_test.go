package mandatetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// levels.md §3: where somebody lives is told to nobody from the moment on from which the register protects it, also
// where who acts for them has seen it on the page already; nobody is kept from acting by that.
func TestAnAddressThatIsProtectedOnTheWay(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := school()
			may, _ := rp.Party["may"].([]any)
			rp.Party["may"] = append(may, map[string]any{"attributes": []string{"address"}, "basis": "consent", "purpose": "service"})
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			w.Country.Registers.EndRelation(relation)
			relate(w, "relation-court", "curator", "ordinary", "all")
			b := w.Browser(t)
			tick := func() {
				for _, id := range b.Page.IDs("attr-") {
					b.Tick(id)
				}
			}
			ask(b, rp.As(t), "guardian", "claims", `{"userinfo":{"given_name":null,"address":null}}`)
			if choose(b, "for-0"); !b.Page.Has("attr-address") {
				t.Fatalf("no address to be told:\n%s", b.Page.Text())
			}
			tick()
			w.Country.Registers.Protect("ordinary")
			page := b.Click("approve")
			if rp.Landed(page) || !page.Has("failed") {
				t.Fatalf("the answer goes out:\n%s", page.Text())
			}
			if strings.Contains(page.Text(), "rotected") {
				t.Errorf("the page says why:\n%s", page.Text())
			}
			if choose(b, "for-0"); b.Page.Has("attr-address") {
				t.Fatalf("the address is still there:\n%s", b.Page.Text())
			}
			tick()
			held := rp.Exchange(rp.Answered(b.Click("approve")).Code())
			if told := rp.Userinfo(held.Text("access_token")).JSON; told["given_name"] == nil || told["address"] != nil {
				t.Errorf("told %v", told)
			}
		})
	}
}
