package consent

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// city may ask for a name by law, for an address and an e-mail by consent, and cannot do without
// the birth date.
func city() RelyingParty {
	text := func(s string) map[string]string { return map[string]string{"en": s} }
	p := RelyingParty{
		ID: "city", Names: text("Nowa Wola city services"), Domain: "nowawola.example", Sector: "nowawola.example",
		Floor: identity.Low, Means: []PermittedMeans{{"bank", identity.Substantial}}, Remember: 365,
		Purposes: []Purpose{{"permit", text("register your parking permit")}},
		May: []Permission{
			{Attribute: "given_name", Basis: ByLaw, Law: text("City Parking Act, article 7"), Purpose: "permit", Required: true},
			{Attribute: "gender", Basis: ByPublicTask, Law: text("City Parking Act, article 9"), Purpose: "permit"},
			{Attribute: "birthdate", Basis: ByConsent, Purpose: "permit", Required: true},
			{Attribute: "address", Basis: ByConsent, Purpose: "permit"},
			{Attribute: "email", Basis: ByConsent, Purpose: "permit"},
		},
	}
	p.Version = p.Mark()
	return p
}

func citizen() identity.UsageID { return identity.UsageID{7} }

func everything() identity.Attributes {
	var known identity.Attributes
	for _, name := range []identity.AttributeName{"given_name", "gender", "birthdate", "address", "email"} {
		known = append(known, identity.Attribute{Name: name, Value: identity.Text("of " + string(name))})
	}
	return known
}

func without(known identity.Attributes, name identity.AttributeName) identity.Attributes {
	return slices.DeleteFunc(known, func(a identity.Attribute) bool { return a.Name == name })
}

func asking(names ...identity.AttributeName) Ask {
	var ask Ask
	for _, n := range names {
		ask.Attributes = append(ask.Attributes, Wanted{Name: n})
	}
	return ask
}

func itemNames(items []Item) string {
	var names []string
	for _, i := range items {
		name := string(i.Name)
		if !i.Known {
			name += "?"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func toldNames(r Release) string {
	var names []string
	for _, i := range r.Items {
		names = append(names, string(i.Name))
	}
	return strings.Join(names, " ")
}

func TestWhatIsPutToTheCitizen(t *testing.T) {
	cases := []struct {
		story       string
		ask         Ask
		known       identity.Attributes
		told, asked string
	}{
		{"nothing asked: a page that says so", Ask{}, everything(), "", ""},
		{"law is told, consent is asked", asking("given_name", "gender", "address"), everything(), "given_name gender", "address"},
		{"nobody knows it: left out", asking("address", "email"), without(everything(), "email"), "", "address"},
		{"nobody knows it, but it is required: shown as unknown", asking("birthdate", "given_name"), nil, "given_name?", "birthdate?"},
		{"asked twice: shown once", asking("email", "email"), everything(), "", "email"},
		{"not permitted: never shown", asking("national_identifier", "email"), everything(), "", "email"},
	}
	for _, c := range cases {
		q, release := Plan(c.ask, city(), citizen(), c.known, nil, noon())
		if q == nil || len(release.Items) != 0 {
			t.Errorf("%s: released without asking", c.story)
			continue
		}
		if itemNames(q.Told) != c.told || itemNames(q.Asked) != c.asked {
			t.Errorf("%s: told %q asked %q", c.story, itemNames(q.Told), itemNames(q.Asked))
		}
	}
}

func TestEssentialForcesNothing(t *testing.T) {
	ask := Ask{Attributes: []Wanted{{Name: "email", Essential: true}}}
	q, _ := Plan(ask, city(), citizen(), everything(), nil, noon())
	if q.Asked[0].Required || !q.Asked[0].Essential {
		t.Fatalf("a request made an attribute unrefusable: %v", q.Asked[0].Required)
	}
	r, err := Approve(*q, city(), citizen(), Approval{Shown: q.Digest}, [16]byte{1}, noon())
	if err != nil || len(r.Items) != 0 || !slices.Equal(r.Declined, []identity.AttributeName{"email"}) {
		t.Errorf("declining an essential claim: %v, declined %v", err, r.Declined)
	}
}

func TestOverAskingIsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	_, err := Check(asking("email", "national_identifier"), city())
	var over *OverAsked
	if !errors.As(err, &over) || over.Attribute != "national_identifier" {
		t.Fatalf("over-asking: %v", err)
	}
	if _, err := Check(asking("email"), RelyingParty{}); !errors.As(err, &over) {
		t.Errorf("a party without permissions may ask: %v", err)
	}
	ask, err := Check(Ask{Offline: true, Again: true, Attributes: []Wanted{
		{Name: "email"}, {Name: "address", Why: "\u202eto\u200b send\nit"}, {Name: "email", Essential: true, Why: "to write to you"}, {Name: "birthdate", Why: "\u200b\u200b."},
	}}, city())
	if err != nil || !ask.Offline || !ask.Again {
		t.Fatalf("check: %v", err)
	}
	want := []Wanted{{Name: "email", Essential: true, Why: "to write to you"}, {Name: "address", Why: "to send it"}, {Name: "birthdate"}}
	if !slices.EqualFunc(ask.Attributes, want, func(a, b Wanted) bool { return a.Name == b.Name && a.Essential == b.Essential && a.Why == b.Why }) {
		t.Errorf("checked ask: %+v", ask.Attributes)
	}
}

func TestApprove(t *testing.T) {
	ask := asking("given_name", "birthdate", "address", "email")
	ask.Offline = true
	cases := []struct {
		story    string
		known    identity.Attributes
		approve  []identity.AttributeName
		told     string
		declined string
		err      error
	}{
		{"all", everything(), []identity.AttributeName{"birthdate", "address", "email"}, "given_name birthdate address email", "", nil},
		{"one of two, boxes sent twice", everything(), []identity.AttributeName{"address", "birthdate", "address"}, "given_name birthdate address", "email", nil},
		{"only what is required", everything(), []identity.AttributeName{"birthdate"}, "given_name birthdate", "address email", nil},
		{"required and declined", everything(), []identity.AttributeName{"email"}, "", "", ErrRequiredDeclined},
		{"required but unknown", without(everything(), "birthdate"), []identity.AttributeName{"email"}, "given_name email", "address", nil},
		{"unknown and approved all the same", without(everything(), "birthdate"), []identity.AttributeName{"birthdate"}, "given_name", "address email", nil},
		{"told by law, but nobody knows it", without(everything(), "given_name"), []identity.AttributeName{"birthdate"}, "birthdate", "address email", nil},
		{"no box for what is told by law", everything(), []identity.AttributeName{"given_name", "birthdate"}, "", "", ErrNotAsked},
	}
	for _, c := range cases {
		q, _ := Plan(ask, city(), citizen(), c.known, nil, noon())
		r, err := Approve(*q, city(), citizen(), Approval{Shown: q.Digest, Approved: c.approve}, [16]byte{1}, noon())
		var declined []string
		for _, d := range r.Declined {
			declined = append(declined, string(d))
		}
		if !errors.Is(err, c.err) || toldNames(r) != c.told || strings.Join(declined, " ") != c.declined {
			t.Errorf("%s: told %q, declined %q, error %v", c.story, toldNames(r), declined, err)
		}
		if err == nil && (r.ID != [16]byte{1} || r.Shown != q.Digest || !r.Offline || !r.Until.IsZero() || r.Standing || r.PartyMark != city().Version) {
			t.Errorf("%s: release %+v", c.story, r)
		}
	}
}

func TestAttack_CN_04_ApproveDiffersFromShown(t *testing.T) {
	shown, _ := Plan(asking("address"), city(), citizen(), everything(), nil, noon())
	otherTab, _ := Plan(asking("address", "email"), city(), citizen(), everything(), nil, noon())
	renamed := city()
	renamed.Names = map[string]string{"en": "Another city"}
	renamed.Version = renamed.Mark()
	other := city()
	other.ID = "other"
	tampered := *shown
	tampered.Asked = append(slices.Clone(shown.Asked), otherTab.Asked[1])

	cases := []struct {
		story    string
		question Question
		party    RelyingParty
		approval Approval
		err      error
	}{
		{"the request changed in a second tab", *otherTab, city(), Approval{Shown: shown.Digest, Approved: []identity.AttributeName{"address"}}, ErrNotShown},
		{"more boxes posted than shown", *shown, city(), Approval{Shown: shown.Digest, Approved: []identity.AttributeName{"address", "email"}}, ErrNotAsked},
		{"boxes of nothing", *shown, city(), Approval{Shown: shown.Digest, Approved: []identity.AttributeName{""}}, ErrNotAsked},
		{"the party's name changed meanwhile", *shown, renamed, Approval{Shown: shown.Digest, Approved: []identity.AttributeName{"address"}}, ErrNotShown},
		{"another party's question", *shown, other, Approval{Shown: shown.Digest}, ErrNotShown},
		{"an item slipped in behind the digest", tampered, city(), Approval{Shown: shown.Digest, Approved: []identity.AttributeName{"email"}}, ErrNotShown},
		{"no digest", *shown, city(), Approval{Approved: []identity.AttributeName{"address"}}, ErrNotShown},
	}
	for _, c := range cases {
		r, err := Approve(c.question, c.party, citizen(), c.approval, [16]byte{1}, noon())
		if !errors.Is(err, c.err) || len(r.Items) != 0 {
			t.Errorf("%s: error %v, released %q", c.story, err, toldNames(r))
		}
	}
}

func TestTheDigestIsOfEverythingShownButValues(t *testing.T) {
	ask := asking("address", "given_name")
	digest := func(ask Ask, party RelyingParty, known identity.Attributes) [32]byte {
		q, _ := Plan(ask, party, citizen(), known, nil, noon())
		return q.Digest
	}
	base := digest(ask, city(), everything())
	values := everything()
	for i := range values {
		values[i].Value = identity.Text("of somebody else")
	}
	if digest(ask, city(), values) != base {
		t.Error("values are in the digest")
	}
	changed := func(change func(*RelyingParty)) RelyingParty {
		p := city()
		change(&p)
		p.Version = p.Mark()
		return p
	}
	offline, why, essential := ask, Ask{Attributes: []Wanted{{Name: "address", Why: "to send it"}, {Name: "given_name"}}}, Ask{Attributes: []Wanted{{Name: "address", Essential: true}, {Name: "given_name"}}}
	offline.Offline = true
	for story, other := range map[string][32]byte{
		"offline":          digest(offline, city(), everything()),
		"the party's word": digest(why, city(), everything()),
		"essential":        digest(essential, city(), everything()),
		"fewer items":      digest(asking("address"), city(), everything()),
		"unknown":          digest(ask, city(), without(everything(), "address")),
		"name":             digest(ask, changed(func(p *RelyingParty) { p.Names["pl"] = "Nowa Wola" }), everything()),
		"domain":           digest(ask, changed(func(p *RelyingParty) { p.Domain = "other.example" }), everything()),
		"purpose text":     digest(ask, changed(func(p *RelyingParty) { p.Purposes[0].Texts["en"] = "sell it" }), everything()),
		"required":         digest(ask, changed(func(p *RelyingParty) { p.May[3].Required = true }), everything()),
		"basis":            digest(ask, changed(func(p *RelyingParty) { p.May[3].Basis = ByLaw }), everything()),
		"law":              digest(ask, changed(func(p *RelyingParty) { p.May[0].Law["en"] = "another act" }), everything()),
	} {
		if other == base {
			t.Errorf("%s changed, the digest did not", story)
		}
	}
}

// remembered is the citizen's decision to tell the address, not the e-mail, for a year.
func remembered(t *testing.T) *Decision {
	t.Helper()
	q, _ := Plan(asking("given_name", "address", "email"), city(), citizen(), everything(), nil, noon())
	r, err := Approve(*q, city(), citizen(), Approval{Shown: q.Digest, Approved: []identity.AttributeName{"address"}, Remember: true}, [16]byte{1}, noon())
	if err != nil || !r.Until.Equal(noon().AddDate(0, 0, 365)) {
		t.Fatalf("remember: until %v, %v", r.Until, err)
	}
	return &Decision{r.Party, r.Usage, r.By, r.Items, r.Declined, r.Offline, r.PartyMark, r.At, r.Until}
}

func TestARememberedDecisionAnswersTheSameQuestion(t *testing.T) {
	later := noon().AddDate(0, 3, 0)
	q, r := Plan(asking("email", "address", "given_name"), city(), citizen(), everything(), remembered(t), later)
	if q != nil || !r.Standing || !r.At.Equal(later) || !r.Until.IsZero() {
		t.Fatalf("asked again: %v, release %+v", q, r)
	}
	if toldNames(r) != "given_name address" || !slices.Equal(r.Declined, []identity.AttributeName{"email"}) {
		t.Errorf("told %q, declined %v", toldNames(r), r.Declined)
	}
	if q, r := Plan(asking("address"), city(), citizen(), everything(), remembered(t), later); q != nil || toldNames(r) != "address" {
		t.Errorf("less than before: told %q, asked %t", toldNames(r), q != nil)
	}
}

func TestAttack_CN_05_AnyWideningAsksAgain(t *testing.T) {
	change := func(f func(*RelyingParty)) RelyingParty {
		p := city()
		f(&p)
		p.Version = p.Mark()
		return p
	}
	again, offline := asking("address"), asking("address")
	again.Again, offline.Offline = true, true
	why := Ask{Attributes: []Wanted{{Name: "address", Why: "to sell it"}}}
	cases := []struct {
		story string
		ask   Ask
		party RelyingParty
		usage identity.UsageID
		now   time.Time
	}{
		{"one attribute more", asking("address", "birthdate"), city(), citizen(), noon()},
		{"one more that is told by law", asking("address", "gender"), city(), citizen(), noon()},
		{"without the citizen", offline, city(), citizen(), noon()},
		{"prompt=consent", again, city(), citizen(), noon()},
		{"another reason in the request", why, city(), citizen(), noon()},
		{"the party's name changed", asking("address"), change(func(p *RelyingParty) { p.Names["en"] = "Other" }), citizen(), noon()},
		{"the purpose changed", asking("address"), change(func(p *RelyingParty) { p.Purposes[0].Texts["en"] = "other" }), citizen(), noon()},
		{"what was declined is required now", asking("email"), change(func(p *RelyingParty) { p.May[4].Required = true }), citizen(), noon()},
		{"it has expired", asking("address"), city(), citizen(), noon().AddDate(0, 0, 365)},
		{"another citizen", asking("address"), city(), identity.UsageID{8}, noon()},
		{"another party", asking("address"), change(func(p *RelyingParty) { p.ID = "other" }), citizen(), noon()},
	}
	for _, c := range cases {
		q, r := Plan(c.ask, c.party, c.usage, everything(), remembered(t), c.now)
		if q == nil || len(r.Items) != 0 {
			t.Errorf("%s: not asked again, told %q", c.story, toldNames(r))
		}
	}
	once := remembered(t)
	once.Until = time.Time{}
	if q, _ := Plan(asking("address"), city(), citizen(), everything(), once, noon()); q == nil {
		t.Error("a decision for once was used twice")
	}
	sameMark := city() // as if an operator had forgotten to set the version anew
	sameMark.May[4].Required = true
	if q, _ := Plan(asking("email"), sameMark, citizen(), everything(), remembered(t), noon()); q == nil {
		t.Error("what was declined as voluntary is passed over now that it is required")
	}
}

func TestALaterAnswerEndsAnEarlierDecision(t *testing.T) {
	earlier := remembered(t)
	ask := asking("address")
	ask.Again = true
	q, _ := Plan(ask, city(), citizen(), everything(), earlier, noon())
	r, err := Approve(*q, city(), citizen(), Approval{Shown: q.Digest}, [16]byte{2}, noon())
	if err != nil || !r.InPlaceOf(nil).Until.IsZero() {
		t.Fatalf("an answer for this once: %v", err)
	}
	r = r.InPlaceOf(earlier)
	now := &Decision{r.Party, r.Usage, r.By, r.Items, r.Declined, r.Offline, r.PartyMark, r.At, r.Until}
	if r.Until.IsZero() || now.covers(*q, city(), citizen(), noon()) {
		t.Errorf("the answer for this once is not stored, or stands: until %v", r.Until)
	}
}
