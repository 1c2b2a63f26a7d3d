package citizen

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/web/locale"
)

// proved is a login at a service that needs high, with what was proved decided by the rules.
func proved(need identity.Level, evidence identity.Evidence, c assurance.Circumstance, now time.Time) *login.Login {
	l := &login.Login{
		ID: seal.RowID{1}, Party: consent.RelyingParty{Floor: need, Means: []consent.PermittedMeans{{Means: "bank", UpTo: identity.Substantial}, {Means: "card", UpTo: identity.High}}},
		Means: []connectors.Description{{ID: "bank", Ceiling: identity.High}, {ID: "card", Ceiling: identity.High}},
		Proof: &login.Proof{Means: evidence.Means, Login: seal.RowID{1}, Evidence: []identity.Evidence{evidence}},
	}
	c.UpTo = map[identity.Means]identity.Level{"bank": identity.Substantial, "card": identity.High}
	l.Decision = assurance.Decide(assurance.Default(), l.Proof.Evidence, c, now)
	return l
}

// Somebody who never heard of levels reads what is missing, why, and what would help, in every language.
func TestGoldenExplanationsOfALevel(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	proof := func(means identity.Means, asserted, ceiling identity.Level, age time.Duration, findings ...identity.Finding) identity.Evidence {
		return identity.Evidence{Kind: identity.UpstreamAssertion, Means: means, Asserted: asserted, Ceiling: ceiling, AuthTime: now.Add(-age), Findings: findings}
	}
	low, substantial, high := identity.Low, identity.Substantial, identity.High
	expired := proof("card", high, high, 0)
	expired.Expires = now
	own, reused := assurance.Circumstance{}, assurance.Circumstance{Reused: true}
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	for _, language := range []string{"en", "pl", "ar"} {
		w := catalogue.Words(language)
		for _, c := range []struct {
			story string
			l     *login.Login
		}{
			{"nobody has logged in", &login.Login{Party: consent.RelyingParty{Floor: low}}},
			{"password only, two factors needed", proved(substantial, proof("card", low, high, 0), own, now)},
			{"a bank that the operator lets reach low only", proved(substantial, proof("bank", substantial, low, 0), own, now)},
			{"a bank, where the service wants a card", proved(high, proof("bank", high, high, 0), own, now)},
			{"card and PIN in another login", proved(high, proof("card", high, high, 0), reused, now)},
			{"a bank in another login, where the service wants a card", proved(high, proof("bank", high, high, 0), reused, now)},
			{"card and PIN an hour ago", proved(high, proof("card", high, high, time.Hour), own, now)},
			{"an expired card", proved(low, expired, own, now)},
			{"the name differs from the register's", proved(high, proof("card", high, high, 0, "register_mismatch"), own, now)},
			{"enough, and more than enough is not reached", proved(low, proof("bank", substantial, substantial, 0), own, now)},
		} {
			level := LevelOf(c.l, w)
			fmt.Fprintf(&told, "%s: %s\n", language, c.story)
			for _, code := range level.Why {
				fmt.Fprintf(&told, "  why: %s\n", w.Text("reason."+code))
			}
			for _, code := range level.Next {
				fmt.Fprintf(&told, "  do:  %s\n", w.Text("reason."+code))
			}
			if !level.Enough && len(level.Why) == 0 {
				t.Errorf("%s: too weak, and no reason is given", c.story)
			}
			if c.l.Proof != nil && !level.Enough && len(level.Next) == 0 {
				t.Errorf("%s: too weak, and nothing is said that would help", c.story)
			}
		}
	}
	const golden = "testdata/levels.txt"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(told.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if told.String() != string(want) {
		t.Errorf("the explanations changed (UPDATE_GOLDEN=1 writes them anew):\n%s", told.String())
	}
}

// What one came by just now and reaches no more stands last, and is not called the one to take; whatever may still be done
// better by the same means stands first.
func TestWhatReachesNoMoreIsNotOfferedFirst(t *testing.T) {
	now, w := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), wordsIn(t, "en")
	step := login.Choose{Offers: []connectors.Offer{{Description: connectors.Description{ID: "bank"}}, {Description: connectors.Description{ID: "card"}}}}
	l := proved(identity.High, identity.Evidence{Kind: identity.UpstreamAssertion, Means: "bank", Asserted: identity.Low, Ceiling: identity.High, AuthTime: now}, assurance.Circumstance{}, now)
	for code, first := range map[string]string{string(assurance.Upstream): "bank", string(assurance.KindCeiling): "card", string(assurance.Enrolment): "card"} {
		l.Decision.Reasons = []assurance.Reason{{Code: code, Allows: identity.Low}}
		page := ChooseOf(step, l, "bank", w)
		if page.Means[0].ID != first || page.Last != (first == "bank") {
			t.Errorf("where %s keeps it from more, %s stands first, as the one used last %v", code, page.Means[0].ID, page.Last)
		}
	}
}
