package login

import (
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/seal"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// story is a login at a party that permits a bank up to substantial and a card up to high.
type story struct{ Login }

func atParty(floor identity.Level) story {
	return story{Login{
		ID:      seal.RowID{1},
		Request: Request{Arrived: noon},
		Party: consent.RelyingParty{
			ID: "city", Floor: floor, Sector: "city", Version: "1",
			Names:    map[string]string{"en": "City"},
			Means:    []consent.PermittedMeans{{Means: "bank", UpTo: identity.Substantial}, {Means: "card", UpTo: identity.High}},
			Purposes: []consent.Purpose{{ID: "permit", Texts: map[string]string{"en": "your permit"}}},
			May:      []consent.Permission{{Attribute: "given_name", Basis: consent.ByConsent, Purpose: "permit"}},
		},
		Means: []connectors.Description{
			{ID: "bank", Ceiling: identity.Substantial},
			{ID: "card", Ceiling: identity.High},
			{ID: "other", Ceiling: identity.High},
		},
	}}
}

func (s story) proved(means identity.Means, level identity.Level) story {
	s.Proof = &Proof{Usage: identity.UsageID{7}, Subject: "sub-1", Means: means, Login: s.ID, AuthTime: noon.Add(-time.Minute)}
	s.Decision = assurance.Decision{Level: level}
	return s
}

func (s story) reused() story          { s.Proof.Login = seal.RowID{9}; return s }
func (s story) prompt(p Prompt) story  { s.Request.Prompt = p; return s }
func (s story) hint(sub string) story  { s.Request.Hint = sub; return s }
func (s story) stopped(c string) story { s.Stopped = c; return s }
func (s story) maxAge(d time.Duration) story {
	s.Request.MaxAge = &d
	return s
}

func (s story) known() story {
	s.Request.Ask = consent.Ask{Attributes: []consent.Wanted{{Name: "given_name"}}}
	s.Known = identity.Attributes{{Name: "given_name", Value: identity.Text("Konstanty")}}
	return s
}

func (s story) standing() story {
	s.Standing = &consent.Decision{
		Party: "city", Usage: s.Proof.Usage, PartyMark: "1", At: noon.Add(-time.Hour), Until: noon.Add(time.Hour),
		Allowed: []consent.Released{{Name: "given_name", Basis: consent.ByConsent, Purpose: "permit"}},
	}
	return s
}

func name(step Step) string {
	switch s := step.(type) {
	case Choose:
		return "choose"
	case Stopped:
		return "stopped " + s.Code
	case Confirm:
		return "confirm"
	case Consent:
		return "consent"
	case Deliver:
		return "deliver"
	case Repeat:
		return "repeat"
	case Refuse:
		return "refuse " + string(s.Outcome)
	default:
		return "unknown"
	}
}

func TestNext(t *testing.T) {
	none, again, pick := Prompt{None: true}, Prompt{Login: true}, Prompt{SelectAccount: true}
	cases := []struct {
		what string
		l    story
		want string
	}{
		{"nobody has logged in", atParty(identity.Low), "choose"},
		{"nobody has logged in, and nothing may be shown", atParty(identity.Low).prompt(none), "refuse login_required"},
		{"logged in here, question open", atParty(identity.Low).proved("bank", identity.Substantial).known(), "consent"},
		{"SE-17: question open, and nothing may be shown: as if nobody were there", atParty(identity.Low).proved("bank", identity.Substantial).known().reused().prompt(none), "refuse login_required"},
		{"an earlier answer stands", atParty(identity.Low).proved("bank", identity.Substantial).known().standing(), "deliver"},
		{"an earlier answer stands, single sign-on, nothing shown", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().prompt(none), "deliver"},
		{"too weak for the party's floor", atParty(identity.High).proved("bank", identity.Substantial).known(), "choose"},
		{"LA-02: too weak, and nothing may be shown", atParty(identity.High).proved("bank", identity.Substantial).known().reused().prompt(none), "refuse login_required"},
		{"a means that the party does not permit counts for nothing", atParty(identity.Low).proved("other", identity.High).known(), "choose"},
		{"log in again: the session does not do", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().prompt(again), "choose"},
		{"log in again: done in this login", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().prompt(again), "deliver"},
		{"LA-09: max_age 0 is not met by a session", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().maxAge(0), "choose"},
		{"LA-09: max_age 0 is met by this login", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().maxAge(0), "deliver"},
		{"max_age older than the session", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().maxAge(time.Hour), "deliver"},
		{"max_age younger than the session", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().maxAge(30 * time.Second), "choose"},
		{"which account? asked for a session only", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().reused().prompt(pick), "confirm"},
		{"which account? not asked who has just logged in", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().prompt(pick), "deliver"},
		{"the hint names this person", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().hint("sub-1"), "deliver"},
		{"the hint names somebody else", atParty(identity.Low).proved("bank", identity.Substantial).known().standing().hint("sub-2"), "refuse login_required"},
		{"the person has died", atParty(identity.Low).stopped(StopDeceased), "stopped deceased"},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			if got := name(Next(c.l.Login, noon)); got != c.want {
				t.Errorf("next step is %q, want %q", got, c.want)
			}
		})
	}
}

func TestNextEnds(t *testing.T) {
	l := atParty(identity.Low).proved("bank", identity.Substantial).known().Login
	l.Refused = AccessDenied
	if got := name(Next(l, noon)); got != "refuse access_denied" {
		t.Errorf("a refused login goes on with %q", got)
	}
	l.Answered = &Receipt{}
	if got := name(Next(l, noon)); got != "repeat" {
		t.Errorf("an answered login goes on with %q", got)
	}
}

func TestChooseShowsOnlyWhatReaches(t *testing.T) {
	step, ok := Next(atParty(identity.High).proved("bank", identity.Substantial).Login, noon).(Choose)
	if !ok {
		t.Fatal("not a choice")
	}
	if len(step.Offers) != 1 || step.Offers[0].ID != "card" {
		t.Errorf("offered %v, want the card alone", step.Offers)
	}
	if step.Have != identity.Substantial || step.Need != identity.High {
		t.Errorf("have %s need %s", step.Have, step.Need)
	}
}

func TestAMeansSwitchedOffCountsForNothing(t *testing.T) {
	l := atParty(identity.Low).proved("bank", identity.Substantial).known().standing().Login
	l.Means[0].Disabled = true
	if got := name(Next(l, noon)); got != "choose" {
		t.Errorf("FO-11: a session of a means switched off goes on with %q", got)
	}
}

func TestNothingInARequestLowersTheFloor(t *testing.T) {
	l := atParty(identity.Substantial).Login
	for _, asked := range append(identity.Levels(), identity.None) {
		l.Request.Minimum = asked
		if !l.Needs().Satisfies(identity.Substantial) {
			t.Errorf("LA-01: asking for %s gives %s", asked, l.Needs())
		}
	}
}
