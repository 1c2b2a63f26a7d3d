package login

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// dice draws one tuple of floor, request, means, upstream answers, findings and times.
type dice struct{ *rand.Rand }

func (d dice) half() bool { return d.IntN(2) == 0 }

func (d dice) level() identity.Level { return identity.Level(d.IntN(4)) }

// claimed is a level as somebody outside may claim it: one that does not exist included.
func (d dice) claimed() identity.Level {
	return []identity.Level{identity.None, identity.Low, identity.Substantial, identity.High, 4, 9}[d.IntN(6)]
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

func (d dice) evidence(means identity.Means) identity.Evidence {
	age := time.Duration(d.Int64N(int64(26*time.Hour))) - 2*time.Minute
	e := identity.Evidence{
		Kind: pick(d, identity.UpstreamAssertion, identity.UpstreamAssertion, identity.UpstreamAssertion, identity.CardToken, identity.CardToken, identity.HandedOut("certified"), identity.HandedOut("certified"), identity.RegisterRecord, identity.DocumentStatus, "rumour"), Means: means,
		Asserted: d.claimed(), Ceiling: d.claimed(), AuthTime: noon.Add(-pick(d, age, age/60, 0)), Checked: noon.Add(-pick(d, age, 0, 0)),
	}
	if d.IntN(5) == 0 {
		e.Expires = noon.Add(time.Duration(d.Int64N(int64(48*time.Hour))) - 24*time.Hour)
	}
	if d.IntN(6) == 0 {
		e.Findings = []identity.Finding{pick[identity.Finding](d, "register_mismatch", "name_changed", "clerk_flag", "moon")}
	}
	return e
}

func (d dice) login(names assurance.Names) Login {
	l := Login{
		ID: seal.RowID{1}, Party: consent.RelyingParty{ID: "city", Floor: d.level(), Sector: "city", Version: "1"},
		Request: Request{Arrived: noon, Prompt: Prompt{None: d.IntN(4) == 0, Login: d.IntN(4) == 0}, Preferred: d.level()},
	}
	if d.half() {
		l.Request.Minimum, _ = names.Lowest([]string{pick(d, "low", "substantial", "high", "urn:x"), pick(d, "low", "high", "")})
	}
	if d.IntN(4) == 0 {
		l.Request.MaxAge = new(pick(d, 0, time.Minute, time.Hour))
	}
	for _, means := range []identity.Means{"bank", "card", "profile"} {
		if d.IntN(4) > 0 {
			l.Party.Means = append(l.Party.Means, consent.PermittedMeans{Means: means, UpTo: d.level()})
		}
		if d.IntN(5) > 0 {
			l.Means = append(l.Means, connectors.Description{ID: means, Ceiling: d.level(), Disabled: d.IntN(5) == 0})
		}
	}
	if d.IntN(8) == 0 {
		return l
	}
	means := pick[identity.Means](d, "bank", "card", "profile")
	l.Proof = &Proof{Usage: identity.UsageID{7}, Means: means, Login: pick(d, l.ID, seal.RowID{9}), AuthTime: noon.Add(-time.Duration(d.Int64N(int64(2 * time.Hour))))}
	if d.IntN(5) == 0 {
		l.Proof.Findings = []identity.Finding{UnknownDevice, pick(d, UnknownDevice, SuspiciousDevice, OpenDuplicate)}
	}
	if d.IntN(4) == 0 {
		l.Proof.Also = []identity.Means{pick[identity.Means](d, "bank", "card", "profile")}
	}
	l.Proof.Office = pick(d, "", "", "", "open", "open", "closed")
	for range 1 + d.IntN(3) {
		l.Proof.Evidence = append(l.Proof.Evidence, d.evidence(pick(d, means, means, means, "register")))
	}
	return l
}

// proved is the most that anything in the tuple says: written down without terms or rules.
func proved(l Login) identity.Level {
	best := identity.None
	if l.Proof == nil {
		return best
	}
	for _, e := range l.Proof.Evidence {
		over := !e.Expires.IsZero() && !e.Expires.After(noon) // nothing of a proof that is over counts
		here := e.Kind != identity.RegisterRecord && e.Kind != identity.DocumentStatus && e.Kind != "rumour"
		if here && e.Asserted <= identity.High && !over {
			best = max(best, min(e.Asserted, e.Ceiling, aged(e.AuthTime)))
		}
	}
	best = min(best, l.permits(l.Proof.Means), l.ceiling(l.Proof.Means, ""), despite(*l.Proof))
	if l.Proof.Office == "closed" {
		best = identity.None
	}
	if l.Reused() {
		best = min(best, identity.Substantial)
	}
	return best
}

// aged is the most that something so old allows: half an hour for high, half a day for substantial, a day.
func aged(at time.Time) identity.Level {
	switch age := noon.Sub(at).Truncate(time.Minute); {
	case age > 24*time.Hour:
		return identity.None
	case age > 12*time.Hour:
		return identity.Low
	case age > 30*time.Minute:
		return identity.Substantial
	default:
		return identity.High
	}
}

// despite is the most that what was found leaves, and that registers leave by the age of their answers.
func despite(p Proof) identity.Level {
	most, found := identity.High, slices.Clone(p.Findings)
	for _, e := range p.Evidence {
		found = append(found, e.Findings...)
		if e.Kind == identity.RegisterRecord || e.Kind == identity.DocumentStatus {
			most = min(most, aged(e.Checked))
			if e.Ceiling <= identity.High {
				most = min(most, e.Ceiling)
			}
		}
	}
	for _, f := range found {
		switch f {
		case subject.ClerkFlag:
			most = min(most, identity.Substantial)
		case "moon", OpenDuplicate:
			most = min(most, identity.Low)
		case SuspiciousDevice:
			if len(p.Also) == 0 {
				most = min(most, identity.Substantial)
			}
		case "register_mismatch":
			if !slices.Contains(found, "name_changed") {
				most = min(most, identity.Substantial)
			}
		}
	}
	return most
}

// closed are the offices that the story switched off.
type closed string

func (c closed) Off(office string) bool { return office == string(c) }
func (c closed) Named(string) string    { return "" }

// weakened gives the most that the same tuple is worth when anything in it is worse: an older proof, an
// upstream that says one level less or less is let count, a finding that nothing mitigates.
func (s *Service) weakened(l Login) identity.Level {
	most := identity.None
	for _, worse := range []func(*identity.Evidence){
		func(e *identity.Evidence) { e.Asserted = less(e.Asserted) },
		func(e *identity.Evidence) { e.Ceiling = less(e.Ceiling) },
		func(e *identity.Evidence) { e.Findings = append(slices.Clone(e.Findings), "a finding of no rule") },
		func(e *identity.Evidence) { e.Expires = noon.Add(-time.Second) },
		func(e *identity.Evidence) {
			e.AuthTime, e.Checked = e.AuthTime.Add(-24*time.Hour), e.Checked.Add(-24*time.Hour)
		},
	} {
		proof := *l.Proof
		proof.Evidence = slices.Clone(proof.Evidence)
		for i := range proof.Evidence {
			if e := &proof.Evidence[i]; e.AuthTime.After(noon) || e.Checked.After(noon) {
				return most // of the future: it would only begin to count
			}
			worse(&proof.Evidence[i])
		}
		weaker := l
		weaker.Proof = &proof
		s.decide(&weaker, noon)
		most = max(most, weaker.Level())
	}
	return most
}

// less gives one level less; one that does not exist is none already.
func less(l identity.Level) identity.Level {
	if l == identity.None || l > identity.High {
		return identity.None
	}
	return l - 1
}

// holds says what is wrong with what the pure core makes of a tuple, "" if nothing, and whether it
// leads to an answer.
func holds(s *Service, l Login, names assurance.Names) (wrong string, answered bool) {
	if l.Proof != nil {
		s.decide(&l, noon)
	}
	level, needs := l.Level(), max(l.Party.Floor, l.Request.Minimum, identity.Low)
	switch step := Next(l, noon).(type) {
	case Deliver, Consent, Confirm:
		answered = true
		switch {
		case !level.Satisfies(needs):
			return "an answer below the floor or the request", answered
		case l.Reused() && (l.Request.Prompt.Login || l.Request.MaxAge != nil && *l.Request.MaxAge == 0):
			return "an old login where a new one was asked for", answered
		}
		if reported, _ := names.Parse(names.Report(level, names.Supported())); reported != level {
			return "acr is not what was reached", answered
		}
	case Choose:
		if l.Request.Prompt.None {
			return "a page where none may be shown", answered
		}
		reach := needs
		if l.secondHelps() { // as a second means, a weaker one is enough
			reach = identity.Low
		}
		for _, o := range step.Offers {
			if !o.Reaches.Satisfies(reach) || o.Reaches > min(l.permits(o.ID), l.ceiling(o.ID, "")) {
				return "a means is offered that cannot reach it", answered
			}
		}
		if l.Request.Preferred > needs && !slices.IsSortedFunc(step.Offers, func(a, b connectors.Offer) int {
			return order(a.Reaches.Satisfies(l.Request.Preferred), b.Reaches.Satisfies(l.Request.Preferred))
		}) {
			return "what is preferred does not lead", answered
		}
	}
	switch most := proved(l); {
	case level > most:
		return "more than was proved", answered
	case l.Proof != nil && s.weakened(l) > level:
		return "more for weaker proof", answered
	case l.Proof != nil && level > s.Rules.Judge(l.Inputs).Level:
		return "more than what is kept of the decision gives", answered
	}
	return "", answered
}

// A hundred thousand tuples of floor, request, means, answers, findings and times: nothing is told
// below a floor or above what was proved (attacks LA-01, LA-02, LA-04, FO-08, FO-09).
func TestAttack_LA_04_FO_08_NothingBelowAFloorOrAboveWhatWasProved(t *testing.T) {
	names := assurance.Names{Aliases: map[string]identity.Level{"low": identity.Low, "substantial": identity.Substantial, "high": identity.High}}
	s := &Service{Rules: assurance.Default(), Offices: closed("closed")}
	each := 1000 // tuples for each of rapid's hundred checks
	if os.Getenv("SOAK") != "" {
		each *= 100
	}
	tried, answered := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		for i := range each {
			l := dice{rand.New(rand.NewPCG(seed, uint64(i)))}.login(names)
			tried++
			wrong, answer := holds(s, l, names)
			if wrong != "" {
				text, _ := json.Marshal(l.Inputs)
				t.Fatalf("tuple %d of %d: %s: floor %s, asked %s, party %v, means %v, evidence %+v, kept %s",
					i, seed, wrong, l.Party.Floor, l.Request.Minimum, l.Party.Means, l.Means, l.Proof, text)
			}
			if answer {
				answered++
			}
		}
	})
	if tried < 100*each || answered < tried/100 {
		t.Errorf("%d tuples, of which %d led to an answer: little was tried", tried, answered)
	}
}

// decided gives what is kept of the newest decision, made again.
func (w *world) newest(t *testing.T) (DecisionRow, assurance.Decision) {
	t.Helper()
	if len(w.decided) == 0 {
		t.Fatal("no decision is kept")
	}
	row := w.decided[len(w.decided)-1]
	in, err := assurance.ReadInputs(row.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	return row, w.Rules.Judge(in)
}

func TestEveryDecisionIsKeptWithWhatItWasMadeOf(t *testing.T) {
	w := newWorld(t)
	l, session := w.logIn(t)
	row, again := w.newest(t)
	if len(w.decided) != 1 || row.Login != l.ID || row.Ref != l.Ref() || row.Party != "city" || row.Needed != identity.Low || row.Rules != w.Rules.Version {
		t.Errorf("%d decisions, %+v", len(w.decided), row)
	}
	if row.Level != l.Level() || again.Level != row.Level {
		t.Errorf("kept %s, made again %s, told %s", row.Level, again.Level, l.Level())
	}
	other, _ := w.begin(t, session)
	step := w.Next(other).(Consent)
	answered, err := w.Approve(t.Context(), other, consent.Approval{Shown: step.Question.Digest, Approved: []identity.AttributeName{"given_name"}})
	if err != nil {
		t.Fatal(err)
	}
	in, err := assurance.ReadInputs(answered.Decided.Inputs)
	if err != nil || !in.Reused || answered.Decided.Level != answered.Level || answered.Decided.Login != other.ID {
		t.Errorf("of a session: %+v %v", answered.Decided, err)
	}
	if !other.Decision.ValidUntil.Equal(noon.Add(8*time.Hour)) || !l.Decision.ValidUntil.Equal(noon.Add(8*time.Hour)) {
		t.Errorf("the level holds until %s and %s, want the session's end", l.Decision.ValidUntil, other.Decision.ValidUntil)
	}
}

func TestAttack_FO_08_FO_09_LevelsOfUpstreams(t *testing.T) {
	for _, c := range []struct {
		story    string
		asserted identity.Level
		want     identity.Level
		next     string
		why      string
	}{
		{"FO-08: it asserts more than it may", identity.High, identity.Substantial, "consent", "ceiling"},
		{"it asserts what it may", identity.Substantial, identity.Substantial, "consent", "ceiling"},
		{"FO-09: it asserts less", identity.Low, identity.Low, "choose", "upstream"},
		{"FO-09: it asserts nothing", identity.None, identity.None, "choose", "upstream"},
	} {
		w := newWorld(t)
		done := w.bank.says.(connectors.Done)
		done.Authentication.Evidence[0].Asserted = c.asserted
		l, _ := w.begin(t, "")
		l.Request.Minimum = identity.Substantial
		if _, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, ""); err != nil {
			t.Fatal(err)
		}
		row, again := w.newest(t)
		if l.Level() != c.want || row.Level != c.want || again.Reasons[0].Code != c.why || name(w.Next(l)) != c.next {
			t.Errorf("%s: %s, kept %s because of %v, then %s", c.story, l.Level(), row.Level, again.Reasons, name(w.Next(l)))
		}
		capped := slices.ContainsFunc(w.entries, func(r journal.Row) bool { return r.Kind == "loa_capped" })
		if capped != (c.asserted > identity.Substantial) {
			t.Errorf("%s: recorded as capped: %t", c.story, capped)
		}
		if step, ok := w.Next(l).(Choose); ok && len(step.Offers) == 0 {
			t.Errorf("%s: nothing else is offered", c.story)
		}
	}
}

// Two proofs are never added up: what counts is what one person showed in one go, in this login.
func TestAttack_LA_06_NothingOfAnotherPersonIsMixedIn(t *testing.T) {
	w := newWorld(t)
	victim, session := w.logIn(t)
	w.person = identity.Person{ID: identity.PersonID{2}, Usage: identity.UsageID{8}, State: identity.Active}
	done := w.bank.says.(connectors.Done)
	done.Authentication.Evidence = []identity.Evidence{{Kind: identity.UpstreamAssertion, Means: "bank", Asserted: identity.Low, Ceiling: identity.Substantial, AuthTime: noon}}
	w.bank.says = done
	l, _ := w.begin(t, session)
	if l.Proof == nil || l.Proof.Usage != victim.Proof.Usage {
		t.Fatal("the session was not brought along")
	}
	l.Request.Minimum, l.Request.Prompt.Login = identity.Substantial, true
	handle := w.start(t, l)
	if _, err := w.Finish(t.Context(), victim, "bank", handle, connectors.Input{}, session); err == nil {
		t.Error("another login took the leg's answer")
	}
	if _, err := w.Finish(t.Context(), l, "bank", handle, connectors.Input{}, session); err != nil {
		t.Fatal(err)
	}
	if l.Proof.Usage != w.person.Usage || len(l.Proof.Evidence) != 1 || l.Level() != identity.Low {
		t.Errorf("the second person has %d pieces of evidence and reaches %s", len(l.Proof.Evidence), l.Level())
	}
}

// What is asked and what was proved stay while somebody tries to reach more.
func TestStepUpKeepsTheRequestAndWhatWasProved(t *testing.T) {
	w := newWorld(t)
	_, session := w.logIn(t)
	l, cookie := w.begin(t, session)
	l.Request.Minimum = identity.Substantial
	before := l.Request
	w.bank.says = connectors.Failed{Code: connectors.Cancelled}
	l.Request.Prompt.Login = true // so that the page of means is shown
	if _, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, session); err != nil {
		t.Fatal(err)
	}
	again, err := w.Open(t.Context(), cookie)
	if err != nil || again.Proof == nil || again.Level() != identity.Substantial || again.Failure != string(connectors.Cancelled) {
		t.Fatalf("after a try that failed: %v %+v", err, again)
	}
	if again.Request.Minimum != before.Minimum || len(again.Request.Ask.Attributes) != 1 || !again.Request.Arrived.Equal(before.Arrived) {
		t.Errorf("the request changed: %+v", again.Request)
	}
}

// Whoever withdraws a proofing ends the sessions that rest on it; nothing that was begun with one
// goes on, and nothing new can rest on it (attacks LA-05, LA-11).
func TestAttack_LA_05_LA_11_WhatALevelRestsOnIsAskedAnew(t *testing.T) {
	w := newWorld(t)
	made, session := w.logIn(t)
	l, cookie := w.begin(t, session)
	if l.Level() != identity.Substantial {
		t.Fatal("the session counts for nothing")
	}
	w.bank.off = true
	if err := w.Stands(t.Context(), "bank", "", made.Proof.Session); err == nil {
		t.Error("LA-05: a grant goes on although its means was switched off")
	}
	if again, err := w.Open(t.Context(), cookie); err != nil || again.Level() != identity.None || again.Decision.Level != identity.None {
		t.Errorf("LA-05: a login goes on with a means that was switched off: %v", err)
	}
	w.bank.off = false
	if err := w.Service.EndSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	again, err := w.Open(t.Context(), cookie)
	if err != nil || again.Proof != nil || len(again.Inputs.Proofs) != 0 {
		t.Errorf("LA-11: a login goes on after its session was ended: %v", err)
	}
	if err := w.Stands(t.Context(), "bank", "", made.Proof.Session); err == nil {
		t.Error("LA-11: a code goes on after its session was ended")
	}
}

func TestAsHighAsTheCitizenCan(t *testing.T) {
	for preferred, want := range map[identity.Level]identity.Means{identity.None: "bank", identity.Substantial: "bank", identity.High: "card"} {
		s := atParty(identity.Low)
		s.Request.Preferred = preferred
		step := Next(s.Login, noon).(Choose)
		if len(step.Offers) != 2 || step.Offers[0].ID != want || step.Need != identity.Low {
			t.Errorf("preferring %s: %v lead, need %s", preferred, step.Offers[0].ID, step.Need)
		}
	}
	weak := atParty(identity.Low).proved("bank", identity.Low).known().standing()
	weak.Request.Preferred = identity.High
	if got := name(Next(weak.Login, noon)); got != "deliver" {
		t.Errorf("what is only preferred is demanded: %s", got)
	}
}
