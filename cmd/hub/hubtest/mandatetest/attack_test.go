package mandatetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
)

// LK-05, PV-04: the value of the form names nobody but those whom this login's register answer names. Another
// login's, another family's, a register id, a number and rubbish let nobody act for anybody.
func TestAttack_LK_05_PV_04_ATamperedChoiceActsForNobody(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		elsewhere := w.Browser(t)
		ask(elsewhere, rp, "guardian")
		elsewhere.Tick("for-0")
		_, theirs := elsewhere.Form("go-on")

		b := w.Browser(t)
		ask(b, rp, "ordinary")
		if !b.Page.Has("nobody") || b.Page.Has("for-0") {
			t.Fatalf("somebody without children may act for somebody:\n%s", b.Page.Text())
		}
		for _, value := range []string{theirs.Get("for"), relation, child, "0", "", strings.Repeat("A", 4000), "myself\x00"} {
			action, form := b.Form("go-on")
			form.Set("for", value)
			if page := b.Post(action, form, w.Issuer); !page.Has("go-on") || page.Has("approve") || strings.Contains(page.Text(), "Jagoda") {
				t.Errorf("%.20q leads to (%d):\n%s", value, page.Status, page.Text())
			}
			if value != "" && !b.Page.Has("failed") {
				t.Errorf("%.20q is not said to have failed", value)
			}
		}
		action, form := b.Form("go-on")
		form["for"] = []string{"myself", theirs.Get("for")}
		if page := b.Post(action, form, w.Issuer); page.Has("approve") {
			t.Error("two answers at once were taken")
		}
		// the very same value in another login of its own owner
		ask(b, rp, "guardian", "prompt", "login")
		action, form = b.Form("go-on")
		form.Set("for", theirs.Get("for"))
		if page := b.Post(action, form, w.Issuer); page.Has("approve") || !page.Has("failed") {
			t.Errorf("a value of another login was taken:\n%s", page.Text())
		}
		if page := choose(b, "for-myself"); !page.Has("approve") {
			t.Error("nobody gets any further after a choice that failed")
		}
	})
}

// What changes between the page and the post, and between the post and the answer, is heard of: the relation
// ends, the child dies, is frozen, or the register falls silent. The answer says nothing then.
func TestAttack_CN_04_TheMandateEndsOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		registers, people := w.Country.Registers, w.Operators(t)
		restore := func() {
			registers.Report("minor", "no", "")
			registers.Relate(sim.Relation{ID: relation, Kind: "parent", Scope: []string{"all"}, By: "guardian", For: "minor", Since: w.Now().AddDate(-10, 0, 0)})
			if err := registers.Switches.Set("all", ""); err != nil {
				t.Fatal(err)
			}
			_ = people.Release(t.Context(), hubtest.Numbered(t, child)) // who is not frozen need not be
		}
		acted(w.Browser(t), rp) // the child is known here from now on
		for name, happens := range map[string]func(){
			"the relation ends":       func() { registers.EndRelation(relation) },
			"the relation is another": func() { registers.EndRelation(relation); relate(w, "another", "curator", "minor", "property") },
			"the child dies":          func() { registers.Report("minor", "yes", "") },
			"the register is silent":  func() { _ = registers.Switches.Set("down", "relations") },
			"somebody else answers":   func() { _ = registers.Switches.Set("wrong_person", "on") },
			"the child is frozen": func() {
				if err := people.Freeze(t.Context(), hubtest.Numbered(t, child)); err != nil {
					t.Error(err)
				}
			},
		} {
			b := w.Browser(t)
			ask(b, rp, "guardian")
			b.Tick("for-0")
			happens()
			if page := b.Click("go-on"); page.Has("approve") || !page.Has("failed") {
				t.Errorf("%s between page and post:\n%s", name, page.Text())
			}
			restore()
			registers.EndRelation("another")
			ask(b, rp, "guardian", "prompt", "login")
			choose(b, "for-0")
			for _, id := range b.Page.IDs("attr-") {
				b.Tick(id)
			}
			happens()
			if page := b.Click("approve"); rp.Landed(page) || !page.Has("failed") {
				t.Errorf("%s between consent and answer:\n%s", name, page.Text())
			}
			restore()
			registers.EndRelation("another")
		}
	})
}

// SE-12: who was frozen acts for nobody, and nobody gets on with what they got; the child's own freeze ends
// what was given about the child, and not what the parent holds of themselves.
func TestAttack_SE_12_FrozenAtEitherEnd(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		people, b := w.Operators(t), w.Browser(t)
		about := acted(b, rp)
		ask(b, rp, "guardian")
		choose(b, "for-myself")
		own := agree(b, rp)
		if err := people.Freeze(t.Context(), hubtest.Numbered(t, child)); err != nil {
			t.Fatal(err)
		}
		if got := rp.Refresh(about.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("about the frozen child: %d", got.Status)
		}
		if got := rp.Refresh(own.Text("refresh_token")); got.Status != http.StatusOK {
			t.Errorf("the parent's own ended with the child: %d %s", got.Status, got.Text("error"))
		}
		if err := people.Release(t.Context(), hubtest.Numbered(t, child)); err != nil {
			t.Fatal(err)
		}
		about = acted(b, rp)
		if err := people.Freeze(t.Context(), hubtest.Numbered(t, guardian)); err != nil {
			t.Fatal(err)
		}
		if got := rp.Refresh(about.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("by the frozen parent: %d", got.Status)
		}
		if got := rp.Userinfo(about.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("userinfo by the frozen parent: %d", got.Status)
		}
	})
}

// FO-05: of two tabs of one login the later choice counts, and what the earlier page showed is not approved.
func TestAttack_FO_05_CN_04_TwoTabsTwoChildren(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		w.Country.Registers.Register(sim.Person{
			Key: "brother", GivenNames: []string{"Tadzio"}, FamilyName: "Małoletni-Testowy", Birthdate: "2015-03-14", Gender: "male", Number: "PNOPL-15231490052",
		})
		relate(w, "relation-brother", "parent", "brother", "all")
		b := w.Browser(t)
		ask(b, rp, "guardian")
		choose(b, "for-0")
		first := b.Page
		for _, id := range first.IDs("attr-") {
			b.Tick(id)
		}
		action, form := b.Form("approve")
		b.Click("choose-again")
		choose(b, "for-1")
		second := b.Page
		if strings.Contains(first.TextOf("attr-given_name"), "Tadzio") || !strings.Contains(second.TextOf("attr-given_name"), "Tadzio") {
			t.Fatalf("the two are not two:\n%s\n%s", first.Text(), second.Text())
		}
		form.Set("act", "approve")
		if page := b.Post(action, form, w.Issuer); rp.Landed(page) {
			t.Error("what was shown of one child was approved about the other")
		}
		b.Get(second.URL.String())
		info := rp.Userinfo(agree(b, rp).Text("access_token")).JSON
		if info["given_name"] != "Tadzio" {
			t.Errorf("told of %v", info["given_name"])
		}
	})
}

// SE-01: somebody else who logs in within the same login inherits no choice.
func TestAttack_SE_01_NoChoiceIsInherited(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		ask(b, rp, "guardian")
		choose(b, "for-myself")
		agree(b, rp)
		ask(b, rp, "guardian") // by the session: it can be left for another account
		choose(b, "for-0")
		b.Click("switch-account")
		b.Choose("trusted-profile")
		if b.Page.Has("other") {
			b.Click("other")
		}
		page := b.Be("ordinary")
		if page.Has("approve") || !page.Has("for-myself") || page.Has("for-0") {
			t.Fatalf("the next one acts for the last one's child:\n%s", page.Text())
		}
		page = choose(b, "for-myself")
		if strings.Contains(page.Text(), "Jagoda") || !strings.Contains(page.TextOf("attr-given_name"), "Konstanty") {
			t.Errorf("the next one sees the child:\n%s", page.Text())
		}
	})
}

// CN-12, CP-03: pressing twice gives one answer; a code twice ends what it gave. A no is access_denied, and both
// are recorded.
func TestAttack_CN_12_CP_ReplayAndDecline(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		ask(b, rp, "guardian")
		b.Tick("for-0")
		action, form := b.Form("go-on")
		b.Click("go-on")
		if page := b.Post(action, form, w.Issuer); !page.Has("approve") || page.Has("failed") {
			t.Errorf("the choice sent twice:\n%s", page.Text())
		}
		b.Click("decline")
		if got := rp.Answered(b.Page); got.Get("error") != "access_denied" || strings.Contains(got.Values.Encode(), "Jagoda") {
			t.Errorf("a no: %v", got.Values)
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(DISTINCT who) FROM journal WHERE kind = 'declined'"); n != 2 {
			t.Errorf("the no is recorded at %d people, want both", n)
		}
		ask(b, rp, "guardian")
		choose(b, "for-0")
		for _, id := range b.Page.IDs("attr-") {
			b.Tick(id)
		}
		code := rp.Answered(b.Click("approve")).Code()
		held := rp.Exchange(code)
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("the code a second time: %d", got.Status)
		}
		if got := rp.Userinfo(held.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("what a code gave that came twice: %d", got.Status)
		}
	})
}

// A curator acts within the scope only; whoever comes of age acts for themselves, from that day on.
func TestWhoMayBeActedFor(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		registers := w.Country.Registers
		registers.EndRelation(relation)
		offered := func() bool { return ask(w.Browser(t), rp, "guardian").Has("for-0") }
		relate(w, "r", "curator", "mononym", "education") // has no number, so nobody can be sure who it is
		if offered() {
			t.Error("somebody without a number")
		}
		for _, row := range []struct {
			kind, who  string
			scope      []string
			page, acts bool
		}{
			{"curator", "diacritics", []string{"property", "health"}, false, false},
			{"curator", "diacritics", []string{"property", "education"}, true, true},
			{"curator", "diacritics", []string{"all"}, true, true},
			{"parent", "diacritics", []string{"all"}, false, false}, // grown up, whatever the register says
			{"neighbour", "minor", []string{"all"}, false, false},
			{"legal_guardian", "minor", []string{"education"}, true, true},
			{"curator", "deceased", []string{"all"}, false, false},
		} {
			relate(w, "r", row.kind, row.who, row.scope...)
			b := w.Browser(t)
			page := ask(b, rp, "guardian")
			if page.Has("for-0") != row.page {
				t.Errorf("%+v: listed is %v", row, page.Has("for-0"))
				continue
			}
			if row.page && choose(b, "for-0").Has("approve") != row.acts {
				t.Errorf("%+v:\n%s", row, b.Page.Text())
			}
		}
	})
}

// numberOf makes a national number of somebody born on a day of this century.
func numberOf(born time.Time) string {
	digits := fmt.Sprintf("%02d%02d%02d9005", born.Year()%100, int(born.Month())+20, born.Day())
	sum := 0
	for i, weight := range []int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3} {
		sum += weight * int(digits[i]-'0')
	}
	return fmt.Sprintf("PNOPL-%s%d", digits, (10-sum%10)%10)
}

// Coming of age ends what was given, to the day, although the register says nothing.
func TestComingOfAgeEndsMandates(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		born := w.Now().AddDate(-18, 0, 1) // of age tomorrow
		w.Country.Registers.Register(sim.Person{
			Key: "nearly", GivenNames: []string{"Zofia"}, FamilyName: "Prawie-Dorosła", Birthdate: born.Format(time.DateOnly), Gender: "female", Number: numberOf(born),
		})
		w.Country.Registers.EndRelation(relation)
		relate(w, "r", "parent", "nearly", "all")
		held := acted(w.Browser(t), rp)
		if held.Text("refresh_token") == "" {
			t.Fatalf("nothing to end: %v", held.Status)
		}
		var ends int64
		for _, row := range hubtest.Query(t, w.Usage.Source, "SELECT ends FROM grants WHERE actor IS NOT NULL") {
			if _, err := fmt.Sscan(row[0], &ends); err != nil {
				t.Fatal(err)
			}
		}
		adult := born.AddDate(18, 0, 0)
		if y, m, d := adult.Date(); ends > adult.UnixMicro() || ends < w.Now().UnixMicro() {
			t.Errorf("the grant ends at %d, which is after %d-%d-%d begins", ends, y, m, d)
		}
	})
}

// Families too large for one page are said to be so, in words, and a form is never larger than a page takes.
func TestAttack_AV_AVeryLargeFamily(t *testing.T) {
	t.Parallel()
	rp := school()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	for i := range 60 {
		relate(w, fmt.Sprintf("many-%02d", i), "legal_guardian", "minor", "all")
	}
	b := w.Browser(t)
	page := ask(b, rp.As(t), "guardian")
	if n := len(page.IDs("for-")); n != 51 || !page.Has("more") {
		t.Errorf("%d to choose from, and whether there are more: %v", n, page.Has("more"))
	}
	if page := choose(b, "for-49"); !page.Has("approve") {
		t.Errorf("the last one of the list:\n%s", page.Text())
	}
}

// CN-01: the choice is taken from our own page alone.
func TestAttack_CN_01_TheChoiceFromElsewhere(t *testing.T) {
	t.Parallel()
	rp := school()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	ask(b, rp.As(t), "guardian")
	b.Tick("for-0")
	action, form := b.Form("go-on")
	for name, origin := range map[string]string{"another site": "https://evil.example", "another port": "http://localhost:1"} {
		if page := b.Post(action, form, origin); page.Status != http.StatusForbidden {
			t.Errorf("from %s: %d", name, page.Status)
		}
	}
	stranger := w.Browser(t)
	if page := stranger.Post(action, form, w.Issuer); page.Has("approve") || page.Status == http.StatusOK {
		t.Errorf("another browser with the whole form: %d", page.Status)
	}
	bare := url.Values{"for": form["for"]}
	if page := b.Post(action, bare, w.Issuer); page.Status != http.StatusForbidden {
		t.Errorf("without the form's token: %d", page.Status)
	}
}

// PV-09: no register and no further source is asked about a parent before they say that it is for themselves, and
// about the child's documents nobody is.
func TestAttack_PV_09_NobodyIsAskedAboutBeforeTheChoice(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		var documents atomic.Int32
		w.Country.Registers.Switches.Watch(func(endpoint string, _ *http.Request) {
			if endpoint == "documents" {
				documents.Add(1)
			}
		})
		changes := []string{"claims", `{"userinfo":{"given_name":null,"document_type":null}}`}
		ask(b, rp, "guardian", changes...)
		page := choose(b, "for-0")
		if documents.Load() != 0 || page.Has("attr-document_type") {
			t.Errorf("%d questions about documents:\n%s", documents.Load(), page.Text())
		}
		b.Click("choose-again")
		if page := choose(b, "for-myself"); documents.Load() != 1 || !page.Has("attr-document_type") {
			t.Errorf("for themselves: %d questions about documents:\n%s", documents.Load(), page.Text())
		}
	})
}

// SE-09: the ID token about the child is a good hint to log out with: it names the parent's session, which ends with
// what rests on it, and no other.
func TestAttack_SE_09_TheHintAboutAChildLogsTheParentOut(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b, other := w.Browser(t), w.Browser(t)
		held := acted(b, rp)
		acted(other, rp)
		ask(b, rp, "guardian")
		choose(b, "for-0")
		for _, id := range b.Page.IDs("attr-") {
			b.Tick(id)
		}
		pending := rp.Answered(b.Click("approve")).Code()
		b.Get(w.Issuer + "/logout?" + url.Values{"id_token_hint": {held.Text("id_token")}}.Encode())
		if b.Page.Has("logout-confirm") {
			b.Click("logout-confirm")
		}
		if page := rp.Authorize(b, "scope", "openid"); !page.Has("means-trusted-profile") {
			t.Errorf("the parent is still logged in:\n%s", page.Text())
		}
		if got := rp.Exchange(pending); got.Text("error") != "invalid_grant" {
			t.Errorf("a code from the session that ended: %d", got.Status)
		}
		if page := rp.Authorize(other, "scope", "openid"); page.Has("means-trusted-profile") {
			t.Error("another session of the parent ended, too")
		}
	})
}
