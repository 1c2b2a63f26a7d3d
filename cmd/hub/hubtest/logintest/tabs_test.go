package logintest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// tab opens another tab of the same browser: other pages, the same cookies.
func tab(t *testing.T, w *hubtest.World, b *hubtest.Browser) *hubtest.Browser {
	other := w.Browser(t)
	other.Jar = b.Jar
	return other
}

// FO-05 (zitadel/oidc's one state cookie): two tabs of one browser, each with a login of its own under way
// at its own means. Both come through to their answers, whichever is first, and one logout ends both.
func TestAttack_FO_05_TwoTabsBothWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		one := w.Browser(t)
		two := tab(t, w, one)
		for b, means := range map[*hubtest.Browser]string{one: "trusted-profile", two: "bank-one"} {
			rp.Authorize(b)
			b.Choose(means)
			b.Click("person-ordinary")
		}
		for name, b := range map[string]*hubtest.Browser{"first": one, "second": two} {
			if page := b.Click("confirm"); !page.Has("approve") {
				t.Fatalf("the %s tab is at %s:\n%s", name, page.URL.Path, page.Text())
			}
		}
		var codes []string
		for _, b := range []*hubtest.Browser{one, two} {
			if page := b.Click("approve"); !rp.Landed(page) {
				t.Fatalf("a tab's answer leads to %s:\n%s", page.URL.Path, page.Text())
			}
			codes = append(codes, rp.Answered(b.Page).Code())
		}
		first, second := rp.Exchange(codes[0]), rp.Exchange(codes[1])
		if first.Status != 200 || second.Status != 200 {
			t.Fatalf("the codes of the tabs: %d %s, %d %s", first.Status, first.Body, second.Status, second.Body)
		}
		_, a := hubtest.ReadJWT(t, first.Text("id_token"))
		_, b := hubtest.ReadJWT(t, second.Text("id_token"))
		if a["sid"] != b["sid"] || a["sub"] != b["sub"] || a["amr"] == nil {
			t.Errorf("two tabs of one browser: sid the same %t, sub the same %t", a["sid"] == b["sid"], a["sub"] == b["sub"])
		}
		endsBoth(t, w, rp, one, two)
	})
}

// endsBoth logs out in one tab while a question stands in the other.
func endsBoth(t *testing.T, w *hubtest.World, rp *hubtest.RP, one, two *hubtest.Browser) {
	t.Helper()
	rp.Authorize(two, "prompt", "consent")
	if !two.Page.Has("approve") {
		t.Fatalf("no question in the second tab:\n%s", two.Page.Text())
	}
	tx := two.Jar.All("localhost")
	one.Get(w.Issuer + "/logout")
	one.Click("logout-confirm")
	if live(t, w, rp, two.Jar.Value("localhost", sid)) {
		t.Error("the session outlives logging out in one tab")
	}
	if page := two.Click("approve"); rp.Landed(page) {
		t.Error("a question is answered after logging out in the other tab")
	}
	kept := w.Browser(t) // a browser that kept its cookies all the same
	for _, c := range tx {
		c.Secure, c.Path = true, "/"
		kept.Jar.Put("localhost", c)
	}
	if page := kept.Get(two.Trail[len(two.Trail)-2]); page.Has("approve") {
		t.Error("kept cookies open the question after logging out")
	}
}

// FO-05: a second login in another tab leaves the first tab's question, its code and its tokens as they
// were, and the cookie from before is worth nothing.
func TestAttack_FO_05_ASecondLoginTakesNothingFromTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		one := w.Browser(t)
		through(one, rp, "trusted-profile", "ordinary")
		question, before := one.Page, one.Jar.Value("localhost", sid)
		rp.Authorize(one, "prompt", "consent")
		code := rp.Answered(one.Click("approve")).Code()
		one.Page = question

		two := tab(t, w, one)
		through(two, rp, "bank-one", "ordinary", "prompt", "login")
		if now := one.Jar.Value("localhost", sid); now == before || live(t, w, rp, before) {
			t.Error("SE-01: the session's cookie from before another login still logs in")
		}
		if got := rp.Exchange(code); got.Status != 200 {
			t.Errorf("the first tab's code: %d %s", got.Status, got.Body)
		}
		if page := one.Click("approve"); !rp.Landed(page) {
			t.Errorf("the first tab's question leads to %s:\n%s", page.URL.Path, page.Text())
		}

		three := tab(t, w, one)
		code = rp.Answered(two.Click("approve")).Code()
		through(three, rp, "trusted-profile", "diacritics", "prompt", "login")
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("another person logged in here, and the former's code is worth %d", got.Status)
		}
		if page := three.Click("approve"); !rp.Landed(page) {
			t.Errorf("the other person's question leads to %s", page.URL.Path)
		}
	})
}
