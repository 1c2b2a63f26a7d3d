package logintest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
	"symbolon/provider/subject"
)

// conflicted brings a browser to the page that tells the number of a case, and gives the number.
func conflicted(t *testing.T, w *hubtest.World, b *hubtest.Browser, page *hubtest.Page) string {
	t.Helper()
	refused(t, w, b, page, "conflict")
	number := page.TextOf("case")
	if len(number) != len("C-ABCD-EFGH") || !strings.HasPrefix(number, "C-") {
		t.Fatalf("the page tells the case %q:\n%s", number, page.Text())
	}
	return number
}

// LK-06, R-PER-03: a contradiction is a case with a number; two operators decide it; the next login
// with the same data is let in, one with others is not.
func TestAConflictIsDecidedByTwoOperators(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		own := told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
		bank := w.Country.Banks.Switches
		say := func(claims string) {
			t.Helper()
			if err := bank.Set("claims", claims); err != nil {
				t.Fatal(err)
			}
		}
		other := `{"national_identifier":"PNOPL-87022290019","given_name":"Konstanty","family_name":"Nowonazwany-Testowy","name":null,"birthdate":"1987-02-22"}`
		say(other)
		b := w.Browser(t)
		number := conflicted(t, w, b, through(b, rp, "bank-one", "ordinary"))
		again := w.Browser(t)
		if same := conflicted(t, w, again, through(again, rp, "bank-one", "ordinary")); same != number {
			t.Errorf("the same conflict is two cases: %s, %s", number, same)
		}
		p := w.Operators(t)
		if _, err := p.Decide(t.Context(), number, subject.MergeTwo, nil, "anna"); !errors.Is(err, subject.ErrVerdict) {
			t.Errorf("a verdict that does not fit: %v", err)
		}
		if done, err := p.Decide(t.Context(), number, subject.Accept, nil, "anna"); err != nil || done {
			t.Fatalf("the first operator: done %v, %v", done, err)
		}
		if _, err := p.Decide(t.Context(), number, subject.Accept, nil, "anna"); !errors.Is(err, subject.ErrFourEyes) {
			t.Errorf("one operator twice: %v", err)
		}
		early := w.Browser(t)
		conflicted(t, w, early, through(early, rp, "bank-one", "ordinary"))
		if done, err := p.Decide(t.Context(), number, subject.Accept, nil, "bartek"); err != nil || !done {
			t.Fatalf("the second operator: done %v, %v", done, err)
		}
		say(strings.Replace(other, "Nowonazwany", "Obcy", 1)) // not what the operators looked at
		stranger := w.Browser(t)
		if n := conflicted(t, w, stranger, through(stranger, rp, "bank-one", "ordinary")); n != number {
			t.Errorf("another name opens %s", n)
		}
		say(other)
		if got := told(t, w.Browser(t), rp, "bank-one", "ordinary", "given_name", "family_name"); got["sub"] != own["sub"] || got["family_name"] != "Brzeziński-Testowy" {
			t.Errorf("let in as another person, or with a name that the register does not know: %v", got["family_name"])
		}
		if got := hubtest.Query(t, w.Identity.Source, "SELECT state, first_by, second_by FROM conflicts"); len(got) != 1 || strings.Join(got[0], " ") != "closed anna bartek" {
			t.Errorf("cases %v", got)
		}
	})
}

// R-PER-04: two persons of one human become one by two operators: no sub changes anywhere, what the
// one held ends, and all of it can be undone.
func TestTwoPersonsBecomeOneAndAreParted(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp, library := clinic(), &hubtest.RP{ID: "reading", Method: "client_secret_basic"}
			mergeAndPart(t, hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp, library)), rp, library)
		})
	}
}

func mergeAndPart(t *testing.T, w *hubtest.World, rp, library *hubtest.RP) {
	// Before the register knew of the change, the two numbers were two persons.
	unaware := func(value string) {
		t.Helper()
		if err := w.Country.Registers.Switches.Set("unaware", value); err != nil {
			t.Fatal(err)
		}
	}
	sub := func(at *hubtest.RP, means string) any {
		t.Helper()
		return told(t, w.Browser(t), at, means, "changed-number")["sub"]
	}
	unaware("yes")
	bank := sub(rp, "bank-two")
	bankReads := sub(library, "bank-two")
	kept := w.Browser(t)
	through(kept, rp, "bank-two", "changed-number")
	session := kept.Jar.Value("localhost", sid)
	profile := sub(rp, "trusted-profile")
	if bank == profile {
		t.Fatal("two numbers that nobody ties are one person")
	}
	unaware("")
	b := w.Browser(t)
	number := conflicted(t, w, b, through(b, rp, "trusted-profile", "changed-number"))

	p := w.Operators(t)
	decides(t, p, number, subject.MergeTwo, nil, "anna", "bartek")
	if live(t, w, rp, session) {
		t.Error("a session of the person that is no more lives on")
	}
	for _, means := range []string{"bank-two", "trusted-profile"} {
		if got := sub(rp, means); got != profile { // the person with the current number stays
			t.Errorf("%s: another sub after the merge", means)
		}
		if got := sub(library, means); got != bankReads {
			t.Errorf("%s: a sub that only one of them had is lost", means)
		}
	}
	// The party that knew both is told which other sub of its own is the same human's, and reaches them by
	// it; the one that knew one of them learns of no other.
	all := merged(t, w, rp, "trusted-profile", "id_token_hint", "")
	if len(all) != 1 || all[0] != bank || len(merged(t, w, library, "bank-two")) != 0 {
		t.Errorf("told of %v, and elsewhere of %v", all, merged(t, w, library, "bank-two"))
	}
	if all := merged(t, w, rp, "bank-two", "claims", `{"id_token":{"sub":{"value":"`+bank.(string)+`"}}}`); len(all) != 1 {
		t.Errorf("asked for by the former sub: %v", all)
	}
	decides(t, p, number, subject.Undo, nil, "celina", "anna")
	unaware("yes")
	for means, want := range map[string]any{"bank-two": bank, "trusted-profile": profile} {
		if got := sub(rp, means); got != want {
			t.Errorf("%s: another sub after parting", means)
		}
	}
	if got := sub(library, "bank-two"); got != bankReads {
		t.Error("a sub that went over did not come back")
	}
	if all := merged(t, w, rp, "trusted-profile"); len(all) != 0 {
		t.Errorf("after parting, still told of %v", all)
	}
	if got := sub(library, "trusted-profile"); got == bankReads {
		t.Error("a sub that came back is still the other's, too")
	}
}

// merged logs changed-number in and gives the further subs that the ID token names.
func merged(t *testing.T, w *hubtest.World, rp *hubtest.RP, means string, changes ...string) []any {
	t.Helper()
	b := w.Browser(t)
	if page := through(b, rp, means, "changed-number", append(changes, "prompt", "login consent")...); !page.Has("approve") {
		t.Fatalf("%v: not asked at %s:\n%s", changes, page.URL.Path, page.Text())
	}
	_, claims := hubtest.ReadJWT(t, rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("id_token"))
	all, _ := claims["merged_subs"].([]any)
	return all
}

// levels.md §1: while people look at whether two persons are one, both reach low only; afterwards what
// they reach is theirs again.
func TestAnOpenDuplicateLowersTheLevel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		level := func(means, person string) any {
			t.Helper()
			b := w.Browser(t)
			through(b, rp, means, person, "prompt", "login consent")
			_, claims := hubtest.ReadJWT(t, rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("id_token"))
			return claims["acr"]
		}
		const low, substantial = "http://eidas.europa.eu/LoA/low", "http://eidas.europa.eu/LoA/substantial"
		people := map[string]string{"ordinary": "trusted-profile", "twin-a": "bank-one"}
		all := func(want string) {
			t.Helper()
			for person, means := range people {
				if got := level(means, person); got != want {
					t.Errorf("%s reaches %v, want %s", person, got, want)
				}
			}
		}
		all(substantial)
		p := w.Operators(t)
		number, err := p.Matcher.Report(t.Context(), hubtest.Numbered(t, "PNOPL-87022290019"), hubtest.Numbered(t, "PNOPL-91050390124"))
		if err != nil {
			t.Fatal(err)
		}
		all(low)
		if got := level("trusted-profile", "diacritics"); got != substantial {
			t.Errorf("somebody else reaches %v", got)
		}
		page := through(w.Browser(t), rp, "trusted-profile", "ordinary", "acr_values", substantial)
		if !page.Has("why-weak") || page.Has("approve") {
			t.Errorf("more is asked, at %s:\n%s", page.URL.Path, page.Text())
		}
		if done, err := p.Decide(t.Context(), number, subject.Refuse, nil, "anna"); !done || err != nil {
			t.Fatalf("refused: done %v, %v", done, err)
		}
		all(substantial)
	})
}

// DB-05: a decision whose second half never happened (the program died between the two databases) is
// carried out by a hub.
func TestAnInterruptedMergeIsFinishedByTheHub(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		a := told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
		b := told(t, w.Browser(t), rp, "bank-one", "twin-a", "given_name")
		kept := w.Browser(t)
		through(kept, rp, "bank-one", "twin-a")
		session := kept.Jar.Value("localhost", sid)
		p := w.Operators(t)
		number, err := p.Matcher.Report(t.Context(), hubtest.Numbered(t, "PNOPL-87022290019"), hubtest.Numbered(t, "PNOPL-91050390124"))
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"anna", "bartek"} { // the identity database only
			if _, _, err := p.Matcher.Decide(t.Context(), number, subject.MergeTwo, nil, by); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Replicas[0].Hub.CarryOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if live(t, w, rp, session) {
			t.Error("a session of the person that is no more lives on")
		}
		if got := hubtest.Query(t, w.Identity.Source, "SELECT state FROM conflicts"); len(got) != 1 || got[0][0] != "closed" {
			t.Errorf("the case is %v", got)
		}
		if a["sub"] == b["sub"] {
			t.Error("two people had one sub")
		}
		if err := w.Replicas[0].Hub.CarryOut(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// R-PER-02, LK-12: taking a way off ends what was opened by it at once, and what was opened by
// another stays.
func TestTakingAWayOffEndsWhatItOpened(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		session := func(means string) string {
			b := w.Browser(t)
			through(b, rp, means, "ordinary")
			return b.Jar.Value("localhost", sid)
		}
		told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
		told(t, w.Browser(t), rp, "bank-one", "ordinary", "given_name")
		bank, profile := session("bank-one"), session("trusted-profile")
		usage, ways := account(t, w)
		i := slices.IndexFunc(ways, func(b subject.Binding) bool { return b.Means == "bank" })
		if err := w.Replicas[0].Hub.Logins().Unlink(t.Context(), usage, ways[i].ID, identity.None, subject.Note{Ref: "TEST-TEST", Language: "pl"}); err != nil {
			t.Fatal(err)
		}
		if live(t, w, rp, bank) || !live(t, w, rp, profile) {
			t.Error("a session by the way that was taken off lives on, or another ended with it")
		}
		arrives(t, w, "Odłączono sposób logowania", 1)
		b := w.Browser(t)
		refused(t, w, b, through(b, rp, "bank-one", "ordinary"), "removed")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Click("tie")
		told(t, w.Browser(t), rp, "bank-one", "ordinary", "given_name")
	})
}

// R-PER-09, people.json foreigner: who has no number is nobody until two operators have seen them;
// then they have a local number, and the national one takes its place when it appears.
func TestAForeignerIsMadeByTwoOperators(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := untied(t, w, b, rp, "foreigner")
		if page.Has("case") {
			t.Error("a case that nobody asked for")
		}
		page = b.Click("ask")
		number := page.TextOf("case")
		if page.Has("ask") || !strings.HasPrefix(number, "C-") {
			t.Fatalf("asked, and told %q", number)
		}
		p := w.Operators(t)
		if _, err := p.Decide(t.Context(), number, subject.TieTo, nil, "anna"); !errors.Is(err, subject.ErrVerdict) {
			t.Errorf("tied to nobody: %v", err)
		}
		decides(t, p, number, subject.MakeNew, nil, "anna", "bartek")
		subs := map[any]bool{}
		for range 2 {
			subs[told(t, w.Browser(t), rp, "bank-two", "foreigner")["sub"]] = true
		}
		if got := hubtest.Query(t, w.Identity.Source, "SELECT scheme, country, state FROM identifiers"); len(subs) != 1 || len(got) != 1 || got[0][0] != "LOC" || got[0][2] != "current" {
			t.Errorf("%d people, identifiers %v", len(subs), got)
		}
		// Whoever may know a number is told the local one, as what it is, and never as a national one.
		local, _ := told(t, w.Browser(t), rp, "bank-two", "foreigner", "national_identifier")["national_identifier"].(map[string]any)
		if text, _ := local["value"].(string); local["type"] != "LOC" || local["country"] != "XX" || !strings.HasPrefix(text, "LOCXX-") {
			t.Errorf("the number is told as %v", local)
		}
		if got := told(t, w.Browser(t), rp, "bank-two", "foreigner", "pesel", "given_name"); got["pesel"] != nil {
			t.Errorf("a local number is told as a Polish one: %v", got)
		}
		untied(t, w, w.Browser(t), rp, "mononym") // the decision was about somebody else
	})
}

// The person whom two operators name by number is who logs in from then on.
func TestAMeansIsTiedByTwoOperators(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		own := told(t, w.Browser(t), rp, "trusted-profile", "guardian", "given_name")
		b := w.Browser(t)
		untied(t, w, b, rp, "mononym")
		number := b.Click("ask").TextOf("case")
		p := w.Operators(t)
		guardian, other := hubtest.Numbered(t, "PNOPL-84041990041"), hubtest.Numbered(t, "PNOPL-87022290019")
		if _, err := p.Decide(t.Context(), number, subject.TieTo, &other, "anna"); !errors.Is(err, subject.ErrNobody) {
			t.Errorf("tied to somebody unknown: %v", err)
		}
		decides(t, p, number, subject.TieTo, &guardian, "anna", "bartek")
		if got := told(t, w.Browser(t), rp, "bank-two", "mononym"); got["sub"] != own["sub"] {
			t.Error("tied to somebody else")
		}
	})
}
